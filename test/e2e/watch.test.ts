/** `buildtop watch` with a real daemon: everything is seen, nothing is disturbed, nothing is left behind. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Lab, openLab, type RunOptions, type Who } from "../support/lab.ts";
import {
  buildtop,
  endToEndSkipReason,
  eventually,
  nixBuild,
  oldNixBuild,
  quick,
  snapshot,
} from "../support/lab-buildtop.ts";

const watch = (verb: string, ...options: string[]) => [...buildtop, "watch", verb, ...options];
const userLog = ".local/state/buildtop/nix-log.jsonl";
const systemLog = "/nix/var/buildtop/nix-log.jsonl";

interface Replayed {
  outcome: string;
  counts: Record<string, number>;
  otherLines: number;
  derivations: { name: string; state: string }[];
}

describe("buildtop watch for one user, whom the daemon does not trust", {
  skip: endToEndSkipReason(),
}, () => {
  let lab: Lab;
  let home: string;
  before(async () => {
    lab = await openLab("forky");
    home = join(lab.root, "home/guest");
  });
  after(() => lab?.close());
  const guest = (argv: readonly string[], options: RunOptions = {}) =>
    lab.run(argv, { who: "guest", ...options });

  it("is off at first", async () => {
    const { status, stdout } = await guest(watch("status"));
    assert.equal(status, 0);
    assert.match(stdout, /^yours: off/m);
  });

  it("even then shows that others build, by the log files that Nix makes, and says what it cannot tell", async () => {
    const build = lab.start(nixBuild("failures", "slow", lab.stamp()));
    try {
      await eventually("the builder runs", () => lab.builders().length > 0);
      const look = () => guest(["sh", "-c", `${buildtop.join(" ")} </dev/null`]);
      const seen = await eventually("buildtop sees it", async () => {
        const { stdout } = await look();
        return /slow-1\.0/.test(stdout) ? stdout : null;
      });
      assert.match(seen, /1 running/);
      assert.match(seen, /Watching is off: .* without phase and end/);
      build.kill("SIGINT");
      await eventually("the builder is gone", () => lab.builders().length === 0);
      assert.doesNotMatch(
        (await look()).stdout,
        /slow-1\.0/,
        "what was killed leaves an empty log, and is not believed",
      );
    } finally {
      build.kill("SIGKILL");
    }
  });

  it("keeps the settings that were there, and gives them back byte for byte", async () => {
    const directory = join(home, ".config/nix");
    await guest(["sh", "-c", "mkdir -p ~/.config/nix"]);
    writeFileSync(join(directory, "nix.conf"), "# mine, without a line end\nwarn-dirty = false");
    chmodSync(join(directory, "nix.conf"), 0o640);
    await lab.output(["chown", "guest:guest", "/home/guest/.config/nix/nix.conf"], { who: "root" });
    const untouched = snapshot(home);

    const on = await guest(watch("on"));
    assert.equal(on.status, 0, on.stderr);
    assert.equal(statSync(join(home, userLog)).mode & 0o777, 0o600);
    assert.equal((await guest(["nix", "config", "show", "warn-dirty"])).stdout, "false\n");
    assert.match((await guest(watch("status"))).stdout, /^yours: on/m);

    const off = await guest(watch("off"));
    assert.equal(off.status, 0, off.stderr);
    assert.deepEqual(snapshot(home), untouched);
    await guest(["sh", "-c", "rm -r ~/.config"]);
  });

  it("changes nothing that any Nix command prints, and leaves nothing where nothing was", async () => {
    const built = nixBuild("fail", "small", lab.stamp(), ...quick);
    const failing = nixBuild("fail", "above", lab.stamp(), ...quick);
    const commands = [
      built,
      failing,
      ["nix", "eval", "--impure", "--expr", "1 + 1"],
      ["nix", "eval", "--impure", "--expr", "{ }.missing"],
      ["nix", "store", "info"],
      ["nix", "--version"],
      ["nix-instantiate", "--eval", "-E", "2"],
      ["nix-store", "-q", "--hash", "/nix/store/no-such-path"],
    ];
    const printed = async () => {
      const results = [];
      for (const argv of commands) results.push({ argv, ...(await guest(argv)) });
      return results;
    };
    await printed(); // builds what can be built, so that the next ones print the same
    const untouched = snapshot(home);
    const without = await printed();
    assert.equal((await guest(watch("on"))).status, 0);
    assert.deepEqual(withoutTimes(await printed()), withoutTimes(without));
    assert.equal((await guest(watch("off"))).status, 0);
    assert.deepEqual(snapshot(home).filter(notNixOwn), untouched.filter(notNixOwn));
  });

  it("sees the builds of several commands that run at once, each derivation once", async () => {
    await guest(watch("on"));
    const stamps = [lab.stamp(), lab.stamp(), lab.stamp()];
    const results = await Promise.all(
      stamps.map((stamp) => guest(nixBuild("fail", "small", stamp, ...quick))),
    );
    for (const { status, stderr } of results) assert.equal(status, 0, stderr);
    const replayed = await replay(lab, "guest", `/home/guest/${userLog}`);
    assert.equal(replayed.counts.done, 3 * 7);
    assert.equal(replayed.counts.running, 0);
    assert.equal(replayed.otherLines, 0);
    assert.equal((await guest(watch("off"))).status, 0);
  });

  it("lets Nix work on when the log has gone or cannot be written to", async () => {
    await guest(watch("on"));
    await guest(["rm", `/home/guest/${userLog}`]);
    const gone = await guest(nixBuild("fail", "small", lab.stamp(), ...quick));
    assert.equal(gone.status, 0, gone.stderr);
    assert.doesNotMatch(gone.stderr, /error/);
    assert.equal((await guest(watch("off"))).status, 0);
    assert.equal(existsSync(join(home, ".local/state/buildtop")), false);
  });

  it("refuses the machine's settings to a user who is not root, and says what to write instead", async () => {
    const etc = snapshot(join(lab.root, "etc/nix"));
    const { status, stdout, stderr } = await guest(watch("on", "--system"));
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /^buildtop: .*sudo .*watch on --system.*\n$/);
    assert.deepEqual(snapshot(join(lab.root, "etc/nix")), etc);
  });

  it("refuses where somebody else has set a log already, and leaves it alone", async () => {
    await guest([
      "sh",
      "-c",
      "mkdir -p ~/.config/nix && echo json-log-path = /tmp/mine >~/.config/nix/nix.conf",
    ]);
    const untouched = snapshot(home);
    const { status, stderr } = await guest(watch("on"));
    assert.equal(status, 1);
    assert.match(stderr, /^buildtop: .*json-log-path.*\n$/);
    assert.deepEqual(snapshot(home), untouched);
    await guest(["sh", "-c", "rm -r ~/.config"]);
  });
});

describe("buildtop watch for the whole machine", { skip: endToEndSkipReason() }, () => {
  let lab: Lab;
  let settings: string;
  let untouched: string[];
  before(async () => {
    lab = await openLab("forky");
    settings = join(lab.root, "etc/nix");
    untouched = snapshot(settings);
    const on = await lab.run(watch("on", "--system"), { who: "root" });
    assert.equal(on.status, 0, on.stderr);
  });
  after(() => lab?.close());

  it("lets every user write to the log, and only root read it", async () => {
    assert.equal(statSync(join(lab.directory, "client/var/buildtop/nix-log.jsonl")).mode & 0o777, 0o622);
    assert.equal((await lab.run(["cat", systemLog], { who: "guest" })).status, 1);
  });

  it("sees the builds of two users, and neither notices", async () => {
    for (const who of ["client", "guest"] satisfies Who[]) {
      const { status, stderr } = await lab.run(nixBuild("fail", "small", lab.stamp(), ...quick), { who });
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /error|warning: .*log|cannot/i);
    }
    const replayed = await replay(lab, "root", systemLog);
    assert.equal(replayed.counts.done, 2 * 7);
    assert.equal(replayed.counts.running, 0);
  });

  it("sees old commands too once the daemon was restarted, and no derivation twice", async () => {
    await lab.restartDaemon();
    const before = await replay(lab, "root", systemLog);
    const old = oldNixBuild("fail", "small", lab.stamp(), ...quick);
    for (const argv of [old, nixBuild("fail", "small", lab.stamp(), ...quick)]) {
      const { status, stderr } = await lab.run(argv, { who: "guest" });
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /error|warning: .*log|cannot/i);
    }
    const replayed = await replay(lab, "root", systemLog);
    assert.equal(replayed.counts.done! - before.counts.done!, 2 * 7);
    assert.equal(replayed.counts.running, 0);
  });

  it("keeps the log while a daemon still writes to it, so that no command complains", async () => {
    const off = await lab.run(watch("off", "--system"), { who: "root" });
    assert.match(off.stdout, /restart/);
    assert.deepEqual(snapshot(settings), untouched);
    for (const argv of [["nix", "store", "info"], nixBuild("fail", "small", lab.stamp(), ...quick)]) {
      const { status, stderr } = await lab.run(argv, { who: "guest" });
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /error|warning: .*log|cannot/i);
    }
    await lab.restartDaemon();
  });

  it("goes away without a trace", async () => {
    const off = await lab.run(watch("off", "--system"), { who: "root" });
    assert.equal(off.status, 0, off.stderr);
    assert.deepEqual(snapshot(settings), untouched);
    assert.equal(existsSync(join(lab.directory, "client/var/buildtop")), false);
    const { status, stderr } = await lab.run(nixBuild("fail", "small", lab.stamp(), ...quick), {
      who: "guest",
    });
    assert.equal(status, 0, stderr);
    assert.equal(existsSync(join(lab.directory, "client/var/buildtop")), false);
  });
});

describe("buildtop watch where Nix cannot do it (2.8)", { skip: endToEndSkipReason() }, () => {
  let lab: Lab;
  let untouched: string[];
  before(async () => {
    lab = await openLab("bookworm");
  });
  after(() => lab?.close());
  beforeEach(() => {
    untouched = snapshot(join(lab.root, "home/guest"));
  });

  it("says so with the version that could, and touches nothing", async () => {
    const { status, stdout, stderr } = await lab.run(watch("on"), { who: "guest" });
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^buildtop: .*2\.8.*2\.30.*\n$/);
    assert.deepEqual(snapshot(join(lab.root, "home/guest")), untouched);
  });

  it("has nothing to switch off", async () => {
    assert.equal((await lab.run(watch("off"), { who: "guest" })).status, 0);
    assert.deepEqual(snapshot(join(lab.root, "home/guest")), untouched);
  });
});

/** What the log says happened, as anybody who may read it can find out. */
async function replay(lab: Lab, who: Who, path: string): Promise<Replayed> {
  const { stdout, stderr } = await lab.run([...buildtop, "replay", "--json", path], { who });
  assert.ok(stdout, stderr);
  return JSON.parse(stdout) as Replayed;
}

/** Nix keeps caches of its own in the home. */
const notNixOwn = (line: string) => !/^\.(cache|local\/share\/nix|local\/state\/nix|nix-)/.test(line);

function withoutTimes<T extends { stderr: string }>(results: T[]): T[] {
  return results.map((result) => ({
    ...result,
    stderr: result.stderr.replace(/began [\d.]+ ended [\d.]+/g, ""),
  }));
}
