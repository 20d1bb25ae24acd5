/** The line that `watch on` adds to a nix.conf, and its removal. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseNixConf } from "../../../src/model/nix-conf/parse.ts";
import {
  addWatchLine,
  findWatchLine,
  removeWatchLine,
  unwritablePath,
} from "../../../src/model/nix-conf/watch-line.ts";

const log = "/home/dev/.local/state/buildtop/nix-log.jsonl";

describe("the line of buildtop watch", () => {
  it("is read by Nix as the setting, and says how to undo it", () => {
    const text = addWatchLine("cores = 4\n", log, "system", false);
    assert.deepEqual(
      parseNixConf(text).settings.map(({ key, value }) => `${key}=${value}`),
      ["cores=4", `json-log-path=${log}`],
    );
    assert.match(text, /"buildtop watch off --system" takes this line out\n$/);
  });

  it("goes again byte for byte, whatever the file held and however it ended", () => {
    const conf = fc.array(fc.constantFrom("cores = 4", "# é", "", "\r", "include x", " json-log-path = /y"), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(conf, fc.boolean(), fc.boolean(), (rows, ended, made) => {
        const text = rows.join("\n") + (ended ? "\n" : "");
        const with_ = addWatchLine(text, log, "user", made);
        assert.equal(findWatchLine(with_)?.logPath, log);
        assert.equal(findWatchLine(with_)?.fileMade, made);
        assert.equal(removeWatchLine(with_), text);
        assert.equal(removeWatchLine(text), text);
      }),
    );
  });

  it("leaves what somebody wrote behind it, on a line of its own", () => {
    const text = addWatchLine("cores = 4", log, "user", false);
    assert.equal(removeWatchLine(`${text}max-jobs = 2\n`), "cores = 4\nmax-jobs = 2\n");
  });

  it("is not taken for one that somebody else wrote", () => {
    assert.equal(findWatchLine("json-log-path = /tmp/mine\n"), null);
    assert.equal(findWatchLine("json-log-path = /tmp/mine # mine\n"), null);
  });

  it("does not come about for a path that nix.conf cannot hold", () => {
    assert.match(unwritablePath("/home/a#b/log") ?? "", /#/);
    assert.match(unwritablePath("/home/a  b/log") ?? "", /blanks/);
    assert.equal(unwritablePath("/home/a b/log"), null);
  });
});
