/** What the build users run: the processes behind the builds. */
import { cleanText } from "../text/clean.ts";
import { type MachineProcess, programName } from "./processes.ts";

export interface BuildProcess {
  readonly pid: number;
  /** `nixbld3`, `_nixbld3`. */
  readonly user: string;
  /** `cc1plus`. */
  readonly program: string;
  /** Of one core. */
  readonly cpu: number;
  readonly residentBytes: number;
  readonly elapsedSeconds: number;
  /** The derivation it works for, where its command line or that of an ancestor tells. */
  readonly derivation: string | null;
}

/** `nixbld3`, macOS `_nixbld3`, or what somebody called them for a second daemon. */
const namedBuildUser = /bld\d+$/;
/** Without names: Nix's setting auto-allocate-uids takes them from its start-id on (NixOS/nix `globals.hh`). */
const firstAllocatedUid = 0x34000000;
/** What the temporary directory of a build is called: `nix-build-NAME.drv-0`. */
const buildDirectory = /nix-build-([A-Za-z0-9+._?=-]{1,200}?)\.drv(?:-\d+)?/;
const outputName = /\/nix\/store\/[a-z0-9]{32}-([A-Za-z0-9+._?=-]{1,200})/;

/** The `most` busiest processes of Nix's build users. */
export function buildProcesses(processes: readonly MachineProcess[], most: number): BuildProcess[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  return processes
    .filter(({ user }) => isBuildUser(user))
    .sort((a, b) => b.cpu - a.cpu || b.residentBytes - a.residentBytes)
    .slice(0, most)
    .map((process) => ({
      pid: process.pid,
      user: process.user,
      program: cleanText(programName(process.args)),
      cpu: process.cpu,
      residentBytes: process.residentBytes,
      elapsedSeconds: process.elapsedSeconds,
      derivation: derivationOf(process, byPid),
    }));
}

/** Whether Nix runs builds as that user. */
export function isBuildUser(user: string): boolean {
  return namedBuildUser.test(user) || Number(user) >= firstAllocatedUid;
}

function derivationOf(process: MachineProcess, byPid: ReadonlyMap<number, MachineProcess>): string | null {
  let at: MachineProcess | undefined = process;
  for (let step = 0; step < 20 && at !== undefined; step++) {
    const found = at.args.match(buildDirectory)?.[1];
    if (found) return found;
    // The worker of the daemon, or of `determinate-nixd builder`, is where a build begins.
    if (!isBuildUser(at.user)) return null;
    const builder = at.args.match(/ -e (\S+)/)?.[1]?.match(outputName)?.[1];
    if (builder && !/^(source|default)-?(stdenv|builder)/.test(builder)) return builder.replace(/\.drv$/, "");
    at = byPid.get(at.parent);
  }
  return null;
}
