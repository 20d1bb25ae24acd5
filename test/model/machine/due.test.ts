/** Which questions a look asks: what it costs the machine is decided here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dueRequests } from "../../../src/model/machine/due.ts";

const never = () => undefined;

test("what was never asked is asked, all of it", () => {
  const asks = Array.from({ length: 20 }, (_, n) => ({ request: `file /etc/${n}`, everySeconds: 60 }));
  assert.equal(dueRequests(asks, never, 1000).length, 20);
});

test("a request that several want is asked once", () => {
  const ask = { request: "processes", everySeconds: 0 };
  assert.deepEqual(dueRequests([ask, ask], never, 0), ["processes"]);
});

test("each comes back after its own time, a little early being meant as well", () => {
  const ask = { request: "memory", everySeconds: 4 };
  assert.deepEqual(
    dueRequests([ask], () => 100, 102),
    [],
  );
  assert.deepEqual(
    dueRequests([ask], () => 100, 103.9),
    ["memory"],
  );
});

test("of the rare ones only the latest comes along, so that no look is much dearer than another", () => {
  const asks = [
    { request: "processes", everySeconds: 0 },
    { request: "disks", everySeconds: 15 },
    { request: "nix-config", everySeconds: 120 },
    { request: "listeners", everySeconds: 15 },
  ];
  const lastAsked = (request: string) => (request === "listeners" ? 60 : request === "disks" ? 70 : 0);
  assert.deepEqual(dueRequests(asks, lastAsked, 100), ["processes", "listeners"]);
});

test("none of them is forgotten: looks in a row ask them all", () => {
  const asks = Array.from({ length: 8 }, (_, n) => ({ request: `file /etc/${n}`, everySeconds: 15 }));
  const asked = new Map(asks.map(({ request }) => [request, 0]));
  for (let now = 20; now < 36; now += 2)
    for (const request of dueRequests(asks, (each) => asked.get(each), now)) asked.set(request, now);
  assert.ok([...asked.values()].every((at) => at >= 20));
});
