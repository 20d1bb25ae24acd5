/** Asks the manager of a service for its state: launchd, systemd or docker. Nothing of it takes root. */
import type { Service, ServiceState } from "../../model/actions/types.ts";
import { containerState } from "../../model/machine/container-state.ts";
import {
  explainLaunchdExit,
  type LaunchdJob,
  parseDisabledServices,
  parseLaunchdServices,
} from "../../model/machine/launchd.ts";
import { parseSystemdUnits, type SystemdUnit } from "../../model/machine/systemd.ts";
import type { Host } from "../hosts/host.ts";
import { run } from "../hosts/run.ts";

const askMs = 10_000;

const unknown: ServiceState = {
  loaded: false,
  disabled: false,
  running: false,
  run: null,
  runs: null,
  onDemand: false,
  exit: null,
  logPath: null,
};

/** `null`: the manager did not answer. Rejects with `HostError`. */
export async function serviceState(
  host: Host,
  service: Service,
  options: { readonly signal?: AbortSignal; readonly vz?: boolean } = {},
): Promise<ServiceState | null> {
  const { signal } = options;
  const asked = { deadlineMs: askMs, ...(signal ? { signal } : {}) };
  switch (service.kind) {
    case "launchd": {
      const { label } = service;
      const printed = await run(host, ["/bin/launchctl", "print", `system/${label}`], asked);
      const text = `${printed.stdout}\n${printed.stderr}\n= ${label} ${printed.code}\n`;
      const job = parseLaunchdServices(text).get(label);
      if (job === undefined) return null;
      const disabled = await run(host, ["/bin/launchctl", "print-disabled", "system"], asked);
      return ofJob(job, parseDisabledServices(disabled.stdout).get(label) === true, options.vz ?? false);
    }
    case "systemd": {
      const properties =
        "Id,LoadState,ActiveState,SubState,MainPID,NRestarts,ExecMainStatus,ExecMainCode,ActiveEnterTimestamp,UnitFileState,Result";
      const shown = await run(host, ["systemctl", "show", "-p", properties, "--", service.unit], asked);
      const unit = parseSystemdUnits(shown.stdout).get(service.unit);
      return unit ? ofUnit(unit) : null;
    }
    case "container": {
      const command = [
        "docker",
        "inspect",
        "--type",
        "container",
        "--format",
        "{{json .State}}",
        "--",
        service.name,
      ];
      const inspected = await run(host, command, asked);
      if (/no such (?:container|object)/i.test(inspected.stderr)) return unknown;
      const state = containerState(inspected.stdout);
      return state && { ...unknown, loaded: true, ...state };
    }
  }
}

function ofJob(job: LaunchdJob | null, disabled: boolean, vz: boolean): ServiceState {
  if (job === null) return { ...unknown, disabled };
  const running = job.pid !== null && job.state === "running";
  // Ended by whoever restarted it: that is no failure of its own.
  const asked = job.lastExitReason === null && /^(?:Killed|Terminated)\b/.test(job.lastSignal ?? "");
  return {
    loaded: true,
    disabled,
    running,
    run: running ? String(job.pid) : null,
    runs: job.runs,
    onDemand: job.sockets.length > 0,
    exit: asked ? null : explainLaunchdExit(job, { vz }),
    logPath: job.stderrPath ?? job.stdoutPath,
  };
}

function ofUnit(unit: SystemdUnit): ServiceState {
  const running = unit.activeState === "active";
  const failed = unit.result !== null && unit.result !== "success";
  const status =
    unit.exitStatus === null ? "" : `, ${unit.exitCode === 1 ? "exit code" : "signal"} ${unit.exitStatus}`;
  return {
    ...unknown,
    loaded: unit.loadState === "loaded" || unit.loadState === "masked",
    disabled: unit.loadState === "masked" || unit.unitFileState === "masked",
    running,
    run: running ? String(unit.pid ?? unit.activeSince) : null,
    exit: failed ? `the last run ended badly (${unit.result}${status})` : null,
  };
}
