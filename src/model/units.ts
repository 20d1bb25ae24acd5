/** Numbers as people read them. Widths are steady (two digits after the first unit), so that columns do not jump. */

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `84 MiB`, `5.6 GiB`, `512 B`. One decimal below ten, none above; negative or unknown numbers count as 0. */
export function formatBytes(bytes: number): string {
  const unit = byteUnit(bytes);
  return `${inUnit(bytes, unit)} ${byteUnits[unit]}`;
}

/** `84 / 112 MiB`: both in the unit of the larger one. Without a known total (0) only what is done. */
export function formatByteProgress(done: number, expected: number): string {
  if (!(expected > 0)) return formatBytes(done);
  const unit = byteUnit(Math.max(done, expected));
  return `${inUnit(done, unit)} / ${inUnit(expected, unit)} ${byteUnits[unit]}`;
}

/** `11 MiB/s` from bytes per second. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

function byteUnit(bytes: number): number {
  let unit = 0;
  // 999.5 and above would round to four digits.
  for (let rest = bytes; rest >= 999.5 && unit < byteUnits.length - 1; rest /= 1024) unit += 1;
  return unit;
}

function inUnit(bytes: number, unit: number): string {
  const value = (bytes > 0 ? bytes : 0) / 1024 ** unit;
  return unit > 0 && value > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0);
}

/** `8s`, `2m04s`, `1h05m`, `3d04h` from milliseconds, cut (not rounded) to whole seconds; below zero counts as 0. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds > 0 ? Math.floor(milliseconds / 1000) : 0;
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return `${seconds}s`;
  if (hours === 0) return `${minutes}m${twoDigits(seconds % 60)}s`;
  if (hours < 24) return `${hours}h${twoDigits(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${twoDigits(hours % 24)}h`;
}

/** `18,204`. */
export function formatCount(count: number): string {
  const digits = String(Math.trunc(count));
  return digits.length < 4 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `34 %` from 0.34. Says 100 only for the whole: 0.999 is `99 %`. */
export function formatPercent(fraction: number): string {
  const percent = Math.floor(Math.min(Math.max(fraction, 0), 1) * 100 + 1e-9);
  return `${Number.isNaN(percent) ? 0 : percent} %`;
}

/** `1 problem`, `3 problems`; `plural` where an "s" does not do. */
export function formatNoun(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
