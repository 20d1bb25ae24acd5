/** Writes a planned content as whichever root can be become, and finds out how it ended where nobody said so. */
import type { PutResult } from "../../model/settings/put-result.ts";
import { parsePutResult } from "../../model/settings/put-result.ts";
import type { SavePlan } from "../../model/settings/save-types.ts";
import type { ActionWatch } from "../actions/plan-action.ts";
import type { RunActionOptions } from "../actions/run-action.ts";
import { promptFailure, relayedOutput } from "../actions/sudo.ts";
import { HostError } from "../hosts/host.ts";
import { run } from "../hosts/run.ts";
import { accessFor, needsSudo, type SaveSettings } from "./plan-save.ts";
import { putName } from "./put-script.ts";
import { readForEdit } from "./read-for-edit.ts";
import { type PutRequest, putCommand, putFile } from "./root-writer.ts";

export type PutSettings = Pick<SaveSettings, "signal" | "allows"> & Pick<RunActionOptions, "askPassword">;

const uploadMs = 30_000;
/** To find out how things stand, also after a person gave up waiting. */
const settleMs = 20_000;

/** Never rejects for what happens on the machine. */
export async function putAsPlanned(
  plan: Pick<SavePlan, "request" | "before" | "after" | "access" | "payload">,
  watch: ActionWatch,
  settings: PutSettings,
): Promise<PutResult> {
  const { request, before, after } = plan;
  const { allows, signal } = settings;
  const put: PutRequest = {
    path: request.path,
    content: after.bytes,
    oldHash: before.hash,
    sudo: needsSudo(watch, request.path),
    ...(allows ? { allows } : {}),
  };
  if (signal.aborted) return { kind: "refused", why: "it was stopped before" };
  try {
    const result = await putByAccess(plan, put, watch, settings);
    return result.kind === "unknown" ? await settle(plan, put, watch, result) : result;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return await settle(plan, put, watch, { kind: "unknown", why: error.trouble.message });
  }
}

async function putByAccess(
  { access, payload }: Pick<SavePlan, "access" | "payload">,
  put: PutRequest,
  watch: ActionWatch,
  { askPassword, signal }: PutSettings,
): Promise<PutResult> {
  const { host } = watch;
  if (access.kind === "denied") return { kind: "refused", why: access.lines.join("; ") };
  if (access.kind !== "password") return putFile(host, put, signal);
  if (access.prompt === null || askPassword === null)
    return { kind: "refused", why: access.lines.join("; ") };
  if (access.prompt.kind === "ticket") {
    const failed = promptFailure(access.prompt, await askPassword(access.prompt));
    return failed === null ? putFile(host, put, signal) : { kind: "refused", why: failed };
  }
  // Each login over there has a terminal of its own, and sudo's ticket is for that one alone: the content goes first.
  const file = payload ?? "";
  await upload(watch, file, put.content, signal);
  try {
    const relay = await accessFor(watch, put.path, putCommand(put, file), true, signal);
    if (relay.kind !== "password" || relay.prompt === null) return putFile(host, put, signal);
    const end = await askPassword(relay.prompt);
    const failed = promptFailure(relay.prompt, end);
    // 255 is ssh's own failure: there is nobody to ask for the file then.
    if (failed !== null && end.exitCode === 255) return { kind: "unknown", why: failed };
    const said = await relayedOutput(host, relay.prompt.outputFile ?? "", signal);
    if (failed !== null) return { kind: "refused", why: failed };
    return parsePutResult(said, putName) ?? { kind: "unknown", why: "the program over there said nothing" };
  } finally {
    await discard(watch, file);
  }
}

async function upload(
  { host }: ActionWatch,
  file: string,
  content: Uint8Array | null,
  signal: AbortSignal,
): Promise<void> {
  const script = 'umask 077; set -C; cat >"$1"';
  const options = { stdin: content ?? "", deadlineMs: uploadMs, signal };
  const { code } = await run(host, ["/bin/sh", "-c", script, "sh", file], options);
  if (code !== 0)
    throw new HostError({
      kind: "protocol",
      message: `${file} on ${host.name} cannot be written`,
      retry: true,
    });
}

async function discard({ host }: ActionWatch, file: string): Promise<void> {
  try {
    await run(host, ["rm", "-f", "--", file], { deadlineMs: settleMs });
  } catch (error) {
    // The machine is away, and with it the file's only reader: it is the person's own, mode 0600.
    if (!(error instanceof HostError)) throw error;
  }
}

/** Nobody said how it ended: what the file holds does. */
async function settle(
  { request, before, after }: Pick<SavePlan, "request" | "before" | "after">,
  { sudo, allows }: PutRequest,
  { host }: ActionWatch,
  unknown: PutResult & { kind: "unknown" },
): Promise<PutResult> {
  const signal = AbortSignal.timeout(settleMs);
  try {
    const read = await readForEdit(host, request.path, { sudo, signal, ...(allows ? { allows } : {}) });
    const hash = "hash" in read ? read.hash : null;
    if (hash === after.hash) return { kind: "written" };
    if (hash === before.hash) return { kind: "refused", why: `${unknown.why}; the old content is in place` };
    return hash === null ? unknown : { kind: "changed" };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return unknown;
  }
}
