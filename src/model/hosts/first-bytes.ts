/** The first bytes of a connection: whether an SSH server speaks there (RFC 4253, 4.2). Pure. */

/** Lines that a server may say before its version; more is no server of ours. In bytes. */
const mostBefore = 8 * 1024;

export type Speaks = "ssh" | "other" | "not yet known";

/** Give it the bytes in order until it has made up its mind. */
export class FirstBytes {
  private text = "";
  private verdict: Speaks = "not yet known";

  push(bytes: Uint8Array): Speaks {
    if (this.verdict !== "not yet known") return this.verdict;
    this.text += Buffer.from(bytes).toString("latin1");
    this.verdict = judge(this.text);
    return this.verdict;
  }
}

function judge(text: string): Speaks {
  if (/(?:^|\n)SSH-[\x20-\x7e]*\r?\n/.test(text)) return "ssh";
  if (text.length > mostBefore) return "other";
  // What answers our version with words of its own protocol waits for more of ours.
  if (/^(?:HTTP\/|<|\* OK|220[ -]|\x15\x03|\x16\x03|RFB |-ERR)/i.test(text)) return "other";
  return /\0/.test(text) ? "other" : "not yet known";
}
