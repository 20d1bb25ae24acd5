/** A Mac whose names and addresses were replaced is told the same things of. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openRecording } from "../../src/adapters/hosts/recording-host.ts";
import { lookAt } from "../../src/commands/status.ts";
import { parseMachineSummary } from "../../src/model/machine/machine-summary.ts";
import type { MachineStatus } from "../../src/model/machine/status.ts";
import { parseHeader, parseRecordedLine } from "../../src/model/recording/format.ts";
import { redact } from "../../src/model/recording/redact.ts";
import { recordedMacs, recordingsDirectory } from "../support/recordings.ts";

let place: string;
before(() => {
  place = mkdtempSync(join(tmpdir(), "buildtop-anonymous-"));
});
after(() => rmSync(place, { recursive: true, force: true }));

async function look(directory: string): Promise<MachineStatus> {
  const { host, collector, guest } = await openRecording(directory);
  return lookAt(host, { collector, guests: guest });
}

/** What does not depend on how things are called. */
function told({ builders, machineProblems, nix, os, gauges }: MachineStatus): unknown {
  const known = builders.map(({ kind, state, jobs, systems, size, gauges: inside }) => ({
    ...{ kind, state, jobs, systems, size },
    memory: inside?.memory,
    disks: inside?.disks,
  }));
  return { known, problems: machineProblems.length, nix, os, memory: gauges?.memory, disks: gauges?.disks };
}

describe("an anonymous recording of a Mac", () => {
  for (const name of recordedMacs())
    it(`says the same, and nobody's name: ${name}`, async () => {
      const original = join(recordingsDirectory, name);
      const directory = join(place, name);
      cpSync(original, directory, { recursive: true });
      const header = parseHeader(readFileSync(join(original, "recording.json"), "utf8"));
      assert.ok(typeof header === "object");
      const lines = readFileSync(join(original, "answers.jsonl"), "utf8")
        .split("\n")
        .flatMap((line) => parseRecordedLine(line) ?? []);
      const clean = redact({ name: header.name, lines, guests: header.guests }, { anonymous: true });
      const text = clean.lines.map((line) => `${JSON.stringify(line)}\n`).join("");
      writeFileSync(join(directory, "answers.jsonl"), text);
      writeFileSync(
        join(directory, "recording.json"),
        JSON.stringify({ ...header, ...clean, lines: undefined }),
      );

      const machine = lines.find((line) => "request" in line && line.request === "machine");
      assert.ok(machine && "text" in machine);
      const { hostName, user } = parseMachineSummary(machine.text);
      assert.ok(hostName && user);
      for (const word of [hostName, hostName.split(".")[0] ?? hostName, user])
        assert.ok(!new RegExp(`(?<![a-z])${word}(?![a-z])`, "i").test(text), word);
      assert.deepEqual(clean.removed, {}, "a stand-in has no secrets");
      assert.deepEqual(told(await look(directory)), told(await look(original)));
    });
});
