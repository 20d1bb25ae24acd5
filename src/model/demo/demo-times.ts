/** Which builds of the demonstration run at a given moment, and how hard the machines work for them. */
import { type DemoBuild, demoBuilds } from "./demo-script.ts";

/** From the start of a remote build to that of its own builder: connect, lock, upload. */
export const handOverSeconds = 2.5;

export interface RunningBuild {
  /** Which one of the script. */
  readonly index: number;
  readonly name: string;
  readonly elapsedSeconds: number;
}

/** Seconds after the start of the demonstration. */
export function endOf(build: DemoBuild): number {
  const building = build.phases.reduce((sum, [, seconds]) => sum + seconds, 0);
  return build.startsAt + (build.host === "" ? 0 : handOverSeconds) + building;
}

/** `host` as the script has it: "" is the machine itself. */
export function runningBuilds(host: string, seconds: number): RunningBuild[] {
  return demoBuilds.flatMap((build, index) =>
    build.host === host && seconds >= build.startsAt && seconds < endOf(build)
      ? [{ index, name: build.name, elapsedSeconds: seconds - build.startsAt }]
      : [],
  );
}

/** Nothing happens any more after this. */
export const lastSecond = Math.max(...demoBuilds.map(endOf));

/** What has gathered until `seconds`, where `each` gathers so much a second with so many builds running. */
export function gathered(host: string, seconds: number, each: (builds: number) => number): number {
  const times = new Set([0, seconds]);
  for (const build of demoBuilds)
    if (build.host === host)
      for (const time of [build.startsAt, endOf(build)]) if (time < seconds) times.add(time);
  const steps = [...times].sort((one, other) => one - other);
  let sum = 0;
  for (const [at, from] of steps.entries()) {
    const to = steps[at + 1];
    if (to !== undefined) sum += (to - from) * each(runningBuilds(host, from).length);
  }
  return sum;
}
