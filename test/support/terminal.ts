/** A program in a real terminal (tmux): what a person sees and types. */
import { TmuxScreen } from "./tmux-screen.ts";

let opened = 0;

export class Terminal extends TmuxScreen {
  /** Runs the command in a terminal of 120 columns and 40 rows, until `close`. */
  static open(command: readonly string[], env: Readonly<Record<string, string>>): Terminal {
    const terminal = new Terminal(`buildtop-terminal-${process.pid}-${opened++}`);
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    // Not by tmux' own -e, which PATH does not come through.
    terminal.tmux("new-session", "-d", "-x", "120", "-y", "40", "env", ...variables, ...command);
    return terminal;
  }

  protected shown(): string {
    return this.tmux("capture-pane", "-p", "-J").trimEnd();
  }
}
