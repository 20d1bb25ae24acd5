/** Builds that run on a machine now, as Determinate Nix tells them (DeterminateSystems/nix-src `src/nix/ps.cc`, 3.14). */
import { cleanText } from "../text/clean.ts";
import { jsonOf, member } from "./lines.ts";

export interface ActiveBuild {
  /** `/nix/store/….drv` */
  readonly drv: string;
  /** Seconds since 1970 by that machine's clock. */
  readonly startedAt: number;
}

const mostBuilds = 500;
const storePath = /^(?:\/nix\/store\/)?([a-z0-9]{32}-[A-Za-z0-9+._?=-]{1,211}\.drv)$/;

/** Reads `nix ps --json`; entries that are no builds, or of no store of ours, are left out. */
export function parseActiveBuilds(text: string): readonly ActiveBuild[] {
  const start = text.startsWith("[") ? 0 : text.indexOf("\n[") + 1;
  const entries = jsonOf(text.slice(start));
  if (!Array.isArray(entries)) return [];
  return entries.slice(0, mostBuilds).flatMap((entry) => {
    const [derivation, startedAt] = [member(entry, "derivation"), member(entry, "startTime")];
    const name = typeof derivation === "string" ? storePath.exec(derivation)?.[1] : undefined;
    if (name === undefined || typeof startedAt !== "number" || !(startedAt > 0)) return [];
    return [{ drv: cleanText(`/nix/store/${name}`), startedAt }];
  });
}
