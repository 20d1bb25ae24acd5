/** `buildtop restart daemon|NAME [HOST]`: says what it would do, asks, does it, and waits until it answers. */
import { createInterface } from "node:readline/promises";
import { type ActionWatch, planAction } from "../adapters/actions/plan-action.ts";
import { runAction } from "../adapters/actions/run-action.ts";
import { HostError } from "../adapters/hosts/host.ts";
import { runInTerminal } from "../adapters/system/terminal-child.ts";
import { shownCommand } from "../model/actions/tool-words.ts";
import { type ActionPlan, ActionRefused } from "../model/actions/types.ts";
import { type Line, line } from "../model/report/line.ts";
import { failureLines, refusalLines } from "./config-lines.ts";
import { namedBuilder, withMachine } from "./named-machine.ts";
import { textOutput } from "./output.ts";
import { UsageError } from "./usage-error.ts";

export interface RestartOptions {
  /** Do not ask. */
  readonly yes: boolean;
  readonly ascii: boolean;
}

/** 0: it runs and answers. 1: it did not come back. 2: wrong use, or refused; nothing was done. */
export async function restart(
  name: string,
  host: string | undefined,
  options: RestartOptions,
): Promise<number> {
  const output = textOutput({ stream: process.stdout, ascii: options.ascii, color: true });
  const complaints = textOutput({ stream: process.stderr, ascii: options.ascii, color: true });
  try {
    return await withMachine(host, async (watch, status) => {
      const target =
        name === "daemon"
          ? ({ kind: "daemon" } as const)
          : ({ kind: "builder", key: namedBuilder(status, name).key } as const);
      const plan = await planAction("restart", watch, target);
      output.print(planLines(plan));
      const refused = refusalOf(plan);
      if (refused) {
        complaints.print(refusalLines(refused, "nothing was done"));
        return 2;
      }
      if (!options.yes && !(await agreed(plan))) return 2;
      return await carryOut(
        plan,
        watch,
        (lines) => output.print(lines),
        (lines) => complaints.print(lines),
      );
    });
  } catch (error) {
    if (error instanceof ActionRefused) throw new UsageError(`cannot restart ${name}: ${error.message}`);
    if (error instanceof HostError) throw new UsageError(error.trouble.message);
    throw error;
  }
}

async function carryOut(
  plan: ActionPlan,
  watch: ActionWatch,
  say: (lines: Line[]) => void,
  complain: (lines: Line[]) => void,
): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.on("SIGINT", interrupt);
  try {
    const result = await runAction(plan, watch, {
      progress: (text) => say([line(`  ${text}`, "dim")]),
      signal: stop.signal,
      askPassword: ({ words }) => {
        const [program = "", ...args] = words;
        return runInTerminal({ program, args }, { keysWereRead: true });
      },
    });
    if (result.ok) {
      say([line(result.line, "good")]);
      return 0;
    }
    complain(
      result.nothingDone ? refusalLines(result.lines, "nothing was done") : failureLines(result.lines),
    );
    if (result.nothingDone) return 2;
    return stop.signal.aborted ? 130 : 1;
  } finally {
    process.off("SIGINT", interrupt);
  }
}

function planLines({ title, commands, consequences }: ActionPlan): Line[] {
  return [
    line(title),
    ...commands.map((command) => line(`  ${shownCommand(command)}`, "dim")),
    ...consequences.map((text) => line(`  ${text}`, "attention")),
  ];
}

/** Where root is needed and there is no way to become it. */
function refusalOf({ access }: ActionPlan): readonly string[] | null {
  if (access.kind === "denied") return access.lines;
  if (access.kind !== "password" || (access.prompt !== null && hasTerminal())) return null;
  return access.lines;
}

function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** A question on the terminal; without one the answer is no, and how to say yes. */
async function agreed({ title }: ActionPlan): Promise<boolean> {
  if (!hasTerminal()) throw new UsageError(`nothing was done; to ${title} without being asked, add --yes`);
  const questions = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and the end of the input are a no.
  const stop = new AbortController();
  questions.once("SIGINT", () => stop.abort());
  questions.once("close", () => stop.abort());
  try {
    const answer = await questions.question("Do it? [y/N] ", { signal: stop.signal });
    if (/^y(?:es)?$/i.test(answer.trim())) return true;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stdout.write("\n");
  } finally {
    questions.close();
  }
  process.stdout.write("Nothing was done.\n");
  return false;
}
