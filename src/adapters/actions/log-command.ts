/** The command that prints a builder's own log on the machine that keeps it. */
import type { BuilderLog } from "../../model/builders/types.ts";

export interface LogCommandOptions {
  /** From the end. The unified log has no such count: it gives the last hour. */
  readonly lines: number;
  /** Goes on with what is written from now on, until its stdin ends. */
  readonly follow?: boolean;
}

type Kept = Exclude<BuilderLog, { kind: "none" }>;

/**
 * Ends what follows when its own stdin ends: BSD's tail and `log stream` do not notice that nobody reads any more. A
 * program in the background reads from /dev/null, so the shell's stdin is kept as 3.
 */
const untilStdinEnds = [
  "exec 3<&0",
  '"$@" 3<&- & t=$!',
  "(cat <&3; kill $t) >/dev/null 2>&1 & c=$!",
  "{ wait $t; } 2>/dev/null; s=$?",
  "kill $c 2>/dev/null",
  "exit $s",
].join("\n");

export function logCommand(log: Kept, { lines, follow = false }: LogCommandOptions): string[] {
  const command = plainCommand(log, lines, follow);
  return follow ? ["/bin/sh", "-c", untilStdinEnds, "sh", ...command] : command;
}

/** A log that is root's alone is read as root where that takes no password; else tail says why it cannot. */
const tailOrSudo =
  'f=$1; shift; if [ ! -r "$f" ] && sudo -n true 2>/dev/null; then exec sudo -n -- tail "$@"; else exec tail "$@"; fi';

/**
 * A machine that is only known by its address may be a Mac, which has no journal: there the file is read that launchd gives
 * the daemon, for Determinate's job or that of Nix (launchctl(1), print), or which their installers are known to give it.
 * It is asked for its system there and then, as the last look into it may be old or may have failed.
 */
const journalOrMac = `n=$1 follow=$2; shift 2
[ "$(uname -s)" = Darwin ] || exec "$@"
f=
for l in systems.determinate.nix-daemon org.nixos.nix-daemon; do
  g=$(launchctl print "system/$l" 2>/dev/null | sed -n 's/^[[:blank:]]*stderr path = //p' | head -n 1)
  if [ -z "$f" ] && [ -n "$g" ] && [ -e "$g" ]; then f=$g; fi
done
for g in /var/log/determinate-nix-daemon.log /var/log/nix-daemon.log; do
  if [ -z "$f" ] && [ -e "$g" ]; then f=$g; fi
done
if [ -z "$f" ]; then
  echo "it is a Mac, and its Nix daemon writes no log there; one is kept once its launchd job has a StandardErrorPath" >&2
  exit 1
fi
set -- $follow -n "$n" -- "$f"
if [ ! -r "$f" ] && sudo -n true 2>/dev/null; then exec sudo -n -- tail "$@"; else exec tail "$@"; fi`;

function plainCommand(log: Kept, lines: number, follow: boolean): string[] {
  const count = String(lines);
  switch (log.kind) {
    case "file":
      return [
        "/bin/sh",
        "-c",
        tailOrSudo,
        "sh",
        log.path,
        ...(follow ? ["-F"] : []),
        "-n",
        count,
        "--",
        log.path,
      ];
    case "unified":
      // zsh has a builtin of that name.
      return follow
        ? ["/usr/bin/log", "stream", "--style", "compact", "--predicate", log.predicate]
        : ["/usr/bin/log", "show", "--style", "compact", "--last", "1h", "--predicate", log.predicate];
    case "journal":
      return [
        ...["/bin/sh", "-c", journalOrMac, "sh", count, follow ? "-F" : ""],
        ...["journalctl", "--no-pager", "-q", "-n", count, ...(follow ? ["-f"] : []), "-u", log.unit],
      ];
    case "container":
      // What the container wrote to its stderr comes on docker's.
      return [
        ...["/bin/sh", "-c", 'exec "$@" 2>&1', "sh"],
        ...["docker", "logs", "--tail", count, ...(follow ? ["-f"] : []), log.name],
      ];
  }
}
