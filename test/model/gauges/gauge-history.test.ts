/** What a machine's sparklines and its disk forecast are made of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { GaugeHistory } from "../../../src/model/gauges/gauge-history.ts";
import type { Gauges } from "../../../src/model/gauges/types.ts";

const gib = 1024 ** 3;
const gauges = (more: Partial<Gauges>): Gauges => ({
  cpu: null,
  cores: 4,
  load: null,
  memory: null,
  disks: [],
  stall: null,
  outOfMemoryKills: null,
  uptimeSeconds: null,
  clockSkewSeconds: null,
  ...more,
});
const disk = (mount: string, used: number, total = 40) => ({
  mount,
  usedBytes: used * gib,
  totalBytes: total * gib,
  freeBytes: (total - used) * gib,
  inodesUsed: null,
  inodesTotal: null,
});

test("keeps the newest hundred and twenty looks, a look without a figure as a gap", () => {
  const history = new GaugeHistory();
  for (let n = 0; n < 200; n++) history.push(gauges({ cpu: n === 199 ? null : n / 200 }), n * 2);
  assert.equal(history.cpu.length, 120);
  assert.equal(history.cpu.at(-1), null);
  assert.equal(history.cpu.at(-2), 198 / 200);
});

test("says when the fullest disk will be full, though it is asked for less often than the rest", () => {
  const history = new GaugeHistory();
  for (let n = 0; n < 60; n++) {
    // 1 GiB a minute, looked at every 2 s, asked every 10 s.
    const used = 30 + (Math.floor(n / 5) * 10) / 60;
    history.push(gauges({ disks: [disk("/boot", 0.1, 1), disk("/", used)] }), n * 2);
  }
  assert.equal(history.diskMount, "/");
  const minutes = (history.diskFullInSeconds ?? Number.NaN) / 60;
  assert.ok(minutes > 6 && minutes < 11, `${minutes}`);
});

test("says nothing of a disk that stands still", () => {
  const history = new GaugeHistory();
  for (let n = 0; n < 60; n++) history.push(gauges({ disks: [disk("/", 39)] }), n * 2);
  assert.equal(history.diskFullInSeconds, null);
});

test("begins anew when another disk is the fullest", () => {
  const history = new GaugeHistory();
  for (let n = 0; n < 60; n++) history.push(gauges({ disks: [disk("/", 10 + n / 10)] }), n * 2);
  history.push(gauges({ disks: [disk("/", 16), disk("/nix", 39)] }), 121);
  assert.deepEqual([history.diskMount, history.diskFullInSeconds], ["/nix", null]);
});
