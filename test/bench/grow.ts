/**
 * Makes one long stream out of recorded sessions.
 *
 *   node --import tsx test/bench/grow.ts --lines N [--abreast M] [--seed S] LOG... >big.log
 *
 * The recordings are repeated in random order until N lines are out; the last ones are finished, so it is a little
 * more. Each repetition is a session of its own: its activity ids get other process ids, the same for `id` and
 * `parent`, and its store paths other hashes, so that nothing in two repetitions is the same thing. All else stays as
 * Nix wrote it, byte for byte. `--abreast M` runs M sessions at once and mixes their lines, as several processes do
 * that write to one file. The same seed gives the same stream. What is in it goes to stderr as JSON.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export interface GrowOptions {
  lines: number;
  /** Sessions that run at once; 1 by default. */
  abreast?: number;
  seed?: number;
  /** The recordings, as bytes. */
  logs: readonly Uint8Array[];
}

/** What came out. */
export interface Grown {
  lines: number;
  bytes: number;
  sessions: number;
  /** Start records of builds. */
  builds: number;
}

const bits32 = 2 ** 32;
const nix32 = "0123456789abcdfghijklmnpqrsvwxyz";
// Beyond this, `process id << 32` is no longer exact in a double.
const firstHighPid = 2 ** 21;

/** A piece of a line: text as it is, an id (its process and counter), or the first characters of a store path's hash. */
type Piece = string | { pid: number; counter: number } | typeof hashPrefix;
const hashPrefix = Symbol("hash prefix");

interface Line {
  pieces: readonly Piece[];
  isBuild: boolean;
}

/** Yields the stream in blocks of some 64 KiB that end with a line; returns what was in it. */
export function* grow(options: GrowOptions): Generator<Buffer, Grown> {
  const random = mulberry32(options.seed ?? 1);
  const recordings = options.logs.map(cutUp);
  const running: { lines: readonly Line[]; next: number; number: number; pids: Map<number, number> }[] = [];
  const grown: Grown = { lines: 0, bytes: 0, sessions: 0, builds: 0 };
  const abreast = options.abreast ?? 1;
  let block = "";
  while (running.length > 0 || grown.lines < options.lines) {
    while (running.length < abreast && grown.lines < options.lines) {
      const lines = recordings[Math.floor(random() * recordings.length)]!;
      running.push({ lines, next: 0, number: grown.sessions++, pids: new Map() });
    }
    const which = Math.floor(random() * running.length);
    const session = running[which]!;
    const turn = abreast > 1 ? 1 + Math.floor(random() * 20) : session.lines.length;
    for (let n = 0; n < turn && session.next < session.lines.length; n++) {
      const line = session.lines[session.next++]!;
      block += written(line, session);
      grown.lines++;
      if (line.isBuild) grown.builds++;
    }
    if (session.next >= session.lines.length) running.splice(which, 1);
    if (block.length >= 65_536) {
      grown.bytes += block.length;
      yield Buffer.from(block, "latin1");
      block = "";
    }
  }
  grown.bytes += block.length;
  if (block) yield Buffer.from(block, "latin1");
  return grown;
}

/** Latin-1 stands for bytes here: every byte is one character, whatever it means. */
function cutUp(log: Uint8Array): Line[] {
  const text = Buffer.from(log.buffer, log.byteOffset, log.byteLength).toString("latin1");
  return text.split(/(?<=\n)/).map((line) => ({
    isBuild: /^(@nix )?\{"action":"start".*"type":105\}/.test(line),
    pieces: line
      .split(/("(?:id|parent)":\d+|\/nix\/store\/[0-9a-z]{4}(?=[0-9a-z]{28}-))/)
      .flatMap((part): Piece[] => {
        if (part === "") return [];
        if (part.startsWith("/nix/store/") && part.length === 15) return ["/nix/store/", hashPrefix];
        const id = /^("(?:id|parent)":)(\d+)$/.exec(part);
        if (!id) return [part];
        const value = BigInt(id[2]!);
        const pid = Number(value >> 32n);
        return [id[1]!, { pid, counter: Number(value & 0xffffffffn) }];
      }),
  }));
}

function written(line: Line, session: { number: number; pids: Map<number, number> }): string {
  let text = "";
  for (const piece of line.pieces) {
    if (piece === hashPrefix) text += prefixOf(session.number);
    else if (typeof piece === "string") text += piece;
    else if (piece.pid === 0) text += piece.counter;
    else {
      let pid = session.pids.get(piece.pid);
      if (pid === undefined) {
        pid = 1000 + ((session.number * 8 + session.pids.size) % 2_000_000);
        if (piece.pid >= firstHighPid) pid += firstHighPid;
        session.pids.set(piece.pid, pid);
      }
      text +=
        pid < firstHighPid ? pid * bits32 + piece.counter : (BigInt(pid) << 32n) + BigInt(piece.counter);
    }
  }
  return text;
}

function prefixOf(session: number): string {
  return [15, 10, 5, 0].map((shift) => nix32[(session >> shift) & 31]).join("");
}

/** A small generator of random numbers in [0, 1) that gives the same ones for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { lines: { type: "string" }, abreast: { type: "string" }, seed: { type: "string" } },
    allowPositionals: true,
  });
  const numbers = [values.lines, values.abreast ?? "1", values.seed ?? "1"].map(Number);
  if (positionals.length === 0 || numbers.some((number) => !Number.isSafeInteger(number) || number < 1)) {
    console.error("grow: write: grow.ts --lines N [--abreast M] [--seed S] LOG...");
    process.exitCode = 2;
    return;
  }
  const [lines = 0, abreast = 1, seed = 1] = numbers;
  const blocks = grow({ lines, abreast, seed, logs: positionals.map((file) => readFileSync(file)) });
  process.stdout.on("error", () => process.exit(0)); // the reader has seen enough
  for (;;) {
    const { done, value } = blocks.next();
    if (done) {
      console.error(JSON.stringify(value));
      return;
    }
    if (!process.stdout.write(value)) await once(process.stdout, "drain");
  }
}

if (import.meta.main) await main();
