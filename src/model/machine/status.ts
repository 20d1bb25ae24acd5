/** Everything that is shown of one machine at one moment. */
import type { Builder } from "../builders/types.ts";
import type { FoundDiagnosis, NotLooked } from "../diagnoses/types.ts";
import type { GaugeHistory } from "../gauges/gauge-history.ts";
import type { Gauges } from "../gauges/types.ts";
import type { HostTrouble, Transport } from "../hosts/types.ts";
import type { BuildProcess } from "./build-processes.ts";
import type { Platform } from "./facts.ts";

type NixFlavour = "nix" | "determinate" | "lix" | "none";

export interface NixOfMachine {
  readonly flavour: NixFlavour;
  /** Of Nix itself; `null` where it did not say. */
  readonly version: string | null;
  /** What a person calls it: `Determinate Nix 3.22.2`. */
  readonly name: string | null;
  readonly daemon: "running" | "stopped" | "unknown";
  /** How its daemon is restarted; `null` where nobody starts it. */
  readonly service: { readonly kind: "launchd" | "systemd"; readonly name: string } | null;
}

export type Connection =
  | { readonly state: "connecting" }
  /** `silentSince`: it owes us an answer for longer than it ever takes; the last one came then (monotonic seconds). */
  | { readonly state: "connected"; readonly silentSince?: number }
  /** `since`: seconds of our monotonic clock. */
  | { readonly state: "lost"; readonly trouble: HostTrouble; readonly since: number };

export interface MachineStatus {
  readonly name: string;
  readonly address: string | null;
  readonly transport: Transport;
  readonly transportReason: string | null;
  readonly connection: Connection;
  /** What follows is the last that was known; `null` as long as nothing is. */
  readonly platform: Platform | null;
  /** `macOS 26.2`. */
  readonly os: string | null;
  /** `Mac16,10`. */
  readonly model: string | null;
  readonly nix: NixOfMachine | null;
  readonly gauges: Gauges | null;
  readonly history: GaugeHistory | null;
  readonly builders: readonly Builder[];
  /** By the builder's key. */
  readonly builderHistory: ReadonlyMap<string, GaugeHistory>;
  /** What the build users run on this machine, the busiest first. */
  readonly buildProcesses: readonly BuildProcess[];
  /** By the builder's key: what they run inside. */
  readonly builderProcesses: ReadonlyMap<string, readonly BuildProcess[]>;
  /** Lines of `builders` that Nix does not understand. */
  readonly machineProblems: readonly string[];
  /** What is wrong, errors first. */
  readonly diagnoses: readonly FoundDiagnosis[];
  /** What could not be looked at. */
  readonly notLooked: readonly NotLooked[];
  /** Whether sudo works there without a question. */
  readonly canSudo: boolean | null;
  /** When this was known, in seconds of our monotonic clock; `null` = never. */
  readonly at: number | null;
  /** Grows with every change. */
  readonly version: number;
}

/** A machine of which nothing is known but that it cannot be reached. */
export function lostMachine(name: string, trouble: HostTrouble): MachineStatus {
  return {
    ...unknownMachine({ name, address: null, transport: "openssh", transportReason: null }),
    connection: { state: "lost", trouble, since: 0 },
  };
}

/** A machine that nobody has asked yet. */
export function unknownMachine(
  host: Pick<MachineStatus, "name" | "address" | "transport" | "transportReason">,
): MachineStatus {
  const { name, address, transport, transportReason } = host;
  return {
    ...{ name, address, transport, transportReason },
    connection: { state: "connecting" },
    platform: null,
    os: null,
    model: null,
    nix: null,
    gauges: null,
    history: null,
    builders: [],
    builderHistory: new Map(),
    buildProcesses: [],
    builderProcesses: new Map(),
    machineProblems: [],
    diagnoses: [],
    notLooked: [],
    canSudo: null,
    at: null,
    version: 0,
  };
}
