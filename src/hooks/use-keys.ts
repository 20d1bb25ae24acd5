import { useInput, usePaste } from "ink";
import type { CommandContext } from "./commands.ts";
import { paste, press } from "./dispatch.ts";
import { keyNames } from "./key-names.ts";

/** The only place that listens for keys: each goes through the key table. */
export function useKeys(context: CommandContext, guarded: (act: () => void) => void): void {
  useInput((input, key) => {
    guarded(() => {
      for (const name of keyNames(input, key)) press(context, name);
    });
  });
  usePaste((text) => guarded(() => paste(context, text)));
}
