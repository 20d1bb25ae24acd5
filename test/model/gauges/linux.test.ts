/** The gauges of Linux: a machine, or the inside of a builder. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cpuBetween, linuxGauges } from "../../../src/model/gauges/linux.ts";
import { survives } from "../machine/survives.ts";

const usual: Readonly<Record<string, string>> = {
  now: "1795168743\n",
  load: `3.90 3.70 3.10 4/123 4242
266360.17 74580.85
cpu some avg10=12.50 avg60=9.42 avg300=4.92 total=1023693565
cpu full avg10=0.00 avg60=0.00 avg300=0.00 total=0
io some avg10=1.25 avg60=0.00 avg300=0.00 total=1212
io full avg10=99.00 avg60=0.00 avg300=0.00 total=600
memory some avg10=20.00 avg60=0.00 avg300=0.00 total=0
`,
  memory: `MemTotal:        8290304 kB
MemFree:         1048576 kB
MemAvailable:    4096000 kB
Buffers:           10240 kB
Cached:          2048000 kB
SwapTotal:       1000000 kB
SwapFree:         900000 kB
`,
  cpu: `cpu  1000 10 500 8000 100 5 15 20 400 0
cpu0 500 5 250 4000 50 0 0 0 0 0
cpu1 500 5 250 4000 50 5 15 20 0 0
oom_kill 3
`,
  disks: `Filesystem     1024-blocks     Used Available Capacity Mounted on
/dev/vda          20511312 18690000    754000      97% /
overlay           20511312 18690000    754000      97% /nix/store
Filesystem      Inodes  IUsed  IFree IUse% Mounted on
/dev/vda       1310720 698033 612687   54% /
overlay        1310720 698033 612687   54% /nix/store
`,
};

function look(
  changed: Readonly<Record<string, string>> = {},
  previous: Parameters<typeof linuxGauges>[1] = null,
) {
  const texts = Object.entries({ ...usual, ...changed });
  return linuxGauges(new Map(texts.map(([name, text]) => [name, { text, code: 0 }])), previous, 1795168733.4);
}

describe("the processors", () => {
  it("have no share at the first look, and what was used in between at the second", () => {
    const first = look();
    assert.equal(first.gauges.cpu, null);
    const cpu = "cpu  1060 10 520 8020 100 5 15 20 440 0\n";
    assert.equal(look({ cpu }, first.cpuCounters).gauges.cpu, 0.8);
  });

  it("have no share when the counters began anew, or did not move", () => {
    assert.equal(cpuBetween({ busy: 900, idle: 100 }, { busy: 10, idle: 200 }), null);
    assert.equal(cpuBetween({ busy: 10, idle: 100 }, { busy: 20, idle: 90 }), null);
    assert.equal(cpuBetween({ busy: 10, idle: 100 }, { busy: 10, idle: 100 }), null);
  });

  it("have a share between 0 and 1, whatever was counted", () => {
    const counters = fc.record({ busy: fc.maxSafeNat(), idle: fc.maxSafeNat() });
    fc.assert(
      fc.property(counters, counters, (a, b) => {
        const share = cpuBetween(a, b);
        assert.ok(share === null || (share >= 0 && share <= 1));
      }),
    );
  });

  it("are counted, with their load and the time since the boot", () => {
    const { cores, load, uptimeSeconds } = look().gauges;
    assert.deepEqual([cores, load, uptimeSeconds], [2, [3.9, 3.7, 3.1], 266360.17]);
  });
});

describe("memory", () => {
  it("is used where it is not available, whatever the cache holds", () => {
    assert.deepEqual(look().gauges.memory, {
      usedBytes: (8290304 - 4096000) * 1024,
      totalBytes: 8290304 * 1024,
      pressure: "warning",
      swapUsedBytes: 100000 * 1024,
    });
  });

  it("has no pressure where the kernel does not measure it", () => {
    const { memory, stall } = look({ load: "0.00 0.00 0.00 1/2 3\n1.00 1.00\n" }).gauges;
    assert.equal(memory?.pressure, null);
    assert.equal(stall, null);
  });

  it("counts processes killed for want of it", () => assert.equal(look().gauges.outOfMemoryKills, 3));
});

it("waiting is a share of the time, of some and not of all", () => {
  assert.deepEqual(look().gauges.stall, { cpu: 0.125, io: 0.0125, memory: 0.2 });
});

describe("disks", () => {
  it("show the builder's one disk once, with its inodes", () => {
    assert.deepEqual(look().gauges.disks, [
      {
        mount: "/",
        usedBytes: 18690000 * 1024,
        totalBytes: 20511312 * 1024,
        freeBytes: 754000 * 1024,
        inodesUsed: 698033,
        inodesTotal: 1310720,
      },
    ]);
  });

  it("keep a root in memory apart from the disk below the store", () => {
    const disks = `Filesystem 1024-blocks Used Available Capacity Mounted on
tmpfs 100 10 90 10% /
overlay 5000 4000 1000 80% /nix/store
/dev/vdb 5000 4000 1000 80% /nix/.rw-store
Filesystem Inodes IUsed IFree IUse% Mounted on
tmpfs 0 0 0 - /
`;
    assert.deepEqual(
      look({ disks }).gauges.disks.map(({ mount, usedBytes, inodesTotal }) => [
        mount,
        usedBytes / 1024,
        inodesTotal,
      ]),
      [
        ["/", 10, null],
        ["/nix/.rw-store", 4000, null],
      ],
    );
  });

  it("show a disk that is mounted twice once", () => {
    const disks = `Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/sda1 5000 4000 1000 80% /
/dev/sda1 5000 4000 1000 80% /nix/store
`;
    assert.deepEqual(
      look({ disks }).gauges.disks.map(({ mount }) => mount),
      ["/"],
    );
  });
});

it("a clock that runs ahead is told", () => assert.equal(look().gauges.clockSkewSeconds, 10));

it("no text makes the gauges fall", () => {
  for (const [name, good] of Object.entries(usual))
    survives(good, (text) => {
      const { memory, disks, stall } = look({ [name]: text }, { busy: 0, idle: 0 }).gauges;
      assert.ok(memory === null || memory.usedBytes >= 0);
      assert.ok(disks.every((disk) => disk.usedBytes >= 0 && disk.freeBytes >= 0 && disk.totalBytes > 0));
      assert.ok(
        stall === null || [stall.cpu, stall.io, stall.memory].every((share) => share === null || share <= 1),
      );
    });
});
