/** What every machine is asked, whatever builds on it. */
import { isAskable } from "../../model/hosts/collector-requests.ts";
import type { Ask } from "../../model/machine/due.ts";
import { type MachineFacts, machinesFile } from "../../model/machine/facts.ts";
import { always, jobAsk, often, rarely } from "../builders/system.ts";

/** Labels that daemons of Nix have on a Mac: nix-darwin's and the installer's, Determinate's. */
export const daemonLabels = ["systems.determinate.nix-daemon", "org.nixos.nix-daemon"] as const;
export const daemonUnits = ["nix-daemon.service", "nix-daemon.socket"] as const;

/** Of `builders` and of one another. */
const mostFiles = 20;

/** Before anything else is known: what tells the state, not the processor, which takes a second to measure. */
export function baseAsks(facts: MachineFacts | null): Ask[] {
  const asks = [
    // The dearest of all questions: at every look only while something is built.
    facts && isAtRest(facts) ? { request: "processes", everySeconds: 4 } : always("processes"),
    { request: "load", everySeconds: 6 },
    { request: "memory", everySeconds: 6 },
    rarely("current-load", 10),
    rarely("now", 20),
    rarely("machine", 600),
    rarely("disks", 15),
    rarely("nix-version", 300),
    rarely("nix-config", 120),
    rarely("disabled", 30),
    rarely("launch-daemons", 60),
    rarely("listeners", 15),
    rarely("sudo", 30),
    rarely(`file ${machinesFile}`, 15),
    ...(facts ? [...filesOfBuilders(facts), ...activeBuilds(facts)] : []),
  ];
  if (facts?.platform === "linux") return [...asks, often(`service ${daemonUnits.join(" ")}`)];
  if (facts?.platform !== "darwin") return asks;
  const daemon = daemonLabels.find((label) => facts.service(label));
  return [
    ...asks,
    ...daemonLabels.map((label) =>
      label === daemon ? jobAsk(facts, label) : rarely(`service ${label}`, 60),
    ),
  ];
}

function isAtRest({ isBuilding, remoteBuilds }: MachineFacts): boolean {
  return !isBuilding && remoteBuilds.length === 0;
}

/** Determinate Nix alone can be asked what it builds: while it does, and unless a log that is followed tells more. */
function activeBuilds(facts: MachineFacts): Ask[] {
  const asked = facts.nixVersion?.flavour === "determinate" && !facts.nixConfig?.jsonLogPath;
  if (!asked || !facts.isBuilding) return [];
  const refused = (facts.answer("active-builds")?.code ?? 0) !== 0;
  return [{ request: "active-builds", everySeconds: refused ? 300 : 4 }];
}

/** `builders = @/path`: that file decides, too, and so do those that it names. */
function filesOfBuilders({ machineFiles }: MachineFacts): Ask[] {
  return machineFiles
    .filter(isAskable)
    .slice(0, mostFiles)
    .map((path) => rarely(`file ${path}`, 15));
}
