/** Builds on another machine whose logs nobody watches. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { LiveBuilds } from "../../src/commands/live-builds.ts";
import { RemoteSightings } from "../../src/commands/remote-sightings.ts";

const drv = (name: string) => `/nix/store/0f1nsy4kwx2zq6f2g6lr0qv3kd5hnw8b-${name}.drv`;

it("are rows with their machine and age as long as it says so, and none afterwards", () => {
  const live = new LiveBuilds(() => 500_000);
  const sightings = new RemoteSightings(live, "mini");
  const rows = () =>
    live.builds
      .rows({ sort: "name", filter: "", hideDone: false })
      .map((row) =>
        row.kind === "derivation"
          ? [row.derivation.name, row.derivation.hostName, row.derivation.state, row.derivation.startedAt]
          : [row.kind],
      );
  const clock = 1_790_000_100;
  const builds = [
    { drv: drv("curl-8.1"), startedAt: clock - 90 },
    // Its clock went back meanwhile.
    { drv: drv("zlib-1.3"), startedAt: clock + 5 },
  ];
  sightings.update({ activeBuilds: builds, clock });
  assert.deepEqual(rows(), [
    ["curl-8.1", "mini", "running", 410_000],
    ["zlib-1.3", "mini", "running", 500_000],
  ]);
  sightings.update({ activeBuilds: builds.slice(1), clock: clock + 2 });
  assert.deepEqual(rows(), [["zlib-1.3", "mini", "running", 500_000]]);
  sightings.update(null);
  assert.deepEqual(rows(), []);
});
