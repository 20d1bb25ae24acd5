/**
 * The machines of the demonstration, as what they would answer at a given moment: a Mac with a linux-builder that is at
 * work on the demonstration's builds while its disk fills, and with the native builder; and a Mac mini with builders of
 * its own, one of which is away. Everything is made up.
 */
import type { HostTrouble } from "../hosts/types.ts";
import type { SystemName } from "../recording/format.ts";
import { mini } from "./demo-mini.ts";
import { studio } from "./demo-studio.ts";

/** Seconds after the start of the demonstration. `undefined`: nobody has asked that. */
export type DemoAnswers = (request: string, seconds: number) => { code: number; text: string } | undefined;

export interface DemoMachine {
  readonly name: string;
  readonly answers: DemoAnswers;
  /** The insides of its builders by their `guestKey`. */
  readonly guests: Readonly<Record<string, { answers: DemoAnswers } | { trouble: HostTrouble }>>;
}

export const demoMac: SystemName = { system: "Darwin", processor: "arm64" };
export const demoGuest: SystemName = { system: "Linux", processor: "aarch64" };
export const demoMachines: readonly DemoMachine[] = [studio, mini];
