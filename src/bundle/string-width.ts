/**
 * Stands for `string-width` in the program and its libraries: the same answer, without a look into Unicode's tables where
 * all characters are known to take one cell.
 */
import anyWidth, { type Options } from "../../node_modules/string-width/index.js";

/** Of `alone` in segmenter.ts, those that are one cell wide: not the control characters and the two wide shapes. */
const oneCell = /^[ -~¡-¬®-˿‐-‧←-⋿─-◼◿✓-✘⠀-⣿]*$/;
/** As chalk and we write them. */
const colors = /\x1b\[[\d;]*m/g;

export default function stringWidth(text: string, options?: Options): number {
  if (options !== undefined || typeof text !== "string") return anyWidth(text, options);
  const plain = text.includes("\x1b") ? text.replace(colors, "") : text;
  return oneCell.test(plain) ? plain.length : anyWidth(text);
}
