/** How long something lasts, in as few changes of the screen as possible. */
import { formatDuration } from "../model/units.ts";

/** `12s`, `3m`, `3h12m`, `3d04h` from seconds: seconds are counted in the first minute only. */
export function formatSpan(seconds: number): string {
  const text = formatDuration(seconds * 1000);
  return text.replace(/m\d\ds$/, "m");
}

/** Whether `formatSpan` says something else a second later. */
export function spanTicks(seconds: number): boolean {
  return seconds < 60;
}

/** Of something that does not tick: `under 1m` in its first minute. */
export function formatUptime(seconds: number): string {
  return seconds < 60 ? "under 1m" : formatSpan(seconds);
}

/** `<5 ms`, `15 ms`, `250 ms`, `1.2 s`: in steps, as the answers of a machine at rest differ a little each time. */
export function formatAnswer(milliseconds: number): string {
  const step = milliseconds < 50 ? 5 : milliseconds < 200 ? 10 : 50;
  const rounded = Math.round(Math.max(milliseconds, 0) / step) * step;
  if (rounded < 5) return "<5 ms";
  return rounded < 1000 ? `${rounded} ms` : `${(rounded / 1000).toFixed(1)} s`;
}
