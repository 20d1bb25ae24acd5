/** What all Macs of the demonstration have in common. */
import type { DemoAnswers } from "./demo-machines.ts";
import {
  type DemoJob,
  type DemoProcess,
  iostat,
  launchdPrint,
  macDisks,
  processTable,
  sysctlLoad,
  vmStat,
} from "./demo-texts.ts";

/** Of the clocks of the demonstration, seconds since 1970. */
export const demoEpoch = 1_790_000_000;
/** The public key that every VM builder of nixpkgs has, as a machines file holds it. */
export const nixpkgsHostKey =
  "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUpCV2N4Yi9CbGFxdDFhdU90RStGOFFVV3JVb3RpQzVxQkorVXVFV2RWQ2Igcm9vdEBuaXhvcwo=";
const builderKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemonstrationsOfBuildtopHaveNoKeyAtAll000 builder@localhost\n";

interface DemoMacFigures {
  readonly processes: readonly DemoProcess[];
  /** Of all processors, from 0 to 1. */
  readonly cpu: number;
  readonly load: readonly [number, number, number];
  readonly activeGiB: number;
}

export interface DemoMac {
  readonly name: string;
  readonly model: string;
  readonly chip: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly upSeconds: number;
  readonly diskGiB: { readonly total: number; readonly nix: number; readonly free: number };
  readonly nixVersion: string;
  readonly nixConfig: object;
  readonly jobs: readonly DemoJob[];
  /** Paths that can be read. */
  readonly files: Readonly<Record<string, string>>;
  /** Whatever else it answers; wins. */
  readonly further: DemoAnswers;
  figures(seconds: number): DemoMacFigures;
}

export function macAnswers(mac: DemoMac): DemoAnswers {
  const text = (out: string) => ({ code: 0, text: out });
  return (request, seconds) => {
    const own = mac.further(request, seconds);
    if (own) return own;
    const [section, word = ""] = request.split(" ");
    const now = Math.floor(demoEpoch + seconds);
    switch (section) {
      case "now":
        return text(`${now}\n`);
      case "machine":
        return text(
          `ProductName:\t\tmacOS\nProductVersion:\t\t26.2\nBuildVersion:\t\t25C56\nhw.model: ${mac.model}\nmachdep.cpu.brand_string: ${mac.chip}\n${mac.name}.local\nada\n`,
        );
      case "processes":
        return text(processTable(mac.figures(seconds).processes));
      case "load": {
        const { load } = mac.figures(seconds);
        return text(sysctlLoad(load, demoEpoch - mac.upSeconds, mac.memoryGiB, mac.cores));
      }
      case "memory":
        return text(vmStat(mac.figures(seconds).activeGiB, 3.1, 0.4));
      case "cpu": {
        const { cpu, load } = mac.figures(seconds);
        return text(iostat(cpu, load));
      }
      case "disks":
        return text(macDisks(mac.diskGiB.total, mac.diskGiB.nix, mac.diskGiB.free));
      case "nix-version":
        return text(`${mac.nixVersion}\n`);
      case "nix-config":
        return text(`${JSON.stringify(mac.nixConfig)}\n`);
      case "launch-daemons":
        return text(mac.jobs.map(({ label }) => `${label}.plist\n`).join(""));
      case "service":
        return text(
          request
            .split(" ")
            .slice(1)
            .map((label) =>
              launchdPrint(
                label,
                mac.jobs.find((job) => job.label === label),
              ),
            )
            .join(""),
        );
      case "disabled":
        return text('\tdisabled services = {\n\t\t"com.openssh.sshd" => enabled\n\t}\n');
      case "file": {
        const content = mac.files[word];
        return content === undefined ? { code: 1, text: "" } : text(content);
      }
      case "ssh-config":
        return text(
          word === "linux-builder"
            ? "host linux-builder\nuser builder\nhostname localhost\nport 31022\nhostkeyalias linux-builder\nidentityfile /etc/nix/builder_ed25519\n"
            : `host ${word}\nuser ada\nhostname ${word}\nport 22\n`,
        );
      case "listeners":
        return text(
          "tcp4       0      0  *.22       *.*       LISTEN\ntcp46      0      0  *.31022    *.*       LISTEN\n",
        );
      case "stat":
        return text(
          request.includes("/etc/nix/builder_ed25519")
            ? `-rw------- root nixbld 411 8 ${demoEpoch - 900_000} /etc/nix/builder_ed25519\n-rw-r--r-- root nixbld 99 8 ${demoEpoch - 900_000} /etc/nix/builder_ed25519.pub\n`
            : "",
        );
      case "current-load":
      case "sudo":
        return text("");
      case "containers":
      case "determinate-version":
      case "determinate-status":
        return { code: 127, text: "" };
      default:
        return undefined;
    }
  };
}

/** What every linux-builder has lying about. */
export const builderFiles: Readonly<Record<string, string>> = {
  "/etc/nix/builder_ed25519.pub": builderKey,
  "/var/lib/linux-builder/keys/builder_ed25519.pub": builderKey,
};

/** Nix's part of nix.conf(5) as `nix config show --json` tells it. */
export function nixConfig(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}
