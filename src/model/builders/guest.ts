/** What became of the last try to look inside a builder. */
import type { Gauges } from "../gauges/types.ts";
import type { HostTrouble } from "../hosts/types.ts";
import type { MachineProcess } from "../machine/processes.ts";
import type { GuestTarget } from "./types.ts";

export type GuestLook =
  /** Nobody has tried yet, or a try is under way. */
  | { readonly kind: "trying" }
  | {
      readonly kind: "answers";
      readonly gauges: Gauges;
      readonly processes: readonly MachineProcess[];
      readonly version: string | null;
      readonly answerMs: number;
      /** Whether we came in as the daemon does: as root. */
      readonly asRoot: boolean;
    }
  | {
      readonly kind: "trouble";
      readonly trouble: HostTrouble;
      readonly asRoot: boolean;
      /** Tries in a row that ended so. */
      readonly times: number;
    };

/** One name for one way in, so that two builders behind the same login are looked at once. */
export function guestKey({ host, user, port }: GuestTarget): string {
  return `${user ?? ""}@${host}:${port ?? ""}`;
}
