/** A machine by the ssh library: one connection for all that is done there. */
import { randomBytes } from "node:crypto";
import type { KnownKey, ShownKey } from "../../model/hosts/known-hosts.ts";
import { remoteCommand } from "../../model/hosts/remote-words.ts";
import { linesOf } from "../../model/hosts/ssh-complaints.ts";
import type { HostTroubleKind } from "../../model/hosts/types.ts";
import { cleanText } from "../../model/text/clean.ts";
import { behindMarker } from "./behind-marker.ts";
import { deadline } from "./deadline.ts";
import { type Channel, type Host, HostError, type OpenOptions } from "./host.ts";
import { hostKeyWords, knownKeys, notKeptNote, ownKnownHosts, rememberKey } from "./known-hosts.ts";
import { orAborted } from "./or-aborted.ts";
import { Slots } from "./slots.ts";
import { sshCommandLine } from "./ssh-command-line.ts";
import { readLogins } from "./ssh-logins.ts";
import type { Resolved } from "./ssh-resolve.ts";
import { execChannel } from "./ssh2-channel.ts";
import { type ConnectOptions, connectSsh2, type Ssh2Connection } from "./ssh2-connect.ts";

export interface Ssh2Options
  extends Pick<ConnectOptions, "bannerMs" | "loginMs" | "keepaliveMs" | "configFile"> {
  readonly resolved: Resolved;
  readonly reason?: string;
  /** Where keys are added to; `~/.config/buildtop/known_hosts` unless told. */
  readonly ownKnownHosts?: string;
  /** From the opening of a channel to its command's first word. 10 s. */
  readonly openMs?: number;
}

/** On one connection: sshd allows ten (MaxSessions), some servers fewer. */
const mostChannels = 6;

/** Servers count refused logins, and a wrong key does not become right: the answer stands until the host is closed. */
const final = new Set<HostTroubleKind>(["login", "host-key-unknown", "host-key-changed", "host-key-revoked"]);

interface Live extends Ssh2Connection {
  readonly slots: Slots;
  readonly channels: Set<Channel>;
}

/**
 * Connects at the first `open`, and again after the connection was lost. After a refused login or host key it does not
 * connect again before `close` was called: it rejects with the same error.
 */
export function ssh2Host(options: Ssh2Options): Host {
  return new Ssh2Host(options);
}

class Ssh2Host implements Host {
  readonly name: string;
  readonly address: string;
  readonly transport = "ssh2";
  readonly transportReason: string | null;
  readonly notes: string[] = [];
  private readonly options: Ssh2Options;
  private live: Promise<Live> | null = null;
  private connecting: AbortController | null = null;
  private refusal: HostError | null = null;
  /** Accepted, but not written down: it holds as long as this host does. */
  private unwritten: KnownKey | null = null;

  constructor(options: Ssh2Options) {
    const { name, settings } = options.resolved;
    const where = settings.hostname.includes(":") ? `[${settings.hostname}]` : settings.hostname;
    this.options = options;
    this.name = cleanText(name.name);
    this.address = cleanText(`${settings.user}@${where}:${settings.port}`);
    this.transportReason = options.reason === undefined ? null : cleanText(options.reason);
  }

  /** By the ssh program: a connection of its own, as the library's belongs to this process. */
  commandFromHere(
    command: readonly string[],
    { terminal }: { readonly terminal: boolean },
  ): readonly string[] {
    const { name, words, settings } = this.options.resolved;
    const known = hostKeyWords(
      settings,
      this.options.ownKnownHosts ?? ownKnownHosts(),
      this.unwritten === null,
    );
    return sshCommandLine({ target: name.host, words: [...words, ...known] }, command, terminal);
  }

  async open(command: readonly string[], { terminal, signal }: OpenOptions = {}): Promise<Channel> {
    const marker = `buildtop-${randomBytes(8).toString("hex")}`;
    const line = remoteCommand(command, { marker });
    const live = await orAborted(this.connected(), signal, () =>
      this.trouble("timeout", "did not answer in time"),
    );
    for (;;) {
      await live.slots.take(signal).catch(() => {
        throw this.trouble("timeout", "had no channel free in time");
      });
      const raw = await this.exec(live, line, terminal);
      if (raw === "refused") {
        live.slots.release();
        if (live.slots.refused()) continue;
        throw this.trouble("protocol", "allows not a single channel");
      }
      live.channels.add(raw);
      raw.exited.then(() => {
        live.channels.delete(raw);
        live.slots.release();
      });
      return this.begin(raw, marker, signal);
    }
  }

  async close(): Promise<void> {
    this.refusal = null;
    this.connecting?.abort();
    const { live } = this;
    this.live = null;
    const connection = await live?.catch(() => null);
    if (!connection) return;
    const open = [...connection.channels];
    for (const channel of open) channel.kill();
    await Promise.all(open.map((channel) => channel.exited));
    connection.destroy();
  }

  private connected(): Promise<Live> {
    if (this.refusal) return Promise.reject(this.refusal);
    this.live ??= this.connect();
    return this.live;
  }

  private async connect(): Promise<Live> {
    const connecting = new AbortController();
    this.connecting = connecting;
    try {
      const connection = await this.connectOnce(connecting.signal);
      const live: Live = { ...connection, slots: new Slots(mostChannels), channels: new Set() };
      connection.gone.then((error) => {
        if (final.has(error.trouble.kind)) this.refusal = error;
        if (!connecting.signal.aborted) this.live = null;
        for (const channel of live.channels) channel.kill();
      });
      return live;
    } catch (error) {
      if (!connecting.signal.aborted) {
        this.live = null;
        if (error instanceof HostError && final.has(error.trouble.kind)) this.refusal = error;
      }
      throw error;
    }
  }

  private async connectOnce(signal: AbortSignal): Promise<Ssh2Connection> {
    const { resolved } = this.options;
    const ownFile = this.options.ownKnownHosts ?? ownKnownHosts();
    const [known, logins] = await Promise.all([
      knownKeys(resolved.settings, ownFile),
      readLogins(resolved.settings),
    ]);
    if (this.unwritten) known.push(this.unwritten);
    const connection = await connectSsh2({ ...this.options, name: this.name, known, logins }, signal);
    const { fresh } = connection.check;
    if (fresh) await this.remember(fresh, ownFile);
    return connection;
  }

  /** A file that cannot be written is no reason not to work now; but nobody would know the key next time. */
  private async remember(key: ShownKey, ownFile: string): Promise<void> {
    try {
      await rememberKey(this.options.resolved.settings, key, ownFile);
    } catch (error) {
      this.unwritten = { ...key, marker: null, where: "this session" };
      this.notes.push(notKeptNote(this.name, ownFile, error));
    }
  }

  private async exec(
    live: Live,
    line: string,
    terminal: OpenOptions["terminal"],
  ): Promise<Channel | "refused"> {
    const deadlineMs = this.options.openMs ?? 10_000;
    let callOff = () => {};
    const late = new Promise<"late">((resolve) => {
      callOff = deadline(deadlineMs, () => resolve("late"));
    });
    try {
      const opened = await Promise.race([execChannel(live.client, line, terminal), late]);
      if (opened !== "late") return opened;
      // A connection that opens no channel in all that time is none: all that waits on it ends as well.
      live.destroy();
      live.slots.release();
      throw this.trouble("lost", `opened no channel within ${deadlineMs / 1000} s`);
    } catch (error) {
      if (error instanceof HostError) throw error;
      // ssh2: RESOURCE_SHORTAGE, CONNECT_FAILED or ADMINISTRATIVELY_PROHIBITED (RFC 4254, 5.1).
      if ([1, 2, 4].includes((error as { reason?: number }).reason ?? 0)) return "refused";
      live.slots.release();
      const said = error instanceof Error ? error.message : String(error);
      throw /unable to exec/i.test(said)
        ? this.trouble("protocol", "runs no commands", [said])
        : this.trouble("lost", "closed the connection", [said]);
    } finally {
      callOff();
    }
  }

  private async begin(raw: Channel, marker: string, signal: AbortSignal | undefined): Promise<Channel> {
    const deadlineMs = this.options.openMs ?? 10_000;
    const beginning = await behindMarker(raw, marker, deadlineMs, signal);
    switch (beginning.kind) {
      case "begun":
        return beginning.channel;
      case "ended": {
        const lost = beginning.exit.code === null && beginning.exit.signal === null;
        throw lost
          ? this.trouble("lost", "closed the connection")
          : this.trouble("protocol", "gave us no shell", linesOf(beginning.stderr));
      }
      case "chatter":
        throw this.trouble("protocol", "gave us no shell: it does nothing but print");
      case "late":
        throw this.trouble("timeout", "started no shell in time", linesOf(beginning.stderr));
    }
  }

  private trouble(kind: HostTroubleKind, says: string, details: readonly string[] = []): HostError {
    return new HostError({
      kind,
      message: `${this.name} ${says}`,
      details: details.map((line) => cleanText(line)),
      retry: true,
    });
  }
}
