/** Where people keep the Nix code that makes a Mac. */
import { shownCommand } from "../actions/tool-words.ts";

/**
 * Directories, `~` for the home. First those that nix-darwin and Nix look in themselves: darwin-rebuild takes
 * /etc/nix-darwin/flake.nix, before flakes ~/.nixpkgs/darwin-configuration.nix (nix-darwin, README.md). Then the names
 * that people give their own.
 */
export const nixCodePlaces: readonly string[] = [
  "/etc/nix-darwin",
  "~/.config/nix-darwin",
  "~/.nixpkgs",
  "~/.config/nix",
  "~/.config/nixpkgs",
  "~/.config/home-manager",
  "~/.config/dotfiles",
  "~/nix-darwin",
  "~/nix-darwin-config",
  "~/nix-config",
  "~/nixos-config",
  "~/nix",
  "~/.nix",
  "~/dotfiles",
  "~/.dotfiles",
  "~/dotfiles-nix",
];

/** Their Nix files, not those in directories below, as words of a shell that has its globs on. */
export const nixCodeGlobs: string = nixCodePlaces
  .map((place) => `${place.startsWith("~/") ? `"$HOME"${place.slice(1)}` : place}/*.nix`)
  .join(" ");

/**
 * What makes a change of it hold. `flake`: the directory of its flake; `null`: none is known. Clean if that is. We never
 * run it: it may end builds.
 */
export function rebuildCommand(flake: string | null): string {
  return flake === null
    ? "sudo darwin-rebuild switch"
    : `sudo ${shownCommand(["darwin-rebuild", "switch", "--flake", flake])}`;
}

/** A file of Nix code that a person may change: never one that Nix made. `path` is absolute, and no link on the way. */
export function isNixCodePath(path: string): boolean {
  return /^\/.*[^/]\.nix$/.test(path) && !/\p{Cc}|\/\.{0,2}\/|^\/nix\/(?:store|var)\//u.test(path);
}
