import { derivationName } from "./store-path.ts";
import type { DerivationState } from "./types.ts";

/** What is kept of a derivation that ended long ago: enough to count it, and for `replay --json`. */
export interface ArchivedDerivation {
  drv: string;
  name: string;
  state: DerivationState;
  host: string | null;
  phase: string | null;
  reason: string | null;
  logLines: number;
  durationMs: number | null;
}

const STATES: readonly DerivationState[] = ["planned", "running", "done", "failed", "cancelled"];
const STORE = "/nix/store/";
const END = ".drv";
const REMOVED = 255;
const UNKNOWN_TIME = 0xffffffff;

/**
 * Derivations that ended long ago, some 80 bytes each instead of a thousand, so that a stream of ten million lines
 * takes no more memory than one of a million.
 *
 * Columns of numbers, one text buffer for the paths, and a hash table to find one again if it is built anew.
 */
export class Archive {
  private count = 0;
  private text: Buffer = Buffer.alloc(64 * 1024);
  private textEnd = 0;
  private starts = new Uint32Array(1024);
  private lengths = new Uint16Array(1024);
  private states = new Uint8Array(1024);
  private words = new Uint16Array(3 * 1024);
  private logLines = new Uint32Array(1024);
  private durations = new Uint32Array(1024);
  /** Open addressing: index + 1, 0 = free. */
  private table = new Uint32Array(4096);
  private readonly dictionary: (string | null)[] = [null];
  private readonly wordNumbers = new Map<string, number>();

  add(derivation: Omit<ArchivedDerivation, "name">): void {
    if (this.count === this.states.length) this.grow();
    const index = this.count++;
    const path = shorten(derivation.drv);
    const size = Buffer.byteLength(path);
    if (this.textEnd + size > this.text.length) {
      const larger = Buffer.alloc(Math.max(this.text.length * 1.5, this.textEnd + size) | 0);
      this.text.copy(larger, 0, 0, this.textEnd);
      this.text = larger;
    }
    this.text.write(path, this.textEnd);
    this.starts[index] = this.textEnd;
    this.lengths[index] = size;
    this.textEnd += size;
    this.states[index] = STATES.indexOf(derivation.state);
    this.words[3 * index] = this.word(derivation.host);
    this.words[3 * index + 1] = this.word(derivation.phase);
    this.words[3 * index + 2] = this.word(derivation.reason);
    this.logLines[index] = derivation.logLines;
    this.durations[index] =
      derivation.durationMs === null ? UNKNOWN_TIME : Math.min(derivation.durationMs, UNKNOWN_TIME - 1);
    this.insert(path, index);
  }

  /** Takes a derivation out again: its state, or `null` if it is not here. */
  take(drv: string): DerivationState | null {
    const path = shorten(drv);
    const mask = this.table.length - 1;
    for (let slot = hashOf(path) & mask; this.table[slot] !== 0; slot = (slot + 1) & mask) {
      const index = this.table[slot]! - 1;
      if (this.states[index] === REMOVED || this.pathAt(index) !== path) continue;
      const state = STATES[this.states[index]!]!;
      this.states[index] = REMOVED;
      return state;
    }
    return null;
  }

  *all(): Iterable<ArchivedDerivation> {
    for (let index = 0; index < this.count; index++) {
      if (this.states[index] === REMOVED) continue;
      const path = this.pathAt(index);
      const drv = path.startsWith("/") ? path : `${STORE}${path}${END}`;
      yield {
        drv,
        name: derivationName(drv),
        state: STATES[this.states[index]!]!,
        host: this.dictionary[this.words[3 * index]!]!,
        phase: this.dictionary[this.words[3 * index + 1]!]!,
        reason: this.dictionary[this.words[3 * index + 2]!]!,
        logLines: this.logLines[index]!,
        durationMs: this.durations[index] === UNKNOWN_TIME ? null : this.durations[index]!,
      };
    }
  }

  private pathAt(index: number): string {
    const start = this.starts[index]!;
    return this.text.toString("utf8", start, start + this.lengths[index]!);
  }

  private insert(path: string, index: number): void {
    const mask = this.table.length - 1;
    let slot = hashOf(path) & mask;
    while (this.table[slot] !== 0) slot = (slot + 1) & mask;
    this.table[slot] = index + 1;
  }

  private grow(): void {
    const size = Math.ceil(this.states.length * 1.5);
    this.starts = larger(this.starts, new Uint32Array(size));
    this.lengths = larger(this.lengths, new Uint16Array(size));
    this.states = larger(this.states, new Uint8Array(size));
    this.words = larger(this.words, new Uint16Array(3 * size));
    this.logLines = larger(this.logLines, new Uint32Array(size));
    this.durations = larger(this.durations, new Uint32Array(size));
    if (size * 1.5 < this.table.length) return;
    this.table = new Uint32Array(this.table.length * 2);
    for (let index = 0; index < this.count; index++) this.insert(this.pathAt(index), index);
  }

  /** Hosts, phases and reasons repeat: each is kept once, up to 65,535 of them. */
  private word(text: string | null): number {
    if (text === null) return 0;
    const known = this.wordNumbers.get(text);
    if (known !== undefined) return known;
    if (this.dictionary.length >= 0xffff) return 0;
    this.wordNumbers.set(text, this.dictionary.length);
    return this.dictionary.push(text) - 1;
  }
}

function shorten(drv: string): string {
  return drv.startsWith(STORE) && drv.endsWith(END) ? drv.slice(STORE.length, -END.length) : drv;
}

function larger<T extends { set(other: T): void }>(old: T, empty: T): T {
  empty.set(old);
  return empty;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  return hash >>> 0;
}
