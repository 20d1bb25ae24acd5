import { BuildsModel } from "../../src/model/nix-log/builds-model.ts";
import { type ReplayReport, replayReport, reportText } from "../../src/model/nix-log/report.ts";
import type { NixLogStream, StreamOptions } from "../../src/model/nix-log/types.ts";

/** Lines of a stream as Nix writes them (keys in alphabetical order), for tests that need one exact situation. */
export const line = {
  start: (
    id: number | string,
    type: number,
    options: { text?: string; fields?: unknown[]; parent?: number | string } = {},
  ) =>
    `@nix {"action":"start",${options.fields ? `"fields":${JSON.stringify(options.fields)},` : ""}"id":${id},"level":3,"parent":${
      options.parent ?? 0
    },"text":${JSON.stringify(options.text ?? "")},"type":${type}}`,
  stop: (id: number | string) => `@nix {"action":"stop","id":${id}}`,
  /** A result with plain fields. */
  result: (id: number | string, type: number, fields: unknown[]) =>
    `@nix {"action":"result","fields":${JSON.stringify(fields)},"id":${id},"type":${type}}`,
  payload: (id: number | string, type: number, payload: unknown) =>
    `@nix {"action":"result","id":${id},"payload":${JSON.stringify(payload)},"type":${type}}`,
  msg: (msg: string, level = 0) => `@nix {"action":"msg","level":${level},"msg":${JSON.stringify(msg)}}`,
  /** The error that the command itself ends with. */
  lastError: (msg: string) =>
    `@nix {"action":"msg","column":null,"file":null,"level":0,"line":null,"msg":${JSON.stringify(msg)},"raw_msg":${JSON.stringify(msg)}}`,
};

/** The path of a derivation with a made-up hash. */
export const drv = (name: string): string =>
  `/nix/store/${name
    .replace(/[^0-9a-z]/g, "")
    .padEnd(32, "0")
    .slice(0, 32)}-${name}.drv`;

/** A worker of Nix: Realise, Builds and CopyPaths activities numbered in a row, and its counter. */
export function worker(first: number, parent = 0) {
  const counters = (fields: [number, number, number, number]) => [
    line.result(first + 1, 105, fields),
    line.result(first + 2, 105, [0, 0, 0, 0]),
    line.result(first, 106, [101, 0]),
    line.result(first, 106, [100, 0]),
  ];
  return {
    begin: [
      line.start(first, 102, { parent }),
      line.start(first + 1, 104, { parent }),
      line.start(first + 2, 103, { parent }),
    ],
    /** After each goal: done, done + expected, running, failed. */
    counters,
    end: [line.stop(first + 2), line.stop(first + 1), line.stop(first)],
  };
}

export const build = (id: number | string, name: string, machine = "", parent: number | string = 0) =>
  line.start(id, 105, {
    fields: [drv(name), machine, 1, 1],
    text: `building '${drv(name)}'${machine ? ` on '${machine}'` : ""}`,
    parent,
  });

/** A model that has read these lines, and the stream to go on with. */
export function read(
  lines: readonly string[],
  options: Partial<StreamOptions> = {},
): { model: BuildsModel; stream: NixLogStream; state: (name: string) => string } {
  const model = new BuildsModel();
  const stream = model.openStream({ label: "test", kind: "command", ...options }, 0);
  stream.feed(Buffer.from(lines.map((each) => `${each}\n`).join("")), 1000);
  return { model, stream, state: (name) => model.derivation(drv(name))?.state ?? "absent" };
}

type Items<List> = List extends Iterable<infer Each> ? Each : never;

export type ReadReport = Omit<ReplayReport, "derivations" | "failures"> & {
  derivations: Items<ReplayReport["derivations"]>[];
  failures: Items<ReplayReport["failures"]>[];
};

/** What `replay --json` prints of a model, read back. */
export function reportOf(model: BuildsModel, timed = false): ReadReport {
  return JSON.parse([...reportText(replayReport(model, timed))].join(""));
}
