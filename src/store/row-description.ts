/** What a row of the Builds pane says, in words and roles; how it looks is the theme's matter. */
import type { Activity, Derivation, Row, Transfer } from "../model/nix-log/types.ts";
import { formatByteProgress, formatBytes, formatDuration, formatRate } from "../model/units.ts";
import type { Tone } from "./dashboard-state.ts";

export type Mark =
  | "running"
  | "done"
  | "failed"
  | "cancelled"
  | "planned"
  | "download"
  | "upload"
  | "activity";

export interface RowDescription {
  readonly key: string;
  readonly mark: Mark;
  readonly tone: Tone;
  readonly name: string;
  /** Where it happens, short; "" if that says nothing. */
  readonly host: string;
  /** Phase, stage, bytes. */
  readonly step: string;
  /** Reason, rate, what it waits for. */
  readonly detail: string;
  /** 0…1 of a whole that is known, else `null`. */
  readonly fraction: number | null;
  /** Time since its start, or what it took. */
  readonly time: string;
  /** Whether `time` grows by itself. */
  readonly ticking: boolean;
}

/** @param now milliseconds of the builds' clock */
export function describeRow(row: Row, now: number): RowDescription {
  if (row.kind === "derivation") return describeDerivation(row.key, row.derivation, now);
  if (row.kind === "transfer") return describeTransfer(row.key, row.transfer, now);
  return describeActivity(row.key, row.activity, now);
}

const marks = {
  planned: { mark: "planned", tone: "idle" },
  running: { mark: "running", tone: "running" },
  done: { mark: "done", tone: "well" },
  failed: { mark: "failed", tone: "failed" },
  cancelled: { mark: "cancelled", tone: "attention" },
} as const;

function describeDerivation(key: string, derivation: Derivation, now: number): RowDescription {
  const { state, startedAt, endedAt, transfer } = derivation;
  const running = state === "running";
  const spent = startedAt === null ? null : (endedAt ?? now) - startedAt;
  const moving = running && transfer !== null;
  return {
    key,
    ...marks[state],
    name: derivation.name,
    host: derivation.hostName ?? (startedAt === null ? "" : "local"),
    step: moving
      ? `${derivation.stage ?? "copying"} ${formatByteProgress(transfer.done, transfer.expected)}`
      : stepOf(derivation),
    detail:
      derivation.reason === null
        ? (derivation.waiting?.replace(/^waiting /, "") ?? "")
        : shortReason(derivation.reason),
    fraction: moving ? fractionOf(transfer.done, transfer.expected) : null,
    time: spent !== null && (running || endedAt !== null) ? formatDuration(spent) : "",
    ticking: running && startedAt !== null,
  };
}

/** "exit code 2": that the builder failed is what the row says anyway. */
function shortReason(reason: string): string {
  return reason.replace(/^builder failed (?:with|due to) (?=exit code|signal)/, "");
}

function stepOf(derivation: Derivation): string {
  const { state, phase, stage, purpose, waiting } = derivation;
  if (state === "planned") {
    if (derivation.reason !== null) return "blocked";
    return waiting === null ? "planned" : "waiting";
  }
  if (state === "done") return purpose === "build" ? "" : `${purpose} passed`;
  if (state === "cancelled") return "stopped";
  const where =
    stage !== null && stage !== "building" ? stage : (phase ?? (state === "running" ? "building" : ""));
  return purpose === "build" ? where : `${purpose}: ${where}`;
}

function describeTransfer(key: string, transfer: Transfer, now: number): RowDescription {
  const { progress, endedAt, startedAt, complete, direction } = transfer;
  const common = {
    key,
    name: transfer.name,
    host: transfer.peer,
    time: formatDuration((endedAt ?? now) - startedAt),
  };
  if (endedAt !== null)
    return {
      ...common,
      mark: complete ? "done" : "cancelled",
      tone: complete ? "well" : "attention",
      step: sizeOf(transfer),
      detail: complete ? transferred[direction] : "not complete",
      fraction: null,
      ticking: false,
    };
  const moved = progress.done > 0 || progress.expected > 0;
  return {
    ...common,
    mark: direction === "upload" ? "upload" : "download",
    tone: "running",
    step: moved ? formatByteProgress(progress.done, progress.expected) : "starting",
    detail: rateOf(transfer),
    fraction: fractionOf(progress.done, progress.expected),
    ticking: true,
  };
}

const transferred = { download: "fetched", upload: "sent", copy: "copied" } as const;

function rateOf({ bytesPerSecond }: Transfer): string {
  if (bytesPerSecond === null) return "";
  return bytesPerSecond > 0 ? formatRate(bytesPerSecond) : "stalled";
}

function sizeOf(transfer: Transfer): string {
  const bytes = Math.max(transfer.progress.done, transfer.progress.expected) || transfer.unpackedBytes;
  return bytes > 0 ? formatBytes(bytes) : "";
}

function describeActivity(key: string, activity: Activity, now: number): RowDescription {
  const { progress } = activity;
  return {
    key,
    mark: "activity",
    tone: activity.kind === "waiting" ? "attention" : "plain",
    name: activity.text,
    host: "",
    step: "",
    detail: progress !== null && progress.expected > 0 ? `${progress.done} of ${progress.expected}` : "",
    fraction: progress === null ? null : fractionOf(progress.done, progress.expected),
    time: formatDuration(now - activity.startedAt),
    ticking: true,
  };
}

function fractionOf(done: number, expected: number): number | null {
  return expected > 0 ? Math.min(Math.max(done / expected, 0), 1) : null;
}
