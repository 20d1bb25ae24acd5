/** `buildtop run` with real Nix and no terminal: the command stays itself, and what it builds is told. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { finished, type Lab, openLab, type Suite } from "../support/lab.ts";
import {
  buildtop,
  endToEndSkipReason,
  eventually,
  nixBuild,
  oldNixBuild,
  quick,
} from "../support/lab-buildtop.ts";

const run = [...buildtop, "run", "--"];

for (const [suite, version] of [
  ["forky", "2.34"],
  ["bookworm", "2.8"],
] as [Suite, string][]) {
  describe(`buildtop run with Nix ${version}`, { skip: endToEndSkipReason() }, () => {
    let lab: Lab;
    before(async () => {
      lab = await openLab(suite);
    });
    after(() => lab?.close());

    it("builds, prints on stdout exactly what nix build prints, and tells each build on stderr", async () => {
      const stamp = lab.stamp();
      const command = nixBuild("fail", "small", stamp, "--json", ...quick);
      const shown = await lab.run([...run, ...command]);
      const alone = await lab.run(command);
      assert.equal(shown.status, 0, shown.stderr);
      assert.equal(alone.status, 0, alone.stderr);
      assert.equal(shown.stdout, alone.stdout);
      for (const name of ["base", "side-1", "side-2", "side-3", "side-4", "quick", "small"]) {
        assert.match(shown.stderr, new RegExp(`\\b${name}\\b`));
      }
      assert.ok(!shown.stderr.includes("\u001b"), "no escape sequence without a terminal");
      assert.ok(!shown.stderr.includes("@nix"), "no raw record");
    });

    it("does the same for nix-build", async () => {
      const command = oldNixBuild("fail", "small", lab.stamp(), ...quick);
      const shown = await lab.run([...run, ...command]);
      const alone = await lab.run(command);
      assert.equal(shown.status, 0, shown.stderr);
      assert.match(shown.stdout, /^\/nix\/store\/.*-small\n$/);
      assert.equal(shown.stdout, alone.stdout);
      assert.match(shown.stderr, /small/);
    });

    it("takes `build` as short for `run -- nix build`", async () => {
      const [, , ...args] = nixBuild("fail", "small", lab.stamp(), ...quick);
      const { status, stderr } = await lab.run([...buildtop, "build", ...args]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /side-4/);
    });

    it("ends with Nix' own status 1 when a build fails, and says which one, where, why and what it last said", async () => {
      const command = nixBuild("fail", "above", lab.stamp(), ...quick);
      const { status, stdout, stderr } = await lab.run([...run, ...command]);
      assert.equal(status, 1, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /broken-0\.9/);
      assert.match(stderr, /exit code 2/);
      assert.match(stderr, /buildPhase/);
      assert.match(stderr, /src\/parse\.c:41:7: error: expected ';' before 'return'/);
      assert.match(stderr, /nix log \/nix\/store\/\w+-broken-0\.9\.drv/);
    });

    it("shows the hash that was promised and the one that came, ready to copy", async () => {
      const { status, stderr } = await lab.run([
        ...run,
        ...nixBuild("failures", "hash", lab.stamp(), ...quick),
      ]);
      assert.ok(status !== 0);
      assert.match(stderr, /sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=/);
      assert.match(stderr, /sha256-(?!AAAAAAAA)[\w+/]{43}=/);
    });

    it("passes an error of evaluation on in Nix' words, with its status", async () => {
      const command = ["nix", "eval", "--impure", "--expr", "let x = { a = 1; }; in x.b"];
      const shown = await lab.run([...run, ...command]);
      const alone = await lab.run(command);
      assert.equal(shown.status, alone.status);
      assert.match(shown.stderr, /attribute 'b' missing/);
    });

    it("hands stdin through to the command", async () => {
      const { status, stdout, stderr } = await lab.run([...run, "nix-instantiate", "--eval", "-"], {
        stdin: "19 + 23\n",
      });
      assert.equal(status, 0, stderr);
      assert.equal(stdout, "42\n");
    });

    it("ends with 130 after Ctrl-C, and with it ends the build", async () => {
      const command = nixBuild("failures", "slow", lab.stamp());
      const child = lab.start([...run, ...command], { stdio: ["ignore", "pipe", "pipe"], detached: true });
      const ended = finished(child, command);
      await told(child, /slow-1\.0/);
      await eventually("the builder runs", () => lab.builders().length > 0);
      process.kill(-child.pid!, "SIGINT");
      const { status, stderr } = await ended;
      assert.equal(status, 130, stderr);
      await eventually("the builder is gone", () => lab.builders().length === 0);
    });

    it("takes nothing along when it is killed with SIGKILL: the build goes on to its end", async () => {
      const stamp = lab.stamp();
      const child = lab.start([...run, ...nixBuild("fail", "small", stamp)], { stdio: "ignore" });
      await eventually("a builder runs", () => lab.builders().length > 0);
      child.kill("SIGKILL");
      const left = async () => (await lab.run(nixBuild("fail", "small", stamp, "--dry-run"))).stderr;
      assert.match(await left(), /will be built/);
      await eventually("everything is built", async () => (await left()) === "");
    });

    it("passes SIGTERM on and does not outlive its command", async () => {
      const command = nixBuild("failures", "slow", lab.stamp());
      const child = lab.start([...run, ...command], { stdio: ["ignore", "pipe", "pipe"] });
      const ended = finished(child, command);
      await told(child, /slow-1\.0/);
      child.kill("SIGTERM");
      const { status, signal } = await ended;
      assert.ok(signal === "SIGTERM" || (status ?? 0) > 0, `status ${status}, signal ${signal}`);
      await eventually("the builder is gone", () => lab.builders().length === 0);
    });
  });
}

describe("buildtop run with programs that only call Nix", { skip: endToEndSkipReason() }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab("forky");
  });
  after(() => lab?.close());

  it("leaves their output and status alone, tells what was built, and says what could not be seen", async () => {
    const build = nixBuild("fail", "small", lab.stamp(), "--print-out-paths", ...quick).join(" ");
    const script = `echo first; ${build}; echo aside >&2; exit 7`;
    const { status, stdout, stderr } = await lab.run([...run, "sh", "-c", script]);
    assert.equal(status, 7, stderr);
    assert.match(stdout, /^first\n\/nix\/store\/\w+-small\n$/);
    assert.match(stderr, /^aside$/m);
    assert.match(stderr, /7 (derivations )?(built|done)|built 7/i);
    assert.match(stderr, /nix-build/, "old commands write no log of their own");
  });

  it("keeps what NIX_CONFIG said before", async () => {
    const script = "nix config show max-jobs; nix config show json-log-path";
    const { stdout, stderr } = await lab.run([...run, "sh", "-c", script], {
      env: { NIX_CONFIG: "max-jobs = 3" },
    });
    assert.match(stdout, /^3\n\/.+\n$/, stderr);
  });

  it("ends with 127 for a command that does not exist and 126 for one that cannot be run", async () => {
    const missing = await lab.run([...run, "no-such-command"]);
    assert.equal(missing.status, 127);
    assert.equal(missing.stderr.trim().split("\n").length, 1, missing.stderr);
    assert.match(missing.stderr, /no-such-command/);
    const unfit = await lab.run([...run, "/etc/passwd"]);
    assert.equal(unfit.status, 126);
    assert.equal(unfit.stderr.trim().split("\n").length, 1, unfit.stderr);
  });

  it("reads the stream of a pipe", async () => {
    const build = nixBuild(
      "fail",
      "small",
      lab.stamp(),
      ...quick,
      "--log-format",
      "internal-json",
      "-v",
    ).join(" ");
    const { status, stdout, stderr } = await lab.run(["bash", "-c", `${build} |& ${buildtop.join(" ")}`]);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /side-4/);
    assert.ok(!stderr.includes("@nix"));
  });
});

/** Resolves when a process has printed that on stderr. */
async function told(child: ReturnType<Lab["start"]>, pattern: RegExp): Promise<void> {
  let text = "";
  while (!pattern.test(text)) {
    const [chunk] = (await once(child.stderr!, "data", { signal: AbortSignal.timeout(30_000) })) as [Buffer];
    text += chunk;
  }
}
