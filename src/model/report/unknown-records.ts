/** Records that were read and not understood: what they tell is missing from all that is said. */
import type { Builds } from "../nix-log/types.ts";
import { formatCount } from "../units.ts";

/** A newer Nix adds a kind now and then, which takes nothing away from the builds. */
const worthShare = 0.01;
const namedKinds = 3;

/** One sentence; `null` where it is none, or hardly any. */
export function unknownRecordsText({ records, unknownRecords }: Builds): string | null {
  const kinds = [...unknownRecords].sort(([, one], [, other]) => other - one);
  const unknown = kinds.reduce((sum, [, count]) => sum + count, 0);
  if (unknown === 0 || unknown < records * worthShare) return null;
  const names = kinds.slice(0, namedKinds).map(([kind]) => kind);
  const more = kinds.length > namedKinds ? ", …" : "";
  return `${formatCount(unknown)} of ${formatCount(Math.max(records, unknown))} records, not understood (${names.join(", ")}${more}): not as Nix writes them, or of a newer Nix`;
}
