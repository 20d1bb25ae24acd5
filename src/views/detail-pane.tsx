import type { ReactNode } from "react";
import type { GaugeLine } from "../store/gauge-figures.ts";
import { hiddenFigures } from "../store/list-window.ts";
import type { ScreenBox } from "../store/screen-box.ts";
import type { Figure } from "../store/summary.ts";
import { Pane } from "./pane.tsx";
import { PartsLine } from "./parts-line.tsx";

export interface DetailPaneProps {
  title: readonly Figure[];
  figures: readonly Figure[];
  lines: readonly GaugeLine[];
  /** The line that is to be the first in sight; no further than the end allows. */
  top: number;
  box: ScreenBox;
}

/** What is said of the row that is selected beside or above it, as much as fits. */
export function DetailPane({ title, figures, lines, top, box }: DetailPaneProps): ReactNode {
  const first = Math.max(Math.min(top, lines.length - box.innerHeight), 0);
  const shown = lines.slice(first, first + box.innerHeight);
  return (
    <Pane
      title={title}
      figures={[...hiddenFigures(first, lines.length - first - shown.length), ...figures]}
      focused={false}
      width={box.width}
      height={box.height}
    >
      {shown.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place on the screen is what the line is
        <PartsLine key={index} line={line} width={box.innerWidth} />
      ))}
    </Pane>
  );
}
