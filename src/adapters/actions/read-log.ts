/** A builder's own log, wherever its system keeps it. */
import type { Builder } from "../../model/builders/types.ts";
import type { Channel, Host } from "../hosts/host.ts";
import { guestHost } from "../machine/guest-watch.ts";
import { type LogCommandOptions, logCommand } from "./log-command.ts";
import type { ActionWatch } from "./plan-action.ts";

/** Starts reading it. Rejects with `HostError`; the log must be one. */
export async function openLog(
  watch: ActionWatch,
  builder: Builder,
  options: LogCommandOptions & { readonly signal: AbortSignal },
): Promise<Channel> {
  const { log } = builder;
  if (log.kind === "none") throw new Error(log.why);
  const { signal } = options;
  return logHost(watch, builder).open(logCommand(log, options), { signal, keepTerminalSession: true });
}

/** The command of this machine that prints its last lines and ends; `null` where there is none. */
export function readLogHere(watch: ActionWatch, builder: Builder, lines: number): readonly string[] | null {
  const { log } = builder;
  if (log.kind === "none") return null;
  return logHost(watch, builder).commandFromHere?.(logCommand(log, { lines }), { terminal: false }) ?? null;
}

/** A machine of its own keeps its own journal; everything else is kept by the machine that it builds for. */
function logHost({ host, facts }: ActionWatch, builder: Builder): Host {
  if (builder.kind !== "remote" || builder.guest === null) return host;
  return guestHost(host, builder.guest, facts?.canSudo === true);
}
