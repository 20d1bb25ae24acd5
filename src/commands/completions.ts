/** Completion scripts, made from the table of commands. */
import type { Command, Option } from "commander";

/** The script for a shell, to be sourced by it. */
export function completions(shell: "bash" | "zsh" | "fish", program: Command): string {
  const tables = commandTables(program);
  if (shell === "fish") return fish(tables);
  const script = bash(tables);
  // zsh understands bash's completions through its own bashcompinit.
  return shell === "bash"
    ? script
    : `#compdef buildtop\nautoload -U +X bashcompinit && bashcompinit\n${script}`;
}

interface Table {
  /** `""` for the program itself, `watch on` for a command of a command. */
  path: string;
  /** What can follow: commands and choices, with what they do. */
  words: { word: string; description: string }[];
  options: readonly Option[];
  /** File names can follow. */
  files: boolean;
  /** Another command line follows. */
  commandLine: boolean;
}

function commandTables(command: Command, path = ""): Table[] {
  const takes = command.registeredArguments;
  const choices = takes.flatMap((argument) => argument.argChoices ?? []);
  const table: Table = {
    path,
    words: [
      ...command.commands.map((sub) => ({ word: sub.name(), description: sub.description() })),
      ...choices.map((word) => ({ word, description: "" })),
    ],
    options: command.createHelp().visibleOptions(command),
    files: takes.some((argument) => argument.name() === "file"),
    commandLine: takes.some((argument) => argument.name() === "command"),
  };
  const below = command.commands.flatMap((sub) =>
    commandTables(sub, path ? `${path} ${sub.name()}` : sub.name()),
  );
  return [table, ...below];
}

function bash(tables: readonly Table[]): string {
  const paths = tables.map((table) => table.path).filter((path) => path !== "");
  const cases = tables.map((table) => {
    const words = [...table.words.map(({ word }) => word), ...table.options.flatMap(spellings)].join(" ");
    const files = table.files ? ' $(compgen -f -- "$cur")' : "";
    const rest = table.commandLine ? ' $(compgen -c -- "$cur")' : "";
    return `    "${table.path}") COMPREPLY=($(compgen -W "${words}" -- "$cur")${files}${rest}) ;;`;
  });
  return `_buildtop() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.map((path) => `"${path}"`).join("|")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
}
complete -o filenames -F _buildtop buildtop
`;
}

function fish(tables: readonly Table[]): string {
  const lines = ["complete -c buildtop -f"];
  for (const table of tables) {
    const steps = table.path.split(" ").filter((step) => step !== "");
    const below = table.words.map(({ word }) => word).join(" ");
    const conditions = steps.map((step) => `__fish_seen_subcommand_from ${step}`);
    if (below !== "") conditions.push(`not __fish_seen_subcommand_from ${below}`);
    const when = conditions.length > 0 ? ` -n ${quote(conditions.join("; and "))}` : "";
    for (const { word, description } of table.words) {
      lines.push(`complete -c buildtop${when} -a ${word}${description ? ` -d ${quote(description)}` : ""}`);
    }
    for (const option of table.options) {
      const long = option.long ? ` -l ${option.long.slice(2)}` : "";
      const short = option.short ? ` -s ${option.short.slice(1)}` : "";
      const values = option.argChoices
        ? ` -x -a ${quote(option.argChoices.join(" "))}`
        : option.required
          ? " -x"
          : "";
      lines.push(`complete -c buildtop${when}${short}${long}${values} -d ${quote(option.description)}`);
    }
    if (table.files) lines.push(`complete -c buildtop${when} -F`);
    if (table.commandLine) lines.push(`complete -c buildtop${when} -a '(__fish_complete_subcommand)'`);
  }
  return `${lines.join("\n")}\n`;
}

function spellings(option: Option): string[] {
  return [option.short, option.long].filter((spelling) => spelling !== undefined);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
