/**
 * A build told line by line, for where no terminal is: one line for each thing that happened, and a heartbeat while
 * nothing does.
 */
import type { BuildEvent, Builds, Derivation } from "../nix-log/types.ts";
import { formatBytes, formatDuration, formatNoun } from "../units.ts";
import { type Line, line, type Tone } from "./line.ts";

/** Running derivations that one heartbeat names. */
const namedInHeartbeat = 5;
/** Lines of a failed derivation's log that follow its event; the digest has them all. */
const tailLines = 10;
/** Longer messages (an error with its trace) go on in the digest. */
const messageLines = 40;

/**
 * Turns events into lines. Downloads are folded: they are told together, before the next other event and with each
 * heartbeat, for a thousand lines of "fetched" would hide the one that matters.
 */
export class EventLines {
  readonly #startedAt: number;
  #fetchedPaths = 0;
  #fetchedBytes = 0;
  readonly #fetchedFrom = new Set<string>();

  /** `now` in the clock of the model's times: what every line counts from. */
  constructor(now: number) {
    this.#startedAt = now;
  }

  /** The lines to print for an event; none for most. */
  event(event: BuildEvent, builds: Builds): Line[] {
    switch (event.kind) {
      case "planned":
        return this.#tell(event.at, "plan", planned(event.derivations, event.paths));
      case "started":
        return this.#tell(
          event.at,
          "started",
          `${event.derivation.name}${where(event.derivation)}`,
          "running",
        );
      case "ended":
        return this.#ended(event.at, event.derivation, builds);
      case "fetched":
        this.#fetchedPaths += 1;
        this.#fetchedBytes += event.transfer.progress.done;
        this.#fetchedFrom.add(event.transfer.peer);
        return [];
      case "notice": {
        const { severity, text } = event.notice;
        const [first = "", ...more] = text.split("\n").slice(0, messageLines);
        const label = severity === "info" ? "note" : severity;
        return [
          ...this.#tell(event.at, label, first, severity === "error" ? "failed" : "attention"),
          ...more.map((text) => quoted(text)),
        ];
      }
      case "phase":
      case "session-ended":
        return [];
    }
  }

  /** What is being done now, and since when. Says so, too, when nothing is heard from Nix. */
  heartbeat(builds: Builds, now: number): Line[] {
    const rows = builds.rows({ sort: "time", filter: "", hideDone: true });
    const running = rows.flatMap((row) => (row.kind === "derivation" ? [row.derivation] : []));
    const active = running.filter((derivation) => derivation.state === "running");
    const named = active.slice(0, namedInHeartbeat).map((derivation) => {
      const since = derivation.startedAt === null ? "" : ` ${formatDuration(now - derivation.startedAt)}`;
      return `${derivation.name}${since}${derivation.phase ? ` ${derivation.phase}` : ""}`;
    });
    if (active.length > named.length) named.push(`${active.length - named.length} more`);
    const transfers = rows.filter((row) => row.kind === "transfer").length;
    if (transfers > 0) named.push(`fetching ${formatNoun(transfers, "path")}`);
    if (named.length === 0) {
      const activities = rows.flatMap((row) => (row.kind === "activity" ? [row.activity] : []));
      for (const { text, startedAt } of activities.slice(0, namedInHeartbeat)) {
        named.push(`${text} ${formatDuration(now - startedAt)}`);
      }
    }
    const { running: count, done, failed, planned } = builds.counts;
    const numbers = [`${count} running`, `${done} done`];
    if (failed > 0) numbers.push(`${failed} failed`);
    if (planned > 0) numbers.push(`${planned} to go`);
    const text = `${numbers.join(", ")}${named.length > 0 ? `: ${named.join(", ")}` : ""}`;
    return this.#tell(now, "still", text, "dim");
  }

  /** What was folded and not told yet. */
  flush(now: number): Line[] {
    if (this.#fetchedPaths === 0) return [];
    const bytes = this.#fetchedBytes > 0 ? `, ${formatBytes(this.#fetchedBytes)}` : "";
    const peers = [...this.#fetchedFrom].filter((peer) => peer !== "").join(", ");
    const text = `${formatNoun(this.#fetchedPaths, "path")}${bytes}${peers ? ` from ${peers}` : ""}`;
    this.#fetchedPaths = 0;
    this.#fetchedBytes = 0;
    this.#fetchedFrom.clear();
    return [this.#line(now, "fetched", text, "plain")];
  }

  #ended(at: number, derivation: Derivation, builds: Builds): Line[] {
    const { name, startedAt, state } = derivation;
    const took = startedAt === null ? "" : `  ${formatDuration(at - startedAt)}`;
    if (state === "done") return this.#tell(at, "done", `${name}${took}`, "good");
    const phase = derivation.phase ? ` in ${derivation.phase}` : "";
    const reason = derivation.reason ? `: ${derivation.reason}` : "";
    if (state !== "failed") return this.#tell(at, state, `${name}${took}${reason}`, "attention");
    const failure = builds.failures.find((failure) => failure.drv === derivation.drv);
    const tail = (failure?.logTail ?? []).slice(-tailLines).map((text) => quoted(`> ${text}`));
    return [...this.#tell(at, "failed", `${name}${took}${phase}${reason}`, "failed"), ...tail];
  }

  #tell(at: number, label: string, text: string, tone: Tone = "plain"): Line[] {
    return [...this.flush(at), this.#line(at, label, text, tone)];
  }

  #line(at: number, label: string, text: string, tone: Tone): Line {
    const clock = formatDuration(at - this.#startedAt).padStart(7);
    return line(`${clock}  ${label.padEnd(8)} ${text}`, tone);
  }
}

const quoted = (text: string) => line(`${" ".repeat(18)}${text}`, "dim");

function planned(derivations: number, paths: number): string {
  const parts: string[] = [];
  if (derivations > 0) parts.push(`${formatNoun(derivations, "derivation")} to build`);
  if (paths > 0) parts.push(`${formatNoun(paths, "path")} to fetch`);
  return parts.length > 0 ? parts.join(", ") : "nothing to do";
}

function where(derivation: Derivation): string {
  const purpose = derivation.purpose === "build" ? "" : ` (${derivation.purpose})`;
  return `${purpose}${derivation.hostName ? ` on ${derivation.hostName}` : ""}`;
}
