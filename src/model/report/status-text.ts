/** `buildtop status` for people: each machine, its gauges, its builders with the reason of their state. */

import { isTrouble, stateLook } from "../builders/state-look.ts";
import type { Builder } from "../builders/types.ts";
import type { FoundDiagnosis } from "../diagnoses/types.ts";
import type { DiskGauge, Gauges } from "../gauges/types.ts";
import type { MachineStatus } from "../machine/status.ts";
import { formatByteProgress, formatDuration, formatNoun, formatPercent } from "../units.ts";
import { hasTroubles } from "./doctor-text.ts";
import { type Line, line, type Tone } from "./line.ts";

export function statusText(status: MachineStatus): Line[] {
  const { connection, nix } = status;
  const title = [status.name, status.os, nix?.name, wayOf(status)];
  const lines = [line(title.filter((part) => part).join(" · "))];
  if (connection.state === "lost") {
    lines.push(line(`  ✖ ${connection.trouble.message}`, "failed"));
    lines.push(...connection.trouble.details.map((text) => line(`    ${text}`, "dim")));
    return lines;
  }
  if (nix?.daemon === "stopped") lines.push(line("  ✖ the Nix daemon does not run", "failed"));
  if (status.gauges) lines.push(line(`  ${gaugesText(status.gauges)}`, "dim"));
  lines.push(...status.builders.flatMap(builderLines));
  if (status.builders.length === 0) lines.push(line("  no builder is set up", "dim"));
  lines.push(...status.machineProblems.map((text) => line(`  ✖ builders: ${text}`, "failed")));
  const troubles = status.diagnoses.filter(({ severity }) => severity !== "info");
  lines.push(...troubles.map((found) => line(`  ${found.subject}: ${found.title}`, toneOf(found))));
  if (troubles.length > 0) lines.push(line("  buildtop doctor tells why, and what to do", "dim"));
  return lines;
}

/** How we see it, where that is not from itself. */
function wayOf({ transport, transportReason }: MachineStatus): string | null {
  if (transport === "local") return null;
  return transport === "recording" ? transportReason : `over ${transport}`;
}

/** Whether all that is known is well: decides the exit status. */
export function isWell(status: MachineStatus): boolean {
  const { nix, builders, machineProblems } = status;
  return (
    nix?.daemon !== "stopped" &&
    machineProblems.length === 0 &&
    !hasTroubles(status) &&
    !builders.some(({ state }) => isTrouble(state))
  );
}

function toneOf({ severity }: FoundDiagnosis): Tone {
  return severity === "error" ? "failed" : "attention";
}

function builderLines(builder: Builder): Line[] {
  const { state, name, jobs, systems, why, gauges, limitedBy, uptimeSeconds } = builder;
  const { glyph, word, tone } = stateLook(state);
  const used = jobs.max === null ? formatNoun(jobs.used, "job") : `${jobs.used}/${jobs.max} jobs`;
  const up = uptimeSeconds === null ? null : `up ${formatDuration(uptimeSeconds * 1000)}`;
  const facts = [name, systems.join(","), word, used, up].filter((part) => part);
  const lines = [line(`  ${glyph} ${facts.join("  ")}`, tone)];
  if (why !== "") lines.push(line(`    ${why}`, "dim"));
  if (gauges) lines.push(line(`    ${gaugesText(gauges)}`, "dim"));
  if (limitedBy !== null) lines.push(line(`    ${limitedBy}`, "dim"));
  return lines;
}

function gaugesText({ cpu, load, memory, disks }: Gauges): string {
  const parts: string[] = [];
  if (cpu !== null) parts.push(`cpu ${formatPercent(cpu)}`);
  if (load) parts.push(`load ${load[0].toFixed(2)}`);
  if (memory) parts.push(`mem ${formatByteProgress(memory.usedBytes, memory.totalBytes)}`);
  parts.push(...disks.slice(0, 3).map(diskText));
  return parts.join("   ");
}

function diskText({ mount, usedBytes, totalBytes }: DiskGauge): string {
  return `disk ${mount} ${formatByteProgress(usedBytes, totalBytes)}`;
}
