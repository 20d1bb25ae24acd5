/** The way to a machine that a person names: by the ssh library where it can, by their ssh program where it must. */
import { type Need, needOfProgram } from "../../model/hosts/ssh-need.ts";
import type { SshSettings } from "../../model/hosts/ssh-settings.ts";
import type { Host } from "./host.ts";
import { canRemember, hostKeyWords, knownKeys, notKeptNote, ownKnownHosts } from "./known-hosts.ts";
import { localHost } from "./local-host.ts";
import { opensshHost } from "./openssh-host.ts";
import { type Resolved, resolveSsh } from "./ssh-resolve.ts";

export interface HostForOptions {
  /** Another file than ssh's own, for every ssh that is run. */
  readonly configFile?: string;
  readonly ownKnownHosts?: string;
}

/**
 * The host of that name (`mini`, `me@mini:2222`), not yet connected. Rejects with `HostError` where the name is none or
 * ssh's configuration is wrong. `transportReason` says in words why it is reached the way it is.
 */
export async function hostFor(name: string, options: HostForOptions = {}): Promise<Host> {
  const resolved = await resolveSsh(name, options);
  // Loaded for machines of a name only: the library is most of what there is to load.
  const [{ ssh2Host }, { readLogins }] = await Promise.all([
    import("./ssh2-host.ts"),
    import("./ssh-logins.ts"),
  ]);
  const ownFile = options.ownKnownHosts ?? ownKnownHosts();
  const [known, logins] = await Promise.all([
    knownKeys(resolved.settings, ownFile),
    readLogins(resolved.settings),
  ]);
  const need = needOfProgram(resolved.settings, known, logins);
  if (need) return byProgram(resolved, need, ownFile);
  return ssh2Host({ ...options, resolved, reason: "by the ssh library, which can do all that is needed" });
}

async function byProgram({ name, settings, words }: Resolved, need: Need, ownFile: string): Promise<Host> {
  // Root's ssh has root's files.
  const known = need.asRoot ? { words: [], notes: [] } : await knownHosts(name.name, settings, ownFile);
  return opensshHost({
    via: localHost(),
    target: name.host,
    words: [...words, ...known.words],
    asRoot: need.asRoot,
    name: name.name,
    address: `${settings.user}@${settings.hostname.includes(":") ? `[${settings.hostname}]` : settings.hostname}:${settings.port}`,
    reason: `by the ssh program, as ${need.why}`,
    notes: known.notes,
  });
}

/** Makes sure that the file can be written where ssh is set to add to it. */
async function knownHosts(name: string, settings: SshSettings, ownFile: string) {
  const notes: string[] = [];
  if (settings.strictHostKeyChecking === "accept-new")
    await canRemember(ownFile).catch((error) => notes.push(notKeptNote(name, ownFile, error)));
  return { words: hostKeyWords(settings, ownFile, notes.length === 0), notes };
}
