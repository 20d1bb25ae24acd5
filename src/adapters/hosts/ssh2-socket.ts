/** The stream under an SSH connection: a TCP connection, or one through the hosts before it. */
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { linesOf } from "../../model/hosts/ssh-complaints.ts";
import { parseSshName } from "../../model/hosts/ssh-name.ts";
import type { SshSettings } from "../../model/hosts/ssh-settings.ts";
import { localHost } from "./local-host.ts";

const lastWordsMs = 1000;

export interface Underneath {
  readonly stream: Duplex;
  /** Whether something accepted it. Through other hosts that is not told: `true` then. */
  connected(): boolean;
  /** What the ssh that is jumped through said of a failure, once it has said it. Clean. Never rejects. */
  complaints(): Promise<string[]>;
  destroy(): void;
}

export async function openUnderneath(
  settings: SshSettings,
  configFile: string | undefined,
): Promise<Underneath> {
  const { hostname, port, proxyJump } = settings;
  if (proxyJump === null) {
    const socket = connect({ host: hostname, port, noDelay: true });
    return {
      stream: socket,
      connected: () => !socket.connecting,
      complaints: async () => [],
      destroy: () => socket.destroy(),
    };
  }
  const channel = await localHost().open(jumpCommand(proxyJump, hostname, port, configFile));
  let said = "";
  channel.stderr.on("data", (bytes: Buffer) => {
    said = (said + bytes.toString("utf8")).slice(0, 4096);
  });
  const stream = Duplex.from({ readable: channel.stdout, writable: channel.stdin });
  return {
    stream,
    connected: () => true,
    async complaints() {
      // Its output ends before its errors are read.
      const late = sleep(lastWordsMs, undefined, { ref: false });
      await Promise.race([channel.exited, late]);
      return linesOf(said);
    },
    destroy() {
      stream.destroy();
      channel.kill();
    },
  };
}

/**
 * `ssh -W` through the last of the jump hosts, which ssh reaches through those before it (ssh_config(5), ProxyJump). So
 * each of them has its own settings.
 */
function jumpCommand(
  jumps: string,
  hostname: string,
  port: number,
  configFile: string | undefined,
): string[] {
  const hops = jumps.split(",").map((hop) => hop.trim().replace(/^ssh:\/\//, ""));
  const last = hops.pop() ?? "";
  const parsed = parseSshName(last);
  const target =
    "refused" in parsed
      ? [last]
      : [
          ...(parsed.port === null ? [] : ["-p", String(parsed.port)]),
          ...(parsed.user === null ? [] : ["-l", parsed.user]),
          "--",
          parsed.host,
        ];
  return [
    "ssh",
    ...(configFile === undefined ? [] : ["-F", configFile]),
    ...["BatchMode=yes", "ConnectTimeout=10", "LogLevel=ERROR", "ControlMaster=no"].flatMap((setting) => [
      "-o",
      setting,
    ]),
    ...(hops.length > 0 ? ["-J", hops.join(",")] : []),
    "-W",
    `[${hostname}]:${port}`,
    ...target,
  ];
}
