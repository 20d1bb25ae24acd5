/** A channel of the ssh library as ours. */
import type { Client, ClientChannel } from "ssh2";
import type { Exit } from "../../model/hosts/types.ts";
import type { Channel, OpenOptions } from "./host.ts";

/** How long the other side may take to say how a command ended that was killed. */
const graceMs = 1000;

/** Rejects with the library's error; its `reason` is set where the server refused one more channel. */
export function execChannel(
  client: Client,
  line: string,
  terminal: OpenOptions["terminal"],
): Promise<Channel> {
  const pty = terminal ? { pty: { rows: terminal.rows, cols: terminal.columns, term: "xterm" } } : {};
  return new Promise((resolve, reject) => {
    client.exec(line, pty, (error, stream) => {
      if (error) reject(error);
      else resolve(wrap(stream));
    });
  });
}

function wrap(stream: ClientChannel): Channel {
  let exit: Exit = { code: null, signal: null };
  let closed = () => {};
  const exited = new Promise<Exit>((resolve) => {
    closed = () => resolve(exit);
  });
  stream.on("exit", (code: number | null, signal?: string) => {
    exit = { code: code ?? null, signal: signal === undefined ? null : `SIG${signal.replace(/^SIG/, "")}` };
  });
  stream.on("close", closed);
  // The end of the channel says what there is to say.
  stream.on("error", () => {});
  stream.stderr.on("error", () => {});
  let killing: NodeJS.Timeout | undefined;
  return {
    stdin: stream,
    stdout: stream,
    stderr: stream.stderr,
    exited: exited.finally(() => clearTimeout(killing)),
    kill() {
      if (killing) return;
      killing = setTimeout(closed, graceMs);
      if (!stream.writable && stream.destroyed) return;
      // The output that is still under way must not hold back its end.
      stream.resume();
      stream.stderr.resume();
      stream.signal("TERM");
      stream.end();
      stream.close();
    },
  };
}
