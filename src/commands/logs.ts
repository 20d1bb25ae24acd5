/** `buildtop logs NAME [HOST] [-f]`: a builder's own log, wherever that system keeps it. */
import { openLog } from "../adapters/actions/read-log.ts";
import { type Channel, HostError } from "../adapters/hosts/host.ts";
import { cleanLogLine, cleanText, withoutColors } from "../model/text/clean.ts";
import { namedBuilder, withMachine } from "./named-machine.ts";
import { writeToStdout } from "./output.ts";
import { UsageError } from "./usage-error.ts";

export interface LogsOptions {
  readonly follow: boolean;
}

const lines = 200;
/** What does not end in a line end by then is cut there. */
const longestLine = 64 * 1024;
const keptComplaint = 4_096;

/** 0: it was shown. 1: it could not be read. 2: wrong use, or there is none. */
export async function logs(name: string, host: string | undefined, { follow }: LogsOptions): Promise<number> {
  try {
    return await withMachine(host, async (watch, status) => {
      if (status.connection.state === "lost") throw new HostError(status.connection.trouble);
      const builder = namedBuilder(status, name);
      const { log } = builder;
      if (log.kind === "none") throw new UsageError(`${builder.name} has no log: ${log.why}`);
      const stop = new AbortController();
      const channel = await openLog(watch, builder, { lines, follow, signal: stop.signal });
      const interrupt = () => channel.kill();
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
      try {
        return await print(channel, follow);
      } finally {
        for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, interrupt);
        channel.kill();
      }
    });
  } catch (error) {
    if (error instanceof HostError) throw new UsageError(error.trouble.message);
    throw error;
  }
}

/** Each line cleaned. Waits for its reader: what comes faster than it is read stays where it is. */
async function print(channel: Channel, follow: boolean): Promise<number> {
  let complaint = "";
  channel.stderr.on("data", (bytes: Buffer) => {
    complaint = (complaint + bytes.toString("utf8")).slice(-keptComplaint);
  });
  // Its stdin stays open while it follows: the end of it is what ends it over there.
  if (!follow) channel.stdin.end();
  const colors = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const shown = (text: string) => (colors ? cleanLogLine(text) : withoutColors(cleanLogLine(text)));
  const decoder = new TextDecoder();
  let rest = "";
  let wasKilled = false;
  try {
    for await (const bytes of channel.stdout) {
      rest += decoder.decode(bytes as Buffer, { stream: true });
      const parts = rest.split("\n");
      rest = (parts.pop() ?? "").slice(0, longestLine);
      if (parts.length === 0) continue;
      if (!(await writeToStdout(parts.map((part) => `${shown(part)}\n`).join("")))) break;
    }
  } catch (error) {
    // The stream of a killed channel ends this way.
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    wasKilled = true;
  }
  if (rest !== "") await writeToStdout(`${shown(rest)}\n`);
  if (wasKilled || process.stdout.destroyed) return 0;
  const exit = await channel.exited;
  if (exit.code === 0 || (follow && exit.signal !== null)) return 0;
  for (const text of complaint.trimEnd().split("\n").slice(-5))
    process.stderr.write(
      `buildtop: ${cleanText(text || `the log could not be read (exit status ${exit.code})`)}\n`,
    );
  return 1;
}
