/** A part of the screen with a border. Cells, counted from 0 at the top left; `inner…` without border and padding. */
export interface ScreenBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly innerWidth: number;
  readonly innerHeight: number;
}

export function boxAt(x: number, y: number, width: number, height: number): ScreenBox {
  return { x, y, width, height, innerWidth: width - 4, innerHeight: Math.max(height - 2, 1) };
}
