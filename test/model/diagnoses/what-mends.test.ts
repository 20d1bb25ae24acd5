import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnose } from "../../../src/model/diagnoses/diagnose.ts";
import { absent, changed, inputOf, type Mac, ps } from "../../support/facts.ts";
import { config, daemonRow, linuxBuilder, qemuRow, rosettaBuilder } from "../../support/macs-of-facts.ts";

/** All commands that would mend what a diagnosis of that id tells. */
function commandsFor(id: string, mac: Mac): string {
  const found = diagnose(inputOf(mac)).find((each) => each.id === id);
  assert.ok(found, `${id} is not told`);
  return found.fixes.flatMap(({ commands }) => commands).join("\n");
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
