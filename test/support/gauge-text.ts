// The lines of the Gauges pane as plain text: `#` and `.` for bars, digits for the levels of a graph.
import type { GaugeLine } from "../../src/store/gauge-figures.ts";

export function gaugeText(lines: readonly GaugeLine[]): string[] {
  return lines.map((line) =>
    line
      .map((part) => {
        if (part.kind === "text") return part.text;
        if (part.kind === "bar") return "#".repeat(part.filled) + ".".repeat(part.cells - part.filled);
        return part.levels.map((level) => level ?? " ").join("");
      })
      .join(""),
  );
}
