/** Programs on a Mac that run Linux containers and hold the ports those publish. */
import { type MachineProcess, programName } from "./processes.ts";

/** Docker Desktop, OrbStack, Colima and Lima, Podman, Rancher Desktop, by the names of their processes. */
const engine =
  /^(com\.docker\.\w+|Docker|OrbStack( Helper)?|colima|limactl|podman|gvproxy|vpnkit(-\w+)?|Rancher Desktop)$/;

/** Users whose Lima is no container engine but a builder's own VM. */
const builderUser = /^_rosetta/;

export function containerEngineRuns(processes: readonly MachineProcess[]): boolean {
  return processes.some(({ args, user }) => engine.test(programName(args)) && !builderUser.test(user));
}

/** A builder that somebody called so. */
export function isContainerName(name: string): boolean {
  return /docker|container|orb|colima|podman/i.test(name);
}
