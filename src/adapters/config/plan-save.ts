/** Reads a file, applies what is wanted, and says exactly what would be done. Nothing is written. */
import { randomBytes } from "node:crypto";
import { type ActionPlan, ActionRefused, type RootAccess } from "../../model/actions/types.ts";
import { refusalText } from "../../model/settings/change.ts";
import { decodeFile, encodeFile } from "../../model/settings/file-text.ts";
import { isNixCodePath } from "../../model/settings/nix-code-places.ts";
import { previewEdit } from "../../model/settings/preview.ts";
import type { Planned, SavedContent, SaveRequest } from "../../model/settings/save-types.ts";
import { cleanText } from "../../model/text/clean.ts";
import { nixProgram } from "../actions/nix-program.ts";
import { type ActionWatch, planAction } from "../actions/plan-action.ts";
import { askStore } from "../actions/store-answer.ts";
import { rootAccess } from "../actions/sudo.ts";
import { checkContent } from "./check-content.ts";
import { mayBeChanged } from "./editable-paths.ts";
import { type FileForEdit, readForEdit } from "./read-for-edit.ts";
import { absent, hashOf, putCommand } from "./root-writer.ts";

export interface SaveSettings {
  readonly signal: AbortSignal;
  /** Each step, in place of the one before. */
  readonly progress: (line: string) => void;
  /** Where we keep what we know about saves; the state directory unless told. */
  readonly state?: string;
  readonly allows?: (path: string) => boolean;
}

const answerMs = 10_000;

/** On a machine that was looked at. Rejects with `HostError` where it does not answer. */
export async function planSave(
  watch: ActionWatch,
  request: SaveRequest,
  settings: SaveSettings,
): Promise<Planned> {
  const { host } = watch;
  const { path } = request;
  const { signal, progress, allows = mayBeChanged } = settings;
  if (host.transport === "recording") return refused("this is a recording: nothing can be changed in it");
  const { connection } = watch.status();
  if (connection.state === "lost") return refused(connection.trouble.message);
  const sudo = needsSudo(watch, path);
  progress(`reading ${path}…`);
  const file = await readForEdit(host, path, { sudo, signal, allows });
  const readable = contentOf(file, path);
  if ("kind" in readable) return readable;
  const owner = request.owner(file.chain, readable.text);
  if (owner.managed) return refused(...owner.lines);
  const leaf = file.chain.at(-1);
  if (leaf?.target != null)
    return refused(`${path} is a link to ${leaf.target}: what it leads to belongs to somebody else`);

  const edit = request.edit(readable.text);
  if (!edit.ok) return refused(cleanText(refusalText(path, edit)));
  const after = afterOf(edit.text, readable);
  if (after === null) return refused(`${path} is no UTF-8, and the new value cannot be written in it`);
  if (after.hash === readable.hash)
    return { kind: "nothing", lines: [`${path} says so already`, ...edit.notes.map(({ text }) => text)] };
  if (after.text !== null) {
    progress("checking the new content…");
    const wrong = await checkContent(host, path, after.text, { before: readable.text, signal });
    if (wrong) return refused(...wrong);
    const invalid = request.check?.(after.text) ?? null;
    if (invalid !== null) return refused(invalid);
  }
  progress("looking at what must be restarted…");
  const { restart, restartRefused } = await planRestart(watch, request, signal);
  const payload = sudo && host.transport !== "local" ? payloadPath() : null;
  const put = { path, content: after.bytes, oldHash: readable.hash, sudo, allows };
  const access = await accessFor(watch, path, putCommand(put, payload ?? undefined), sudo, signal);
  return {
    kind: "plan",
    plan: {
      request,
      title: `${request.undoes ? "take back" : "set"} ${request.setting}${host.transport === "local" ? "" : ` on ${host.name}`}`,
      before: readable,
      after,
      diff: previewEdit(readable.text ?? "", after.text ?? ""),
      replacements: edit.text === null || readable.text === null ? [] : edit.replacements,
      notes: [...owner.warnings.map((text) => ({ level: "warning" as const, text })), ...edit.notes],
      access,
      payload: access.kind === "password" ? payload : null,
      restart,
      restartRefused,
      answered: restart?.target.kind === "daemon" ? await daemonAnswers(watch, signal) : null,
    },
  };
}

/** Whether root is to be become there first; for a person's Nix code never. */
export function needsSudo({ facts }: ActionWatch, path = ""): boolean {
  return facts?.isRoot !== true && !isNixCodePath(path);
}

/** How root is become there for a save; what it says of a password is about this, not about rules of sudoers. */
export async function accessFor(
  { host, facts }: ActionWatch,
  path: string,
  command: readonly string[],
  sudo: boolean,
  signal: AbortSignal,
): Promise<RootAccess> {
  if (!sudo) return { kind: "free" };
  const purpose = `to write ${path}${host.transport === "local" ? "" : ` on ${host.name}`}`;
  const access = await rootAccess(host, [command], facts?.summary?.user ?? null, purpose, signal);
  if (access.kind !== "password") return access;
  return {
    ...access,
    lines: [`sudo on ${host.name} asks for a password, and there is no terminal to type it in`],
  };
}

/** What is restarted for it, as it would be done now; or why it cannot be. Rejects with `HostError`. */
export async function planRestart(
  watch: ActionWatch,
  { restart }: Pick<SaveRequest, "restart">,
  signal: AbortSignal,
): Promise<{ readonly restart: ActionPlan | null; readonly restartRefused: string | null }> {
  if (restart === null) return { restart: null, restartRefused: null };
  try {
    return { restart: await planAction("restart", watch, restart, { signal }), restartRefused: null };
  } catch (error) {
    if (!(error instanceof ActionRefused)) throw error;
    return { restart: null, restartRefused: error.message };
  }
}

/** `null`: there is no nix to ask it with. Rejects with `HostError`. */
async function daemonAnswers(watch: ActionWatch, signal: AbortSignal): Promise<boolean | null> {
  const nix = await nixProgram(watch.host, signal);
  if (nix === null) return null;
  const version = watch.status().nix;
  const question = { nix, version, uri: "daemon", root: false, deadlineMs: answerMs, signal };
  return (await askStore(watch.host, question)).kind === "answers";
}

function refused(...lines: readonly string[]): Extract<Planned, { kind: "refused" }> {
  return { kind: "refused", lines };
}

function contentOf(file: FileForEdit, path: string): SavedContent | Extract<Planned, { kind: "refused" }> {
  switch (file.kind) {
    case "file": {
      const { text, encoding } = decodeFile(file.bytes);
      return { bytes: file.bytes, text, encoding, hash: file.hash };
    }
    case "absent":
      return { bytes: null, text: null, encoding: "utf8", hash: absent };
    case "not-regular":
      return refused(`${path} is no regular file`);
    case "too-big":
      return refused(`${path} is too long to be a configuration file`);
    case "unreadable":
      return refused(`${path} cannot be read`, ...file.lines);
  }
}

function afterOf(text: string | null, { encoding }: SavedContent): SavedContent | null {
  const bytes = text === null ? null : encodeFile({ text, encoding });
  if (text !== null && bytes === null) return null;
  return { bytes, text, encoding, hash: hashOf(bytes) };
}

function payloadPath(): string {
  return `/tmp/buildtop-${randomBytes(8).toString("hex")}.in`;
}
