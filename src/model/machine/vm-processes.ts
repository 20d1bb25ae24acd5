/**
 * Virtual machines by the command lines of their processes, which anybody may read. What they were given tells their size
 * even when nobody can log in.
 */
import { wordsOf } from "./lines.ts";
import { type MachineProcess, programName } from "./processes.ts";

/** What `ps` says of the process that is the machine. */
export interface VmProcess {
  readonly pid: number;
  readonly parent: number;
  readonly user: string;
  readonly elapsedSeconds: number;
  /** Of one core: 2 is two busy cores. */
  readonly cpu: number;
  readonly residentBytes: number;
}

/**
 * `vzvm`: nixpkgs' builder on Apple's framework; `vfkit`, `krunkit`: virby; `lima`: rosetta-builder, Colima, Lima;
 * `virtualization`: a machine of Apple's framework itself. That one is a child of launchd, so only its age tells whose it is.
 */
export interface VzMachine extends VmProcess {
  readonly kind: "vzvm" | "vfkit" | "krunkit" | "lima" | "virtualization";
  /** Of `lima` the instance. */
  readonly name: string | null;
  /** Of `vzvm` its vzvm.json. */
  readonly configPath: string | null;
  readonly memoryBytes: number | null;
  readonly cores: number | null;
}

/** A program that runs one build in a machine of its own (Nix's setting `external-builders`). */
export interface ExternalBuilderRun extends VmProcess {
  /** Name of the program: `determinate-nixd`, `nix-linux-builder`. */
  readonly program: string;
  readonly args: readonly string[];
  /** The build.json that Nix wrote for it. */
  readonly buildFile: string | null;
}

const vzPrograms: Readonly<Record<string, VzMachine["kind"]>> = {
  vzvm: "vzvm",
  vfkit: "vfkit",
  krunkit: "krunkit",
  limactl: "lima",
  "com.apple.Virtualization.VirtualMachine": "virtualization",
};

export function vzMachines(processes: readonly MachineProcess[]): VzMachine[] {
  const machines: VzMachine[] = [];
  for (const process of processes) {
    const kind = vzPrograms[programName(process.args)];
    const words = wordsOf(process.args).slice(1);
    if (kind === undefined || (kind === "lima" && words[0] !== "hostagent")) continue;
    const sized = kind === "vfkit" || kind === "krunkit";
    const mebibytes = sized ? numberOf(option(words, "--memory", "-m")) : null;
    machines.push({
      ...vmProcess(process),
      kind,
      name: kind === "lima" ? (words.at(-1) ?? null) : null,
      configPath: kind === "vzvm" ? (words.find((word) => word.endsWith(".json")) ?? null) : null,
      memoryBytes: mebibytes === null ? null : mebibytes * 1024 ** 2,
      cores: sized ? numberOf(option(words, "--cpus", "-c")) : null,
    });
  }
  return machines;
}

/** Nix calls such a program with its own words and the path of a build.json behind. */
export function externalBuilderRuns(processes: readonly MachineProcess[]): ExternalBuilderRun[] {
  const runs: ExternalBuilderRun[] = [];
  for (const process of processes) {
    const program = programName(process.args);
    const args = wordsOf(process.args).slice(1);
    const buildFile = args.at(-1)?.endsWith("/build.json") ? (args.at(-1) ?? null) : null;
    const determinate = program === "determinate-nixd" && args[0] === "builder";
    if (!determinate && (buildFile === null || !buildFile.startsWith("/"))) continue;
    // An editor or a pager on that file is not a builder.
    if (!determinate && /^(?:bash|cat|emacs|head|jq|less|more|nano|nvim|sh|tail|vi|vim|zsh)$/.test(program))
      continue;
    runs.push({ ...vmProcess(process), program, args, buildFile });
  }
  return runs;
}

function vmProcess({ pid, parent, user, elapsedSeconds, cpu, residentBytes }: MachineProcess): VmProcess {
  return { pid, parent, user, elapsedSeconds, cpu, residentBytes };
}

/** The word behind an option, or behind its `=`. */
function option(words: readonly string[], ...names: readonly string[]): string | undefined {
  const at = words.findLastIndex((word) => names.includes(word.split("=", 1)[0] ?? ""));
  const word = words[at];
  return word?.includes("=")
    ? word.slice(word.indexOf("=") + 1)
    : word === undefined
      ? undefined
      : words[at + 1];
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

export { type QemuMachine, qemuMachines } from "./qemu.ts";
