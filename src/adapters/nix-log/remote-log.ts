/** A json-log-path file of another machine, followed over the connection to it. */
import type { NixLogStream } from "../../model/nix-log/types.ts";
import { cleanText } from "../../model/text/clean.ts";
import { type Channel, type Host, HostError } from "../hosts/host.ts";

export interface RemoteLogOptions {
  readonly host: Host;
  /** On that machine. */
  readonly path: string;
  /** Made anew for each connection: what was open in the one before is not known any more. */
  readonly openStream: () => NixLogStream;
  /** Monotonic milliseconds, for the model. */
  readonly now: () => number;
  /** One line when it cannot be followed, once; `null` when it can be again. */
  readonly onTrouble: (line: string | null) => void;
}

/** Whole lines of what was written before we came: some hours of ordinary builds. */
const firstLines = 20_000;
const retryMs = 5_000;
/**
 * tail of BSD notices a reader that went away only at the next line, so the end of its input ends it: see tail(1), and
 * kill in POSIX sh.
 */
const followScript =
  '[ ! -e "$1" ] || [ -r "$1" ] || exit 66; tail -n "$2" -F "$1" 2>/dev/null & t=$!; cat >/dev/null; kill "$t"';
/** EX_NOINPUT of sysexits(3): ours, for a file that may not be read. */
const mayNotRead = 66;

export class RemoteLog {
  readonly #options: RemoteLogOptions;
  readonly #stopped = new AbortController();
  #channel: Channel | null = null;
  #stream: NixLogStream | null = null;
  #timer: NodeJS.Timeout | undefined;
  #wake = () => {};
  #trouble: string | null = null;
  #lookedAt = -1;
  #missing: ReadonlySet<number> = new Set();
  readonly #running: Promise<void>;

  constructor(options: RemoteLogOptions) {
    this.#options = options;
    this.#running = this.#follow();
  }

  /**
   * Ends the sessions of processes that are gone over there. `alive`: all process ids of that machine, looked up at `at`
   * seconds. The list may be older than a process that has just written its first line: only who is missing twice is gone.
   */
  processesAre(alive: ReadonlySet<number>, at: number): void {
    if (at <= this.#lookedAt) return;
    this.#lookedAt = at;
    const missing = (this.#stream?.openProcesses() ?? []).filter((pid) => !alive.has(pid));
    for (const pid of missing)
      if (this.#missing.has(pid)) this.#stream?.processEnded(pid, this.#options.now());
    this.#missing = new Set(missing);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#channel?.kill();
    clearTimeout(this.#timer);
    this.#wake();
    await this.#running;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    const { host, path, now } = this.#options;
    while (!signal.aborted) {
      try {
        const command = ["sh", "-c", followScript, "sh", path, String(firstLines)];
        this.#channel = await host.open(command, { signal });
        this.#stream = this.#options.openStream();
        const code = await this.#read(this.#channel, this.#stream);
        this.#tell(code === mayNotRead ? `${cleanText(path)}: may not be read by you on ${host.name}` : null);
      } catch (error) {
        if (!(error instanceof HostError) && !signal.aborted) throw error;
        if (error instanceof HostError) this.#tell(`${cleanText(path)}: ${error.message}`);
      }
      this.#stream?.end(now());
      this.#stream = null;
      this.#channel = null;
      if (!signal.aborted) await this.#pause();
    }
  }

  #tell(trouble: string | null): void {
    if (trouble !== this.#trouble) this.#options.onTrouble(trouble);
    this.#trouble = trouble;
  }

  /** Until its end; the exit status. */
  async #read(channel: Channel, stream: NixLogStream): Promise<number | null> {
    channel.stderr.resume();
    channel.stdout.on("data", (chunk: Buffer) => stream.feed(chunk, this.#options.now()));
    return (await channel.exited).code;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, retryMs);
    });
  }
}
