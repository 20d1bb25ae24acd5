/** What a machine answers when it is asked for a file that is to be edited. */
import { linesOf } from "../machine/lines.ts";
import { cleanText } from "../text/clean.ts";

/** A directory or a file on the way to what is edited, as lstat(2) sees it. Clean. */
export interface PathPart {
  readonly path: string;
  /** As ls(1) has it: `drwxr-xr-x`; `null` where it is not there. */
  readonly mode: string | null;
  readonly uid: number | null;
  /** Where it leads if it is a link. */
  readonly target: string | null;
}

export type FileRead =
  | {
      readonly kind: "file";
      readonly chain: readonly PathPart[];
      readonly bytes: Uint8Array;
      /** `null` where the bytes are no UTF-8. A byte order mark stays. */
      readonly text: string | null;
    }
  /** Not there; or a link that leads nowhere, which the chain tells. */
  | { readonly kind: "absent"; readonly chain: readonly PathPart[] }
  | { readonly kind: "not-regular"; readonly chain: readonly PathPart[] }
  | { readonly kind: "too-big"; readonly chain: readonly PathPart[] }
  | { readonly kind: "unreadable"; readonly chain: readonly PathPart[] };

/** No path that is asked for has more. */
const mostParts = 20;
/** Of hexadecimal bytes. */
const mostRows = 100_000;

/** `null`: no answer of the program, or one that was cut off. */
export function parseFileRead(stdout: string): FileRead | null {
  const rows = linesOf(stdout, mostRows);
  const chain: PathPart[] = [];
  for (const [at, row] of rows.entries()) {
    const [word = "", ...rest] = row.split(" ");
    const last = chain.at(-1);
    if (word === "part" && chain.length < mostParts) chain.push(partOf(rest));
    else if (word === "link" && last)
      chain[chain.length - 1] = { ...last, target: cleanText(rest.join(" ")) };
    else if (word === "absent" || word === "not-regular" || word === "too-big" || word === "unreadable")
      return { kind: word, chain };
    else if (word === "size") return fileOf(chain, Number(rest[0]), rows.slice(at + 1));
  }
  return null;
}

function partOf([mode = "-", uid = "", ...path]: readonly string[]): PathPart {
  const there = mode !== "-";
  return {
    path: cleanText(path.join(" ")),
    mode: there ? cleanText(mode) : null,
    uid: there && /^\d{1,10}$/.test(uid) ? Number(uid) : null,
    target: null,
  };
}

function fileOf(chain: readonly PathPart[], size: number, rows: readonly string[]): FileRead | null {
  const end = rows.indexOf("end");
  if (end < 0) return null;
  const digits = rows.slice(0, end).join("").replaceAll(" ", "");
  if (digits.length !== size * 2 || !/^[0-9a-f]*$/.test(digits)) return null;
  const bytes = Uint8Array.from({ length: size }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
  return { kind: "file", chain, bytes, text: textOf(bytes) };
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
