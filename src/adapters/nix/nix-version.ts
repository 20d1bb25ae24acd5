/** What Nix is here. */
import { type NixVersion, parseNixVersion } from "../../model/nix-conf/nix-version.ts";
import { ask } from "../system/ask.ts";

const deadlineMs = 5000;

/** Asks the `nix` on PATH, or the one at `program`. `null` where there is none or it does not answer in five seconds. */
export async function findNixVersion(program = "nix"): Promise<NixVersion | null> {
  return parseNixVersion((await ask(program, ["--version"], deadlineMs)).stdout);
}

/** Nix's name of this machine: `aarch64-darwin`, `x86_64-linux`. */
export function nixSystem(): string {
  const processors: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64", ia32: "i686" };
  return `${processors[process.arch] ?? process.arch}-${process.platform}`;
}
