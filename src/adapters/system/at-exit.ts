/**
 * What this program started does not outlive it. Not by execa's own `cleanup`: that takes over SIGINT, SIGTERM and
 * SIGHUP while a program runs, and one that arrives as the program ends is lost with it (3 of 100, measured), so that
 * Ctrl-C or a closed terminal would end nothing.
 */

/** What is to be done, so that nothing is left behind when this program ends by itself or by `process.exit`. */
const endings = new Set<() => void>();
let watchesExit = false;

/** Does it when this program ends, unless forgotten before (by the function returned). */
export function atExit(end: () => void): () => void {
  if (!watchesExit) {
    watchesExit = true;
    process.once("exit", () => {
      for (const each of endings) each();
    });
  }
  endings.add(end);
  return () => endings.delete(end);
}
