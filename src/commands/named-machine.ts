/** The machine and the builder that a command is given by name. */
import { localHost } from "../adapters/hosts/local-host.ts";
import { MachineWatch } from "../adapters/machine/machine-watch.ts";
import type { Builder } from "../model/builders/types.ts";
import { nearestWord } from "../model/command-line/nearest-word.ts";
import type { MachineStatus } from "../model/machine/status.ts";
import { cleanText } from "../model/text/clean.ts";
import { printNotes } from "./host-notes.ts";
import { UsageError } from "./usage-error.ts";

const intervalMs = 2_000;

/**
 * Looks at the machine of that name, at this one without a name, and hands it over; it is let go of afterwards. Rejects
 * with `HostError` where it is no name.
 */
export async function withMachine<T>(
  name: string | undefined,
  use: (watch: MachineWatch, status: MachineStatus) => Promise<T>,
): Promise<T> {
  const host = name === undefined ? localHost() : await hostOf(name);
  const watch = new MachineWatch(host, { intervalMs });
  try {
    // Nobody reads the share of the processor here, which takes a second.
    const status = await watch.look({ measured: false });
    printNotes(host);
    return await use(watch, status);
  } finally {
    await watch.stop();
  }
}

async function hostOf(name: string) {
  const { hostFor } = await import("../adapters/hosts/choose-host.ts");
  return hostFor(name);
}

/** The one builder of that name. Throws a `UsageError` that lists those that there are. */
export function namedBuilder(status: MachineStatus, name: string): Builder {
  const { builders } = status;
  const exact = builders.filter((each) => each.name === name || each.key === name || each.uri === name);
  // `mini` for mini.example.net.
  const found = exact.length > 0 ? exact : builders.filter((each) => each.name.split(".")[0] === name);
  if (found.length === 1 && found[0]) return found[0];
  if (found.length > 1)
    throw new UsageError(
      `${status.name} has ${found.length} builders called "${cleanText(name)}"; write one of: ${found.map(({ uri, key }) => `"${uri ?? key}"`).join(", ")}`,
    );
  const names = [...new Set(builders.map((builder) => builder.name))];
  if (names.length === 0) throw new UsageError(`${status.name} has no builder`);
  const meant = nearestWord(name, names);
  const hint = meant ? `did you mean "${meant}"?` : `it has: ${names.join(", ")}`;
  throw new UsageError(`${status.name} has no builder "${cleanText(name)}"; ${hint}`);
}
