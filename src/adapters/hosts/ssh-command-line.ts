/** The ssh program's command line for a command that nobody but a person, or a pager, looks at. */
import { remoteCommand } from "../../model/hosts/remote-words.ts";

export interface SshTarget {
  /** As it stands on ssh's command line: an alias, a name, an address. Checked by the caller. */
  readonly target: string;
  /** Further words of ssh's command line, before the target: `-p 2222`. */
  readonly words?: readonly string[];
}

/** What the person has set up for logins of their own must not stand in the way of a command. */
const settings = [
  "LogLevel=ERROR",
  "ConnectTimeout=10",
  "ControlMaster=no",
  "ClearAllForwardings=yes",
  "PermitLocalCommand=no",
  "RemoteCommand=none",
].flatMap((setting) => ["-o", setting]);

/** The first line that is printed: the other machine has let us in. */
const greeting = "buildtop: connected over ssh";

/**
 * With `terminal` it runs on a terminal of that machine, joined with the one it is started in (`ssh -tt`), and ssh may ask
 * as well; else nothing asks. Its exit status is the command's, 255 where ssh itself failed.
 */
export function sshCommandLine(
  ssh: SshTarget,
  command: readonly string[],
  terminal: boolean,
): readonly string[] {
  const way = terminal ? ["-tt", "-e", "none"] : ["-T", "-o", "BatchMode=yes"];
  const line = remoteCommand(command, { marker: greeting });
  return ["ssh", ...way, ...settings, ...(ssh.words ?? []), "--", ssh.target, line];
}
