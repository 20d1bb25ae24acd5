/** What the terminal can do, as far as the environment tells. Nothing is asked of the terminal: an answer could come late and be taken for keys. */

export type Environment = Readonly<Record<string, string | undefined>>;

export interface TerminalCapabilities {
  /** Only ASCII can be trusted to be drawn. */
  readonly ascii: boolean;
  /** The person wants no colours (https://no-color.org). */
  readonly noColor: boolean;
  /** OSC 9;4 is understood as progress. Elsewhere OSC 9 is a notification, so it must not be tried. */
  readonly progress: boolean;
  /** The title can be set, saved and restored. */
  readonly title: boolean;
  readonly multiplexer: "tmux" | "screen" | null;
}

export function terminalCapabilities(env: Environment): TerminalCapabilities {
  const term = env.TERM ?? "";
  const multiplexer = env.TMUX ? "tmux" : env.STY ? "screen" : null;
  const plain = term === "dumb" || term === "linux" || term === "";
  return {
    ascii: plain || !speaksUtf8(env),
    noColor: (env.NO_COLOR ?? "") !== "",
    progress: multiplexer === null && knowsProgress(env),
    title: !plain,
    multiplexer,
  };
}

/** POSIX: LC_ALL goes before LC_CTYPE before LANG. None set is not ASCII but unknown; macOS then draws UTF-8 well. */
function speaksUtf8(env: Environment): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return locale === "" || /utf-?8/i.test(locale);
}

/**
 * Terminals whose documentation promises OSC 9;4: ConEmu (which invented it), Windows Terminal, Ghostty, WezTerm,
 * iTerm2 from 3.6.6 on (earlier ones post a notification instead).
 */
function knowsProgress(env: Environment): boolean {
  if (env.WT_SESSION || env.ConEmuPID) return true;
  const program = env.TERM_PROGRAM;
  if (program === "ghostty" || program === "WezTerm") return true;
  return program === "iTerm.app" && atLeast(env.TERM_PROGRAM_VERSION ?? "", [3, 6, 6]);
}

function atLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  for (const [index, number] of wanted.entries()) {
    const part = parts[index] ?? 0;
    if (part !== number) return part > number;
  }
  return true;
}
