/**
 * All that a machine has answered, as typed facts. Nothing is parsed before somebody asks for it, nor twice while its
 * text stays the same.
 */
import { type GuestLook, guestKey } from "../builders/guest.ts";
import type { GuestTarget } from "../builders/types.ts";
import { parseNixVersion, takesPortParameter } from "../nix-conf/nix-version.ts";
import { nixConfFiles, parseNixConf } from "../nix-conf/parse.ts";
import { type ActiveBuild, parseActiveBuilds } from "./active-builds.ts";
import { parseDisallowedDaemons } from "./background-items.ts";
import { isBuildUser } from "./build-processes.ts";
import { type Container, parseContainers } from "./containers.ts";
import {
  type DeterminateConfig,
  type DeterminateVersion,
  parseDeterminateConfig,
  parseDeterminateStatus,
  parseDeterminateVersion,
} from "./determinate.ts";
import { type DiskImageHead, parseDiskImageHead } from "./disk-image.ts";
import { type LaunchdJob, parseDisabledServices, parseLaunchdServices } from "./launchd.ts";
import { type ListeningPort, parseLinuxListeners, parseNetstatListeners } from "./listeners.ts";
import { type MachineSummary, parseMachineSummary } from "./machine-summary.ts";
import { type Machine, type MachineProblem, type Machines, parseMachines } from "./machines.ts";
import { type ExternalBuilder, externalBuildersOf, type NixConfig, parseNixConfig } from "./nix-config.ts";
import { type MachineProcess, parseProcesses } from "./processes.ts";
import { type RemoteBuild, remoteBuilds } from "./remote-builds.ts";
import { parseSshConfig, type SshConfig } from "./ssh-config.ts";
import {
  type CurrentLoadSlot,
  type MachineFile,
  parseCurrentLoad,
  parseDeniedStat,
  parseStat,
} from "./stat.ts";
import type { StoreCheck } from "./store-check.ts";
import { withPortParameter } from "./store-uri.ts";
import { parseSystemdUnits, type SystemdUnit } from "./systemd.ts";
import {
  type ExternalBuilderRun,
  externalBuilderRuns,
  type QemuMachine,
  qemuMachines,
} from "./vm-processes.ts";

/** The newest answer to one request. */
export interface Answer {
  readonly text: string;
  readonly code: number;
  /** When, in seconds of our monotonic clock. */
  readonly at: number;
}

export type Platform = "darwin" | "linux";

/** Where Nix's own settings are. */
export const machinesFile = "/etc/nix/machines";
export const determinateConfigFile = "/etc/determinate/config.json";

export class MachineFacts {
  readonly platform: Platform;
  /** As `uname -m` says. */
  readonly processor: string;
  readonly #answers = new Map<string, Answer>();
  readonly #parsed = new Map<string, { text: string; value: unknown }>();
  /** What was made from several answers; gone when one of them says something else. */
  readonly #whole = new Map<string, unknown>();
  /** What looking inside the builders came to, by `guestKey`. */
  guests: ReadonlyMap<string, GuestLook> = new Map();
  /** Whether Nix itself gets through to builders, by their URI. */
  stores: ReadonlyMap<string, StoreCheck> = new Map();
  /** Whether `sudo -n` works there; `null` = not tried. */
  canSudo: boolean | null = null;
  /** Whether it works in our terminal's session: there is a ticket. */
  hasTicket = false;

  constructor(system: string, processor: string) {
    this.platform = system === "Darwin" ? "darwin" : "linux";
    this.processor = processor;
  }

  /** Whether we are root there and need no sudo. */
  get isRoot(): boolean {
    return this.summary?.user === "root";
  }

  /** Takes in answers. `at`: seconds of our monotonic clock. */
  take(answers: ReadonlyMap<string, { text: string; code: number }>, at: number): void {
    for (const [request, { text, code }] of answers) {
      const before = this.#answers.get(request);
      if (before?.text !== text || before.code !== code) this.#whole.clear();
      // The same text keeps its first copy: what was read from it holds on to that one.
      this.#answers.set(request, { text: before?.text === text ? before.text : text, code, at });
    }
    const sudo = answers.get("sudo");
    if (sudo) this.canSudo = sudo.code === 0;
  }

  answer(request: string): Answer | undefined {
    return this.#answers.get(request);
  }

  /** All answers, for whoever parses a section itself. */
  get answers(): ReadonlyMap<string, Answer> {
    return this.#answers;
  }

  /** The text of an answer that came with exit status 0. */
  #text(request: string): string | undefined {
    const answer = this.#answers.get(request);
    return answer?.code === 0 ? answer.text : undefined;
  }

  #parse<T>(key: string, text: string, parse: (text: string) => T): T {
    const known = this.#parsed.get(key);
    if (known && known.text === text) return known.value as T;
    const value = parse(text);
    this.#parsed.set(key, { text, value });
    return value;
  }

  #made<T>(key: string, make: () => T): T {
    if (!this.#whole.has(key)) this.#whole.set(key, make());
    return this.#whole.get(key) as T;
  }

  /** `aarch64-darwin`: Nix's name of that machine. */
  get localSystem(): string {
    const processors: Readonly<Record<string, string>> = { arm64: "aarch64", amd64: "x86_64" };
    return this.nixConfig?.system ?? `${processors[this.processor] ?? this.processor}-${this.platform}`;
  }

  get summary(): MachineSummary | null {
    const text = this.#text("machine") ?? this.#answers.get("machine")?.text;
    return text === undefined ? null : this.#parse("machine", text, parseMachineSummary);
  }

  get processes(): readonly MachineProcess[] {
    return this.#parse("processes", this.#answers.get("processes")?.text ?? "", parseProcesses);
  }

  /** Builds that are given away at this moment: one ssh each. */
  get remoteBuilds(): readonly RemoteBuild[] {
    const text = this.#answers.get("processes")?.text ?? "";
    return this.#parse("remote-builds", text, () => remoteBuilds(this.processes));
  }

  get qemuMachines(): readonly QemuMachine[] {
    const text = this.#answers.get("processes")?.text ?? "";
    return this.#parse("qemu", text, () => qemuMachines(this.processes));
  }

  /** Something is built there, by build users or in VMs made for it. */
  get isBuilding(): boolean {
    return this.externalBuilderRuns.length > 0 || this.processes.some(({ user }) => isBuildUser(user));
  }

  /** Builds as Nix itself names them. It is asked only while something is built. */
  get activeBuilds(): readonly ActiveBuild[] {
    const text = this.#text("active-builds");
    return text === undefined || !this.isBuilding
      ? []
      : this.#parse("active-builds", text, parseActiveBuilds);
  }

  /** That machine's own clock, in seconds since 1970, when its processes were listed last; `null`: it was not told. */
  get clock(): number | null {
    const told = this.#answers.get("now");
    const seconds = told && /^\d{1,12}$/.test(told.text.trim()) ? Number(told.text.trim()) : null;
    const processes = this.#answers.get("processes");
    return told && processes && seconds !== null ? seconds + processes.at - told.at : null;
  }

  /** VMs that were made for one build, by the program that makes them. */
  get externalBuilderRuns(): readonly ExternalBuilderRun[] {
    const text = this.#answers.get("processes")?.text ?? "";
    return this.#parse("external", text, () => externalBuilderRuns(this.processes));
  }

  /** Of all labels that were asked for; `null`: launchd does not know it, `undefined`: not asked yet. */
  service(label: string): LaunchdJob | null | undefined {
    return this.#jobs.get(label);
  }

  get #jobs(): ReadonlyMap<string, LaunchdJob | null> {
    return this.#made("jobs", () => {
      const jobs = new Map<string, LaunchdJob | null>();
      for (const [request, { text }] of this.#answers) {
        if (this.platform !== "darwin" || !request.startsWith("service ")) continue;
        for (const [label, job] of this.#parse(request, text, parseLaunchdServices))
          if (!jobs.has(label)) jobs.set(label, job);
      }
      return jobs;
    });
  }

  /** Process ids of the jobs that launchd said run. */
  get runningJobs(): readonly number[] {
    return [...this.#jobs.values()].flatMap((job) => (job?.pid == null ? [] : [job.pid]));
  }

  /** A unit of systemd; `undefined`: not asked, or there is no systemd. */
  unit(name: string): SystemdUnit | undefined {
    const request = [...this.#answers.keys()].find(
      (key) => key.startsWith("service ") && key.split(" ").includes(name),
    );
    if (request === undefined) return undefined;
    return this.#parse(`units ${request}`, this.#answers.get(request)?.text ?? "", parseSystemdUnits).get(
      name,
    );
  }

  isDisabled(label: string): boolean {
    const text = this.#text("disabled");
    return text !== undefined && this.#parse("disabled", text, parseDisabledServices).get(label) === true;
  }

  /** The person has switched its background item off; `null`: only root could tell. */
  isDisallowed(label: string): boolean | null {
    const text = this.#text("background-items");
    return text === undefined
      ? null
      : this.#parse("background-items", text, parseDisallowedDaemons).has(label);
  }

  /** Labels by the names of the plists in /Library/LaunchDaemons. */
  get launchDaemons(): readonly string[] {
    const text = this.#answers.get("launch-daemons")?.text ?? "";
    return this.#parse("launch-daemons", text, (names) =>
      names
        .split("\n")
        .filter((name) => name.endsWith(".plist"))
        .map((name) => name.slice(0, -".plist".length))
        .slice(0, 2_000),
    );
  }

  /** What a file holds; `null`: it is not there or may not be read, `undefined`: not asked yet. */
  file(path: string): string | null | undefined {
    const answer = this.#answers.get(`file ${path}`);
    if (!answer) return undefined;
    return answer.code === 0 ? answer.text : null;
  }

  /** `null`: it is not there. `undefined`: not asked yet, or its directory may not be entered. */
  stat(path: string): MachineFile | null | undefined {
    return this.#files.get(path);
  }

  get #files(): ReadonlyMap<string, MachineFile | null> {
    return this.#made("files", () => {
      const files = new Map<string, MachineFile | null>();
      for (const [request, { text }] of this.#answers) {
        if (!request.startsWith("stat ")) continue;
        const found = this.#parse(request, text, parseStat);
        const denied = parseDeniedStat(text);
        for (const path of request.split(" ").slice(1)) {
          const file = found.get(path) ?? files.get(path) ?? null;
          if (file !== null || !denied.has(path)) files.set(path, file);
        }
      }
      return files;
    });
  }

  diskImage(path: string): DiskImageHead | null {
    const text = this.#text(`head ${path}`);
    return text === undefined ? null : this.#parse(`head ${path}`, text, parseDiskImageHead);
  }

  sshConfig(host: string): SshConfig | null {
    const text = this.#text(`ssh-config ${host}`);
    return text === undefined ? null : this.#parse(`ssh-config ${host}`, text, parseSshConfig);
  }

  /** `null`: it could not be asked. */
  get listeners(): readonly ListeningPort[] | null {
    const text = this.#text("listeners");
    if (text === undefined) return null;
    return this.#parse(
      "listeners",
      text,
      this.platform === "darwin" ? parseNetstatListeners : parseLinuxListeners,
    );
  }

  get containers(): readonly Container[] | null {
    const text = this.#text("containers");
    return text === undefined ? null : this.#parse("containers", text, parseContainers);
  }

  get currentLoad(): readonly CurrentLoadSlot[] {
    return this.#parse("current-load", this.#answers.get("current-load")?.text ?? "", parseCurrentLoad);
  }

  get nixVersion(): ReturnType<typeof parseNixVersion> {
    return this.#parse("nix-version", this.#text("nix-version") ?? "", parseNixVersion);
  }

  get nixConfig(): NixConfig | null {
    const text = this.#text("nix-config");
    return text === undefined ? null : this.#parse("nix-config", text, parseNixConfig);
  }

  /**
   * Programs of the setting `external-builders`. Where its experimental feature is off Nix shows none of them; then what
   * its files say is told, as that is what somebody wants.
   */
  get externalBuilders(): readonly ExternalBuilder[] {
    const { externalBuilders, experimentalFeatures } = this.nixConfig ?? {};
    const shown = externalBuilders ?? [];
    if (shown.length > 0 || !experimentalFeatures || experimentalFeatures.includes("external-builders"))
      return shown;
    return this.#made("external-builders", () => {
      const settings = [...nixConfFiles]
        .reverse()
        .flatMap((path) => parseNixConf(this.file(path) ?? "").settings);
      const written = settings.findLast(({ key }) => /^(?:extra-)?external-builders$/.test(key));
      return externalBuildersOf(written?.value) ?? [];
    });
  }

  /** `null`: there is no determinate-nixd. */
  get determinateVersion(): DeterminateVersion | null {
    const answer = this.#answers.get("determinate-version");
    if (!answer || answer.code === 127) return null;
    return this.#parse("determinate-version", answer.text, parseDeterminateVersion);
  }

  get determinateLoggedIn(): boolean | null {
    const answer = this.#answers.get("determinate-status");
    return answer ? this.#parse("determinate-status", answer.text, parseDeterminateStatus).loggedIn : null;
  }

  get determinateConfig(): DeterminateConfig | null {
    const text = this.file(determinateConfigFile);
    return text == null ? null : this.#parse("determinate-config", text, parseDeterminateConfig);
  }

  /** The setting `builders`: inline lines, or `@` and a file. Nix's default where nobody could ask it. */
  get buildersSetting(): string {
    return this.nixConfig?.builders ?? `@${machinesFile}`;
  }

  get #machinesParsed(): Machines & { files: readonly string[] } {
    return this.#made("machines", () => {
      const files: string[] = [];
      const read = (path: string) => {
        files.push(path);
        return this.file(path) ?? null;
      };
      const { machines, problems } = parseMachines(this.buildersSetting, read, this.localSystem);
      const taken = takesPortParameter(this.nixVersion) ? machines.map(withPortParameter) : machines;
      return { machines: taken, problems, files };
    });
  }

  /** The files that `builders` names with `@`, and those that they name, as far as they are known. */
  get machineFiles(): readonly string[] {
    return this.#machinesParsed.files;
  }

  /** The machines that Nix would give builds to. */
  get machines(): readonly Machine[] {
    return this.#machinesParsed.machines;
  }

  get machineProblems(): readonly MachineProblem[] {
    return this.#machinesParsed.problems;
  }

  guest(target: GuestTarget | null): GuestLook | undefined {
    return target === null ? undefined : this.guests.get(guestKey(target));
  }
}
