import { cleanText } from "../text/clean.ts";

/** `/nix/store/<32 characters>-hello-2.12.drv` → `hello-2.12`; whatever else it is, its last part. Cleaned. */
export function derivationName(drv: string): string {
  const name = storePathName(drv);
  return name.endsWith(".drv") ? name.slice(0, -4) : name;
}

/** `/nix/store/<32 characters>-gcc-14.2.0` → `gcc-14.2.0`. Cleaned. */
export function storePathName(path: string): string {
  const base = path.slice(path.lastIndexOf("/") + 1);
  const name = base.length > 33 && base[32] === "-" ? base.slice(33) : base;
  return cleanText(name) || "?";
}

interface StoreUri {
  here: boolean;
  name: string;
}

/** The few URIs of a session come again and again. */
const known = new Map<string, StoreUri>();
const MOST_KNOWN = 500;

function storeUri(uri: string): StoreUri {
  let found = known.get(uri);
  if (found === undefined) {
    found = { here: HERE.has(scheme(uri)), name: shortName(uri) };
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(detached(uri), found);
  }
  return found;
}

/**
 * Is this the store of this machine? By scheme, as the spelling changed in Nix 2.31 (`daemon` → `unix://`, `local` →
 * `local://…`).
 */
export function isLocalStore(uri: string): boolean {
  return uri === "" || storeUri(uri).here;
}

/** Short name of a store URI for a column: `ssh-ng://me@mini?x=y` → `mini`, `https://cache.nixos.org` → `cache.nixos.org`. */
export function hostName(uri: string): string {
  return storeUri(uri).name;
}

const HERE: ReadonlySet<string> = new Set(["", "auto", "local", "daemon", "unix"]);

/** The scheme of a store URI; names without one (`daemon`, `local`, `auto`) are their own. */
function scheme(uri: string): string {
  const colon = uri.indexOf("://");
  return (colon < 0 ? uri : uri.slice(0, colon)).replace(/\?.*$/, "");
}

function shortName(uri: string): string {
  const at = uri.indexOf("://");
  if (at < 0) return cleanText(uri);
  const rest = uri.slice(at + 3).replace(/[?#].*$/, "");
  if (scheme(uri) === "file") return cleanText(rest.replace(/\/+$/, "") || "/");
  const authority = rest.replace(/\/.*$/, "");
  return cleanText(authority.slice(authority.lastIndexOf("@") + 1)) || cleanText(uri);
}

/** A copy of a string that may be a part of a much larger one, which it would otherwise keep in memory. */
export function detached(text: string): string {
  // Joining makes a new string; taking its end away again refers to that one only.
  return ` ${text}`.slice(1);
}
