/** Searches a log of any length without holding up keys or records: a slice of lines at a time. */
import type { LogSource } from "./log-source.ts";

/** Lines per slice; a few milliseconds at most. */
const sliceLines = 4_000;

export interface SearchResult {
  /** `null`: the text is nowhere in the log. */
  line: number | null;
  /** The search went on from the other end. */
  wrapped: boolean;
}

export interface LogSearcher {
  /** Begins anew; a search that still runs is dropped. `done` is not called for a dropped one. */
  start(
    source: LogSource,
    needle: string,
    from: number,
    step: 1 | -1,
    done: (result: SearchResult) => void,
  ): void;
  cancel(): void;
}

/** @param defer runs a function soon, after waiting input; returns how to cancel */
export function createLogSearcher(defer: (run: () => void) => () => void = deferToLoop): LogSearcher {
  let cancelNext = () => {};
  const cancel = () => cancelNext();

  function start(
    source: LogSource,
    needle: string,
    from: number,
    step: 1 | -1,
    done: (result: SearchResult) => void,
  ): void {
    cancel();
    let at: number | null = Math.min(Math.max(from, source.firstLine), source.endLine - 1);
    let wrapped = from < source.firstLine || from >= source.endLine;
    if (wrapped) at = step > 0 ? source.firstLine : source.endLine - 1;
    const slice = (): void => {
      if (at === null || source.endLine <= source.firstLine) {
        done({ line: null, wrapped });
        return;
      }
      const { line, next } = source.find(needle, at, step, sliceLines);
      if (line !== null) {
        done({ line, wrapped });
        return;
      }
      at = next;
      if (at === null && !wrapped) {
        wrapped = true;
        at = step > 0 ? source.firstLine : source.endLine - 1;
      }
      cancelNext = defer(slice);
    };
    // The first slice at once: in most logs that is the whole search.
    slice();
  }

  return { start, cancel };
}

function deferToLoop(run: () => void): () => void {
  const handle = setImmediate(run);
  return () => clearImmediate(handle);
}
