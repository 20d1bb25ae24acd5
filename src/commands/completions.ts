/** Completion scripts, made from the table of commands. */
import type { Command, Option } from "commander";
import { settings } from "../model/settings/settings.ts";

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

/** What a word can be, beyond what the table itself names. */
type WordKind = "file" | "directory" | "command" | "host" | "builder" | "target" | "key" | "other";

interface Table {
  /** `""` for the program itself, `watch on` for a command of a command. */
  path: string;
  /** What can follow: commands and choices, with what they do. */
  words: { word: string; description: string }[];
  options: readonly Option[];
  /** What its words are, one after another. */
  takes: readonly WordKind[];
  /** The last of them can come again and again. */
  variadic: boolean;
}

const kinds: Readonly<Record<string, WordKind>> = {
  file: "file",
  dir: "directory",
  command: "command",
  host: "host",
  name: "builder",
  key: "key",
};

function kindOf(name: string, path: string): WordKind {
  if (name === "name" && path === "restart") return "target";
  return kinds[name] ?? "other";
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
    takes: takes.map((argument) => kindOf(argument.name(), path)),
    variadic: takes.at(-1)?.variadic === true,
  };
  const below = command.commands.flatMap((sub) =>
    commandTables(sub, path ? `${path} ${sub.name()}` : sub.name()),
  );
  return [table, ...below];
}

/**
 * Programs that all three shells run as they stand: names of machines from the person's ssh configuration (ssh_config(5)),
 * and of builders from /etc/nix/machines. Nothing is asked of a machine while somebody types. Only plain names come
 * through: bash expands what `compgen -W` is given.
 */
const plainNames = "grep -E '^[A-Za-z0-9][A-Za-z0-9._-]*$'";
const hostNames = `sed -n 's/^[[:blank:]]*[Hh][Oo][Ss][Tt][[:blank:]=]//p' ~/.ssh/config 2>/dev/null | tr -s '[:blank:]=' '\\n' | ${plainNames}`;
const builderNames = `sed 's/#.*//; s/^[[:blank:]]*//; s/[[:blank:]].*//; s,^[a-z-]*://,,; s/^[^@]*@//; s,[:/?].*,,' /etc/nix/machines 2>/dev/null | ${plainNames}`;

function keyNames(): string {
  return settings.map(({ id }) => id).join(" ");
}

function bash(tables: readonly Table[]): string {
  const paths = tables.map((table) => table.path).filter((path) => path !== "");
  const cases = tables.map((table) => {
    const words = [...table.words.map(({ word }) => word), ...table.options.flatMap(spellings)].join(" ");
    return `    "${table.path}") COMPREPLY=($(compgen -W "${words}" -- "$cur")); ${bashKinds(table)} ;;`;
  });
  return `_buildtop_more() {
  case "$1" in
    file) COMPREPLY+=($(compgen -f -- "$2")) ;;
    directory) COMPREPLY+=($(compgen -d -- "$2")) ;;
    command) COMPREPLY+=($(compgen -c -- "$2")) ;;
    host) COMPREPLY+=($(compgen -W "$(${hostNames})" -- "$2")) ;;
    builder) COMPREPLY+=($(compgen -W "$(${builderNames})" -- "$2")) ;;
    target) COMPREPLY+=($(compgen -W daemon -- "$2")); _buildtop_more builder "$2" ;;
    key) COMPREPLY+=($(compgen -W "${keyNames()}" -- "$2")) ;;
  esac
}
_buildtop() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path="" word at=0
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${paths.map((path) => `"${path}"`).join("|")}) path="\${path:+$path }$word" ;;
      *) case "$word" in -*) ;; *) at=$((at + 1)) ;; esac ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
}
complete -o filenames -F _buildtop buildtop
`;
}

/** By which of its words is typed. */
function bashKinds({ takes, variadic }: Table): string {
  const rows = takes.flatMap((kind, at) => {
    if (kind === "other") return [];
    const place = variadic && at === takes.length - 1 ? "*" : String(at);
    return [`${place}) _buildtop_more ${kind} "$cur" ;;`];
  });
  return rows.length === 0 ? ":" : `case $at in ${rows.join(" ")} esac`;
}

function fish(tables: readonly Table[]): string {
  const lines = [
    "complete -c buildtop -f",
    `function __buildtop_host\n  ${hostNames}\nend`,
    `function __buildtop_builder\n  ${builderNames}\nend`,
  ];
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
    for (const kind of new Set(table.takes)) lines.push(...fishKind(kind, when));
  }
  return `${lines.join("\n")}\n`;
}

function fishKind(kind: WordKind, when: string): string[] {
  const complete = `complete -c buildtop${when}`;
  switch (kind) {
    case "file":
      return [`${complete} -F`];
    case "directory":
      return [`${complete} -a '(__fish_complete_directories)'`];
    case "command":
      return [`${complete} -a '(__fish_complete_subcommand)'`];
    case "host":
    case "builder":
      return [`${complete} -a '(__buildtop_${kind})'`];
    case "target":
      return [`${complete} -a daemon -d 'the Nix daemon'`, `${complete} -a '(__buildtop_builder)'`];
    case "key":
      return [`${complete} -a ${quote(keyNames())}`];
    case "other":
      return [];
  }
}

function spellings(option: Option): string[] {
  return [option.short, option.long].filter((spelling) => spelling !== undefined);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
