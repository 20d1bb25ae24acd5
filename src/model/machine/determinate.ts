/** What determinate-nixd says of itself, and its settings (DeterminateSystems/determinate modules/nix-darwin). */
import { cleanText } from "../text/clean.ts";
import { jsonOf, linesOf, member } from "./lines.ts";

export interface DeterminateVersion {
  /** `offline`: the daemon does not answer. */
  readonly daemon: string | "offline" | null;
  readonly client: string | null;
  /** Only said when it is newer than what runs. */
  readonly latest: string | null;
  /** Such as `lazy-trees`; `native-linux-builder` means that the Linux builder is granted to this machine. */
  readonly features: readonly string[];
}

const mostFeatures = 50;

/** `determinate-nixd version`; its lines about trouble of its own go to stderr and may stand between. */
export function parseDeterminateVersion(text: string): DeterminateVersion {
  const lines = linesOf(text, 500).map(cleanText);
  const value = (name: string) =>
    lines.map((line) => new RegExp(`^\\s*${name}: ([\\w.+-]{1,60})\\s*$`).exec(line)?.[1]).find(Boolean) ??
    null;
  const features = new Set<string>();
  const start = lines.findIndex((line) => /^\s*The following features are enabled:/.test(line));
  for (const [index, line] of lines.entries()) {
    const bullet = start >= 0 && index > start ? /^\s*[*•-] +([\w.-]{1,60})\s*$/.exec(line)?.[1] : undefined;
    const told = /^\s*The feature ([\w.-]{1,60}) is enabled/.exec(line)?.[1];
    if (features.size < mostFeatures)
      for (const feature of [bullet, told]) if (feature) features.add(feature);
  }
  return {
    daemon: value("Determinate Nixd daemon version"),
    client: value("Determinate Nixd client version"),
    latest: value("Latest version"),
    features: [...features],
  };
}

/** `determinate-nixd status`: `Logged in: true`, or `Authentication: logged-out`, by its age. `null`: it did not say. */
export function parseDeterminateStatus(text: string): { readonly loggedIn: boolean | null } {
  for (const line of linesOf(text, 500).map(cleanText)) {
    const word = /^\s*(?:Logged in|Authentication):\s*(true|false|yes|no|logged[ -]in|logged[ -]out)\b/i.exec(
      line,
    )?.[1];
    if (word) return { loggedIn: /^(?:true|yes|logged[ -]in)$/i.test(word) };
  }
  return { loggedIn: null };
}

export interface DeterminateConfig {
  /** What is asked for, not what is granted. */
  readonly state: "enabled" | "disabled" | null;
  /** Of the VM; its disk is part of it. */
  readonly memoryBytes: number | null;
  readonly cpuCount: number | null;
  /** Why the file means nothing, in words. */
  readonly problem: string | null;
}

/** /etc/determinate/config.json, its part `builder`. */
export function parseDeterminateConfig(text: string): DeterminateConfig {
  const nothing = { state: null, memoryBytes: null, cpuCount: null };
  const config = jsonOf(text);
  if (config === undefined) return { ...nothing, problem: "it is not JSON" };
  if (typeof config !== "object" || config === null || Array.isArray(config))
    return { ...nothing, problem: "it is not an object" };
  const builder = member(config, "builder");
  const state = member(builder, "state");
  const problems: string[] = [];
  if (builder !== undefined && (typeof builder !== "object" || builder === null || Array.isArray(builder)))
    problems.push("builder is not an object");
  if (state !== undefined && state !== "enabled" && state !== "disabled")
    problems.push("builder.state is neither enabled nor disabled");
  const amount = (key: string) => {
    const value = member(builder, key);
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    if (value !== undefined) problems.push(`builder.${key} is not a whole number above 0`);
    return null;
  };
  return {
    state: state === "enabled" || state === "disabled" ? state : null,
    memoryBytes: amount("memoryBytes"),
    cpuCount: amount("cpuCount"),
    problem: problems[0] ?? null,
  };
}
