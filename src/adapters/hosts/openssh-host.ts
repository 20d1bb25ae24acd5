/** A machine through the ssh program of another one (mostly this one): whatever that program can reach. */
import { randomBytes } from "node:crypto";
import { remoteCommand } from "../../model/hosts/remote-words.ts";
import { linesOf, saysConnectionLost, troubleOfComplaint } from "../../model/hosts/ssh-complaints.ts";
import { cleanText } from "../../model/text/clean.ts";
import { behindMarker } from "./behind-marker.ts";
import { type Channel, type Host, HostError, type OpenOptions } from "./host.ts";
import { Slots } from "./slots.ts";
import { sshCommandLine } from "./ssh-command-line.ts";

export interface OpensshOptions {
  /** The machine whose ssh is run: this one, or one that is reached itself. */
  readonly via: Host;
  /** As it stands on ssh's command line: an alias, a name, an address. Checked by the caller (`parseSshName`). */
  readonly target: string;
  /** Further words of ssh's command line, before the target: `-p 2222`. */
  readonly words?: readonly string[];
  /** Runs ssh as root, by `sudo -n`: for keys that root alone may read. */
  readonly asRoot?: boolean;
  /** ssh stays in our terminal's session, where a ticket of sudo holds. */
  readonly keepTerminalSession?: boolean;
  readonly name?: string;
  readonly address?: string;
  readonly reason?: string;
  /** See `Host`. */
  readonly notes?: readonly string[];
  /** From the start of ssh to the command's own first word. 20 s: ssh waits for a silent port as long as it likes. */
  readonly deadlineMs?: number;
}

/** Takes precedence over the person's configuration, where an option of theirs would stand in the way of a command. */
const settings = [
  "BatchMode=yes",
  "ConnectTimeout=10",
  "ServerAliveInterval=5",
  "ServerAliveCountMax=2",
  // Errors, but not the banner of the server: stderr belongs to the command.
  "LogLevel=ERROR",
  // A running master of theirs is used, but none is left behind by us (ssh -N masters outlive their parents).
  "ControlMaster=no",
  "ClearAllForwardings=yes",
  "ForwardAgent=no",
  "ForwardX11=no",
  "PermitLocalCommand=no",
  "RemoteCommand=none",
].flatMap((setting) => ["-o", setting]);

/** Connections that are being made: sshd drops some at random from the eleventh on (MaxStartups 10:30:100). */
const mostStarting = 4;

/** One ssh process per channel. */
export function opensshHost(options: OpensshOptions): Host {
  const name = cleanText(options.name ?? options.target);
  const channels = new Set<Channel>();
  const starting = new Slots(mostStarting);
  return {
    name,
    address: cleanText(options.address ?? options.target),
    transport: "openssh",
    transportReason: options.reason === undefined ? null : cleanText(options.reason),
    notes: options.notes ?? [],
    async open(command, openOptions = {}) {
      await starting.take(openOptions.signal).catch(() => {
        throw new HostError({ kind: "timeout", message: `${name} was not asked in time`, retry: true });
      });
      const channel = await start(name, options, command, openOptions).finally(() => starting.release());
      channels.add(channel);
      channel.exited.then(() => channels.delete(channel));
      return channel;
    },
    async close() {
      const open = [...channels];
      for (const channel of open) channel.kill();
      await Promise.all(open.map((channel) => channel.exited));
    },
    ...(options.via.commandFromHere ? { commandFromHere: fromHere(options) } : {}),
  };
}

function fromHere(options: OpensshOptions): NonNullable<Host["commandFromHere"]> {
  const root = options.asRoot ? ["sudo", "-n"] : [];
  return (command, { terminal }) => {
    const ssh = [...root, ...sshCommandLine(options, command, terminal)];
    return options.via.commandFromHere?.(ssh, { terminal }) ?? ssh;
  };
}

async function start(
  name: string,
  options: OpensshOptions,
  command: readonly string[],
  { terminal, signal }: OpenOptions,
): Promise<Channel> {
  const marker = `buildtop-${randomBytes(8).toString("hex")}`;
  const line = remoteCommand(command, { marker, ...(terminal ? { terminal } : {}) });
  const ssh = [
    ...(options.asRoot ? ["sudo", "-n"] : []),
    "ssh",
    ...(terminal ? ["-tt", "-e", "none"] : ["-T"]),
    ...settings,
    ...(options.words ?? []),
    "--",
    options.target,
    line,
  ];
  const deadlineMs = options.deadlineMs ?? 20_000;
  const raw = await options.via.open(ssh, {
    ...(signal ? { signal } : {}),
    keepTerminalSession: options.keepTerminalSession ?? false,
  });
  const beginning = await behindMarker(raw, marker, deadlineMs, signal);
  switch (beginning.kind) {
    case "begun":
      return { ...beginning.channel, exited: exitOf(beginning) };
    case "ended":
      throw new HostError(
        beginning.exit.code === 127
          ? {
              kind: "config",
              message: `there is no ssh on ${options.via.name}`,
              details: linesOf(beginning.stderr),
              retry: false,
            }
          : troubleOfComplaint(name, beginning.stderr),
      );
    case "chatter":
      throw new HostError({
        kind: "protocol",
        message: `${name} gave us no shell: it does nothing but print`,
        retry: false,
      });
    case "late":
      throw new HostError({
        kind: "timeout",
        message: `${name} did not answer within ${deadlineMs / 1000} s`,
        details: linesOf(beginning.stderr),
        retry: true,
      });
  }
}

/**
 * ssh ends with 255 when the connection broke, and with the command's status else (ssh(1), EXIT STATUS). That nothing comes
 * through any more it says at its level INFO only (OpenSSH clientloop.c, server_alive_check), which would bring the
 * server's banner as well: so 255 without a word is ssh's, as no command of ours ends so by itself.
 */
async function exitOf({
  channel,
  lastWords,
}: {
  readonly channel: Channel;
  lastWords(): string;
}): Promise<{ code: number | null; signal: string | null }> {
  const exit = await channel.exited;
  if (exit.code !== 255) return exit;
  const words = lastWords();
  return words.trim() === "" || saysConnectionLost(words) ? { code: null, signal: null } : exit;
}
