/**
 * The machines Nix may build on: the grammar of the setting `builders` and of /etc/nix/machines
 * (NixOS/nix src/libstore/machines.cc).
 */
import { cleanText } from "../text/clean.ts";
import { wordsOf } from "./lines.ts";
import { parseStoreUri, type StoreUri } from "./store-uri.ts";

/** Where a row stands: in a file, or (`path` null) in the setting itself. Lines count from 1. */
interface MachineSource {
  readonly path: string | null;
  readonly line: number;
}

export interface Machine extends StoreUri {
  readonly systems: readonly string[];
  /** Path of the private key on the client; `null`: ssh finds one itself. */
  readonly sshKey: string | null;
  readonly maxJobs: number;
  readonly speedFactor: number;
  readonly supportedFeatures: readonly string[];
  readonly mandatoryFeatures: readonly string[];
  /** Base64 of the line of the host's public key; `null`: known_hosts decides. */
  readonly publicHostKey: string | null;
  readonly source: MachineSource;
}

export interface MachineProblem extends MachineSource {
  /** The row. */
  readonly text: string;
  /** In Nix's words. */
  readonly message: string;
}

export interface Machines {
  readonly machines: readonly Machine[];
  /** With one bad row Nix uses no machine at all, also not those that are listed here. */
  readonly problems: readonly MachineProblem[];
}

const mostMachines = 500;
const mostProblems = 100;
const deepestInclude = 16;
const longestText = 1024 * 1024;

/**
 * Reads the value of `builders`. `readFile` gives the text of an `@file`, or `null` if it is not there, which to Nix is
 * an empty file. `localSystem` is meant where a row names no system, such as `aarch64-darwin`.
 */
export function parseMachines(
  text: string,
  readFile: (path: string) => string | null,
  localSystem: string,
): Machines {
  const machines: Machine[] = [];
  const problems: MachineProblem[] = [];
  const report = (source: MachineSource, row: string, message: string) => {
    if (problems.length < mostProblems)
      problems.push({ ...source, text: cleanText(row), message: cleanText(message) });
  };
  const read = (content: string, path: string | null, open: readonly string[]) => {
    for (const { row, line } of rowsOf(content)) {
      const source = { path: path === null ? null : cleanText(path), line };
      if (machines.length >= mostMachines) return;
      if (!row.startsWith("@")) {
        const machine = readRow(row, localSystem, source);
        if (typeof machine === "string") report(source, row, machine);
        else machines.push(machine);
        continue;
      }
      const file = row.slice(1).trim();
      if (open.includes(file)) report(source, row, `'${file}' includes itself`);
      else if (open.length >= deepestInclude) report(source, row, `'${file}' is included too deep`);
      else read(readFile(file) ?? "", file, [...open, file]);
    }
  };
  read(text, null, []);
  return { machines, problems };
}

/** A comment goes to the end of its line, whatever it holds; then `;` parts rows as a line end does. */
function* rowsOf(text: string): Generator<{ row: string; line: number }> {
  let line = 0;
  for (const written of text.slice(0, longestText).split("\n", 20_000)) {
    line += 1;
    for (const part of written.replace(/#.*/s, "").split(";")) {
      const row = part.trim();
      if (row !== "") yield { row, line };
    }
  }
}

/** A machine, or what Nix says of the row. */
function readRow(row: string, localSystem: string, source: MachineSource): Machine | string {
  const columns = wordsOf(row);
  const column = (index: number) => (columns[index] === "-" ? undefined : columns[index]);
  const cannotConvert = (index: number, type: string) =>
    `bad machine specification: failed to convert column #${index} in a row: '${row}' to '${type}'`;

  const uri = column(0);
  if (uri === undefined)
    return `bad machine specification: store URL was not found at the first column of a row: '${row}'`;
  const jobs = column(3) ?? "1";
  if (!/^\+?\d{1,12}$/.test(jobs) || Number(jobs) > 0xffff_ffff) return cannotConvert(3, "unsigned int");
  const speed = column(4) ?? "1";
  if (!/^[+-]?(?:\d{1,20}\.?\d{0,20}|\.\d{1,20})(?:[eE][+-]?\d{1,2})?$/.test(speed))
    return cannotConvert(4, "float");
  const publicHostKey = column(7) ?? null;
  const bad = /[^A-Za-z0-9+/]/u.exec(publicHostKey?.replace(/=.*/s, "") ?? "")?.[0];
  if (bad !== undefined)
    return `invalid character in Base64 string: '${bad}', while parsing machine specification at a column #7 in a row: '${row}'`;
  if (Number(speed) < 0) return "speed factor must be >= 0";
  const store = parseStoreUri(uri);
  if (store === null) return `Cannot parse Nix store '${uri}'`;
  return {
    ...store,
    systems: listOf(column(1)) ?? [cleanText(localSystem)],
    sshKey: column(2) === undefined ? null : cleanText(column(2) ?? ""),
    maxJobs: Number(jobs),
    speedFactor: Number(speed) || 1,
    supportedFeatures: listOf(column(5)) ?? [],
    mandatoryFeatures: listOf(column(6)) ?? [],
    publicHostKey: publicHostKey === null ? null : cleanText(publicHostKey),
    source,
  };
}

function listOf(column: string | undefined): string[] | undefined {
  return column === undefined
    ? undefined
    : [...new Set(column.split(",").filter((item) => item !== ""))].slice(0, 100).map(cleanText);
}

/** The public host key that every builder of nixpkgs' family has had since 2022 (nixpkgs nix-builder-vm.nix). */
const nixpkgsBuilderKey = "AAAAC3NzaC1lZDI1NTE5AAAAIJBWcxb/Blaqt1auOtE+F8QUWrUotiC5qBJ+UuEWdVCb";

/** Whether the eighth column of a machine names a builder of nixpkgs' family, whatever its host is called. */
export function isNixpkgsBuilderKey(base64: string | null): boolean {
  if (base64 === null || base64.length > longestText) return false;
  return wordsOf(Buffer.from(base64, "base64").toString("latin1")).includes(nixpkgsBuilderKey);
}
