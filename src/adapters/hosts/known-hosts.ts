/** The known_hosts files: theirs are read (by ssh-keygen, which knows hashes and wildcards), ours is added to. */
import { appendFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type KnownKey, parseFoundKeys, type ShownKey } from "../../model/hosts/known-hosts.ts";
import { knownHostName, type SshSettings } from "../../model/hosts/ssh-settings.ts";
import { cleanText } from "../../model/text/clean.ts";
import { configHome } from "../system/paths.ts";
import { HostError } from "./host.ts";
import { localHost } from "./local-host.ts";
import { run } from "./run.ts";

const deadlineMs = 3000;

/** The file that keys are added to. `~/.ssh/known_hosts` is the person's and never written. */
export function ownKnownHosts(env: NodeJS.ProcessEnv = process.env): string {
  return join(configHome(env), "buildtop/known_hosts");
}

/** Every key that is known for a machine. Rejects with `HostError` where that cannot be asked. */
export async function knownKeys(settings: SshSettings, ownFile = ownKnownHosts()): Promise<KnownKey[]> {
  const name = knownHostName(settings);
  const files = [...new Set([...settings.userKnownHostsFiles, ...settings.globalKnownHostsFiles, ownFile])];
  const found = await Promise.all(files.map((file) => keysIn(file, name)));
  return found.flat();
}

async function keysIn(file: string, name: string): Promise<KnownKey[]> {
  const command = ["ssh-keygen", "-F", name, "-f", file];
  const { code, stdout, timedOut } = await run(localHost(), command, { deadlineMs });
  // 1: no entry, 255: no such file. Anything else must not pass for "not known".
  if (code === 0) return parseFoundKeys(stdout, file);
  if (code === 1 || code === 255) return [];
  const why = timedOut ? "it did not answer in time" : code === 127 ? "there is none" : `status ${code}`;
  throw new HostError({
    kind: "config",
    message: `ssh-keygen cannot say which host keys are known: ${why}`,
    retry: timedOut,
  });
}

/** Adds a key to our own file, in one write, so that two of us do not mix their lines. Rejects with the system's error. */
export async function rememberKey(
  settings: SshSettings,
  key: ShownKey,
  ownFile = ownKnownHosts(),
): Promise<void> {
  await addToOwn(ownFile, `${knownHostName(settings)} ${key.type} ${key.base64}\n`);
}

/**
 * For the command line of ssh, so that both ways know the same keys and are as strict. Ours comes first: what ssh is set to
 * accept, it adds to the first file, which is /dev/null where it is not to be kept or cannot be.
 */
export function hostKeyWords(
  { strictHostKeyChecking: strict, userKnownHostsFiles }: SshSettings,
  ownFile: string,
  canKeep: boolean,
): string[] {
  const nowhere = strict === "no" || !canKeep ? ["/dev/null"] : [];
  const files = [...nowhere, ownFile, ...userKnownHostsFiles].map((file) => `"${file}"`);
  const words = ["-o", `UserKnownHostsFile=${files.join(" ")}`];
  // With "no", ssh would also connect to a machine whose key has changed or was revoked.
  return strict === "no" ? [...words, "-o", "StrictHostKeyChecking=accept-new"] : words;
}

/** Whether ssh could add a key to our own file. Rejects with the system's error where not; makes the file otherwise. */
export function canRemember(ownFile: string): Promise<void> {
  return addToOwn(ownFile, "");
}

/** What a person is told where a key could not be kept. */
export function notKeptNote(name: string, ownFile: string, error: unknown): string {
  const why = (error as NodeJS.ErrnoException).code ?? String(error);
  return cleanText(
    `the host key of ${name} cannot be kept in ${ownFile} (${why}): next time any key of it is taken for a new one`,
  );
}

async function addToOwn(ownFile: string, line: string): Promise<void> {
  await mkdir(dirname(ownFile), { recursive: true, mode: 0o700 });
  await appendFile(ownFile, line, { mode: 0o600 });
}
