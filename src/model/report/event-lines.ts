/**
 * A build told line by line, for where no terminal is: one line for each thing that happened, and a heartbeat while
 * nothing does.
 */
import type { BuildEvent, Builds, Derivation, Transfer } from "../nix-log/types.ts";
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
  readonly #fetched = new Travelled();
  readonly #sent = new Travelled();

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
        (event.transfer.direction === "upload" ? this.#sent : this.#fetched).add(event.transfer);
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
    return [
      ...this.#fetched.take("from").map((text) => this.#line(now, "fetched", text, "plain")),
      ...this.#sent.take("to").map((text) => this.#line(now, "sent", text, "plain")),
    ];
  }

  #ended(at: number, derivation: Derivation, builds: Builds): Line[] {
    const { name, startedAt, state } = derivation;
    const took = startedAt === null ? "" : `  ${formatDuration(at - startedAt)}`;
    if (state === "done") return this.#tell(at, "done", `${name}${took}`, "good");
    const phase = derivation.phase ? ` in ${derivation.phase}` : "";
    const reason = derivation.reason ? `: ${derivation.reason}` : "";
    if (state !== "failed") return this.#tell(at, "stopped", `${name}${took}${reason}`, "attention");
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

/** Paths that have travelled one way, as one line. */
class Travelled {
  #paths = 0;
  #bytes = 0;
  readonly #peers = new Set<string>();

  add({ progress, peer }: Transfer): void {
    this.#paths += 1;
    this.#bytes += progress.done;
    if (peer !== "") this.#peers.add(peer);
  }

  /** What they were, if there are any; they are forgotten then. */
  take(towards: "from" | "to"): string[] {
    if (this.#paths === 0) return [];
    const bytes = this.#bytes > 0 ? `, ${formatBytes(this.#bytes)}` : "";
    const peers = this.#peers.size > 0 ? ` ${towards} ${[...this.#peers].join(", ")}` : "";
    const text = `${formatNoun(this.#paths, "path")}${bytes}${peers}`;
    this.#paths = 0;
    this.#bytes = 0;
    this.#peers.clear();
    return [text];
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
