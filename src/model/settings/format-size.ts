/** Sizes as people read and type them, exact. All prefixes mean powers of 1024, as with memory and in Nix. */

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `16 GiB`, `1.5 GiB`, `8191 MiB`, `12345 B`: the largest unit that needs at most two decimals. */
export function formatSize(bytes: number): string {
  const { amount, unit } = split(bytes);
  return `${amount} ${units[unit]}`;
}

/** `16G`, as it is typed: `parseSize` reads it back as the same number. */
export function typedSize(bytes: number): string {
  const { amount, unit } = split(bytes);
  return `${amount}${units[unit]?.[0]}`;
}

/** `16 GiB = 17179869184 bytes`, or in MiB where a file counts in those: what is meant, and what is written. */
export function formatBothWays(bytes: number, unit: "bytes" | "MiB"): string {
  const written = unit === "bytes" ? `${bytes} bytes` : `${bytes / 1024 ** 2} MiB`;
  const shown = formatSize(bytes);
  return shown === written || bytes < 1024 ? written : `${shown} = ${written}`;
}

function split(bytes: number): { readonly amount: string; readonly unit: number } {
  for (let unit = units.length - 1; unit > 0; unit -= 1) {
    // Exact: a hundredfold may be more than 2^53.
    const [hundredfold, size] = [BigInt(Math.round(bytes)) * 100n, 1024n ** BigInt(unit)];
    if (hundredfold >= size * 100n && hundredfold % size === 0n)
      return { amount: String(Number(hundredfold / size) / 100), unit };
  }
  return { amount: String(bytes), unit: 0 };
}
