/** What the dashboard's Settings can have done to the files of the machines it shows. */
import { spawnSync } from "node:child_process";
import { markChange, type PastChange } from "../adapters/config/change-history.ts";
import { planSave, type SaveSettings } from "../adapters/config/plan-save.ts";
import { runSave } from "../adapters/config/save.ts";
import { tellInterrupted } from "../adapters/config/save-record.ts";
import { settingHost } from "../adapters/config/setting-host.ts";
import { readSettingList } from "../adapters/config/setting-list.ts";
import { settingRequest } from "../adapters/config/setting-request.ts";
import { undoRequest } from "../adapters/config/undo.ts";
import type { MachineWatch } from "../adapters/machine/machine-watch.ts";
import { shownCommand } from "../model/actions/tool-words.ts";
import { ActionRefused, type TerminalPrompt } from "../model/actions/types.ts";
import { restartText } from "../model/settings/editable-setting.ts";
import { ownershipOf } from "../model/settings/ownership.ts";
import type { SaveOutcome, SavePlan, SaveRequest } from "../model/settings/save-types.ts";
import { settings } from "../model/settings/settings.ts";
import { cleanText } from "../model/text/clean.ts";
import type { QuestionLine, ToneLine } from "../store/dashboard-state.ts";
import type { SaveHow, SettingChange, SettingOutcome, SettingsOfMachine } from "../views/setting-options.ts";

export async function listSettings(watch: MachineWatch, signal: AbortSignal): Promise<SettingsOfMachine> {
  const { connection, transport } = watch.status();
  if (transport === "recording") throw new ActionRefused("This is a recording: its files are not there.");
  if (connection.state === "lost") throw new ActionRefused(connection.trouble.message);
  if (watch.facts === null) throw new ActionRefused(`${watch.host.name} has not answered yet.`);
  const notes = await tellInterrupted(watch.host, { sudo: !watch.facts.isRoot, signal });
  const { settings: listed } = await readSettingList(watch, { signal });
  return { settings: listed.map(({ editable }) => editable), notes };
}

export async function prepareSetting(
  watch: MachineWatch,
  key: string,
  typed: string,
  signal: AbortSignal,
): Promise<SettingChange> {
  const { settings: listed, files, here } = await readSettingList(watch, { signal });
  const found = listed.find(({ editable }) => editable.key === key);
  if (!found) throw new ActionRefused("The file has changed meanwhile: look at the settings again.");
  const { editable, setting, now, row } = found;
  if (editable.locked) throw new ActionRefused(editable.locked.join("\n"));
  const verdict = editable.judge(typed);
  if (verdict.level === "refused") throw new ActionRefused(cleanText(verdict.reason));
  const request = settingRequest(setting, now, verdict.value, files, here, row);
  const about: ToneLine[] = [
    { text: `${now.shown ?? `not set (${setting.default})`} → ${cleanText(verdict.shown)}`, tone: "plain" },
    ...(setting.place.format === "nix-code"
      ? [{ text: `It ${restartText(setting)}.`, tone: "plain" as const }]
      : []),
    ...verdict.warnings.map((text): ToneLine => ({ text: cleanText(text), tone: "attention" })),
  ];
  return planned(watch, request, about, signal);
}

/** The same, for what was changed last there. */
export async function prepareUndo(watch: MachineWatch, signal: AbortSignal): Promise<SettingChange> {
  const { owner } = await settingHost(watch, signal);
  const undone = await undoRequest(
    watch,
    (chain, text) => ownershipOf(chain, text, placeIn(chain.at(-1)?.path), owner),
    { signal, progress: () => {} },
  );
  if (undone.kind === "refused") throw new ActionRefused(undone.lines.join("\n"));
  const { request, change } = undone;
  const about: ToneLine[] = [
    { text: `${request.from ?? "not set"} → ${request.to ?? "not set"}`, tone: "plain" },
  ];
  return planned(watch, request, about, signal, (outcome) =>
    isWritten(outcome) ? noteUndone(change) : null,
  );
}

/** `ended`: what must be written down of the outcome; returns a line if that went wrong. */
async function planned(
  watch: MachineWatch,
  request: SaveRequest,
  about: readonly ToneLine[],
  signal: AbortSignal,
  ended: (outcome: SaveOutcome) => string | null = () => null,
): Promise<SettingChange> {
  const result = await planSave(watch, request, { signal, progress: () => {} });
  if (result.kind !== "plan") throw new ActionRefused(result.lines.join("\n"));
  const { plan } = result;
  const { access, restart } = plan;
  if (access.kind === "denied" || (access.kind === "password" && access.prompt === null))
    throw new ActionRefused(access.lines.join("\n"));
  return {
    title: plan.title,
    lines: [...about, { text: "", tone: "plain" }, ...planLines(plan, anyBuild(watch))],
    restart: restart?.subject ?? null,
    save: async (how) => {
      const outcome = await runSave(plan, watch, { ...saveSettings(how), ...answers(how) });
      const told = ended(outcome);
      return outcomeOf(outcome, told);
    },
  };
}

/** The file with its changed lines, what to know, and what restarts with what that ends. */
function planLines(
  { request, diff, notes, access, restart, restartRefused }: SavePlan,
  builds: boolean,
): QuestionLine[] {
  const marks = { same: " ", removed: "-", added: "+" } as const;
  const tones = { same: "idle", removed: "failed", added: "well" } as const;
  const lines: QuestionLine[] = [
    { text: request.path, tone: "plain" },
    ...diff.map(({ kind, text }): ToneLine => ({ text: `  ${marks[kind]} ${text}`, tone: tones[kind] })),
    ...notes.map(
      ({ level, text }): ToneLine => ({
        text: cleanText(text),
        tone: level === "warning" ? "attention" : "plain",
      }),
    ),
  ];
  const gap: ToneLine = { text: "", tone: "plain" };
  if (restart)
    lines.push(
      gap,
      { text: "It holds after a restart:", tone: "plain" },
      ...restart.commands.map((command): ToneLine => ({ text: `  ${shownCommand(command)}`, tone: "idle" })),
      ...restart.consequences.map(
        (text): QuestionLine => ({ text, tone: builds ? "attention" : "plain", grave: true }),
      ),
    );
  if (restartRefused !== null) lines.push(gap, { text: restartRefused, tone: "attention" });
  if (access.kind === "password") lines.push(gap, { text: passwordText(restart), tone: "plain" });
  return lines;
}

/** Over ssh sudo knows nobody from one login to the next. */
function passwordText(restart: SavePlan["restart"]): string {
  if (restart?.access.kind !== "password" || restart.access.prompt?.kind !== "relay")
    return "sudo asks for your password, in this terminal.";
  return `sudo asks for your password in this terminal, twice: to write the file, and to restart ${restart.subject}.`;
}

function anyBuild(watch: MachineWatch): boolean {
  const { builders, buildProcesses } = watch.status();
  return buildProcesses.length > 0 || builders.some(({ state }) => state === "building");
}

function saveSettings({ signal, progress }: SaveHow): SaveSettings {
  return { signal, progress };
}

function answers({ restart, withTerminal, offerRollback }: SaveHow) {
  return {
    restart,
    offerRollback,
    askPassword: async (prompt: TerminalPrompt) => {
      let end = { exitCode: null as number | null, signal: null as string | null };
      await withTerminal(() => {
        end = runHere(prompt);
      });
      return end;
    },
  };
}

/** The dashboard has stepped aside; a child that is waited for in the background would lose keys to us. */
function runHere({ words }: TerminalPrompt): { exitCode: number | null; signal: string | null } {
  const [program = "", ...rest] = words;
  const { status, signal, error } = spawnSync(program, rest, { stdio: "inherit" });
  return { exitCode: error ? 127 : status, signal };
}

function outcomeOf(outcome: SaveOutcome, told: string | null): SettingOutcome {
  return {
    good: outcome.kind === "in-force",
    lines: told === null ? outcome.lines : [...outcome.lines, told],
  };
}

/** The change itself is done: that it could not be written down is only told. */
function noteUndone(change: PastChange): string | null {
  try {
    return markChange(change.newHash, change, "undone");
  } catch (error) {
    return `that it was taken back could not be written down: ${cleanText((error as Error).message)}`;
  }
}

/** Whether the new content is in the file. */
function isWritten({ kind }: SaveOutcome): boolean {
  return kind === "in-force" || kind === "saved" || kind === "not-in-force" || kind === "down";
}

/** That of any setting in this file: it only tells which option would be changed instead. */
function placeIn(path: string | undefined) {
  const found = settings.find(({ place }) =>
    place.format === "nix-conf"
      ? path !== undefined && place.files.includes(path)
      : place.format !== "nix-code" && place.file === path,
  );
  return (found ?? settings[0]!).place;
}
