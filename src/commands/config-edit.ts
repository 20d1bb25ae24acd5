/** The person's editor at the line of their Nix code, where a value is not changed here. */
import { nixCodeNow, type SettingNow } from "../adapters/config/setting-request.ts";
import { runInTerminal } from "../adapters/system/terminal-child.ts";
import { editorArguments } from "../adapters/terminal/editor.ts";
import { shownCommand } from "../model/actions/tool-words.ts";
import { line } from "../model/report/line.ts";
import type { FilePlace } from "../model/settings/editable-setting.ts";
import { cleanText } from "../model/text/clean.ts";
import { type ConfigOptions, type ConfigScene, namedSetting, withConfig } from "./config.ts";
import { type CodeSetting, findCode, isOfCode } from "./config-code.ts";
import { failureLines, refusalLines } from "./config-lines.ts";
import { asksYes, hasTerminal } from "./question.ts";
import { UsageError } from "./usage-error.ts";

/**
 * `buildtop config edit KEY [HOST]`: the person's editor at the line; of another machine the command that does it is
 * printed. 0: done. 1: the editor ended with another status. 2: nobody sets it, and nothing comes near.
 */
export async function configEdit(
  name: string,
  host: string | undefined,
  options: ConfigOptions,
): Promise<number> {
  const setting = namedSetting(name, options);
  if (!isOfCode(setting))
    throw new UsageError(
      `${setting.id} stands in no Nix code; change it with: buildtop config set ${setting.id} VALUE`,
    );
  const { signal } = new AbortController();
  return withConfig(host, options, signal, async (scene) => {
    const { watch, complaints } = scene;
    const found = await findCode(scene, setting, options, signal);
    if (found.kind !== "set") complaints.print(failureLines(found.lines));
    const place = found.kind === "set" ? found.place : found.places[0];
    if (!place) return 2;
    if (watch.host.transport === "local") return (await openEditor(place)) === 0 ? 0 : 1;
    process.stdout.write(`${shownCommand(remoteCommand(watch.host.name, place))}\n`);
    return 0;
  });
}

/** The value where it can be changed; otherwise says why not, and offers the editor: `null`, to end with 2. */
export async function codeToChange(
  scene: ConfigScene,
  setting: CodeSetting,
  options: ConfigOptions & { readonly yes: boolean },
  signal: AbortSignal,
): Promise<SettingNow | null> {
  const { watch, complaints } = scene;
  const found = await findCode(scene, setting, options, signal);
  if (found.kind === "set") return nixCodeNow(setting, found);
  complaints.print(refusalLines(found.lines, "nothing was written"));
  const [place] = found.places;
  if (!place) return null;
  const isHere = watch.host.transport === "local";
  if (!isHere || options.yes || !hasTerminal()) {
    const ours = [
      "buildtop",
      "config",
      "edit",
      setting.id,
      ...(options.file ? ["--file", options.file] : []),
    ];
    const command = isHere ? ours : remoteCommand(watch.host.name, place);
    complaints.print([line(`  to open it there: ${shownCommand(command)}`)]);
  } else if (await asksYes(`Open ${place.path} at line ${place.line} in your editor?`))
    await openEditor(place);
  return null;
}

function editor(): string {
  return process.env.VISUAL || process.env.EDITOR || "vi";
}

async function openEditor({ path, line: at }: FilePlace): Promise<number | null> {
  const args = ["-c", `${editor()} "$@"`, "sh", ...editorArguments(editor(), path, at)];
  // Waited for as one that had its keys read: a question may have been asked before.
  const { exitCode } = await runInTerminal({ program: "/bin/sh", args }, { keysWereRead: true });
  if (exitCode === 126 || exitCode === 127)
    throw new UsageError(`there is no editor "${cleanText(editor())}"; set EDITOR to one that is installed`);
  return exitCode;
}

/** vi is on every machine. One word, since ssh joins its words with blanks (ssh(1)). */
function remoteCommand(host: string, { path, line: at }: FilePlace): string[] {
  const target = /:\d+$/.test(host) ? `ssh://${host}` : host;
  return ["ssh", "-t", target, shownCommand(["vi", `+${at}`, path])];
}
