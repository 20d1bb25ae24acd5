/** What a setting's value is compared with on a machine, and who else makes files there. */
import type { BuilderKind } from "../../model/builders/types.ts";
import { vmKinds } from "../../model/builders/vm-kinds.ts";
import { wholeNumber } from "../../model/machine/lines.ts";
import type { MachineStatus } from "../../model/machine/status.ts";
import type { OwnerFacts } from "../../model/settings/ownership.ts";
import type { HostLimits, OtherVm, Setting } from "../../model/settings/setting.ts";
import type { ActionWatch } from "../actions/plan-action.ts";
import { run } from "../hosts/run.ts";

export interface SettingHost {
  readonly owner: OwnerFacts;
  /** Another virtual machine than that of `setting` counts as one that is there besides. */
  readonly limits: (setting: Setting) => HostLimits;
}

const askMs = 15_000;
/**
 * Apple silicon has its fast cores at level 0 (sysctl(3), hw.perflevel0). What a machine is made of is asked here, and not
 * taken from the last look alone: one answer that was late there would take away the bounds.
 */
const script = [
  "echo uid $(id -u)",
  "[ -e /run/current-system/sw/bin/darwin-rebuild ] && echo darwin-rebuild",
  "echo fast-cores $(sysctl -n hw.perflevel0.physicalcpu 2>/dev/null)",
  "echo cores $(sysctl -n hw.ncpu 2>/dev/null || nproc 2>/dev/null)",
  "echo memory $(sysctl -n hw.memsize 2>/dev/null)",
  // proc_meminfo(5) counts in KiB.
  "echo memory-kib $(sed -n 's/^MemTotal: *//p' /proc/meminfo 2>/dev/null)",
  "exit 0",
].join("\n");

/** On a machine that was looked at. Rejects with `HostError`. */
export async function settingHost(watch: ActionWatch, signal: AbortSignal): Promise<SettingHost> {
  const { stdout } = await run(watch.host, ["/bin/sh", "-c", script], { deadlineMs: askMs, signal });
  const rows = stdout.split("\n");
  return hostOf(watch, rows);
}

/** The same without asking it anything more. `rows`: what it said, none for a recording. */
export function hostOf(watch: Pick<ActionWatch, "facts" | "status">, rows: readonly string[]): SettingHost {
  const { facts } = watch;
  const platform = facts?.platform ?? "linux";
  const machine = watch.status();
  const determinate = machine.nix?.flavour === "determinate" || facts?.determinateVersion != null;
  return {
    owner: {
      platform,
      determinate,
      nixDarwin: platform === "darwin" && rows.includes("darwin-rebuild"),
      uid: numberIn(rows, "uid"),
    },
    limits: (setting) => ({
      memoryBytes: memoryIn(rows) ?? machine.gauges?.memory?.totalBytes ?? null,
      cores: numberIn(rows, "cores") ?? machine.gauges?.cores ?? null,
      performanceCores: platform === "darwin" ? numberIn(rows, "fast-cores") : null,
      freeDiskBytes: freeDisk(machine),
      otherVms: otherVms(machine, setting),
      localSystem: facts?.localSystem ?? `unknown-${platform}`,
      determinate,
    }),
  };
}

/** `cores 12`; `null` where it did not say. */
function numberIn(rows: readonly string[], name: string): number | null {
  const row = rows.find((each) => each.startsWith(`${name} `));
  return wholeNumber(row?.slice(name.length + 1).split(" ")[0] ?? "");
}

function memoryIn(rows: readonly string[]): number | null {
  const kibibytes = numberIn(rows, "memory-kib");
  return numberIn(rows, "memory") || (kibibytes ? kibibytes * 1024 : null);
}

/** Of the volume that /nix and /var lie on, which on a Mac share their space. */
function freeDisk({ gauges }: MachineStatus): number | null {
  const disks = gauges?.disks ?? [];
  const disk = disks.find(({ mount }) => mount === "/nix") ?? disks.find(({ mount }) => mount === "/");
  return disk?.freeBytes ?? null;
}

/** Builders with a memory of their own on this machine. */
const virtual: ReadonlySet<BuilderKind> = new Set<BuilderKind>(["determinate-native", ...vmKinds]);

function otherVms({ builders }: MachineStatus, { id }: Setting): OtherVm[] {
  const own: ReadonlySet<BuilderKind> = id.startsWith("builder.")
    ? new Set<BuilderKind>(["determinate-native"])
    : new Set<BuilderKind>(["linux-builder", "linux-builder-vz", "determinate-vm-builder"]);
  return builders.flatMap(({ kind, name, size, state }) => {
    if (!virtual.has(kind) || own.has(kind) || size.memoryBytes === null) return [];
    if (state === "not-configured" || state === "disabled" || state === "not-granted") return [];
    return [{ name, memoryBytes: size.memoryBytes, builder: true }];
  });
}
