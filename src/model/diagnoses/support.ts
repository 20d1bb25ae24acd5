/** Small words that many diagnoses share. */
import type { GuestLook } from "../builders/guest.ts";
import type { Builder } from "../builders/types.ts";
import { vmKinds } from "../builders/vm-kinds.ts";
import type { Ask } from "../machine/due.ts";
import type { MachineFacts } from "../machine/facts.ts";
import type { LaunchdJob } from "../machine/launchd.ts";
import type { Machine } from "../machine/machines.ts";
import { cleanText } from "../text/clean.ts";
import { diagnosisOfError, diagnosisOfFailure } from "./failure-texts.ts";
import type { DiagnosisInput, Evidence, Finding, Fix, KnownFailure } from "./types.ts";

const longestEvidence = 240;
export const mostEvidence = 6;
const mostFailures = 20;

/** Quoted words: clean, cut. */
export function quote(source: string, text: string): Evidence {
  const clean = cleanText(text.trim());
  return { source, text: clean.length > longestEvidence ? `${clean.slice(0, longestEvidence)}…` : clean };
}

export function rarely(request: string, everySeconds: number): Ask {
  return { request, everySeconds };
}

/** What is said of a builder. */
export function ofBuilder(
  { name, key }: Builder,
  evidence: readonly Evidence[],
  cause: string,
  fixes: readonly Fix[],
): Finding {
  return { subject: name, builderKey: key, evidence: evidence.slice(0, mostEvidence), cause, fixes };
}

/** What is said of the machine itself, or of something on it. */
export function of(
  subject: string,
  evidence: readonly Evidence[],
  cause: string,
  fixes: readonly Fix[],
): Finding {
  return { subject, builderKey: null, evidence: evidence.slice(0, mostEvidence), cause, fixes };
}

/** Failures whose words name this diagnosis. */
export function failuresNaming({ failures }: DiagnosisInput, id: string): KnownFailure[] {
  return failures.filter((failure) => diagnosisOfKnown(failure) === id).slice(0, mostFailures);
}

export function diagnosisOfKnown({ diagnosis, drv, reason, logTail }: KnownFailure): string | null {
  return diagnosis ?? (drv === null ? diagnosisOfError([reason, ...logTail]) : null);
}

/** One finding for all failures that name this diagnosis; none without. */
export function fromFailures(
  input: DiagnosisInput,
  id: string,
  cause: string,
  fixes: readonly Fix[],
): Finding[] {
  const named = failuresNaming(input, id);
  const [first] = named;
  if (!first) return [];
  const names = named.map(({ name }) => name);
  const subject = names.length === 1 ? first.name : `${first.name} and ${names.length - 1} more`;
  return [{ ...of(subject, named.map(failureEvidence), cause, fixes), ofBuilds: true }];
}

/** The line that says it, or the reason. */
export function failureEvidence(failure: KnownFailure): Evidence {
  const { name, reason, logTail, drv } = failure;
  const id = diagnosisOfKnown(failure);
  const remote = id === "builder-disk-full";
  const line = logTail.findLast((text) => id !== null && diagnosisOfFailure(text, { remote }) === id);
  return quote(drv === null ? name : `build of ${name}`, line ?? reason);
}

/** The line of `builders` that names it. */
export function lineOf(facts: MachineFacts, { uri }: Builder): Machine | null {
  return uri === null ? null : (facts.machines.find((machine) => cleanText(machine.uri) === uri) ?? null);
}

export function lineEvidence(machine: Machine): Evidence {
  const { path, line } = machine.source;
  const text = [machine.uri, machine.systems.join(","), machine.sshKey ?? "-"].join(" ");
  return quote(path === null ? "the setting builders" : `${path}, line ${line}`, text);
}

export function lookOf(facts: MachineFacts, { guest }: Builder): GuestLook | undefined {
  return facts.guest(guest);
}

/** launchd's word on the job that starts it; `null`: it has none, or launchd does not know it. */
export function jobOf(facts: MachineFacts, builder: Builder): LaunchdJob | null {
  const label = labelOf(builder);
  return label === null ? null : (facts.service(label) ?? null);
}

export function labelOf({ control }: Builder): string | null {
  return control.kind === "launchd" ? control.label : null;
}

/** How launchd has it, as `launchctl print` says. */
export function jobEvidence(facts: MachineFacts, builder: Builder): Evidence[] {
  const label = labelOf(builder);
  const job = jobOf(facts, builder);
  if (label === null) return [];
  if (job === null) return [quote(`launchctl print system/${label}`, "Could not find service")];
  const parts = [
    `state = ${job.state ?? "?"}`,
    job.runs === null ? "" : `runs = ${job.runs}`,
    job.lastSignal === null ? "" : `last terminating signal = ${job.lastSignal}`,
    job.lastExitText === null ? "" : `last exit code = ${job.lastExitText}`,
  ];
  return [quote(`launchctl print system/${label}`, parts.filter((part) => part !== "").join(", "))];
}

/** The last lines of its own log, if that was asked for. */
export function logLines(facts: MachineFacts, { log }: Builder): string[] {
  if (log.kind !== "file") return [];
  const answer = facts.answer(`tail ${log.path}`);
  return answer?.code === 0 ? answer.text.split("\n").slice(-200) : [];
}

/** The newest line of its own log that says so. */
export function logEvidence(facts: MachineFacts, builder: Builder, pattern: RegExp): Evidence[] {
  const line = logLines(facts, builder).findLast((text) => pattern.test(text));
  return line === undefined || builder.log.kind !== "file" ? [] : [quote(builder.log.path, line)];
}

/** What ssh said of its login that did not work, and what Nix itself said. */
export function sshEvidence(facts: MachineFacts, builder: Builder): Evidence[] {
  const look = lookOf(facts, builder);
  const found: Evidence[] = [];
  if (look?.kind === "trouble") {
    const { message } = look.trouble;
    // The frame around a warning says nothing.
    const details = look.trouble.details.filter((text) => /\p{L}/u.test(text));
    const words = `ssh ${builder.guest?.host ?? builder.name}${look.asRoot ? " as root" : ""}`;
    // Our own sentence is no proof of what ssh said: it stands in for it only where ssh was silent, under our name.
    found.push(
      ...(details.length > 0
        ? details.slice(0, 3).map((text) => quote(words, text))
        : [quote(`buildtop, trying ${words}`, message)]),
    );
  }
  const problem = builder.uri === null ? null : facts.stores.get(builder.uri)?.problem;
  if (problem) found.push(quote(`nix store info --store ${builder.uri}`, problem));
  return found;
}

/** All that ssh and Nix said of the way to it, as one text. */
export function sshWords(facts: MachineFacts, builder: Builder): string {
  const look = lookOf(facts, builder);
  const said = look?.kind === "trouble" ? [look.trouble.message, ...look.trouble.details] : [];
  const problem = builder.uri === null ? null : facts.stores.get(builder.uri)?.problem;
  return [...said, problem ?? ""].join("\n");
}

/** A VM on this machine that stays up, as opposed to one for each build, a container, a machine of its own. */
export function isVm({ kind }: Builder): boolean {
  return vmKinds.has(kind);
}

/** Built from nixpkgs' darwin.linux-builder, under QEMU unless it says vz. */
export function isNixpkgsVm({ kind }: Builder): boolean {
  return isVm({ kind } as Builder) && kind !== "rosetta-builder" && kind !== "virby";
}

export function restartBuilder(builder: Builder, title = `restart ${builder.name}`): Fix {
  const label = labelOf(builder);
  if (label === null)
    return {
      title: `${title}: stop it with Ctrl-C in its terminal and start it again`,
      commands: [],
    };
  return {
    title,
    commands: [`sudo launchctl kickstart -k system/${label}`],
    action: { kind: "builder", verb: "restart", builderKey: builder.key },
  };
}

/** How the daemon of this installation is restarted; none where nobody knows how it is started. */
export function restartDaemon({ status }: DiagnosisInput, title = "restart the Nix daemon"): Fix[] {
  const service = status.nix?.service;
  if (!service) return [];
  const command =
    service.kind === "launchd"
      ? `sudo launchctl kickstart -k system/${service.name}`
      : `sudo systemctl restart ${service.name}`;
  return [{ title, commands: [command], action: { kind: "restart-daemon" } }];
}

/** The option of the module that made it: of its guest, `config.virtualisation.cores`, or of the builder itself, `package`. */
export function moduleOption({ kind }: Pick<Builder, "kind">, option: string): string {
  if (kind === "determinate-vm-builder") return `determinateNix.nixosVmBasedLinuxBuilder.${option}`;
  // One that somebody wrote by hand: the options of its guest stand in what is built for it.
  if (kind === "darwin-builder" && option.startsWith("config.")) return option.slice("config.".length);
  return `nix.linux-builder.${option}`;
}

/** Started in a terminal: no module knows of it, and what it has is said at its start. */
export function isByHand({ kind }: Pick<Builder, "kind">): boolean {
  return kind === "linux-builder-manual" || kind === "macos-builder";
}

/** Instead of QEMU, where the Mac can. `null`: it is not known which builder, or whether there is one. */
export function vzPackageInstead(facts: MachineFacts, builder: Builder | null, title: string): Fix[] {
  if (facts.localSystem !== "aarch64-darwin") return [];
  return [{ title, commands: [vzPackageOf(builder?.kind ?? "linux-builder")] }];
}

function vzPackageOf(kind: Builder["kind"]): string {
  if (isByHand({ kind })) return "nix run nixpkgs#darwin.linux-builder-vz";
  // Its job was written by hand, and names the package in a way of its own.
  if (kind === "darwin-builder") return "pkgs.darwin.linux-builder-vz";
  return `${moduleOption({ kind }, "package")} = pkgs.darwin.linux-builder-vz;`;
}

/** Nothing else than the way to it is wrong, or may be. */
export function isCutOff({ state }: Builder): boolean {
  return state === "unreachable" || state === "wedged";
}
