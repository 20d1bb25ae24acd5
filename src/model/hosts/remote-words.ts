/** Words of a command as the one line that sshd hands to whatever login shell the person has over there. */
import { furtherDirectories } from "./search-path.ts";

/** No character that sh, bash, zsh, fish or tcsh reads as anything but itself, at the beginning of a word as well. */
const plainWord = /^[A-Za-z0-9_./:@,+-][A-Za-z0-9_./:@,+=-]*$/;
/** What stands for itself inside the double quotes that `printf %b` reads. */
const plainCharacter = /[A-Za-z0-9_./:@,+= -]/;
/** tcsh and Linux (MAX_ARG_STRLEN, 128 KiB) refuse longer ones. */
const longestLine = 60_000;

export interface RemoteCommandOptions {
  /** Printed on a line of its own before the command: what comes earlier on stdout is chatter of the shell's start-up. */
  readonly marker: string;
  /** Size of the terminal, where one was asked for. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

/**
 * The line that prints `marker`, then becomes the command, with the words exactly as they are, in the C locale and with
 * Nix's directories behind those of PATH. It means the same to sh, bash, zsh, fish and tcsh. Words that are not plain
 * are sent in octal: no quoting holds in all five. Throws an `Error` for a NUL byte and for what is too long.
 */
export function remoteCommand(words: readonly string[], options: RemoteCommandOptions): string {
  if (words.length === 0) throw new Error("a command has at least one word");
  if (words.some((word) => word.includes("\0"))) throw new Error("a word of a command holds a NUL byte");
  const size = options.terminal;
  const prepared = size ? `stty rows ${size.rows} columns ${size.columns}; ` : "";
  const plain = words.every((word) => plainWord.test(word));
  // No variable assignment: fish and tcsh have another grammar for it.
  const command = plain ? words.join(" ") : octal(words);
  const line = `${prepared}echo ${options.marker}; exec env LC_ALL=C "PATH=$PATH"":${furtherDirectories}" ${command}`;
  if (line.length > longestLine) throw new Error("a command is too long for a shell on another machine");
  return line;
}

function octal(words: readonly string[]): string {
  const command = `exec ${words.map(quoted).join(" ")}`;
  let out = "";
  for (const byte of Buffer.from(command, "utf8")) {
    const character = String.fromCharCode(byte);
    out += plainCharacter.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
  }
  return `/bin/sh -c 'eval "$(printf %b "${out}")"'`;
}

function quoted(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
