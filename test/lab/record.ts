/**
 * Records sessions of real Nix as fixtures.
 *
 *   node --import tsx test/lab/record.ts forky|trixie|bookworm DIRECTORY [CASE...]
 *   node --import tsx test/lab/record.ts list
 *
 * Without a CASE it records them all, some minutes' worth. README.md says what the files are.
 */
import { openLab, type Suite } from "../support/lab.ts";
import { recordedBuilds } from "./recorded-builds.ts";
import { recordedDownloads } from "./recorded-downloads.ts";
import { recordedRemoteBuilds } from "./recorded-remote-builds.ts";
import { Recorder } from "./recorder.ts";
import { type Case, Scene } from "./scene.ts";

const cases: readonly Case[] = [...recordedBuilds, ...recordedDownloads, ...recordedRemoteBuilds];
const [suite = "", directory, ...names] = process.argv.slice(2);

if (suite === "list") {
  for (const { name, note } of cases) console.log(`${name.padEnd(26)} ${note}`);
} else if (!["forky", "trixie", "bookworm"].includes(suite) || !directory) {
  console.error("record: write: record.ts forky|trixie|bookworm DIRECTORY [CASE...], or: record.ts list");
  process.exitCode = 2;
} else {
  const unknown = names.filter((name) => !cases.some((known) => known.name === name));
  if (unknown.length > 0) throw new Error(`no such case: ${unknown.join(", ")}; "record.ts list" names them`);
  const lab = await openLab(suite as Suite);
  try {
    const recorder = await Recorder.open(lab, directory);
    for (const which of cases) {
      if (names.length > 0 && !names.includes(which.name)) continue;
      await which.record(new Scene(recorder, which)).catch((error: Error) => {
        console.error(`${which.name}: ${error.message}`);
        process.exitCode = 1;
      });
    }
  } finally {
    await lab.close();
  }
}
