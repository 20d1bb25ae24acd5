/** The command line, as one table: parsing, help, completions and docs are made from it. */
import { Command, InvalidArgumentError, Option } from "commander";
import { nearestWord } from "../model/command-line/nearest-word.ts";
import { helpWords } from "./help-words.ts";
import type { DisplaySettings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";
import { refuseExtraWords, refuseOptionsAmong } from "./wrong-use.ts";

declare const __BUILDTOP_VERSION__: string | undefined;

/** Columns: text is read across no wider. */
const helpWidth = 80;

const exitCodes = `
Exit status:
  0  fine; of run and build: the command's own status
  1  a build failed (pipe), part of the input could not be read (replay),
     something is wrong (status, doctor), it did not come back (restart), it is
     not in force or was taken back (config), what was to be printed could not
     be written (a full disk)
  2  wrong use, input that is no Nix log, a machine that could not be looked at,
     a change that was refused; one line says what to write instead
  126, 127  the command of run cannot be executed, does not exist
  130  stopped with Ctrl-C
  128+N  the command of run was ended by signal N`;

/** Called with the exit status of the command that ran; `whose`: that of a command that was only run is `command`. */
export type Done = (exitStatus: number, whose?: "ours" | "command") => void;

/** The table. Nothing heavy is loaded before a command of it is called. */
export function makeProgram(done: Done): Command {
  const program = new Command("buildtop")
    .description(
      "A terminal dashboard for Nix builds and Linux builders. Without a command: this machine, or the machines that are named.",
    )
    .version(typeof __BUILDTOP_VERSION__ === "string" ? __BUILDTOP_VERSION__ : "0.0.0-source")
    .enablePositionalOptions()
    .showSuggestionAfterError()
    // Checked in one place, in our words.
    .allowExcessArguments()
    .hook("preAction", (_program, command) => refuseExtraWords(command))
    .addHelpText("after", exitCodes);
  display(program)
    .option("--demo", "show the built-in demonstration; needs no Nix")
    .option("--recording <dir>", "show a recording of a machine, see record-host")
    .argument("[host...]", "machines over ssh: mini, me@mini:2222, any name of your ssh configuration")
    .usage("[options] [HOST...|command]")
    .action(async (hosts: string[], options) => {
      const mistyped = hosts[0] === undefined ? null : meantCommand(hosts[0], program);
      if (mistyped !== null) throw new UsageError(mistyped);
      const { open } = await import("./open.ts");
      const recording = typeof options.recording === "string" ? options.recording : null;
      done(await open({ ...displaySettings(options), demo: options.demo === true, hosts, recording }));
    });
  display(program.command("run"))
    .description("run a command with its Nix builds shown; its output and exit status stay its own")
    .usage("[options] -- COMMAND [ARGUMENT...]")
    .option("--stay", "keep the dashboard open when the command has ended")
    .argument("[command...]")
    .passThroughOptions()
    .action(async (argv: string[], options) => {
      if (argv.length === 0)
        throw new UsageError("write the command behind it, such as: buildtop run -- nix build .#hello");
      const { run } = await import("./run.ts");
      done(
        await run(argv, {
          ...displaySettings({ ...program.opts(), ...options }),
          stay: options.stay === true,
        }),
        "command",
      );
    });

  program
    .command("build")
    .description("the same as: run -- nix build …")
    .usage("[ARGUMENT OF nix build...]")
    .argument("[argument...]")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      const { run } = await import("./run.ts");
      done(
        await run(["nix", "build", ...args], { ...displaySettings(program.opts()), stay: false }),
        "command",
      );
    });

  display(program.command("replay"))
    .description("play recorded streams of --log-format internal-json or json-log-path again")
    .argument("[file...]")
    .usage("[options] FILE...")
    .option("--speed <factor>", "how much faster than recorded, or max", parseSpeed)
    .option("--json", "print one JSON object that says what happened")
    .action(async (paths: string[], options) => {
      if (paths.length === 0)
        throw new UsageError("write the recorded stream behind it: buildtop replay FILE");
      const { replay } = await import("./replay.ts");
      const speed =
        options.speed === undefined ? {} : { speed: options.speed === "max" ? null : options.speed };
      const settings = displaySettings({ ...program.opts(), ...options });
      done(await replay(paths, { ...settings, ...speed, json: options.json === true }));
    });

  program
    .command("status")
    .description("look once at this machine or at others: builders, gauges, what is wrong")
    .usage("[options] [HOST...]")
    .argument("[host...]")
    .option("--json", "print one JSON object, see docs/status-json.md")
    .option("--recording <dir>", "look at a recording of a machine, see record-host")
    .option("--ascii", "draw with ASCII characters only")
    .action(async (hosts: string[], options) => {
      const { status } = await import("./status.ts");
      const ascii = displaySettings({ ...program.opts(), ...options }).ascii;
      const recording = typeof options.recording === "string" ? options.recording : null;
      done(await status(hosts, { json: options.json === true, ascii, recording }));
    });

  program
    .command("doctor")
    .description(
      "say what is wrong with this machine's builders or those of others, with the proof and what mends it",
    )
    .usage("[options] [HOST...]")
    .argument("[host...]")
    .option("--json", "print one JSON object, see docs/doctor-json.md")
    .option("--recording <dir>", "look at a recording of a machine, see record-host")
    .option("--ascii", "draw with ASCII characters only")
    .action(async (hosts: string[], options) => {
      const { doctor } = await import("./doctor.ts");
      const ascii = displaySettings({ ...program.opts(), ...options }).ascii;
      const recording = typeof options.recording === "string" ? options.recording : null;
      done(await doctor(hosts, { json: options.json === true, ascii, recording }));
    });

  program
    .command("restart")
    .description("restart the Nix daemon or a builder, and wait until it answers")
    .usage("[options] daemon|NAME [HOST]")
    .argument("[name]")
    .argument("[host]")
    .option("-y, --yes", "do not ask")
    .option("--ascii", "draw with ASCII characters only")
    .action(async (name: string | undefined, host: string | undefined, options) => {
      if (name === undefined)
        throw new UsageError(
          "write what to restart: buildtop restart daemon, buildtop restart linux-builder",
        );
      const { restart } = await import("./restart.ts");
      const { ascii } = displaySettings({ ...program.opts(), ...options });
      done(await restart(name, host, { yes: options.yes === true, ascii }));
    });

  const config = program
    .command("config")
    .description("show and change the settings of builders: of Nix, of Determinate Nix, of its machines")
    .usage("list|get|set|edit|undo")
    .argument("[word]")
    .action(() => {
      throw new UsageError("write one of: buildtop config list, get KEY, set KEY VALUE, edit KEY, undo");
    });
  config
    .command("list")
    .description("every setting with its value and its file")
    .argument("[host]")
    .option("--ascii", "draw with ASCII characters only")
    .action(async (host: string | undefined, options) => {
      const { configList } = await import("./config.ts");
      done(await configList(host, configOptions({ ...program.opts(), ...options })));
    });
  config
    .command("get")
    .description("print the value that a file gives a setting")
    .usage("[options] KEY [HOST]")
    .argument("[key]")
    .argument("[host]")
    .option("--machine <name>", "which row of /etc/nix/machines, by its host")
    .option("--file <path>", "of Nix code: the file or directory where it stands")
    .action(async (key: string | undefined, host: string | undefined, options) => {
      if (key === undefined) throw new UsageError("write which setting: buildtop config get max-jobs");
      const { configGet } = await import("./config.ts");
      done(await configGet(key, host, configOptions({ ...program.opts(), ...options })));
    });
  const changing = (command: Command) =>
    command
      .option("-y, --yes", "do not ask; what builds run on is not restarted then")
      .option("--restart", "restart what must be restarted for it to hold")
      .option("--no-restart", "do not restart anything")
      .option("--ascii", "draw with ASCII characters only");
  changing(config.command("set"))
    .description("change a setting: shows the diff, asks, saves as root, restarts, proves that it holds")
    .usage("[options] KEY VALUE [HOST]")
    .argument("[key]")
    .argument("[value]")
    .argument("[host]")
    .option("--machine <name>", "which row of /etc/nix/machines, by its host")
    .option("--file <path>", "of Nix code: the file or directory where it stands")
    // -1 is a value, though a wrong one.
    .allowUnknownOption()
    .hook("preAction", (_set, command) => refuseOptionsAmong(command))
    .action(async (key: string | undefined, value: string | undefined, host: string | undefined, options) => {
      if (key === undefined || value === undefined)
        throw new UsageError("write what to set: buildtop config set builder.memoryBytes 16G");
      const { configSet } = await import("./config-set.ts");
      done(await configSet(key, value, host, changeOptions({ ...program.opts(), ...options })));
    });
  config
    .command("edit")
    .description("open your editor where your Nix code sets it")
    .usage("[options] KEY [HOST]")
    .argument("[key]")
    .argument("[host]")
    .option("--file <path>", "the file or directory where it stands")
    .option("--ascii", "draw with ASCII characters only")
    .action(async (key: string | undefined, host: string | undefined, options) => {
      if (key === undefined)
        throw new UsageError("write which setting: buildtop config edit nix.linux-builder.maxJobs");
      const { configEdit } = await import("./config-edit.ts");
      done(await configEdit(key, host, configOptions({ ...program.opts(), ...options })));
    });
  changing(config.command("undo"))
    .description("take back what was changed last")
    .argument("[host]")
    .action(async (host: string | undefined, options) => {
      const { configUndo } = await import("./config-set.ts");
      done(await configUndo(host, changeOptions({ ...program.opts(), ...options })));
    });

  program
    .command("logs")
    .description("print a builder's own log, wherever its system keeps it")
    .usage("[options] NAME [HOST]")
    .argument("[name]")
    .argument("[host]")
    .option("-f, --follow", "go on with what is written from now on, until Ctrl-C")
    .action(async (name: string | undefined, host: string | undefined, options) => {
      if (name === undefined) throw new UsageError("write whose log: buildtop logs linux-builder");
      const { logs } = await import("./logs.ts");
      done(await logs(name, host, { follow: options.follow === true }));
    });

  program
    .command("record-host")
    .description("write down what a machine answers, secrets removed, for a bug report or a test")
    .usage("[options] DIR [HOST]")
    .argument("[dir]")
    .argument("[host]")
    .option("--anonymous", "replace names of people and machines, and addresses, too")
    .option("--seconds <n>", "how long to look", parseSeconds, 20)
    .option("--ascii", "draw with ASCII characters only")
    .action(async (directory: string | undefined, host: string | undefined, options) => {
      if (directory === undefined)
        throw new UsageError("write where to put the recording: buildtop record-host my-mac");
      const { recordHost } = await import("./record-host.ts");
      const ascii = displaySettings({ ...program.opts(), ...options }).ascii;
      const version = program.version() ?? "";
      const { seconds } = options;
      const anonymous = options.anonymous === true;
      done(await recordHost(directory, host ?? null, { anonymous, ascii, seconds, program: version }));
    });

  const watch = program
    .command("watch")
    .description("let every Nix command of this user, or of this machine, be seen")
    .usage("on|off|status [--system]")
    .argument("[word]")
    .action(() => {
      throw new UsageError("write one of: buildtop watch on, buildtop watch off, buildtop watch status");
    });
  for (const [verb, description] of [
    ["on", "set json-log-path in your nix.conf"],
    ["off", "take it out again and leave nothing behind"],
    ["status", "say what is set, where, and what cannot be seen"],
  ] as const) {
    const command = watch.command(verb).description(description);
    command.option("--system", "for all users of this machine (needs root)");
    if (verb === "status") command.option("--json", "print one JSON object");
    command.action(async (options) => {
      const { watchCommand } = await import("./watch.ts");
      done(await watchCommand(verb, { system: options.system === true, json: options.json === true }));
    });
  }

  program
    .command("completions")
    .description("print the completion script for a shell")
    .addArgument(program.createArgument("[shell]").choices(["bash", "zsh", "fish"]))
    .usage("bash|zsh|fish")
    .action(async (shell: "bash" | "zsh" | "fish" | undefined) => {
      if (shell === undefined)
        throw new UsageError("write for which shell: buildtop completions bash, zsh or fish");
      const { completions } = await import("./completions.ts");
      process.stdout.write(completions(shell, program));
      done(0);
    });
  const getOutHelpWidth = () => Math.min(process.stdout.columns ?? helpWidth, helpWidth);
  for (const command of allCommands(program))
    command
      .exitOverride()
      .configureOutput({ outputError: () => {}, getOutHelpWidth })
      .configureHelp(helpWords);
  return program;
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function display(command: Command): Command {
  return command
    .option("--ascii", "draw with ASCII characters only")
    .addOption(new Option("--theme <name>", "colours of the terminal, or none").choices(["auto", "mono"]))
    .option("--interval <seconds>", "how often to look at what has to be looked at", parseInterval)
    .option("--no-mouse", "leave the mouse to the terminal");
}

function displaySettings(options: Record<string, unknown>): DisplaySettings {
  const { theme, ascii, mouse, interval } = options;
  return {
    flags: {
      ...(theme === "auto" || theme === "mono" ? { theme } : {}),
      ...(ascii === true ? { ascii } : {}),
      // commander says true where nobody has said anything.
      ...(mouse === false ? { mouse } : {}),
    },
    ascii: ascii === true,
    intervalSeconds: typeof interval === "number" ? interval : 2,
  };
}

function configOptions(options: Record<string, unknown>) {
  const { machine, file } = options;
  return {
    ascii: displaySettings(options).ascii,
    machine: typeof machine === "string" ? machine : null,
    file: typeof file === "string" ? file : null,
  };
}

function changeOptions(options: Record<string, unknown>) {
  const { yes, restart } = options;
  return {
    ...configOptions(options),
    yes: yes === true,
    restart: typeof restart === "boolean" ? restart : null,
  };
}

function parseSpeed(text: string): number | "max" {
  const factor = Number(text);
  if (text === "max" || (factor > 0 && factor <= 1e6)) return text === "max" ? "max" : factor;
  throw new InvalidArgumentError("write a factor such as 2 or 0.5, or max");
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError("write seconds from 1 to 3600");
}

function parseInterval(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.5 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError("write seconds from 0.5 to 3600");
}

/** A word that is nearly a command is taken for one; any other is a machine. */
function meantCommand(word: string, program: Command): string | null {
  const names = program.commands.map((command) => command.name());
  const meant = nearestWord(word, names);
  return meant ? `there is no command "${word}"; did you mean "${meant}"?` : null;
}
