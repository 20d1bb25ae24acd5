/** What a line of the plan says. */
export type PlanLine =
  | { kind: "derivations" }
  | { kind: "paths"; downloadBytes: number; unpackedBytes: number }
  | { kind: "item"; path: string };

const DERIVATIONS = /^(?:this derivation|these (?:\d+ )?derivations) will be built:/;
const PATHS =
  /^(?:this path|these (?:\d+ )?paths) will be fetched(?: \(([\d.]+) ([KMGT]i)?B download, ([\d.]+) ([KMGT]i)?B unpacked\))?:/;
const SCALE: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/**
 * Reads one line of the plan, which Nix prints as plain messages: a heading, then one path a line, each behind two
 * spaces (`printMissing` in NixOS/nix `src/libmain/shared.cc`). `null` for any other text. The sizes are rounded by Nix.
 */
export function readPlanLine(plain: string): PlanLine | null {
  if (plain.startsWith("  /") && !plain.includes(" ", 2)) return { kind: "item", path: plain.slice(2) };
  if (DERIVATIONS.test(plain)) return { kind: "derivations" };
  const paths = PATHS.exec(plain);
  if (!paths) return null;
  return {
    kind: "paths",
    downloadBytes: Math.round(Number(paths[1] ?? 0) * (SCALE[paths[2] ?? ""] ?? 1)),
    unpackedBytes: Math.round(Number(paths[3] ?? 0) * (SCALE[paths[4] ?? ""] ?? 1)),
  };
}
