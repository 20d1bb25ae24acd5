/** The most memory the program takes while it reads ten million lines, against one million. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bench, median } from "./row.ts";
import { type StreamKind, streamKinds, streamOf } from "./streams.ts";

const million = 1_000_000;
const program = fileURLToPath(new URL("../../dist/buildtop.js", import.meta.url));
const grow = fileURLToPath(new URL("grow.ts", import.meta.url));

export const modelMemory: Bench = {
  name: "model-memory",
  async run() {
    const figures = [];
    for (const kind of streamKinds) {
      const one = await usualPeak(kind, million);
      const ten = await usualPeak(kind, 10 * million);
      figures.push({
        what: `memory of replay, 10 M lines, ${kind}`,
        figure: mib(ten),
        yardstick: `1 M lines: ${mib(one)}`,
        ratio: ten / one,
        bar: 1.2,
      });
    }
    return figures;
  },
};

/** V8 decides for itself when it collects, differently each time: the middle one of three runs. */
async function usualPeak(kind: StreamKind, lines: number): Promise<number> {
  const peaks: number[] = [];
  for (let run = 0; run < 3; run++) peaks.push(await peak(kind, lines));
  return median(peaks);
}

/** Resident bytes at their highest (VmHWM) of the built program; the stream is made by a process of its own. */
async function peak(kind: StreamKind, lines: number): Promise<number> {
  const { abreast, files } = streamOf(kind);
  const directory = mkdtempSync(join(tmpdir(), "buildtop-bench-"));
  const fifo = join(directory, "stream");
  execFileSync("mkfifo", [fifo]);
  const making = [
    process.execPath,
    "--import",
    "tsx",
    grow,
    "--lines",
    String(lines),
    "--abreast",
    String(abreast),
  ];
  spawn("sh", ["-c", 'exec "$@" >"$0"', fifo, ...making, ...files], { stdio: "ignore" });
  const reader = spawn(process.execPath, [program, "replay", "--json", fifo], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  let highest = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${reader.pid}/status`, "latin1");
      highest = Math.max(highest, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // It ended between two looks.
    }
  }, 20);
  const [code] = await once(reader, "close");
  clearInterval(look);
  rmSync(directory, { recursive: true, force: true });
  if (code !== 0) throw new Error(`replay of ${lines} lines (${kind}) ended with ${code}`);
  return highest;
}

const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
