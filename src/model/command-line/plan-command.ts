/**
 * What kind of command follows `buildtop run --`, and how its builds can be seen.
 */
import { readWords, type Word, withJsonLog, withoutEnvironmentOptions } from "./nix-arguments.ts";

export type CommandPlan =
  /** Nix itself: its log comes on stderr as JSON. */
  | { kind: "nix"; command: Invocation }
  /**
   * Nix itself, but what it opens wants the terminal (a shell, a program). `prepare` builds what it needs, with the
   * log captured: the first that does not fail for want of the attribute. Then `command` runs as it was written.
   */
  | { kind: "interactive"; prepare: readonly Invocation[]; command: Invocation }
  /** A program that may call Nix: its terminal is left alone, its `nix` commands log to a file of ours. */
  | { kind: "program"; command: Invocation; calls: "nix-of-its-own" | "through-sudo" };

export interface Invocation {
  program: string;
  args: readonly string[];
  /** Set in addition to the environment we have. */
  env?: Readonly<Record<string, string>>;
}

/** What cannot be read off the words themselves. */
export interface CommandFacts {
  /** Nix's name of this machine, such as `aarch64-darwin`. */
  system: string;
  /** Whether the file is a script that begins with `#!`: then `nix-shell FILE` takes its options from within. */
  isScript: (path: string) => boolean;
}

/** Old commands that take `--log-format` as the new ones do (since Nix 2.4). */
const oldCommands = new Set([
  ...["nix-build", "nix-store", "nix-env", "nix-instantiate", "nix-collect-garbage", "nix-copy-closure"],
  ...["nix-channel", "nix-prefetch-url", "nix-hash"],
]);

/** Subcommands of `nix` that draw on the terminal themselves or replace themselves by another program. */
const terminalSubcommands = new Set([
  "repl",
  "edit",
  "fmt",
  "formatter",
  "help",
  "daemon",
  "upgrade-nix",
  "log",
]);

const privilegeCommands = new Set(["sudo", "doas", "su", "pkexec"]);

/** Decides how the command can be watched. `argv` has at least the program. */
export function planCommand(argv: readonly string[], facts: CommandFacts): CommandPlan {
  const [program = "", ...args] = argv;
  const name = program.slice(program.lastIndexOf("/") + 1);
  const command = { program, args };
  if (name === "nix-shell") return planNixShell(command, facts);
  if (oldCommands.has(name)) {
    return { kind: "nix", command: { program, args: withJsonLog(args) } };
  }
  if (name === "nix") return planNix(command, facts);
  return { kind: "program", command, calls: privilegeCommands.has(name) ? "through-sudo" : "nix-of-its-own" };
}

function planNix(command: Invocation, facts: CommandFacts): CommandPlan {
  const { words } = readWords(command.args);
  const at = words.findIndex((word) => word.kind === "plain");
  const subcommand = words[at]?.words[0];
  if (subcommand === undefined || terminalSubcommands.has(subcommand) || asksForHelp(words)) {
    return { kind: "program", command, calls: "nix-of-its-own" };
  }
  const prepare = (line: readonly string[]) => ({ program: command.program, args: withJsonLog(line) });
  const before = words.slice(0, at).flatMap((word) => word.words);
  const after = withoutEnvironmentOptions(words.slice(at + 1));
  if (subcommand === "develop") {
    const flags = after.filter((word) => !developOptions.has(word.words[0]!));
    return {
      kind: "interactive",
      prepare: [prepare([...before, "print-dev-env", ...flags.flatMap((word) => word.words)])],
      command,
    };
  }
  if (subcommand === "shell" || (subcommand === "env" && after[0]?.words[0] === "shell")) {
    const rest = subcommand === "env" ? after.slice(1) : after;
    return {
      kind: "interactive",
      prepare: [prepare([...before, "build", "--no-link", ...rest.flatMap((word) => word.words)])],
      command,
    };
  }
  if (subcommand === "run") {
    const lines = buildsForRun(after, facts);
    return { kind: "interactive", prepare: lines.map((line) => prepare([...before, ...line])), command };
  }
  return { kind: "nix", command: { program: command.program, args: withJsonLog(command.args) } };
}

/** Options of `nix develop` that choose what its shell does; `nix print-dev-env` builds the same without them. */
const developOptions = new Set([
  ...["--phase", "--unpack", "--configure", "--build", "--check", "--install", "--installcheck"],
]);

/**
 * `nix run X` takes `apps.SYSTEM.X` before a package of that name, and words after X belong to the program.
 */
function buildsForRun(words: readonly Word[], facts: CommandFacts): string[][] {
  const at = words.findIndex((word) => word.kind === "plain");
  const options = (at < 0 ? words : words.slice(0, at)).flatMap((word) => word.words);
  const installable = at < 0 ? "." : words[at]!.words[0]!;
  const build = (what: string) => ["build", "--no-link", ...options, what];
  const fromFlake = !options.some((option) => ["--file", "-f", "--expr"].includes(option));
  if (!fromFlake || installable.startsWith("/nix/store/")) return [build(installable)];
  const [flake, attribute = "default"] = splitOnce(installable, "#");
  return [build(`${flake}#apps.${facts.system}.${attribute || "default"}.program`), build(installable)];
}

/**
 * `nix-shell` builds what the shell needs before it starts the program that NIX_BUILD_SHELL names. With `true` there,
 * it builds and ends, and no hook of the shell runs a first time.
 */
function planNixShell(command: Invocation, facts: CommandFacts): CommandPlan {
  const first = command.args[0];
  if (asksForHelp(readWords(command.args).words)) {
    return { kind: "program", command, calls: "nix-of-its-own" };
  }
  if (first !== undefined && !first.startsWith("-") && facts.isScript(first)) {
    return { kind: "program", command, calls: "nix-of-its-own" };
  }
  const prepare = {
    program: command.program,
    args: withJsonLog(command.args),
    env: { NIX_BUILD_SHELL: "true" },
  };
  return { kind: "interactive", prepare: [prepare], command };
}

function asksForHelp(words: readonly Word[]): boolean {
  return words.some((word) => ["--help", "--version"].includes(word.words[0]!));
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
