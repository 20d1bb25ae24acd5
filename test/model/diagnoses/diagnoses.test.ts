import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { allDiagnoses } from "../../../src/model/diagnoses/all.ts";
import { diagnose, diagnosisAsks, notLooked } from "../../../src/model/diagnoses/diagnose.ts";
import { diagnosesMarkdown } from "../../../src/model/diagnoses/docs.ts";
import { lookedUpCauses } from "../../../src/model/diagnoses/looked-up-causes.ts";
import { requestOnWire } from "../../../src/model/hosts/collector-requests.ts";
import { changed, failure, inputOf, type Mac, ps, refusing } from "../../support/facts.ts";
import * as macs from "../../support/macs-of-facts.ts";
import { cases as daemon } from "./cases/daemon.ts";
import { cases as inside } from "./cases/inside.ts";
import { cases as native } from "./cases/native.ts";
import { cases as noBuilder } from "./cases/no-builder.ts";
import { cases as starts } from "./cases/starts.ts";
import { cases as way } from "./cases/way.ts";

const cases = [daemon, noBuilder, native, starts, way, inside].flat();
const told = (mac: Mac) => diagnose(inputOf(mac));
const ids = (mac: Mac) => told(mac).map(({ id }) => id);

for (const { id, when, told: ill, butNot, near } of cases) {
  test(`${id} is told when ${when}`, () => {
    const found = told(ill).filter((each) => each.id === id);
    assert.equal(found.length, 1, `told: ${ids(ill).join(" ") || "nothing"}`);
    assert.ok(
      found[0]!.evidence.length > 0 &&
        found[0]!.evidence.every(({ source, text }) => source !== "" && text !== ""),
    );
    assert.ok(found[0]!.cause !== "" && found[0]!.subject !== "");
  });
  test(`${id} is not told when ${butNot}`, () => {
    assert.ok(!ids(near).includes(id), ids(near).join(" "));
  });
}

test("every diagnosis has a Mac on which it is told and one near to it on which it is not", () => {
  const tried = new Set(cases.map(({ id }) => id));
  assert.deepEqual(
    allDiagnoses.map(({ id }) => id).filter((id) => !tried.has(id)),
    [],
  );
  assert.equal(allDiagnoses.length, 62);
  assert.equal(new Set(allDiagnoses.map(({ id }) => id)).size, allDiagnoses.length);
});

describe("a well Mac is told nothing of but what is worth knowing", () => {
  const { linuxBuilder, vzBuilder, rosettaBuilder, virby, native, remote } = macs;
  for (const [name, mac] of Object.entries({
    linuxBuilder,
    vzBuilder,
    rosettaBuilder,
    virby,
    native,
    remote,
  }))
    test(name, () => {
      assert.deepEqual(
        told(mac).filter(({ severity }) => severity !== "info"),
        [],
      );
    });
});

test("what follows from another trouble of the same builder is kept back", () => {
  const stopped = ids(
    macs.builderJob({ state: "spawn scheduled", runs: "9", "last terminating signal": "Abort trap: 6" }),
  );
  assert.deepEqual(stopped, ["qemu-sme-crash"]);
});

test("what a failed build tells of a trouble that the machine shows is evidence of that one", () => {
  const uri =
    "cannot build on 'ssh-ng://nixremote@heron.example.net': error: failed to start SSH connection to 'heron'";
  const found = told({
    ...macs.remote,
    guests: {
      "nixremote@heron.example.net": refusing("timeout", "heron.example.net did not answer in time"),
    },
    stores: {},
    failures: [failure(uri)],
  });
  assert.deepEqual(
    found.map(({ id, subject }) => [id, subject]),
    [["ssh-connection-failed", "heron.example.net"]],
  );
  assert.ok(found[0]!.evidence.some(({ text }) => text.includes("cannot build on")));
});

test("a connection that a build found closed is told by what the builder itself shows", () => {
  const refused = failure(
    "cannot build on 'ssh-ng://nixremote@heron.example.net': error: failed to start SSH connection to 'heron'",
  );
  const mac = changed(
    macs.remote,
    {},
    {
      guests: {
        "nixremote@heron.example.net": refusing("host-key-changed", "heron.example.net shows another key"),
      },
      stores: {},
      failures: [{ ...refused, drv: "/nix/store/a-hello.drv", diagnosis: "ssh-connection-failed" }],
    },
  );
  assert.deepEqual(ids(mac), ["host-key-unverified"]);
  assert.deepEqual(lookedUpCauses({ diagnoses: told(mac) }).connection, ["host-key-unverified"]);
  assert.deepEqual(lookedUpCauses({ diagnoses: told(macs.remote) }).connection, []);
});

describe("the daemon of a Linux machine that nobody looks after", () => {
  const socket = "cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused";
  const machine = (asked: { text: string; code: number }, failures: Mac["failures"] = []): Mac => ({
    system: "Linux",
    processor: "x86_64",
    answers: {
      "nix-version": "nix (Nix) 2.34.8\n",
      "service nix-daemon.service nix-daemon.socket": { text: "systemctl: not found", code: 127 },
      "store-check info auto": asked,
      processes: ps("  702     1 root    0.2  61440  3-01:00:00 /usr/bin/nix-daemon"),
      "stat /nix/store": "drwxrwxr-t root nixbld 4096 8 1780000000 /nix/store\n",
    },
    failures,
  });
  const before = [failure(socket)];

  test("is down when Nix does not get through, whatever processes there are", () => {
    assert.deepEqual(ids(machine({ text: `error: ${socket}\n`, code: 1 })), ["daemon-down"]);
  });
  test("is not when Nix gets through, whatever failed before", () => {
    assert.deepEqual(ids(machine({ text: '{"url":"daemon","version":"2.34.8"}\n', code: 0 }, before)), []);
  });
  test("is what the last command said where an old Nix cannot be asked", () => {
    const old = { text: "error: unrecognised flag '--json'\n", code: 1 };
    assert.deepEqual(ids(machine(old)), []);
    assert.deepEqual(ids(machine(old, before)), ["daemon-down"]);
  });
});

test("errors come first", () => {
  const config = macs.config({ "builders-use-substitutes": false });
  const severities = told(macs.builderJob(null, { "nix-config": config })).map(({ severity }) => severity);
  assert.deepEqual(severities, ["error", "warning"]);
});

test("what could not be looked at is said, with what would lift it, and nothing is told of it", () => {
  const mac: Mac = {
    ...macs.linuxBuilder,
    guests: { "builder@linux-builder": refusing("login", "linux-builder refused the login", false) },
    stores: {},
  };
  const unseen = notLooked(inputOf(mac));
  assert.equal(unseen.length, 1);
  assert.match(unseen[0]!.what, /^inside linux-builder/);
  assert.match(unseen[0]!.why, /sudo -v/);
  assert.deepEqual(ids(mac), ["builder-on-lan"]);
});

test("nothing is told of a machine that has answered nothing yet", () => {
  assert.deepEqual(ids({ answers: {} }), []);
  assert.deepEqual(ids({ answers: {}, system: "Linux" }), []);
});

test("all that is asked can be asked of a collector", () => {
  const asked = cases.flatMap(({ told: ill }) => diagnosisAsks(inputOf(ill).facts));
  for (const { request } of asked) assert.doesNotThrow(() => requestOnWire(request));
});

test("evidence is clean and short, whatever a machine says", () => {
  const evil = `x\u001b[31m${"y".repeat(5000)}\u0007`;
  const mac = changed(
    macs.remote,
    {},
    {
      guests: { "nixremote@heron.example.net": refusing("timeout", evil) },
      stores: {},
    },
  );
  for (const { evidence } of told(mac))
    for (const { text } of evidence) {
      assert.doesNotMatch(text, /[\u0000-\u001f\u007f]/);
      assert.ok(text.length <= 241);
    }
});

test("docs/diagnoses.md is current: node --import tsx test/support/write-diagnoses.ts", () => {
  assert.equal(
    readFileSync(new URL("../../../docs/diagnoses.md", import.meta.url), "utf8"),
    diagnosesMarkdown(),
  );
});
