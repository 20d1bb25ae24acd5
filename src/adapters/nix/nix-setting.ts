/** What Nix itself says a setting is. */
import { execFile } from "node:child_process";
import { cleanText } from "../../model/text/clean.ts";

const deadlineMs = 10_000;

/**
 * Asks `nix config show` for a setting and compares. `null` if Nix has read `expected` and said nothing beside it, else
 * one line that tells what it said.
 */
export function nixReadsSetting(key: string, expected: string): Promise<string | null> {
  const args = ["--extra-experimental-features", "nix-command", "config", "show", key];
  return new Promise((resolve) => {
    execFile("nix", args, { timeout: deadlineMs, maxBuffer: 1024 * 1024 }, (error, stdout, stderr) => {
      const value = stdout.trim();
      const said = stderr.split("\n").find((line) => line.includes(key));
      if (!error && value === expected && said === undefined) resolve(null);
      else if (said !== undefined || error)
        resolve(cleanText(said ?? stderr.trim().split("\n").at(-1) ?? String(error)));
      else resolve(`it reads ${cleanText(value) || "nothing"}`);
    });
  });
}
