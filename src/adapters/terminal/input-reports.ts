/** Mouse and focus reports of the terminal. Ink reads the same input for keys and leaves these out. */
import type { EventEmitter } from "node:events";

export type InputReport =
  /** Cells from 0. `lines` is negative upwards. */
  | { kind: "wheel"; x: number; y: number; lines: number }
  | { kind: "press"; x: number; y: number }
  | { kind: "focus"; focused: boolean };

const report = /\x1b\[(?:<(\d+);(\d+);(\d+)([Mm])|([IO]))/g;
/** The start of a report at the end of a read. */
const unfinished = /\x1b(?:\[(?:<[\d;]*)?)?$/;
const longestReport = 32;

/** Lines per notch of the wheel, as most programs have it. */
const wheelLines = 3;

/** Finds reports in what the terminal sends, also across reads. */
export function createReportParser(): (text: string) => InputReport[] {
  let rest = "";
  return (text) => {
    const all = rest + text;
    const reports: InputReport[] = [];
    for (const match of all.matchAll(report)) {
      if (match[5]) reports.push({ kind: "focus", focused: match[5] === "I" });
      else if (match[4] === "M") {
        const button = Number(match[1]);
        const x = Number(match[2]) - 1;
        const y = Number(match[3]) - 1;
        // 64 marks the wheel, 4 + 8 + 16 the modifier keys, 32 motion.
        if ((button & ~28) === 64) reports.push({ kind: "wheel", x, y, lines: -wheelLines });
        else if ((button & ~28) === 65) reports.push({ kind: "wheel", x, y, lines: wheelLines });
        else if ((button & ~28) === 0) reports.push({ kind: "press", x, y });
      }
    }
    rest = all.slice(-longestReport).match(unfinished)?.[0] ?? "";
    return reports;
  };
}

/**
 * Listens beside Ink: a `data` listener sees each chunk that Ink takes with `read()`. Returns how to stop, which must
 * be done before another program gets the terminal: alone, a `data` listener would go on reading.
 */
export function listenToReports(stdin: EventEmitter, onReport: (report: InputReport) => void): () => void {
  const parse = createReportParser();
  const onData = (chunk: Buffer | string) => {
    for (const found of parse(typeof chunk === "string" ? chunk : chunk.toString("latin1"))) onReport(found);
  };
  stdin.on("data", onData);
  return () => stdin.off("data", onData);
}
