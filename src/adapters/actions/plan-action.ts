/** Looks at how things stand and says exactly what would be done. Changes nothing. */
import { builderConsequences, daemonConsequences } from "../../model/actions/consequences.ts";
import { needsRoot, serviceCommands } from "../../model/actions/service-commands.ts";
import {
  type ActionPlan,
  ActionRefused,
  type ActionTarget,
  type ActionVerb,
  type RootAccess,
  type Service,
  type ServiceState,
} from "../../model/actions/types.ts";
import type { Builder } from "../../model/builders/types.ts";
import type { MachineStatus } from "../../model/machine/status.ts";
import { storeInfoWords } from "../../model/machine/store-info.ts";
import type { MachineWatch } from "../machine/machine-watch.ts";
import { nixProgram } from "./nix-program.ts";
import { serviceState } from "./service-state.ts";
import { asRoot, rootAccess } from "./sudo.ts";

/** As much of a watched machine as an action needs. */
export type ActionWatch = Pick<MachineWatch, "host" | "status" | "facts" | "start" | "lookSoon">;

export interface PlanOptions {
  readonly signal?: AbortSignal;
}

/**
 * What `verb` would do to the target on a machine that was looked at. Rejects with `ActionRefused` where it cannot or must
 * not be done, with `HostError` where the machine does not answer.
 */
export async function planAction(
  verb: ActionVerb,
  watch: ActionWatch,
  target: ActionTarget,
  { signal }: PlanOptions = {},
): Promise<ActionPlan> {
  const { host } = watch;
  const status = watch.status();
  if (host.transport === "recording")
    throw new ActionRefused("this is a recording: nothing can be done to it");
  if (status.connection.state === "lost") throw new ActionRefused(status.connection.trouble.message);
  const builder = target.kind === "builder" ? builderOf(status, target.key) : null;
  const subject = `${builder?.name ?? "the Nix daemon"}${host.transport === "local" ? "" : ` on ${host.name}`}`;
  const isRoot = watch.facts?.summary?.user === "root";
  const user = watch.facts?.summary?.user ?? null;
  const seen = signal ? { signal } : {};

  const service = verb === "test" && target.kind === "daemon" ? null : serviceOf(verb, status, builder);
  const before =
    service && (await serviceState(host, service, { ...seen, vz: builder?.kind === "linux-builder-vz" }));
  if (service && before === null && verb !== "test")
    throw new ActionRefused(`${managerOf(service)} on ${host.name} does not say how ${subject} stands`);
  const bare =
    verb === "test"
      ? [await testCommand(watch, builder, signal)]
      : serviceCommands(verb, withPlist(service as Service, watch), before as ServiceState);
  const needsSudo = !isRoot && (verb === "test" ? builder !== null : needsRoot(service as Service));
  const commands = needsSudo ? bare.map(asRoot) : bare;
  const title = `${verb} ${subject}`;
  const access: RootAccess = needsSudo
    ? await rootAccess(host, commands, user, `to ${title}`, signal)
    : { kind: "free" };
  const isDaemon = builder === null || isDaemonService(status, service);
  return {
    verb,
    target,
    title,
    subject,
    commands,
    consequences: [
      ...(builder ? builderConsequences(verb, builder, status, before) : []),
      ...(isDaemon ? daemonConsequences(verb, status, service) : []),
    ],
    needsSudo,
    access,
    service,
    before,
    builder,
  };
}

function builderOf(status: MachineStatus, key: string): Builder {
  const found = status.builders.find((builder) => builder.key === key);
  if (!found) throw new ActionRefused("this builder is not there any more");
  return found;
}

function serviceOf(verb: ActionVerb, status: MachineStatus, builder: Builder | null): Service | null {
  if (builder === null) {
    const service = status.nix?.service ?? null;
    if (service === null)
      throw new ActionRefused(
        status.nix?.flavour === "none"
          ? "there is no Nix on this machine"
          : "nobody starts a Nix daemon on this machine: each nix command does its work itself",
      );
    return service.kind === "launchd"
      ? { kind: "launchd", label: service.name, plist: null }
      : { kind: "systemd", unit: service.name };
  }
  const { control } = builder;
  if (control.kind !== "none") return control;
  if (verb === "test") return null;
  throw new ActionRefused(control.why);
}

/** Where launchd does not know a job, its plist is the one of that name, if there is one. */
function withPlist(service: Service, { facts }: ActionWatch): Service {
  if (service.kind !== "launchd" || service.plist !== null) return service;
  const { label } = service;
  return facts?.launchDaemons.includes(label)
    ? { ...service, plist: `/Library/LaunchDaemons/${label}.plist` }
    : service;
}

async function testCommand(
  watch: ActionWatch,
  builder: Builder | null,
  signal?: AbortSignal,
): Promise<string[]> {
  const uri = builder === null ? "daemon" : builder.uri;
  if (uri === null)
    throw new ActionRefused(
      builder?.state === "not-configured"
        ? "no line of builders names it: there is no address that Nix could be asked through"
        : "it has no address: a VM is made for each build. To try it, build something for its system",
    );
  const nix = await nixProgram(watch.host, signal);
  if (nix === null) throw new ActionRefused(`there is no nix on ${watch.host.name} to ask it with`);
  return [nix, ...storeInfoWords(uri, watch.status().nix)];
}

/** Determinate's native builder is the daemon itself. */
export function isDaemonService(status: MachineStatus, service: Service | null): boolean {
  const daemon = status.nix?.service;
  return (
    service !== null &&
    daemon?.kind === "launchd" &&
    service.kind === "launchd" &&
    service.label === daemon.name
  );
}

function managerOf(service: Service): string {
  return { launchd: "launchd", systemd: "systemd", container: "docker" }[service.kind];
}
