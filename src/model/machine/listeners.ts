/** The TCP ports something listens on. Read, never tried: a connection alone would start a builder that sleeps. */
import { cleanText } from "../text/clean.ts";
import { linesOf, wordsOf } from "./lines.ts";

export interface ListeningPort {
  /** `null`: every address of that machine. */
  readonly address: string | null;
  readonly port: number;
}

const mostListeners = 5000;

/** `netstat -an -p tcp` of macOS: `tcp46  0  0  *.31022  *.*  LISTEN`; the port stands behind the last point. */
export function parseNetstatListeners(text: string): ListeningPort[] {
  const found = new Map<string, ListeningPort>();
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    if (!words[0]?.startsWith("tcp") || words[5] !== "LISTEN") continue;
    const match = /^(.+)\.(\d{1,5})$/.exec(words[3] ?? "");
    if (match) add(found, cleanText(match[1] ?? "").replace(/%.*/, ""), Number(match[2]));
  }
  return [...found.values()];
}

/** `/proc/net/tcp` and `/proc/net/tcp6`: hexadecimal, each word of an address in the byte order of the machine (little). */
export function parseLinuxListeners(text: string): ListeningPort[] {
  const found = new Map<string, ListeningPort>();
  for (const line of linesOf(text)) {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ 0A /i.exec(line);
    if (match) add(found, addressOf(match[1] ?? ""), Number.parseInt(match[2] ?? "", 16));
  }
  return [...found.values()];
}

function add(found: Map<string, ListeningPort>, written: string, port: number): void {
  if (port > 65_535 || found.size >= mostListeners) return;
  const address = ["*", "0.0.0.0", "::"].includes(written) ? null : written;
  found.set(`${address} ${port}`, { address, port });
}

function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).toReversed());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  const groups = (bytes.join("").match(/.{4}/g) ?? []).map((group) =>
    Number.parseInt(group, 16).toString(16),
  );
  // An IPv4 address in the other family's table.
  if (/^(?:0:){5}ffff:/.test(groups.join(":")))
    return bytes
      .slice(12)
      .map((byte) => Number.parseInt(byte, 16))
      .join(".");
  // The longest run of zeros is "::", as people write it (RFC 5952).
  const written = groups.join(":");
  const [zeros = ""] = (written.match(/\b0(?::0)+\b/g) ?? []).toSorted((a, b) => b.length - a.length);
  if (zeros === "") return written;
  const at = written.search(new RegExp(`\\b${zeros}\\b`));
  return `${written.slice(0, at).replace(/:$/, "")}::${written.slice(at + zeros.length).replace(/^:/, "")}`;
}
