/** Nix code is read by real Nix before and after: one value differs, or nothing is saved. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { checkContent } from "../../../src/adapters/config/check-content.ts";
import type { Host } from "../../../src/adapters/hosts/host.ts";
import { type Lab, labSkipReason, openLab, type Suite } from "../../support/lab.ts";
import { labHost } from "../../support/lab-host.ts";

const signal = new AbortController().signal;
const path = "/home/someone/nix-config/flake.nix";
const text = `# mine
{ pkgs, lib ? null, ... }@inputs: {
  nix.linux-builder = {
    enable = true; maxJobs = 4; config = { ... }: { virtualisation.darwin-builder.memorySize = 8192; };
    note = ''
      maxJobs = 5; \${toString 4} ''\${x}
    '';
    paths = [ ./a.nix ../b <nixpkgs> ~/c https://example.net/x ];
  };
}
`;

for (const suite of ["forky", "bookworm"] satisfies Suite[])
  describe(`the Nix code that Nix of ${suite} reads`, { skip: labSkipReason(), concurrency: false }, () => {
    let lab: Lab;
    let host: Host;
    before(async () => {
      lab = await openLab(suite);
      host = labHost(lab);
    });
    after(() => lab.close());
    const check = async (now: string, old: string | null = text) =>
      (await checkContent(host, path, now, { before: old, signal }))?.join("\n") ?? null;

    it("may differ in one value", async () => {
      assert.equal(await check(text.replace("maxJobs = 4", "maxJobs = 6")), null);
      assert.equal(await check(text.replace("8192", "16384")), null);
      assert.equal(await check(text.replace("enable = true", "enable = false")), null);
    });

    it("may not differ in more, or in none, or be broken", async () => {
      const two = text.replace("maxJobs = 4", "maxJobs = 6").replace("8192", "16384");
      assert.match((await check(two)) ?? "", /more than one value/);
      assert.match((await check(text.replace("# mine", "# yours"))) ?? "", /more than one value/);
      assert.match(
        (await check(text.replace("4;", "4"))) ?? "",
        /^Nix does not read this content[\s\S]*syntax error/,
      );
      assert.match((await check(text, "{ a = ; }")) ?? "", /as it stands; mend it first[\s\S]*syntax error/);
    });
  });
