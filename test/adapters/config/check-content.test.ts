/** A nix.conf is read by real Nix before it is put in place. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { checkContent, nixSetting } from "../../../src/adapters/config/check-content.ts";
import type { Host } from "../../../src/adapters/hosts/host.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { type Lab, labSkipReason, openLab, type Suite } from "../../support/lab.ts";
import { labHost } from "../../support/lab-host.ts";

const signal = new AbortController().signal;
const custom = "/etc/nix/nix.custom.conf";

for (const suite of ["forky", "bookworm"] satisfies Suite[])
  describe(`the Nix of ${suite}`, { skip: labSkipReason(), concurrency: false }, () => {
    let lab: Lab;
    let host: Host;
    before(async () => {
      lab = await openLab(suite);
      host = labHost(lab);
    });
    after(() => lab.close());
    const check = (text: string, old: string | null = null, path = custom) =>
      checkContent(host, path, text, { before: old, signal });

    it("takes what it knows, in a file of its own and with what it includes", async () => {
      assert.equal(await check("max-jobs = 4 # four\r\n"), null);
      assert.equal(await check("cores = 2\n!include nix.custom.conf\n", null, "/etc/nix/nix.conf"), null);
      assert.equal(await check(""), null);
    });

    it("refuses what would break every command", async () => {
      const equals = await check("max-jobs=4\n");
      assert.match(
        equals?.join("\n") ?? "",
        /^Nix does not take this content .*\nerror: .*configuration line/s,
      );
      assert.doesNotMatch(equals?.join("\n") ?? "", /\/tmp\//, "the place of the check is nobody's business");
      assert.match((await check("max-jobs = many\n"))?.join("\n") ?? "", /error: .*max-jobs/s);
      assert.match((await check("include none.conf\n"))?.join("\n") ?? "", /error: .*none\.conf/s);
    });

    it("refuses a setting that it does not know, unless that was there before", async () => {
      const text = "max-job = 4\n";
      assert.match((await check(text))?.join("\n") ?? "", /unknown setting 'max-job'/);
      assert.equal(await check(`${text}cores = 2\n`, text), null);
    });

    it("tells what holds", async () => {
      assert.match((await nixSetting(host, "cores", signal)) ?? "", /^\d+$/);
      assert.equal(await nixSetting(host, "no-such-setting", signal), null);
    });

    it("is left with nothing behind", async () => {
      assert.equal(
        await lab.output(["sh", "-c", "ls -d /tmp/tmp.* 2>/dev/null || true"], { who: "root" }),
        "",
      );
    });
  });

describe("the new content of a JSON file", () => {
  const check = (text: string) =>
    checkContent(localHost(), "/etc/determinate/config.json", text, { before: null, signal });

  it("is an object in strict JSON", async () => {
    assert.equal(await check('{"builder":{}}\r\n'), null);
    for (const text of ["", "[]", "null", "{", '{"a":1,}', "{} // no", "{}{}"])
      assert.match((await check(text))?.[0] ?? "", /^the content is no JSON/, text);
  });
});
