/** Measures in a process of its own, so that one measurement leaves neither garbage nor warm code to the next. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface ChildOptions {
  /** Flags of Node. */
  flags?: readonly string[];
  /** Arguments of grow.ts, which then writes to the child's stdin from a process of its own. */
  source?: readonly string[];
}

/** Runs a module of this directory with these arguments and returns what it prints as JSON. */
export async function inChild<T>(
  module: string,
  argv: readonly string[],
  options: ChildOptions = {},
): Promise<T> {
  const grow = fileURLToPath(new URL("grow.ts", import.meta.url));
  const source =
    options.source &&
    spawn(process.execPath, ["--import", "tsx", grow, ...options.source], {
      stdio: ["ignore", "pipe", "ignore"],
    });
  const flags = [...(options.flags ?? []), "--expose-gc", "--import", "tsx"];
  const child = spawn(process.execPath, [...flags, module, ...argv], {
    stdio: [source ? source.stdout : "ignore", "pipe", "inherit"],
  });
  // Ours is a copy: only the child must read it.
  source?.stdout.destroy();
  let printed = "";
  child.stdout?.on("data", (chunk) => {
    printed += chunk;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${module} ${argv.join(" ")} ended with ${code}`);
  return JSON.parse(printed) as T;
}
