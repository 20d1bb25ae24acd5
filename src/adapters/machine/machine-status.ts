/** What the views are told of a machine, put together from all that is known of it. */
import type { Builder } from "../../model/builders/types.ts";
import { diagnose, notLooked } from "../../model/diagnoses/diagnose.ts";
import type { JudgedMachine, KnownFailure } from "../../model/diagnoses/types.ts";
import type { GaugeHistory } from "../../model/gauges/gauge-history.ts";
import type { Gauges } from "../../model/gauges/types.ts";
import { type BuildProcess, buildProcesses } from "../../model/machine/build-processes.ts";
import type { MachineFacts } from "../../model/machine/facts.ts";
import type { Connection, MachineStatus } from "../../model/machine/status.ts";
import { cleanText } from "../../model/text/clean.ts";
import type { Host } from "../hosts/host.ts";
import { nixOfMachine } from "./nix-of-machine.ts";

/** Rows of build processes that are kept for a machine. */
const mostBuildProcesses = 20;

export interface KnownOfMachine {
  readonly host: Host;
  /** `null` before the first answer. */
  readonly facts: MachineFacts | null;
  readonly connection: Connection;
  readonly gauges: Gauges | null;
  readonly history: GaugeHistory | null;
  readonly builders: readonly Builder[];
  readonly builderHistory: ReadonlyMap<string, GaugeHistory>;
  /** Builds known to have failed there. */
  readonly failures: readonly KnownFailure[];
  /** Of the last look, in seconds of our monotonic clock. */
  readonly at: number | null;
  readonly version: number;
}

export function statusOf(known: KnownOfMachine): MachineStatus {
  const { facts, gauges, builders } = known;
  const { name, address, transport, transportReason } = known.host;
  const judged: JudgedMachine = {
    ...{ name, address, transport, transportReason },
    connection: known.connection,
    platform: facts?.platform ?? null,
    os: facts?.summary?.os ?? null,
    model: facts?.summary?.model ?? null,
    nix: facts ? nixOfMachine(facts) : null,
    gauges,
    history: known.history,
    builders,
    builderHistory: known.builderHistory,
    buildProcesses: facts ? buildProcesses(facts.processes, mostBuildProcesses) : [],
    builderProcesses: facts ? insideBuilders(facts, builders) : new Map(),
    machineProblems: facts?.machineProblems.map(({ message }) => cleanText(message)) ?? [],
    canSudo: facts ? facts.canSudo || facts.hasTicket : null,
    at: known.at,
    version: known.version,
  };
  if (!facts) return { ...judged, diagnoses: [], notLooked: [] };
  const input = { facts, status: judged, failures: known.failures, nowSeconds: facts.clock };
  return { ...judged, diagnoses: diagnose(input), notLooked: notLooked(input) };
}

function insideBuilders(
  facts: MachineFacts,
  builders: readonly Builder[],
): Map<string, readonly BuildProcess[]> {
  return new Map(
    builders.flatMap(({ key, guest }) => {
      const look = facts.guest(guest);
      return look?.kind === "answers" ? [[key, buildProcesses(look.processes, mostBuildProcesses)]] : [];
    }),
  );
}
