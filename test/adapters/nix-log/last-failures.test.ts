/** What failed is known to a doctor that is started afterwards. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { dropFailures, keepFailures, lastFailures } from "../../../src/adapters/nix-log/last-failures.ts";
import { lastFailuresFile } from "../../../src/adapters/system/paths.ts";
import type { KnownFailure } from "../../../src/model/diagnoses/types.ts";

const failure: KnownFailure = {
  drv: "/nix/store/0c5mqrhl7ja2vmbs8d9k4wfnyz31x6pg-hello-2.12.drv",
  name: "hello-2.12",
  reason: "missing system features: kvm",
  logTail: ["last words"],
  diagnosis: "features-missing",
  command: "nix build .#hello",
};

describe("what failed in the newest command", () => {
  let state: string;
  const file = () => lastFailuresFile(state);
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), "buildtop-failures-"));
  });
  afterEach(() => rmSync(state, { recursive: true, force: true }));

  it("is kept whole, for its user alone, until it is dropped", () => {
    keepFailures([failure], state);
    assert.deepEqual(lastFailures([], state), [failure]);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    dropFailures(state);
    assert.equal(existsSync(file()), false);
    assert.deepEqual(lastFailures([], state), []);
    dropFailures(state);
  });

  it("gives way to a log of Nix that was written to since", () => {
    keepFailures([failure], state);
    const log = join(state, "nix-log.jsonl");
    writeFileSync(log, "");
    const seconds = Date.now() / 1000;
    utimesSync(log, seconds - 60, seconds - 60);
    assert.deepEqual(lastFailures([log, join(state, "missing")], state), [failure]);
    utimesSync(log, seconds + 60, seconds + 60);
    assert.deepEqual(lastFailures([log], state), []);
  });

  it("is given up after a day", () => {
    keepFailures([failure], state);
    const kept = JSON.parse(readFileSync(file(), "utf8"));
    writeFileSync(file(), JSON.stringify({ ...kept, at: kept.at - 25 * 60 * 60 * 1000 }));
    assert.deepEqual(lastFailures([], state), []);
  });

  it("is none where the file is broken, or of another kind", () => {
    writeFileSync(file(), '{"version":1,"at":');
    assert.deepEqual(lastFailures([], state), []);
    writeFileSync(file(), '{"version":2,"at":1,"failures":[]}');
    assert.deepEqual(lastFailures([], state), []);
  });
});
