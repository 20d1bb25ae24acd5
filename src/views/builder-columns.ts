/** Widths of the columns of the Builders pane, each with the gap behind it. */
export interface BuilderColumns {
  readonly name: number;
  /** Systems of a builder; 0: not drawn. */
  readonly place: number;
  /** Jobs and answer, or the state in words. */
  readonly status: number;
  /** Processors, memory and disk in numbers; 0: not drawn. */
  readonly gauges: number;
}

const markWidth = 2;
/** `  cpu  86 %  mem  70 %  disk  90 %`. */
const gaugesWidth = 34;

/** The systems of a builder, short. */
const leastPlace = 10;
const mostPlace = 26;
const leastName = 14;

/**
 * @param width cells inside the pane
 * @param folded the gauges have no pane of their own in sight: their numbers go before the systems
 * @param longestName of all rows, with its indentation
 */
export function builderColumns(width: number, folded: boolean, longestName: number): BuilderColumns {
  const gauges = width >= (folded ? 56 : 84) ? gaugesWidth : 0;
  const status = gauges > 0 && width < 70 ? 10 : 20;
  const rest = width - markWidth - status - gauges;
  const wanted = Math.min(Math.max(longestName + 1, leastName), 40);
  const left = rest - Math.min(wanted, Math.max(rest - leastPlace, leastName));
  if (left < leastPlace) return { name: Math.max(rest, 8), place: 0, status, gauges };
  const place = Math.min(left, mostPlace);
  return { name: rest - place, place, status, gauges };
}
