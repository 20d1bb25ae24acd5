/** What the gauges are read from: the answers of a machine, by the name of the section. */
import { wholeNumber } from "../machine/lines.ts";

interface SectionAnswer {
  readonly text: string;
  /** Exit status; `null`: not known. A program that failed halfway may have said something useful. */
  readonly code: number | null;
}

export type Sections = ReadonlyMap<string, SectionAnswer>;

export function sectionText(sections: Sections, name: string): string {
  return sections.get(name)?.text ?? "";
}

/** That machine's clock, whole seconds since 1970. */
export function remoteSeconds(sections: Sections): number | null {
  return wholeNumber(sectionText(sections, "now").trim());
}

/** Their clock less ours. Theirs is cut to whole seconds, so ours is too: one second more or less means nothing. */
export function clockSkew(remote: number | null, local: number | null): number | null {
  return remote === null || local === null || !Number.isFinite(local) ? null : remote - Math.floor(local);
}
