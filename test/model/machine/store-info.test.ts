import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { containerState } from "../../../src/model/machine/container-state.ts";
import { parseStoreInfo, storeInfoWords } from "../../../src/model/machine/store-info.ts";

describe("what Nix says of a store", () => {
  it("is read from JSON, trusted or not", () => {
    assert.deepEqual(parseStoreInfo('{"trusted":0,"url":"ssh-ng://b@x","version":"2.30.1"}', ""), {
      version: "2.30.1",
      trusted: false,
    });
    assert.equal(parseStoreInfo('{"trusted":true,"url":"daemon"}', "").trusted, true);
  });
  it("is read from the lines of an old Nix, which it prints on stderr", () => {
    assert.deepEqual(parseStoreInfo("", "Store URL: daemon\nVersion: 2.18.4\nTrusted: 1\n"), {
      version: "2.18.4",
      trusted: true,
    });
    assert.deepEqual(parseStoreInfo("", "Store URL: daemon\n"), { version: null, trusted: null });
  });
  it("is put up with whatever it is", () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => typeof parseStoreInfo(a, b) === "object"));
    fc.assert(fc.property(fc.json(), (text) => typeof parseStoreInfo(text, "") === "object"));
  });
  it("is asked for by the name that this Nix knows", () => {
    const asked = (flavour: string, version: string | null) =>
      storeInfoWords("daemon", { flavour, version }).join(" ");
    assert.match(asked("nix", "2.34.3"), /store info --store daemon --json$/);
    assert.match(asked("nix", "2.18.1"), /store ping --store daemon$/);
    assert.match(asked("lix", "2.93.3"), /store ping/);
    assert.match(asked("determinate", null), /store info/);
  });
});

describe("what docker says of a container", () => {
  const state = (values: object) =>
    JSON.stringify({
      Status: "running",
      Running: true,
      Pid: 7,
      ExitCode: 0,
      OOMKilled: false,
      Error: "",
      StartedAt: "2026-03-01T10:00:00.5Z",
      ...values,
    });
  it("tells one run from the next by its beginning", () => {
    assert.deepEqual(containerState(state({})), { running: true, run: "2026-03-01T10:00:00.5Z", exit: null });
  });
  it("that ended badly is told with the reason", () => {
    const ended = { Running: false, Status: "exited" };
    assert.equal(
      containerState(state({ ...ended, ExitCode: 1 }))?.exit,
      "the last run ended with exit code 1",
    );
    assert.match(
      containerState(state({ ...ended, OOMKilled: true, ExitCode: 137 }))?.exit ?? "",
      /want of memory/,
    );
    assert.equal(containerState(state({ ...ended, ExitCode: 143 }))?.exit, null);
  });
  it("counts neither as running while paused nor while it restarts again and again", () => {
    assert.equal(containerState(state({ Status: "paused" }))?.running, false);
    assert.equal(containerState(state({ Status: "restarting" }))?.running, false);
  });
  it("is null where it is no answer", () => {
    for (const text of ["", "null", "[]", "{}", '{"Running":1}']) assert.equal(containerState(text), null);
  });
});
