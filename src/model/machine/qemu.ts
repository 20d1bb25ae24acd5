/** What a machine under QEMU was given, from its command line (qemu(1); nixpkgs nixos/modules/virtualisation/qemu-vm.nix). */
import { wholeNumber, wordsOf } from "./lines.ts";
import { type MachineProcess, programName } from "./processes.ts";
import type { VmProcess } from "./vm-processes.ts";

interface QemuForward {
  /** `null`: every address of this machine, so the network reaches it. */
  readonly address: string | null;
  readonly hostPort: number;
  readonly guestPort: number;
}

export interface QemuMachine extends VmProcess {
  /** `-name`. */
  readonly name: string | null;
  /** Of the guest: `aarch64`, `x86_64`. */
  readonly processor: string;
  readonly memoryBytes: number | null;
  readonly cores: number | null;
  readonly forwards: readonly QemuForward[];
  /** Files of its drives, in their order. */
  readonly disks: readonly string[];
  readonly qmpSocket: string | null;
  /**
   * No hardware help was asked for first, so everything is slow. A guest of another processor is emulated whatever was
   * asked for: compare `processor`.
   */
  readonly emulated: boolean;
}

const mostEntries = 64;

export function qemuMachines(processes: readonly MachineProcess[]): QemuMachine[] {
  const machines: QemuMachine[] = [];
  for (const process of processes) {
    // nixpkgs' wrappers are called .qemu-system-aarch64-wrapped.
    const processor = /^\.?qemu-system-([a-z0-9_]+?)(?:-wrapped)?$/.exec(programName(process.args))?.[1];
    if (processor !== undefined) machines.push(readMachine(process, processor));
  }
  return machines;
}

function readMachine(process: MachineProcess, processor: string): QemuMachine {
  const options = optionsOf(wordsOf(process.args).slice(1));
  const all = (...names: string[]) =>
    options.filter(({ name }) => names.includes(name)).map(({ value }) => listOf(value));
  // What QEMU_OPTS adds stands behind and wins.
  const last = (...names: string[]) => all(...names).at(-1) ?? [];
  const accelerators = [
    ...all("accel").map((list) => first(list)),
    ...all("machine", "M").map((list) => entryOf(list, "accel")),
    ...(options.some(({ name }) => name === "enable-kvm") ? ["kvm"] : []),
  ].filter((value) => value !== null);
  const { pid, parent, user, elapsedSeconds, cpu, residentBytes } = process;
  return {
    pid,
    parent,
    user,
    elapsedSeconds,
    cpu,
    residentBytes,
    name: first(last("name"), "guest"),
    processor,
    memoryBytes: sizeOf(first(last("m"), "size")),
    cores: wholeNumber(first(last("smp"), "cpus") ?? undefined),
    forwards: all("netdev", "nic", "net").flatMap(forwardsOf).slice(0, mostEntries),
    disks: [
      ...all("drive").map((list) => entryOf(list, "file")),
      ...all("hda", "hdb", "hdc", "hdd").map((list) => first(list)),
    ]
      .filter((path) => path !== null)
      .slice(0, mostEntries),
    qmpSocket: qmpSocketOf(options),
    emulated: !/^(?:hvf|kvm)(?::|$)/.test(accelerators[0] ?? "tcg"),
  };
}

interface Option {
  readonly name: string;
  readonly value: string;
}

/** Options with one dash or two; the word behind is the value unless it is an option itself. */
function optionsOf(words: readonly string[]): Option[] {
  const options: Option[] = [];
  for (const [index, word] of words.entries()) {
    const name = /^--?([A-Za-z][\w-]*)$/.exec(word)?.[1];
    if (name === undefined) continue;
    // The kernel's own command line lost its quotes; nothing in it is ours.
    const value = words[index + 1] ?? "";
    options.push({ name, value: value.startsWith("-") ? "" : value });
  }
  return options;
}

/** `a,b=c` in parts; two commas are one that is meant. */
function listOf(value: string): string[] {
  return value.split(/(?<!,),(?!,)/, 200).map((part) => part.replaceAll(",,", ","));
}

/** The first part, with or without its usual name before it. */
function first(list: readonly string[], name?: string): string | null {
  const named = name === undefined ? null : entryOf(list, name);
  const part = list[0] ?? "";
  return named ?? (part === "" || part.includes("=") ? null : part);
}

function entryOf(list: readonly string[], name: string): string | null {
  const part = list.findLast((entry) => entry.startsWith(`${name}=`));
  return part === undefined ? null : part.slice(name.length + 1);
}

/** `8192` are MiB. */
function sizeOf(text: string | null): number | null {
  const match = /^(\d{1,9})([KMGT]?)B?$/i.exec(text ?? "");
  if (!match) return null;
  return Number(match[1]) * 1024 ** (["K", "M", "G", "T"].indexOf((match[2] || "M").toUpperCase()) + 1);
}

/** `hostfwd=tcp:ADDRESS:PORT-GUEST:PORT`; udp is no way to log in. */
function forwardsOf(list: readonly string[]): QemuForward[] {
  return list.flatMap((part) => {
    const match = /^hostfwd=(?:tcp)?:(\[[^\]]*\]|[^:]*):(\d{1,5})-(?:\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(part);
    if (!match) return [];
    const address = (match[1] ?? "").replace(/^\[|\]$/g, "");
    const everywhere = address === "" || address === "0.0.0.0" || address === "::";
    return [
      { address: everywhere ? null : address, hostPort: Number(match[2]), guestPort: Number(match[3]) },
    ];
  });
}

/** `-qmp unix:PATH,server=on`, or a character device of its own behind `-mon …,mode=control`. */
function qmpSocketOf(options: readonly Option[]): string | null {
  for (const { name, value } of options) {
    const path = /^unix:(.+)$/.exec(listOf(value)[0] ?? "")?.[1];
    if ((name === "qmp" || name === "qmp-pretty") && path) return path;
  }
  for (const { name, value } of options) {
    const monitor = listOf(value);
    if (name !== "mon" || entryOf(monitor, "mode") !== "control") continue;
    const device = options
      .filter((option) => option.name === "chardev")
      .map((option) => listOf(option.value))
      .find((list) => entryOf(list, "id") === first(monitor, "chardev"));
    const path = device && entryOf(device, "path");
    if (path) return path;
  }
  return null;
}
