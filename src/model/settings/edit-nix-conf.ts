/** Changes the value of one setting in a nix.conf and leaves all other bytes as they are; says what else decides on it. */
import { cleanText } from "../text/clean.ts";
import { type Change, changed, lineEnd, longestFile, type Note, type Refusal, refused } from "./change.ts";
import {
  addsTo,
  isSecretSetting,
  type NixConfLine,
  namesOf,
  nixConfLines,
  settingValue,
} from "./nix-conf-lines.ts";
import { type Assignment, type ReadFile, type SettingOrigins, settingOrigins } from "./nix-conf-origin.ts";
import { shownText } from "./preview.ts";

export interface NixConfRequest {
  /** Of the file that is edited; `null` where there is none yet. */
  readonly text: string | null;
  readonly path: string;
  /** Such as `max-jobs` or `extra-trusted-users`. */
  readonly key: string;
  /** One line; empty for none. */
  readonly value: string;
  /** The file that Nix begins with, if it is another one that includes this one. */
  readonly root?: string;
  /** For that file and those that are included; without it only the edited file is known. */
  readonly readFile?: ReadFile;
}

export interface NixConfChange extends Change {
  /** What makes up the value after the edit: the line that wins, and those that add to it. */
  readonly inForce: readonly Assignment[];
  /** Whether the edited line is among them. */
  readonly takesEffect: boolean;
}

/** Replaces the value of the last line that sets `key` in this file; without one a line is added at the end. Never throws. */
export function editNixConf(request: NixConfRequest): NixConfChange | Refusal {
  const { path, key, value } = request;
  const text = request.text ?? "";
  const wrong = wrongRequest(text, key, value);
  if (wrong !== null) return refused(wrong);
  const lines = nixConfLines(text);
  const bad = lines.find(({ kind }) => kind === "wrong");
  if (bad) return refused(wrongLine(bad), text, bad.words[0]?.at ?? bad.at);
  const target = lines.findLast((line) => line.kind === "setting" && isNamed(line, key));
  const edit = target ? replaceValue(text, target, value) : addLine(text, key, value);
  if (!isAsMeant(lines, nixConfLines(edit.text), target, key, value))
    return refused("the edit would have changed more than this value; nothing was changed");
  const readFile: ReadFile = request.readFile ?? (() => null);
  const root = request.root ?? path;
  const now = (content: string) =>
    settingOrigins(root, addsTo(key) ?? key, (each) => (each === path ? content : readFile(each)));
  const line = target?.number ?? linesUpTo(edit.text);
  const after = now(edit.text);
  const takesEffect = after.inForce.some((each) => each.path === path && each.line === line);
  const notes = notesOf(now(text), after, { path, line, added: !target, takesEffect });
  if (text.startsWith("\uFEFF"))
    notes.push({
      level: "warning",
      text: "the file begins with a byte order mark, which Nix takes for a part of its first word",
    });
  return { ...edit, notes, inForce: after.inForce, takesEffect };
}

/** `null` if the key and the value can stand in a nix.conf. */
function wrongRequest(text: string, key: string, value: string): string | null {
  if (text.length > longestFile) return "it is larger than a megabyte, which no nix.conf should be";
  if (!/^[a-z][a-z0-9-]{0,99}$/.test(key)) return `'${cleanText(key)}' is no name of a setting`;
  if (isSecretSetting(key))
    return `${key} has to do with secrets, which are not edited here; open the file in your editor`;
  if (value.length > 16_384) return "the value is too long";
  if (value.includes("#"))
    return "a # would begin a comment: nix.conf has no quoting, so the value cannot hold one";
  if (/[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/.test(value) || !value.isWellFormed())
    return "the value holds a line end or another control character; it must be one line";
  if (
    value
      .split(/[ \t]+/)
      .join(" ")
      .trim() !== value
  )
    return "the value begins or ends with a blank, or holds two together, which Nix would drop; write single blanks";
  return null;
}

function wrongLine(line: NixConfLine): string {
  const row = line.words.map((word) => word.text).join(" ");
  const [, name = "", value = ""] = /^([a-z][a-z0-9-]*)\s*=\s*(.*)$/.exec(row) ?? [];
  const secret = isSecretSetting(name);
  const hint =
    name === "" ? "" : `: the = must stand alone, as in '${name} = ${secret ? "…" : shownText(value)}'`;
  return `Nix cannot read '${secret ? `${name}=…` : shownText(row)}'${hint}. Every Nix command fails as long as it stands there; correct it first`;
}

function isNamed(line: NixConfLine, key: string): boolean {
  return namesOf(key).includes(line.words[0]?.text ?? "");
}

/** From the first to the last word of the value; a comment behind stays, and blanks before it. */
function replaceValue(text: string, line: NixConfLine, value: string): Change {
  const [first, last] = [line.words[2], line.words.at(-1)];
  const equals = line.words[1];
  if (settingValue(line) === value) return changed(text, []);
  if (first && last) {
    const was = text.slice(first.at, last.at + last.text.length);
    return changed(text, [{ at: first.at, was, put: value }]);
  }
  return changed(text, [{ at: (equals?.at ?? 0) + 1, was: "", put: ` ${value}` }]);
}

function addLine(text: string, key: string, value: string): Change {
  const end = lineEnd(text);
  const before = text === "" || text.endsWith("\n") ? "" : end;
  return changed(text, [
    { at: text.length, was: "", put: `${before}${`${key} = ${value}`.trimEnd()}${end}` },
  ]);
}

function linesUpTo(text: string): number {
  return text.split("\n").length - 1;
}

/** All lines say what they said, but for the one. */
function isAsMeant(
  before: readonly NixConfLine[],
  after: readonly NixConfLine[],
  target: NixConfLine | undefined,
  key: string,
  value: string,
): boolean {
  const told = (line: NixConfLine, ours: boolean) =>
    `${line.kind} ${line.words
      .slice(0, ours ? 2 : undefined)
      .map((word) => word.text)
      .join(" ")}`;
  const meant = before
    .filter(({ kind }) => kind !== "nothing")
    .map((line) => (line === target ? `${told(line, true)} ${value}`.trimEnd() : told(line, false)));
  if (!target) meant.push(`setting ${key} = ${value}`.trimEnd());
  const now = after.filter(({ kind }) => kind !== "nothing").map((line) => told(line, false));
  return now.join("\n") === meant.join("\n");
}

interface Ours {
  readonly path: string;
  readonly line: number;
  readonly added: boolean;
  readonly takesEffect: boolean;
}

/** Other lines that have a say, as the user should know them. */
function notesOf(before: SettingOrigins, after: SettingOrigins, ours: Ours): Note[] {
  const notes: Note[] = [];
  const isOurs = (each: Assignment) => each.path === ours.path && each.line === ours.line;
  const where = ({ path, line }: Assignment) =>
    path === ours.path ? `line ${line}` : `${path}, line ${line},`;
  const mine = after.all.find(isOurs);
  const winner = after.inForce[0];
  if (!ours.takesEffect && winner && mine)
    notes.push({
      level: "warning",
      text: `${where(winner)} sets ${winner.key} later and wins: ${winner.value || "(nothing)"}`,
    });
  if (!ours.takesEffect && !mine)
    notes.push({
      level: "warning",
      text: `${ours.path} is not read: no file that Nix begins with includes it`,
    });
  for (const each of after.inForce)
    if (each.adds && !isOurs(each))
      notes.push({ level: "info", text: `${where(each)} adds to it: ${each.key} = ${each.value}` });
  const still = new Set(after.inForce.map((each) => `${each.path}\n${each.line}`));
  for (const each of before.inForce) {
    if (still.has(`${each.path}\n${each.line}`) || isOurs(each)) continue;
    notes.push(
      each.adds
        ? {
            level: "warning",
            text: `${where(each)} (${each.key} = ${each.value}) counts no more: the new line stands behind it`,
          }
        : {
            level: "info",
            text: `${where(each)} sets ${each.key} to ${each.value || "nothing"}; the new line comes later and wins`,
          },
    );
  }
  for (const path of after.missing)
    notes.push({
      level: "warning",
      text: `${path} is included and is not there, so every Nix command fails`,
    });
  return notes.slice(0, 20);
}
