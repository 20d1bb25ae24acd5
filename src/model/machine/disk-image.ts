/** Format and size of a disk image from its first 32 bytes, as `od -An -v -tx1 -N32` prints them. */
import { wordsOf } from "./lines.ts";

export type DiskImageHead =
  /** `virtualBytes`: what the guest sees; the file only grows to that. */
  { readonly format: "qcow2"; readonly virtualBytes: number } | { readonly format: "raw" };

/** `null`: too short to tell, or no hexadecimal bytes at all. qcow2: QEMU docs/interop/qcow2.txt. */
export function parseDiskImageHead(hexText: string): DiskImageHead | null {
  const words = wordsOf(hexText.slice(0, 4096));
  if (words.length < 32 || !words.every((word) => /^[0-9a-f]{2}$/i.test(word))) return null;
  const bytes = Buffer.from(words.slice(0, 32).join(""), "hex");
  if (bytes.toString("latin1", 0, 4) !== "QFI\xfb") return { format: "raw" };
  const size = bytes.readBigUInt64BE(24);
  const version = bytes.readUInt32BE(4);
  if ((version !== 2 && version !== 3) || size > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return { format: "qcow2", virtualBytes: Number(size) };
}
