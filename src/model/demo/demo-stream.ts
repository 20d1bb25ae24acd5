/** The demonstration as a stream of Nix: the same records, in the same order, as a real command writes. */
import {
  type DemoBuild,
  type DemoDownload,
  demoBuilds,
  demoDependents,
  demoDownloads,
} from "./demo-script.ts";
import { handOverSeconds } from "./demo-times.ts";

/** Some lines of the stream and the time at which they arrive, in ms after the start. */
export interface DemoPart {
  readonly at: number;
  /** Made when it is asked for: most of the stream is still to come when the first picture is drawn. */
  readonly text: string;
}

type NixRecord = Readonly<Record<string, unknown>>;
/** When a build began and ended, in ms. */
interface Span {
  from: number;
  to: number;
  failed: boolean;
}

/** Nothing comes between the counter's step and the stop of the build that it is about. */
const justBefore = 0.1;

type Timed = readonly [at: number, record: NixRecord];

/** Ids hold the process id of their maker in their upper half. */
const firstId = 4711 * 2 ** 32;
const realise = firstId + 1;
const copyPaths = firstId + 2;
const builds = firstId + 3;
const evaluation = firstId + 4;
const cache = "https://cache.nixos.org";

/** The whole stream in order; about two and a half minutes of it. */
export function demoStream(): DemoPart[] {
  let lastId = evaluation;
  const nextId = () => ++lastId;
  const spans: Span[] = [];
  const records: Timed[] = [
    [
      200,
      {
        action: "start",
        id: evaluation,
        level: 4,
        parent: 0,
        text: "evaluating derivation '.#nixosConfigurations.studio'",
        type: 0,
      },
    ],
    [1600, { action: "stop", id: evaluation }],
    ...planTexts().map((msg): Timed => [1700, { action: "msg", level: 3, msg }]),
    [1700, { action: "start", id: realise, level: 0, parent: 0, text: "", type: 102 }],
    [1700, { action: "start", id: copyPaths, level: 0, parent: realise, text: "", type: 103 }],
    [1700, { action: "start", id: builds, level: 0, parent: realise, text: "", type: 104 }],
    [1710, { action: "result", fields: [101, total((each) => each.bytes)], id: realise, type: 106 }],
    [1710, { action: "result", fields: [100, total((each) => each.unpackedBytes)], id: realise, type: 106 }],
    ...demoDownloads.flatMap((download) => downloadRecords(download, nextId)),
  ];
  for (const build of demoBuilds) {
    const { ended, made } = buildRecords(build, nextId);
    records.push(...made);
    spans.push({ from: build.startsAt * 1000, to: ended, failed: build.fails !== undefined });
  }
  records.push(...counterRecords(spans));
  return records
    .sort(([one], [other]) => one - other)
    .map(([at, record]) => ({
      at,
      get text() {
        return `@nix ${JSON.stringify(record)}\n`;
      },
    }));
}

function buildRecords(build: DemoBuild, nextId: () => number): { made: Timed[]; ended: number } {
  const drv = derivationPath(build.name);
  const outer = nextId();
  const inner = build.host === "" ? outer : nextId();
  const start = build.startsAt * 1000;
  const where = build.host === "" ? "" : ` on '${build.host}'`;
  const made: Timed[] = [
    [
      start,
      {
        action: "start",
        fields: [drv, build.host, 1, 1],
        id: outer,
        level: 3,
        parent: build.host === "" ? realise : 0,
        text: `building '${drv}'${where}`,
        type: 105,
      },
    ],
  ];
  let at = start;
  if (inner !== outer) {
    at += handOverSeconds * 1000;
    made.push([
      at,
      {
        action: "start",
        fields: [drv, "", 1, 1],
        id: inner,
        level: 3,
        parent: realise,
        text: `building '${drv}'`,
        type: 105,
      },
    ]);
  }
  let line = 0;
  for (const [phase, seconds] of build.phases) {
    made.push([at, { action: "result", fields: [phase], id: inner, type: 104 }]);
    made.push([at, { action: "result", fields: [`Running phase: ${phase}`], id: inner, type: 101 }]);
    const busy = phase === "buildPhase" || phase === "checkPhase";
    for (let within = 0; busy && within < seconds * 1000; within += 1000 / build.linesPerSecond) {
      const text = build.says[line % build.says.length]!.replace("N", String(line));
      made.push([at + within, { action: "result", fields: [text], id: inner, type: 101 }]);
      line += 1;
    }
    at += seconds * 1000;
  }
  for (const text of build.fails?.lastLines ?? [])
    made.push([at - 5, { action: "result", fields: [text], id: inner, type: 101 }]);
  // The builder's own word comes before its outputs do, and those before the step.
  if (inner !== outer) made.push([at - 1, { action: "stop", id: inner }]);
  made.push([at, { action: "stop", id: outer }]);
  if (build.fails)
    made.push([at + 5, { action: "msg", level: 0, msg: failureText(drv, build.fails.exitCode) }]);
  return { made, ended: at };
}

function downloadRecords(download: DemoDownload, nextId: () => number): Timed[] {
  const path = storePath(download.name);
  const start = download.startsAt * 1000;
  const [substitute, copy, transfer] = [nextId(), nextId(), nextId()];
  const url = `${cache}/nar/${hashOf(download.name)}.nar.xz`;
  const made: Timed[] = [
    [
      start,
      {
        action: "start",
        fields: [path, cache],
        id: substitute,
        level: 0,
        parent: copyPaths,
        text: "",
        type: 108,
      },
    ],
    [
      start,
      {
        action: "start",
        fields: [path, cache, "local"],
        id: copy,
        level: 3,
        parent: substitute,
        text: `copying path '${path}' from '${cache}'`,
        type: 100,
      },
    ],
    [
      start,
      {
        action: "start",
        fields: [url],
        id: transfer,
        level: 4,
        parent: copy,
        text: `downloading '${url}'`,
        type: 101,
      },
    ],
  ];
  const steps = download.seconds * 5;
  for (let step = 1; step <= steps; step += 1) {
    const at = start + (step / steps) * download.seconds * 1000 - 1;
    const part = (bytes: number) => Math.round((bytes * step) / steps);
    made.push([
      at,
      { action: "result", fields: [part(download.bytes), download.bytes, 0, 0], id: transfer, type: 105 },
    ]);
    made.push([
      at,
      {
        action: "result",
        fields: [part(download.unpackedBytes), download.unpackedBytes, 0, 0],
        id: copy,
        type: 105,
      },
    ]);
  }
  for (const id of [transfer, copy, substitute])
    made.push([start + download.seconds * 1000, { action: "stop", id }]);
  return made;
}

/** The counter of builds, which tells how each build ended just before its stop. */
function counterRecords(spans: readonly Span[]): Timed[] {
  const steps = spans
    .flatMap(({ from, to, failed }) => [
      { at: from + 1, running: 1, done: 0, failed: 0 },
      { at: to - justBefore, running: -1, done: failed ? 0 : 1, failed: failed ? 1 : 0 },
    ])
    .sort((one, other) => one.at - other.at);
  let [done, running, failed] = [0, 0, 0];
  return steps.map((step) => {
    done += step.done;
    running += step.running;
    failed += step.failed;
    const expected = demoBuilds.length + (failed > 0 ? 0 : demoDependents.length);
    return [step.at, { action: "result", fields: [done, expected, running, failed], id: builds, type: 105 }];
  });
}

function planTexts(): string[] {
  const names = [...demoBuilds.map(({ name }) => name), ...demoDependents];
  const drvs = names.map((name) => `  ${derivationPath(name)}`);
  return [`these ${drvs.length} derivations will be built:`, ...drvs];
}

function failureText(drv: string, exitCode: number): string {
  return `error: Cannot build '${drv}'.\n       Reason: builder failed with exit code ${exitCode}.`;
}

function total(bytes: (download: DemoDownload) => number): number {
  return demoDownloads.reduce((sum, download) => sum + bytes(download), 0);
}

function derivationPath(name: string): string {
  return `${storePath(name)}.drv`;
}

function storePath(name: string): string {
  return `/nix/store/${hashOf(name)}-${name}`;
}

/** 32 characters of Nix's base 32 alphabet, the same each time for one name. */
function hashOf(name: string): string {
  const alphabet = "0123456789abcdfghijklmnpqrsvwxyz";
  let state = 7;
  let hash = "";
  for (let at = 0; at < 32; at += 1) {
    state = (state * 31 + name.charCodeAt(at % name.length) + at) % 65_521;
    hash += alphabet[state % 32];
  }
  return hash;
}
