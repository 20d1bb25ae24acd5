/** What a builder system has to say for itself. One file each; adding the next is a file here and a line in `all.ts`. */
import type { Builder } from "../../model/builders/types.ts";
import type { Ask } from "../../model/machine/due.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import type { Machine } from "../../model/machine/machines.ts";

export type { Ask };

export interface BuilderSystem {
  /** What must be asked of the machine beyond what everyone is asked, by what is known of it so far. */
  asks(facts: MachineFacts): readonly Ask[];
  /**
   * Its builders on this machine. `machines` are the lines of `builders` that no system before it has claimed; what it
   * takes it hands back in `claimed`.
   */
  find(facts: MachineFacts, machines: readonly Machine[]): Found;
}

export interface Found {
  readonly builders: readonly Builder[];
  readonly claimed: readonly Machine[];
}

export const nothingFound: Found = { builders: [], claimed: [] };

/** A request at every look. */
export function always(request: string): Ask {
  return { request, everySeconds: 0 };
}

/** A request about something that moves, but that need not be known at once. */
export function often(request: string): Ask {
  return { request, everySeconds: 6 };
}

/** What launchd says of a job. Of one that runs seldom: ps tells at every look whether its process is still there. */
export function jobAsk(facts: MachineFacts, label: string): Ask {
  return { request: `service ${label}`, everySeconds: facts.service(label)?.pid == null ? 6 : 15 };
}

/** A request about something that hardly changes by itself. */
export function rarely(request: string, everySeconds = 30): Ask {
  return { request, everySeconds };
}
