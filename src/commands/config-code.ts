/** Settings that stand in a person's own Nix code: where, and with which value. */
import { resolve } from "node:path";
import { readNixCode } from "../adapters/config/nix-code-files.ts";
import { nixCodeNow } from "../adapters/config/setting-request.ts";
import { HostError } from "../adapters/hosts/host.ts";
import { line } from "../model/report/line.ts";
import { restartText } from "../model/settings/editable-setting.ts";
import { findInNixCode, type NixCodeFound } from "../model/settings/find-nix-code.ts";
import type { Setting } from "../model/settings/setting.ts";
import { settings } from "../model/settings/settings.ts";
import { cleanText } from "../model/text/clean.ts";
import type { ConfigOptions, ConfigScene } from "./config.ts";
import { failureLines } from "./config-lines.ts";

/** A setting of Nix code. */
export type CodeSetting = Setting & { readonly place: Extract<Setting["place"], { format: "nix-code" }> };

export function isOfCode(setting: Setting): setting is CodeSetting {
  return setting.place.format === "nix-code";
}

/** Where the person's code sets it. Rejects with `HostError`. */
export async function findCode(
  { watch }: ConfigScene,
  { place }: CodeSetting,
  { file }: Pick<ConfigOptions, "file">,
  signal: AbortSignal,
): Promise<NixCodeFound> {
  const isHere = watch.host.transport === "local";
  // A path of this machine begins where the person stands, one of another in the home over there.
  const named = file === null || !isHere || file.startsWith("~/") ? file : resolve(file);
  return findInNixCode(await readNixCode(watch.host, { named, signal }), place.option);
}

/** What is printed of it by `config list`: a heading for each file, its settings with their lines. */
export async function listCode({ watch, output, complaints }: ConfigScene, signal: AbortSignal) {
  try {
    const code = await readNixCode(watch.host, { named: null, signal });
    const rows = settings
      .filter(isOfCode)
      .flatMap((setting) => listed(setting, findInNixCode(code, setting.place.option)));
    const width = Math.max(...rows.map(({ name }) => name.length));
    for (const path of new Set(rows.map((row) => row.path)))
      output.print([
        line(path, "running"),
        ...rows
          .filter((row) => row.path === path)
          .map(({ name, value, plain }) =>
            line(`  ${name.padEnd(width)}  ${value}`, plain ? "plain" : "dim"),
          ),
      ]);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    complaints.print(failureLines([error.trouble.message, ...error.trouble.details]));
  }
}

function listed(setting: CodeSetting, found: NixCodeFound) {
  const name = setting.id;
  if (found.kind === "none") return [];
  if (found.kind === "set")
    return [
      {
        path: found.place.path,
        name,
        value: `${nixCodeNow(setting, found).shown}  (line ${found.place.line})`,
        plain: true,
      },
    ];
  const why = found.kind === "several" ? "one of several that set it" : "no plain value";
  return found.places.map(({ path, line: at }) => ({
    path,
    name,
    value: `${why}  (line ${at})`,
    plain: false,
  }));
}

/** Of `config get`: the value on stdout, its place on stderr; 1 where there is no plain one. */
export async function getCode(
  scene: ConfigScene,
  setting: CodeSetting,
  options: ConfigOptions,
  signal: AbortSignal,
) {
  const found = await findCode(scene, setting, options, signal);
  if (found.kind !== "set") {
    scene.complaints.print(failureLines(found.lines));
    return 1;
  }
  process.stdout.write(`${cleanText(String(found.value))}\n`);
  scene.complaints.print([line(`${found.place.path}:${found.place.line}`, "dim")]);
  return 0;
}

/** What a person should know before a change: what has to follow it. */
export function afterCode(setting: Setting): string[] {
  return isOfCode(setting) ? [restartText(setting)] : [];
}
