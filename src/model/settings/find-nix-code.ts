/** Where a person's Nix code sets an option, in all of its files: once, as a plain value; or where to look instead. */
import { cleanText } from "../text/clean.ts";
import { refusalText } from "./change.ts";
import { findNixOption, type NixLiteral } from "./edit-nix-code.ts";
import type { FilePlace } from "./editable-setting.ts";
import type { NixCode, NixCodeFile } from "./nix-code.ts";

export type NixCodeFound =
  | {
      readonly kind: "set";
      readonly value: NixLiteral;
      readonly place: FilePlace;
      /** The directory of the flake that the file lies in; `null`: in none. */
      readonly flake: string | null;
    }
  /**
   * Several places, or no plain value; or nobody sets it. `lines`: what is so, why, and what to do, each place as
   * `FILE:LINE:COLUMN: …`; clean. `places`: where to look, the nearest first.
   */
  | {
      readonly kind: "several" | "expression" | "none";
      readonly lines: readonly string[];
      readonly places: readonly FilePlace[];
    };

const mostPlaces = 10;
const mostHints = 3;
/** Files that are read for what comes near, where nobody sets it. */
const mostNear = 30;

/** `option`: `["nix", "linux-builder", "maxJobs"]`. Never throws. */
export function findInNixCode(code: NixCode, option: readonly string[]): NixCodeFound {
  const name = option.join(".");
  // All of its names stand in the file that sets it. Reading Nix code takes a moment, and most files have not got them.
  const speaks = ({ text }: NixCodeFile) => option.every((word) => text.includes(word));
  const look = (file: NixCodeFile): Look => ({ file, found: findNixOption(file.text, option) });
  // What cannot be read may set it.
  const sets = code.files
    .filter(speaks)
    .map(look)
    .filter(({ found }) => found.ok || found.set !== false);
  const [first, second] = sets;
  if (first && second)
    return {
      kind: "several",
      lines: [
        `${name} is set in several files; name the one that counts with --file, or change it in your editor`,
        ...sets.slice(0, mostPlaces).map(wordsOf),
      ],
      places: sets.slice(0, mostPlaces).map(placeOf),
    };
  if (first?.found.ok)
    return { kind: "set", value: first.found.value, place: placeOf(first), flake: first.file.flake };
  if (first)
    return {
      kind: "expression",
      lines: [`${name} is not changed here: it is no plain value that stands in one place`, wordsOf(first)],
      places: [placeOf(first)],
    };
  const near = code.files
    .slice(0, mostNear)
    .map(look)
    .filter(({ found }) => !found.ok && found.set === false && found.position !== null);
  return {
    kind: "none",
    lines: [
      `${name} is not set in any Nix code that was found; it stands in your flake or configuration.nix`,
      ...near.slice(0, mostHints).map(wordsOf),
      ...lookedIn(code),
    ],
    places: near.slice(0, mostHints).map(placeOf),
  };
}

interface Look {
  readonly file: NixCodeFile;
  readonly found: ReturnType<typeof findNixOption>;
}

function wordsOf({ file, found }: Look): string {
  if (!found.ok) return cleanText(refusalText(file.path, found));
  return cleanText(`${file.path}:${found.line}: ${JSON.stringify(found.value)}`);
}

function placeOf({ file, found }: Look): FilePlace {
  return { path: file.path, line: found.ok ? found.line : (found.position?.line ?? 1) };
}

function lookedIn({ asked, places, skipped, cut }: NixCode): string[] {
  const where =
    places.length === 0
      ? `looked for it in: ${asked.join(", ")}; none of them is there`
      : `looked for it in: ${places.join(", ")}`;
  return [
    where,
    ...skipped.slice(0, mostHints).map((path) => `${path} could not be read, or is too long`),
    ...(cut ? ["there is more Nix code than was looked through"] : []),
    ...(asked.length > 1 ? ["does it stand elsewhere? name the file: --file FILE"] : []),
  ];
}
