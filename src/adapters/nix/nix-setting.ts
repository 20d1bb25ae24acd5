/** What Nix itself says a setting is. */
import { cleanText } from "../../model/text/clean.ts";
import { ask } from "../system/ask.ts";

const deadlineMs = 10_000;

/**
 * Asks `nix config show` for a setting and compares. `null` if Nix has read `expected` and said nothing beside it, else
 * one line that tells what it said.
 */
export async function nixReadsSetting(key: string, expected: string): Promise<string | null> {
  const args = ["--extra-experimental-features", "nix-command", "config", "show", key];
  const { stdout, stderr, exitCode } = await ask("nix", args, deadlineMs);
  const value = stdout.trim();
  const said = stderr.split("\n").find((line) => line.includes(key));
  if (said !== undefined) return cleanText(said);
  if (exitCode === 0) return value === expected ? null : `it reads ${cleanText(value) || "nothing"}`;
  return cleanText(stderr.trim().split("\n").at(-1) ?? "") || "nix did not answer";
}
