/** Deadlines that are fair to the other side: what came in while this program stood still is read before it is too late. */

/** A timer that comes this much after its time: we were stopped, asleep, or somebody else had the terminal. */
const stoodStillMs = 500;
/** What the other side is given then, from the moment we are back. */
const graceMs = 1_000;

/** Calls `late` after so many milliseconds. Returns how to call it off. */
export function deadline(ms: number, late: () => void): () => void {
  const due = performance.now() + ms;
  let timer = setTimeout(() => {
    if (performance.now() - due < stoodStillMs) late();
    else timer = setTimeout(late, Math.min(graceMs, ms));
  }, ms);
  return () => clearTimeout(timer);
}
