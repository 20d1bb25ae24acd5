/** `buildtop config set KEY VALUE [HOST]` and `config undo [HOST]`: shows the diff, asks, saves, restarts, proves. */
import { markChange } from "../adapters/config/change-history.ts";
import { planSave, type SaveSettings } from "../adapters/config/plan-save.ts";
import { runSave } from "../adapters/config/save.ts";
import { readSettingFiles, settingNow, settingRequest } from "../adapters/config/setting-request.ts";
import { undoRequest } from "../adapters/config/undo.ts";
import { runInTerminal } from "../adapters/system/terminal-child.ts";
import { type Line, line } from "../model/report/line.ts";
import { ownershipOf } from "../model/settings/ownership.ts";
import type { SaveOutcome, SavePlan, SaveRequest } from "../model/settings/save-types.ts";
import { unknownLimits } from "../model/settings/setting-value.ts";
import { settings } from "../model/settings/settings.ts";
import { cleanText } from "../model/text/clean.ts";
import { type ConfigOptions, type ConfigScene, namedSetting, rowOf, withConfig } from "./config.ts";
import { afterCode, isOfCode } from "./config-code.ts";
import { codeToChange } from "./config-edit.ts";
import { failureLines, planLines, refusalLines } from "./config-lines.ts";
import { asksYes, hasTerminal } from "./question.ts";
import { UsageError } from "./usage-error.ts";

export interface ChangeOptions extends ConfigOptions {
  /** Do not ask. Without `restart` that leaves alone what builds run on. */
  readonly yes: boolean;
  /** `null`: ask, or as `yes` says. */
  readonly restart: boolean | null;
}

/** 0: saved and in force. 1: saved but not in force, or rolled back. 2: refused, nothing was done. 130: Ctrl-C. */
export async function configSet(
  name: string,
  typed: string,
  host: string | undefined,
  options: ChangeOptions,
): Promise<number> {
  const setting = namedSetting(name, options);
  // What is wrong on any machine needs no look at one.
  const first = setting.judge(typed, unknownLimits, null);
  if (first.level === "refused") throw new UsageError(`${setting.id}: ${cleanText(first.reason)}`);
  return interruptible((signal) =>
    withConfig(host, options, signal, async (scene) => {
      const { watch, here } = scene;
      if (setting.place.format === "json" && !here.owner.determinate)
        throw new UsageError(
          `${setting.id} is a setting of Determinate Nix, which ${watch.host.name} does not have`,
        );
      const files = await readSettingFiles(watch, settings, { signal });
      const row = rowOf(setting, files, options.machine);
      const now = isOfCode(setting)
        ? await codeToChange(scene, setting, options, signal)
        : settingNow(setting, files, here, row);
      if (now === null && isOfCode(setting)) return signal.aborted ? 130 : 2;
      if (now === null) throw new UsageError(`${setting.id} cannot be changed here`);
      const verdict = setting.judge(typed, here.limits(setting), now.value);
      if (verdict.level === "refused") throw new UsageError(`${setting.id}: ${cleanText(verdict.reason)}`);
      const request = settingRequest(setting, now, verdict.value, files, here, row);
      const about = [
        line(`  ${now.shown ?? `not set (${setting.default})`} → ${cleanText(verdict.shown)}`),
        line(`  ${setting.effect}`, "dim"),
        ...afterCode(setting).map((text) => line(`  ${text}`, "dim")),
        ...verdict.warnings.map((text) => line(`  ${text}`, "attention")),
      ];
      return (await change(scene, request, about, signal, options)).status;
    }),
  );
}

/** The same, for what was changed last there. */
export async function configUndo(host: string | undefined, options: ChangeOptions): Promise<number> {
  return interruptible((signal) =>
    withConfig(host, options, signal, async (scene) => {
      const { watch, here } = scene;
      const undone = await undoRequest(
        watch,
        (chain, text) => ownershipOf(chain, text, placeOf(chain.at(-1)?.path), here.owner),
        saveSettings(scene, signal),
      );
      if (undone.kind === "refused") throw new UsageError(undone.lines.join(": "));
      const { request, change: last } = undone;
      const about = [line(`  ${request.from ?? "not set"} → ${request.to ?? "not set"}`)];
      const { status, written } = await change(scene, request, about, signal, options);
      if (written) markChange(last.newHash, last, "undone");
      return status;
    }),
  );
}

/** That of any setting in this file: it only tells which option would be changed instead. */
function placeOf(path: string | undefined) {
  const found = settings.find(({ place }) =>
    place.format === "nix-conf"
      ? path !== undefined && place.files.includes(path)
      : place.format !== "nix-code" && place.file === path,
  );
  return (found ?? settings[0]!).place;
}

async function change(
  scene: ConfigScene,
  request: SaveRequest,
  about: readonly Line[],
  signal: AbortSignal,
  options: ChangeOptions,
): Promise<{ readonly status: number; readonly written: boolean }> {
  const { watch, output, complaints } = scene;
  const untouched = (status: number) => ({ status, written: false });
  const planned = await planSave(watch, request, saveSettings(scene, signal));
  if (signal.aborted) return untouched(130);
  if (planned.kind === "nothing") {
    output.print(planned.lines.map((text) => line(text)));
    return untouched(0);
  }
  if (planned.kind === "refused") {
    complaints.print(refusalLines(planned.lines, "nothing was written"));
    return untouched(2);
  }
  const { plan } = planned;
  output.print([line(plan.title), ...about, ...planLines(plan)]);
  const { access } = plan;
  if (
    access.kind === "denied" ||
    (access.kind === "password" && (access.prompt === null || !hasTerminal()))
  ) {
    complaints.print(refusalLines(access.lines, "nothing was written"));
    return untouched(2);
  }
  if (!options.yes) {
    if (!hasTerminal())
      throw new UsageError(`nothing was saved; to ${plan.title} without being asked, add --yes`);
    if (!(await asksYes("Save it?"))) {
      output.print([line("Nothing was saved.")]);
      return untouched(2);
    }
  }
  const restart = plan.restart !== null && (await agreesToRestart(scene, plan, options));
  const outcome = await runSave(plan, watch, {
    ...saveSettings(scene, signal),
    restart,
    askPassword: hasTerminal()
      ? ({ words: [program = "", ...args] }) => runInTerminal({ program, args }, { keysWereRead: true })
      : null,
    offerRollback: async (lines) => {
      complaints.print(failureLines(lines));
      return options.yes || !hasTerminal() || (await asksYes("Put the old content back?"));
    },
  });
  const good = outcome.kind === "in-force";
  (good ? output : complaints).print(
    good ? outcome.lines.map((text) => line(text, "good")) : failureLines(outcome.lines),
  );
  const written = !["changed", "locked", "refused", "rolled-back", "unknown"].includes(outcome.kind);
  return { status: statusOf(outcome, signal), written };
}

function statusOf({ kind }: SaveOutcome, signal: AbortSignal): number {
  if (kind === "in-force") return 0;
  if (signal.aborted) return 130;
  return kind === "changed" || kind === "locked" || kind === "refused" ? 2 : 1;
}

/** Asked, with what it would end; with --yes alone it is done where no build runs. */
async function agreesToRestart(
  { watch, output }: ConfigScene,
  { restart }: SavePlan,
  { yes, restart: wanted }: ChangeOptions,
): Promise<boolean> {
  if (wanted !== null) return wanted;
  if (!yes) return asksYes(`Restart ${restart?.subject ?? "it"} now?`);
  const { builders, buildProcesses } = watch.status();
  if (buildProcesses.length === 0 && !builders.some(({ state }) => state === "building")) return true;
  output.print([
    line("  builds run, so nothing is restarted; to do it all the same: --restart", "attention"),
  ]);
  return false;
}

function saveSettings({ output }: ConfigScene, signal: AbortSignal): SaveSettings {
  return { signal, progress: (text) => output.print([line(`  ${text}`, "dim")]) };
}

async function interruptible(use: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.on("SIGINT", interrupt);
  try {
    return await use(stop.signal);
  } finally {
    process.off("SIGINT", interrupt);
  }
}
