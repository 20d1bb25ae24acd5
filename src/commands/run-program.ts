/**
 * A program that may call Nix (darwin-rebuild, home-manager, make): it keeps its terminal, and its `nix` commands log to
 * a file of ours, by way of NIX_CONFIG.
 */
import { closeSync, existsSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNixVersion } from "../adapters/nix/nix-version.ts";
import { WatchedFile } from "../adapters/nix-log/watched-file.ts";
import { makePrivateDirectory } from "../adapters/system/temporary-file.ts";
import { runInTerminal } from "../adapters/system/terminal-child.ts";
import type { CommandPlan } from "../model/command-line/plan-command.ts";
import { withoutJsonLogPath } from "../model/nix-conf/nix-version.ts";
import { unwritablePath } from "../model/nix-conf/watch-line.ts";
import { digest } from "../model/report/digest.ts";
import { cleanText } from "../model/text/clean.ts";
import { LiveBuilds } from "./live-builds.ts";
import { lookForCauses } from "./look-for-causes.ts";
import type { TextOutput } from "./output.ts";
import { rememberFailures } from "./remember-failures.ts";
import { exitStatus } from "./run.ts";

type ProgramPlan = CommandPlan & { kind: "program" };

/** The log is emptied when it was read and is larger than this. */
const emptyAbove = 64 * 1024 * 1024;

/** Runs it and says afterwards, on stderr, what was built and what could not be seen. */
export async function runProgram(plan: ProgramPlan, title: string, output: TextOutput): Promise<number> {
  const live = new LiveBuilds();
  const started = performance.now();
  const blind = await whyBlind();
  const troubles: string[] = [];
  const log = blind === null ? startLog(live, title, troubles) : null;
  const end = await runInTerminal(plan.command, {
    keysWereRead: false,
    env: log?.env ?? process.env,
  }).finally(() => log?.finish());
  const interrupted = end.signal === "SIGINT" || end.exitCode === 130;
  const elapsed = performance.now() - started;
  const unseen =
    blind === null ? [...notSeen(plan, live), ...troubles] : [`builds that ${title} started: ${blind}`];
  const causes = await lookForCauses(live.builds, output);
  output.print(digest(live.builds, { ...end, elapsed, interrupted, unseen, causes, seen: "everything" }));
  output.print(await rememberFailures(live.builds, { title, interrupted }));
  return exitStatus(end, false);
}

async function whyBlind(): Promise<string | null> {
  const unwritable = unwritablePath(tmpdir());
  if (unwritable !== null) return `the directory for temporary files, ${tmpdir()}, ${unwritable}`;
  const nix = await findNixVersion();
  return nix ? withoutJsonLogPath(nix) : "there is no `nix` on PATH whose log could be asked for";
}

/** Makes the file beforehand, so that whoever writes first (root, perhaps) does not own it. */
function startLog(live: LiveBuilds, title: string, troubles: string[]) {
  const directory = makePrivateDirectory();
  const path = join(directory.path, "nix-log.json");
  closeSync(openSync(path, "ax", 0o600));
  const stream = live.open({ label: title, kind: "json-log" });
  const file = new WatchedFile({
    ...{ path, stream, now: live.now, tailBytes: Number.POSITIVE_INFINITY, emptyAbove },
    onTrouble: (text) => text !== null && troubles.push(cleanText(text)),
  });
  void file.start();
  const { NIX_CONFIG } = process.env;
  return {
    env: { ...process.env, NIX_CONFIG: `${NIX_CONFIG ? `${NIX_CONFIG}\n` : ""}json-log-path = ${path}\n` },
    finish: async () => {
      if (existsSync(path)) await file.read();
      await file.stop();
      stream.end(live.now());
      directory.remove();
    },
  };
}

function notSeen(plan: ProgramPlan, live: LiveBuilds): string[] {
  if (plan.calls === "through-sudo" && live.builds.records === 0) {
    return [
      `builds behind ${plan.command.program}: it drops NIX_CONFIG, by which Nix is asked for its log` +
        (plan.command.program.endsWith("sudo") ? " (try sudo --preserve-env=NIX_CONFIG)" : ""),
    ];
  }
  return [
    "builds of old commands (nix-build, nix-store, nix-env), of commands behind sudo, and on other machines",
  ];
}
