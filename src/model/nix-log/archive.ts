import { hashOfPath } from "./path-hash.ts";
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
const BLOCK = 4096;
/** Blocks kept: more derivations than nixpkgs has packages. Older ones are only counted. */
const MOST_BLOCKS = 32;
/** All places in them, counted from one, have 18 bits. */
const PLACE = (1 << 18) - 1;

/** Some derivations as columns of numbers, and the text of their paths in a row. */
class Block {
  readonly number: number;
  count = 0;
  textEnd = 0;
  readonly text = Buffer.allocUnsafeSlow(BLOCK * 48);
  readonly starts = new Uint32Array(BLOCK + 1);
  readonly states = new Uint8Array(BLOCK);
  /** Of the whole path: most that are looked for are not here, and this tells without reading text. */
  readonly hashes = new Int32Array(BLOCK);
  /** Host, phase and reason, as numbers of words. */
  readonly words = new Uint16Array(3 * BLOCK);
  readonly logLines = new Uint32Array(BLOCK);
  readonly durations = new Uint32Array(BLOCK);

  constructor(number: number) {
    this.number = number;
  }

  /** A character of a string takes three bytes at most. */
  hasRoomFor(length: number): boolean {
    return this.count < BLOCK && this.textEnd + 3 * length <= this.text.length;
  }
}

/**
 * Derivations that ended long ago, some 70 bytes each instead of a thousand, so that a stream of ten million lines
 * takes hardly more memory than one of a million. A hash table finds one again if it is built anew.
 */
export class Archive {
  /** The oldest first. */
  private readonly blocks: Block[] = [];
  /** A new block takes the number of the one that is forgotten for it. */
  private readonly byNumber: Block[] = [];
  private nextNumber = 0;
  /**
   * Open addressing; 0 = free. The lower 18 bits: number of block * BLOCK + place in it + 1; the others are those of the
   * hash. An entry of a forgotten block leads to another derivation, which is as good as to none.
   */
  private table = new Uint32Array(4096);
  private inTable = 0;
  private readonly dictionary: (string | null)[] = [null];
  private readonly wordNumbers = new Map<string, number>();

  /** `hash`: of its path, where that is known already. */
  add(derivation: Omit<ArchivedDerivation, "name">, hash = hashOfPath(derivation.drv)): void {
    const { drv } = derivation;
    // No store path is that long; nor can Nix make one.
    if (drv.length > BLOCK) return;
    let block = this.blocks.at(-1);
    if (block === undefined || !block.hasRoomFor(drv.length)) block = this.addBlock();
    const at = block.count++;
    block.starts[at] = block.textEnd;
    block.textEnd = isUsual(drv)
      ? writeText(block, drv, STORE.length, drv.length - END.length)
      : writeText(block, drv, 0, drv.length);
    block.starts[at + 1] = block.textEnd;
    block.states[at] = STATES.indexOf(derivation.state);
    block.hashes[at] = hash;
    block.words[3 * at] = this.word(derivation.host);
    block.words[3 * at + 1] = this.word(derivation.phase);
    block.words[3 * at + 2] = this.word(derivation.reason);
    block.logLines[at] = derivation.logLines;
    const { durationMs } = derivation;
    block.durations[at] = durationMs === null ? UNKNOWN_TIME : Math.min(durationMs, UNKNOWN_TIME - 1);
    this.insert(hash, block.number * BLOCK + at + 1);
    if (++this.inTable * 3 > this.table.length * 2) this.makeTable();
  }

  /** Takes a derivation out again: its state, or `null` if it is not here. */
  take(drv: string, hash = hashOfPath(drv)): DerivationState | null {
    const mask = this.table.length - 1;
    for (let slot = hash & mask; this.table[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.table[slot]!;
      if (((entry ^ hash) & ~PLACE) !== 0) continue;
      const place = (entry & PLACE) - 1;
      const block = this.byNumber[Math.floor(place / BLOCK)]!;
      const at = place % BLOCK;
      if (at >= block.count || block.hashes[at] !== hash || block.states[at] === REMOVED) continue;
      if (pathIn(block, at) !== shorten(drv)) continue;
      const state = STATES[block.states[at]!]!;
      block.states[at] = REMOVED;
      return state;
    }
    return null;
  }

  /** What was planned falls away; how many that were. */
  removePlanned(): number {
    let removed = 0;
    for (const block of this.blocks) {
      for (let at = 0; at < block.count; at++) {
        if (STATES[block.states[at]!] !== "planned") continue;
        block.states[at] = REMOVED;
        removed++;
      }
    }
    return removed;
  }

  *all(): Iterable<ArchivedDerivation> {
    for (const block of this.blocks) {
      for (let at = 0; at < block.count; at++) {
        if (block.states[at] === REMOVED) continue;
        const path = pathIn(block, at);
        const drv = path.startsWith("/") ? path : `${STORE}${path}${END}`;
        yield {
          drv,
          name: derivationName(drv),
          state: STATES[block.states[at]!]!,
          host: this.dictionary[block.words[3 * at]!]!,
          phase: this.dictionary[block.words[3 * at + 1]!]!,
          reason: this.dictionary[block.words[3 * at + 2]!]!,
          logLines: block.logLines[at]!,
          durationMs: block.durations[at] === UNKNOWN_TIME ? null : block.durations[at]!,
        };
      }
    }
  }

  private insert(hash: number, place: number): void {
    const mask = this.table.length - 1;
    let slot = hash & mask;
    while (this.table[slot] !== 0) slot = (slot + 1) & mask;
    this.table[slot] = (hash & ~PLACE) | place;
  }

  private makeTable(): void {
    const kept = this.blocks.reduce((sum, block) => sum + block.count, 0);
    let size = 4096;
    while (size < kept * 2) size *= 2;
    this.table = new Uint32Array(size);
    this.inTable = kept;
    for (const block of this.blocks) {
      for (let at = 0; at < block.count; at++) this.insert(block.hashes[at]!, block.number * BLOCK + at + 1);
    }
  }

  private addBlock(): Block {
    const block = new Block(this.nextNumber);
    this.nextNumber = (this.nextNumber + 1) % MOST_BLOCKS;
    this.byNumber[block.number] = block;
    this.blocks.push(block);
    if (this.blocks.length > MOST_BLOCKS) this.blocks.shift();
    return block;
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

function pathIn(block: Block, at: number): string {
  return block.text.toString("utf8", block.starts[at]!, block.starts[at + 1]!);
}

function shorten(drv: string): string {
  return isUsual(drv) ? drv.slice(STORE.length, -END.length) : drv;
}

const isUsual = (drv: string): boolean => drv.startsWith(STORE) && drv.endsWith(END);

/** Writes a part of a path behind the others; returns where it ends. Paths are ASCII, which a loop writes sooner than a call. */
function writeText(block: Block, drv: string, from: number, to: number): number {
  const { text, textEnd } = block;
  for (let n = from; n < to; n++) {
    const code = drv.charCodeAt(n);
    if (code > 0x7f) return textEnd + text.write(drv.slice(from, to), textEnd);
    text[textEnd + n - from] = code;
  }
  return textEnd + to - from;
}
