/** What sudo says of itself (sudo(8), sudoers(5)), in the C locale. */

import { linesOf } from "../machine/lines.ts";
import { cleanText } from "../text/clean.ts";

/** Why `sudo -n` did not run a command; `null`: it was the command itself that failed. */
export type SudoRefusal = "password" | "missing" | "denied" | null;

export function sudoRefusal(code: number | null, stderr: string): SudoRefusal {
  if (code === 127 && !/^sudo:/m.test(stderr)) return "missing";
  if (code !== 1) return null;
  if (
    /^sudo: .*(?:password is required|terminal is required|must have a tty|authentication is required)/m.test(
      stderr,
    )
  )
    return "password";
  if (
    /is not in the sudoers file|is not allowed to (?:run sudo|execute)|may not run sudo|^sudo: .*not allowed/m.test(
      stderr,
    )
  )
    return "denied";
  return null;
}

/**
 * Whether `sudo -n -l` lists a rule that lets exactly this command be run as root without a password: one entry behind
 * NOPASSWD that is the command word for word, or ALL, and no later one that may mean it and asks, as the last that matches
 * counts (sudoers(5)). Anything more clever (wildcards, aliases, digests) counts as no.
 */
export function allowedWithoutPassword(listing: string, command: readonly string[]): boolean {
  const [program = ""] = command;
  const wanted = command.join(" ");
  const last = joined(listing)
    .flatMap((row) => entries(/^\s+\((?:ALL|root)(?: : [^)]*)?\) (.*)$/.exec(row)?.[1] ?? ""))
    .findLast(({ text }) => text === wanted || text === "ALL" || mayMean(text, program));
  return last?.free === true && (last.text === wanted || last.text === "ALL");
}

/** The program with any words, or with a pattern for them. */
function mayMean(text: string, program: string): boolean {
  return text === program || (text.startsWith(`${program} `) && /[*?[]/.test(text));
}

/** Long rules go on in lines that are indented further. */
function joined(listing: string): string[] {
  const rows: string[] = [];
  for (const line of linesOf(listing, 2_000)) {
    if (/^\s{5,}\S/.test(line) && !/^\s+\(/.test(line) && rows.length > 0)
      rows.push(`${rows.pop()} ${line.trim()}`);
    else rows.push(line);
  }
  return rows;
}

/** Tags hold for all that follows them: `NOPASSWD: /a, /b, PASSWD: /c`. */
function entries(rule: string): { text: string; free: boolean }[] {
  let free = false;
  return rule.split(/(?<!\\), /).map((part) => {
    let text = part.trim();
    for (let tag = /^([A-Z_]+): */.exec(text); tag; tag = /^([A-Z_]+): */.exec(text)) {
      if (tag[1] === "NOPASSWD") free = true;
      if (tag[1] === "PASSWD") free = false;
      text = text.slice(tag[0].length);
    }
    return { text: text.replace(/\\([,:=\\])/g, "$1"), free };
  });
}

/** The line of sudoers(5) that would let exactly this command through: its special characters are escaped. */
export function sudoersRule(user: string, command: readonly string[]): string {
  const [program = "", ...words] = command;
  const escaped = words.map((word) => word.replace(/[\\,:=*?[\]!]/g, "\\$&"));
  return cleanText(`${user} ALL=(root) NOPASSWD: ${[program, ...escaped].join(" ")}`);
}
