/** The Settings of one machine: they lie in the place of the panes, and questions lie above them. */
import type { EditableSetting } from "../model/settings/editable-setting.ts";

export interface SettingsView {
  /** Place of the machine in `Machines.list()`. */
  readonly machineIndex: number;
  readonly machine: string;
  /** Those of this address come first: the selected builder's. */
  readonly first: string | null;
  /** As they were read last; `null`: that is under way for the first time. */
  readonly settings: readonly EditableSetting[] | null;
  /** What to know before anything is changed: a save that was interrupted. */
  readonly notes: readonly string[];
  readonly filter: string;
  /** Key of the selected one; `null` only while there is none. */
  readonly selected: string | null;
  /** Where it stood last, so that its neighbour is taken when it goes. */
  readonly selectedIndex: number;
  /** First line drawn. */
  readonly top: number;
  /** First line drawn of what is said of the selected one. */
  readonly detailTop: number;
  /** Key of the one whose value is being typed. */
  readonly editing: string | null;
}

export function openSettingsView(machineIndex: number, machine: string, first: string | null): SettingsView {
  return {
    ...{ machineIndex, machine, first },
    settings: null,
    notes: [],
    filter: "",
    selected: null,
    selectedIndex: 0,
    top: 0,
    detailTop: 0,
    editing: null,
  };
}

/** Those that the filter leaves, in the order in which they are shown: the rows of one file, or of one machine, together. */
export function shownSettings({ settings, filter, first }: SettingsView): readonly EditableSetting[] {
  const words = filter.toLowerCase().split(" ").filter(Boolean);
  const left = (settings ?? []).filter(({ id, of, path, effect, shown }) => {
    const text = `${id} ${of ?? ""} ${path} ${effect} ${shown ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const groups = Map.groupBy(left, groupOf);
  const own = [...groups.keys()].filter((group) => first !== null && group.endsWith(` ${first}`));
  return [...own, ...[...groups.keys()].filter((group) => !own.includes(group))].flatMap(
    (group) => groups.get(group) ?? [],
  );
}

/** What stands together under one heading. */
export function groupOf({ path, of }: EditableSetting): string {
  return of === null ? path : `${path} ${of}`;
}
