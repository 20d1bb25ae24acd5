/** What `ssh -G` prints (ssh(1)): the settings that hold for one machine, after all files and all Match blocks. */
import { cleanText } from "../text/clean.ts";
import { expandTokens, type TokenValues } from "./ssh-tokens.ts";

export type StrictHostKeyChecking = "yes" | "ask" | "accept-new" | "no";

export interface SshSettings {
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  /** Name under which its key is known, where that is another. */
  readonly hostKeyAlias: string | null;
  readonly strictHostKeyChecking: StrictHostKeyChecking;
  /** Absolute paths, whether they exist or not. */
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly identityFiles: readonly string[];
  readonly certificateFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** `none`, `SSH_AUTH_SOCK`, `$VARIABLE` or a path; `null`: not set, the same as `SSH_AUTH_SOCK`. */
  readonly identityAgent: string | null;
  readonly proxyJump: string | null;
  readonly proxyCommand: string | null;
  readonly knownHostsCommand: string | null;
  readonly revokedHostKeys: string | null;
  readonly pkcs11Provider: string | null;
  /** Asks a Kerberos ticket, or this machine's own key, to vouch for the person. */
  readonly gssapi: boolean;
  readonly hostbased: boolean;
  readonly publicKey: boolean;
  readonly kexAlgorithms: readonly string[];
  readonly hostKeyAlgorithms: readonly string[];
}

/** Lines read; `ssh -G` prints about a hundred. */
const mostLines = 2000;

/**
 * Reads it. `null` where it is no such output. `values` are for the `%` tokens that `ssh -G` leaves in file names;
 * host, port and user are filled in from the output itself.
 */
export function parseSshSettings(
  text: string,
  alias: string,
  values: Pick<TokenValues, "home" | "localUser" | "localUid" | "localHost" | "env">,
): SshSettings | null {
  const all = new Map<string, string[]>();
  for (const line of text.split("\n", mostLines)) {
    const [, key = "", value = ""] = line.match(/^(\S+) (.*?)\r?$/) ?? [];
    if (key === "") continue;
    const lower = key.toLowerCase();
    all.set(lower, [...(all.get(lower) ?? []), cleanText(value)]);
  }
  const one = (key: string) => all.get(key)?.[0] ?? null;
  const set = (key: string) => {
    const value = one(key);
    return value === null || value === "none" || value === "" ? null : value;
  };
  const hostname = set("hostname");
  const port = Number(one("port"));
  const user = set("user");
  if (hostname === null || user === null || !Number.isInteger(port) || port < 1 || port > 65_535) return null;

  const proxyJump = set("proxyjump");
  const hostKeyAlias = set("hostkeyalias");
  const tokens: TokenValues = {
    ...values,
    alias,
    host: hostname,
    port,
    user,
    hostKeyAlias: hostKeyAlias ?? alias,
    jump: proxyJump ?? "",
  };
  const paths = (key: string) =>
    (all.get(key) ?? [])
      .filter((path) => path !== "none")
      .map((path) => expandTokens(unquoted(path), tokens));
  return {
    hostname,
    port,
    user,
    hostKeyAlias,
    strictHostKeyChecking: strictness(one("stricthostkeychecking")),
    userKnownHostsFiles: pathList(one("userknownhostsfile")).map((path) => expandTokens(path, tokens)),
    globalKnownHostsFiles: pathList(one("globalknownhostsfile")).map((path) => expandTokens(path, tokens)),
    identityFiles: paths("identityfile"),
    certificateFiles: paths("certificatefile"),
    identitiesOnly: yes(one("identitiesonly")),
    identityAgent: one("identityagent") === null ? null : unquoted(one("identityagent") ?? ""),
    proxyJump,
    proxyCommand: set("proxycommand"),
    knownHostsCommand: set("knownhostscommand"),
    revokedHostKeys: set("revokedhostkeys"),
    pkcs11Provider: set("pkcs11provider"),
    gssapi: yes(one("gssapiauthentication")),
    hostbased: yes(one("hostbasedauthentication")),
    publicKey: one("pubkeyauthentication") === null || one("pubkeyauthentication") !== "no",
    kexAlgorithms: list(one("kexalgorithms")),
    hostKeyAlgorithms: list(one("hostkeyalgorithms")),
  };
}

/** The name that its key is filed under in known_hosts: never lower-cased by ssh-keygen, so it is done here. */
export function knownHostName({ hostKeyAlias, hostname, port }: SshSettings): string {
  if (hostKeyAlias !== null) return hostKeyAlias;
  const name = hostname.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** `yes` and `no` of the files are printed as `true` and `false` for this one. */
function strictness(value: string | null): StrictHostKeyChecking {
  if (value === "true" || value === "yes") return "yes";
  if (value === "false" || value === "no" || value === "off") return "no";
  return value === "accept-new" ? "accept-new" : "ask";
}

function yes(value: string | null): boolean {
  return value === "yes" || value === "true";
}

function list(value: string | null): readonly string[] {
  return value === null ? [] : value.split(",").filter((each) => each !== "");
}

/** Paths with blanks between them, printed without quotes: what does not begin as a path belongs to the one before. */
function pathList(value: string | null): readonly string[] {
  const paths: string[] = [];
  for (const part of (value ?? "").split(" ")) {
    const last = paths.at(-1);
    if (/^["]?[~/$%]/.test(part) || last === undefined) paths.push(part);
    else paths[paths.length - 1] = `${last} ${part}`;
  }
  return paths.map(unquoted).filter((path) => path !== "" && path !== "none");
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, "$1");
}
