/** A long-lived shell on a host that answers one question after the other: the cheapest way to look often. */

export interface SectionAnswer {
  /** What the section printed, raw, invalid bytes replaced. Parsed and cleaned in `model/machine`. */
  readonly text: string;
  /** Its exit status; 124 = it did not answer in time and is not asked again on this connection. */
  readonly code: number;
}

/** What a host answered to one question. */
export interface Sample {
  /** `uname -s` and `uname -m`: `Darwin`, `arm64`. */
  readonly system: string;
  readonly processor: string;
  /** Our clock when the host told its own (section `now`), in seconds since 1970; `null` where nobody knows. */
  readonly ourClock: number | null;
  /** By request, as it was asked: `launchd org.nixos.nix-daemon`. */
  readonly sections: ReadonlyMap<string, SectionAnswer>;
}

export interface Collector {
  /**
   * Asks for sections, each a name and its words with a space between (`file /etc/nix/machines`), see `sections.ts`.
   * One question at a time: a second call waits for the first. Rejects with `HostError` when the host is lost.
   */
  sample(requests: readonly string[], signal?: AbortSignal): Promise<Sample>;
  /** Ends it. Never throws. */
  close(): void;
}
