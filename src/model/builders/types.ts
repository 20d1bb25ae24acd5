/** What is known of a builder: a place where derivations are built for this machine. */
import type { Gauges } from "../gauges/types.ts";

export type BuilderKind =
  /** Determinate Nix's own: a VM for each build, no ssh. */
  | "determinate-native"
  /** nix-darwin's `nix.linux-builder`, QEMU. */
  | "linux-builder"
  /** The same with `package = pkgs.darwin.linux-builder-vz`. */
  | "linux-builder-vz"
  /** `nix run nixpkgs#darwin.linux-builder` in a terminal. */
  | "linux-builder-manual"
  /** A hand-written launchd job that starts it. */
  | "darwin-builder"
  /** `determinateNix.nixosVmBasedLinuxBuilder`. */
  | "determinate-vm-builder"
  /** Another program of the `external-builders` protocol. */
  | "external-builder"
  | "rosetta-builder"
  | "virby"
  /** Gabriella439/macos-builder, superseded. */
  | "macos-builder"
  | "container"
  /** Any other machine of `/etc/nix/machines` or `builders =`. */
  | "remote";

export type BuilderState =
  /** Answers; nothing is asked of it. */
  | "healthy"
  /** Well, and nothing runs because nothing is asked: a VM that is made for each build, or sleeps. */
  | "idle"
  | "building"
  | "booting"
  /** Runs, but does not answer. */
  | "wedged"
  | "stopped"
  | "crash-looping"
  /** Switched off: by a setting, by launchd, by the Login Items switch. */
  | "disabled"
  | "unreachable"
  /** Wants a permission that this account or machine does not have. */
  | "not-granted"
  | "not-configured"
  | "unknown";

/** A state and the words that prove it. */
export interface Verdict {
  readonly state: BuilderState;
  /** One clean line with the evidence: `sshd answers on port 31022`. */
  readonly why: string;
}

/** What it was given, as opposed to what it uses. */
export interface BuilderSize {
  readonly memoryBytes: number | null;
  readonly cores: number | null;
  /** Of its disk image as the guest sees it. */
  readonly diskBytes: number | null;
  /** What the image takes on this machine's disk. */
  readonly diskAllocatedBytes: number | null;
}

/** How a login to it works, for looking inside. */
export interface GuestTarget {
  /** What ssh is given: an alias, or a host. */
  readonly host: string;
  readonly user: string | null;
  readonly port: number | null;
  /** Where ssh's settings lead: the name or address, and the port, that are connected to. */
  readonly address: string;
  readonly addressPort: number;
  /** Private key on the machine that logs in. */
  readonly identityFile: string | null;
  /** `ssh-ed25519 AAAA…` where the machines file vouches for it. */
  readonly hostKey: string | null;
}

/** Where its own log is kept. */
export type BuilderLog =
  | { readonly kind: "file"; readonly path: string }
  /** macOS's unified log. */
  | { readonly kind: "unified"; readonly predicate: string }
  | { readonly kind: "journal"; readonly unit: string }
  | { readonly kind: "container"; readonly name: string }
  /** Nowhere; says why, and how to get one. */
  | { readonly kind: "none"; readonly why: string };

/** How it is started and stopped. */
export type BuilderControl =
  | { readonly kind: "launchd"; readonly label: string; readonly plist: string | null }
  | { readonly kind: "systemd"; readonly unit: string }
  | { readonly kind: "container"; readonly name: string }
  /** Not from here; says why and what to do instead. */
  | { readonly kind: "none"; readonly why: string };

export interface Builder {
  /** The same for the same builder as long as it is watched; unique on its machine. */
  readonly key: string;
  readonly kind: BuilderKind;
  /** What people call it: `linux-builder`, `native`, the host of its URI. Clean. */
  readonly name: string;
  readonly state: BuilderState;
  readonly why: string;
  /** As Nix names it; `null` where there is none (native, external). */
  readonly uri: string | null;
  /** `aarch64-linux`, …; in the order of the setting. */
  readonly systems: readonly string[];
  readonly features: readonly string[];
  readonly jobs: { readonly used: number; readonly max: number | null };
  /** Seconds since 1970 of the last build that was given to it. */
  readonly lastUsedAt: number | null;
  readonly uptimeSeconds: number | null;
  /** Of Nix in it. */
  readonly version: string | null;
  readonly size: BuilderSize;
  /** Of its inside; `null` while nobody can look. */
  readonly gauges: Gauges | null;
  /** Why the gauges are less than they could be, and how to lift it. */
  readonly limitedBy: string | null;
  /** Round trip of the last look inside, in ms. */
  readonly answerMs: number | null;
  /** The files that decide about it. */
  readonly settings: readonly string[];
  readonly log: BuilderLog;
  readonly control: BuilderControl;
  /** `null`: there is no login, or nobody may knock (an on-demand VM would wake). */
  readonly guest: GuestTarget | null;
}

export const unknownSize: BuilderSize = {
  memoryBytes: null,
  cores: null,
  diskBytes: null,
  diskAllocatedBytes: null,
};
