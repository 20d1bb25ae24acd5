import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askChoice } from "../../src/hooks/ask-choice.ts";
import type { TextField } from "../../src/store/dashboard-state.ts";
import type { DashboardStore } from "../../src/store/dashboard-store.ts";
import { fakeStore } from "../support/fake-store.ts";

const question = {
  title: "set cores",
  lines: ["cores = 4"],
  choices: [
    { key: "y", label: "save" },
    { key: "n", label: "back" },
  ],
};

function setUp(): { store: DashboardStore; closing: AbortController } {
  return { store: fakeStore(), closing: new AbortController() };
}

/** As the keys do it: the question goes first. */
function choose(store: DashboardStore, key: string): void {
  const { overlay } = store.state.get();
  assert.ok(overlay?.kind === "choice");
  store.change((state) => ({ ...state, overlay: null }));
  overlay.choices.find((choice) => choice.key === key)?.run();
}

describe("a question that is waited for", () => {
  it("begins at the answer that changes nothing, and resolves to what was chosen", async () => {
    for (const key of ["y", "n"]) {
      const { store, closing } = setUp();
      const answer = askChoice(store, question, closing.signal);
      const { overlay } = store.state.get();
      assert.ok(overlay?.kind === "choice");
      assert.equal(overlay.choices[overlay.selected]?.key, "n");
      choose(store, key);
      assert.equal(await answer, key);
      store.stop();
    }
  });

  it("is no answer where it went away: Esc, something in its place, the end of the dashboard", async () => {
    const ways: ((store: DashboardStore, closing: AbortController) => void)[] = [
      (store) => store.change((state) => ({ ...state, overlay: null })),
      (store) => store.change((state) => ({ ...state, overlay: { kind: "help", top: 0 } })),
      (_, closing) => closing.abort(),
    ];
    for (const goAway of ways) {
      const { store, closing } = setUp();
      const answer = askChoice(store, question, closing.signal);
      goAway(store, closing);
      assert.equal(await answer, null);
      store.stop();
    }
  });

  it("stays a question while another answer is marked or the screen changes", async () => {
    const { store, closing } = setUp();
    let ended: string | null | undefined;
    const answer = askChoice(store, question, closing.signal).then((key) => {
      ended = key;
    });
    store.change((state) => {
      assert.ok(state.overlay?.kind === "choice");
      return { ...state, overlay: { ...state.overlay, selected: 0 } };
    });
    store.resize(120, 36);
    await new Promise(setImmediate);
    assert.equal(ended, undefined);
    choose(store, "y");
    await answer;
    assert.equal(ended, "y");
    store.stop();
  });

  it("gives the line back that was being typed", async () => {
    const { store, closing } = setUp();
    const field: TextField = { purpose: "filter", text: "hello", cursor: 5 };
    store.change((state) => ({ ...state, field }));
    const answer = askChoice(store, question, closing.signal);
    assert.equal(store.state.get().field, null, "keys answer the question meanwhile");
    choose(store, "n");
    await answer;
    assert.deepEqual(store.state.get().field, field);
    store.stop();
  });
});
