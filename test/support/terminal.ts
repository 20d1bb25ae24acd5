/** A program in a real terminal (tmux): what a person sees and types. */
import { execFileSync, spawnSync } from "node:child_process";
import { eventually } from "./lab-buildtop.ts";

let opened = 0;

export class Terminal {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** Runs the command in a terminal of 120 columns and 40 rows, until `close`. */
  static open(command: readonly string[], env: Readonly<Record<string, string>>): Terminal {
    const terminal = new Terminal(`buildtop-terminal-${process.pid}-${opened++}`);
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    // Not by tmux' own -e, which PATH does not come through.
    terminal.#tmux("new-session", "-d", "-x", "120", "-y", "40", "env", ...variables, ...command);
    return terminal;
  }

  #tmux(...args: string[]): string {
    return execFileSync("tmux", ["-L", this.#socket, "-f", "/dev/null", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Waits until the screen shows it; fails with the screen in the message. */
  async shows(pattern: RegExp, deadlineMs = 20_000): Promise<string> {
    let screen = "";
    const look = () => {
      screen = this.#tmux("capture-pane", "-p", "-J").trimEnd();
      return pattern.test(screen);
    };
    await eventually(`${pattern} on the screen`, look, deadlineMs).catch((error: Error) => {
      throw new Error(`${error.message}\n${screen}`);
    });
    return screen;
  }

  /** Types a line and Enter. */
  type(text: string): void {
    this.#tmux("send-keys", "-l", text);
    this.#tmux("send-keys", "Enter");
  }

  /** Keys by tmux' names: `C-c`, `Escape`. */
  press(...keys: string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  close(): void {
    spawnSync("tmux", ["-L", this.#socket, "kill-server"]);
  }
}
