import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Lab, labSkipReason, openLab } from "./lab.ts";

const remote = [
  "--max-jobs",
  "0",
  "--builders",
  "ssh-ng://lab-builder x86_64-linux /etc/nix/builder_ed25519 2 1 - -",
];

describe("the lab of real Nix", { skip: labSkipReason() }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab("forky");
  });
  after(() => lab?.close());

  const build = (...options: string[]) => [
    "nix",
    "build",
    "-f",
    "cases/fail.nix",
    "small",
    "--argstr",
    "stamp",
    lab.stamp(),
    "--arg",
    "percent",
    "5",
    "--no-link",
    "--print-out-paths",
    ...options,
  ];

  it("builds through the daemon as an ordinary user", async () => {
    const result = await lab.run(build());
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout, /^\/nix\/store\/.*-small\n$/);
    assert.ok(
      existsSync(join(lab.directory, "client/store", result.stdout.trim().slice("/nix/store/".length))),
    );
  });

  it("builds on the remote builder over SSH", async () => {
    const path = await lab.output(build(...remote));
    const there = await lab.output(["nix-store", "-q", "--deriver", path], { who: "builder" });
    assert.match(there, /-small\.drv$/);
  });

  it("loses the builder and gets it back", async () => {
    await lab.stopSshd();
    const result = await lab.run(build(...remote));
    assert.equal(result.status, 1);
    assert.match(result.stderr, /lab-builder/);
    await lab.restartSshd();
    assert.equal((await lab.run(build(...remote))).status, 0);
  });

  it("has a second user whom the daemon does not trust", async () => {
    const result = await lab.run(build(...remote), { who: "guest" });
    assert.match(result.stderr, /not a trusted user/);
  });

  it("gives each run a fresh home and its own settings, and survives a lab that was killed", async () => {
    await lab.output([
      "sh",
      "-c",
      "mkdir -p ~/.config/nix && echo 'no-such-setting = 1' >~/.config/nix/nix.conf",
    ]);
    writeFileSync(join(lab.directory, "tmp/left-over"), "");
    const sleeper = lab.start(["sh", "-c", "echo inside; exec sleep 1000"]);
    await once(sleeper.stdout!, "data");
    const killed = once(sleeper, "exit");
    lab.keeper.kill("SIGKILL");
    lab = await openLab("forky");
    assert.deepEqual(await killed, [null, "SIGTERM"]);
    assert.equal(existsSync(join(lab.directory, "tmp/left-over")), false);
    const result = await lab.run(build());
    assert.equal(result.status, 0, result.stderr);
    assert.doesNotMatch(result.stderr, /no-such-setting/);
  });
});
