/** Whether what was saved holds. */
import type { SaveOutcome, SavePlan } from "../../model/settings/save-types.ts";
import type { ActionWatch } from "../actions/plan-action.ts";
import { nixSetting } from "./check-content.ts";
import { needsSudo, type SaveSettings } from "./plan-save.ts";
import { readForEdit } from "./read-for-edit.ts";

/**
 * Reads the file again, and asks Nix for the setting where there is one to ask for: another line or file may come after
 * ours. What must be restarted was, and answers. Rejects with `HostError`.
 */
export async function proveSaved(
  { request, after }: SavePlan,
  watch: ActionWatch,
  { progress, signal, allows }: SaveSettings,
): Promise<SaveOutcome> {
  const { path, setting, inForce, holdsAfter } = request;
  const { host } = watch;
  progress("looking whether it holds…");
  const read = await readForEdit(host, path, {
    sudo: needsSudo(watch, path),
    signal,
    ...(allows ? { allows } : {}),
  });
  if (!("hash" in read) || read.hash !== after.hash)
    return { kind: "not-in-force", lines: [`${path} was saved, and somebody else has changed it since`] };
  if (holdsAfter !== undefined)
    return { kind: "saved", lines: [`${setting} is saved; it holds after a rebuild; run: ${holdsAfter}`] };
  if (inForce === null) return { kind: "in-force", lines: [`${setting} is saved and in force`] };
  const printed = await nixSetting(host, inForce.key, signal);
  if (printed === null)
    return {
      kind: "in-force",
      lines: [`${setting} is saved; Nix itself could not be asked whether it reads it`],
    };
  if (inForce.accepts(printed))
    return {
      kind: "in-force",
      lines: [`${setting} is saved and in force: Nix reads ${inForce.key} = ${printed}`],
    };
  return {
    kind: "not-in-force",
    lines: [
      `${path} is saved, but Nix reads ${inForce.key} = ${printed}`,
      "another line or file comes after it: nix config show tells what holds",
    ],
  };
}
