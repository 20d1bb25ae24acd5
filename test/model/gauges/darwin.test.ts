/** The gauges of a Mac. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { darwinGauges } from "../../../src/model/gauges/darwin.ts";
import { survives } from "../machine/survives.ts";

const usual: Readonly<Record<string, string>> = {
  now: "1795168733\n",
  load: `vm.loadavg: { 1.62 1.48 21.51 }
vm.swapusage: total = 2048.00M  used = 1017.50M  free = 1030.50M  (encrypted)
kern.memorystatus_vm_pressure_level: 2
kern.boottime: { sec = 1795160000, usec = 237429 } Fri Nov 20 07:33:20 2026
hw.memsize: 25769803776
hw.ncpu: 10
`,
  memory: `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                              360448.
Pages active:                            458752.
Pages inactive:                          393216.
Pages wired down:                        196608.
"Translation faults":                 511477162.
Pages stored in compressor:              163840.
Pages occupied by compressor:             65536.
`,
  cpu: `              disk0               disk5       cpu    load average
    KB/t  tps  MB/s     KB/t  tps  MB/s  us sy id   1m   5m   15m
   12.47   58  0.71    44.09    0  0.00   3  2 95  1.00 2.00 3.00
  204.20   81 16.21     0.00    0  0.00  52  9 39  1.10 2.10 3.10
`,
  disks: `Filesystem   1024-blocks      Used Available Capacity iused      ifree %iused  Mounted on
/dev/disk3s7   482797652  52428800 262144000    17% 1204233 2621440000    0%   /nix
/dev/disk3s5   482797652 146800640 262144000    36% 1839411 2621440000    0%   /System/Volumes/Data
`,
};

function gauges(changed: Readonly<Record<string, string>> = {}, local: number | null = 1795168733.4) {
  const texts = Object.entries({ ...usual, ...changed });
  return darwinGauges(new Map(texts.map(([name, text]) => [name, { text, code: 0 }])), local);
}

describe("memory", () => {
  it("is what is active, wired and compressed, in pages of the size the header tells", () => {
    assert.deepEqual(gauges().memory, {
      usedBytes: (458752 + 196608 + 65536) * 16384,
      totalBytes: 25769803776,
      pressure: "warning",
      swapUsedBytes: 1017.5 * 1024 ** 2,
    });
    const intel = (usual.memory ?? "").replace("16384", "4096");
    assert.equal(gauges({ memory: intel }).memory?.usedBytes, (458752 + 196608 + 65536) * 4096);
  });

  it("is not known when a row is missing", () => {
    assert.equal(gauges({ memory: (usual.memory ?? "").replace(/Pages wired.*\n/, "") }).memory, null);
  });

  it("counts swap in any unit, with a decimal comma too", () => {
    const swap = (text: string) =>
      gauges({ load: (usual.load ?? "").replace(/used = \S+/, `used = ${text}`) }).memory?.swapUsedBytes;
    assert.equal(swap("1,50G"), 1.5 * 1024 ** 3);
    assert.equal(swap("0.00M"), 0);
  });
});

describe("the processors", () => {
  it("count in the last second, not since the boot, however many disks there are", () => {
    assert.equal(gauges().cpu, 0.61);
    const one = `              disk0       cpu    load average
    KB/t  tps  MB/s  us sy id   1m   5m   15m
   24.31  105  3.80   3  2 95 1.62 1.48 1.51
   25.31  106  3.80   6  3 90 1.62 1.48 1.51
`;
    assert.equal(gauges({ cpu: one }).cpu, 0.09);
  });

  it("are not known from the average since the boot alone", () => {
    assert.equal(gauges({ cpu: (usual.cpu ?? "").split("\n", 3).join("\n") }).cpu, null);
  });

  it("have their number and their load", () => {
    assert.equal(gauges().cores, 10);
    assert.deepEqual(gauges().load, [1.62, 1.48, 21.51]);
  });
});

describe("disks", () => {
  it("that share their room are one, and what is not free is used", () => {
    assert.deepEqual(gauges().disks, [
      {
        mount: "/nix",
        usedBytes: (482797652 - 262144000) * 1024,
        totalBytes: 482797652 * 1024,
        freeBytes: 262144000 * 1024,
        inodesUsed: 1204233,
        inodesTotal: 1204233 + 2621440000,
      },
    ]);
  });

  it("are read with six columns too, with blanks in names, and with a row on two lines", () => {
    const disks = `Filesystem 1024-blocks      Used Available Capacity  Mounted on
map auto_home        0         0         0   100%    /System/Volumes/Data/home
/dev/a-very-long-name-of-a-device
                  1000       400       600    40%    /Volumes/My Disk
`;
    assert.deepEqual(gauges({ disks }).disks, [
      {
        mount: "/Volumes/My Disk",
        usedBytes: 400 * 1024,
        totalBytes: 1000 * 1024,
        freeBytes: 600 * 1024,
        inodesUsed: null,
        inodesTotal: null,
      },
    ]);
  });
});

describe("time", () => {
  it("since the boot is by that machine's own clock", () => {
    assert.equal(gauges().uptimeSeconds, 8733);
    assert.equal(gauges({ now: "" }).uptimeSeconds, null);
    assert.equal(gauges({ now: "1" }).uptimeSeconds, null);
  });

  it("that differs from ours is told, in whole seconds", () => {
    assert.equal(gauges().clockSkewSeconds, 0);
    assert.equal(gauges({}, 1795168700.9).clockSkewSeconds, 33);
    assert.equal(gauges({}, null).clockSkewSeconds, null);
  });
});

it("a machine that answered nothing has no gauges, and no text makes them fall", () => {
  assert.deepEqual(darwinGauges(new Map(), 0), {
    cpu: null,
    cores: null,
    load: null,
    memory: null,
    disks: [],
    stall: null,
    outOfMemoryKills: null,
    uptimeSeconds: null,
    clockSkewSeconds: null,
  });
  for (const [name, good] of Object.entries(usual))
    survives(good, (text) => {
      const { cpu, memory, disks, uptimeSeconds } = gauges({ [name]: text });
      assert.ok(cpu === null || (cpu >= 0 && cpu <= 1));
      assert.ok(memory === null || (memory.usedBytes >= 0 && memory.usedBytes <= memory.totalBytes));
      assert.ok(disks.every((disk) => disk.usedBytes >= 0 && disk.freeBytes >= 0 && disk.totalBytes > 0));
      assert.ok(uptimeSeconds === null || uptimeSeconds >= 0);
    });
});
