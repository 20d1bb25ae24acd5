import type { MacCase } from "../support/mac.ts";

const kinds = [
  "determinate-native",
  "linux-builder",
  "linux-builder-vz",
  "linux-builder-manual",
  "darwin-builder",
  "determinate-vm-builder",
  "external-builder",
  "rosetta-builder",
  "virby",
  "macos-builder",
  "container",
  "remote",
];
const states = [
  "healthy",
  "idle",
  "building",
  "booting",
  "wedged",
  "stopped",
  "crash-looping",
  "disabled",
  "unreachable",
  "not-granted",
  "not-configured",
  "unknown",
];

interface Process {
  pid: number;
  ppid: number;
  elapsedSeconds?: number;
}

interface Whole extends MacCase {
  host: { bootedSecondsAgo: number };
  launchd?: Record<string, { state?: string; pid?: number | null; loaded?: boolean }>;
  processes?: Process[];
  listeners?: { port: number; pid: number }[];
  files?: Record<string, { content?: unknown } | null>;
  guests?: Record<string, { reachable?: string; port?: number; processes?: Process[] }>;
}

/** What in a case contradicts itself, or uses a word of no meaning; empty if it is of one piece. */
export function faultsOf(state: MacCase): string[] {
  const mac = state as Whole;
  return [
    ...wordFaults(mac),
    ...jobFaults(mac),
    ...processFaults(mac),
    ...portFaults(mac),
    ...lineFaults(mac),
  ];
}

function wordFaults({ truth, note }: Whole): string[] {
  if (!truth || !note) return ["it has no truth or no note"];
  const words = truth.builders.flatMap(({ state, or = [] }) => [state, ...or]);
  return [
    ...truth.builders.filter(({ kind }) => !kinds.includes(kind)).map(({ kind }) => `no kind: ${kind}`),
    ...words.filter((word) => !states.includes(word)).map((word) => `no state: ${word}`),
    ...truth.diagnoses.filter((id) => truth.never.includes(id)).map((id) => `found and never: ${id}`),
    ...[...truth.diagnoses, ...truth.never].filter((id) => !/^[a-z]+(-[a-z]+)*$/.test(id)),
  ];
}

function jobFaults({ launchd = {}, processes = [] }: Whole): string[] {
  return Object.entries(launchd).flatMap(([label, job]) => {
    const running = job.state === "running" && job.loaded !== false;
    if (running !== (job.pid != null)) return [`${label} is ${job.state} with pid ${job.pid}`];
    return running && !processes.some(({ pid }) => pid === job.pid) ? [`${label} has no process`] : [];
  });
}

function processFaults({ host, processes = [] }: Whole): string[] {
  const age = (process: Process) => process.elapsedSeconds ?? host.bootedSecondsAgo - 20;
  return processes.flatMap((process) => {
    const parent = processes.find(({ pid }) => pid === process.ppid);
    const twice = processes.filter(({ pid }) => pid === process.pid).length > 1;
    return [
      ...(twice ? [`two processes are ${process.pid}`] : []),
      ...(process.ppid !== 1 && !parent ? [`${process.pid} has no parent ${process.ppid}`] : []),
      ...(parent && age(parent) < age(process) ? [`${process.pid} is older than its parent`] : []),
      ...(age(process) > host.bootedSecondsAgo ? [`${process.pid} is older than the boot`] : []),
    ];
  });
}

function portFaults({ processes = [], listeners = [], guests = {} }: Whole): string[] {
  const orphans = listeners.filter((listener) => !processes.some(({ pid }) => pid === listener.pid));
  const local = Object.entries(guests).filter(([alias]) => !alias.includes("."));
  const dumb = local.filter(
    ([, { reachable, port }]) => reachable === "ssh" && !listeners.some((listener) => listener.port === port),
  );
  return [
    ...orphans.map(({ port }) => `nobody holds port ${port}`),
    ...dumb.map(([alias]) => `${alias} answers at no port`),
  ];
}

/** Every machine that Nix is told of is one that ssh can meet, or one whose URI is wrong on purpose. */
function lineFaults({ files = {}, guests = {}, truth }: Whole): string[] {
  const content = files["/etc/nix/machines"]?.content;
  const hosts = String(content ?? "").matchAll(/^[a-z-]+:\/\/(?:[^@/ ]*@)?([^:/? ]+)/gm);
  const wrong = truth?.diagnoses.some((id) => id.startsWith("builder-uri-")) ?? false;
  return [...hosts]
    .flatMap(([, host]) => host ?? [])
    .filter((host) => !guests[host] && !wrong)
    .map((host) => `nobody is ${host}`);
}
