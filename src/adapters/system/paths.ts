/** Where things lie, by the XDG Base Directory Specification (a relative value there counts as none). */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** `$XDG_STATE_HOME/buildtop`, else `~/.local/state/buildtop`. */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return join(xdgDirectory(env, "XDG_STATE_HOME", ".local/state"), "buildtop");
}

/** What failed in the newest command that ran under `buildtop`, for the doctor. */
export function lastFailuresFile(state: string = stateDirectory()): string {
  return join(state, "last-failures.json");
}

/** `$XDG_CONFIG_HOME`, else `~/.config`. */
export function configHome(env: NodeJS.ProcessEnv = process.env): string {
  return xdgDirectory(env, "XDG_CONFIG_HOME", ".config");
}

function xdgDirectory(env: NodeJS.ProcessEnv, variable: string, fallback: string): string {
  const value = env[variable];
  return value && isAbsolute(value) ? value : join(env.HOME || homedir(), fallback);
}
