/** What a machine is: the `machine` section (sw_vers, sysctl, os-release, hostname, id). */
import { cleanText } from "../text/clean.ts";
import { linesOf } from "./lines.ts";

export interface MachineSummary {
  /** As people say it: `macOS 26.2`, `Debian 12`, `NixOS 26.05`. */
  readonly os: string | null;
  /** `25C56`. */
  readonly build: string | null;
  /** Apple's name of the kind of Mac: `Mac16,10`. */
  readonly model: string | null;
  /** `Apple M4`. */
  readonly chip: string | null;
  readonly hostName: string | null;
  /** Whom we are there. */
  readonly user: string | null;
}

/** `Name: value` lines come from macOS, `NAME=value` from os-release; what is neither is host name, then user. */
export function parseMachineSummary(text: string): MachineSummary {
  const values = new Map<string, string>();
  const plain: string[] = [];
  for (const line of linesOf(text, 500)) {
    const pair = /^([\w.]{1,60}):\s+(.*)$/.exec(line) ?? /^([A-Z][A-Z0-9_]{0,60})=(.*)$/.exec(line);
    if (pair) values.set(pair[1] ?? "", cleanText(unquoted(pair[2] ?? "").trim()));
    else if (line.trim() !== "" && !line.startsWith("#")) plain.push(cleanText(line.trim()));
  }
  const text_ = (key: string) => values.get(key) || null;
  return {
    os: withVersion(text_("ProductName"), text_("ProductVersion")) ?? linuxName(values),
    build: text_("BuildVersion") ?? text_("BUILD_ID"),
    model: text_("hw.model"),
    chip: text_("machdep.cpu.brand_string"),
    hostName: plain.at(-2) ?? null,
    user: plain.at(-1) ?? null,
  };
}

function linuxName(values: ReadonlyMap<string, string>): string | null {
  const name = values.get("NAME")?.replace(/ (?:GNU\/)?Linux$/, "");
  return withVersion(name || null, values.get("VERSION_ID") || null) ?? (values.get("PRETTY_NAME") || null);
}

function withVersion(name: string | null, version: string | null): string | null {
  return name === null ? null : version === null ? name : `${name} ${version}`;
}

/** os-release(5) quotes as a shell does. */
function unquoted(value: string): string {
  return /^(["']).*\1$/.test(value) ? value.slice(1, -1).replace(/\\(["'$`\\])/g, "$1") : value;
}
