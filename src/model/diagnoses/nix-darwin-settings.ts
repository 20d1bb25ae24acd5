/** The lines of nix-darwin's configuration that decide about builders, where it usually lies. */
import type { Ask } from "../machine/due.ts";
import type { MachineFacts } from "../machine/facts.ts";
import { linesOf } from "../machine/lines.ts";
import { cleanText } from "../text/clean.ts";
import { rarely } from "./support.ts";

export interface NixDarwinLine {
  /** `/etc/nix-darwin/flake.nix, line 12`. */
  readonly source: string;
  /** Without a comment. */
  readonly text: string;
}

const request = "nix-darwin-settings";
const mostLines = 200;

export function nixDarwinSettingsAsk(facts: MachineFacts): readonly Ask[] {
  return facts.platform === "darwin" ? [rarely(request, 300)] : [];
}

/** `PATH:LINE:TEXT` of grep(1). Only what stands on one line is understood; a nested set says nothing here. */
export function nixDarwinSettings(facts: MachineFacts): readonly NixDarwinLine[] {
  const lines: NixDarwinLine[] = [];
  for (const row of linesOf(facts.answer(request)?.text ?? "", mostLines)) {
    const match = /^(\/[^:]{1,400}):(\d{1,6}):(.*)$/.exec(row);
    const text = cleanText(match?.[3]?.replace(/(?:^|\s)#.*$/, "").trim() ?? "");
    if (match && text !== "") lines.push({ source: `${cleanText(match[1] ?? "")}, line ${match[2]}`, text });
  }
  return lines;
}

/** The one number that a setting has, such as `diskSize = 40 * 1024;`; `null`: none, or several. */
export function nixDarwinNumber(
  facts: MachineFacts,
  name: string,
): { readonly value: number; readonly line: NixDarwinLine } | null {
  const pattern = new RegExp(
    `\\b${name}\\s*=\\s*(?:lib\\.mkForce\\s+)?\\(?(\\d{1,9}(?:\\s*\\*\\s*\\d{1,6})*)\\)?\\s*;`,
  );
  const found = nixDarwinSettings(facts).flatMap((line) => {
    const product = pattern.exec(line.text)?.[1];
    if (product === undefined) return [];
    return [{ value: product.split("*").reduce((whole, part) => whole * Number(part), 1), line }];
  });
  const [first] = found;
  return first && found.every(({ value }) => value === first.value) ? first : null;
}
