import { setFlagsFromString } from "node:v8";

let asked = false;

/**
 * Asks V8 to favour memory over speed from now on, the first time it is called.
 *
 * Otherwise garbage of a flood of log lines grows to many times what is alive before it is collected. The flags may be
 * set while the program runs (V8 `src/flags/flag-definitions.h`); measured in docs/decisions/0004-bounded-memory.md. Not at
 * the start, where it would delay the first picture by a tenth.
 */
export function favourMemory(): void {
  if (asked) return;
  asked = true;
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--semi-space-growth-factor=1");
}
