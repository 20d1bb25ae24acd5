/** A shell inside the lab, in a real terminal (tmux): what a person sees, types and is left with. */
import { execFileSync, spawnSync } from "node:child_process";
import type { Lab, Who } from "./lab.ts";
import { buildtop } from "./lab-buildtop.ts";
import { TmuxScreen } from "./tmux-screen.ts";

/** What a program may have changed and must put back. */
export interface TerminalState {
  alternateScreen: boolean;
  cursorVisible: boolean;
  mouse: boolean;
  keypad: boolean;
  /** Settings of the line discipline, as `stty -g` prints them. */
  stty: string;
}

const prompt = "lab> ";
let opened = 0;

/** Why there is no terminal for tests here, or false. */
export function terminalSkipReason(): string | false {
  return spawnSync("tmux", ["-V"]).status === 0 ? false : "the tests in a real terminal need tmux";
}

export class LabTerminal extends TmuxScreen {
  /** Opens a terminal of that size with bash in it, and `buildtop` as a command of that shell. */
  static async open(lab: Lab, columns: number, rows: number, who: Who = "client"): Promise<LabTerminal> {
    const terminal = new LabTerminal(`buildtop-test-${process.pid}-${opened++}`);
    const { LAB_NODE = "", BUILDTOP_LAB } = lab.environment();
    terminal.tmux(
      "new-session",
      "-d",
      "-x",
      `${columns}`,
      "-y",
      `${rows}`,
      "-e",
      `LAB_NODE=${LAB_NODE}`,
      ...(BUILDTOP_LAB ? ["-e", `BUILDTOP_LAB=${BUILDTOP_LAB}`] : []),
      ...lab.commandLine(["bash", "--norc", "--noprofile"], who),
    );
    terminal.tmux("set-option", "-g", "history-limit", "5000");
    try {
      // Only when the shell has come up does it read what is typed.
      await terminal.shows(/bash-[\d.]+[$#]$/);
      await terminal.command(`PS1='${prompt}'; buildtop() { ${buildtop.join(" ")} "$@"; }; clear`);
    } catch (error) {
      terminal.close();
      throw error;
    }
    return terminal;
  }

  /** The rows that are on the screen now, without blanks at their ends. */
  screen(): string[] {
    return this.tmux("capture-pane", "-p").replace(/\n$/, "").split("\n");
  }

  protected shown(): string {
    return this.screen().join("\n").replace(/\n+$/, "");
  }

  /** The same with the colours, as SGR sequences. */
  colouredScreen(): string[] {
    return this.tmux("capture-pane", "-e", "-p").replace(/\n$/, "").split("\n");
  }

  /** The screen with all that was scrolled away. */
  scrollback(): string {
    return this.tmux("capture-pane", "-p", "-J", "-S", "-");
  }

  /** Types a command and waits until the shell asks for the next one. */
  async command(text: string, deadlineMs?: number): Promise<string> {
    this.type(text);
    return await this.prompts(deadlineMs);
  }

  /** Waits until the shell asks for a command. */
  async prompts(deadlineMs?: number): Promise<string> {
    return await this.shows(/lab>$/, deadlineMs);
  }

  resize(columns: number, rows: number): void {
    this.tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** The shell's process, and what it runs in the foreground. */
  processes(): { shell: number; children: number[] } {
    const shell = Number(this.tmux("display-message", "-p", "#{pane_pid}"));
    const children = spawnSync("pgrep", ["-P", `${shell}`], { encoding: "utf8" }).stdout;
    return { shell, children: children.split("\n").filter(Boolean).map(Number) };
  }

  state(): TerminalState {
    const format = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag} #{pane_tty}";
    const [alternate, cursor, mouse, keypad, tty = ""] = this.tmux("display-message", "-p", format)
      .trim()
      .split(" ");
    return {
      alternateScreen: alternate === "1",
      cursorVisible: cursor === "1",
      mouse: mouse === "1",
      keypad: keypad === "1",
      stty: execFileSync("stty", ["-F", tty, "-g"], { encoding: "utf8" }).trim(),
    };
  }
}
