/** The script that asks for a password on a terminal of another machine and then does everything in that one terminal. */
import { cleanText } from "../text/clean.ts";
import { isBootstrap } from "./service-commands.ts";
import { quoted } from "./tool-words.ts";

/** sudo came to nothing: a wrong password, Ctrl-C, or no permission. It has said why on the terminal. */
export const sudoFailed = 77;
/** The file for what the commands say could not be made. */
export const noOutputFile = 76;

/**
 * What sudo asks with; `purpose`: `to restart the Nix daemon on mini`. It puts the user's name in place of `%p`, and one
 * percent sign in place of two (sudo(8), -p).
 */
export function sudoPrompt(purpose: string): string {
  return `buildtop: ${cleanText(purpose).replaceAll("%", "%%")}\nbuildtop: password for %p: `;
}

/**
 * POSIX sh. Each login has a terminal of its own, and sudo forgets whom it asked with it; so the commands follow the
 * question in the same script. What they say goes to `outputFile`, which must not exist yet. Exit status: that of the
 * first command that failed, or one of the two above.
 */
export function relayScript(
  commands: readonly (readonly string[])[],
  outputFile: string,
  purpose: string,
): string {
  const steps = commands.map((command) =>
    isBootstrap(command) ? patient(quotedLine(command)) : quotedLine(command),
  );
  return [
    // Ctrl-C at the question ends sudo, and this shell is to say so.
    `trap : INT; sudo -v -p ${quoted(sudoPrompt(purpose))} || exit ${sudoFailed}; trap - INT`,
    `(umask 077; set -C; : >${quoted(outputFile)}) 2>/dev/null || exit ${noOutputFile}`,
    `{ ${steps.join(" && ")}; } </dev/null >>${quoted(outputFile)} 2>&1`,
  ].join("\n");
}

/** Error 5 of `bootstrap` means that the run before still ends: it is tried for ten seconds. */
function patient(line: string): string {
  return `{ n=0; while :; do ${line}; c=$?; [ $c -eq 5 ] && [ $n -lt 10 ] || break; n=$((n+1)); sleep 1; done; (exit $c); }`;
}

function quotedLine(command: readonly string[]): string {
  return command.map(quoted).join(" ");
}
