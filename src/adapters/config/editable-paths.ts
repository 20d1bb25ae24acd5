/** The files that may be changed. Their paths are never taken from a file, from a machine or from what is typed. */

const editablePaths = [
  "/etc/determinate/config.json",
  "/etc/nix/nix.conf",
  "/etc/nix/nix.custom.conf",
  "/etc/nix/machines",
] as const;

export type EditablePath = (typeof editablePaths)[number];

export function isEditablePath(path: string): path is EditablePath {
  return (editablePaths as readonly string[]).includes(path);
}
