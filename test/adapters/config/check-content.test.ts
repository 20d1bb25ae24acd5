/** A nix.conf is read by real Nix before it is put in place. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { checkContent, nixSetting } from "../../../src/adapters/config/check-content.ts";
import { planSave } from "../../../src/adapters/config/plan-save.ts";
import { runSave } from "../../../src/adapters/config/save.ts";
import type { Host } from "../../../src/adapters/hosts/host.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { MachineWatch } from "../../../src/adapters/machine/machine-watch.ts";
import type { SaveRequest } from "../../../src/model/settings/save-types.ts";
import { nixReads } from "../../../src/model/settings/setting-value.ts";
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

    it("reads what is saved, and tells where another line of the file wins", async (context) => {
      const path = "/etc/nix/nix.conf";
      const watch = new MachineWatch(host, { intervalMs: 1_000 });
      context.after(() => watch.stop());
      await watch.look();
      const state = mkdtempSync(join(tmpdir(), "buildtop-state-"));
      context.after(() => rmSync(state, { recursive: true }));
      const old = await lab.output(["cat", path], { who: "root" });
      const save = async (value: string, edit: (text: string) => string) => {
        const request: SaveRequest = {
          ...{ path, setting: "max-jobs", from: null, to: value, restart: null },
          owner: () => ({ managed: false, warnings: [] }),
          edit: (text) => ({ ok: true, text: edit(text ?? ""), replacements: [], notes: [] }),
          inForce: nixReads("max-jobs", value, "count"),
        };
        const settings = { signal, state, progress: () => {} };
        const planned = await planSave(watch, request, settings);
        assert.ok(planned.kind === "plan", JSON.stringify(planned));
        const options = { ...settings, askPassword: null, restart: false, offerRollback: async () => true };
        return runSave(planned.plan, watch, options);
      };
      const good = await save("7", (text) => text.replace("max-jobs = 4", "max-jobs = 7"));
      const lost = await save("5", (text) => `max-jobs = 5\n${text}`);
      await lab.output(["sh", "-c", 'printf "%s\\n" "$1" >"$0"; rm "$0.buildtop-bak"', path, old], {
        who: "root",
      });
      assert.deepEqual(good, {
        kind: "in-force",
        lines: ["max-jobs is saved and in force: Nix reads max-jobs = 7"],
      });
      assert.equal(lost.kind, "not-in-force", JSON.stringify(lost));
      assert.match(lost.lines[0] ?? "", /is saved, but Nix reads max-jobs = 7$/);
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
