/** Judges for the plain kinds of values: counts, choices, switches, lists of words. */
import { cleanText } from "../text/clean.ts";
import { parseCount } from "./parse-count.ts";
import { accepted, type HostLimits, refusedValue, type Verdict } from "./setting.ts";

/** Jobs or cores; more than the machine has cores is a warning. */
export function judgeCount(input: string, host: HostLimits, least: number, noun: "jobs" | "cores"): Verdict {
  const example = Math.max(least, Math.min(4, host.cores ?? 4));
  const parsed = parseCount(input, example);
  if (!parsed.ok) return refusedValue(parsed.reason);
  const { count } = parsed;
  if (count < least)
    return refusedValue(`${count} ${noun} would do nothing; write ${least} or more, such as ${example}`);
  if (count > 1024)
    return refusedValue(`${count} ${noun} are more than any machine can do; write ${example}`);
  return accepted(count, String(count), [
    host.cores !== null && count > host.cores
      ? `this machine has ${host.cores} cores, so ${count} ${noun} only share them`
      : null,
  ]);
}

/** Cores of a virtual machine: more than the machine has, it cannot be given. */
export function judgeCpus(
  input: string,
  { cores, performanceCores }: HostLimits,
  vendorAdvice: boolean,
): Verdict {
  const parsed = parseCount(input, vendorAdvice ? 1 : 4);
  if (!parsed.ok) return refusedValue(parsed.reason);
  const { count } = parsed;
  if (count < 1) return refusedValue(`a builder needs a core; write ${vendorAdvice ? "1" : "4"}`);
  const most = cores ?? 128;
  if (count > most)
    return refusedValue(
      cores === null
        ? `${count} cores are more than any Mac has; write 4`
        : `this machine has ${cores} cores; write ${performanceCores ?? cores} or less`,
    );
  return accepted(count, String(count), [
    vendorAdvice && count > 1
      ? "Determinate advises against more than 1: builds were seen to get slower"
      : null,
    performanceCores !== null && count > performanceCores
      ? `only ${performanceCores} of this machine's cores are fast ones`
      : null,
    cores === null ? "how many cores this machine has is not known, so nothing was compared" : null,
  ]);
}

export function judgeChoice(input: string, choices: readonly string[]): string | Verdict {
  const typed = input.trim().toLowerCase();
  if (choices.includes(typed)) return typed;
  return refusedValue(
    `'${cleanText(input.trim().slice(0, 40))}' is none of the choices; write ${choices.join(" or ")}`,
  );
}

const yes = new Set(["true", "yes", "on"]);
const no = new Set(["false", "no", "off"]);

export function judgeSwitch(
  input: string,
  warnings: (on: boolean) => readonly (string | null)[] = () => [],
): Verdict {
  const typed = input.trim().toLowerCase();
  if (!yes.has(typed) && !no.has(typed))
    return refusedValue(
      `'${cleanText(input.trim().slice(0, 40))}' is neither on nor off; write true or false`,
    );
  return accepted(yes.has(typed), String(yes.has(typed)), warnings(yes.has(typed)));
}

const mostWords = 200;

/** Words apart by blanks or commas, each once; a list may be empty. `null` where a word is wrong: that word. */
export function wordsIn(
  input: string,
  good: RegExp,
): { readonly words: readonly string[]; readonly wrong: string | null } {
  const words = [...new Set(input.split(/[\s,]+/).filter((word) => word !== ""))];
  const wrong = words.find((word) => !good.test(word)) ?? (words.length > mostWords ? "so many" : null);
  return { words, wrong: wrong === null ? null : cleanText(wrong.slice(0, 60)) };
}
