/** What the Gauges pane says of the selected builder or machine: its trouble first, then its figures. */
import { isTrouble } from "../model/builders/state-look.ts";
import type { Builder } from "../model/builders/types.ts";
import type { BuildProcess } from "../model/machine/build-processes.ts";
import type { Connection, MachineStatus } from "../model/machine/status.ts";
import { padEnd, padStart, textWidth, truncateEnd, truncateMiddle } from "../model/text/width.ts";
import { formatBytes } from "../model/units.ts";
import type { DashboardState, Tone } from "./dashboard-state.ts";
import { type GaugeLine, gaugeFigures, gaugeNotes, textLine } from "./gauge-figures.ts";
import { severityTones, worstProblem } from "./machine-problems.ts";
import {
  builderLook,
  lostWord,
  machinePlace,
  machineTrouble,
  silentSeconds,
  sinceOf,
} from "./machine-row-description.ts";
import { gaugesOf, type MachineRow, machinesNow, processesOf, trendOf } from "./machine-rows.ts";
import { formatSpan, formatUptime } from "./span.ts";
import type { Figure } from "./summary.ts";
import { wrapWords } from "./wrap-words.ts";

export interface GaugeView {
  readonly title: readonly Figure[];
  /** Right in the border. */
  readonly figures: readonly Figure[];
  readonly lines: readonly GaugeLine[];
}

export interface GaugeRoom {
  readonly width: number;
  readonly height: number;
  /** The pane has the screen to itself: what else is known is said as well. */
  readonly closer: boolean;
  /** What can be done about trouble, by which key. */
  readonly help: readonly string[];
}

export function gaugeView(row: MachineRow, state: DashboardState, room: GaugeRoom): GaugeView {
  const { status, builder } = row;
  const { connection } = status;
  const gauges = gaugesOf(row);
  const lines: GaugeLine[] = diagnosisLines(row);
  if (connection.state === "lost")
    lines.push(...lostLines(connection, status.at !== null, machinesNow(state), room));
  else lines.push(...(builder ? builderWords(builder, room) : machineWords(status, room)));
  const silent = silentSeconds(status, machinesNow(state));
  if (silent !== null)
    lines.unshift(textLine(`${status.name} has not answered for ${formatSpan(silent)}.`, "attention"));
  const known: GaugeLine[] = gauges
    ? [...gaugeFigures(gauges, trendOf(row), room.width), ...gaugeNotes(gauges)]
    : [];
  if (builder) known.push(...sizeLines(builder));
  if (room.closer) known.push(...factLines(row, room.width));
  const limited = builder?.limitedBy ?? null;
  const last = limited === null ? [] : wrapped(limited, room, "idle").slice(0, room.closer ? 6 : 2);
  const left = room.height - lines.length - known.length - last.length;
  known.push(...processLines(processesOf(row), left, room));
  // What was true when the connection broke is not what is true now.
  const old = connection.state === "lost" || silent !== null;
  lines.push(...(old ? known.map(dimmed) : known), ...last);
  return { title: titleOf(row), figures: rightFigures(row, state), lines };
}

/** The worst that was diagnosed of it: the doctor has the rest. */
function diagnosisLines({ status, machineIndex, builder }: MachineRow): GaugeLine[] {
  const worst = worstProblem(status, machineIndex, builder?.key ?? null);
  if (!worst) return [];
  return [
    [
      { kind: "text", text: `! ${worst.title}`, tone: severityTones[worst.severity] },
      { kind: "text", text: "  d", tone: "plain", bold: true },
    ],
  ];
}

function wrapped(text: string, { width }: GaugeRoom, tone: Tone): GaugeLine[] {
  return wrapWords(text, width).map((line) => textLine(line, tone));
}

function dimmed(line: GaugeLine): GaugeLine {
  return line.map((part) => ({ ...part, tone: "idle" }));
}

function lostLines(
  connection: Extract<Connection, { state: "lost" }>,
  known: boolean,
  now: number,
  room: GaugeRoom,
): GaugeLine[] {
  const { trouble, since } = connection;
  const next = trouble.retry ? "It is tried again by itself." : "It is not tried again by itself.";
  const span = formatSpan(Math.max(now - since, 0));
  const lines = wrapped(trouble.message, room, "failed");
  if (room.closer)
    lines.push(...trouble.details.slice(0, 10).flatMap((text) => wrapped(text, room, "plain")));
  lines.push(...wrapped(`${known ? `Lost ${span} ago.` : `Not reached for ${span}.`} ${next}`, room, "idle"));
  if (room.help.length > 0) lines.push(...wrapped(room.help.join(", "), room, "plain"));
  return lines;
}

/** Why it is as it is, where a person should know. */
function builderWords(builder: Builder, room: GaugeRoom): GaugeLine[] {
  const { state, why, control, gauges } = builder;
  if (!isTrouble(state)) {
    const says = gauges === null || room.closer || state === "booting";
    return says && why !== "" ? wrapped(why, room, "plain") : [];
  }
  const lines = wrapped(why === "" ? builderLook(builder).word : why, room, builderLook(builder).tone);
  if (room.help.length > 0) lines.push(...wrapped(room.help.join(", "), room, "plain"));
  if (control.kind === "none" && control.why !== "") lines.push(...wrapped(control.why, room, "plain"));
  return lines;
}

function machineWords(status: MachineStatus, room: GaugeRoom): GaugeLine[] {
  if (status.connection.state === "connecting") return [textLine("Connecting…", "idle")];
  const lines: GaugeLine[] = [];
  if (status.nix?.daemon === "stopped") {
    lines.push(...wrapped("The Nix daemon does not run: nothing can be built.", room, "failed"));
    if (room.help.length > 0) lines.push(...wrapped(room.help.join(", "), room, "plain"));
  }
  for (const problem of status.machineProblems.slice(0, 5))
    lines.push(...wrapped(`builders: ${problem}`, room, "failed"));
  return lines;
}

/** What it was given, as opposed to what it uses. */
function sizeLines({ size, gauges }: Builder): GaugeLine[] {
  const { diskBytes, diskAllocatedBytes, memoryBytes } = size;
  const lines: GaugeLine[] = [];
  if (diskBytes !== null && diskAllocatedBytes !== null)
    lines.push(textLine(`     image ${inUnitOf(diskAllocatedBytes, diskBytes)}`, "idle"));
  if (memoryBytes !== null && gauges?.memory && gauges.memory.totalBytes < memoryBytes * 0.85)
    lines.push(
      textLine(
        `     configured ${shortBytes(memoryBytes)}, has ${shortBytes(gauges.memory.totalBytes)}`,
        "attention",
      ),
    );
  return lines;
}

/** `13.7 of 40 GiB`. */
function inUnitOf(part: number, whole: number): string {
  const [, unit = "B"] = formatBytes(whole).split(" ");
  const one = 1024 ** Math.max(["B", "KiB", "MiB", "GiB", "TiB", "PiB"].indexOf(unit), 0);
  const value = (part / one).toFixed(1).replace(/\.0$/, "");
  return `${value} of ${shortBytes(whole)}`;
}

/** What one wants to know when one looks closer. */
function factLines({ status, builder }: MachineRow, width: number): GaugeLine[] {
  const facts: [string, string][] = builder
    ? [
        ["kind", builder.kind],
        ["uri", builder.uri ?? ""],
        ["systems", builder.systems.join(", ")],
        ["features", builder.features.join(", ")],
        ["nix", builder.version ?? ""],
        ["settings", builder.settings.join(", ")],
        [
          "log",
          builder.log.kind === "file" ? builder.log.path : builder.log.kind === "none" ? builder.log.why : "",
        ],
        ["reached", builder.guest ? `${builder.guest.address} port ${builder.guest.addressPort}` : ""],
      ]
    : [
        ["model", status.model ?? ""],
        ["address", status.address ?? ""],
        ["reached", status.transportReason ?? ""],
        [
          "daemon",
          status.nix ? `${status.nix.daemon}${status.nix.service ? `, ${status.nix.service.name}` : ""}` : "",
        ],
      ];
  const lines: GaugeLine[] = [];
  for (const [label, value] of facts) {
    if (value === "") continue;
    const [first = "", ...more] = wrapWords(value, Math.max(width - 10, 10));
    lines.push([
      { kind: "text", text: padEnd(label, 10), tone: "idle" },
      { kind: "text", text: first, tone: "plain" },
    ]);
    lines.push(...more.map((text) => textLine(" ".repeat(10) + text)));
  }
  return lines.length > 0 ? [textLine(" "), ...lines] : [];
}

/** The busiest, as far as there is room. */
function processLines(
  processes: readonly BuildProcess[],
  room: number,
  { width, closer }: GaugeRoom,
): GaugeLine[] {
  const heading =
    closer && processes.length > 0 && room > 2 ? [textLine(" "), textLine("build processes", "idle")] : [];
  const shown = processes.slice(0, Math.max(room - heading.length, 0));
  const nameWidth = Math.max(Math.min(Math.floor(width * 0.32), 28), 8);
  return [
    ...heading,
    ...shown.map(({ program, cpu, residentBytes, derivation }): GaugeLine => {
      const name = padEnd(truncateEnd(program, nameWidth - 1), nameWidth);
      const figures = padStart(`${Math.round(cpu * 100)} %`, 7) + padStart(formatBytes(residentBytes), 10);
      const rest = Math.max(width - textWidth(name) - figures.length - 2, 0);
      return [
        { kind: "text", text: name + figures, tone: "plain" },
        { kind: "text", text: `  ${truncateMiddle(derivation ?? "", rest)}`, tone: "idle" },
      ];
    }),
  ];
}

function titleOf(row: MachineRow): Figure[] {
  const { status, builder } = row;
  const gauges = gaugesOf(row);
  const cores = builder?.size.cores ?? gauges?.cores ?? null;
  const memory = builder?.size.memoryBytes ?? gauges?.memory?.totalBytes ?? null;
  const lost = status.connection.state === "lost";
  const uptime = lost ? null : builder ? builder.uptimeSeconds : (gauges?.uptimeSeconds ?? null);
  const parts = [
    builder ? builder.name : status.name,
    builder ? "" : machinePlace(status),
    cores === null ? "" : `${cores} ${cores === 1 ? "core" : "cores"}`,
    memory === null ? "" : shortBytes(memory),
    uptime === null ? "" : `up ${formatUptime(uptime)}`,
  ];
  return parts.filter((text) => text !== "").map((text) => ({ text, tone: "plain" }));
}

function shortBytes(bytes: number): string {
  return formatBytes(bytes).replace(".0 ", " ");
}

function rightFigures(row: MachineRow, state: DashboardState): Figure[] {
  const { status, builder } = row;
  if (status.connection.state === "lost") return [{ text: lostWord(status), tone: "failed" }];
  if (!builder) {
    const trouble = machineTrouble(status);
    return trouble === null ? [] : [{ text: trouble, tone: "failed" }];
  }
  if (builder.state === "healthy" || builder.state === "building") return [];
  const { word, tone } = builderLook(builder);
  const since = sinceOf(row, state);
  return [
    { text: since === null || !isTrouble(builder.state) ? word : `${word} ${formatSpan(since)}`, tone },
  ];
}
