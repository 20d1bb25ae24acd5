import assert from "node:assert/strict";
import { test } from "node:test";
import { snapshot } from "../../../src/model/report/snapshot.ts";
import { FakeBuilds } from "../../support/fake-builds.ts";

test("what is built and what is fetched begin in the same column, behind their marks", () => {
  const builds = new FakeBuilds();
  builds.add("openssl-3.4.0", "failed", { reason: "exit code 2" });
  builds.add("linux-6.12.3", "running", { hostName: "linux-builder" });
  builds.fetched.push({
    key: "t1",
    name: "llvm-19.1.7",
    path: "/nix/store/00000000000000000000000000000000-llvm-19.1.7",
    peer: "cache.example.org",
    direction: "download",
    startedAt: 0,
    endedAt: null,
    complete: false,
    progress: { done: 1024 ** 2, expected: 4 * 1024 ** 2 },
    bytesPerSecond: null,
    unpackedBytes: 0,
    session: 1,
  });
  const [, failed, running, fetched] = snapshot(builds, "buildtop", 1_000).map(({ text }) => text);
  assert.equal(failed, "  ✖ openssl-3.4.0  exit code 2  1s");
  assert.equal(running, "  ▶ linux-6.12.3  linux-builder  buildPhase  1s");
  assert.equal(fetched, "  ⇣ llvm-19.1.7  cache.example.org  1.0 / 4.0 MiB");
});

test("what was stopped is called that", () => {
  const builds = new FakeBuilds();
  builds.add("openssl-3.4.0", "cancelled");
  assert.match(
    snapshot(builds, "buildtop", 1_000)
      .map(({ text }) => text)
      .join("\n"),
    /1 stopped/,
  );
});
