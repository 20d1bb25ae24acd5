/** What was seen of a machine that speaks for another value of a setting: a trouble that it mends, or its builder's memory. */
import type { BuilderKind } from "../builders/types.ts";
import type { MachineStatus } from "../machine/status.ts";
import type { Setting, Verdict } from "./setting.ts";
import { suggestMemory } from "./suggest-memory.ts";

type Seen = Pick<MachineStatus, "builders" | "builderHistory" | "diagnoses">;

/** `the builder's disk is full: 16 GiB?`, `peak 7.9 of 8 GiB: 16 GiB?`; `null`: nothing does. `judge` is the setting's, here. */
export function suggestValue(
  { id }: Pick<Setting, "id">,
  typedNow: string | null,
  { diagnoses, builders, builderHistory }: Seen,
  judge: (typed: string) => Verdict,
): string | null {
  const now = typedNow === null ? null : judge(typedNow);
  for (const { title, fixes } of diagnoses)
    for (const { action } of fixes) {
      if (action?.kind !== "set" || action.key !== id) continue;
      const wanted = judge(action.value);
      if (wanted.level === "refused") continue;
      const same = now !== null && now.level !== "refused" && now.value === wanted.value;
      // Without what stands in the file: `16 GiB = 17179869184 bytes`.
      if (!same) return `${title}: ${wanted.shown.split(" = ")[0]}?`;
    }
  const kinds = memoryOf(id);
  const builder = builders.find(({ kind, gauges }) => kinds.includes(kind) && gauges?.memory != null);
  if (!builder?.gauges?.memory) return null;
  const seen = {
    used: builderHistory.get(builder.key)?.memory ?? [],
    totalBytes: builder.gauges.memory.totalBytes,
    outOfMemoryKills: builder.gauges.outOfMemoryKills,
  };
  return suggestMemory(seen, judge)?.text ?? null;
}

/** Whose memory the setting is. */
function memoryOf(id: string): readonly BuilderKind[] {
  if (id === "builder.memoryBytes") return ["determinate-native"];
  if (!id.endsWith(".darwin-builder.memorySize")) return [];
  return id.startsWith("nix.linux-builder.")
    ? ["linux-builder", "linux-builder-vz"]
    : ["determinate-vm-builder"];
}
