/** The Log pane where no build is selected: Nix's messages, and what of them was not understood. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DashboardState, World } from "../../src/store/dashboard-state.ts";
import { logSource } from "../../src/store/log-source.ts";
import type { RowList } from "../../src/store/row-list.ts";
import { FakeBuilds } from "../support/fake-builds.ts";

function shown(builds: FakeBuilds): string[] {
  const state = { builds: { selected: null }, log: { messages: false } } as unknown as DashboardState;
  const source = logSource(state, { builds } as unknown as World, {} as RowList);
  return Array.from({ length: source.endLine - source.firstLine }, (_, at) => source.line(at));
}

test("records that were not understood are counted where nothing is being built", () => {
  const builds = new FakeBuilds();
  assert.deepEqual(shown(builds), []);
  Object.assign(builds, { records: 400 });
  builds.unknownRecords.set("start", 14).set("result", 386);
  assert.deepEqual(shown(builds), [
    "Not seen: 400 of 400 records, not understood (result, start): not as Nix writes them, or of a newer Nix",
  ]);
});
