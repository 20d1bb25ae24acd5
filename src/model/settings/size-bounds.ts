/** How much memory and disk a builder's virtual machine may be given, by what the machine has. */
import { formatBothWays, formatSize, typedSize } from "./format-size.ts";
import { mebibyte, parseSize, type SizeField } from "./parse-size.ts";
import {
  accepted,
  type HostLimits,
  type Range,
  refusedValue,
  type SettingValue,
  type Verdict,
} from "./setting.ts";

const gibibyte = 1024 * mebibyte;
const leastMemory = 512 * mebibyte;
const leastDisk = gibibyte;
/** Where the machine's own memory is not known. */
const mostMemory = 1024 * gibibyte;

export function memoryRange({ memoryBytes }: HostLimits): Range {
  return { least: leastMemory, most: memoryBytes };
}

/** The ceiling of a virtual machine's memory: macOS hands it out as it is used. */
export function judgeMemory(input: string, host: HostLimits, field: SizeField): Verdict {
  const size = parseSize(input, field);
  if (!size.ok) return refusedValue(size.reason);
  const { bytes } = size;
  const { memoryBytes, otherVms } = host;
  const shown = formatSize(bytes);
  if (bytes < leastMemory)
    return refusedValue(
      `${shown} is too little for a builder, which needs 512 MiB at least; write 8G${/^\s*\d+\s*$/.test(input) ? `, or ${input.trim()}G if GiB were meant` : ""}`,
    );
  if (memoryBytes !== null && bytes > memoryBytes)
    return refusedValue(
      `${shown} is more than this machine has (${formatSize(memoryBytes)}); write ${typedSize(threeQuarters(memoryBytes))} or less`,
    );
  if (memoryBytes === null && bytes > mostMemory)
    return refusedValue(`${shown} is more than any Mac has; write less, such as 16G`);
  const sum = otherVms.reduce((total, vm) => total + vm.memoryBytes, bytes);
  return accepted(valueIn(bytes, field), formatBothWays(bytes, field.unit), [
    bytes < 2 * gibibyte ? "with less than 2 GiB many builds run out of memory" : null,
    memoryBytes === null ? "how much memory this machine has is not known, so nothing was compared" : null,
    memoryBytes !== null && bytes > memoryBytes * 0.75
      ? `that is more than three quarters of the ${formatSize(memoryBytes)} of this machine; macOS would swap`
      : null,
    memoryBytes !== null && otherVms.length > 0 && sum > memoryBytes * 0.8
      ? `with ${otherVms.map(({ name }) => name).join(", ")} all virtual machines may take ${formatSize(sum)} of ${formatSize(memoryBytes)}`
      : null,
    secondBuilder(host),
  ]);
}

/** Two builders for one system share the machine, and which of them Nix takes is left to chance. */
export function secondBuilder({ otherVms }: HostLimits): string | null {
  const other = otherVms.find(({ builder }) => builder);
  return other ? `${other.name} is another builder on this machine; one of the two is enough` : null;
}

export function diskRange({ freeDiskBytes }: HostLimits): Range {
  return { least: leastDisk, most: freeDiskBytes };
}

/** Of a disk image that grows as it is filled; `current` in MiB. */
export function judgeDisk(input: string, { freeDiskBytes }: HostLimits, current: SettingValue): Verdict {
  const field: SizeField = { unit: "MiB", step: mebibyte };
  const size = parseSize(input, field);
  if (!size.ok) return refusedValue(size.reason);
  const { bytes } = size;
  if (bytes < leastDisk)
    return refusedValue(
      `${formatSize(bytes)} is too little for a builder's disk; write 40G${/^\s*\d+\s*$/.test(input) ? `, or ${input.trim()}G if GiB were meant` : ""}`,
    );
  if (bytes > 64 * 1024 * gibibyte)
    return refusedValue(`${formatSize(bytes)} is more than any disk has; write less, such as 40G`);
  const now = typeof current === "number" ? current * mebibyte : null;
  return accepted(valueIn(bytes, field), formatBothWays(bytes, "MiB"), [
    "the size counts only when the image is made: delete the image, and all that the builder has stored, or nothing changes",
    now !== null && bytes < now ? "an image never gets smaller; only a new one will" : null,
    freeDiskBytes !== null && bytes > freeDiskBytes
      ? `only ${formatSize(Math.floor(freeDiskBytes / gibibyte) * gibibyte || Math.floor(freeDiskBytes))} are free on this machine's disk`
      : null,
  ]);
}

const valueIn = (bytes: number, { unit }: SizeField): number => (unit === "bytes" ? bytes : bytes / mebibyte);

function threeQuarters(bytes: number): number {
  const step = bytes >= 2 * gibibyte ? gibibyte : mebibyte;
  return Math.floor((bytes * 0.75) / step) * step;
}
