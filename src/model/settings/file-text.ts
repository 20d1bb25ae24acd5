/** Bytes of a file as text that becomes the same bytes again. */

export interface FileText {
  readonly text: string;
  /** `latin1`: the bytes are no UTF-8; each of them is one character, so that none is lost. */
  readonly encoding: "utf8" | "latin1";
}

/** A byte order mark stays in the text. Never throws. */
export function decodeFile(bytes: Uint8Array): FileText {
  try {
    return {
      text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
      encoding: "utf8",
    };
  } catch {
    return {
      text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"),
      encoding: "latin1",
    };
  }
}

/** The way back. `null` if the text holds what the file's encoding cannot: then nothing may be written. */
export function encodeFile({ text, encoding }: FileText): Uint8Array | null {
  if (encoding === "utf8") return text.isWellFormed() ? Buffer.from(text, "utf8") : null;
  return /^[\0-\xff]*$/.test(text) ? Buffer.from(text, "latin1") : null;
}
