/** The demonstration is a stream like any other. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { demoBuilds, demoDependents, demoDownloads } from "../../../src/model/demo/demo-script.ts";
import { demoStream } from "../../../src/model/demo/demo-stream.ts";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";

it("plays to the end that it was written for", () => {
  const model = new BuildsModel();
  const stream = model.openStream({ label: "demonstration", kind: "command" }, 0);
  const parts = demoStream();
  for (const { at, text } of parts) stream.feed(new TextEncoder().encode(text), at);
  stream.end(parts.at(-1)!.at, { exitCode: 1, signal: null });
  const failing = demoBuilds.filter((build) => build.fails);
  assert.deepEqual(model.counts, {
    ...{ running: 0, cancelled: 0, failed: failing.length },
    done: demoBuilds.length - failing.length,
    planned: demoDependents.length,
  });
  assert.equal(model.transfers.paths, demoDownloads.length);
  assert.equal(model.failures[0]?.name, "openssl-3.4.0");
  assert.equal(model.failures[0]?.phase, "checkPhase");
  assert.equal(model.unknownRecords.size, 0);
  assert.equal(model.otherLines, 0);
});
