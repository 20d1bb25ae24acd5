import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnose } from "../../../src/model/diagnoses/diagnose.ts";
import { absent, answering, changed, inputOf, job, type Mac, ps, refusing } from "../../support/facts.ts";
import {
  config,
  daemonRow,
  linuxBuilder,
  publicKey,
  qemuRow,
  rosettaBuilder,
  startRow,
} from "../../support/macs-of-facts.ts";

function told(id: string, mac: Mac) {
  const found = diagnose(inputOf(mac)).find((each) => each.id === id);
  assert.ok(found, `${id} is not told`);
  return found;
}

/** All commands that would mend what a diagnosis of that id tells. */
function commandsFor(id: string, mac: Mac): string {
  return told(id, mac)
    .fixes.flatMap(({ commands }) => commands)
    .join("\n");
}

const notNamed = { "nix-config": config({ builders: "" }) };
const terminal = "  901     1 ada     0.0   5100  2-01:00:00 -zsh";
const byHand = (cores: number) =>
  changed(linuxBuilder, {
    "launch-daemons": "org.nixos.nix-daemon.plist\n",
    "service org.nixos.linux-builder": absent,
    processes: ps(
      daemonRow,
      terminal,
      "  530   901 ada     0.0   2192  2-00:00:00 /bin/bash /nix/store/q2-create-builder/bin/create-builder",
      qemuRow({ cores, directory: "/Users/ada" }),
    ),
  });

test("a builder that nobody has told Nix about is named as its own module would name it", () => {
  const rosetta = commandsFor("no-builder-configured", changed(rosettaBuilder, notNamed));
  assert.match(rosetta, /^ssh-ng:\/\/rosetta-builder aarch64-linux,x86_64-linux - /);
  const qemu = commandsFor("no-builder-configured", changed(linuxBuilder, notNamed));
  assert.match(qemu, /^ssh-ng:\/\/builder@linux-builder aarch64-linux \/etc\/nix\/builder_ed25519 /);
});

test("a builder started by hand is told to start with more, not to be rebuilt", () => {
  assert.match(commandsFor("builder-one-core", byHand(1)), /^QEMU_OPTS="-smp 5" nix run /);
  const lan = commandsFor("builder-on-lan", byHand(1));
  assert.match(lan, /^nix run nixpkgs#darwin\.linux-builder-vz$/);
  assert.match(commandsFor("builder-on-lan", linuxBuilder), /^nix\.linux-builder\.package = /);
});

test("the package for Apple's framework is not named on an Intel Mac, which cannot run it", () => {
  const intel = changed(linuxBuilder, { "nix-config": config({ system: "x86_64-darwin" }) });
  assert.doesNotMatch(commandsFor("builder-on-lan", { ...intel, processor: "x86_64" }), /vz/);
});

test("of two builders that share a key's place both are given one key, as a restart would only turn them round", () => {
  const otherKey = publicKey.replace("IDsIxB", "IGGGGG");
  const replaced = changed(
    linuxBuilder,
    { "file /etc/nix/builder_ed25519.pub": otherKey },
    { guests: { "builder@linux-builder": refusing("login", "linux-builder refused the login") }, stores: {} },
  );
  assert.match(commandsFor("builder-key-mismatch", replaced), /^sudo launchctl kickstart -k /);
  const line = linuxBuilder.answers["file /etc/nix/machines"] as string;
  const both = changed(replaced, {
    "launch-daemons":
      "org.nixos.linux-builder.plist\norg.nixos.darwin-builder.plist\norg.nixos.nix-daemon.plist\n",
    ...job("org.nixos.darwin-builder", {
      ...{ state: "running", runs: "1", pid: "630" },
      "working directory": "/var/lib/darwin-builder",
    }),
    "file /etc/nix/machines": line + line.replace("@linux-", "@darwin-"),
    "file /var/lib/darwin-builder/keys/builder_ed25519.pub": otherKey,
    "ssh-config darwin-builder": "host darwin-builder\nuser builder\nhostname localhost\nport 33022\n",
    processes: ps(
      daemonRow,
      startRow,
      qemuRow(),
      startRow.replace("530", "630"),
      qemuRow({ pid: 671, parent: 630, port: 33022, directory: "/var/lib/darwin-builder" }),
    ),
  });
  assert.match(
    commandsFor("builder-key-mismatch", both),
    /^sudo cp -p \/var\/lib\/darwin-builder\/keys\/builder_ed25519 \S+\.pub \/var\/lib\/linux-builder\/keys\/\nsudo launchctl kickstart -k system\/org\.nixos\.linux-builder$/,
  );
});

test("a builder's disk without an inode fails builds now, whatever room it has", () => {
  const gib = 1024 ** 3;
  const room = {
    mount: "/",
    totalBytes: 100 * gib,
    usedBytes: 60 * gib,
    freeBytes: 40 * gib,
    inodesTotal: 1000,
  };
  const severity = (inodesUsed: number) =>
    told("builder-disk-full", {
      ...linuxBuilder,
      guests: { "builder@linux-builder": answering({ disks: [{ ...room, inodesUsed }] }) },
    }).severity;
  assert.equal(severity(1000), "error");
  assert.equal(severity(980), "warning");
});
