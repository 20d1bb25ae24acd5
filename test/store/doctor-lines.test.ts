import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { FoundDiagnosis } from "../../src/model/diagnoses/types.ts";
import { textWidth } from "../../src/model/text/width.ts";
import { type DoctorDetail, type DoctorRoom, doctorDetail } from "../../src/store/doctor-lines.ts";
import { machineProblems } from "../../src/store/machine-problems.ts";
import { fakeDiagnosis, fakeWedged } from "../support/fake-diagnoses.ts";
import { fakeMachine } from "../support/fake-machines.ts";

const room: DoctorRoom = { width: 76, height: 30, fix: 0, fixReason: null };

function detail(found: FoundDiagnosis, change: Partial<DoctorRoom> = {}) {
  const [problem] = machineProblems([fakeMachine("studio", { diagnoses: [found] })]);
  assert.ok(problem);
  return doctorDetail({ kind: "problem", key: problem.key, problem, tried: null }, { ...room, ...change });
}

const textOf = ({ lines }: DoctorDetail) =>
  lines.map((line) =>
    line
      .map((part) => (part.kind === "text" ? part.text : ""))
      .join("")
      .trimEnd(),
  );

describe("what is said of a trouble", () => {
  it("is the proof quoted with its source, the cause, and the fix with its exact command", () => {
    assert.deepEqual(textOf(detail(fakeDiagnosis("builder-disk-full"))), [
      'proof   df in linux-builder: "/: 39 / 40 GiB, 512 MiB free"',
      "",
      "cause   What is built there stays there.",
      "",
      "fix     collect garbage in it",
      "          sudo ssh linux-builder nix-collect-garbage",
    ]);
  });

  it("numbers several fixes, marks the one that is meant and says how it is done from here", () => {
    const lines = textOf(detail(fakeWedged(), { fix: 1 }));
    assert.deepEqual(lines.slice(-6), [
      "  fix 1 look at its log",
      "          sudo tail /var/log/vm.log",
      "",
      "> fix 2 restart linux-builder",
      "          sudo launchctl kickstart -k system/org.nixos.linux-builder",
      "        f does it here, after a question",
    ]);
    const refused = textOf(detail(fakeWedged(), { fix: 1, fixReason: "mini does not answer." }));
    assert.equal(refused.at(-1), "        mini does not answer.");
  });

  it("stands closer together where there is little room", () => {
    assert.equal(detail(fakeWedged()).lines.length, detail(fakeWedged(), { height: 5 }).lines.length + 1);
  });

  it("tells where the meant fix stands, so that it can be brought into sight", () => {
    const wedged = detail(fakeWedged(), { fix: 1 });
    assert.ok(wedged.fixAt);
    const lines = textOf(wedged).slice(wedged.fixAt.from, wedged.fixAt.to);
    assert.match(lines[0] ?? "", /^> fix 2/);
    assert.equal(lines.length, 3);
    assert.equal(detail(fakeDiagnosis("x", { fixes: [] })).fixAt, null);
  });

  it("keeps the spaces of words that stand in columns", () => {
    const text = `${"x".repeat(50)}  90   10`;
    const lines = textOf(
      detail(fakeDiagnosis("x", { evidence: [{ source: "df -k / in linux-builder", text }] })),
    );
    assert.equal(lines[1], `          "${text}"`);
  });

  it("never exceeds its width, whatever the machine says", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 120 }).map((each) => each.replace(/\p{Cc}/gu, ""));
    fc.assert(
      fc.property(text, text, fc.integer({ min: 32, max: 120 }), (words, command, width) => {
        const found = fakeWedged({
          evidence: [{ source: words, text: command }],
          cause: words,
          fixes: [{ title: words, commands: [command] }],
        });
        for (const line of detail(found, { width }).lines)
          assert.ok(
            line.reduce((sum, part) => sum + (part.kind === "text" ? textWidth(part.text) : 0), 0) <= width,
          );
      }),
      { numRuns: 60 },
    );
  });
});
