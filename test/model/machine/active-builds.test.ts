/** What Determinate Nix says when it is asked what it builds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseActiveBuilds } from "../../../src/model/machine/active-builds.ts";
import { survives } from "./survives.ts";

const build = (derivation: unknown, startTime: unknown) => ({
  ...{ type: "build", nixPid: 812, clientPid: null, clientUid: null, mainPid: 934, cgroup: null },
  ...{ mainUser: { name: "_nixbld1", uid: 351 }, startTime, derivation },
  processes: [{ pid: 934, parentPid: 812, user: "_nixbld1", argv: ["bash", "-e"], utime: 0.4, stime: 0.1 }],
});
const hello = "0f1nsy4kwx2zq6f2g6lr0qv3kd5hnw8b-hello-2.12.drv";

describe("nix ps --json", () => {
  it("names the builds and when they began", () => {
    const text = `warning: something\n${JSON.stringify([build(hello, 1790000000.25)])}\n`;
    assert.deepEqual(parseActiveBuilds(text), [{ drv: `/nix/store/${hello}`, startedAt: 1790000000.25 }]);
  });

  it("takes a whole path as well, and leaves out what names no derivation", () => {
    const entries = [
      build(`/nix/store/${hello}`, 1790000000),
      build("../../etc/passwd", 1790000000),
      build(hello, "yesterday"),
      build(null, 1790000000),
      7,
    ];
    assert.deepEqual(
      parseActiveBuilds(JSON.stringify(entries)).map(({ drv }) => drv),
      [`/nix/store/${hello}`],
    );
    assert.deepEqual(parseActiveBuilds("error: 'ps' is not a recognised command\n"), []);
    survives(JSON.stringify(entries), parseActiveBuilds);
  });
});
