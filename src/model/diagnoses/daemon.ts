/** The Nix daemon of the machine. */
import { determinateConfigFile, type MachineFacts } from "../machine/facts.ts";
import { explainLaunchdExit } from "../machine/launchd.ts";
import type { MachineProcess } from "../machine/processes.ts";
import { parseStoreCheck, storeCheckRequest } from "../machine/store-check.ts";
import { formatDuration } from "../units.ts";
import { diagnosisOfFailure } from "./failure-texts.ts";
import { fromFailures, of, quote, rarely, restartDaemon } from "./support.ts";
import type { Diagnosis, DiagnosisInput, Evidence, Fix } from "./types.ts";

const determinateLabel = "systems.determinate.nix-daemon";

function isDeterminate({ status }: DiagnosisInput): boolean {
  return status.nix?.service?.name === determinateLabel;
}

export const daemonDown: Diagnosis = {
  id: "daemon-down",
  severity: "error",
  title: "the Nix daemon does not run",
  looksAt:
    "launchd's or systemd's word on the daemon's job, else `nix store info`; `cannot connect to socket`",
  yieldsTo: ["determinate-daemon-offline"],
  // Each time starts Nix: seldom while all is well.
  asks: (facts) =>
    isUnvouched(facts) ? [rarely(ownStoreRequest(facts), getsThrough(facts) ? 300 : 30)] : [],
  find: (input) => {
    const { status, facts } = input;
    const cause = 'Nothing can be built, and most Nix commands end with "cannot connect to socket".';
    const refused = isUnvouched(facts) ? refusedBySocket(facts) : null;
    if (refused !== null)
      return [
        of("the Nix daemon", [quote("nix store info", refused)], cause, [
          { title: "start it, in the way of this machine; by hand it is", commands: ["sudo nix-daemon"] },
        ]),
      ];
    if (status.nix?.daemon !== "stopped" || isDeterminate(input))
      return isVouched(input) ? [] : fromFailures(input, "daemon-down", cause, startDaemon(input));
    return [
      of("the Nix daemon", [...daemonEvidence(input), ...storeEvidence(facts)], cause, startDaemon(input)),
    ];
  },
};

const units = "service nix-daemon.service nix-daemon.socket";

/** Nobody there looks after the daemon (a container, another init): a process of that name may be anyone's. */
function isUnvouched(facts: MachineFacts): boolean {
  if (facts.platform !== "linux" || facts.nixVersion === null || facts.answer(units) === undefined)
    return false;
  return facts.unit("nix-daemon.service")?.loadState !== "loaded";
}

/** The daemon runs, by the word of who looks after it, or because Nix gets through. */
function isVouched({ status, facts }: DiagnosisInput): boolean {
  if (!isUnvouched(facts)) return status.nix?.daemon === "running";
  return getsThrough(facts);
}

/** As far as it was asked. */
function getsThrough(facts: MachineFacts): boolean {
  const answer = facts.answer(ownStoreRequest(facts));
  return answer !== undefined && parseStoreCheck(answer).ok;
}

/** By the way that each command takes: a user who may write to the store needs no daemon. */
function ownStoreRequest(facts: MachineFacts): string {
  return storeCheckRequest("auto", facts.nixVersion, false);
}

/** What Nix says when nobody listens at the daemon's socket; `null`: it gets through, or was not asked. */
function refusedBySocket(facts: MachineFacts): string | null {
  const answer = facts.answer(ownStoreRequest(facts));
  const problem = answer === undefined ? null : parseStoreCheck(answer).problem;
  return problem !== null && diagnosisOfFailure(problem) === "daemon-down" ? problem : null;
}

function daemonEvidence({ status, facts }: DiagnosisInput): Evidence[] {
  const service = status.nix?.service;
  if (!service) return [];
  if (service.kind === "systemd") {
    const unit = facts.unit(service.name);
    return [quote(`systemctl show ${service.name}`, `ActiveState=${unit?.activeState ?? "?"}`)];
  }
  const job = facts.service(service.name);
  if (!job) return [quote(`launchctl print system/${service.name}`, "Could not find service")];
  const exit = explainLaunchdExit(job);
  return [
    quote(`launchctl print system/${service.name}`, `state = ${job.state ?? "?"}${exit ? `; ${exit}` : ""}`),
  ];
}

/** Without the store's volume no daemon can start. */
function storeEvidence(facts: MachineFacts): Evidence[] {
  return facts.stat("/nix/store") === null
    ? [quote("/nix/store", "it is not there: the Nix volume is not mounted")]
    : [];
}

function startDaemon({ status, facts }: DiagnosisInput): Fix[] {
  const service = status.nix?.service;
  if (!service) return [];
  if (service.kind === "systemd")
    return [
      {
        title: "start it",
        commands: [`sudo systemctl start ${service.name}`],
        action: { kind: "restart-daemon" },
      },
    ];
  const mount: Fix[] =
    facts.stat("/nix/store") === null
      ? [
          {
            title: "mount the Nix volume",
            commands: ["sudo launchctl kickstart system/org.nixos.darwin-store"],
          },
        ]
      : [];
  const loaded = facts.service(service.name) != null;
  const command = loaded
    ? `sudo launchctl kickstart -k system/${service.name}`
    : `sudo launchctl bootstrap system /Library/LaunchDaemons/${service.name}.plist`;
  return [...mount, { title: "start it", commands: [command], action: { kind: "restart-daemon" } }];
}

export const determinateDaemonOffline: Diagnosis = {
  id: "determinate-daemon-offline",
  severity: "error",
  title: "Determinate's daemon is offline",
  looksAt: "`determinate-nixd version`, launchd's word on its job",
  find: (input) => {
    const { status, facts } = input;
    const stopped = isDeterminate(input) && status.nix?.daemon === "stopped";
    const native = status.builders.find(({ kind }) => kind === "determinate-native");
    if (!stopped || native?.state === "booting" || justStarted(facts)) return [];
    const version = facts.determinateVersion?.daemon;
    const said = version
      ? [quote("determinate-nixd version", `Determinate Nixd daemon version: ${version}`)]
      : [];
    const cause =
      "It is Nix's daemon on this machine, too: nothing can be built, and no native builder be made.";
    return [of("Determinate's daemon", [...said, ...daemonEvidence(input)], cause, startDaemon(input))];
  },
};

function justStarted(facts: MachineFacts): boolean {
  const pid = facts.service(determinateLabel)?.pid ?? null;
  const process = facts.processes.find((each) => each.pid === pid);
  return process !== undefined && process.elapsedSeconds < 30;
}

/** Read when the daemon starts, and never again. */
const daemonFiles = ["/etc/nix/nix.conf", "/etc/nix/nix.custom.conf", determinateConfigFile] as const;

export const restartNeeded: Diagnosis = {
  id: "restart-needed",
  severity: "warning",
  title: "settings were changed that hold only after a restart of the daemon",
  looksAt: "the time of nix.conf and its like against the start of the daemon",
  asks: () => [rarely(`stat ${daemonFiles.join(" ")}`, 30)],
  find: (input) => {
    const { facts } = input;
    const started = daemonStart(input);
    if (started === null) return [];
    const changed = daemonFiles.flatMap((path) => {
      const file = facts.stat(path);
      // Determinate's daemon writes nix.conf itself, at its start and later.
      const written = isDeterminate(input) ? path === "/etc/nix/nix.conf" : path === determinateConfigFile;
      if (written) return [];
      // A link is nix-darwin's, which tells the daemon itself. Two seconds: ps rounds.
      return file?.type === "file" && file.modifiedAt > started.at + 2 ? [{ path, at: file.modifiedAt }] : [];
    });
    if (changed.length === 0) return [];
    const evidence = changed.map(({ path, at }) =>
      quote(path, `changed ${formatDuration((at - started.at) * 1000)} after the daemon's start`),
    );
    evidence.push(
      quote(
        "ps",
        `the daemon (pid ${started.process.pid}) has run for ${formatDuration(started.process.elapsedSeconds * 1000)}`,
      ),
    );
    return [
      of(
        "the Nix daemon",
        evidence,
        "The daemon reads these files when it starts; what was changed since is not in force.",
        restartDaemon(input, "restart the daemon (of this installation), which ends builds that run"),
      ),
    ];
  },
};

function daemonStart({
  facts,
  status,
  nowSeconds,
}: DiagnosisInput): { at: number; process: MachineProcess } | null {
  const service = status.nix?.service;
  if (!service || nowSeconds === null) return null;
  const pid = service.kind === "launchd" ? facts.service(service.name)?.pid : facts.unit(service.name)?.pid;
  const process = facts.processes.find((each) => each.pid === pid);
  return process ? { at: nowSeconds - process.elapsedSeconds, process } : null;
}

export const postBuildHookHung: Diagnosis = {
  id: "post-build-hook-hung",
  severity: "error",
  title: "the post-build hook hangs",
  looksAt: "a process of post-build-hook.sh that is minutes old",
  find: (input) => {
    const hung = input.facts.processes.find(
      ({ args, elapsedSeconds }) =>
        /post-build-hook(?:\.sh)?\b/.test(args) &&
        elapsedSeconds >= 300 &&
        !/^\S*(?:grep|vim?|nano|less|tail)\b/.test(args),
    );
    if (!hung) return [];
    return [
      of(
        "the post-build hook",
        [quote("ps", `pid ${hung.pid}, for ${formatDuration(hung.elapsedSeconds * 1000)}: ${hung.args}`)],
        "Builds are done but do not end: the hook waits for a daemon that does not read from it.",
        restartDaemon(input, "restart the daemon"),
      ),
    ];
  },
};

/** Settings of a person's own nix.conf that the daemon takes from trusted users only. */
const restricted =
  /^\s*(builders|extra-builders|external-builders|build-hook|sandbox|extra-platforms|system-features)\s*=\s*(\S.*)$/;

export const userNotTrusted: Diagnosis = {
  id: "user-not-trusted",
  severity: "warning",
  title: "the daemon does not trust the user and passes over settings of theirs",
  looksAt: "restricted settings in the user's own nix.conf, trusted-users, the groups of the user",
  asks: () => [rarely("user-nix-conf", 120)],
  find: (input) => {
    const { facts } = input;
    const cause = "Only trusted users may set this; the daemon passes it over with a warning.";
    const fixes: Fix[] = [
      {
        title: "trust the admins of this machine: in nix.conf (or nix.custom.conf), then restart the daemon",
        commands: ["extra-trusted-users = @admin"],
      },
      ...restartDaemon(input),
    ];
    const groups = groupsOf(facts);
    const user = facts.summary?.user ?? null;
    const trusted = facts.nixConfig?.trustedUsers ?? null;
    const line = userConf(facts).find((text) => restricted.test(text));
    if (line === undefined || groups === null || user === null || trusted === null || user === "root")
      return fromFailures(input, "user-not-trusted", cause, fixes);
    const isTrusted = trusted.some(
      (word) => word === "*" || word === user || (word.startsWith("@") && groups.includes(word.slice(1))),
    );
    if (isTrusted) return [];
    return [
      of(
        user,
        [quote("~/.config/nix/nix.conf", line), quote("trusted-users", trusted.join(" "))],
        cause,
        fixes,
      ),
    ];
  },
};

/** First line: the groups; then the file. */
function groupsOf(facts: MachineFacts): string[] | null {
  const line = facts.answer("user-nix-conf")?.text.split("\n")[0] ?? "";
  return line.startsWith("groups: ") ? line.slice("groups: ".length).trim().split(/\s+/) : null;
}

function userConf(facts: MachineFacts): string[] {
  return (facts.answer("user-nix-conf")?.text ?? "")
    .split("\n", 500)
    .slice(1)
    .map((line) => line.replace(/#.*/, ""));
}
