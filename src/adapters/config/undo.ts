/** Takes the last change of a machine back, by the backup that it left there, if nobody has changed the file since. */
import { refused } from "../../model/settings/change.ts";
import { decodeFile } from "../../model/settings/file-text.ts";
import { isNixCodePath, rebuildCommand } from "../../model/settings/nix-code-places.ts";
import type { SaveRequest } from "../../model/settings/save-types.ts";
import type { ActionWatch } from "../actions/plan-action.ts";
import { lastChange, type PastChange } from "./change-history.ts";
import { mayBeChanged } from "./editable-paths.ts";
import { needsSudo, type SaveSettings } from "./plan-save.ts";
import { readForEdit } from "./read-for-edit.ts";
import { absent, backupOf, hashOf } from "./root-writer.ts";
import { hostId } from "./save-place.ts";

export type UndoRequest =
  | { readonly kind: "undo"; readonly change: PastChange; readonly request: SaveRequest }
  /** Why there is nothing to take back. */
  | { readonly kind: "refused"; readonly lines: readonly string[] };

/**
 * The request that takes it back, to be planned and run as any other; call `markChange` with its `newHash` and `undone`
 * when it is saved. Rejects with `HostError`.
 */
export async function undoRequest(
  watch: ActionWatch,
  owner: SaveRequest["owner"],
  { signal, state, allows = mayBeChanged }: SaveSettings,
): Promise<UndoRequest> {
  const { host } = watch;
  const change = lastChange(hostId(host), state);
  if (change === null || !allows(change.path))
    return { kind: "refused", lines: [`buildtop has changed nothing on ${host.name} that still stands`] };
  const { path, setting, newHash, oldHash } = change;
  const old = await oldContent(watch, change, { signal, allows });
  if (old === undefined)
    return {
      kind: "refused",
      lines: [`${backupOf(path)} does not hold what ${path} was before ${setting} was changed`],
    };
  const request: SaveRequest = {
    path,
    setting,
    from: change.to,
    to: change.from,
    edit: (text) => {
      if (hashOf(bytesOf(text)) !== newHash && hashOf(latinOf(text)) !== newHash)
        return refused(`somebody has changed the file since ${setting} was saved: nothing is taken back`);
      if (old === null) return { ok: true, text: null, notes: [] };
      return { ok: true, text: old, replacements: [{ at: 0, was: text ?? "", put: old }], notes: [] };
    },
    owner,
    restart: change.restart,
    ...(isNixCodePath(path) ? { holdsAfter: rebuildCommand(null) } : {}),
    inForce: null,
  };
  return oldHash === newHash
    ? { kind: "refused", lines: ["it changed nothing"] }
    : { kind: "undo", change, request };
}

/** `null`: there was no file; `undefined`: it is not known any more. */
async function oldContent(
  watch: ActionWatch,
  { path, oldHash }: PastChange,
  { signal, allows }: { signal: AbortSignal; allows: (path: string) => boolean },
): Promise<string | null | undefined> {
  if (oldHash === absent) return null;
  const backup = await readForEdit(watch.host, backupOf(path), { sudo: needsSudo(watch), signal, allows });
  return backup.kind === "file" && backup.hash === oldHash ? decodeFile(backup.bytes).text : undefined;
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text, "utf8");
}

function latinOf(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text, "latin1");
}
