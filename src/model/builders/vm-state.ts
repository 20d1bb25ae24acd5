/**
 * The state of a builder that is a VM under launchd, reached over ssh: one judgement for all of them.
 *
 * From the strongest evidence to the weakest: what launchd says of the job, what the ssh login says, what runs and
 * listens. A port that accepts connections proves nothing: QEMU's forwarder, vzvm's proxy and launchd itself accept
 * before any guest listens.
 */
import type { LaunchdJob } from "../machine/launchd.ts";
import { explainLaunchdExit } from "../machine/launchd.ts";
import type { MachineFile } from "../machine/stat.ts";
import { formatDuration, formatNoun } from "../units.ts";
import type { GuestLook } from "./guest.ts";
import type { Verdict } from "./types.ts";

/** A VM that does not answer is given this long from its start. QEMU needs about 23 s on an M3, with a cold store image more. */
const bootSeconds = 90;

/** One that sleeps until it is connected to is up in half a minute; nobody may knock to see. */
const wakeSeconds = 30;

export interface VmEvidence {
  /** `undefined`: it has none (started by hand); `null`: launchd does not know the label. */
  readonly job: LaunchdJob | null | undefined;
  /** Its VM is vzvm's, whose exit codes have meanings of their own. */
  readonly vz: boolean;
  /** `launchctl disable` holds. */
  readonly disabled: boolean;
  /** Switched off in System Settings, Login Items & Extensions; `null` = only root could tell. */
  readonly disallowed: boolean | null;
  /** Its plist is in /Library/LaunchDaemons. */
  readonly plist: boolean;
  /** Of the job's process or the VM; `null`: neither runs. */
  readonly runningSeconds: number | null;
  /** The VM's own process was found. */
  readonly vmRuns: boolean;
  readonly port: number | null;
  /** Where its sshd really is on this machine; `null` = not known. */
  readonly forwardedPort: number | null;
  /** Why Nix cannot use the line that names it, whatever its VM does; `null` = it can. */
  readonly lineProblem: string | null;
  /** Whether something listens there; `null` = not known. */
  readonly listening: boolean | null;
  readonly look: GuestLook | undefined;
  /** Private key that the daemon logs in with; `undefined` = nobody could look. */
  readonly key: { readonly path: string; readonly file: MachineFile | null } | undefined;
  /** Public halves as the machine and the builder's own directory have them. */
  readonly publicKeys: { readonly machine: string | null; readonly builder: string | null };
  readonly jobsUsed: number;
  /** The VM starts when somebody connects: not running is well, and nobody may knock. */
  readonly onDemand: boolean;
}

export function vmState(evidence: VmEvidence): Verdict {
  return jobVerdict(evidence) ?? wayVerdict(evidence) ?? keyVerdict(evidence) ?? lookVerdict(evidence);
}

/** What launchd alone decides. */
function jobVerdict(evidence: VmEvidence): Verdict | null {
  const { job, vz, disabled, disallowed, plist, runningSeconds, onDemand, vmRuns } = evidence;
  if (job === undefined)
    return vmRuns
      ? null
      : { state: "stopped", why: "its VM does not run; it is started by hand, in a terminal" };
  if (job === null) {
    if (disabled) return { state: "disabled", why: "launchctl disable holds for its job" };
    if (disallowed)
      return {
        state: "disabled",
        why: "its background item is switched off: System Settings, Login Items & Extensions",
      };
    if (!plist) return { state: "stopped", why: "launchd does not know its job and there is no plist" };
    const switchedOff =
      disallowed === null ? "; its switch in Login Items & Extensions may be off (root can tell)" : "";
    return {
      state: "stopped",
      why: `launchd has not loaded its job, though the plist is there${switchedOff}`,
    };
  }
  if (job.pid !== null && job.state === "running") return crashedAgain(job, vz, runningSeconds);
  const listenError = job.sockets.find(({ error }) => error !== null && error !== "" && error !== "0")?.error;
  if (onDemand && !failed(job))
    return listenError
      ? { state: "stopped", why: `launchd cannot listen for it: ${listenError}` }
      : { state: "idle", why: "sleeps until a build asks for it" };
  const exit = explainLaunchdExit(job, { vz });
  if (job.state === "spawn scheduled" || (failed(job) && (job.runs ?? 0) > 1))
    return {
      state: "crash-looping",
      why: `started ${job.runs === null ? "several times" : formatNoun(job.runs, "time")}; ${exit ?? "launchd will start it again"}`,
    };
  if (disabled) return { state: "disabled", why: "launchctl disable holds for its job" };
  return { state: "stopped", why: exit === null ? "its job does not run" : `its job does not run; ${exit}` };
}

/** It runs at this moment, but only since a moment, and has failed before. */
function crashedAgain(job: LaunchdJob, vz: boolean, runningSeconds: number | null): Verdict | null {
  const fresh = runningSeconds !== null && runningSeconds < 60;
  if (!fresh || !failed(job) || (job.runs ?? 0) < 3) return null;
  return {
    state: "crash-looping",
    why: `started ${job.runs} times; ${explainLaunchdExit(job, { vz }) ?? "it ends again and again"}`,
  };
}

/** Ended by itself and badly. A TERM or KILL is somebody's restart, not a failure. */
function failed({ lastExitCode, lastSignal }: LaunchdJob): boolean {
  if (lastSignal !== null) return !/^(Terminated|Killed|Hangup|Interrupt)\b/.test(lastSignal);
  return lastExitCode !== null && lastExitCode !== 0;
}

/** Whether Nix's way leads to it at all. */
function wayVerdict({ port, forwardedPort, lineProblem }: VmEvidence): Verdict | null {
  if (lineProblem !== null) return { state: "unreachable", why: lineProblem };
  if (port === null || forwardedPort === null || port === forwardedPort) return null;
  return {
    state: "unreachable",
    why: `Nix goes to port ${port}, but its sshd is on port ${forwardedPort}: an alias with that Port is missing`,
  };
}

function keyVerdict({ key, publicKeys }: VmEvidence): Verdict | null {
  if (key && key.file === null)
    return { state: "unreachable", why: `the key ${key.path} is missing: the daemon cannot log in` };
  // OpenSSH ignores a key of its own user that others may read (`sshkey_perm_ok`); the daemon's user is root.
  if (key?.file && key.file.owner === "root" && (key.file.mode & 0o077) !== 0)
    return {
      state: "unreachable",
      why: `the key ${key.path} may be read by others (mode ${key.file.mode.toString(8).padStart(4, "0")}): ssh ignores it`,
    };
  const { machine, builder } = publicKeys;
  if (machine !== null && builder !== null && keyOf(machine) !== keyOf(builder))
    return {
      state: "unreachable",
      why: `${key?.path ?? "the key"} is not the key this builder lets in: another builder has replaced it`,
    };
  return null;
}

/** Without the comment. */
function keyOf(publicKey: string): string {
  return publicKey.trim().split(/\s+/).slice(0, 2).join(" ");
}

/** What the login tells; without one, what runs and listens. */
function lookVerdict(evidence: VmEvidence): Verdict {
  const { look, jobsUsed, port, runningSeconds, listening, onDemand, vmRuns } = evidence;
  const where = port === null ? "ssh" : `port ${port}`;
  const well = (why: string): Verdict =>
    jobsUsed > 0
      ? { state: "building", why: `${jobsUsed} ${jobsUsed === 1 ? "build runs" : "builds run"} on it` }
      : { state: "healthy", why };
  if (look?.kind === "answers") return well(`answers over ssh (${where})`);
  if (look?.kind === "trouble") {
    const { trouble, asRoot } = look;
    const age = runningSeconds === null ? "" : ` ${formatDuration(runningSeconds * 1000)} after its start`;
    switch (trouble.kind) {
      case "login":
        if (!asRoot) return well(`sshd answers on ${where}; logging in takes root and was not tried`);
        return { state: "unreachable", why: trouble.message };
      case "timeout":
      case "not-ssh":
      case "lost":
      case "refused":
      case "protocol":
        if (runningSeconds !== null && runningSeconds < bootSeconds)
          return { state: "booting", why: `no answer on ${where} yet${age}` };
        if (trouble.kind === "refused" && !vmRuns)
          return { state: "wedged", why: `its job runs, but nothing listens on ${where}${age}` };
        return {
          state: "wedged",
          why: `runs, but ssh does not answer on ${where}${age}: ${trouble.message}`,
        };
      default:
        return { state: "unreachable", why: trouble.message };
    }
  }
  // What woke it is a build that waits for it.
  if (onDemand && runningSeconds !== null && runningSeconds < wakeSeconds)
    return { state: "booting", why: `woken ${formatDuration(runningSeconds * 1000)} ago` };
  if (jobsUsed > 0) return well("");
  if (onDemand) return { state: "healthy", why: "its VM runs; nobody knocks, as that would keep it awake" };
  if (listening === false && runningSeconds !== null)
    return runningSeconds < bootSeconds
      ? { state: "booting", why: `nothing listens on ${where} yet` }
      : { state: "wedged", why: `its job runs, but nothing listens on ${where}` };
  return { state: "unknown", why: "nobody has looked inside yet" };
}
