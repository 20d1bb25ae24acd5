/** Measures in a process of its own, so that one measurement leaves neither garbage nor warm code to the next. */
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Runs a module of this directory with these arguments and returns what it prints as JSON. */
export async function inChild<T>(module: string, argv: readonly string[]): Promise<T> {
  const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", module, ...argv], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${module} ${argv.join(" ")} ended with ${code}`);
  return JSON.parse(printed) as T;
}
