/** What all builders have in common that are a VM on this machine with a login over ssh. */

import { guestKey } from "../../model/builders/guest.ts";
import { degradedGauges } from "../../model/builders/host-view.ts";
import type {
  Builder,
  BuilderControl,
  BuilderKind,
  BuilderLog,
  BuilderSize,
  GuestTarget,
  Verdict,
} from "../../model/builders/types.ts";
import { vmState } from "../../model/builders/vm-state.ts";
import type { Gauges } from "../../model/gauges/types.ts";
import { isAskable } from "../../model/hosts/collector-requests.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import type { LaunchdJob } from "../../model/machine/launchd.ts";
import { loopback } from "../../model/machine/loopback.ts";
import type { Machine } from "../../model/machine/machines.ts";
import type { MachineProcess } from "../../model/machine/processes.ts";
import {
  featuresOf,
  hostKeyOf,
  jobsOf,
  lastUsedOf,
  leadsHere,
  lineProblem,
  machineHost,
  machinePort,
  nameOf,
  shownUri,
} from "./machine-lines.ts";
import { storeVerdict } from "./remote.ts";
import { type Ask, jobAsk, rarely } from "./system.ts";

export interface SshVm {
  readonly kind: BuilderKind;
  readonly name: string;
  /** `null`: no launchd job starts it. */
  readonly label: string | null;
  /** The name that Nix and ssh know it by. */
  readonly alias: string;
  /** Where its sshd is forwarded to, unless ssh's settings say otherwise. */
  readonly defaultPort: number;
  /** The daemon's key, unless the machines line or ssh's settings name another. */
  readonly defaultKey: string;
  /** Where its state lies; `null` = not known. */
  readonly directory: string | null;
  /** Its line in `builders`; `null` = Nix does not know it. */
  readonly machine: Machine | null;
  readonly systems: readonly string[];
  /** The VM's own process. */
  readonly process: MachineProcess | null;
  /** Where its process forwards its sshd to; `null` = not known. */
  readonly forwardedPort?: number | null;
  readonly size: BuilderSize;
  readonly onDemand: boolean;
  readonly log: BuilderLog;
  readonly settings: readonly string[];
}

/** What such a builder needs to be asked. */
export function sshVmAsks(
  facts: MachineFacts,
  vm: Pick<SshVm, "label" | "alias" | "defaultKey" | "directory" | "machine">,
): Ask[] {
  const asks: Ask[] = [];
  if (vm.label !== null) asks.push(jobAsk(facts, vm.label));
  if (isAskable(vm.alias)) asks.push(rarely(`ssh-config ${vm.alias}`, 60));
  // Only worth root's second where a job should be loaded and is not.
  if (vm.label !== null && facts.canSudo && facts.service(vm.label) === null)
    asks.push(rarely("background-items", 60));
  const key = keyPath(facts, vm);
  if (isAskable(key)) asks.push(rarely(`stat ${key} ${key}.pub`, 20), rarely(`file ${key}.pub`, 30));
  if (vm.directory !== null && isAskable(vm.directory))
    asks.push(rarely(`file ${vm.directory}/keys/builder_ed25519.pub`, 30));
  return asks;
}

/** Puts evidence, judgement and figures together. */
export function sshVmBuilder(facts: MachineFacts, vm: SshVm): Builder {
  const job = vm.label === null ? undefined : (facts.service(vm.label) ?? null);
  const target = guestOf(facts, vm);
  const port = target.addressPort;
  const key = keyPath(facts, vm);
  const keyFile = facts.stat(key);
  const jobsUsed = vm.machine === null ? 0 : jobsOf(facts, vm.machine);
  const sleeps = vm.onDemand && vm.process === null;
  // Knocking would wake it, and keep it awake.
  const guest = vm.onDemand || !mayAnswer(vm, job) ? null : target;
  const look = guest ? facts.guest(guest) : undefined;
  const judged = vmState({
    job,
    vz: vm.kind === "linux-builder-vz",
    disabled: vm.label !== null && facts.isDisabled(vm.label),
    disallowed: vm.label === null ? false : facts.isDisallowed(vm.label),
    plist: vm.label !== null && facts.launchDaemons.includes(vm.label),
    runningSeconds: runningSeconds(facts, vm, job),
    vmRuns: vm.process !== null,
    port,
    forwardedPort: vm.forwardedPort ?? null,
    lineProblem: vm.machine ? lineProblem(vm.machine) : null,
    listening: listening(facts, port),
    look,
    key: keyFile === undefined ? undefined : { path: key, file: keyFile },
    publicKeys: {
      machine: facts.file(`${key}.pub`) ?? null,
      builder:
        vm.directory === null ? null : (facts.file(`${vm.directory}/keys/builder_ed25519.pub`) ?? null),
    },
    jobsUsed,
    onDemand: vm.onDemand,
  });
  const verdict = (usable(judged) && vm.machine && storeVerdict(facts, vm.machine)) || judged;
  const unlisted =
    vm.machine === null &&
    !facts.machines.some((each) => leadsHere(facts, each) && machinePort(facts, each) === port) &&
    (verdict.state === "healthy" || verdict.state === "building");
  const inside = look?.kind === "answers" ? look : null;
  const outside = sleeps ? null : degradedGauges(vm.process, vm.size);
  return {
    key: `${vm.kind} ${vm.label ?? guestKey(target)}`,
    kind: vm.kind,
    name: nameOf(vm.machine, vm.name),
    state: unlisted && vm.label === null ? "not-configured" : verdict.state,
    why: unlisted ? `${verdict.why}, but no line of builders names it: Nix gives it nothing` : verdict.why,
    uri: vm.machine ? shownUri(vm.machine) : null,
    systems: vm.machine?.systems ?? vm.systems,
    features: vm.machine ? featuresOf(vm.machine) : [],
    jobs: { used: jobsUsed, max: vm.machine?.maxJobs ?? null },
    lastUsedAt: vm.machine ? lastUsedOf(facts, vm.machine) : null,
    uptimeSeconds: vm.process?.elapsedSeconds ?? inside?.gauges.uptimeSeconds ?? null,
    version: inside?.version ?? null,
    size: vm.size,
    gauges: gaugesOf(inside?.gauges ?? null, outside),
    limitedBy: inside || vm.process === null ? null : limit(facts, vm, guest),
    answerMs: inside?.answerMs ?? null,
    settings: vm.settings,
    log: vm.log,
    control: controlOf(facts, vm.label, job),
    guest,
  };
}

/** The inside's figures; of the processor the outside's until it was measured twice inside. */
function gaugesOf(inside: Gauges | null, outside: Gauges | null): Gauges | null {
  if (inside === null || inside.cpu !== null || outside === null) return inside ?? outside;
  return { ...inside, cpu: outside.cpu };
}

function usable({ state }: Verdict): boolean {
  return state === "healthy" || state === "building";
}

/** Only a running job, or a VM without one, is worth a knock. */
function mayAnswer(vm: SshVm, job: LaunchdJob | null | undefined): boolean {
  return job === undefined ? vm.process !== null : job !== null && job.pid !== null;
}

function limit(facts: MachineFacts, vm: SshVm, guest: GuestTarget | null): string {
  if (vm.onDemand) return "host data only: looking inside would keep it awake";
  const look = facts.guest(guest);
  if (look?.kind === "trouble" && look.trouble.kind === "login" && !look.asRoot)
    return "host data only: its key is root's; after sudo -v in this terminal, or with a NOPASSWD rule over there, we look inside";
  return "host data only: no login";
}

function controlOf(
  facts: MachineFacts,
  label: string | null,
  job: LaunchdJob | null | undefined,
): BuilderControl {
  if (label === null)
    return {
      kind: "none",
      why: "it was started by hand: stop it with Ctrl-C in its terminal and start it there",
    };
  const plist =
    job?.path ?? (facts.launchDaemons.includes(label) ? `/Library/LaunchDaemons/${label}.plist` : null);
  return { kind: "launchd", label, plist };
}

function guestOf(facts: MachineFacts, vm: SshVm): GuestTarget {
  const { machine } = vm;
  const identityFile = machine?.sshKey ?? null;
  const hostKey = machine ? hostKeyOf(machine) : null;
  const alias = machine ? machineHost(machine) : vm.alias;
  const config = facts.sshConfig(alias);
  const known = machine !== null || (config !== null && loopback.has(config.hostname ?? ""));
  // Nobody has given it a name: it is on this machine all the same.
  if (!known) {
    const port = vm.forwardedPort ?? vm.defaultPort;
    const key = vm.defaultKey;
    return {
      host: "localhost",
      user: "builder",
      port,
      address: "localhost",
      addressPort: port,
      identityFile: key,
      hostKey,
    };
  }
  return {
    host: alias,
    user: machine?.user ?? null,
    port: machine?.port ?? null,
    address: config?.hostname ?? "localhost",
    addressPort: machine?.port ?? config?.port ?? vm.defaultPort,
    identityFile,
    hostKey,
  };
}

/** The key that the daemon logs in with. */
function keyPath(facts: MachineFacts, vm: Pick<SshVm, "alias" | "defaultKey" | "machine">): string {
  if (vm.machine?.sshKey) return vm.machine.sshKey;
  const named = facts.sshConfig(vm.alias)?.identityFiles.find((path) => path.startsWith("/"));
  return named ?? vm.defaultKey;
}

function runningSeconds(facts: MachineFacts, vm: SshVm, job: LaunchdJob | null | undefined): number | null {
  if (vm.process) return vm.process.elapsedSeconds;
  const pid = job?.pid ?? null;
  return facts.processes.find((process) => process.pid === pid)?.elapsedSeconds ?? null;
}

function listening(facts: MachineFacts, port: number | null): boolean | null {
  if (port === null || facts.listeners === null) return null;
  return facts.listeners.some((each) => each.port === port);
}
