/** The logs that `buildtop watch` made Nix write, all poured into one model. */

import { accessSync, constants, existsSync } from "node:fs";
import { type WatchedLog, watchedLogs } from "../adapters/config/watch-scope.ts";
import { healUserLog } from "../adapters/config/watch-setting.ts";
import { type FollowedLog, followLog } from "../adapters/nix-log/follow-log.ts";
import { cleanText } from "../model/text/clean.ts";
import type { LiveBuilds } from "./live-builds.ts";

export class FollowedLogs {
  readonly #live: LiveBuilds;
  readonly #followed = new Map<string, FollowedLog>();
  readonly #troubles = new Map<string, string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(live: LiveBuilds) {
    this.#live = live;
  }

  /** Whether there is any log to follow. */
  get any(): boolean {
    return this.#followed.size > 0;
  }

  /** Why some of them cannot be read, each in one line. */
  get troubles(): string[] {
    return [...this.#troubles.values()].map(cleanText);
  }

  /** Resolves when all was read that was in the logs when they were taken up. */
  async caughtUp(): Promise<void> {
    await Promise.all([...this.#followed.values()].map((log) => log.caughtUp));
  }

  /** Takes up what was switched on since, and lets go of what was switched off. */
  async sync(): Promise<void> {
    healUserLog();
    const logs = new Map(watchedLogs().map((log) => [log.path, log]));
    for (const [path, log] of this.#followed) {
      if (logs.has(path)) continue;
      this.#followed.delete(path);
      this.#troubles.delete(path);
      await log.stop();
    }
    for (const log of logs.values()) if (!this.#followed.has(log.path)) this.#follow(log);
  }

  /** Looks every so often whether watching was switched on or off elsewhere. */
  syncEvery(milliseconds: number): void {
    this.#timer = setInterval(() => void this.sync(), milliseconds);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer ?? undefined);
    await Promise.all([...this.#followed.values()].map((log) => log.stop()));
  }

  #follow({ path, ours }: WatchedLog): void {
    const { now } = this.#live;
    const stream = this.#live.open({ label: path, kind: "json-log" });
    const onTrouble = (line: string | null) => {
      if (line === null) this.#troubles.delete(path);
      else this.#troubles.set(path, line);
    };
    // Known at once, so that the first picture can say it.
    if (existsSync(path) && !isReadable(path)) onTrouble(`${path}: may not be read by you`);
    this.#followed.set(path, followLog({ path, ours, stream, now, onTrouble }));
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
