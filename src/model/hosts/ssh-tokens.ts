/** Tokens and variables in file names of ssh's configuration (ssh_config(5), TOKENS and ENVIRONMENT VARIABLES). */
import { createHash } from "node:crypto";

export interface TokenValues {
  readonly home: string;
  readonly localUser: string;
  readonly localUid: number;
  /** This machine's name with its domain. */
  readonly localHost: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As it was written on the command line. */
  readonly alias: string;
  readonly host: string;
  readonly port: number;
  /** Whom the login is for. */
  readonly user: string;
  readonly hostKeyAlias: string;
  /** `ProxyJump`, empty without one. */
  readonly jump: string;
}

/** A path as ssh would open it. A token that is none stays as it is, an unset variable becomes empty. */
export function expandTokens(path: string, values: TokenValues): string {
  const tokens: Readonly<Record<string, () => string>> = {
    "%": () => "%",
    d: () => values.home,
    h: () => values.host,
    i: () => String(values.localUid),
    j: () => values.jump,
    k: () => values.hostKeyAlias,
    L: () => values.localHost.split(".")[0] ?? "",
    l: () => values.localHost,
    n: () => values.alias,
    p: () => String(values.port),
    r: () => values.user,
    u: () => values.localUser,
    C: () => {
      const { localHost, host, port, user, jump } = values;
      return createHash("sha1").update(`${localHost}${host}${port}${user}${jump}`).digest("hex");
    },
  };
  const home = path === "~" || path.startsWith("~/") ? values.home + path.slice(1) : path;
  const expanded = home.replace(/%(.)|\$\{(\w+)\}/g, (whole, token?: string, variable?: string) =>
    variable === undefined ? (tokens[token ?? ""]?.() ?? whole) : (values.env[variable] ?? ""),
  );
  return expanded.startsWith("/") ? expanded : `${values.home}/.ssh/${expanded}`;
}
