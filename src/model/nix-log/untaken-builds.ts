/** Why no machine took a build: what ssh and the build hook said before Nix gave the build up (`build-remote.cc`). */
import { diagnosisOfFailure } from "../diagnoses/failure-texts.ts";

const mostKnown = 1000;
/** Words of ssh that say no more than that the connection failed. */
const general = "ssh-connection-failed";

export class UntakenBuilds {
  /** Of the connections that failed in the commands that run; the build hook tells of each only once. */
  #connection: string | null = null;
  #newest: string | null = null;
  /** By the name of the derivation's file. */
  readonly #known = new Map<string, string>();

  /** A line that was no record: ssh writes past Nix. */
  otherOutput(line: string): void {
    if (!ofSsh.test(line)) return;
    const id = diagnosisOfFailure(line);
    if (id !== null && waysToABuilder.has(id)) this.#connection = id;
  }

  /** `cannot build on 'ssh-ng://…': error: …` */
  cannotBuildOn(plain: string): void {
    const id = diagnosisOfFailure(plain);
    if (id === null || !waysToABuilder.has(id)) return;
    if (this.#connection === null || id !== general) this.#connection = id;
  }

  /** `Failed to find a machine for remote build!`, of one derivation. */
  noMachine(plain: string): void {
    const name = /^derivation: (\S{1,300}\.drv)$/m.exec(plain)?.[1];
    const id = this.#connection ?? diagnosisOfFailure(plain);
    if (name === undefined || id === null) return;
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(name, id);
    this.#newest = id;
  }

  /** Of the build that was given up last in the commands that run; `null`: none was. */
  get newest(): string | null {
    return this.#newest;
  }

  /** A command is over: the next one tries its connections anew. */
  commandEnded(): void {
    this.#connection = null;
    this.#newest = null;
  }

  of(drv: string): string | null {
    return this.#known.get(drv.slice(drv.lastIndexOf("/") + 1)) ?? null;
  }
}

/** Looked for first, as there may be a flood of other lines. */
const ofSsh =
  /ssh|resolve hostname|Permission denied|Permissions \d|[Hh]ost [Kk]ey|HOST ID|PRIVATE KEY|authentication fail|not found/;

const waysToABuilder = new Set([
  general,
  "host-key-unverified",
  "builder-key-mismatch",
  "builder-key-permissions",
  "too-many-agent-keys",
  "ssh-alias-missing",
  "localhost-unresolvable",
  "remote-path-lacks-nix",
]);
