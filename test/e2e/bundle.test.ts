/** What is published is dist/ alone: it needs nothing beside it but Node. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../..", import.meta.url));
const skip = !existsSync(join(project, "dist/buildtop.js")) && "dist/ is not built; run: npm run build";

describe("the bundle, away from the checkout", { skip }, () => {
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), "buildtop-bundle-"));
    cpSync(join(project, "dist"), join(home, "dist"), { recursive: true });
  });
  after(() => rmSync(home, { recursive: true }));

  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(home, "dist/buildtop.js"), ...args], {
      encoding: "utf8",
      cwd: home,
      env: { PATH: "/nowhere", HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    });

  it("tells its version", () => {
    const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    assert.equal(run("--version").stdout, `${version}\n`);
  });

  const hasNix = existsSync("/nix") && "this machine has Nix";
  it("opens the demonstration where there is no Nix, and says so", { skip: hasNix }, () => {
    const { status, stdout, stderr } = run();
    assert.equal(status, 0, stderr);
    assert.match(stdout + stderr, /no Nix/);
    assert.match(stdout, /demonstration/);
  });

  it("shows the demonstration as text where there is no terminal, and ends 0", () => {
    const { status, stdout, stderr } = run("--demo");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /demonstration/);
    assert.ok(!stdout.includes("\u001b"));
  });

  it("replays a recording", () => {
    const log = join(project, "test/fixtures/nix-log/2.34.8/fail-keep-going.log");
    const { status, stdout, stderr } = run("replay", "--json", log);
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout).counts, {
      running: 0,
      done: 10,
      failed: 1,
      cancelled: 0,
      planned: 5,
    });
  });

  it("carries the licences of what is inside", () => {
    const licences = readFileSync(join(home, "dist/LICENSES.txt"), "utf8");
    for (const name of ["ink", "react", "commander"]) assert.match(licences, new RegExp(`^${name} \\d`, "m"));
  });
});
