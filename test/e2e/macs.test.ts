/** Every stand-in Mac, over a real ssh and on the recording of that look: kind and state of its builders, what is wrong. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hostFor } from "../../src/adapters/hosts/choose-host.ts";
import { Recorder, writeRecording } from "../../src/adapters/hosts/recorder.ts";
import { openRecording } from "../../src/adapters/hosts/recording-host.ts";
import { openCollector } from "../../src/adapters/hosts/shell-collector.ts";
import { MachineWatch } from "../../src/adapters/machine/machine-watch.ts";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import { hostSubject } from "../../src/model/recording/format.ts";
import { type MacTruth, macCaseNames, macSkipReason, readMacCases, startMac } from "../support/mac.ts";

const skip = macSkipReason();

describe("a Mac as it is", { skip, concurrency: 3 }, () => {
  for (const [name, { truth }] of skip ? [] : readMacCases(macCaseNames()))
    it(name, async () => {
      await using mac = await startMac(name);
      const directory = join(mac.home, "recording");
      assertTrue(await lookAndRecord(mac, directory), truth);
      // Without a clock: asked once, the recording tells all that the look was told.
      const { host, collector, guest } = await openRecording(directory, { clock: () => 3600 });
      assertTrue(await look(new MachineWatch(host, { intervalMs: 700, collector, guests: guest })), truth);
    });
});

async function look(watch: MachineWatch): Promise<MachineStatus> {
  // While a recording is waited for, nothing else keeps this process alive.
  const alive = setInterval(() => {}, 60_000);
  try {
    return await watch.look({ measured: false });
  } finally {
    clearInterval(alive);
    await watch.stop();
  }
}

async function lookAndRecord(
  mac: { readonly alias: string; readonly home: string },
  directory: string,
): Promise<MachineStatus> {
  const host = await hostFor(mac.alias, {
    configFile: join(mac.home, ".ssh/config"),
    ownKnownHosts: join(mac.home, "known_hosts"),
  });
  const began = performance.now();
  const recorder = new Recorder(() => (performance.now() - began) / 1000);
  const status = await look(
    new MachineWatch(host, {
      intervalMs: 700,
      collector: recorder.collector(hostSubject, openCollector(host)),
      guests: (key, open) => recorder.collector(key, open()),
    }),
  );
  writeRecording(recorder, {
    ...{ directory, name: host.name, transport: host.transport, anonymous: false, program: "0.0.0" },
    ...{ recordedAt: new Date(), seconds: 10 },
  });
  return status;
}

/** What must be there is, and nothing else. */
function assertTrue({ builders, diagnoses }: MachineStatus, truth: MacTruth): void {
  const left = [...builders];
  const wrong: string[] = [];
  for (const { kind, name, state, or = [], maybe } of truth.builders) {
    const ofKind = left.filter((each) => each.kind === kind);
    const found = ofKind.find((each) => each.name === name) ?? ofKind[0];
    if (found) left.splice(left.indexOf(found), 1);
    if (found ? ![state, ...or].includes(found.state) : !maybe)
      wrong.push(`${kind} is ${found?.state ?? "not there"}, not ${state}: ${found?.why}`);
  }
  for (const { kind, state, why } of left)
    if (state !== "not-configured") wrong.push(`${kind} is ${state}, and should not be there: ${why}`);
  const ids = new Set(diagnoses.map(({ id }) => id));
  wrong.push(...truth.diagnoses.filter((id) => !ids.has(id)).map((id) => `${id} is not found`));
  for (const { id, severity, evidence } of diagnoses) {
    if (truth.never.includes(id) || (severity !== "info" && !truth.diagnoses.includes(id)))
      wrong.push(`${id} is found: ${evidence.map(({ text }) => text).join(" | ")}`);
  }
  assert.deepEqual(wrong, []);
}
