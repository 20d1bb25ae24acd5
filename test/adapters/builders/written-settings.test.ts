/** What stands in Nix's settings decides what is listed, also where this Nix does not follow all of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changed, inputOf, ps } from "../../support/facts.ts";
import { config, daemonRow, linuxBuilder, qemuRow } from "../../support/macs-of-facts.ts";

describe("external-builders without its experimental feature", () => {
  const entry =
    '[{"systems":["aarch64-linux"],"program":"/opt/vm-runner/bin/vm-runner","args":["-m","8192"]}]';
  const withFile = (features: string[], nixConf: string) =>
    inputOf(
      changed(linuxBuilder, {
        // Nix shows the default of a setting whose feature is off.
        "nix-config": config({ "external-builders": [], "experimental-features": features }),
        "file /etc/nix/nix.conf": nixConf,
      }),
    ).status.builders.filter(({ kind }) => kind === "external-builder");

  it("is listed as what Nix passes over", () => {
    const [builder] = withFile(["flakes"], `max-jobs = 4\nexternal-builders = ${entry}\n`);
    assert.deepEqual([builder?.name, builder?.state], ["vm-runner", "not-configured"]);
    assert.match(builder?.why ?? "", /experimental feature external-builders is off/);
    assert.deepEqual(builder?.systems, ["aarch64-linux"]);
  });

  it("is not there where the line is a comment, nothing, or no JSON", () => {
    for (const line of [`# external-builders = ${entry}`, "", "external-builders = [{"])
      assert.deepEqual(withFile(["flakes"], `max-jobs = 4\n${line}\n`), []);
  });

  it("is what Nix shows where the feature is on", () => {
    assert.deepEqual(withFile(["external-builders"], `external-builders = ${entry}\n`), []);
  });
});

describe("a port written as ?port=", () => {
  const uri = "ssh-ng://builder@localhost?port=31022";
  const by = (version: string) => {
    const { status } = inputOf(
      changed(linuxBuilder, {
        "nix-version": version,
        "launch-daemons": "org.nixos.nix-daemon.plist\n",
        "service org.nixos.linux-builder": null,
        "ssh-config localhost": "host localhost\nhostname localhost\nport 22\nuser ada\n",
        "file /etc/nix/machines": `${uri} aarch64-linux /etc/nix/builder_ed25519 4\n`,
        processes: ps(daemonRow, qemuRow({ parent: 1, directory: "/Users/ada/vm" })),
      }),
    );
    return status.builders.find(({ uri: each }) => each === uri);
  };

  it("is where Lix goes from 2.93 on", () => {
    assert.equal(by("nix (Lix, like Nix) 2.94.0\n")?.guest?.addressPort, 31022);
  });

  it("is nothing to any other Nix", () => {
    for (const version of ["nix (Lix, like Nix) 2.92.3\n", "nix (Nix) 2.34.3\n"])
      assert.equal(by(version)?.guest?.addressPort, 22);
  });
});
