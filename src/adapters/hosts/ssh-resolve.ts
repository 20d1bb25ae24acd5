/** From what a person calls a machine to the settings that ssh would use for it. ssh itself is asked. */
import { homedir, hostname, userInfo } from "node:os";
import { linesOf } from "../../model/hosts/ssh-complaints.ts";
import { parseSshName, type SshName } from "../../model/hosts/ssh-name.ts";
import { parseSshSettings, type SshSettings } from "../../model/hosts/ssh-settings.ts";
import { cleanText } from "../../model/text/clean.ts";
import { HostError } from "./host.ts";
import { localHost } from "./local-host.ts";
import { run } from "./run.ts";

export interface Resolved {
  readonly name: SshName;
  readonly settings: SshSettings;
  /** For the command line of ssh, before the target, which is `name.host`. */
  readonly words: readonly string[];
}

export interface ResolveOptions {
  /** Another file than `~/.ssh/config` and `/etc/ssh/ssh_config`. */
  readonly configFile?: string;
  readonly deadlineMs?: number;
}

/**
 * Asks `ssh -G`: it alone knows Include, Match, canonical names and what the system sets. Rejects with `HostError`:
 * `name` for what is no name of a machine (nothing is started then), `config` where ssh does not answer in 3 s
 * (a `Match exec` may hang) or finds its configuration wrong.
 */
export async function resolveSsh(name: string, options: ResolveOptions = {}): Promise<Resolved> {
  const parsed = parseSshName(name);
  if ("refused" in parsed) {
    throw new HostError({
      kind: "name",
      message: `"${cleanText(name)}" is no name of a machine: ${parsed.refused}`,
      retry: false,
    });
  }
  const words = [
    ...(options.configFile === undefined ? [] : ["-F", options.configFile]),
    ...(parsed.port === null ? [] : ["-p", String(parsed.port)]),
    ...(parsed.user === null ? [] : ["-l", parsed.user]),
  ];
  const deadlineMs = options.deadlineMs ?? 3000;
  const { code, stdout, stderr, timedOut } = await run(
    localHost(),
    ["ssh", "-G", ...words, "--", parsed.host],
    { deadlineMs },
  );
  const trouble = (message: string) =>
    new HostError({ kind: "config", message, details: linesOf(stderr), retry: false });
  if (timedOut) {
    throw trouble(
      `ssh did not say within ${deadlineMs / 1000} s how to reach ${name}; a "Match exec" of its configuration may hang`,
    );
  }
  if (code === 127) throw trouble("there is no ssh on this machine");
  if (code !== 0) {
    const [first] = linesOf(stderr).filter((line) => !line.startsWith("Pseudo-terminal"));
    throw trouble(`ssh cannot say how to reach ${name}: ${first ?? `it ended with status ${code}`}`);
  }
  const { username, uid } = userInfo();
  const settings = parseSshSettings(stdout, parsed.host, {
    home: homedir(),
    localUser: username,
    localUid: uid,
    localHost: hostname(),
    env: process.env,
  });
  if (settings === null) throw trouble(`ssh did not say how to reach ${name}`);
  return { name: parsed, settings, words };
}
