/** Machines made of the texts they would answer, for what judges them. */
import { findBuilders } from "../../src/adapters/builders/all.ts";
import { nixOfMachine } from "../../src/adapters/machine/nix-of-machine.ts";
import { type GuestLook, guestKey } from "../../src/model/builders/guest.ts";
import type { DiagnosisInput, KnownFailure } from "../../src/model/diagnoses/types.ts";
import { darwinGauges } from "../../src/model/gauges/darwin.ts";
import { linuxGauges } from "../../src/model/gauges/linux.ts";
import type { Gauges } from "../../src/model/gauges/types.ts";
import type { HostTroubleKind } from "../../src/model/hosts/types.ts";
import { MachineFacts } from "../../src/model/machine/facts.ts";
import type { StoreCheck } from "../../src/model/machine/store-check.ts";
import { fakeDisk } from "./fake-machines.ts";

/** By request; with exit status 0, or as it stands there. */
export type Answers = Readonly<Record<string, string | { readonly text: string; readonly code: number }>>;

export interface Mac {
  readonly answers: Answers;
  /** Looks inside builders, by host as ssh is given it, with the user before it where the line has one. */
  readonly guests?: Readonly<Record<string, GuestLook>>;
  /** By URI. */
  readonly stores?: Readonly<Record<string, Partial<StoreCheck>>>;
  readonly failures?: readonly KnownFailure[];
  readonly system?: "Darwin" | "Linux";
  readonly processor?: string;
}

/** That machine's clock in all of these. */
export const now = 1_790_000_000;

function factsOf({ answers, guests, stores, system = "Darwin", processor = "arm64" }: Mac): MachineFacts {
  const facts = new MachineFacts(system, processor);
  const all = { now: `${now}\n`, ...answers };
  facts.take(
    new Map(
      Object.entries(all).map(([request, answer]) => [
        request,
        typeof answer === "string" ? { text: answer, code: 0 } : answer,
      ]),
    ),
    0,
  );
  facts.guests = new Map(Object.entries(guests ?? {}).map(([at, look]) => [guestKeyOf(at), look]));
  facts.stores = new Map(
    Object.entries(stores ?? {}).map(([uri, check]) => [
      uri,
      { ok: true, version: null, trusted: true, problem: null, ...check },
    ]),
  );
  return facts;
}

function guestKeyOf(at: string): string {
  const [, user = null, host = "", port] = /^(?:([^@]+)@)?([^:]+)(?::(\d+))?$/.exec(at) ?? [];
  return guestKey({
    user: user ?? null,
    host,
    port: port ? Number(port) : null,
    address: host,
    addressPort: 22,
    identityFile: null,
    hostKey: null,
  });
}

/** All that a diagnosis is given. */
export function inputOf(mac: Mac): DiagnosisInput {
  const facts = factsOf(mac);
  const gauges =
    facts.platform === "darwin"
      ? darwinGauges(facts.answers, now)
      : linuxGauges(facts.answers, null, now).gauges;
  return {
    facts,
    failures: mac.failures ?? [],
    nowSeconds: now,
    status: {
      ...{ name: "mac", address: null, transport: "local", transportReason: null, version: 1, at: 0 },
      connection: { state: "connected" },
      platform: facts.platform,
      os: facts.summary?.os ?? null,
      model: facts.summary?.model ?? null,
      nix: nixOfMachine(facts),
      gauges,
      history: null,
      builders: findBuilders(facts),
      ...{ builderHistory: new Map(), buildProcesses: [], builderProcesses: new Map() },
      machineProblems: facts.machineProblems.map(({ message }) => message),
      canSudo: facts.canSudo,
    },
  };
}

/** Without an entry where the value is `null`: what was answered is taken back. */
export function changed(
  mac: Mac,
  change: Readonly<Record<string, Answers[string] | null>>,
  rest: Partial<Mac> = {},
): Mac {
  const answers: Record<string, Answers[string]> = { ...mac.answers };
  for (const [request, answer] of Object.entries(change)) {
    if (answer === null) delete answers[request];
    else answers[request] = answer;
  }
  return { ...mac, ...rest, answers };
}

export const absent = { text: "", code: 1 };

export function answering(change: Partial<Gauges> = {}, processes: GuestProcess[] = []): GuestLook {
  const gib = 1024 ** 3;
  return {
    kind: "answers",
    gauges: {
      cpu: 0.02,
      cores: 4,
      load: [0.1, 0.1, 0.1],
      memory: { usedBytes: gib, totalBytes: 8 * gib, pressure: "normal", swapUsedBytes: 0 },
      disks: [fakeDisk("/", 12, 40)],
      stall: null,
      outOfMemoryKills: 0,
      uptimeSeconds: 86_000,
      clockSkewSeconds: 0,
      ...change,
    },
    processes,
    version: "2.34.3",
    answerMs: 12,
    asRoot: true,
  };
}

type GuestProcess = Extract<GuestLook, { kind: "answers" }>["processes"][number];

export function refusing(
  kind: HostTroubleKind,
  message: string,
  asRoot = true,
  details: string[] = [],
): GuestLook {
  return { kind: "trouble", trouble: { kind, message, details, retry: false }, asRoot, times: 1 };
}

export function failure(reason: string, change: Partial<KnownFailure> = {}): KnownFailure {
  return {
    drv: null,
    name: "nix build .#hello",
    reason,
    logTail: [],
    diagnosis: null,
    command: null,
    ...change,
  };
}

/** `launchctl print` of one job, in the shape that macOS gives it. */
export function job(label: string, fields: Readonly<Record<string, string>> | null): Answers {
  const request = `service ${label}`;
  if (fields === null)
    return {
      [request]: `Bad request.\nCould not find service "${label}" in domain for system\n= ${label} 113\n`,
    };
  const lines = Object.entries({ path: `/Library/LaunchDaemons/${label}.plist`, ...fields });
  const rows = lines.map(([name, value]) => `\t${name} = ${value}\n`).join("");
  return { [request]: `system/${label} = {\n\tactive count = 1\n${rows}}\n= ${label} 0\n` };
}

/** `ps`: pid, parent, user, processor share in percent, age, command line. */
export function ps(...rows: readonly string[]): string {
  return [
    "  PID  PPID USER  %CPU    RSS     ELAPSED ARGS",
    "    1     0 root    0.0  22304  3-02:00:00 /sbin/launchd",
    ...rows,
    "",
  ].join("\n");
}
