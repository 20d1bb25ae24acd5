/**
 * Determinate Nix's native Linux builder: `determinate-nixd builder` makes a VM for each build, so between builds there
 * is nothing to look into, and that is well. Configured in /etc/determinate/config.json, granted by account and login,
 * wired by `external-builders` (DeterminateSystems/determinate `modules/nix-darwin`).
 */
import type { Builder, Verdict } from "../../model/builders/types.ts";
import { determinateConfigFile, type MachineFacts } from "../../model/machine/facts.ts";
import { explainLaunchdExit } from "../../model/machine/launchd.ts";
import { type BuilderSystem, jobAsk, nothingFound, rarely } from "./system.ts";

const label = "systems.determinate.nix-daemon";
const log = "/var/log/determinate-nix-daemon.log";
const feature = "native-linux-builder";
/** What Determinate's module gives where nothing is set. */
const usualMemoryBytes = 8 * 1024 ** 3;

export const determinateNative: BuilderSystem = {
  asks: (facts) => {
    if (facts.platform !== "darwin") return [];
    if (!isInstalled(facts)) return [rarely(`service ${label}`, 60), rarely("determinate-version", 300)];
    return [
      jobAsk(facts, label),
      rarely("determinate-version", 60),
      rarely("determinate-status", 60),
      rarely(`file ${determinateConfigFile}`, 15),
    ];
  },
  find: (facts) => {
    if (facts.platform !== "darwin" || !isInstalled(facts)) return nothingFound;
    // Where another builder does the work, nobody misses it.
    if (!isWanted(facts) && hasAnotherBuilder(facts)) return nothingFound;
    const config = facts.determinateConfig;
    const runs = facts.externalBuilderRuns.filter(({ program }) => program === "determinate-nixd");
    const oldest = runs.reduce((sum, { elapsedSeconds }) => Math.max(sum, elapsedSeconds), 0);
    const builder: Builder = {
      key: "determinate-native",
      kind: "determinate-native",
      name: "native",
      ...verdict(facts, runs.length),
      uri: null,
      systems: wiring(facts)?.systems ?? ["aarch64-linux", "x86_64-linux"],
      features: [],
      jobs: { used: runs.length, max: facts.nixConfig?.maxJobs ?? null },
      lastUsedAt: null,
      uptimeSeconds: runs.length > 0 ? oldest : null,
      version: facts.determinateVersion?.daemon ?? null,
      size: {
        memoryBytes: config?.memoryBytes ?? usualMemoryBytes,
        cores: config?.cpuCount ?? 1,
        // Its disk is made from its memory.
        diskBytes: null,
        diskAllocatedBytes: null,
      },
      gauges: null,
      limitedBy: runs.length > 0 ? "a VM for one build has no login" : null,
      answerMs: null,
      settings: [determinateConfigFile, "/etc/nix/nix.custom.conf"],
      log: { kind: "file", path: log },
      control: { kind: "launchd", label, plist: facts.service(label)?.path ?? null },
      guest: null,
    };
    return { builders: [builder], claimed: [] };
  },
};

function isInstalled(facts: MachineFacts): boolean {
  return (
    facts.determinateVersion !== null || facts.service(label) != null || facts.launchDaemons.includes(label)
  );
}

/** Somebody asked for it, or it is granted. Its sizes alone mean nothing: the module always writes them. */
function isWanted(facts: MachineFacts): boolean {
  return facts.determinateConfig?.state != null || isGranted(facts) || wiring(facts) !== undefined;
}

function hasAnotherBuilder(facts: MachineFacts): boolean {
  const others = facts.nixConfig?.externalBuilders?.length ?? 0;
  return (
    facts.machines.length > 0 ||
    others > 0 ||
    facts.launchDaemons.some((label) => /builderd?$|virbyd$/.test(label))
  );
}

function isGranted(facts: MachineFacts): boolean {
  return facts.determinateVersion?.features.includes(feature) ?? false;
}

/** The entry of `external-builders` that leads to it. */
function wiring(facts: MachineFacts) {
  return facts.nixConfig?.externalBuilders?.find(({ program }) => program.endsWith("/determinate-nixd"));
}

function verdict(facts: MachineFacts, running: number): Verdict {
  const job = facts.service(label);
  const { determinateVersion: version, determinateConfig: config } = facts;
  const exit = job ? explainLaunchdExit(job) : null;
  if (config?.problem)
    return { state: "unknown", why: `${determinateConfigFile} cannot be read: ${config.problem}` };
  if (config?.state === "disabled")
    return { state: "disabled", why: `builder.state is "disabled" in ${determinateConfigFile}` };
  if (job === null)
    return facts.isDisabled(label)
      ? { state: "disabled", why: "launchctl disable holds for Determinate's daemon" }
      : { state: "stopped", why: "launchd has not loaded Determinate's daemon" };
  if (job && job.pid === null) {
    // It is not kept alive: what is not scheduled stays down.
    if (job.state === "spawn scheduled")
      return {
        state: "crash-looping",
        why: `Determinate's daemon was started ${job.runs ?? "several"} times; ${exit ?? "launchd will start it again"}`,
      };
    if (job.sockets.length === 0 || exit !== null)
      return {
        state: "stopped",
        why: `Determinate's daemon does not run${exit === null ? "" : `; ${exit}`}`,
      };
  }
  if (running > 0)
    return {
      state: "building",
      why: `${running} ${running === 1 ? "build runs" : "builds run"}, each in a VM of its own`,
    };
  if (version?.daemon === "offline") return daemonOffline(facts);
  if (!isWanted(facts))
    return {
      state: "not-configured",
      why: `nobody has asked for it: builder.state is not set in ${determinateConfigFile}`,
    };
  if (isGranted(facts)) {
    if (facts.nixConfig?.experimentalFeatures?.includes("external-builders") === false)
      return {
        state: "not-configured",
        why: "granted, but the experimental feature external-builders is off: Nix passes it over",
      };
    if (facts.nixConfig?.externalBuilders && wiring(facts) === undefined)
      return {
        state: "not-configured",
        why: "granted, but external-builders does not name determinate-nixd",
      };
    return { state: "idle", why: "granted; no build runs, so there is no VM" };
  }
  if (version === null) return { state: "unknown", why: "determinate-nixd did not say what is enabled" };
  if (facts.determinateLoggedIn === false)
    return { state: "not-granted", why: "this machine is not logged in: determinate-nixd login" };
  return {
    state: "not-granted",
    why: `determinate-nixd version does not list ${feature}: ask support@determinate.systems for it`,
  };
}

/** launchd runs it, but its socket does not answer: it has just been started, or hangs. */
function daemonOffline(facts: MachineFacts): Verdict {
  const pid = facts.service(label)?.pid ?? null;
  const age = facts.processes.find((process) => process.pid === pid)?.elapsedSeconds ?? null;
  if (pid === null) return { state: "stopped", why: "Determinate's daemon does not answer (offline)" };
  if (age !== null && age < 30) return { state: "booting", why: "Determinate's daemon was just started" };
  return { state: "wedged", why: "Determinate's daemon runs but does not answer (offline)" };
}
