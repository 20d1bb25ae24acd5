/** How figures go on, and the promise that a disk will be full. A forecast that is wrong is worse than none. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { forecastFull, type HistoryPoint, rate, withPoint } from "../../../src/model/gauges/history.ts";

/** A look every `every` seconds. */
const looks = (values: readonly (number | null)[], every = 20): HistoryPoint[] =>
  values.map((value, index) => ({ atSeconds: 1000 + index * every, value }));

const steady = (length: number, step: number) => Array.from({ length }, (_, index) => index * step);

describe("a history", () => {
  it("keeps the newest 120 looks", () => {
    let history: readonly HistoryPoint[] = [];
    for (let at = 0; at < 500; at++) history = withPoint(history, { atSeconds: at, value: at });
    assert.equal(history.length, 120);
    assert.deepEqual(history.at(-1), { atSeconds: 499, value: 499 });
  });

  it("does not go back in time, and takes what is no number as not known", () => {
    const history = withPoint([], { atSeconds: 5, value: Number.NaN });
    assert.deepEqual(history, [{ atSeconds: 5, value: null }]);
    assert.equal(withPoint(history, { atSeconds: 5, value: 1 }), history);
    assert.equal(withPoint(history, { atSeconds: Number.NaN, value: 1 }), history);
  });
});

describe("a rate", () => {
  it("is growth per second over the window only", () => {
    assert.equal(rate(looks([0, 1000, 1020, 1040]), 40), 1);
  });

  it("leaves out a counter that began anew", () => {
    assert.equal(rate(looks([1000, 1020, 0, 20]), 1000), 1);
  });

  it("leaves out sleep", () => {
    const history = [
      ...looks([0, 20, 40]),
      { atSeconds: 50_000, value: 900_000 },
      { atSeconds: 50_020, value: 900_020 },
    ];
    assert.equal(rate(history, 100_000), 1);
  });

  it("goes over looks that failed", () => assert.equal(rate(looks([0, null, 40]), 1000), 1));

  it("is not known from one look, nor from none", () => {
    assert.equal(rate(looks([5]), 1000), null);
    assert.equal(rate([], 1000), null);
    assert.equal(rate(looks([5, null, null]), 1000), null);
  });
});

describe("a disk that fills up", () => {
  it("is full when the trend reaches what is free", () => {
    assert.equal(forecastFull(looks(steady(10, 200)), 6000), 600);
  });

  it("is full now when nothing is free", () => assert.equal(forecastFull(looks(steady(10, 200)), 0), 0));

  it("is foreseen although a look failed and one step went down", () => {
    const seconds = forecastFull(looks([0, 200, null, 600, 780, 770, 1200, 1400, 1600, 1800]), 6000);
    assert.ok(seconds !== null && seconds > 540 && seconds < 660);
  });

  it("is not foreseen from four looks, or from less than a minute", () => {
    assert.equal(forecastFull(looks(steady(4, 200), 30), 6000), null);
    assert.equal(forecastFull(looks(steady(10, 200), 5), 6000), null);
  });

  it("is not foreseen from one jump", () => {
    assert.equal(forecastFull(looks([0, 0, 0, 0, 0, 9000, 9000, 9000, 9000]), 6000), null);
  });

  it("is not foreseen from a large file among small ones", () => {
    const values = [10, 20, 30, 40, 50, 50, 5050, 5060];
    assert.equal(forecastFull(looks(values), 6000), null);
  });

  it("is foreseen although it is asked for less often than looked at", () => {
    const values = steady(24, 1).map((step) => Math.floor(step / 3) * 600);
    const seconds = forecastFull(looks(values, 10), 6000);
    assert.ok(seconds !== null && seconds > 270 && seconds < 330);
  });

  it("is not foreseen when it goes up and down", () => {
    assert.equal(forecastFull(looks([0, 500, 100, 600, 200, 700, 300, 800, 400]), 6000), null);
  });

  it("is not foreseen when it stopped growing", () => {
    assert.equal(
      forecastFull(looks([0, 200, 400, 600, 800, 1000, 1001, 1002, 1003, 1004, 1005]), 6000),
      null,
    );
  });

  it("is not foreseen when it shrinks or stays", () => {
    assert.equal(forecastFull(looks(steady(10, -200)), 6000), null);
    assert.equal(forecastFull(looks(steady(10, 0)), 6000), null);
  });

  it("is not foreseen for tomorrow", () => assert.equal(forecastFull(looks(steady(10, 1)), 6000), null));

  it("is foreseen only from what came after a sleep", () => {
    const before = looks(steady(10, 200));
    const after = [0, 1, 2].map((index) => ({ atSeconds: 9000 + index * 20, value: 1800 + index * 200 }));
    assert.equal(forecastFull([...before, ...after], 6000), null);
  });
});

describe("whatever was looked at", () => {
  const value = fc.option(fc.oneof(fc.double(), fc.integer(), fc.maxSafeNat()));
  const history = fc.array(
    fc.record({ atSeconds: fc.oneof(fc.double(), fc.integer({ min: 0, max: 5000 })), value }),
  );
  const growing = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: -1000, max: 100_000 })), {
      minLength: 5,
    })
    .map((steps) => {
      let [atSeconds, used] = [0, 1e9];
      return steps.map(([seconds, bytes]) => {
        atSeconds += seconds;
        used += bytes;
        return { atSeconds, value: used };
      });
    });

  it("a forecast is a time within a day, or none", () => {
    fc.assert(
      fc.property(
        fc.oneof(history, growing),
        fc.oneof(fc.double(), fc.maxSafeNat(), fc.nat(1e6)),
        (points, free) => {
          const seconds = forecastFull(points, free);
          assert.ok(seconds === null || (seconds >= 0 && seconds < 86_400));
        },
      ),
    );
  });

  it("a rate is never below nothing", () => {
    fc.assert(
      fc.property(fc.oneof(history, growing), fc.double({ min: 0 }), (points, window) => {
        const perSecond = rate(points, window);
        assert.ok(perSecond === null || (perSecond >= 0 && Number.isFinite(perSecond)));
      }),
    );
  });

  it("steady growth is always foreseen, and right", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 120 }), fc.integer({ min: 1, max: 1e6 }), (length, step) => {
        const seconds = forecastFull(looks(steady(length, step)), step * 100);
        assert.ok(seconds !== null && Math.abs(seconds - 2000) < 1);
      }),
    );
  });
});
