/** vzvm.json, which the `vz` builder keeps in its working directory (nixpkgs nixos/modules/virtualisation/vz-vm.nix). */
import { cleanText } from "../text/clean.ts";
import { jsonOf, member } from "./lines.ts";

interface VzvmDisk {
  readonly path: string;
  readonly readOnly: boolean;
}

/** A port of the Mac that leads to one of the guest, past its network. */
interface VzvmForward {
  readonly address: string | null;
  readonly hostPort: number;
  readonly vsockPort: number | null;
}

export interface VzvmConfig {
  readonly cpuCount: number | null;
  readonly memoryBytes: number | null;
  readonly disks: readonly VzvmDisk[];
  readonly forwards: readonly VzvmForward[];
  readonly rosetta: boolean | null;
  readonly nestedVirtualization: boolean | null;
}

const mostEntries = 64;

/** `null`: not an object of JSON, so not such a file. */
export function parseVzvmConfig(text: string): VzvmConfig | null {
  const config = jsonOf(text);
  if (typeof config !== "object" || config === null || Array.isArray(config)) return null;
  const number = (key: string) => positive(member(config, key));
  const mebibytes = number("memorySizeMiB");
  const switched = (key: string) => {
    const value = member(config, key);
    const enable = member(value, "enable") ?? value;
    return typeof enable === "boolean" ? enable : null;
  };
  return {
    cpuCount: number("cpuCount"),
    memoryBytes: mebibytes === null ? null : mebibytes * 1024 ** 2,
    disks: list(member(config, "disks")).flatMap((disk) => {
      const path = member(disk, "path");
      return typeof path === "string"
        ? [{ path: cleanText(path), readOnly: member(disk, "readOnly") === true }]
        : [];
    }),
    forwards: list(member(member(config, "vsock"), "forwards")).flatMap(forwardOf),
    rosetta: switched("rosetta"),
    nestedVirtualization: switched("nestedVirtualization"),
  };
}

/** `listen` is `127.0.0.1:31022`, or a port alone. */
function forwardOf(entry: unknown): VzvmForward[] {
  const listen = member(entry, "listen");
  const text = typeof listen === "number" || typeof listen === "string" ? String(listen) : "";
  const match = /^(?:(.*):)?(\d{1,5})$/.exec(text);
  if (!match) return [];
  const address = cleanText(match[1] ?? "").replace(/^\[|\]$/g, "");
  return [
    { address: address || null, hostPort: Number(match[2]), vsockPort: positive(member(entry, "vsockPort")) },
  ];
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, mostEntries) : [];
}

function positive(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 && value < 2 ** 40
    ? value
    : null;
}
