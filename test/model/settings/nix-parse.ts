/** Nix's own parser, where there is one: on PATH, or in a root of the lab (test/lab/make-root.sh makes them). */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export type Parse = (code: string) => { readonly ok: boolean; readonly output: string };

const lab = process.env.BUILDTOP_LAB ?? "/var/tmp/buildtop-lab";
const parse = ["--store", "dummy://", "--parse", "-"];

/** Nix wants /proc; the mount is seen by this one process only. */
const inRoot = 'mount -t proc proc "$0/proc" && exec chroot "$0" /usr/bin/nix-instantiate "$@"';

function run(program: string, args: readonly string[], input: string) {
  return spawnSync(program, args, {
    input,
    encoding: "utf8",
    timeout: 20_000,
    env: { PATH: process.env.PATH, LC_ALL: "C", HOME: "/nonexistent" },
  });
}

function parserWith(program: string, args: readonly string[]): Parse {
  return (code) => {
    const { status, stdout, stderr } = run(program, args, code);
    // Without the program there is neither.
    return { ok: status === 0, output: (status === 0 ? stdout : stderr) ?? "" };
  };
}

/** The parser, or why there is none. */
export function nixParser(): Parse | string {
  const candidates: [string, string[]][] = [["nix-instantiate", parse]];
  if (process.platform === "linux" && process.getuid?.() === 0)
    for (const suite of ["forky", "trixie", "bookworm"]) {
      const root = join(lab, `root-${suite}`);
      if (!existsSync(join(root, "usr/bin/nix-instantiate"))) continue;
      candidates.push([
        "unshare",
        ["--mount", "--propagation", "private", "sh", "-c", inRoot, root, ...parse],
      ]);
    }
  for (const [program, args] of candidates) {
    const parser = parserWith(program, args);
    if (parser("{ a = 1; }").output.includes("a = 1")) return parser;
  }
  return "nix-instantiate is not here, neither on PATH nor in a root of the lab";
}
