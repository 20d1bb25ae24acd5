import { useInput, usePaste } from "ink";
import type { CommandContext } from "./commands.ts";
import { paste, press } from "./dispatch.ts";
import { keyNames } from "./key-names.ts";

/** The only place that listens for keys: each goes through the key table. */
export function useKeys(context: CommandContext): void {
  useInput((input, key) => {
    for (const name of keyNames(input, key)) press(context, name);
  });
  usePaste((text) => paste(context, text));
}
