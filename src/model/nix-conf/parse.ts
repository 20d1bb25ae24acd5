/**
 * nix.conf as Nix reads it: line by line, `#` begins a comment anywhere, words are split at blanks, `=` stands alone, a
 * later line wins. Source: NixOS/nix src/libutil/configuration.cc, parseConfigFiles.
 */

/** The first is there for the user wherever Determinate or its installer owns the second. */
export const nixConfFiles = ["/etc/nix/nix.custom.conf", "/etc/nix/nix.conf"] as const;

interface Setting {
  key: string;
  /** The words after `=`, joined with one blank each, as Nix does. */
  value: string;
  /** From 1. */
  lineNumber: number;
}

interface Include {
  /** As written: relative to the directory of the file that includes. */
  path: string;
  /** `!include`: may be missing. */
  optional: boolean;
  lineNumber: number;
}

export interface NixConf {
  settings: Setting[];
  includes: Include[];
}

/** What a file says. Lines that Nix would refuse are left out: Nix itself will say so. */
export function parseNixConf(text: string): NixConf {
  const conf: NixConf = { settings: [], includes: [] };
  text.split("\n").forEach((row, at) => {
    const [key, second, ...rest] = (row.split("#")[0] ?? "").split(/[ \t\r]+/).filter((word) => word !== "");
    const lineNumber = at + 1;
    if (key === undefined || second === undefined) return;
    if ((key === "include" || key === "!include") && rest.length === 0) {
      conf.includes.push({ path: second, optional: key === "!include", lineNumber });
    } else if (second === "=") {
      conf.settings.push({ key, value: rest.join(" "), lineNumber });
    }
  });
  return conf;
}
