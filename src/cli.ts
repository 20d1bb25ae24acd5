/** Arguments → a command; nothing else. What a command needs is loaded when it is called. */
import { CommanderError } from "commander";
import { HostError } from "./adapters/hosts/host.ts";
import { lostOutput, outliveReaders } from "./commands/output.ts";
import { makeProgram } from "./commands/program.ts";
import { UsageError } from "./commands/usage-error.ts";
import { wordsOf } from "./commands/wrong-use.ts";
import { cleanText } from "./model/text/clean.ts";

outliveReaders();
const ended = await main(process.argv.slice(2));
await written(process.stdout);
await written(process.stderr);
process.exitCode = ended.status === 0 ? lossStatus(ended) : ended.status;
tellLoss();
await written(process.stderr);
// Not left to an empty event loop: a pipe that something else holds open must not keep us.
process.exit();

interface Ended {
  readonly status: number;
  /** It is the status of a command that we only ran: what we have to say beside it must not change it. */
  readonly ofCommand: boolean;
}

async function main(args: readonly string[]): Promise<Ended> {
  let ended: Ended = { status: 0, ofCommand: false };
  try {
    const program = makeProgram((status, whose = "ours") => {
      ended = { status, ofCommand: whose === "command" };
    });
    await program.parseAsync(args, { from: "user" });
    return ended;
  } catch (error) {
    return { status: statusOf(error), ofCommand: false };
  }
}

/** Tells what went wrong. */
function statusOf(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    return complain(wordsOf(error));
  }
  if (error instanceof UsageError || error instanceof HostError) return complain(error.message);
  // A fault of ours. The trace helps whoever reports it, and nobody else.
  if (process.env.BUILDTOP_TRACE) throw error;
  complain(`this should not happen: ${(error as Error).message} (BUILDTOP_TRACE=1 tells where)`);
  return 1;
}

/** Of output that could not be written, though all else went well. */
function lossStatus({ ofCommand }: Ended): number {
  return lostOutput("stdout") !== null || (lostOutput("stderr") !== null && !ofCommand) ? 1 : 0;
}

function tellLoss(): void {
  const reason = lostOutput("stdout");
  if (reason !== null) complain(`standard output could not be written: ${reason}; what it holds is not all`);
}

function complain(message: string): number {
  process.stderr.write(`buildtop: ${cleanText(message.replaceAll("\n", " "))}\n`);
  return 2;
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}
