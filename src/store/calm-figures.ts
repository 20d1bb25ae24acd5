/** Figures of a machine at rest: what goes up and down by next to nothing is not worth a repaint. */
import { formatPercent } from "../model/units.ts";

/** `<5 %`, `86 %`: of the processors. */
export function formatUse(fraction: number): string {
  return fraction < 0.05 ? "<5 %" : formatPercent(fraction);
}

/** `<1`, `3.9`. */
export function formatLoad(load: number): string {
  return load < 1 ? "<1" : load.toFixed(1);
}
