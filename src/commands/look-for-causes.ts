/** Looks at this machine where a command failed in words that do not say why, as `buildtop doctor` looks. */
import { isWorthALook, type LookedUpCauses, lookedUpCauses } from "../model/diagnoses/looked-up-causes.ts";
import type { Builds } from "../model/nix-log/types.ts";
import { line } from "../model/report/line.ts";
import type { TextOutput } from "./output.ts";

/** A builder that does not answer is no reason to keep a person from the digest. */
const deadlineMs = 8_000;
/** Nobody is told of a look that is over so soon. */
const quietMs = 1_000;
const nothing: LookedUpCauses = { connection: [], daemon: [] };

/** Nothing where nothing failed that way, or nobody can say. Ctrl-C ends the look: the digest is printed all the same. */
export async function lookForCauses(builds: Builds, output: TextOutput): Promise<LookedUpCauses> {
  if (!isWorthALook(builds)) return nothing;
  const [{ MachineWatch }, { localHost }] = await Promise.all([
    import("../adapters/machine/machine-watch.ts"),
    import("../adapters/hosts/local-host.ts"),
  ]);
  const watch = new MachineWatch(localHost(), { intervalMs: 700 });
  const patience = startPatience(output);
  try {
    await Promise.race([watch.look({ measured: false }), patience.over]);
    return lookedUpCauses(watch.status());
  } finally {
    patience.cancel();
    await watch.stop();
  }
}

function startPatience(output: TextOutput): { over: Promise<void>; cancel: () => void } {
  let cancel = () => {};
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, deadlineMs);
    const note = setTimeout(
      () => output.print([line("looking for the reason; Ctrl-C goes without it", "dim")]),
      quietMs,
    );
    const interrupted = () => resolve();
    process.on("SIGINT", interrupted);
    cancel = () => {
      clearTimeout(timer);
      clearTimeout(note);
      process.off("SIGINT", interrupted);
    };
  });
  return { over, cancel };
}
