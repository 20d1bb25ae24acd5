/** Addresses of Nix stores, as `builders` and `--store` take them (NixOS/nix src/libstore/store-reference.cc, ssh.cc). */
import { cleanText } from "../text/clean.ts";
import { wholeNumber } from "./lines.ts";

export interface StoreUri {
  /** As Nix takes it: with `ssh://` before a bare host. Names of current-load are made of it. */
  readonly uri: string;
  /** `ssh-ng`, `ssh`, `unix`…; for the words and paths without one `auto`, `daemon` or `local`. */
  readonly scheme: string;
  readonly user: string | null;
  /** Without brackets; what ssh gets as its destination, often an alias. `null`: not reached by ssh. */
  readonly host: string | null;
  /** Nix before 2.31 takes `host:port` for the host's name. */
  readonly port: number | null;
  readonly params: ReadonlyMap<string, string>;
  /** `localhost` alone is not reached by ssh: Nix runs the other side itself, as the same user. */
  readonly local: boolean;
  /** `ssh://ssh://host`: a host name was configured with a scheme in it, and another was put before. */
  readonly doubledScheme: boolean;
}

const words = new Set(["auto", "daemon", "local"]);
const mostParams = 50;

/** Reads one address; `null` where Nix would say "Cannot parse Nix store". */
export function parseStoreUri(text: string): StoreUri | null {
  if (text.length > 4000) return null;
  const bare = text.split("?", 1)[0] ?? "";
  const other = { user: null, host: null, port: null, local: false, doubledScheme: false };
  if (!text.includes("://")) {
    const params = paramsOf(text);
    if (words.has(bare) || bare === "")
      return { uri: cleanText(text), scheme: bare || "auto", params, ...other };
    if (bare.includes("/")) return { uri: cleanText(text), scheme: "local", params, ...other };
    return parseStoreUri(`ssh://${text}`);
  }
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s.exec(bare);
  if (!match) return null;
  const [, scheme = "", rest = ""] = match;
  const common = { uri: cleanText(text), scheme: scheme.toLowerCase(), params: paramsOf(text) };
  if (common.scheme !== "ssh" && common.scheme !== "ssh-ng") return { ...common, ...other };
  const inner = rest.replace(/^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/)+/, "");
  const authority = readAuthority(inner.split("/", 1)[0] ?? "");
  if (authority === null) return null;
  return {
    ...common,
    ...authority,
    local: inner === "localhost",
    doubledScheme: inner !== rest,
  };
}

/** With the port of `?port=`, for a Nix that takes it. */
export function withPortParameter<Uri extends StoreUri>(uri: Uri): Uri {
  const port = wholeNumber(uri.params.get("port"));
  return uri.port !== null || port === null || port > 65535 ? uri : { ...uri, port };
}

/** `[user@]host[:port]`; an IPv6 address may stand bare, then it has no port. */
function readAuthority(text: string): { user: string | null; host: string; port: number | null } | null {
  const at = text.lastIndexOf("@");
  const user = at < 0 ? null : cleanText(decode(text.slice(0, at)));
  const place = text.slice(at + 1);
  const bracketed = /^\[([0-9A-Fa-f:.]+(?:%[^\]]+)?)\](?::(\d{1,5})?)?$/.exec(place);
  const named = /^([^:[\]@]+)(?::(\d{1,5})?)?$/.exec(place);
  const address = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\S+)?$/.exec(place);
  const [host, port] = bracketed ? bracketed.slice(1) : named ? named.slice(1) : [address?.[0], undefined];
  const number = wholeNumber(port);
  if (host === undefined || (number !== null && number > 65535)) return null;
  return { user, host: cleanText(decode(host)), port: number };
}

function paramsOf(uri: string): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  const start = uri.indexOf("?");
  if (start < 0) return params;
  for (const part of uri.slice(start + 1).split("&", mostParams)) {
    const [name = "", ...value] = part.split("=");
    if (name !== "") params.set(cleanText(decode(name)), cleanText(decode(value.join("="))));
  }
  return params;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
