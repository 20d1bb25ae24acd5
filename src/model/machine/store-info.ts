/** What Nix says of a store it can reach: `nix store info`, until Nix 2.18 and in Lix `nix store ping`. */
import { cleanText } from "../text/clean.ts";
import { linesOf } from "./lines.ts";

export interface StoreInfo {
  /** Of the Nix over there; `null` where it does not say. */
  readonly version: string | null;
  /** Whether it takes unsigned paths from us; `null`: it does not say. */
  readonly trusted: boolean | null;
}

/** The words behind `nix`: `info` came with 2.19 and prints JSON; `ping` prints lines in all versions. */
export function storeInfoWords(
  uri: string,
  nix: { readonly flavour: string; readonly version: string | null } | null,
): string[] {
  const words = ["--extra-experimental-features", "nix-command", "store"];
  if (nix && knowsPingOnly(nix)) return [...words, "ping", "--store", uri];
  return [...words, "info", "--store", uri, "--json"];
}

function knowsPingOnly({ flavour, version }: { flavour: string; version: string | null }): boolean {
  if (flavour === "lix") return true;
  const [major = 0, minor = 0] = (version ?? "2.19").split(".").map((part) => Number.parseInt(part, 10));
  return major < 2 || (major === 2 && minor < 19);
}

/**
 * From both outputs of either command: JSON on stdout, or lines (`Version: 2.18.1`), which older versions print on
 * stderr. Nothing known is no failure: the exit status tells that.
 */
export function parseStoreInfo(stdout: string, stderr: string): StoreInfo {
  const json = jsonObject(stdout);
  if (json) {
    const { version, trusted } = json;
    return {
      version: typeof version === "string" ? cleanText(version) || null : null,
      trusted: typeof trusted === "boolean" ? trusted : typeof trusted === "number" ? trusted !== 0 : null,
    };
  }
  const values = new Map<string, string>();
  for (const line of linesOf(`${stdout}\n${stderr}`)) {
    const pair = /^(Version|Trusted): (.{1,200})$/.exec(line);
    if (pair) values.set(pair[1] ?? "", cleanText(pair[2] ?? ""));
  }
  const trusted = values.get("Trusted");
  return {
    version: values.get("Version") || null,
    trusted: trusted === undefined ? null : trusted === "1" || trusted === "true",
  };
}

function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    // No JSON: an older Nix, or cut off.
    return null;
  }
}
