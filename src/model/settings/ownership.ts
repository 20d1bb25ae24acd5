/**
 * Whose a file is. What a configuration makes is never edited by hand: the next rebuild would undo it, or stop because of
 * it. Then this says which option to change, and what to run. nix-darwin links its files into /etc/static; Determinate
 * rewrites /etc/nix/nix.conf at every start (docs.determinate.systems, and modules/nix-darwin/default.nix of its module).
 */
import { posix } from "node:path";
import { nixConfFiles } from "../nix-conf/parse.ts";
import { cleanText } from "../text/clean.ts";
import type { PathPart } from "./file-read.ts";
import { isNixCodePath } from "./nix-code-places.ts";
import type { Place } from "./setting.ts";

export interface OwnerFacts {
  readonly platform: "darwin" | "linux";
  /** determinate-nixd is installed. */
  readonly determinate: boolean;
  /** darwin-rebuild is there. */
  readonly nixDarwin: boolean;
  /** The number of the user that we are there; missing or `null`: not known. */
  readonly uid?: number | null;
}

export type Ownership =
  | { readonly managed: false; readonly warnings: readonly string[] }
  | {
      readonly managed: true;
      readonly by: "nix-darwin" | "NixOS" | "Determinate Nix" | "a program" | "somebody else";
      /** One sentence each: why not, and what to do instead. */
      readonly lines: readonly string[];
      /** The option to change in the user's configuration; `null`: there is none, or another file is the place. */
      readonly option: string | null;
      /** What to run after the option was changed; `null` for nothing. */
      readonly run: string | null;
    };

const [customConf, nixConf] = nixConfFiles;
/** Of the text, in UTF-16 units and lines: a header is at the top. */
const headLength = 4096;
const headLines = 20;
const madeByProgram =
  /\b(?:auto(?:matically)?[- ]?)?generated\s+(?:by|from|with)\b|\bautomatically generated\b|\bdo not (?:edit|modify|change)\b|\bmanaged by\b/i;

/** `chain` is every directory down to the file, as it was read; `text` its content, `null` where there is none. */
export function ownershipOf(
  chain: readonly PathPart[],
  text: string | null,
  place: Place,
  facts: OwnerFacts,
): Ownership {
  const file = chain.at(-1);
  const path = file?.path ?? "the file";
  for (const part of chain) {
    const target = part.target === null ? null : targetOf(part);
    if (target === null || isMacLink(part)) continue;
    if (isMadeByNix(target))
      return byConfiguration(`${part.path} is a link to ${target}`, path, place, facts);
    return by("somebody else", [
      `${part.path} is a link to ${target}: whoever made it keeps the file there; change that one in your editor`,
    ]);
  }
  if (file?.mode != null && !file.mode.startsWith("-"))
    return by("somebody else", [`${path} is no regular file`]);
  if (isNixCodePath(path)) return ofPerson(path, file, text, facts);
  if (path === nixConf && facts.determinate)
    return by("Determinate Nix", [
      `${nixConf} is rewritten by Determinate Nix at every start; ${customConf} is the place for settings of your own`,
    ]);
  const header = headerOf(text);
  if (header !== null) {
    if (path === nixConf && /nix-installer/i.test(header) && namesCustomConf(text))
      return by("a program", [
        `${nixConf} is the installer's ('${header}') and includes ${customConf}, which is the place for settings of your own`,
      ]);
    return byConfiguration(`it says of itself: '${header}'`, path, place, facts);
  }
  return { managed: false, warnings: warningsFor(file, path, facts) };
}

/** Where settings of nix.conf are to be written here. `text` is that of /etc/nix/nix.conf. */
export function nixConfPlace(text: string | null, { determinate }: OwnerFacts): string {
  return determinate || namesCustomConf(text) ? customConf : nixConf;
}

/** The option of nix-darwin or of Determinate's module that writes the setting. */
export function optionFor(place: Place, { determinate }: OwnerFacts): string | null {
  if (place.format === "nix-code") return place.option.join(".");
  if (place.format === "json") return ["determinateNix.determinateNixd", ...place.path].join(".");
  if (place.format === "machines") return `${determinate ? "determinateNix" : "nix"}.buildMachines`;
  if (determinate)
    return place.key === "external-builders" ? null : `determinateNix.customSettings.${place.key}`;
  return `nix.settings.${place.key}`;
}

function byConfiguration(why: string, path: string, place: Place, facts: OwnerFacts): Ownership {
  const nix = facts.platform === "linux" ? ("NixOS" as const) : ("nix-darwin" as const);
  const known =
    facts.platform === "linux" ||
    facts.nixDarwin ||
    why.includes("/etc/static") ||
    /nix-darwin|nix\.\*/.test(why);
  const option = optionFor(place, facts);
  const run = nix === "NixOS" ? "sudo nixos-rebuild switch" : "sudo darwin-rebuild switch";
  const instead =
    option === null
      ? "Determinate Nix decides on this itself"
      : `change ${option} in your configuration, and run: ${run} (with --flake and its path, if it is a flake)`;
  const alsoBuilder =
    place.format === "machines" ? [`the line of linux-builder comes from nix.linux-builder.*`] : [];
  return {
    managed: true,
    by: known ? nix : "a program",
    lines: [`${path} is made by ${known ? nix : "a program"} (${why})`, instead, ...alsoBuilder],
    option,
    run: option === null ? null : run,
  };
}

function by(whose: "Determinate Nix" | "a program" | "somebody else", lines: readonly string[]): Ownership {
  return { managed: true, by: whose, lines, option: null, run: null };
}

/** Nix code: its owner changes it, and nobody else. Its comments at the top often say what the code manages. */
function ofPerson(
  path: string,
  file: PathPart | undefined,
  text: string | null,
  { uid = null }: OwnerFacts,
): Ownership {
  if (uid !== null && file?.uid != null && file.uid !== uid)
    return by("somebody else", [
      `${path} does not belong to you but to ${file.uid === 0 ? "root" : `the user with the number ${file.uid}`}: change it in your editor, as its owner`,
    ]);
  const header = headerOf(text);
  return { managed: false, warnings: header === null ? [] : [`it says of itself: '${header}'`] };
}

function warningsFor(file: PathPart | undefined, path: string, facts: OwnerFacts): string[] {
  const warnings: string[] = [];
  if (facts.nixDarwin && path === customConf)
    warnings.push(
      "nix-darwin is here: where it makes this file itself, the next darwin-rebuild stops with 'custom settings in /etc/nix/nix.custom.conf, aborting activation'",
    );
  else if (facts.nixDarwin)
    warnings.push(
      `nix-darwin is here: where it makes ${path} itself, the next darwin-rebuild stops at a file that it did not write`,
    );
  if (file?.uid != null && file.uid !== 0)
    warnings.push(`${path} does not belong to root but to the user with the number ${file.uid}`);
  return warnings;
}

function targetOf({ path, target }: PathPart): string {
  return posix.resolve(posix.dirname(path), target ?? "");
}

/** /etc, /tmp and /var of macOS. */
function isMacLink({ path, target }: PathPart): boolean {
  return /^\/(?:etc|tmp|var)$/.test(path) && new RegExp(`^/?private${path}/?$`).test(target ?? "");
}

function isMadeByNix(target: string): boolean {
  return /^\/(?:private\/)?etc\/static(?:\/|$)|^\/nix\/(?:store|var\/nix\/profiles)\/|^\/run\/current-system(?:\/|$)/.test(
    target,
  );
}

/** The line of a comment at the top that says whose the file is. */
function headerOf(text: string | null): string | null {
  const lines = (text ?? "").slice(0, headLength).split("\n", headLines);
  const line = lines.find((each) => /^\s*(?:#|\/\/|\/\*|\*)/.test(each) && madeByProgram.test(each));
  return line === undefined ? null : cleanText(line.replace(/^[\s#/*]+/, "")).slice(0, 200);
}

function namesCustomConf(text: string | null): boolean {
  return /^[ \t]*!?include[ \t]+(?:\.\/|\/etc\/nix\/)?nix\.custom\.conf[ \t\r]*(?:#|$)/m.test(
    (text ?? "").slice(0, 1024 * 1024),
  );
}
