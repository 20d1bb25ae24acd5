/** Arguments → a command; nothing else. What a command needs is loaded when it is called. */
import { CommanderError } from "commander";
import { HostError } from "./adapters/hosts/host.ts";
import { outliveReaders } from "./commands/output.ts";
import { makeProgram } from "./commands/program.ts";
import { UsageError } from "./commands/usage-error.ts";
import { cleanText } from "./model/text/clean.ts";

outliveReaders();
process.exitCode = await main(process.argv.slice(2));
await written(process.stdout);
await written(process.stderr);
// Not left to an empty event loop: a pipe that something else holds open must not keep us.
process.exit();

async function main(args: readonly string[]): Promise<number> {
  let exitStatus = 0;
  try {
    await makeProgram((status) => {
      exitStatus = status;
    }).parseAsync(args, { from: "user" });
    return exitStatus;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return complain(`${error.message.replace(/^error: /, "").replace(/\.$/, "")} (see buildtop --help)`);
    }
    if (error instanceof UsageError || error instanceof HostError) return complain(error.message);
    // A fault of ours. The trace helps whoever reports it, and nobody else.
    if (process.env.BUILDTOP_TRACE) throw error;
    complain(`this should not happen: ${(error as Error).message} (BUILDTOP_TRACE=1 tells where)`);
    return 1;
  }
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
