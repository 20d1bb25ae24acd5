/** Which Nix this is, and what it can do for us. */

type NixFlavour = "nix" | "determinate" | "lix";

export interface NixVersion {
  flavour: NixFlavour;
  /** Of Nix itself, such as `2.34.8` or `2.36.0pre20260822_88b09c6`. */
  version: string;
  /** What a person calls it: `Nix 2.34.8`, `Determinate Nix 3.22.2`, `Lix 2.93.3`. */
  name: string;
}

/**
 * Reads what `nix --version` prints: `nix (Nix) 2.34.8`, `nix (Determinate Nix 3.22.2) 2.35.2`,
 * `nix (Lix, like Nix) 2.93.3`. `null` for anything else.
 */
export function parseNixVersion(output: string): NixVersion | null {
  const match = output.match(/^nix \(([^)\n]{1,80})\) (\d+\.\d+[\w.+-]{0,60})/m);
  if (!match) return null;
  const [, product = "", version = ""] = match;
  if (product.startsWith("Lix")) return { flavour: "lix", version, name: `Lix ${version}` };
  const determinate = product.match(/^Determinate Nix ([\w.+-]+)/);
  if (determinate) return { flavour: "determinate", version, name: `Determinate Nix ${determinate[1]}` };
  return { flavour: "nix", version, name: `Nix ${version}` };
}

/** Whether a version such as `2.34.8` or `2.36.0pre20260822_88b09c6` is that one or a later one. */
export function isAtLeast(version: string | null, major: number, minor: number): boolean {
  const [first = 0, second = 0] = (version ?? "").split(".").map((part) => Number.parseInt(part, 10));
  return first > major || (first === major && second >= minor);
}

/** Whether `?port=` in a store's address is a port: Lix since 2.93 alone knows it. */
export function takesPortParameter(version: NixVersion | null): boolean {
  return version?.flavour === "lix" && isAtLeast(version.version, 2, 93);
}

/**
 * Why this Nix cannot write its log to a file, in words; `null` if it can. The setting json-log-path came with Nix 2.30
 * (NixOS/nix#13003); Lix has none. An older Nix prints a warning about it with each command.
 */
export function withoutJsonLogPath({ flavour, version, name }: NixVersion): string | null {
  if (flavour === "lix") return `${name} has no setting json-log-path`;
  if (isAtLeast(version, 2, 30)) return null;
  return `${name} has no setting json-log-path; it came with Nix 2.30`;
}
