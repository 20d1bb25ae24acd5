/** Where programs of Nix and its friends lie on machines whose non-interactive logins do not look there. */

/**
 * Appended to the PATH of every command. sshd of macOS gives `/usr/bin:/bin:/usr/sbin:/sbin` only, and most installers
 * add Nix's directories to interactive shells alone (NixOS/nix#7508, #8061). NixOS keeps the sudo that may become root
 * in `/run/wrappers/bin`, so it comes before the system's own.
 */
export const furtherDirectories = [
  "/nix/var/nix/profiles/default/bin",
  "/run/wrappers/bin",
  "/run/current-system/sw/bin",
  "/usr/local/bin",
  "/opt/homebrew/bin",
  "/usr/bin",
  "/bin",
  "/usr/sbin",
  "/sbin",
].join(":");
