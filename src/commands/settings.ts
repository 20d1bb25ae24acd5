import type { SettingFlags } from "../adapters/settings/settings.ts";

/** What the options on the command line say about the picture. */
export interface DisplaySettings {
  /** Only what was said; the rest is for the person's settings and the terminal to decide. */
  flags: SettingFlags;
  /** ASCII for what is printed as text. */
  ascii: boolean;
  /** Seconds between two looks at what has to be looked at again and again. */
  intervalSeconds: number;
}
