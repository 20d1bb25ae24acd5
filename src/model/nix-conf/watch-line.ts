/**
 * The one line that `buildtop watch on` adds to a nix.conf, and its removal. All other bytes stay as they are.
 */

/** What has to be undone with the line. */
interface WatchLineNotes {
  /** The file did not end with a newline, and one was put before the line. */
  newlineAdded: boolean;
  /** The file was made for the line. */
  fileMade: boolean;
}

export interface WatchLine extends WatchLineNotes {
  /** The value of json-log-path. */
  logPath: string;
  lineNumber: number;
}

const setting = "json-log-path";
const marked =
  /^json-log-path = (.+) # buildtop watch( \[([a-z, ]*)\])?: "buildtop watch off(?: --system)?" takes this line out$/;
const noteWords = {
  newlineAdded: "newline added before",
  fileMade: "file made",
} as const;

/** Why a path cannot stand in a nix.conf, or `null`. There is no quoting, and blanks at which words are split are lost. */
export function unwritablePath(path: string): string | null {
  if (/[#\n\r\t]/.test(path)) return "holds a character (#, tab or newline) that nix.conf cannot hold";
  if (/^ | {2}| $/.test(path)) return "holds blanks that nix.conf would drop";
  return null;
}

/** The text with the line at its end. `fileMade`: there is no such file yet. */
export function addWatchLine(
  text: string,
  logPath: string,
  scope: "user" | "system",
  fileMade: boolean,
): string {
  const newlineAdded = text !== "" && !text.endsWith("\n");
  const words = (Object.keys(noteWords) as (keyof WatchLineNotes)[])
    .filter((note) => ({ fileMade, newlineAdded })[note])
    .map((note) => noteWords[note]);
  const list = words.length > 0 ? ` [${words.join(", ")}]` : "";
  const off = `buildtop watch off${scope === "system" ? " --system" : ""}`;
  return `${text}${newlineAdded ? "\n" : ""}${setting} = ${logPath} # buildtop watch${list}: "${off}" takes this line out\n`;
}

/** Our line, if it is there. */
export function findWatchLine(text: string): WatchLine | null {
  const rows = text.split("\n");
  const at = rows.findIndex((row) => marked.test(row));
  if (at < 0) return null;
  const [, logPath = "", , words = ""] = rows[at]!.match(marked)!;
  const noted = (note: keyof WatchLineNotes) => words.split(", ").includes(noteWords[note]);
  return {
    ...{ logPath, lineNumber: at + 1 },
    newlineAdded: noted("newlineAdded"),
    fileMade: noted("fileMade"),
  };
}

/**
 * The text without our lines, byte for byte as before. The newline that was added goes too, unless somebody has
 * written behind our line since.
 */
export function removeWatchLine(text: string): string {
  let rest = text;
  for (let found = findWatchLine(rest); found !== null; found = findWatchLine(rest)) {
    const rows = rest.split("\n");
    const before = rows.slice(0, found.lineNumber - 1).join("\n");
    const after = rows.slice(found.lineNumber).join("\n");
    if (found.lineNumber === 1) rest = after;
    else rest = found.newlineAdded && after === "" ? before : `${before}\n${after}`;
  }
  return rest;
}
