/** Wrong use of the command line in our own words, in one place: what, where, and what to write instead. */
import type { Argument, Command, CommanderError } from "commander";
import { UsageError } from "./usage-error.ts";

/**
 * To be called before a command acts. Throws a `UsageError` where more words stand there than it takes: a word that is
 * left out of account may be the machine that somebody meant.
 */
export function refuseExtraWords(command: Command): void {
  const takes = command.registeredArguments;
  // What has commands of its own says itself which there are.
  if (command.commands.length > 0 || takes.at(-1)?.variadic) return;
  const extra = command.args[takes.length];
  if (extra === undefined) return;
  throw new UsageError(
    `"${extra}" is one word too many: write ${[pathOf(command), ...takes.map(syntaxOf)].join(" ")}; nothing was done`,
  );
}

/** Throws a `UsageError` where a word looks like an option: for commands whose values may begin with "-". */
export function refuseOptionsAmong(command: Command): void {
  const option = command.args.find((word) => /^--?[a-z]/i.test(word));
  if (option === undefined) return;
  const path = pathOf(command);
  throw new UsageError(`unknown option "${option}"; nothing was done, see ${path} --help`);
}

/** The parser's complaint as one line of ours. */
export function wordsOf({ message, code }: CommanderError): string {
  const text = message.replace(/^error: /, "").replace(/\.$/, "");
  const value = /^option '(?:-\w, )?(--?[a-z-]+)[^']*' argument '([\s\S]*)' is invalid\. ([\s\S]+)$/.exec(
    text,
  );
  if (value) return `${value[1]} cannot be "${value[2]}"; ${choices(value[3] ?? "")}`;
  const word = /^command-argument value '([\s\S]*)' is invalid for argument '([^']+)'\. ([\s\S]+)$/.exec(
    text,
  );
  if (word) return `"${word[1]}" is no ${word[2]} that is known; ${choices(word[3] ?? "")}`;
  const empty = /^option '(?:-\w, )?(--?[a-z-]+) <([^>]+)>' argument missing$/.exec(text);
  if (empty) return `${empty[1]} needs a word behind it: ${empty[1]} ${empty[2]?.toUpperCase()}`;
  const unknown = /^unknown option '([\s\S]*?)'(?:\s*\(Did you mean (.+?)\?\))?$/.exec(text);
  if (unknown && code === "commander.unknownOption") {
    const meant = unknown[2] === undefined ? "see buildtop --help" : `did you mean ${unknown[2]}?`;
    return `unknown option "${unknown[1]}"; ${meant}`;
  }
  return `${text} (see buildtop --help)`;
}

/** The table has all of them optional, to say itself what is missing; only a machine really is. */
function syntaxOf(argument: Argument): string {
  const name = argument.name().toUpperCase();
  return name === "HOST" ? `[${name}]` : name;
}

function choices(text: string): string {
  return text.replace(/^Allowed choices are /, "write one of: ");
}

/** `buildtop config set`. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
