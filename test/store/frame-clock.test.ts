import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFrameClock, frameGap, type Timers } from "../../src/store/frame-clock.ts";

/** Time that moves only when told. */
function fakeTimers() {
  let time = 0;
  let waiting: { at: number; run: () => void }[] = [];
  const timers: Timers = {
    now: () => time,
    after: (milliseconds, run) => {
      const entry = { at: time + milliseconds, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
  };
  const pass = (milliseconds: number) => {
    const end = time + milliseconds;
    for (;;) {
      const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      waiting = waiting.filter((entry) => entry !== next);
      time = next.at;
      next.run();
    }
    time = end;
  };
  return { timers, pass };
}

function clockWith({ ticking = false, gap = 100 } = {}) {
  const { timers, pass } = fakeTimers();
  const frames: number[] = [];
  const clock = createFrameClock({
    timers,
    gap: () => gap,
    untilNextMinute: () => 60_000 - (timers.now() % 60_000),
    takeFrame: () => {
      frames.push(timers.now());
      return ticking;
    },
  });
  return { clock, pass, frames };
}

describe("when the screen is drawn", () => {
  it("gathers changes: ten a second at most, the last one never lost", () => {
    const { clock, pass, frames } = clockWith();
    clock.frameNow();
    for (let n = 0; n < 100; n++) {
      clock.changed();
      pass(5);
    }
    pass(200);
    assert.deepEqual(frames, [0, 100, 200, 300, 400, 500]);
  });

  it("draws at once after a quiet time", () => {
    const { clock, pass, frames } = clockWith();
    clock.frameNow();
    pass(5_000);
    clock.changed();
    pass(1);
    assert.deepEqual(frames, [0, 5_000]);
  });

  it("each second while a shown time grows, else only when the minute changes", () => {
    const busy = clockWith({ ticking: true });
    busy.clock.frameNow();
    busy.pass(3_500);
    assert.deepEqual(busy.frames, [0, 1_000, 2_000, 3_000]);
    const idle = clockWith();
    idle.clock.frameNow();
    idle.pass(150_000);
    assert.deepEqual(idle.frames, [0, 60_000, 120_000]);
  });

  it("never again once stopped", () => {
    const { clock, pass, frames } = clockWith({ ticking: true });
    clock.frameNow();
    clock.stop();
    clock.changed();
    pass(100_000);
    assert.deepEqual(frames, [0]);
  });

  it("is calm when nobody acts, quick when someone does or something happens", () => {
    const idle = { sinceTouch: 60_000, urgent: false, following: false, away: false };
    assert.equal(frameGap(idle), 1_000);
    assert.equal(frameGap({ ...idle, following: true }), 250);
    assert.equal(frameGap({ ...idle, urgent: true }), 100);
    assert.equal(frameGap({ ...idle, sinceTouch: 100 }), 100);
    assert.equal(frameGap({ ...idle, away: true }), 2_000);
  });
});
