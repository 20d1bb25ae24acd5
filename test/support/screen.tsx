// A terminal in memory: the dashboard draws on it as on a real one, and tests read what a person would see.
import { EventEmitter } from "node:events";
import { afterEach } from "node:test";
import xterm from "@xterm/headless";
import type { Builds } from "../../src/model/nix-log/types.ts";
import { openDashboard } from "../../src/views/dashboard.tsx";
import type { Dashboard, DashboardOptions } from "../../src/views/dashboard-options.ts";

export interface ScreenOptions {
  columns?: number;
  rows?: number;
  options?: Partial<DashboardOptions>;
}

/** Room for builders and gauges beside each other. */
export const wide = { columns: 120, rows: 36 };

/** For a terminal that knows nothing but ASCII. */
export const asciiSettings: DashboardOptions["settings"] = {
  ...{ theme: "mono", ascii: true, mouse: false, notify: "off", notifyAfterSeconds: 60 },
};

/** To be called once by a file: what opens a screen for its tests. Each is closed at the end of its test. */
export function screens(): (...given: ConstructorParameters<typeof TestScreen>) => TestScreen {
  const open: TestScreen[] = [];
  afterEach(async () => {
    for (const screen of open.splice(0)) await screen.close();
  });
  return (...given) => {
    const screen = new TestScreen(...given);
    open.push(screen);
    return screen;
  };
}

/** Standard input of a terminal that can be put into raw mode. */
class FakeStdin extends EventEmitter {
  isTTY = true;
  isRaw = false;
  #chunks: string[] = [];
  #alive: NodeJS.Timeout | undefined;
  setEncoding(): this {
    return this;
  }
  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    // A terminal that is read keeps the process alive.
    clearInterval(this.#alive);
    if (raw) this.#alive = setInterval(() => {}, 1_000);
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  read(): string | null {
    const chunk = this.#chunks.shift() ?? null;
    // As in a stream: who listens for data sees what another one reads.
    if (chunk !== null) this.emit("data", chunk);
    return chunk;
  }
  push(chunk: string): void {
    this.#chunks.push(chunk);
    this.emit("readable");
  }
}

/** Standard output of a terminal; keeps all that was written beside what is drawn of it. */
class FakeStdout extends EventEmitter {
  isTTY = true;
  destroyed = false;
  writableEnded = false;
  columns: number;
  rows: number;
  written = "";
  readonly terminal: InstanceType<typeof xterm.Terminal>;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  }

  write(chunk: string | Uint8Array, done?: unknown): boolean {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    this.written += text;
    this.terminal.write(text);
    if (typeof done === "function") setImmediate(done as () => void);
    return true;
  }
}

export class TestScreen {
  readonly dashboard: Dashboard;
  readonly stdin = new FakeStdin();
  readonly stdout: FakeStdout;

  constructor(builds: Builds & { onChange: DashboardOptions["subscribe"] }, given: ScreenOptions = {}) {
    this.stdout = new FakeStdout(given.columns ?? 80, given.rows ?? 24);
    this.dashboard = openDashboard({
      mode: "watch",
      title: "every Nix command",
      builds,
      now: () => 10_000,
      wallClock: () => new Date(2026, 0, 2, 12, 3, 0),
      subscribe: builds.onChange,
      machine: { host: "studio", os: "macOS 26.2", nix: "Nix 2.34.8" },
      command: null,
      actions: {},
      settings: { theme: "auto", ascii: false, mouse: true, notify: "off", notifyAfterSeconds: 60 },
      terminal: {
        stdin: this.stdin as unknown as NodeJS.ReadStream,
        stdout: this.stdout as unknown as NodeJS.WriteStream,
        env: { TERM: "xterm-256color", LANG: "en_US.UTF-8" },
      },
      ...given.options,
    });
  }

  /** The rows of the screen as a person sees them, without spaces at their ends. */
  rows(): string[] {
    const { buffer, rows } = this.stdout.terminal;
    return Array.from({ length: rows }, (_, y) => buffer.active.getLine(y)?.translateToString(true) ?? "");
  }

  /** Whether every row between header and footer is part of a box, and nothing scrolled away. */
  isWhole(): boolean {
    const inner = this.rows().slice(1, -1);
    return (
      inner.every((row) => /^[╭│╰+|].*[╮│╯+|]$/.test(row)) && this.stdout.terminal.buffer.active.baseY === 0
    );
  }

  text(): string {
    return this.rows().join("\n");
  }

  /** Bytes as the keyboard sends them: "j", "\r", "\x1b[B", "\x1b[<64;3;4M". */
  async press(keys: string): Promise<void> {
    // Effects that listen for input run after the first drawing.
    await turn();
    this.stdin.push(keys);
    await turn();
  }

  resize(columns: number, rows: number): void {
    this.stdout.columns = columns;
    this.stdout.rows = rows;
    this.stdout.terminal.resize(columns, rows);
    this.stdout.emit("resize");
  }

  /** Waits until the screen satisfies `holds`; fails with what it shows if that never happens. */
  async until(holds: (screen: string) => boolean): Promise<string> {
    for (let tries = 0; tries < 400; tries += 1) {
      await settled(this.stdout.terminal);
      if (holds(this.text())) return this.text();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`The screen never came to show what was expected. It shows:\n${this.text()}`);
  }

  /** Waits until the screen shows this text. */
  async shows(text: string): Promise<string> {
    return this.until((screen) => screen.includes(text));
  }

  async hides(text: string): Promise<string> {
    return this.until((screen) => !screen.includes(text));
  }

  async close(): Promise<void> {
    await this.dashboard.close();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}

function settled(terminal: InstanceType<typeof xterm.Terminal>): Promise<void> {
  return new Promise((resolve) => terminal.write("", resolve));
}
