/** The settings of a machine that is not there: a recording or the demonstration. They can be looked at and typed. */
import type { Collector } from "../adapters/hosts/collector.ts";
import type { MachineWatch } from "../adapters/machine/machine-watch.ts";
import { ActionRefused } from "../model/actions/types.ts";
import type { DashboardActions } from "../views/dashboard-options.ts";

export function recordedSettings(machines: {
  readonly watchAt: (index: number) => MachineWatch | null;
  readonly collectorAt: (index: number) => Collector | null;
}): Pick<DashboardActions, "listSettings" | "prepareSetting"> {
  return {
    listSettings: async (index, signal) => {
      const [watch, collector] = [machines.watchAt(index), machines.collectorAt(index)];
      if (!watch || !collector) throw new ActionRefused("this machine is not watched yet");
      const [{ listSettings, settingPaths }, { hostOf }] = await Promise.all([
        import("../adapters/config/setting-list.ts"),
        import("../adapters/config/setting-host.ts"),
      ]);
      const { sections } = await collector.sample(
        settingPaths.map((path) => `file ${path}`),
        signal,
      );
      const files = new Map(
        settingPaths.map((path) => {
          const found = sections.get(`file ${path}`);
          return [path, found?.code === 0 ? found.text : null] as const;
        }),
      );
      const here = hostOf(watch, []);
      const read = { files, chains: new Map(), closed: new Map(), code: null, here, status: watch.status() };
      const listed = listSettings(read).map(({ editable }) => editable);
      // Of a file that nobody recorded it is not known what it sets.
      return { settings: listed.filter(({ path }) => sections.has(`file ${path}`)), notes: [] };
    },
    prepareSetting: () =>
      Promise.reject(new ActionRefused("This machine is not there: nothing can be saved on it.")),
  };
}
