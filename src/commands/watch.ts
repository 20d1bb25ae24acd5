/** `buildtop watch on|off|status [--system]` */

import { systemScope, userScope, type WatchScope } from "../adapters/config/watch-scope.ts";
import { planWatchOff, planWatchOn, WatchRefused } from "../adapters/config/watch-setting.ts";
import { watchStatus } from "../adapters/config/watch-status.ts";
import { cleanText } from "../model/text/clean.ts";
import { formatBytes } from "../model/units.ts";
import { UsageError } from "./usage-error.ts";

export interface WatchCommandOptions {
  system: boolean;
  json: boolean;
}

/** 0: it is now as asked. 1: it was refused, with the reason on stderr. */
export async function watchCommand(
  verb: "on" | "off" | "status",
  options: WatchCommandOptions,
): Promise<number> {
  if (verb === "status") return status(options);
  const scope = options.system ? systemScope() : userScope();
  if (options.system && process.getuid?.() !== 0) throw new UsageError(needsRoot(verb));
  try {
    const change = verb === "on" ? await planWatchOn(scope) : planWatchOff(scope);
    const left = await change.apply();
    if (left === null || verb === "on") print([...change.steps, done(verb, scope, change.steps.length > 0)]);
    if (left !== null) print([left]);
    return 0;
  } catch (error) {
    if (!(error instanceof WatchRefused)) throw error;
    process.stderr.write(`buildtop: cannot switch watching ${verb}: ${cleanText(error.message)}\n`);
    return 1;
  }
}

function done(verb: "on" | "off", scope: WatchScope, changed: boolean): string {
  if (verb === "off")
    return changed ? "Watching is off; nothing is left behind." : "Watching was off already.";
  const now = changed ? "Watching is on" : "Watching was on already";
  if (scope.name === "user")
    return `${now}: each \`nix\` command of yours from now on. See them with: buildtop`;
  return `${now}: each \`nix\` command of every user from now on. See them with: buildtop`;
}

function needsRoot(verb: string): string {
  const [program = "", script = ""] = process.argv;
  return `the whole machine's nix.conf belongs to root; write: sudo ${program} ${script} watch ${verb} --system`;
}

async function status(options: WatchCommandOptions): Promise<number> {
  const found = await watchStatus();
  if (options.json) {
    process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
    return 0;
  }
  if (found.nix === null) print(["There is no Nix here: no `nix` on PATH answers."]);
  for (const scope of found.scopes) {
    if (options.system && scope.scope !== "system") continue;
    const name = scope.scope === "user" ? "yours" : "all users";
    print([`${name}: ${scope.state}${scope.why === null ? "" : ` (${scope.why})`}`]);
    if (scope.state === "off") continue;
    const size = scope.sizeBytes === null ? "not there" : formatBytes(scope.sizeBytes);
    print([`  set in   ${scope.conf}`, `  log      ${scope.log} (${size})`, `  writes   ${scope.writers}`]);
    for (const { pid, user, command } of scope.processes) print([`  now      ${pid} ${user} ${command}`]);
  }
  for (const text of found.notSeen) print([`not seen: ${text}`]);
  return 0;
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${cleanText(line)}\n`);
}
