/** Widths of the columns of the Builds pane, each with the gap behind it. */
export interface RowColumns {
  readonly name: number;
  /** 0: not drawn. */
  readonly host: number;
  readonly status: number;
  /** Right-aligned. */
  readonly time: number;
}

const markWidth = 2;

/** @param width cells inside the pane */
export function rowColumns(width: number): RowColumns {
  const time = 7;
  const room = Math.max(width - markWidth - time, 0);
  if (width >= 90) {
    const host = width >= 140 ? 26 : 18;
    const name = Math.min(Math.floor((room - host) * 0.4), 48);
    return { name, host, status: room - host - name, time };
  }
  if (width >= 70) {
    const host = 15;
    const name = Math.floor((room - host) * 0.5);
    return { name, host, status: room - host - name, time };
  }
  const name = Math.floor(room * 0.6);
  return { name, host: 0, status: room - name, time };
}
