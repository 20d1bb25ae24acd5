/** What Nix is here. */
import { execFile } from "node:child_process";
import { type NixVersion, parseNixVersion } from "../../model/nix-conf/nix-version.ts";

const deadlineMs = 5000;

/** Asks the `nix` on PATH, or the one at `program`. `null` where there is none or it does not answer in five seconds. */
export function findNixVersion(program = "nix"): Promise<NixVersion | null> {
  return new Promise((resolve) => {
    execFile(program, ["--version"], { timeout: deadlineMs, maxBuffer: 64 * 1024 }, (_error, stdout) => {
      resolve(parseNixVersion(stdout));
    });
  });
}

/** Nix's name of this machine: `aarch64-darwin`, `x86_64-linux`. */
export function nixSystem(): string {
  const processors: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64", ia32: "i686" };
  return `${processors[process.arch] ?? process.arch}-${process.platform}`;
}
