import assert from "node:assert/strict";
import { it } from "node:test";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { toAscii } from "../../../src/model/report/ascii.ts";
import { snapshot } from "../../../src/model/report/snapshot.ts";
import { build, drv, line, worker } from "../../support/nix-log-lines.ts";

it("text with --ascii has no character beyond ASCII, whatever stands in it", () => {
  assert.equal(toAscii("✖ ✔ ⊘ ◐ ▶ ○ ⇣ ⇡ · …"), "x + / * > o v ^ - ...");
  const model = new BuildsModel();
  const stream = model.openStream({ label: "all kinds", kind: "command" }, 0);
  const one = worker(100);
  const lines = [
    line.msg("this derivation will be built:", 3),
    line.msg(`  ${drv("planned")}`, 3),
    ...one.begin,
    build(1, "running"),
    ...one.counters([0, 2, 1, 0]),
    build(2, "failed"),
    ...one.counters([0, 2, 2, 0]),
    ...one.counters([0, 2, 1, 1]),
    line.stop(2),
    line.start(3, 100, { fields: ["/nix/store/x-y", "https://cache.nixos.org", "local"], text: "copying" }),
    line.start(4, 112, { text: "fetching a source" }),
  ];
  stream.feed(Buffer.from(lines.map((each) => `${each}\n`).join("")), 1);
  for (const { text } of snapshot(model, "title · here", 2)) assert.match(toAscii(text), /^[\x20-\x7e]*$/);
});
