/** Other programs of Nix's `external-builders` protocol (NixOS/nix `local-settings.hh`): a VM, or whatever, for each build. */

import { type Builder, unknownSize } from "../../model/builders/types.ts";
import { isAskable } from "../../model/hosts/collector-requests.ts";
import { nixConfFiles } from "../../model/nix-conf/parse.ts";
import { cleanText } from "../../model/text/clean.ts";
import { type BuilderSystem, rarely } from "./system.ts";

export const externalBuilder: BuilderSystem = {
  asks: (facts) => [
    ...(facts.nixConfig?.externalBuilders ? nixConfFiles.map((path) => rarely(`file ${path}`, 60)) : []),
    ...others(facts.externalBuilders)
      .filter(({ program }) => isAskable(program))
      .map(({ program }) => rarely(`stat ${program}`, 60)),
  ],
  find: (facts) => {
    const builders = others(facts.externalBuilders).map(({ systems, program }): Builder => {
      const name = program.slice(program.lastIndexOf("/") + 1);
      const runs = facts.externalBuilderRuns.filter((run) => run.program === name);
      // A path in the store is kept by the setting that names it.
      const missing = facts.stat(program) === null && !program.startsWith("/nix/store/");
      const enabled = facts.nixConfig?.experimentalFeatures?.includes("external-builders") ?? true;
      return {
        key: `external-builder ${program}`,
        kind: "external-builder",
        name: cleanText(name),
        ...(missing
          ? { state: "stopped" as const, why: `its program ${cleanText(program)} is not there` }
          : !enabled
            ? {
                state: "not-configured" as const,
                why: "the experimental feature external-builders is off: Nix passes it over",
              }
            : runs.length > 0
              ? {
                  state: "building" as const,
                  why: `${runs.length} ${runs.length === 1 ? "build runs" : "builds run"} in it`,
                }
              : { state: "idle" as const, why: "started by Nix for each build; none runs" }),
        uri: null,
        systems: systems.map(cleanText),
        features: [],
        jobs: { used: runs.length, max: facts.nixConfig?.maxJobs ?? null },
        lastUsedAt: null,
        uptimeSeconds: runs.length > 0 ? Math.max(...runs.map(({ elapsedSeconds }) => elapsedSeconds)) : null,
        version: null,
        size: unknownSize,
        gauges: null,
        limitedBy: null,
        answerMs: null,
        settings: ["/etc/nix/nix.conf", "/etc/nix/nix.custom.conf"],
        log: { kind: "none", why: "what it says stands in the log of each build" },
        control: { kind: "none", why: "Nix starts it for each build" },
        guest: null,
      };
    });
    return { builders, claimed: [] };
  },
};

interface ExternalEntry {
  readonly systems: readonly string[];
  readonly program: string;
}

/** Those that have no file of their own here. */
function others(entries: readonly ExternalEntry[]): readonly ExternalEntry[] {
  return entries.filter(({ program }) => !program.endsWith("/determinate-nixd"));
}
