/**
 * The command lines that start and stop what builds (launchctl(1), systemctl(1), docker(1)).
 *
 * `launchctl kickstart` without `-k` leaves a running job alone, `launchctl stop` only bounces one that is kept alive, and
 * `bootstrap` right after `bootout` fails with error 5 while the old run still ends.
 */
import { ActionRefused, type ActionVerb, type Service, type ServiceState } from "./types.ts";

const launchctl = "/bin/launchctl";
/** Of labels, units and containers: whatever else stands in one is not ours to hand to root. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,199}$/;
const plainLabel = /^[A-Za-z0-9._-]{1,200}$/;
/** The one directory whose jobs are root's and every user's; a plist of elsewhere is not loaded by us. */
const plistDirectory = "/Library/LaunchDaemons/";

/** Without sudo. Throws `ActionRefused` where there is nothing to do or it must not be done. */
export function serviceCommands(
  verb: Exclude<ActionVerb, "test">,
  service: Service,
  state: ServiceState,
): string[][] {
  if (verb === "start" && state.running)
    throw new ActionRefused(`it runs already${state.run === null ? "" : ` (process ${state.run})`}`);
  switch (service.kind) {
    case "launchd":
      return launchdCommands(verb, service, state);
    case "systemd":
      return systemdCommands(verb, service.unit, state);
    case "container":
      return containerCommands(verb, service.name, state);
  }
}

function launchdCommands(
  verb: Exclude<ActionVerb, "test">,
  { label, plist }: Service & { kind: "launchd" },
  { loaded, disabled }: ServiceState,
): string[][] {
  if (!plainLabel.test(label))
    throw new ActionRefused("the label of its job is not one we hand to launchctl");
  const target = `system/${label}`;
  if (verb === "stop") {
    if (!loaded) throw new ActionRefused("launchd has not loaded its job: there is nothing to stop");
    return [[launchctl, "bootout", target]];
  }
  const enable = disabled ? [[launchctl, "enable", target]] : [];
  if (loaded) return [...enable, [launchctl, "kickstart", ...(verb === "restart" ? ["-k"] : []), target]];
  if (plist === null)
    throw new ActionRefused(`launchd does not know its job, and there is no ${plistDirectory}${label}.plist`);
  if (!isPlistPath(plist)) throw new ActionRefused(`its plist lies outside ${plistDirectory}`);
  return [...enable, [launchctl, "bootstrap", "system", plist]];
}

function isPlistPath(path: string): boolean {
  return (
    path.startsWith(plistDirectory) && /^[A-Za-z0-9._-]+\.plist$/.test(path.slice(plistDirectory.length))
  );
}

function systemdCommands(verb: Exclude<ActionVerb, "test">, unit: string, state: ServiceState): string[][] {
  if (!plainName.test(unit)) throw new ActionRefused("the name of its unit is not one we hand to systemctl");
  if (!state.loaded) throw new ActionRefused(`systemd does not know ${unit}`);
  if (state.disabled && verb !== "stop")
    throw new ActionRefused(`${unit} is masked; to allow it again: systemctl unmask ${unit}`);
  if (verb === "stop" && !state.running)
    throw new ActionRefused(`${unit} does not run: there is nothing to stop`);
  return [["systemctl", verb, "--", unit]];
}

function containerCommands(verb: Exclude<ActionVerb, "test">, name: string, state: ServiceState): string[][] {
  if (!plainName.test(name))
    throw new ActionRefused("the name of its container is not one we hand to docker");
  if (!state.loaded) throw new ActionRefused(`docker has no container ${name}`);
  if (verb === "stop" && !state.running)
    throw new ActionRefused("the container does not run: there is nothing to stop");
  return [["docker", verb, name]];
}

/** Whether such a command changes the system's services, which root alone may. */
export function needsRoot(service: Service): boolean {
  return service.kind !== "container";
}

/** `launchctl bootstrap`: it is refused for a moment while an earlier run of the job still ends. */
export function isBootstrap(command: readonly string[]): boolean {
  return command.includes(launchctl) && command.includes("bootstrap");
}

/** `launchctl bootout`, which may say that it is under way already. */
export function isBootout(command: readonly string[]): boolean {
  return command.includes(launchctl) && command.includes("bootout");
}
