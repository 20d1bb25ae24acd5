/** `buildtop doctor --json`, version 1: see docs/doctor-json.md. */
import type { FoundDiagnosis, NotLooked } from "../diagnoses/types.ts";
import type { MachineStatus } from "../machine/status.ts";

export function doctorJson(machines: readonly MachineStatus[]): object {
  return { version: 1, hosts: machines.map(hostJson) };
}

function hostJson(status: MachineStatus): object {
  return {
    name: status.name,
    diagnoses: status.diagnoses.map(diagnosisJson),
    notLooked: [...unreachable(status), ...status.notLooked].map(({ what, why }) => ({ what, why })),
  };
}

function diagnosisJson({ id, severity, subject, title, evidence, cause, fixes }: FoundDiagnosis): object {
  return {
    ...{ id, severity, subject, title },
    evidence: evidence.map(({ source, text }) => ({ source, text })),
    cause,
    fixes: fixes.map((fix) => ({
      title: fix.title,
      commands: fix.commands,
      automatic: fix.action !== undefined,
    })),
  };
}

/** Of a machine that is not reached nothing is known, not even that it is well. */
export function unreachable({ connection, name }: MachineStatus): NotLooked[] {
  if (connection.state === "connected") return [];
  const why = connection.state === "lost" ? connection.trouble.message : "it did not answer";
  return [{ what: name, why }];
}
