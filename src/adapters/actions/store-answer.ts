/** Asks Nix on a machine whether it reaches a store: the honest proof that a daemon or a builder works. */
import { saidLines } from "../../model/actions/tool-words.ts";
import type { NixOfMachine } from "../../model/machine/status.ts";
import { parseStoreInfo, type StoreInfo, storeInfoWords } from "../../model/machine/store-info.ts";
import type { Host } from "../hosts/host.ts";
import { asRoot, runPlanned } from "./sudo.ts";

/** `ms`: how long it took, where somebody measured it. */
export type StoreAnswer =
  | { readonly kind: "answers"; readonly info: StoreInfo; readonly ms: number | null }
  | { readonly kind: "silent"; readonly lines: readonly string[] };

export interface StoreQuestion {
  /** The program's path. */
  readonly nix: string;
  readonly version: NixOfMachine | null;
  readonly uri: string;
  readonly root: boolean;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Rejects with `HostError`. */
export async function askStore(host: Host, question: StoreQuestion): Promise<StoreAnswer> {
  const { nix, version, uri, root } = question;
  const command = [nix, ...storeInfoWords(uri, version)];
  return askStoreWith(host, root ? asRoot(command) : command, question);
}

/** With the command line as it was planned. Rejects with `HostError`. */
export async function askStoreWith(
  host: Host,
  command: readonly string[],
  { deadlineMs, signal }: Pick<StoreQuestion, "deadlineMs" | "signal">,
): Promise<StoreAnswer> {
  const began = performance.now();
  const done = await runPlanned(host, command, { deadlineMs, signal });
  if (done.code === 0)
    return { kind: "answers", info: parseStoreInfo(done.stdout, done.stderr), ms: performance.now() - began };
  const late = done.timedOut && !signal.aborted ? [`no answer within ${deadlineMs / 1000} s`] : [];
  const said = saidLines("", done.stderr);
  return {
    kind: "silent",
    lines: [...late, ...(said.length > 0 || late.length > 0 ? said : [`exit status ${done.code}`])],
  };
}

/** `Nix 2.34.3, trusted`; nothing for what it does not say. */
export function storeWords({ version, trusted }: StoreInfo): string {
  const parts = version === null ? [] : [`Nix ${version}`];
  if (trusted === true) parts.push("trusts us");
  if (trusted === false) parts.push("does not trust us: what we send needs signatures");
  return parts.join(", ");
}
