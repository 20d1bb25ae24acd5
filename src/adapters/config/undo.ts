/**
 * Takes back the last change of a machine that still stands, the one before it the next time, and so on: by the backup that
 * it left there, or by the pieces that it replaced, and only if nobody has changed the file since.
 */
import { refused } from "../../model/settings/change.ts";
import { decodeFile } from "../../model/settings/file-text.ts";
import { isNixCodePath, rebuildCommand } from "../../model/settings/nix-code-places.ts";
import type { SaveRequest } from "../../model/settings/save-types.ts";
import { takeBack } from "../../model/settings/take-back.ts";
import type { ActionWatch } from "../actions/plan-action.ts";
import { changesOf, lastChange, type PastChange } from "./change-history.ts";
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
    return { kind: "refused", lines: [nothingLeft(host.name, changesOf(hostId(host), state).length)] };
  const { path, setting, newHash, oldHash } = change;
  const old = await oldContent(watch, change, { signal, allows });
  if (old === undefined && !change.replaced)
    return {
      kind: "refused",
      lines: [`${backupOf(path)} does not hold what ${path} was before ${setting} was changed`],
    };
  const request: SaveRequest = {
    path,
    setting,
    from: change.to,
    to: change.from,
    undoes: true,
    edit: (text) => {
      if (!hasHash(text, newHash))
        return refused(`somebody has changed the file since ${setting} was saved: nothing is taken back`);
      if (old === null) return { ok: true, text: null, notes: [] };
      const put = old ?? takeBack(text ?? "", change.replaced ?? []);
      if (put === null || !hasHash(put, oldHash))
        return refused(
          `what it was before ${setting} was saved is not known any more: nothing is taken back`,
        );
      return { ok: true, text: put, replacements: [{ at: 0, was: text ?? "", put }], notes: [] };
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

function nothingLeft(host: string, changes: number): string {
  return changes === 0
    ? `nothing is left to take back on ${host}: buildtop knows of no change that it made there`
    : `nothing is left to take back on ${host}: every change that buildtop made there is taken back`;
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

/** Of the bytes that the text was read from, in whichever encoding. */
function hasHash(text: string | null, hash: string): boolean {
  if (text === null) return hash === absent;
  return hashOf(Buffer.from(text, "utf8")) === hash || hashOf(Buffer.from(text, "latin1")) === hash;
}
