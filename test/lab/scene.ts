/** What the recorded cases have in common: how a build is asked for, and the cache that downloads come from. */

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../support/lab.ts";
import { type CacheServer, type CacheServerOptions, serveCache } from "./cache-server.ts";
import type { Recorder, RecordOptions } from "./recorder.ts";

/** One recorded session. `note` goes into its truth file and says what a reader should see. */
export interface Case {
  name: string;
  note: string;
  record(scene: Scene): Promise<void>;
}

export interface BuildOptions extends RecordOptions {
  /** More arguments for `nix build`. */
  options?: readonly string[];
  /** Arguments of the expression; a new stamp by default. */
  args?: readonly string[];
}

export interface RemoteOptions extends BuildOptions {
  /** The builder's store URI; ssh-ng by default. */
  store?: string;
  /** What stands behind the URI in `--builders`. */
  machine?: string;
  /** Local jobs allowed beside it; 0 by default. */
  localJobs?: number;
}

export const internalJson = ["--log-format", "internal-json", "-v"];
const machine = "x86_64-linux /etc/nix/builder_ed25519 2 1 - -";

export class Scene {
  readonly recorder: Recorder;
  readonly lab: Lab;
  /** The cache's directory: here, and as the inside sees it. */
  readonly cache: { here: string; inside: string };
  readonly #case: Case;
  #server: CacheServer | null = null;

  constructor(recorder: Recorder, which: Case) {
    this.recorder = recorder;
    this.lab = recorder.lab;
    this.cache = { here: join(recorder.lab.directory, "cache"), inside: "/lab/run/cache" };
    this.#case = which;
  }

  /** Arguments that make every derivation new. */
  fresh(): string[] {
    return ["--argstr", "stamp", this.lab.stamp()];
  }

  async derivation(file: string, attribute: string, args: readonly string[]): Promise<string> {
    return await this.instantiate([`cases/${file}.nix`, "-A", attribute, ...args]);
  }

  /** Path of the derivation that an expression stands for. */
  async instantiate(argv: readonly string[]): Promise<string> {
    const printed = await this.lab.output(["nix-instantiate", ...argv]);
    return (printed.split("\n").at(-1) ?? "").replace(/!.*/, "");
  }

  async record(argv: readonly string[], options: RecordOptions = {}): Promise<void> {
    const { name, note } = this.#case;
    await this.recorder.record(name, note, argv, {
      ...options,
      ...(this.#server && { requests: this.#server.requests }),
    });
  }

  async build(file: string, attribute: string, options: BuildOptions = {}): Promise<void> {
    const args = options.args ?? this.fresh();
    const wanted = options.wanted ?? (await this.derivation(file, attribute, args));
    const command = [
      "nix",
      "build",
      "-f",
      `cases/${file}.nix`,
      attribute,
      ...args,
      "--no-link",
      ...internalJson,
    ];
    await this.record([...command, ...(options.options ?? [])], { ...options, wanted });
  }

  async buildRemotely(file: string, attribute: string, options: RemoteOptions = {}): Promise<void> {
    const builders = `${options.store ?? "ssh-ng://lab-builder"} ${options.machine ?? machine}`;
    const jobs = ["--max-jobs", String(options.localJobs ?? 0), "--builders", builders];
    await this.build(file, attribute, { ...options, options: [...jobs, ...(options.options ?? [])] });
  }

  /** Serves the cache while something is recorded; what it sends is part of the truth. */
  async serving(options: CacheServerOptions, record: (url: string) => Promise<void>): Promise<void> {
    await this.publish();
    this.#server = await serveCache(this.cache.here, options);
    try {
      await record(this.#server.url);
    } finally {
      await this.#server.close();
      this.#server = null;
    }
  }

  /** Builds the blobs once, in a store of their own, and puts them and a file to be fetched into the cache. */
  async publish(): Promise<void> {
    if (existsSync(join(this.cache.here, "file-to-fetch"))) return;
    rmSync(this.cache.here, { recursive: true, force: true });
    const store = "/lab/run/publisher";
    await this.lab.output(
      [
        "sh",
        "-c",
        `nix build --store ${store} -f cases/blobs.nix all --no-link &&
         nix copy --from ${store} --to 'file://${this.cache.inside}?compression=zstd' -f cases/blobs.nix all &&
         chmod -R u+w ${store} && rm -rf ${store}`,
      ],
      { who: "root" },
    );
    writeFileSync(join(this.cache.here, "file-to-fetch"), randomBytes(2_000_000));
  }

  /** Name of the archive that holds this path of the cache. */
  archiveOf(name: string): RegExp {
    for (const file of readdirSync(this.cache.here).filter((entry) => entry.endsWith(".narinfo"))) {
      const text = readFileSync(join(this.cache.here, file), "utf8");
      const archive = /^URL: nar\/([^.]*)/m.exec(text)?.[1];
      if (archive && new RegExp(`^StorePath: .*-${name}$`, "m").test(text)) return new RegExp(archive);
    }
    throw new Error(`${name} is not in the cache`);
  }

  /** Builds something of cases/blobs.nix on top of what is downloaded from `url`. */
  async substitute(attribute: string, url: string, options: BuildOptions = {}): Promise<void> {
    await this.publish();
    await this.forgetBlobs();
    const config = `substituters = ${url}?trusted=1\nnarinfo-cache-negative-ttl = 0\n`;
    await this.build("blobs", attribute, { ...options, config });
  }

  /** Removes the blobs from the client's store, so that they can be downloaded again. */
  async forgetBlobs(who: "root" | "builder" = "root"): Promise<void> {
    const store = who === "root" ? this.recorder.client : this.recorder.builder;
    const stale = [...store.valid().keys()].filter((path) => /-(all-blobs|blob-\d|app-[^.]*)$/.test(path));
    if (stale.length > 0) await this.lab.output(["nix-store", "--delete", ...stale], { who });
  }

  /** Records while the builder's sshd is not there. */
  async withoutSshd(record: () => Promise<void>): Promise<void> {
    await this.lab.stopSshd();
    try {
      await record();
    } finally {
      await this.lab.restartSshd();
    }
  }
}
