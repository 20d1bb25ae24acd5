/**
 * What the words of a failed build name. Only the fixed words of each message are matched, never names. Sources:
 * NixOS/nix `src/libstore/build/derivation-building-goal.cc`, `src/build-remote/build-remote.cc`, `src/libstore/ssh.cc`,
 * `src/libstore/daemon.cc`, OpenSSH, QEMU, nix-darwin's assertions, messages of determinate-nixd that people have published.
 */

interface Wording {
  readonly id: string;
  readonly pattern: RegExp;
}

/** What is certain and special stands before what follows from it. */
const wordings: readonly Wording[] = [
  {
    id: "native-builder-not-available",
    pattern: /Native Linux Builder is not currently available|failed to set up Native Linux Builder/i,
  },
  {
    id: "experimental-feature-off",
    pattern: /experimental Nix feature 'external-builders' is disabled|Ignoring setting 'external-builders'/,
  },
  { id: "nix-darwin-nix-disabled", pattern: /`?nix\.linux-builder\.enable`? requires `?nix\.enable`?/ },
  { id: "nix-custom-conf-conflict", pattern: /custom settings in `?\/etc\/nix\/nix\.custom\.conf`?/ },
  {
    id: "hash-mismatch",
    pattern: /hash mismatch in (?:fixed-output derivation|file downloaded)|NAR hash mismatch/,
  },
  { id: "build-timed-out", pattern: /timed out after \d+ seconds/ },
  {
    id: "virtiofs-permission",
    pattern: /cp: (?:setting|preserving) permissions for .{0,300}: Permission denied/,
  },
  { id: "qemu-sme-crash", pattern: /max-arm-cpu\.sme/ },
  {
    id: "builder-port-taken",
    pattern: /Could not set up host forwarding rule|cannot listen on \S+: Address already in use/,
  },
  { id: "rosetta-missing", pattern: /Rosetta is not installed/ },
  { id: "disk-image-wrong-format", pattern: /is a QEMU qcow2 image, not a raw disk/ },
  { id: "virby-no-ip", pattern: /Failed to discover VM IP/ },
  {
    id: "remote-path-lacks-nix",
    pattern: /command not found: nix-(?:daemon|store)|nix-(?:daemon|store): (?:command )?not found/,
  },
  { id: "too-many-agent-keys", pattern: /Too many authentication failures/ },
  {
    id: "builder-key-permissions",
    pattern:
      /UNPROTECTED PRIVATE KEY FILE|Permissions \d{4} for .{0,300} are too open|Load key .{0,300}: bad permissions/,
  },
  {
    id: "host-key-unverified",
    pattern:
      /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known for/,
  },
  { id: "builder-key-mismatch", pattern: /Permission denied \(publickey/ },
  { id: "localhost-unresolvable", pattern: /Could not resolve hostname localhost(?!:?[\w.-])/ },
  { id: "ssh-alias-missing", pattern: /Could not resolve hostname [A-Za-z0-9_-]+:? / },
  { id: "not-trusted-by-builder", pattern: /because it lacks a (?:valid )?signature by a trusted key/ },
  {
    id: "user-not-trusted",
    pattern:
      /ignoring the client-specified setting .{0,100}not a trusted user|ignoring untrusted (?:substituter|flake configuration)/,
  },
  { id: "upload-lock-stuck", pattern: /somebody is hogging the upload lock|waiting for the upload lock to/ },
  { id: "launchctl-bootstrap-failed", pattern: /(?:Bootstrap|Boot-out|Load) failed: 5: Input\/output error/ },
  {
    id: "ssh-connection-failed",
    pattern:
      /failed to start SSH connection to|cannot open connection to remote store 'ssh(?:-ng)?:|ssh: connect to host .{0,200}(?:refused|timed out|No route to host)|kex_exchange_identification|Could not resolve hostname/,
  },
  {
    id: "daemon-down",
    pattern:
      /cannot connect to (?:socket at|daemon at) .{0,200}daemon-socket|cannot connect to socket at .{0,100}nix-daemon\.socket/,
  },
  { id: "features-missing", pattern: /Reason: missing system features|^missing system features/m },
  {
    id: "builder-out-of-memory",
    pattern:
      /fatal error: Killed signal terminated|virtual memory exhausted|Out of memory: Killed|\(signal: 9, SIGKILL|failed due to signal 9 \(Killed|failed with exit code 137\b/,
  },
];

const requiredOld =
  /a '([^'\n]*)' (?:with features \{([^}\n]*)\} )?is required to build '([^'\n]*)', but I am a '([^'\n]*)'(?: with features \{([^}\n]*)\})?/;
const requiredNew =
  /Required system: '([^'\n]*)'(?: with features \{([^}\n]*)\})?\s+Current system: '([^'\n]*)'(?: with features \{([^}\n]*)\})?/;
const noSpace =
  /lack of free disk space|No space left on device|ENOSPC|database or disk is full|disk quota exceeded/i;
/** Derivations of which a builder VM is made. */
const builderItself =
  /-(?:create-builder|run-nixos-vm|nixos-vm|linux-builder-start|nixos-system-nixos-|darwin-builder|linux-builder)[^/'\n]*\.drv/;

/**
 * The id of the diagnosis that the words of a failure name; `null`: they name none. `remote`: it was built elsewhere, so
 * a full disk is that builder's.
 */
export function diagnosisOfFailure(text: string, { remote = false } = {}): string | null {
  if (text === "") return null;
  if (noSpace.test(text)) return remote ? "builder-disk-full" : "host-disk-full";
  const found = wordings.find(({ pattern }) => pattern.test(text));
  if (found) return found.id;
  return requirement(text);
}

/** As `diagnosisOfFailure`, of the lines of an error that ended a command: the source code that it quotes says nothing. */
export function diagnosisOfError(lines: readonly string[]): string | null {
  return diagnosisOfFailure(lines.filter((text) => !/^\s*\d*\|/.test(text)).join("\n"));
}

/**
 * Whether an error says that the daemon of this machine was lost in the middle, which has a cause that it does not name: it
 * was ended, or had no room to write (NixOS/nix `src/libstore/remote-store.cc`).
 */
export function losesDaemon(lines: readonly string[]): boolean {
  return /cannot open connection to remote store '(?:daemon|unix:|auto)|Nix daemon disconnected unexpectedly/.test(
    lines.join("\n"),
  );
}

/** What a build's own log may name: programs print anything, and a test about ssh is no trouble with ssh. */
const inLogs = new Set([
  "native-builder-not-available",
  "builder-out-of-memory",
  "virtiofs-permission",
  "hash-mismatch",
]);

const wordingsInLogs = wordings.filter(({ id }) => inLogs.has(id));

/** As `diagnosisOfFailure`, of the last lines of a build's log. */
export function diagnosisOfLog(lines: readonly string[], { remote = false } = {}): string | null {
  if (lines.length === 0) return null;
  const text = lines.join("\n");
  if (noSpace.test(text)) return remote ? "builder-disk-full" : "host-disk-full";
  const last = lines.at(-1) ?? "";
  if (/^(?:determinate-nixd: |.{0,80} )?sandbox setup: /.test(last)) return "fixed-output-stalled";
  return wordingsInLogs.find(({ pattern }) => pattern.test(text))?.id ?? null;
}

/** A build that no machine would take: its system, or its features, are wanting. Three wordings, by version. */
function requirement(text: string): string | null {
  const old = requiredOld.exec(text);
  if (old) return unmet({ wanted: old[1], have: old[4], features: old[2], text });
  const middle = requiredNew.exec(text);
  if (middle) return unmet({ wanted: middle[1], have: middle[3], features: middle[2], text });
  if (/platform mismatch/.test(text))
    return builderItself.test(text) ? "builder-bootstrap-loop" : "system-not-served";
  if (/Failed to find a machine for remote build/.test(text)) return noMachineTook(text);
  return /local builds are disabled \(max-jobs = 0\)|unable to start any build/.test(text)
    ? "no-usable-builder"
    : null;
}

/**
 * The build hook lists what was needed and what there is (NixOS/nix `build-remote.cc`): lists in brackets, until 2.8 without.
 * A machine that has all of it could only not be reached.
 */
function noMachineTook(text: string): string {
  const [, system = "", features = ""] =
    /required \(system, features\): \(([^,()\s]+), ?([^()\n]*)\)/.exec(text) ?? [];
  const offered = [...text.matchAll(/^\s*\(([^()\n]*?), \d+, ([^()\n]*)\)\s*$/gm)];
  const serving = offered.filter((match) => wordsOf(match[1]).includes(system));
  if (offered.length === 0 || system === "") return "no-usable-builder";
  if (serving.length === 0) return "system-not-served";
  const complete = serving.some((match) => {
    const has = wordsOf(match[2]);
    return wordsOf(features).every((feature) => has.includes(feature));
  });
  return complete ? "no-usable-builder" : "features-missing";
}

function wordsOf(list = ""): string[] {
  return list.split(/[\s,[\]]+/).filter((word) => word !== "");
}

function unmet(said: {
  wanted: string | undefined;
  have: string | undefined;
  features: string | undefined;
  text: string;
}): string {
  if (said.wanted === said.have) return "features-missing";
  return builderItself.test(said.text) ? "builder-bootstrap-loop" : "system-not-served";
}
