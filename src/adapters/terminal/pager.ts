/** Shows a text in the person's pager, while the dashboard has stepped aside. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanText } from "../../model/text/clean.ts";
import type { Environment } from "./capabilities.ts";

export interface PagerOptions {
  env: Environment;
  /** Where keys come from and where the screen is. */
  stdin: number;
  stdout: number;
  /** Prints the whole text (`nix log DRV`); `null` if `lines` are all there is. */
  command: readonly string[] | null;
  /** What we keep ourselves: shown if there is no command, or if it fails. */
  lines: Iterable<string>;
  /** Said above `lines` if they are not the whole text. */
  incomplete: string | null;
}

/** How long the whole text may take to come: a log can lie on a cache far away. */
const fetchDeadline = 30_000;

/**
 * Blocks until the pager ends. The caller must have handed over the terminal, and must not use an asynchronous child
 * instead: Node would go on reading the terminal beside it and swallow keys. Returns one line if something went wrong.
 */
export function showInPager(options: PagerOptions): string | null {
  const { env, stdin, stdout } = options;
  let directory: string | null = null;
  // Ctrl-C in the pager reaches us too; it is meant for the pager.
  const ignore = () => {};
  process.on("SIGINT", ignore);
  try {
    directory = mkdtempSync(join(tmpdir(), "buildtop-"));
    const file = join(directory, "log");
    const problem = writeText(options, file);
    const pager = env.PAGER || "less";
    // -m gives the pager a process group of its own, so that its Ctrl-C stops no build. -R lets less show our colours.
    const ended = spawnSync("/bin/sh", ["-m", "-c", `${pager} "$1"; exit $?`, "sh", file], {
      stdio: [stdin, stdout, stdout],
      env: { ...process.env, ...env, LESS: env.LESS ?? "-R" },
    });
    if (ended.error) return `The pager could not be started: ${ended.error.message}`;
    if (ended.status === 127 || ended.status === 126)
      return `There is no pager "${cleanText(pager)}": set PAGER to one that is installed.`;
    return problem;
  } catch (error) {
    return `The log could not be handed to the pager: ${(error as Error).message}`;
  } finally {
    process.off("SIGINT", ignore);
    if (directory) rmSync(directory, { recursive: true, force: true });
  }
}

/** Returns one line if the whole text could not be had. */
function writeText({ command, lines, incomplete, stdout }: PagerOptions, file: string): string | null {
  let problem: string | null = null;
  const [program, ...args] = command ?? [];
  if (program !== undefined) {
    writeSync(stdout, `${cleanText([program, ...args].join(" "))}\n`);
    const target = openSync(file, "wx", 0o600);
    const { status, error, stderr } = spawnSync(program, args, {
      stdio: ["ignore", target, "pipe"],
      timeout: fetchDeadline,
    });
    closeSync(target);
    if (status === 0) return null;
    const said = cleanText(stderr?.toString("utf8").trim().split("\n").at(-1) ?? "");
    problem = `${program} did not give the whole log${said || error ? `: ${said || error?.message}` : ""}.`;
  }
  const target = openSync(file, "w", 0o600);
  let chunk = incomplete === null ? "" : `${incomplete}\n`;
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < 65_536) continue;
    writeSync(target, chunk);
    chunk = "";
  }
  writeSync(target, chunk);
  closeSync(target);
  return problem;
}
