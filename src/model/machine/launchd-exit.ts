/** How a job's last run ended, in plain words. */
import type { LaunchdJob } from "./launchd.ts";

/** signal(3) of macOS, as a person would say it. */
const signals: Readonly<Record<number, string>> = {
  1: "it was told to hang up",
  2: "it was interrupted",
  3: "it was told to quit",
  4: "it ran an instruction this processor does not have",
  5: "it crashed at a trap",
  6: "it gave up by itself over an error it could not handle; its own output names it",
  8: "it crashed over an arithmetic error",
  9: "it was killed, by somebody or by macOS for want of memory",
  10: "it crashed over a memory access (bus error)",
  11: "it crashed over a memory access (segmentation fault)",
  12: "it made a system call that macOS does not have",
  13: "nobody read what it wrote",
  15: "it was asked to end",
  24: "it used up its processor time",
};

/** Exit codes of vzvm, which runs the `vz` builder; they pass through the shell that starts it (vzvm's manual). */
const vzvmCodes: Readonly<Record<number, string>> = {
  64: "vzvm did not understand its arguments",
  69: "vzvm found something missing before the start: Rosetta not installed, or a disk of another format",
  70: "vzvm could not start the machine: the port is taken, or the virtualization framework refused",
  71: "the machine stopped with an error of its own",
  78: "vzvm did not accept its configuration (vzvm.json)",
};

/**
 * Why the last run ended, as one sentence without a full stop; `null` if it never ended, ended well, or nothing is known.
 * `vz`: the job runs the builder on Apple's Virtualization framework, whose exit codes have a meaning of their own.
 */
export function explainLaunchdExit(job: LaunchdJob, { vz = false }: { vz?: boolean } = {}): string | null {
  if (/JETSAM|MEMORY/.test(job.lastExitReason ?? ""))
    return `the last run was ended by macOS for want of memory (${job.lastExitReason})`;
  if (/CODESIGN/.test(job.lastExitReason ?? ""))
    return `macOS did not let it run: its code signature is not valid (${job.lastExitReason})`;
  if (job.lastSignal !== null) {
    const meaning = signals[Number(/(\d+)$/.exec(job.lastSignal)?.[1])];
    return `the last run ended by a signal, ${job.lastSignal}${meaning ? `: ${meaning}` : ""}`;
  }
  const code = job.lastExitCode;
  if (code === null || code === 0) return null;
  return `the last run ended with exit code ${job.lastExitText ?? code}${meaningOf(job, code, vz)}`;
}

function meaningOf(job: LaunchdJob, code: number, vz: boolean): string {
  // launchd's own 78 carries the name; a program's own does too, but then a run had begun.
  const notStarted = job.jobState === "spawn failed";
  if (vz && !notStarted && vzvmCodes[code]) return `: ${vzvmCodes[code]}`;
  if (code === 78)
    return ": launchd could not start it; its program, working directory, user or log file is missing or not allowed";
  if (code === 126) return ": the shell found the program but may not run it";
  if (code === 127) return ": the shell did not find the program; is /nix/store mounted?";
  // A shell that waits for a program killed by a signal ends with 128 and its number.
  const meaning = signals[code - 128];
  return meaning ? `: ${meaning} (signal ${code - 128})` : "";
}
