/** This machine as a person has it who works with a stand-in Mac. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mac } from "./mac.ts";

/** Variables for buildtop here: an ssh that knows the Mac by its alias, and settings and state of its own. */
export function withSshOf(mac: Mac): Record<string, string> {
  const bin = join(mac.home, "bin");
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh\nexec /usr/bin/ssh -F ${mac.home}/.ssh/config "$@"\n`;
  writeFileSync(join(bin, "ssh"), script, { mode: 0o755 });
  return {
    PATH: `${bin}:${process.env.PATH}`,
    XDG_CONFIG_HOME: join(mac.home, "config"),
    XDG_STATE_HOME: join(mac.home, "state"),
  };
}
