/** How a build ended, in every way that Nix tells it. A wrong "done" is the worst that can happen here. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { build, drv, line, read, reportOf, worker } from "../../support/nix-log-lines.ts";

const one = worker(100);
const error = (text: string) => line.msg(`\u001b[31;1merror:\u001b[0m ${text}`);

describe("a build that ends", () => {
  it("is done when the counter of done builds went up just before its stop", () => {
    const { state } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([1, 2, 0, 0]),
      line.stop(1),
    ]);
    assert.equal(state("a"), "done");
  });

  it("is failed when the counter of failed builds went up, before any word is said", () => {
    const { state, model } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([0, 1, 0, 1]),
      line.stop(1),
    ]);
    assert.equal(state("a"), "failed");
    assert.equal(model.failures[0]?.drv, drv("a"));
  });

  it("is cancelled when it stops and no counter moved: it was killed because something else failed", () => {
    const { state } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 2, 1, 0]),
      build(2, "b"),
      ...one.counters([0, 2, 2, 0]),
      ...one.counters([0, 2, 1, 1]),
      line.stop(1),
      error(`Cannot build '${drv("a")}'.\n       Reason: builder failed with exit code 2.`),
      line.stop(2),
    ]);
    assert.equal(state("a"), "failed");
    assert.equal(state("b"), "cancelled");
  });

  it("stays running as long as nothing says that it ended", () => {
    const { state, stream, model } = read([...one.begin, build(1, "a"), ...one.counters([0, 1, 1, 0])]);
    stream.end(2000);
    assert.equal(state("a"), "running");
    assert.equal(model.outcome, "unfinished");
  });

  it("leaves the command unfinished when the stream breaks off before it, in the midst of an activity or a record", () => {
    const asking = line.start(1, 0, { text: "querying info about missing paths" });
    const outcome = (text: string) => {
      const { model, stream } = read([line.msg("evaluating file '/etc/x.nix'", 4)]);
      stream.feed(Buffer.from(text), 2000);
      stream.end(3000);
      return model.outcome;
    };
    assert.equal(outcome(`${asking}\n`), "unfinished");
    assert.equal(outcome(`${asking}\n${line.stop(1)}\n`), "succeeded");
    assert.equal(outcome(asking.slice(0, 30)), "unfinished");
    assert.equal(outcome(`${asking}\n${line.stop(1)}`), "succeeded");
    assert.equal(outcome("no line end, but no record"), "succeeded");
    for (const rest of ["@", "@n", "@nix", "@nix "]) assert.equal(outcome(rest), "unfinished");
  });

  it("was cut off when the daemon was lost, and the command failed with it", () => {
    const { state, stream, model } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      line.lastError("error: Nix daemon disconnected unexpectedly (maybe it crashed?)"),
    ]);
    stream.end(2000);
    assert.equal(state("a"), "cancelled");
    assert.equal(model.outcome, "failed");
  });

  it("leaves the command unfinished when the stream breaks off behind the error of one build, while others run", () => {
    const { state, stream, model } = read([
      ...one.begin,
      build(1, "a"),
      build(2, "b"),
      ...one.counters([0, 2, 2, 0]),
      ...one.counters([0, 2, 1, 1]),
      line.stop(1),
      line.msg(`error: Cannot build '${drv("a")}'.\nReason: builder failed with exit code 1.`),
    ]);
    stream.end(2000);
    assert.deepEqual([state("a"), state("b"), model.outcome], ["failed", "running", "unfinished"]);
  });

  describe("that began before the start of its worker was heard of", () => {
    const [done, failed, cancelled] = ["done", "failed", "cancelled"];

    it("ends as the steps tell that come from then on", () => {
      const { state, model } = read([
        build(5, "a"),
        ...one.counters([3, 9, 1, 0]),
        build(6, "b"),
        ...one.counters([3, 9, 2, 0]),
        ...one.counters([3, 8, 1, 1]),
        line.stop(5),
        ...one.counters([4, 8, 0, 1]),
        line.stop(6),
        ...one.end,
      ]);
      assert.deepEqual([state("a"), state("b")], [failed, done]);
      assert.deepEqual(
        model.failures.map(({ name }) => name),
        ["a"],
      );
    });

    it("is not among the derivations that are counted in a report, as long as it runs", () => {
      const report = reportOf(read([line.result(4, 101, ["compiling"]), build(5, "a")]).model);
      assert.deepEqual([report.counts.running, report.derivations.length], [1, 1]);
    });

    it("is not done when the builder it was given to says so: of its own worker nothing is known", () => {
      const there = worker(20, 10);
      const { state } = read([
        build(30, "a", "", 20),
        ...there.counters([0, 1, 1, 0]),
        ...there.counters([1, 1, 0, 0]),
      ]);
      assert.equal(state("a"), "running");
    });

    it("is not failed in the stead of one that is not known, where a step before may have been its own", () => {
      const { state } = read([
        build(5, "a"),
        ...one.counters([0, 0, 2, 0]),
        ...one.counters([1, 1, 1, 0]),
        ...one.counters([1, 1, 0, 1]),
        line.stop(4),
        error(`Cannot build '${drv("b")}'.\n       Reason: builder failed with exit code 1.`),
        line.stop(5),
        ...one.end,
      ]);
      assert.deepEqual([state("a"), state("b")], [done, failed]);
    });

    it("leaves its step behind for nobody else, although its name is not known", () => {
      const { state, model } = read([
        line.result(4, 101, ["compiling"]),
        ...one.counters([3, 9, 1, 0]),
        build(5, "a"),
        ...one.counters([3, 9, 2, 0]),
        ...one.counters([3, 8, 1, 1]),
        line.stop(4),
        line.stop(5),
      ]);
      assert.equal(state("a"), "cancelled");
      assert.deepEqual(model.counts, { running: 0, done: 0, failed: 0, cancelled: 1, planned: 0 });
    });

    it("is not told to have been killed when its step may be among what could not be placed", () => {
      const { state, model } = read([
        build(4, "a"),
        ...one.counters([3, 9, 1, 0]).slice(0, 1),
        ...one.counters([4, 9, 0, 0]),
        line.stop(4),
        build(6, "b"),
        ...one.counters([4, 9, 1, 0]),
        line.stop(6),
      ]);
      assert.deepEqual([state("a"), state("b")], [cancelled, cancelled]);
      assert.equal(model.derivation(drv("a"))!.reason, "ended, and Nix did not tell how");
      assert.equal(model.derivation(drv("b"))!.reason, "killed, as the build was stopped");
    });
  });

  it("keeps a log line and a phase that come late, which are no new build", () => {
    const { state, stream, model } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([1, 1, 0, 0]),
      line.stop(1),
      line.result(1, 101, ["the last words"]),
      line.result(1, 104, ["fixupPhase"]),
      ...one.end,
    ]);
    stream.end(2000);
    assert.deepEqual([state("a"), model.outcome], ["done", "succeeded"]);
    assert.equal(model.derivation(drv("a"))!.log.plainLine(0), "the last words");
    assert.equal([...model.derivations()].length, 1);
  });

  it("is cancelled when the command is known to be over", () => {
    const { state, stream, model } = read([...one.begin, build(1, "a"), ...one.counters([0, 1, 1, 0])]);
    stream.end(2000, { exitCode: 1, signal: null });
    assert.equal(state("a"), "cancelled");
    assert.equal(model.outcome, "failed");
  });
});

describe("Nix up to 2.33, where the stops of what was asked for come at the very end", () => {
  it("ends a build at the counter's step, when it is the only one that runs", () => {
    const { state } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 2, 1, 0]),
      ...one.counters([1, 2, 0, 0]),
      build(2, "b"),
    ]);
    assert.equal(state("a"), "done");
    assert.equal(state("b"), "running");
  });

  describe("of four builds that all ended and wrote nothing, one of them failed", () => {
    const together = [
      ...one.begin,
      ...[1, 2, 3, 4].flatMap((id) => [build(id, `b${id}`), ...one.counters([0, 4, id, 0])]),
      ...one.counters([1, 4, 3, 0]),
      ...one.counters([1, 3, 2, 1]),
      ...one.counters([2, 3, 1, 1]),
      ...one.counters([3, 3, 0, 1]),
      ...[4, 3, 2, 1].map((id) => line.stop(id)),
      ...one.end,
    ];
    const states = (state: (name: string) => string) => ["b1", "b2", "b3", "b4"].map(state);

    for (const failed of ["b1", "b2", "b3", "b4"]) {
      it(`says that the others are done once the error names ${failed}`, () => {
        const { state, stream } = read([
          ...together,
          line.lastError(`error: builder for '${drv(failed)}' failed with exit code 4`),
        ]);
        stream.end(2000);
        assert.deepEqual(
          states(state),
          ["b1", "b2", "b3", "b4"].map((name) => (name === failed ? "failed" : "done")),
        );
      });
    }

    it("calls none of them done when no error ever names one", () => {
      const { state, stream, model } = read(together);
      stream.end(2000, { exitCode: 1, signal: null });
      assert.deepEqual(states(state), ["cancelled", "cancelled", "cancelled", "cancelled"]);
      assert.equal(model.derivation(drv("b1"))!.reason, "ended, and Nix did not tell how");
      assert.equal(model.outcome, "failed");
    });

    it("calls none of them done before the error came", () => {
      for (let lines = 0; lines <= together.length; lines++)
        assert.equal(states(read(together.slice(0, lines)).state).includes("done"), false, `${lines} lines`);
    });
  });

  it("does not say done of a build that may as well have been killed", () => {
    const { state, stream } = read([
      ...one.begin,
      build(1, "ended"),
      ...one.counters([0, 2, 1, 0]),
      build(2, "killed"),
      ...one.counters([0, 2, 2, 0]),
      ...one.counters([1, 2, 1, 0]),
      line.start(9, 0, { text: "something else" }),
      line.stop(9),
      line.stop(2),
      line.stop(1),
      ...one.end,
    ]);
    stream.end(2000, { exitCode: 1, signal: null });
    assert.deepEqual([state("ended"), state("killed")], ["cancelled", "cancelled"]);
  });

  it("gives the failure to the build that the error names, although another stops first", () => {
    const { state } = read([
      ...one.begin,
      build(1, "fails"),
      ...one.counters([0, 3, 1, 0]),
      build(2, "long"),
      ...one.counters([0, 3, 2, 0]),
      ...one.counters([0, 2, 1, 1]),
      line.lastError(`\u001b[31;1merror:\u001b[0m builder for '${drv("fails")}' failed with exit code 1`),
      line.stop(2),
      line.stop(1),
      ...one.end,
    ]);
    assert.equal(state("fails"), "failed");
    assert.equal(state("long"), "cancelled");
  });

  it("never guesses which of two is done: the one that still writes cannot be it", () => {
    const { state, stream } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 2, 1, 0]),
      build(2, "b"),
      ...one.counters([0, 2, 2, 0]),
      ...one.counters([1, 2, 1, 0]),
    ]);
    assert.deepEqual([state("a"), state("b")], ["running", "running"]);
    stream.feed(Buffer.from(`${line.result(1, 101, ["still here"])}\n`), 1100);
    assert.deepEqual([state("a"), state("b")], ["running", "done"]);
  });

  it("two builds and two steps are both done, whichever was first", () => {
    const { state } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 2, 1, 0]),
      build(2, "b"),
      ...one.counters([0, 2, 2, 0]),
      ...one.counters([1, 2, 1, 0]),
      ...one.counters([2, 2, 0, 0]),
    ]);
    assert.deepEqual([state("a"), state("b")], ["done", "done"]);
  });

  /** One is done, one fails, and the stops of both come when all is over, the other way round. */
  const oneOfTwo = [
    ...one.begin,
    build(1, "fails"),
    ...one.counters([0, 2, 1, 0]),
    build(2, "good"),
    ...one.counters([0, 2, 2, 0]),
    ...one.counters([1, 2, 1, 0]),
    ...one.counters([1, 1, 0, 1]),
    line.stop(2),
    line.stop(1),
    ...one.end,
  ];

  it("calls neither of two done when one of them failed, and nobody says which", () => {
    const { state, model, stream } = read(oneOfTwo);
    stream.end(2000);
    assert.deepEqual([state("fails"), state("good")], ["cancelled", "cancelled"]);
    assert.equal(model.outcome, "failed");
  });

  it("waits no longer for a word when a hundred other commands came to the same end", () => {
    const command = (pid: number): string[] => {
      const first = pid * 2 ** 32;
      const own = worker(first + 10);
      return [
        ...own.begin,
        build(first + 1, `fails-${pid}`),
        ...own.counters([0, 2, 1, 0]),
        build(first + 2, `good-${pid}`),
        ...own.counters([0, 2, 2, 0]),
        ...own.counters([1, 2, 1, 0]),
        ...own.counters([1, 1, 0, 1]),
        line.stop(first + 2),
        line.stop(first + 1),
        ...own.end,
      ];
    };
    const { state, model } = read(Array.from({ length: 101 }, (_, n) => command(n + 1)).flat());
    assert.deepEqual([state("fails-1"), state("good-1")], ["cancelled", "cancelled"]);
    assert.equal(model.counts.running, 200);
  });

  it("knows which was done as soon as the error at the very end names the other one", () => {
    const { state, model } = read([
      ...oneOfTwo,
      line.lastError(`error: builder for '${drv("fails")}' failed with exit code 1`),
    ]);
    assert.deepEqual([state("fails"), state("good")], ["failed", "done"]);
    assert.equal(model.failures.length, 1);
  });

  it("knows that a build whose activity stopped has had its step: a later one is another's", () => {
    const { state } = read([
      ...one.begin,
      build(1, "good"),
      ...one.counters([0, 2, 1, 0]),
      build(2, "slow"),
      ...one.counters([0, 2, 2, 0]),
      ...one.counters([0, 2, 1, 1]),
      error("timed out after 7 seconds"),
      line.stop(2),
      ...one.counters([1, 2, 0, 1]),
      line.stop(1),
      ...one.end,
    ]);
    assert.deepEqual([state("good"), state("slow")], ["done", "failed"]);
  });

  it("calls none of three done when only one was, and another one failed", () => {
    const { state, model } = read([
      ...one.begin,
      ...[1, 2, 3].flatMap((n) => [build(n, `b${n}`), ...one.counters([0, 3, n, 0])]),
      ...one.counters([1, 3, 2, 0]),
      ...one.counters([1, 2, 1, 1]),
      ...[3, 2, 1].map(line.stop),
      ...one.end,
      line.lastError(`error: builder for '${drv("b2")}' failed with exit code 1`),
    ]);
    assert.deepEqual(["b1", "b2", "b3"].map(state), ["cancelled", "failed", "cancelled"]);
    assert.equal(model.failures.length, 1);
  });
});

describe("two commands in one pipe whose activities have the same ids, as those of an old Nix (2.8)", () => {
  const begin = [...one.begin, ...one.counters([0, 3, 0, 0])];

  it("does not take the other's step for that of its only build", () => {
    const { state } = read([
      ...begin,
      build(1, "a"),
      ...one.counters([0, 3, 1, 0]),
      ...begin,
      build(2, "b"),
      ...one.counters([0, 3, 1, 0]),
      ...one.counters([1, 3, 0, 0]),
      line.stop(1),
    ]);
    assert.deepEqual([state("a"), state("b")], ["cancelled", "running"]);
  });

  it("does not say how builds ended that their counters cannot tell apart", () => {
    const { state, stream, model } = read([
      ...begin,
      build(1, "a"),
      ...one.counters([0, 3, 1, 0]),
      ...begin,
      build(2, "b"),
      ...one.counters([0, 3, 1, 0]),
      ...one.counters([1, 3, 0, 0]),
      line.stop(1),
      build(3, "c"),
      ...one.counters([1, 3, 1, 0]),
      ...one.counters([0, 3, 0, 1]),
      line.stop(2),
      ...one.counters([2, 3, 0, 0]),
      line.stop(3),
    ]);
    stream.end(2000);
    for (const name of ["a", "b", "c"]) {
      assert.equal(state(name), "cancelled", name);
      assert.equal(model.derivation(drv(name))!.reason, "ended, and Nix did not tell how", name);
    }
  });
});

describe("what never began", () => {
  it("a derivation that no machine would take failed without having run, and is told as planned with its reason", () => {
    const { model, stream } = read([
      ...one.begin,
      ...one.counters([0, 1, 0, 0]),
      ...one.counters([0, 1, 0, 1]),
      ...one.end,
      line.lastError(
        `error: Cannot build '${drv("kvm")}'.\n  Reason: missing system features\n  Required features: {kvm}\n  Available features: {}`,
      ),
    ]);
    stream.end(2000);
    const report = reportOf(model);
    assert.equal(report.derivations[0]?.state, "planned");
    assert.equal(report.derivations[0]?.reason, "missing system features: kvm");
    assert.equal(report.failures[0]?.diagnosis, "features-missing");
    assert.equal(report.outcome, "failed");
  });

  it("is reported as planned where nothing would take it, and as failed where the words say that it ran", () => {
    const stateAfter = (text: string) => {
      const { model, stream } = read([...one.begin, error(text), ...one.end]);
      stream.end(2000);
      return reportOf(model).derivations.map(({ state, reason }) => [state, reason]);
    };
    const required = (system: string, features: string) =>
      `Cannot build '${drv("a")}'.\n       Reason: required system or feature not available\n       Required system: '${system}' with features {${features}}\n       Current system: 'x86_64-linux' with features {benchmark}`;
    assert.deepEqual(stateAfter(required("aarch64-linux", "")), [
      ["planned", "platform mismatch: needs aarch64-linux"],
    ]);
    assert.deepEqual(stateAfter(required("x86_64-linux", "kvm")), [
      ["planned", "missing system features: kvm"],
    ]);
    assert.deepEqual(stateAfter(`builder for '${drv("a")}' failed with exit code 7`), [
      ["failed", "builder failed with exit code 7"],
    ]);
  });

  it("what needs a failed derivation stays planned, and is folded under it", () => {
    const { model, state } = read([
      line.msg("these 2 derivations will be built:", 3),
      line.msg(`  ${drv("a")}`, 3),
      line.msg(`  ${drv("above")}`, 3),
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 2, 1, 0]),
      ...one.counters([0, 2, 0, 1]),
      line.stop(1),
      error(`Cannot build '${drv("a")}'.\n  Reason: builder failed with exit code 2.`),
      error(`Cannot build '${drv("above")}'.\n  Reason: 1 dependency failed.`),
    ]);
    assert.equal(state("above"), "planned");
    assert.deepEqual(
      model.failures.map((each) => [each.drv, each.dependents]),
      [[drv("a"), [drv("above")]]],
    );
  });

  it("is folded under what failed in its own command, not under what failed last in another one", () => {
    const model = new BuildsModel();
    const feed = (label: string) => {
      const stream = model.openStream({ label, kind: "command" }, 0);
      return (...lines: string[]) =>
        stream.feed(Buffer.from(lines.map((each) => `${each}\n`).join("")), 1000);
    };
    const fails = (name: string) => [
      ...one.begin,
      build(1, name),
      ...one.counters([0, 2, 1, 0]),
      ...one.counters([0, 2, 0, 1]),
      line.stop(1),
    ];
    const [mine, other] = [feed("mine"), feed("other")];
    mine(line.msg("these 2 derivations will be built:", 3), line.msg(`  ${drv("above")}`, 3), ...fails("a"));
    other(...fails("z"));
    mine(error(`Cannot build '${drv("above")}'.\n  Reason: 1 dependency failed.`));
    assert.deepEqual(
      model.failures.map((each) => [each.drv, each.dependents]),
      [
        [drv("a"), [drv("above")]],
        [drv("z"), []],
      ],
    );
  });

  it("what a successful command planned and never built was there already after all", () => {
    const { state, stream } = read([
      line.msg("this derivation will be built:", 3),
      line.msg(`  ${drv("a")}`, 3),
      ...one.begin,
      ...one.end,
    ]);
    assert.equal(state("a"), "planned");
    stream.end(2000, { exitCode: 0, signal: null });
    assert.equal(state("a"), "absent");
  });

  it("the plan of a dry run stays: it is all that was wanted", () => {
    const { state, stream } = read([line.msg("this derivation will be built:"), line.msg(`  ${drv("a")}`)]);
    stream.end(2000, { exitCode: 0, signal: null });
    assert.equal(state("a"), "planned");
  });
});

describe("words that are not the end", () => {
  it("an error line alone does not fail a command: with --fallback Nix goes on, and builds what it could not fetch", () => {
    const { model, state, stream } = read([
      ...one.begin,
      error(
        `some substitutes for the outputs of derivation '${drv("a")}' failed (usually happens due to networking issues); try '--fallback' to build derivation from source`,
      ),
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([1, 2, 0, 0]),
      line.stop(1),
      ...one.end,
    ]);
    stream.end(2000);
    assert.equal(state("a"), "done");
    assert.equal(model.failures.length, 0);
    assert.equal(model.outcome, "succeeded");
  });

  it("what another command in the same pipe says does not come between a step and its stop", () => {
    const here = (n: number) => 11 * 2 ** 32 + n;
    const [mine, other] = [worker(here(100)), worker(22 * 2 ** 32)];
    const { state } = read([
      ...mine.begin,
      ...other.begin,
      build(22 * 2 ** 32 + 9, "theirs"),
      ...other.counters([0, 1, 1, 0]),
      build(here(1), "good"),
      ...mine.counters([0, 2, 1, 0]),
      build(here(2), "killed"),
      ...mine.counters([0, 2, 2, 0]),
      ...mine.counters([1, 2, 1, 0]),
      error(`Cannot build '${drv("theirs")}'.\n  Reason: builder failed with exit code 2.`),
      line.msg("warning: something else"),
      line.stop(here(1)),
      line.stop(here(2)),
    ]);
    assert.deepEqual(["good", "killed", "theirs"].map(state), ["done", "cancelled", "failed"]);
  });

  it("a time-out that names nobody belongs to the build that failed last", () => {
    const { model } = read([
      ...one.begin,
      build(1, "slow"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([0, 1, 0, 1]),
      line.stop(1),
      error("timed out after 2 seconds"),
    ]);
    assert.equal(model.failures[0]?.reason, "timed out after 2 seconds");
    assert.equal(model.failures[0]?.diagnosis, "build-timed-out");
  });

  it("an error behind the way to it through the evaluation is that of the build it names", () => {
    const { model } = read([
      ...one.begin,
      build(1, "imported"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([0, 1, 0, 1]),
      line.stop(1),
      ...one.end,
      line.lastError(
        `\u001b[31;1merror:\u001b[0m\n       … while calling the 'import' builtin\n         at /src/flake.nix:3:5:\n            2|\n            3|   import (f "error: no")\n\n       \u001b[31;1merror:\u001b[0m Cannot build '${drv("imported")}'.\n              Reason: builder failed with exit code 6.\n              Last 1 log lines:\n              > error: in the log`,
      ),
    ]);
    assert.deepEqual(
      [model.failures[0]?.reason, model.failures[0]?.logTail],
      ["builder failed with exit code 6", ["error: in the log"]],
    );
  });

  it("a time-out that names nobody is kept for the build whose failure is not yet clear", () => {
    const { model, state } = read([
      ...one.begin,
      build(1, "quick"),
      ...one.counters([0, 2, 1, 0]),
      build(2, "slow"),
      ...one.counters([0, 2, 2, 0]),
      ...one.counters([0, 2, 1, 1]),
      error("timed out after 2 seconds"),
      line.result(1, 101, ["still here"]),
    ]);
    assert.deepEqual([state("quick"), state("slow")], ["running", "failed"]);
    assert.equal(model.failures[0]?.reason, "timed out after 2 seconds");
  });

  it("'build of A, B failed' names all that was asked for, and fails none of them", () => {
    const { model, state } = read([
      line.msg("these 2 derivations will be built:", 3),
      line.msg(`  ${drv("a")}`, 3),
      line.msg(`  ${drv("b")}`, 3),
      line.lastError(`error: build of '${drv("a")}', '${drv("b")}' failed`),
    ]);
    assert.deepEqual([state("a"), state("b")], ["planned", "planned"]);
    assert.equal(model.failures.length, 0);
  });
});

describe("the reason of a failure", () => {
  const failed = [
    ...one.begin,
    build(1, "a"),
    ...one.counters([0, 1, 1, 0]),
    ...one.counters([0, 1, 0, 1]),
    line.stop(1),
  ];
  const reasonAfter = (...lines: string[]) => {
    const { model, stream } = read([...failed, ...lines]);
    stream.end(2000);
    return model.failures.map(({ drv: path, reason, exitCode }) => [path, reason, exitCode]);
  };

  it("stands at the end of the trace when an evaluation needed the build", () => {
    assert.deepEqual(
      reasonAfter(
        ...one.end,
        line.lastError(
          `error:\n       … while calling the 'import' builtin\n         at /etc/x.nix:62:12:\n           62|   import a\n\n       error: Cannot build '${drv("a")}'.\n       Reason: builder failed with exit code 6.\n       Output paths:\n         /nix/store/x-a`,
        ),
      ),
      [[drv("a"), "builder failed with exit code 6", 6]],
    );
  });

  it("is not looked for in an error without end", () => {
    const endless = line.lastError(`error: a${"\n error: b".repeat(300_000)}`);
    assert.deepEqual(reasonAfter(endless), [[drv("a"), "failed", null]]);
  });

  it("is a hash mismatch with both hashes, in the words of any version", () => {
    for (const text of [
      `hash mismatch in fixed-output derivation '${drv("a")}':\n         specified: sha256-AAAA=\n            got:    sha256-BBBB=`,
      `hash mismatch in fixed-output derivation '${drv("a")}':\n  wanted: sha256-AAAA=\n  got:    sha256-BBBB=`,
      `Cannot build '${drv("a")}'.\n       Reason: hash mismatch in fixed-output derivation '${drv("a")}':\n         specified: sha256-AAAA=\n            got:    sha256-BBBB=`,
    ]) {
      const { model } = read([...failed, error(text)]);
      assert.deepEqual(
        model.failures.map(({ reason, hash }) => [reason, hash]),
        [["hash mismatch", { specified: "sha256-AAAA=", got: "sha256-BBBB=" }]],
      );
    }
  });

  it("brings no control sequence to the terminal, whatever system or feature a derivation asks for", () => {
    const evil = "x\u001b]0;owned\u0007\u001b[2J";
    for (const text of [
      `Cannot build '${drv("a")}'.\n       Reason: platform mismatch\n       Required system: '${evil}'`,
      `Cannot build '${drv("a")}'.\n       Reason: missing system features\n       Required features: {${evil}}`,
      `builder for '${drv("a")}' failed ${evil}`,
    ])
      for (const { reason } of read([...failed, error(text)]).model.failures)
        assert.doesNotMatch(reason, /\p{Cc}/u);
  });

  it("is in the words of `nix flake check`, behind the attribute", () => {
    assert.deepEqual(
      reasonAfter(
        error(
          `failed to build attribute 'checks.x86_64-linux.a', build of '${drv("a")}^*' failed: Cannot build '${drv("a")}'.\n       Reason: builder failed with exit code 5.`,
        ),
      ),
      [[drv("a"), "builder failed with exit code 5", 5]],
    );
  });

  it("is known from the output, where the text names that and no derivation", () => {
    const text = (output: string) =>
      error(`output '${output}' is not allowed to refer to the following paths:\n  /nix/store/x-tools`);
    const path = drv("a").replace(/\.drv$/, "");
    const reason = `output '${path}' is not allowed to refer to the following paths:`;
    assert.deepEqual(reasonAfter(text(path)), [[drv("a"), reason, null]]);
    assert.deepEqual(reasonAfter(text(`${path}-dev`)), [
      [drv("a"), reason.replace(path, `${path}-dev`), null],
    ]);
    assert.deepEqual(reasonAfter(text("/nix/store/0-another")), [[drv("a"), "failed", null]]);
  });

  it("tells by the output which build failed, where others ended with it (Nix <= 2.33)", () => {
    const refused = (name: string) =>
      error(
        `output '/nix/store/0-${name}' is not allowed to refer to the following paths:\n  /nix/store/x-tools`,
      );
    const { model, state } = read([
      ...one.begin,
      ...[1, 2, 3, 4].flatMap((id) => [build(id, `b${id}`), ...one.counters([0, 4, id, 0])]),
      ...one.counters([0, 3, 3, 1]),
      ...one.counters([0, 2, 2, 2]),
      ...one.counters([1, 2, 1, 2]),
      ...one.counters([2, 2, 0, 2]),
      refused("b3-dev"),
      refused("b2"),
      ...[4, 3, 2, 1].map((id) => line.stop(id)),
      ...one.end,
    ]);
    assert.deepEqual(["b1", "b2", "b3", "b4"].map(state), ["done", "failed", "failed", "done"]);
    assert.match(model.failures[0]!.reason, /^output '\/nix\/store\/0-b3-dev' is not allowed/);
  });

  it("is a cycle between its outputs", () => {
    assert.deepEqual(
      reasonAfter(
        error(`cycle detected in build of '${drv("a")}' in the references of output 'dev' from output 'out'`),
      ),
      [[drv("a"), "cycle detected in the references of output 'dev' from output 'out'", null]],
    );
  });
});

describe("a command that fails with more words", () => {
  it("failed, although advice stands behind its error", () => {
    const { model, stream } = read([
      line.lastError("error: unrecognised flag '-k'"),
      line.msg("Try 'nix --help' for more information."),
    ]);
    stream.end(2000);
    assert.equal(model.outcome, "failed");
  });

  it("failed when Nix itself crashed, which it says without a record", () => {
    const { model, stream } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      ...one.counters([1, 1, 0, 0]),
      line.stop(1),
      ...one.end,
      "\u001b[31;1mterminating due to unexpected unrecoverable internal error: \u001b[0mAssertion 'x' failed",
      "Nix crashed. This is a bug.",
    ]);
    stream.end(2000);
    assert.equal(model.outcome, "failed");
    assert.deepEqual(model.sessions[0]!.error, [
      "terminating due to unexpected unrecoverable internal error: Assertion 'x' failed",
    ]);
  });
});

describe("a stream without the counters of builds, as some tools pass it on", () => {
  const failedText = error(`builder for '${drv("a")}' failed with exit code 2`);
  const ended = (...lines: string[]) => {
    const { state, model, stream } = read([build(1, "a"), ...lines]);
    stream.end(2000);
    return [state("a"), model.derivation(drv("a"))!.reason, model.outcome];
  };

  it("has failed where an error says so, whatever comes behind it", () => {
    const failed = ["failed", "builder failed with exit code 2", "failed"];
    assert.deepEqual(ended(failedText, line.stop(1)), failed);
    assert.deepEqual(ended(line.stop(1), failedText, line.start(2, 0), line.stop(2)), failed);
  });

  it("has not succeeded for all that is known, nor was anything killed", () => {
    const unknown = ["cancelled", "ended, and Nix did not tell how", "unfinished"];
    assert.deepEqual(ended(line.stop(1)), unknown);
    const { begin, end } = one;
    const { state, model, stream } = read([...begin, build(1, "a"), line.stop(1), ...end]);
    stream.end(2000);
    assert.deepEqual([state("a"), model.derivation(drv("a"))!.reason, model.outcome], unknown);
  });
});

describe("the errors of a command", () => {
  const errors = (...lines: string[]) => {
    const { model, stream } = read(lines);
    stream.end(2000);
    return reportOf(model).errors.map(({ text }) => text);
  };

  it("begin with what went wrong, and not with the way that led to it", () => {
    const raw = "list index 0 is out of bounds";
    const msg = `error:\n       … while calling the 'head' builtin\n         at /x/flake.nix:3:1:\n\n       error: ${raw}`;
    const text = `@nix ${JSON.stringify({ action: "msg", level: 0, msg, raw_msg: raw })}`;
    assert.deepEqual(errors(text), [
      [raw, "… while calling the 'head' builtin", "         at /x/flake.nix:3:1:"],
    ]);
  });

  it("are the last word, where no error is marked as its own", () => {
    assert.deepEqual(errors(error("the moon is not full")), [["the moon is not full"]]);
    assert.deepEqual(errors(error("the moon is not full"), line.start(1, 0), line.stop(1)), []);
  });

  it("are not the list of builds that failed, each of which stands for itself", () => {
    const failed = [build(1, "a"), error(`builder for '${drv("a")}' failed with exit code 2`), line.stop(1)];
    assert.deepEqual(
      errors(...failed, line.lastError(`error: build of '${drv("a")}', '${drv("b")}' failed`)),
      [],
    );
  });
});

describe("an old Nix that crashes", () => {
  for (const words of [
    "nix-build: src/libstore/build/goal.cc:26: void nix::Goal::amDone(): Assertion `result.success()' failed.",
    "Assertion failed: (result.success()), function amDone, file goal.cc, line 26.",
  ])
    it(`has failed, as the C library says: ${words.slice(0, 20)}…`, () => {
      const { model, stream } = read([...one.begin, ...one.end, words, "Aborted (core dumped)"]);
      stream.end(2000);
      assert.equal(model.outcome, "failed");
      assert.deepEqual(model.sessions[0]!.error, [words]);
    });

  it("has not, where a build's own log speaks of such a thing", () => {
    const { model, stream } = read([...one.begin, ...one.end, "test 3: Assertion failed as expected"]);
    stream.end(2000);
    assert.equal(model.outcome, "succeeded");
  });
});

describe("a content-addressed derivation", () => {
  it("has one row: the resolved derivation takes the place of the one that was planned", () => {
    const { state, model } = read([
      line.msg("these 2 derivations will be built:", 3),
      line.msg(`  ${drv("a")}`, 3),
      line.msg(`  ${drv("above")}`, 3),
      ...one.begin,
      line.start(5, 111, {
        fields: [drv("a"), drv("resolved")],
        text: `resolved derivation: '${drv("a")}' -> '${drv("resolved")}'`,
      }),
      build(1, "resolved"),
    ]);
    assert.equal(state("a"), "absent");
    assert.equal(state("resolved"), "running");
    assert.deepEqual([model.counts.planned, model.counts.running], [1, 1]);
  });
});

describe("remote builds", () => {
  const nested = worker(200, 100);
  const uri = "ssh-ng://me@linux-builder?remote-store=daemon";
  const upToInner = [
    ...one.begin,
    line.start(50, 0, { text: `connecting to '${uri}'`, parent: 100 }),
    line.stop(50),
    build(1, "a", uri),
    ...one.counters([0, 1, 1, 0]),
    line.start(51, 0, { text: `waiting for the upload lock to '${uri}'`, parent: 100 }),
    line.stop(51),
    line.start(52, 0, { text: `copying dependencies to '${uri}'`, parent: 100 }),
  ];
  const inner = [
    line.stop(52),
    ...nested.begin,
    build(2, "a", "", 100),
    ...nested.counters([0, 1, 1, 0]),
    line.result(2, 104, ["buildPhase"]),
    line.result(2, 101, ["hello"]),
  ];

  it("are one row that names the host and how far it is", () => {
    const { model, stream } = read(upToInner);
    const row = model.derivation(drv("a"))!;
    assert.deepEqual([row.hostName, row.stage], ["linux-builder", "uploading"]);
    stream.feed(Buffer.from(`${inner.join("\n")}\n`), 2000);
    assert.deepEqual(
      [row.stage, row.phase, row.logLines, row.log.plainLine(0)],
      ["building", "buildPhase", 1, "hello"],
    );
    assert.equal(model.counts.running, 1);
    assert.equal(
      model.rows({ sort: "state", filter: "", hideDone: false }).filter((each) => each.kind === "derivation")
        .length,
      1,
    );
  });

  it("show their outputs coming back in their own row", () => {
    const path = "/nix/store/00000000000000000000000000000000-a";
    const { model } = read([
      ...upToInner,
      ...inner,
      ...nested.counters([1, 2, 0, 0]),
      line.stop(2),
      ...nested.end,
      line.start(60, 0, { text: `copying outputs from '${uri}'`, parent: 100 }),
      line.start(61, 103, { text: "copying 1 paths", parent: 100 }),
      line.start(62, 100, { fields: [path, uri, "local"], text: `copying path '${path}'`, parent: 100 }),
      line.result(62, 105, [70, 144, 0, 0]),
    ]);
    const rows = model.rows({ sort: "state", filter: "", hideDone: false });
    assert.deepEqual(
      rows.map((row) => row.kind),
      ["derivation"],
    );
    assert.deepEqual(model.derivation(drv("a"))!.transfer, { done: 70, expected: 144 });
  });

  it("are not done when the builder is done, but when the outputs are here", () => {
    const { model, state, stream } = read([
      ...upToInner,
      ...inner,
      ...nested.counters([1, 2, 0, 0]),
      line.stop(2),
      ...nested.end,
    ]);
    assert.equal(state("a"), "running");
    assert.equal(model.derivation(drv("a"))!.stage, "downloading");
    stream.feed(
      Buffer.from(`${[...one.counters([1, 2, 0, 0]), line.stop(1), ...one.end].join("\n")}\n`),
      3000,
    );
    assert.equal(state("a"), "done");
  });

  it("believe what the builder said, not the hook's own exit code after it", () => {
    const { model } = read([
      ...upToInner,
      ...inner,
      ...nested.counters([0, 1, 0, 1]),
      line.stop(2),
      ...nested.end,
      error(
        `build of '${drv("a")}' on '${uri}' failed: Cannot build '${drv("a")}'.\n  Reason: builder failed with exit code 2.\n  Last 1 log lines:\n  > hello`,
      ),
      ...one.counters([0, 1, 0, 1]),
      line.stop(1),
      error(`Cannot build '${drv("a")}'.\n  Reason: builder failed with exit code 1.`),
    ]);
    assert.equal(model.failures.length, 1);
    assert.deepEqual([model.failures[0]?.exitCode, model.failures[0]?.logTail], [2, ["hello"]]);
  });

  it("that their builder called failed leave the next failure here to the build it belongs to", () => {
    const { state } = read([
      ...upToInner,
      ...inner,
      ...[3, 4, 5].flatMap((n) => [build(n, `b${n}`), ...one.counters([0, 4, n - 1, 0])]),
      ...nested.counters([0, 1, 0, 1]),
      line.stop(2),
      ...nested.end,
      error(`build of '${drv("a")}' on '${uri}' failed: builder for '${drv("a")}' failed with exit code 2`),
      ...one.counters([0, 4, 3, 1]),
      line.stop(3),
      ...one.counters([0, 4, 2, 2]),
      line.stop(1),
      ...one.counters([1, 4, 1, 2]),
      line.stop(4),
    ]);
    assert.deepEqual(["a", "b3", "b4", "b5"].map(state), ["failed", "failed", "done", "running"]);
  });

  it("that their builder called failed fail nobody else, where the stops of all come at the very end", () => {
    const { state, model } = read([
      ...upToInner,
      ...inner,
      ...[3, 4].flatMap((n) => [build(n, `b${n}`), ...one.counters([0, 3, n - 1, 0])]),
      ...nested.counters([0, 1, 0, 1]),
      line.stop(2),
      ...nested.end,
      error(`build of '${drv("a")}' on '${uri}' failed: builder for '${drv("a")}' failed with exit code 2`),
      ...one.counters([0, 2, 2, 1]),
      ...[4, 3, 1].map(line.stop),
      ...one.end,
    ]);
    assert.deepEqual(["a", "b3", "b4"].map(state), ["failed", "cancelled", "cancelled"]);
    assert.equal(model.failures.length, 1);
  });

  it("over the old ssh protocol take the phase from the log, as no record tells it", () => {
    const { model } = read([
      ...one.begin,
      build(1, "a", "ssh://mini"),
      line.result(1, 101, ["Running phase: installPhase"]),
    ]);
    assert.deepEqual(
      [model.derivation(drv("a"))!.phase, model.derivation(drv("a"))!.stage],
      ["installPhase", "building"],
    );
  });

  it("of which only the builder's own side is told (Lix over ssh-ng) end as that side says", () => {
    const { state } = read([
      ...one.begin,
      ...nested.begin,
      build(2, "a", "", 100),
      ...nested.counters([0, 1, 1, 0]),
      ...nested.counters([1, 1, 0, 0]),
      line.stop(2),
      ...nested.end,
    ]);
    assert.equal(state("a"), "done");
  });

  it("that cannot be begun there are said aloud, as they may be built here instead", () => {
    const { model } = read([
      ...one.begin,
      line.msg(`cannot build on '${uri}': error: failed to start SSH connection to 'linux-builder'`),
    ]);
    assert.match(model.notices[0]!.text, /cannot build on .*perhaps here/);
  });
});

describe("two remote builds of Nix up to 2.33, of which one is done when its builder is lost", () => {
  const uri = "ssh-ng://linux-builder";
  const [short, long] = [worker(200, 100), worker(300, 100)];
  const upToDone = [
    ...one.begin,
    build(1, "short", uri),
    ...one.counters([0, 3, 1, 0]),
    build(2, "long", uri),
    ...one.counters([0, 3, 2, 0]),
    ...short.begin,
    build(210, "short", "", 100),
    ...short.counters([0, 1, 1, 0]),
    ...long.begin,
    build(310, "long", "", 100),
    ...long.counters([0, 1, 1, 0]),
    ...short.counters([1, 1, 0, 0]),
    line.stop(210),
    ...short.end,
    line.start(50, 0, { text: `copying outputs from '${uri}'`, parent: 100 }),
    line.stop(50),
  ];

  it("does not say done of the one that was still being built there", () => {
    const { state, stream } = read([...upToDone, ...one.counters([1, 3, 1, 0])]);
    assert.deepEqual([state("short"), state("long")], ["done", "running"]);
    stream.feed(
      Buffer.from(
        [
          error("Nix daemon disconnected unexpectedly (maybe it crashed?)"),
          ...one.counters([1, 2, 0, 1]),
          line.stop(310),
          ...long.end,
          line.stop(2),
          line.stop(1),
          ...one.end,
          line.lastError("error: Unable to start any build"),
          "",
        ].join("\n"),
      ),
      2000,
    );
    stream.end(3000);
    assert.deepEqual([state("short"), state("long")], ["done", "failed"]);
  });

  it("says done of the one whose outputs have just come, although a build here might have ended, too", () => {
    const { state, stream } = read([
      ...one.begin,
      build(3, "here"),
      ...one.counters([0, 3, 1, 0]),
      ...upToDone
        .slice(one.begin.length)
        .map((each) =>
          each.replace(/"fields":\[0,3,(\d)/, (_, running) => `"fields":[0,3,${Number(running) + 1}`),
        ),
      ...one.counters([1, 3, 2, 0]),
      line.lastError("error: interrupted by the user"),
    ]);
    stream.end(2000);
    assert.deepEqual([state("short"), state("long"), state("here")], ["done", "cancelled", "cancelled"]);
  });
});

describe("a remote build whose output is refused", () => {
  it("keeps the builder's reason, as the exit code that follows is the build hook's own", () => {
    const { model } = read([
      ...one.begin,
      build(1, "a", "ssh-ng://linux-builder"),
      ...one.counters([0, 1, 1, 0]),
      error(
        `build of '${drv("a")}' on 'ssh-ng://linux-builder' failed: output '/nix/store/x-a' is not allowed to refer to the following paths:\n  /nix/store/x-tools`,
      ),
      ...one.counters([0, 1, 0, 1]),
      line.stop(1),
      ...one.end,
      line.lastError(`error: Cannot build '${drv("a")}'.\n  Reason: builder failed with exit code 1.`),
    ]);
    assert.equal(
      model.failures[0]?.reason,
      "output '/nix/store/x-a' is not allowed to refer to the following paths:",
    );
    assert.equal(model.failures[0]?.exitCode, null);
  });
});

describe("Determinate Nix", () => {
  it("says with BuildResult how a build ended, whatever the counters say", () => {
    const path = { drvPath: drv("a"), outputs: ["out"] };
    const { state, model } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      line.payload(100, 110, {
        path,
        success: false,
        status: "PermanentFailure",
        errorMsg: "builder failed with exit code 3",
      }),
    ]);
    assert.equal(state("a"), "failed");
    assert.equal(model.failures[0]?.reason, "builder failed with exit code 3");
  });

  it("says why it failed in the words that Nix prints, colours and all", () => {
    const errorMsg = `\u001b[31;1merror:\u001b[0m Cannot build '\u001b[35;1m${drv("a")}\u001b[0m'.\n       Reason: \u001b[31;1mbuilder failed with exit code 9\u001b[0m.`;
    const { model } = read([
      ...one.begin,
      build(1, "a"),
      line.payload(1, 110, {
        path: { drvPath: drv("a") },
        success: false,
        status: "PermanentFailure",
        errorMsg,
      }),
    ]);
    assert.equal(model.failures[0]?.reason, "builder failed with exit code 9");
  });

  it("says that one is done, whose step of the counter is then no other build's", () => {
    const { state } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 2, 1, 0]),
      build(2, "b"),
      ...one.counters([0, 2, 2, 0]),
      line.payload(1, 110, { path: { drvPath: drv("a") }, success: true, status: "Built" }),
      ...one.counters([1, 2, 1, 0]),
      line.stop(1),
      line.stop(2),
    ]);
    assert.deepEqual([state("a"), state("b")], ["done", "cancelled"]);
  });

  it("says that the only one is done: the next step is the next build's", () => {
    const { state } = read([
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 2, 1, 0]),
      line.payload(1, 110, { path: { drvPath: drv("a") }, success: true, status: "Built" }),
      ...one.counters([1, 2, 0, 0]),
      line.stop(1),
      build(2, "b"),
      ...one.counters([1, 2, 1, 0]),
      ...one.counters([2, 2, 0, 0]),
      line.stop(2),
    ]);
    assert.deepEqual([state("a"), state("b")], ["done", "done"]);
  });

  it("says of what was there already that it is valid: that is no build, and nothing to be planned", () => {
    const result = (name: string, status: string) =>
      line.payload(100, 110, { path: { drvPath: drv(name), outputs: ["out"] }, success: true, status });
    const { model } = read([...one.begin, result("there", "AlreadyValid"), result("fetched", "Substituted")]);
    assert.deepEqual([...model.derivations()], []);
  });

  it("uses result 109 for a hash mismatch, where upstream uses it for something else: the key tells which", () => {
    const { model } = read([
      ...one.begin,
      build(1, "a"),
      line.result(7, 109, ["/nix/store/00000000000000000000000000000000-source"]),
      line.payload(1, 109, { storePath: drv("a"), wanted: "sha256-AAAA", got: "sha256-BBBB" }),
    ]);
    assert.deepEqual(model.failures[0]?.hash, { specified: "sha256-AAAA", got: "sha256-BBBB" });
    assert.deepEqual([...model.unknownRecords], []);
  });

  it("puts a session id into every record", () => {
    const sid = (text: string) =>
      text.replace(/,"type":|\}$/, (found) => `,"sid":"0198f3aa-7c1e-7000-8000-000000000001"${found}`);
    const { state, model } = read(
      [
        ...one.begin,
        build(1, "a"),
        ...one.counters([0, 1, 1, 0]),
        line.result(1, 101, ["x"]),
        ...one.counters([1, 2, 0, 0]),
        line.stop(1),
      ].map((each) =>
        each.includes('"action":"start"')
          ? each.replace(',"text"', ',"sid":"0198f3aa-7c1e-7000-8000-000000000001","text"')
          : sid(each),
      ),
    );
    assert.equal(state("a"), "done");
    assert.equal(model.derivation(drv("a"))!.logLines, 1);
  });
});
