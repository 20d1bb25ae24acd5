/** Whether the reader of a file will take its new content, found out before it is in place. */
import { basename } from "node:path";
import { saidLines } from "../../model/actions/tool-words.ts";
import { differenceOf } from "../../model/settings/edit-nix-code.ts";
import { isNixCodePath } from "../../model/settings/nix-code-places.ts";
import { cleanText } from "../../model/text/clean.ts";
import { nixProgram } from "../actions/nix-program.ts";
import type { Host } from "../hosts/host.ts";
import { type Completed, run } from "../hosts/run.ts";

const checkMs = 30_000;

/**
 * Puts the content into a directory of its own, beside copies of the other files that it may include, and lets Nix read
 * it: `NIX_CONF_DIR` (nix.conf(5)). `$1` is nix, `$2` the file; the content is on stdin. Nix before 2.20 has
 * `show-config` for `config show`.
 */
const checkScript = `umask 077
LC_ALL=C; export LC_ALL
nix=$1 dir=\${2%/*} name=\${2##*/}
t=$(mktemp -d) || exit 90
trap 'rm -rf "$t"' 0
trap 'exit 91' HUP INT TERM
for f in "$dir"/*.conf; do [ -f "$f" ] && [ -r "$f" ] && cp "$f" "$t/" 2>/dev/null; done
cat >"$t/$name" || exit 90
[ "$name" = nix.conf ] || printf 'include %s\\n' "$name" >"$t/nix.conf"
NIX_CONF_DIR=$t NIX_USER_CONF_FILES= NIX_CONFIG=
export NIX_CONF_DIR NIX_USER_CONF_FILES NIX_CONFIG
f='--extra-experimental-features nix-command'
"$nix" $f config show >/dev/null 2>"$t/said"
c=$?
if grep -q "'config' is not a recognised command" "$t/said"; then
"$nix" $f show-config >/dev/null 2>"$t/said"
c=$?
fi
sed "s|$t|$dir|g" "$t/said" >&2
[ "$c" = 0 ] || exit 1
exit 0
`;

export interface CheckOptions {
  readonly before: string | null;
  readonly signal: AbortSignal;
}

/** What is wrong with it, in clean lines; `null`: nothing that can be seen. Rejects with `HostError`. */
export async function checkContent(
  host: Host,
  path: string,
  text: string,
  { before, signal }: CheckOptions,
): Promise<readonly string[] | null> {
  if (path.endsWith(".json")) return wrongJson(text);
  if (isNixCodePath(path)) return wrongNixCode(host, path, text, { before, signal });
  if (!path.endsWith(".conf")) return null;
  const nix = await nixProgram(host, signal);
  if (nix === null)
    return [`there is no nix on ${host.name} that could check ${basename(path)} before it is saved`];
  const done = await letNixRead(host, nix, path, text, signal);
  if (done.timedOut)
    return [`nix on ${host.name} did not say within ${checkMs / 1000} s whether it takes this`];
  const complaints = complaintsOf(done);
  if (done.code !== 0)
    return [
      `Nix does not take this content of ${path}`,
      ...(complaints.length > 0 ? complaints : saidLines("", done.stderr)),
    ];
  if (complaints.length === 0) return null;
  // What it did not know before, either, is no reason to keep a person from the next setting.
  const known = before === null ? [] : complaintsOf(await letNixRead(host, nix, path, before, signal));
  const added = complaints.filter((line) => !known.includes(line));
  return added.length === 0 ? null : [`Nix does not know what this content of ${path} sets`, ...added];
}

function letNixRead(
  host: Host,
  nix: string,
  path: string,
  stdin: string,
  signal: AbortSignal,
): Promise<Completed> {
  const command = ["/bin/sh", "-c", checkScript, "bt-check", nix, path];
  return run(host, command, { stdin, deadlineMs: checkMs, signal });
}

function complaintsOf({ stderr }: Completed): string[] {
  return saidLines("", stderr).filter((line) => /^(?:error:|warning: unknown setting)/.test(line));
}

/** nix-instantiate(1) reads the code on stdin and prints it in a form of its own, without comments. */
const parseScript = "command -v nix-instantiate >/dev/null || exit 90; exec nix-instantiate --parse -";
const mostParsed = 8 * 1024 * 1024;

/** Nix itself must read the same code before and after, one value aside. Where there is no Nix nobody can be asked. */
async function wrongNixCode(
  host: Host,
  path: string,
  text: string,
  { before, signal }: CheckOptions,
): Promise<string[] | null> {
  const options = { deadlineMs: checkMs, maxBytes: mostParsed, signal };
  const parse = (stdin: string) =>
    run(host, ["/bin/sh", "-c", parseScript, "bt-parse"], { ...options, stdin });
  const now = await parse(text);
  if (now.code === 90) return null;
  if (now.timedOut)
    return [`nix-instantiate on ${host.name} did not say within ${checkMs / 1000} s whether it reads this`];
  if (now.code !== 0) return [`Nix does not read this content of ${path}`, ...saidLines("", now.stderr)];
  if (before === null) return null;
  const old = await parse(before);
  if (old.code !== 0)
    return [`Nix does not read ${path} as it stands; mend it first`, ...saidLines("", old.stderr)];
  return differenceOf(old.stdout, now.stdout) === null
    ? [`Nix would read more than one value of ${path} otherwise: nothing was changed`]
    : null;
}

/** As strict as the daemon's reader is known to be: no comments, no trailing commas. */
function wrongJson(text: string): string[] | null {
  try {
    const root: unknown = JSON.parse(text);
    if (typeof root === "object" && root !== null && !Array.isArray(root)) return null;
    return ["the content is no JSON object"];
  } catch (error) {
    return [`the content is no JSON: ${cleanText((error as Error).message)}`];
  }
}

/** What Nix's own settings are without those of a user; `null` where it does not say. Rejects with `HostError`. */
export async function nixSetting(host: Host, key: string, signal: AbortSignal): Promise<string | null> {
  const nix = await nixProgram(host, signal);
  if (nix === null) return null;
  const words = [
    "env",
    "NIX_USER_CONF_FILES=",
    "NIX_CONFIG=",
    nix,
    "--extra-experimental-features",
    "nix-command",
  ];
  const asked = { deadlineMs: checkMs, signal };
  const done = await run(host, [...words, "config", "show", key], asked);
  if (done.code === 0) return cleanText(done.stdout.split("\n")[0] ?? "").trim();
  if (!/'config' is not a recognised command/.test(done.stderr)) return null;
  // Before 2.20 it has another name, and prints all settings only.
  const all = await run(host, [...words, "show-config"], asked);
  const row = all.stdout.split("\n").find((each) => each.startsWith(`${key} =`));
  return all.code === 0 && row !== undefined ? cleanText(row.slice(key.length + 2)).trim() : null;
}
