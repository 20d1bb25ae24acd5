// A `Builds` made by hand, for tests of what is shown: no stream, no model.
import type {
  Activity,
  BuildEvent,
  BuildLog,
  Builds,
  Counts,
  Derivation,
  DerivationState,
  Failure,
  Notice,
  Outcome,
  Row,
  RowOptions,
  Session,
  Transfer,
  TransferTotals,
} from "../../src/model/nix-log/types.ts";
import { withoutColors } from "../../src/model/text/clean.ts";

const stateOrder: readonly DerivationState[] = ["failed", "running", "planned", "done", "cancelled"];

export class FakeBuilds implements Builds {
  version = 1;
  outcome: Outcome = "unfinished";
  transfers: TransferTotals = {
    paths: 0,
    sentPaths: 0,
    open: 0,
    bytesDone: 0,
    sentBytes: 0,
    bytesExpected: 0,
    bytesPerSecond: null,
  };
  notices: Notice[] = [];
  sessions: Session[] = [];
  failures: Failure[] = [];
  records = 0;
  otherLines = 0;
  unknownRecords = new Map<string, number>();
  otherOutput: string[] = [];
  derivations: Derivation[] = [];
  fetched: Transfer[] = [];
  activities: Activity[] = [];
  #listeners = new Set<(event: BuildEvent) => void>();
  #changed = new Set<() => void>();

  get counts(): Counts {
    const counts: Counts = { running: 0, done: 0, failed: 0, cancelled: 0, planned: 0 };
    for (const { state } of this.derivations) counts[state] += 1;
    return counts;
  }

  rows({ sort, filter, hideDone }: RowOptions): readonly Row[] {
    const needle = filter.toLowerCase();
    const derivations = this.derivations
      .filter(({ name, hostName }) => `${name} ${hostName ?? ""}`.toLowerCase().includes(needle))
      .filter(({ state }) => !hideDone || (state !== "done" && state !== "cancelled"))
      .sort((a, b) =>
        sort === "name"
          ? a.name.localeCompare(b.name)
          : stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state),
      );
    return [
      ...derivations.map((derivation) => ({ kind: "derivation" as const, key: derivation.drv, derivation })),
      ...this.fetched
        .filter(({ name }) => name.includes(needle))
        .map((transfer) => ({ kind: "transfer" as const, key: transfer.key, transfer })),
      ...this.activities
        .filter(({ text }) => text.includes(needle))
        .map((activity) => ({ kind: "activity" as const, key: activity.key, activity })),
    ];
  }

  derivation(drv: string): Derivation | undefined {
    return this.derivations.find((derivation) => derivation.drv === drv);
  }

  subscribe(listener: (event: BuildEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For `DashboardOptions.subscribe`. */
  onChange = (changed: () => void): (() => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };

  /** Tells those who subscribed that something changed. */
  changed(): void {
    this.version += 1;
    for (const listener of this.#changed) listener();
  }

  add(name: string, state: DerivationState, more: Partial<Derivation> = {}): Derivation {
    const begun = state !== "planned";
    const derivation: Derivation = {
      drv: `/nix/store/${"0".repeat(32)}-${name}.drv`,
      name,
      state,
      host: null,
      hostName: null,
      stage: null,
      transfer: null,
      phase: state === "running" ? "buildPhase" : null,
      waiting: null,
      reason: null,
      purpose: "build",
      startedAt: begun ? 0 : null,
      endedAt: begun && state !== "running" ? 1_000 : null,
      logLines: 0,
      log: new FakeLog([]),
      session: 1,
      ...more,
    };
    this.derivations.push(derivation);
    return derivation;
  }
}

/** Lines in an array; `firstLine` can be raised as a ring would. */
export class FakeLog implements BuildLog {
  readonly lines: string[];
  firstLine = 0;

  constructor(lines: string[]) {
    this.lines = lines;
  }

  get endLine(): number {
    return this.lines.length;
  }

  line(n: number): string {
    return n < this.firstLine ? "" : (this.lines[n] ?? "");
  }

  plainLine(n: number): string {
    return withoutColors(this.line(n));
  }

  find(
    needle: string,
    from: number,
    step: 1 | -1,
    limit: number,
  ): { line: number | null; next: number | null } {
    const wanted = needle.toLowerCase();
    let n = from;
    for (let looked = 0; looked < limit; looked += 1, n += step) {
      if (n < this.firstLine || n >= this.endLine) return { line: null, next: null };
      if (this.plainLine(n).toLowerCase().includes(wanted)) return { line: n, next: null };
    }
    return { line: null, next: n };
  }
}

/** `count` numbered log lines. */
export function numberedLog(count: number): FakeLog {
  return new FakeLog(Array.from({ length: count }, (_, n) => `line ${n}`));
}
