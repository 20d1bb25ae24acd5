/** A proof quotes whoever said it: ssh's own lines as ssh's, our own sentence as ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GuestLook } from "../../../src/model/builders/guest.ts";
import type { Builder } from "../../../src/model/builders/types.ts";
import { sshEvidence } from "../../../src/model/diagnoses/support.ts";
import { troubleOfComplaint } from "../../../src/model/hosts/ssh-complaints.ts";
import type { HostTrouble } from "../../../src/model/hosts/types.ts";
import type { MachineFacts } from "../../../src/model/machine/facts.ts";

const builder = { name: "attic", uri: "ssh-ng://attic", guest: { host: "attic.lan" } } as Builder;

function evidence(trouble: HostTrouble, asRoot = true) {
  const look: GuestLook = { kind: "trouble", trouble, asRoot, times: 1 };
  const facts = { guest: () => look, stores: new Map() } as unknown as MachineFacts;
  return sshEvidence(facts, builder).map(({ source, text }) => `${source}: ${text}`);
}

test("what ssh said is quoted word for word, and our own sentence is not put in its mouth", () => {
  const said = "ssh: connect to host attic.lan port 22: No route to host";
  assert.deepEqual(evidence(troubleOfComplaint("attic.lan", said)), [`ssh attic.lan as root: ${said}`]);
});

test("the frame around ssh's warning is left out", () => {
  const said = [
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@",
    "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
    "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@",
    "Host key verification failed.",
  ].join("\n");
  const quoted = evidence(troubleOfComplaint("attic.lan", said), false);
  assert.match(quoted[0] ?? "", /^ssh attic\.lan: @ +WARNING: REMOTE HOST/);
  assert.ok(quoted.every((text) => /[a-z]/.test(text)));
});

test("where ssh said nothing we speak in our own name", () => {
  const message = "attic.lan did not answer within 20 s";
  assert.deepEqual(evidence({ kind: "timeout", message, details: [], retry: true }), [
    `buildtop, trying ssh attic.lan as root: ${message}`,
  ]);
});
