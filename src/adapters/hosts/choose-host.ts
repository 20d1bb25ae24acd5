/** The way to a machine that a person names: by the ssh library where it can, by their ssh program where it must. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type Need, needOfProgram } from "../../model/hosts/ssh-need.ts";
import { type Host, HostError } from "./host.ts";
import { knownKeys, ownKnownHosts } from "./known-hosts.ts";
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
  return opensshHost({
    via: localHost(),
    target: name.host,
    words: need.asRoot
      ? words
      : [...words, ...(await knownHostsWords(settings.userKnownHostsFiles, ownFile))],
    asRoot: need.asRoot,
    name: name.name,
    address: `${settings.user}@${settings.hostname.includes(":") ? `[${settings.hostname}]` : settings.hostname}:${settings.port}`,
    reason: `by the ssh program, as ${need.why}`,
  });
}

/** Both ways know the same keys. Ours comes first: what ssh is set to accept, it adds to the first. */
async function knownHostsWords(files: readonly string[], ownFile: string): Promise<string[]> {
  try {
    await mkdir(dirname(ownFile), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new HostError({
      kind: "config",
      message: `${dirname(ownFile)} cannot be made: ${(error as NodeJS.ErrnoException).code ?? error}`,
      retry: false,
    });
  }
  const quoted = [ownFile, ...files].map((file) => `"${file}"`);
  return ["-o", `UserKnownHostsFile=${quoted.join(" ")}`];
}
