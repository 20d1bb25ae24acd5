/** The `nix` programs of this machine. */
import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** All that are found on PATH and where installers put them, each once, links resolved. Empty: no Nix here. */
export function nixPrograms(): string[] {
  const directories = [
    ...(process.env.PATH ?? "").split(delimiter).filter((path) => path.startsWith("/")),
    ...["/nix/var/nix/profiles/default/bin", "/run/current-system/sw/bin", "/usr/local/bin", "/usr/bin"],
    join(homedir(), ".nix-profile/bin"),
  ];
  const programs = directories.map((path) => join(path, "nix")).filter((path) => existsSync(path));
  return [...new Set(programs.map((path) => realpathSync(path)))];
}
