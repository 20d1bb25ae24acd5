/** Whether an sshd lives at all, without a login: its host key is asked for (ssh-keyscan(1)). */
import type { GuestTarget } from "../../model/builders/types.ts";
import type { HostTrouble } from "../../model/hosts/types.ts";
import { cleanText } from "../../model/text/clean.ts";
import type { Host } from "../hosts/host.ts";
import { run } from "../hosts/run.ts";

/** A forwarder accepts at once and may never say a word: both clocks are needed. */
const answerSeconds = 5;
const deadlineMs = 8_000;

/** `null`: it answers. Rejects with `HostError` where `via` itself is lost. */
export async function keyScan(
  via: Host,
  target: GuestTarget,
  signal?: AbortSignal,
): Promise<HostTrouble | null> {
  const { address, addressPort } = target;
  const command = ["ssh-keyscan", "-T", String(answerSeconds), "-p", String(addressPort), "--", address];
  const { stdout, stderr, timedOut } = await run(via, command, { deadlineMs, ...(signal ? { signal } : {}) });
  if (/^\S+ (ssh|ecdsa|sk)-\S+ \S+$/m.test(stdout)) return null;
  const where = `${cleanText(address)} port ${addressPort}`;
  const refused = /refused/i.test(stderr);
  return {
    kind: refused ? "refused" : timedOut || /timed out/i.test(stderr) ? "timeout" : "refused",
    message: refused ? `${where}: connection refused` : `${where}: no sshd answers`,
    details: [],
    retry: true,
  };
}
