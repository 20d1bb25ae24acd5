/** launchd does not start what it should. */
import type { Builder } from "../builders/types.ts";
import type { MachineFacts } from "../machine/facts.ts";
import { explainLaunchdExit, type LaunchdJob } from "../machine/launchd.ts";
import {
  fromFailures,
  isVm,
  jobEvidence,
  jobOf,
  labelOf,
  logLines,
  of,
  ofBuilder,
  quote,
  restartBuilder,
} from "./support.ts";
import type { Diagnosis, DiagnosisInput, Evidence, Finding, Fix, NotLooked } from "./types.ts";

export const backgroundItemDisabled: Diagnosis = {
  id: "background-item-disabled",
  severity: "error",
  title: "its background item is switched off",
  looksAt: "`launchctl print-disabled system`; as root `sfltool dumpbtm`, for Login Items & Extensions",
  find: ({ facts, status }) => {
    const found: Finding[] = [];
    for (const builder of status.builders) {
      const label = labelOf(builder);
      const off = label === null || !isDown(facts, label) ? null : switchOf(facts, label);
      if (label !== null && off && builder.kind !== "determinate-native")
        found.push(ofBuilder(builder, [off.evidence, ...jobEvidence(facts, builder)], off.cause, off.fixes));
    }
    const daemon = status.nix?.service?.kind === "launchd" ? status.nix.service.name : null;
    const off = daemon !== null && isDown(facts, daemon) ? switchOf(facts, daemon) : null;
    if (off) found.push(of("the Nix daemon", [off.evidence], off.cause, off.fixes));
    return found;
  },
  notLooked: ({ facts, status }) => status.builders.flatMap((builder) => switchUnseen(facts, builder)),
};

function isDown(facts: MachineFacts, label: string): boolean {
  const job = facts.service(label);
  return job === null || (job !== undefined && job.pid === null && job.sockets.length === 0);
}

interface Switch {
  readonly evidence: Evidence;
  readonly cause: string;
  readonly fixes: readonly Fix[];
}

function switchOf(facts: MachineFacts, label: string): Switch | null {
  const plist = facts.service(label)?.path ?? `/Library/LaunchDaemons/${label}.plist`;
  const load = `sudo launchctl bootstrap system ${plist}`;
  if (facts.isDisabled(label))
    return {
      evidence: quote("launchctl print-disabled system", `"${label}" => disabled`),
      cause: "launchctl disable holds for its job: launchd starts it neither at boot nor when asked.",
      fixes: [{ title: "enable it and load it", commands: [`sudo launchctl enable system/${label}`, load] }],
    };
  if (facts.isDisallowed(label) !== true) return null;
  return {
    evidence: quote("sfltool dumpbtm", `${label}: disallowed`),
    cause:
      'Its switch in Login Items & Extensions is off (the item is often called "sh", of an unidentified developer), so launchd has not loaded it since the last boot.',
    fixes: [
      {
        title:
          "switch it on: System Settings, General, Login Items & Extensions, Allow in the Background; then load it",
        commands: [load],
      },
    ],
  };
}

function switchUnseen(facts: MachineFacts, builder: Builder): NotLooked[] {
  const label = labelOf(builder);
  if (label === null || facts.service(label) !== null || facts.isDisallowed(label) !== null) return [];
  if (!facts.launchDaemons.includes(label) || facts.isDisabled(label)) return [];
  return [
    {
      what: `whether ${builder.name} is switched off in Login Items & Extensions`,
      why: "only root can tell: run sudo -v on that machine first",
    },
  ];
}

export const launchctlBootstrapFailed: Diagnosis = {
  id: "launchctl-bootstrap-failed",
  severity: "error",
  title: "launchctl could not load or unload a job",
  looksAt: "`Bootstrap failed: 5: Input/output error` and its like in the words of a command",
  find: (input) =>
    fromFailures(
      input,
      "launchctl-bootstrap-failed",
      "The job is still ending, is loaded already, is disabled, or its plist is wrong: launchd says error 5 for all of these.",
      [
        {
          title: "see how it is, wait until it is gone, and try again; if it is loaded, restart it instead",
          commands: [
            "launchctl print system/LABEL",
            "launchctl print-disabled system",
            "sudo launchctl kickstart -k system/LABEL",
          ],
        },
      ],
    ),
};

/** launchd itself failed to start it: nothing of its own ran. */
function neverStarted({ lastExitCode, jobState }: LaunchdJob): boolean {
  return jobState === "spawn failed" || lastExitCode === 78;
}

export const launchdCannotStartJob: Diagnosis = {
  id: "launchd-cannot-start-job",
  severity: "error",
  title: "launchd cannot start the job",
  looksAt: "`last exit code = 78: EX_CONFIG` and `job state = spawn failed`",
  asks: (facts) =>
    failingJobs(facts).flatMap(({ job }) => {
      const paths = [job.stdoutPath, job.stderrPath, job.workingDirectory].filter((path) => path !== null);
      const parents = paths.map((path) => path.slice(0, path.lastIndexOf("/")) || "/");
      const words = [...new Set([...paths, ...parents])].filter((path) =>
        /^[A-Za-z0-9_@%+=:./-]{1,512}$/.test(path),
      );
      return words.length === 0 ? [] : [{ request: `stat ${words.join(" ")}`, everySeconds: 30 }];
    }),
  find: (input) => {
    const { facts, status } = input;
    const builders = status.builders.flatMap((builder) => {
      const job = jobOf(facts, builder);
      const running = job?.pid != null || !isVm(builder);
      // vzvm has an exit code 78 of its own.
      const own = builder.kind === "linux-builder-vz" && job?.jobState !== "spawn failed";
      if (!job || running || own || !neverStarted(job)) return [];
      return [
        ofBuilder(
          builder,
          [...jobEvidence(facts, builder), ...missingPaths(facts, job)],
          cannotStart,
          fixesOf(job, builder),
        ),
      ];
    });
    const daemon = status.nix?.service?.kind === "launchd" ? status.nix.service.name : null;
    const job = daemon === null ? null : facts.service(daemon);
    if (daemon === null || !job || job.pid !== null || !neverStarted(job)) return builders;
    const said = quote(`launchctl print system/${daemon}`, `last exit code = ${job.lastExitText ?? "?"}`);
    return [
      ...builders,
      of("the Nix daemon", [said, ...missingPaths(facts, job)], cannotStart, fixesOf(job, null)),
    ];
  },
};

const cannotStart =
  "launchd could not open what the job's plist names: its log file, working directory, program or user is missing or not allowed.";

function failingJobs(facts: MachineFacts): { label: string; job: LaunchdJob }[] {
  return facts.launchDaemons.flatMap((label) => {
    const job = facts.service(label);
    return job && job.pid === null && neverStarted(job) ? [{ label, job }] : [];
  });
}

function missingPaths(facts: MachineFacts, job: LaunchdJob): Evidence[] {
  const found: Evidence[] = [];
  for (const [name, path] of [
    ["stdout path", job.stdoutPath],
    ["stderr path", job.stderrPath],
  ] as const) {
    const parent = path?.slice(0, path.lastIndexOf("/")) || "/";
    if (path !== null && facts.stat(parent) === null)
      found.push(quote(name, `${path}: ${parent} is not there`));
  }
  if (job.workingDirectory !== null && facts.stat(job.workingDirectory) === null)
    found.push(quote("working directory", `${job.workingDirectory} is not there`));
  return found;
}

function fixesOf(job: LaunchdJob, builder: Builder | null): Fix[] {
  const paths = [...new Set([job.stderrPath, job.stdoutPath].filter((path) => path !== null))];
  const fixes: Fix[] = paths.map((path) => ({
    title: `let the directory of ${path} exist, or take that log out of the job`,
    commands: [`sudo mkdir -p ${path.slice(0, path.lastIndexOf("/")) || "/"}`],
  }));
  return builder ? [...fixes, restartBuilder(builder, `then restart ${builder.name}`)] : fixes;
}

export const launchdThrottled: Diagnosis = {
  id: "launchd-throttled",
  severity: "error",
  title: "the builder ends as soon as it is started",
  looksAt: "`spawn scheduled`, a growing count of runs, how the last run ended",
  yieldsTo: [
    ...["qemu-sme-crash", "builder-port-taken", "rosetta-missing", "disk-image-wrong-format", "virby-no-ip"],
    ...[
      "launchd-cannot-start-job",
      "background-item-disabled",
      "determinate-daemon-offline",
      "daemon-down",
      "host-disk-full",
    ],
  ],
  find: (input) => [...loopingBuilders(input), ...loopingDaemon(input)],
};

function loopingBuilders({ facts, status }: DiagnosisInput): Finding[] {
  return status.builders.flatMap((builder) => {
    if (builder.state !== "crash-looping" || builder.kind === "determinate-native") return [];
    const last = logLines(facts, builder).findLast((text) => text.trim() !== "");
    const log = builder.log.kind === "file" && last ? [quote(builder.log.path, last)] : [];
    const label = labelOf(builder);
    const fixes: Fix[] = [];
    if (builder.log.kind === "none" && label !== null)
      fixes.push({
        title: "see what it says at its next start",
        commands: [`sudo launchctl debug system/${label} --stdout --stderr`],
      });
    else if (builder.log.kind === "file")
      fixes.push({ title: "read its log", commands: [`tail -n 50 ${builder.log.path}`] });
    fixes.push(restartBuilder(builder));
    return [
      ofBuilder(
        builder,
        [...jobEvidence(facts, builder), ...log],
        `launchd starts it again and again, with a pause between: ${builder.why}.`,
        fixes,
      ),
    ];
  });
}

function loopingDaemon({ facts, status }: DiagnosisInput): Finding[] {
  const label = status.nix?.service?.kind === "launchd" ? status.nix.service.name : null;
  const job = label === null ? null : facts.service(label);
  if (label === null || !job || job.pid !== null || job.state !== "spawn scheduled") return [];
  const exit = explainLaunchdExit(job);
  return [
    of(
      "the Nix daemon",
      [
        quote(
          `launchctl print system/${label}`,
          `state = ${job.state}, runs = ${job.runs ?? "?"}${exit ? `, ${exit}` : ""}`,
        ),
      ],
      "launchd starts it again and again, with a pause between.",
      job.stderrPath === null ? [] : [{ title: "read its log", commands: [`tail -n 50 ${job.stderrPath}`] }],
    ),
  ];
}
