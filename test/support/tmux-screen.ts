/** A terminal that nobody looks at (tmux): what a program shows on it, and keys for it. */
import { execFileSync, spawnSync } from "node:child_process";
import { eventually } from "./lab-buildtop.ts";

export abstract class TmuxScreen {
  readonly #socket: string;

  /** `name`: of a server of its own, so no two are alike. */
  protected constructor(name: string) {
    this.#socket = name;
  }

  protected tmux(...args: string[]): string {
    return execFileSync("tmux", ["-L", this.#socket, "-f", "/dev/null", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** All that is on the screen now, without what is blank at its end. */
  protected abstract shown(): string;

  /** Waits until the screen shows it; fails with the screen in the message. */
  async shows(pattern: RegExp, deadlineMs?: number): Promise<string> {
    let screen = "";
    const look = () => {
      screen = this.shown();
      return pattern.test(screen);
    };
    await eventually(`${pattern} on the screen`, look, deadlineMs).catch((error: Error) => {
      throw new Error(`${error.message}\n${screen}`);
    });
    return screen;
  }

  /** Types a line and Enter. */
  type(text: string): void {
    this.tmux("send-keys", "-l", text);
    this.tmux("send-keys", "Enter");
  }

  /** Keys by tmux' names: `q`, `Enter`, `C-c`, `Escape`. */
  press(...keys: string[]): void {
    this.tmux("send-keys", ...keys);
  }

  close(): void {
    spawnSync("tmux", ["-L", this.#socket, "kill-server"]);
  }
}
