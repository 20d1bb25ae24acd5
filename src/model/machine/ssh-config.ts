/** How ssh is configured for a host there, from `ssh -G HOST` (ssh(1)): a keyword in small letters and its value a line. */
import { cleanText } from "../text/clean.ts";
import { linesOf, wholeNumber } from "./lines.ts";

export interface SshConfig {
  /** Where it really goes: an alias has been replaced. */
  readonly hostname: string;
  readonly user: string | null;
  readonly port: number | null;
  /** The name that known hosts are looked up by. */
  readonly hostKeyAlias: string | null;
  /** In the order they are tried; `~` may stand for the home. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** `yes` or `true`, `ask`, `accept-new`, `no` or `false`. */
  readonly strictHostKeyChecking: string | null;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly proxyJump: string | null;
  readonly proxyCommand: string | null;
}

const mostFiles = 50;

/** `null`: this is no answer of `ssh -G`. */
export function parseSshConfig(text: string): SshConfig | null {
  const values = new Map<string, string[]>();
  for (const line of linesOf(text, 1000)) {
    const pair = /^([A-Za-z0-9]{1,60}) (.+)$/.exec(line);
    if (!pair) continue;
    const key = (pair[1] ?? "").toLowerCase();
    const known = values.get(key) ?? [];
    if (known.length < mostFiles) values.set(key, [...known, cleanText(pair[2] ?? "")]);
  }
  const hostname = values.get("hostname")?.[0];
  if (hostname === undefined) return null;
  const one = (key: string) => {
    const value = values.get(key)?.[0];
    return value === undefined || value === "none" ? null : value;
  };
  const files = (key: string) => (one(key) ?? "").split(" ").filter((path) => path !== "");
  return {
    hostname,
    user: one("user"),
    port: wholeNumber(one("port") ?? undefined),
    hostKeyAlias: one("hostkeyalias"),
    identityFiles: values.get("identityfile")?.filter((path) => path !== "none") ?? [],
    identitiesOnly: one("identitiesonly") === "yes",
    strictHostKeyChecking: one("stricthostkeychecking"),
    userKnownHostsFiles: files("userknownhostsfile"),
    globalKnownHostsFiles: files("globalknownhostsfile"),
    proxyJump: one("proxyjump"),
    proxyCommand: one("proxycommand"),
  };
}
