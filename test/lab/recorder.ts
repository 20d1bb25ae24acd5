/** Records sessions of real Nix, and beside each what truly happened. */
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab, Who } from "../support/lab.ts";
import type { Request } from "./cache-server.ts";
import { StoreDatabase } from "./store-database.ts";
import { judge, type Machines, seconds } from "./truth.ts";

export interface RecordOptions {
  who?: Who;
  /** What is asked for: its closure is judged. A function if it can be known only afterwards. */
  wanted?: string | (() => Promise<string[]>);
  /** Names of the derivations whose builders fail by design. */
  fails?: readonly string[];
  /** Content of NIX_CONFIG. */
  config?: string;
  /** Seconds after which the person presses Ctrl-C. */
  interruptAfter?: number;
  /** Something to be done in the midst of it, so many seconds after the start. */
  meanwhile?: { after: number; act: () => unknown };
  requests?: readonly Request[];
}

/** Writes CASE.log, .times, .truth.json and, where there was any, .out and .daemon.log. */
export class Recorder {
  readonly lab: Lab;
  readonly version: string;
  readonly #out: string;
  readonly #machines: Machines;

  private constructor(lab: Lab, out: string, version: string) {
    this.lab = lab;
    this.version = version;
    this.#out = out;
    this.#machines = {
      client: new StoreDatabase(join(lab.directory, "client")),
      builder: new StoreDatabase(join(lab.directory, "builder")),
    };
  }

  static async open(lab: Lab, out: string): Promise<Recorder> {
    const version = (await lab.output(["nix", "--version"])).split(" ").at(-1) ?? "";
    mkdirSync(out, { recursive: true });
    return new Recorder(lab, out, version);
  }

  get client(): StoreDatabase {
    return this.#machines.client;
  }

  get builder(): StoreDatabase {
    return this.#machines.builder;
  }

  async record(
    name: string,
    note: string,
    argv: readonly string[],
    options: RecordOptions = {},
  ): Promise<void> {
    const config = options.config ?? "";
    const daemonLog = join(this.lab.directory, "client-daemon.log");
    const daemonBytes = readFileSync(daemonLog).length;
    const before = {
      client: this.client.valid(),
      builder: this.builder.valid(),
      uptime: Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]),
      time: Date.now(),
    };

    const start = performance.now();
    const child = this.lab.start(argv, {
      who: options.who ?? "client",
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a process group of its own, which Ctrl-C is sent to
      ...(config && { env: { NIX_CONFIG: config } }),
    });
    const out: Buffer[] = [];
    const log: Buffer[] = [];
    const times: number[] = [];
    child.stdout?.on("data", (chunk) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => {
      const now = Math.round(performance.now() - start);
      log.push(chunk);
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) times.push(now);
    });
    const timers = [
      options.interruptAfter &&
        setTimeout(() => process.kill(-child.pid!, "SIGINT"), options.interruptAfter * 1000),
      options.meanwhile && setTimeout(options.meanwhile.act, options.meanwhile.after * 1000),
      setTimeout(() => process.kill(-child.pid!, "SIGKILL"), 300_000),
    ];
    const [code, signal] = await once(child, "close");
    for (const timer of timers) clearTimeout(timer || undefined);
    const wall = (performance.now() - start) / 1000;
    if (code === null) throw new Error(`${name}: ended by ${signal}`);
    await sleep(300); // a killed client's daemon has some tidying to do

    const stderr = Buffer.concat(log);
    this.#write(name, "log", stderr, true);
    this.#write(name, "out", Buffer.concat(out));
    this.#write(name, "daemon.log", daemonWords(readFileSync(daemonLog).subarray(daemonBytes)));
    this.#write(name, "times", times.map((time) => `${time}\n`).join(""), true);
    const { wanted } = options;
    const truth = {
      case: name,
      note,
      nix: this.version,
      command: argv,
      config,
      as: options.who === "root" ? "root, no daemon" : "dev, through the daemon",
      exitCode: code as number,
      wallSeconds: seconds(wall),
      stderrBytes: stderr.length,
      stderrLines: times.length,
      ...judge(this.#machines, before, {
        wanted: typeof wanted === "function" ? await wanted() : wanted ? [wanted] : [],
        fails: options.fails ?? [],
        exitCode: code,
        requests: options.requests ?? null,
      }),
    };
    this.#write(name, "truth.json", `${JSON.stringify(truth, null, 1)}\n`, true);
    const counts = Object.entries(truth.counts).map(([outcome, count]) => `${outcome}=${count}`);
    console.log(
      `${name.padEnd(26)} exit ${code} ${wall.toFixed(1).padStart(6)} s ${String(times.length).padStart(7)} lines` +
        ` ${String(stderr.length).padStart(9)} bytes  ${counts.join(" ")}`,
    );
  }

  #write(name: string, extension: string, content: Buffer | string, evenIfEmpty = false): void {
    const file = join(this.#out, `${name}.${extension}`);
    if (existsSync(file)) rmSync(file);
    if (evenIfEmpty || content.length > 0) writeFileSync(file, content);
  }
}

/** The daemon's stderr without the line that it prints for each client. */
function daemonWords(log: Buffer): string {
  return log
    .toString()
    .split(/(?<=\n)/)
    .filter((line) => !line.startsWith("accepted connection"))
    .join("");
}
