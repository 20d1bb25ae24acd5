/** The ssh program with the person's own terminal: what sudo asks over there, they answer, and nobody in between reads it. */
import { remoteCommand } from "../../model/hosts/remote-words.ts";

export interface SshTarget {
  /** As it stands on ssh's command line: an alias, a name, an address. Checked by the caller. */
  readonly target: string;
  /** Further words of ssh's command line, before the target: `-p 2222`. */
  readonly words?: readonly string[];
}

/** Theirs is the terminal, so ssh may ask as well (no BatchMode); a command of theirs must not stand in the way of ours. */
const settings = [
  "LogLevel=ERROR",
  "ConnectTimeout=10",
  "ControlMaster=no",
  "ClearAllForwardings=yes",
  "PermitLocalCommand=no",
  "RemoteCommand=none",
].flatMap((setting) => ["-o", setting]);

/** What is printed on the terminal when the other machine has let us in. */
const greeting = "buildtop: connected";

/** Runs it there on a terminal of that machine, joined with ours (`ssh -tt`). Its exit status is ssh's; 255: ssh failed. */
export function sshTerminalCommand(ssh: SshTarget, command: readonly string[]): readonly string[] {
  const line = remoteCommand(command, { marker: greeting });
  return ["ssh", "-tt", "-e", "none", ...settings, ...(ssh.words ?? []), "--", ssh.target, line];
}
