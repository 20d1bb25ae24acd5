import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Text } from "ink";
import { render } from "ink-testing-library";
import { Pane } from "../../src/views/pane.tsx";
import { rowColumns } from "../../src/views/row-columns.ts";

function drawn(width: number, title: string[], figures: string[]): string[] {
  const { lastFrame, unmount } = render(
    <Pane
      title={title.map((text) => ({ text, tone: "plain" as const }))}
      figures={figures.map((text) => ({ text, tone: "plain" as const }))}
      focused={false}
      width={width}
      height={3}
    >
      <Text>inside</Text>
    </Pane>,
  );
  const lines = (lastFrame() ?? "").split("\n");
  unmount();
  return lines;
}

describe("a pane", () => {
  it("has its title and figures in the border", () => {
    assert.deepEqual(drawn(40, ["Builds", "3 running"], ["34 %"]), [
      "╭ Builds · 3 running ─────────── 34 % ─╮",
      `│ inside${" ".repeat(31)}│`,
      `╰${"─".repeat(38)}╯`,
    ]);
  });

  it("leaves out what does not fit, the name last of all", () => {
    assert.equal(drawn(22, ["Builds", "3 running"], ["34 %"])[0], "╭ Builds ───── 34 % ─╮");
    assert.equal(drawn(14, ["Builds", "3 running"], ["34 %"])[0], "╭ Builds ────╮");
    assert.equal(drawn(9, ["Builds"], [])[0], "╭ Bu… ──╮");
  });

  it("keeps its width at any size", () => {
    for (let width = 8; width < 60; width++)
      for (const line of drawn(width, ["Log", "linux-6.12.3", "buildPhase"], ["paused", "line 1 of 2"]))
        assert.equal(line.length, width);
  });
});

describe("the columns of a row", () => {
  it("fill the pane exactly, and leave most to name and status", () => {
    for (let width = 36; width < 300; width++) {
      const { name, host, status, time } = rowColumns(width);
      assert.equal(2 + name + host + status + time, width);
      assert.ok(name >= 16 && status >= 8);
    }
  });
});
