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

/** Of something that does not tick: `under 1m` in its first minute, whole hours after the first. */
export function formatUptime(seconds: number): string {
  if (seconds < 60) return "under 1m";
  return seconds >= 3600 && seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : formatSpan(seconds);
}

/** `<5 ms`, `20 ms`, `200 ms`, `1.2 s`: in steps, as the answers of a machine at rest differ a little each time. */
export function formatAnswer(milliseconds: number): string {
  if (milliseconds < 5) return "<5 ms";
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const step = [5, 10, 20, 50, 100, 200, 500, 1000].find((each) => milliseconds < each * 1.58) ?? 1000;
  return step === 1000 ? "1.0 s" : `${step} ms`;
}
