/** What a person writes for a machine: `mini`, `me@mini`, `me@mini:2222`, `[::1]:22`. */

export interface SshName {
  /** As it was written. Clean, as only plain characters are let through. */
  readonly name: string;
  /** An alias of ssh's configuration, a name, or an address without brackets. */
  readonly host: string;
  readonly user: string | null;
  readonly port: number | null;
}

const longestName = 255;
/** Letters of any script; nothing that a shell, ssh or ssh's configuration (`%h` in a ProxyCommand) would act on. */
const host = /^[\p{L}\p{N}_][\p{L}\p{N}._+-]*$/u;
const address = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_.-]+)?$/;
const user = /^[\p{L}\p{N}_][\p{L}\p{N}._+-]*$/u;

/** The parts of the name, or in a word why it is none. */
export function parseSshName(name: string): SshName | { readonly refused: string } {
  if (name === "") return { refused: "it is empty" };
  if (name.length > longestName) return { refused: "it is too long" };
  const at = name.lastIndexOf("@");
  const login = at < 0 ? null : name.slice(0, at);
  if (login !== null && !user.test(login)) return { refused: "what stands before the @ is no user" };
  const rest = name.slice(at + 1);
  if (rest.startsWith("-")) return { refused: "it begins with a dash" };

  const bracketed = rest.match(/^\[([^\]]*)\](?::(.*))?$/);
  const colons = rest.split(":").length - 1;
  const [where = "", port] = bracketed
    ? [bracketed[1], bracketed[2]]
    : colons === 1
      ? rest.split(":")
      : [rest, undefined];
  if (!host.test(where) && !address.test(where)) {
    return { refused: "it holds what no name or address of a machine holds" };
  }
  if (port === undefined) return { name, host: where, user: login, port: null };
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return { refused: "what stands behind the colon is no port" };
  }
  return { name, host: where, user: login, port: Number(port) };
}
