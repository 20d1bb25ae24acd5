/**
 * Asks V8 to favour memory over speed, as early as possible: imported first of all.
 *
 * Otherwise garbage of a flood of log lines grows to many times what is alive before it is collected. Both flags may be
 * set while the program runs (V8 `src/flags/flag-definitions.h`); measured in docs/decisions/0004-bounded-memory.md.
 */
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--optimize-for-size");
setFlagsFromString("--semi-space-growth-factor=1");
