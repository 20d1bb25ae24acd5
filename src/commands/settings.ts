/** What the options on the command line say about the picture. */
export interface DisplaySettings {
  ascii: boolean;
  theme: "auto" | "mono";
  mouse: boolean;
  /** Seconds between two looks at what has to be looked at again and again. */
  intervalSeconds: number;
}
