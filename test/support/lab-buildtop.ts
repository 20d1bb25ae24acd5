/** The built program inside the lab, and what stories about it need: a wait for something, a look at a directory. */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { labSkipReason } from "./lab.ts";

/** The command line of the built program, as the inside of the lab sees it. */
export const buildtop = ["/lab/node", "/lab/buildtop/buildtop.js"] as const;

/** As `labSkipReason`, and false only if the program was built. */
export function endToEndSkipReason(): string | false {
  if (!existsSync(new URL("../../dist/buildtop.js", import.meta.url)))
    return "dist/ is not built; run: npm run build";
  return labSkipReason();
}

/** Asks again until there is an answer; throws with `what` after the deadline (30 s), however fast the machine is. */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  deadlineMs = 30_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(50);
  }
}

/** Everything below a directory, as lines of path, mode, owner and content: equal if and only if nothing has changed. */
export function snapshot(directory: string): string[] {
  const describe = (path: string): string[] => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) return [];
    const name = `${relative(directory, path) || "."} ${found.mode.toString(8)} ${found.uid}:${found.gid}`;
    if (found.isSymbolicLink()) return [`${name} -> ${readlinkSync(path)}`];
    if (found.isFile()) return [`${name} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`];
    if (!found.isDirectory()) return [name];
    return [
      name,
      ...readdirSync(path)
        .sort()
        .flatMap((entry) => describe(join(path, entry))),
    ];
  };
  return describe(directory);
}

/** `nix build` of an attribute of test/lab/cases/*.nix. */
export function nixBuild(file: string, attribute: string, stamp: string, ...options: string[]): string[] {
  return [
    "nix",
    "build",
    "-f",
    `cases/${file}.nix`,
    attribute,
    "--argstr",
    "stamp",
    stamp,
    "--no-link",
    ...options,
  ];
}

/** The same with the older `nix-build`. */
export function oldNixBuild(file: string, attribute: string, stamp: string, ...options: string[]): string[] {
  const which = [`cases/${file}.nix`, "-A", attribute, "--argstr", "stamp", stamp];
  return ["nix-build", ...which, "--no-out-link", ...options];
}

/** A Nix option that makes the waits in the cases short. */
export const quick = ["--arg", "percent", "5"] as const;
