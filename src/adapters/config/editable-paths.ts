/**
 * The files that may be changed. The paths of those that root writes are never taken from a file, from a machine or from
 * what is typed; a person's own Nix code lies where the person wants it, and is written as that person alone.
 */
import { isNixCodePath } from "../../model/settings/nix-code-places.ts";

const editablePaths = [
  "/etc/determinate/config.json",
  "/etc/nix/nix.conf",
  "/etc/nix/nix.custom.conf",
  "/etc/nix/machines",
] as const;

export type EditablePath = (typeof editablePaths)[number];

/** What root may write. */
export function isEditablePath(path: string): path is EditablePath {
  return (editablePaths as readonly string[]).includes(path);
}

/** What root may write, or the person. */
export function mayBeChanged(path: string): boolean {
  return isEditablePath(path) || isNixCodePath(path);
}
