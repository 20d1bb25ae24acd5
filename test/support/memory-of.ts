/** Looks through the memory of another process, as a crash dump would have it: proc(5), /proc/PID/maps and mem. Root only. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const piece = 1 << 20;

/** Whether those bytes, in UTF-8 or UTF-16, stand anywhere in what the process may write to. */
export function memoryHolds(pid: number, text: string): boolean {
  const needles = [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")];
  const longest = Math.max(...needles.map((needle) => needle.length));
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    for (const row of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(row) ?? [];
      if (from === undefined || to === undefined) continue;
      const end = BigInt(`0x${to}`);
      const bytes = Buffer.alloc(piece);
      for (let at = BigInt(`0x${from}`); at < end; at += BigInt(piece - longest)) {
        const length = Number(end - at < BigInt(piece) ? end - at : BigInt(piece));
        const found = read(memory, bytes, length, at);
        if (needles.some((needle) => bytes.subarray(0, found).includes(needle))) return true;
      }
    }
  } finally {
    closeSync(memory);
  }
  return false;
}

/** Pages that are not there are empty. */
function read(memory: number, bytes: Buffer, length: number, at: bigint): number {
  try {
    return readSync(memory, bytes, { length, position: at });
  } catch (error) {
    if (["EIO", "EFAULT"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
    throw error;
  }
}
