// The store of a dashboard that is drawn nowhere: its clock stands still, and no frame is taken by itself.
import {
  createDashboardStore,
  type DashboardStore,
  type DashboardStoreOptions,
} from "../../src/store/dashboard-store.ts";
import { FakeBuilds } from "./fake-builds.ts";

/** Fails where something in it fails. To be stopped by the test. */
export function fakeStore({
  builds,
  ...given
}: Partial<DashboardStoreOptions> & { builds?: FakeBuilds } = {}): DashboardStore {
  const shown = builds ?? new FakeBuilds();
  return createDashboardStore({
    builds: shown,
    now: () => 0,
    wallClock: () => new Date(0),
    subscribe: shown.onChange,
    size: { columns: 80, rows: 24 },
    onError: (error) => {
      throw error;
    },
    timers: { now: () => 0, after: () => () => {} },
    ...given,
  });
}
