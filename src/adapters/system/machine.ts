/** What this machine is called and what runs on it, from files alone: this is on the way to the first picture. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { cleanText } from "../../model/text/clean.ts";

export interface Machine {
  /** Without the domain: `studio`. Cleaned. */
  host: string;
  /** `macOS 26.2`, `Debian 13`. Cleaned; `null` where the system does not say. */
  os: string | null;
  nix: string | null;
}

export function machineSummary(): Machine {
  return { host: cleanText(hostname().split(".")[0] ?? ""), os: operatingSystem(), nix: null };
}

function operatingSystem(): string | null {
  if (process.platform === "darwin") {
    const version = firstMatch(
      "/System/Library/CoreServices/SystemVersion.plist",
      /<key>ProductVersion<\/key>\s*<string>([^<]{1,20})</,
    );
    return version === null ? "macOS" : `macOS ${version}`;
  }
  const name = firstMatch("/etc/os-release", /^NAME="?([^"\n]{1,40})"?$/m);
  const version = firstMatch("/etc/os-release", /^VERSION_ID="?([^"\n]{1,20})"?$/m);
  if (name === null) return null;
  return [name.replace(" GNU/Linux", ""), version].filter((part) => part !== null).join(" ");
}

function firstMatch(path: string, pattern: RegExp): string | null {
  try {
    const found = readFileSync(path, "utf8").match(pattern)?.[1];
    return found === undefined ? null : cleanText(found);
  } catch {
    return null;
  }
}
