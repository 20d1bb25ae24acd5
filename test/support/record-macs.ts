/**
 * Makes test/fixtures/recordings anew: `buildtop record-host` over a real ssh, from stand-in Macs.
 *
 *   node --import tsx test/support/record-macs.ts [CASE...]
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostFor } from "../../src/adapters/hosts/choose-host.ts";
import { recordMachine } from "../../src/commands/record-host.ts";
import { macSkipReason, readMacCase, startMac } from "./mac.ts";
import { recordedMacs, recordingsDirectory } from "./recordings.ts";

/** Git keeps them for ever. */
const mostBytes = 60_000;

const reason = macSkipReason();
if (reason) throw new Error(reason);
const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : recordedMacs()) {
  const { note, truth } = readMacCase(name);
  const directory = join(recordingsDirectory, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  const mac = await startMac(name);
  try {
    const host = await hostFor(mac.alias, {
      configFile: join(mac.home, ".ssh/config"),
      ownKnownHosts: join(mac.home, "known_hosts"),
    });
    await recordMachine(directory, host, { anonymous: false, ascii: true, program: "0.0.0", seconds: 4 });
  } finally {
    await mac.down();
  }
  writeFileSync(join(directory, "truth.json"), `${JSON.stringify({ note, ...truth }, null, 2)}\n`);
  const { size } = statSync(join(directory, "answers.jsonl"));
  if (size > mostBytes) throw new Error(`${name} has ${size} bytes, more than ${mostBytes}`);
}
