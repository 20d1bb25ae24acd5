import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { finished } from "../support/lab.ts";
import { type Mac, macSkipReason, readMacCase, readMacCases, startMac } from "../support/mac.ts";
import { faultsOf } from "./case-faults.ts";

const skip = macSkipReason();

test("each case is of one piece: jobs have their processes, ports their owners, truths their words", {
  skip,
}, () => {
  for (const [name, state] of readMacCases()) assert.deepEqual(faultsOf(state), [], name);
});

test("a case that contradicts itself is found out", { skip }, () => {
  const { processes, ...rest } = readMacCase("healthy-linux-builder");
  assert.deepEqual(faultsOf({ ...rest, processes: [] }).sort(), [
    "nobody holds port 31022",
    "org.nixos.linux-builder has no process",
    "org.nixos.nix-daemon has no process",
  ]);
  assert.ok(Array.isArray(processes));
});

describe("the stand-in Mac", { skip }, () => {
  let mac: Mac;
  afterEach(() => mac?.down());
  const job = "system/org.nixos.linux-builder";

  it("answers over ssh as a Mac does", async () => {
    mac = await startMac("healthy-linux-builder");
    const { stdout } = await mac.ssh(
      `sw_vers; launchctl print ${job} | head -5; sudo -n true 2>&1; stat -c %s / 2>&1; cat /proc/meminfo 2>&1`,
    );
    assert.match(stdout, /^ProductName:\t\tmacOS\nProductVersion:\t\t26\.2\n/);
    assert.match(
      stdout,
      /\n\tpath = \/Library\/LaunchDaemons\/org\.nixos\.linux-builder\.plist\n\ttype = LaunchDaemon\n\tstate = running\n/,
    );
    assert.match(stdout, /sudo: a password is required/);
    assert.match(stdout, /stat: illegal option -- c/);
    assert.match(stdout, /meminfo: No such file or directory/);
    assert.ok(mac.calls().some(({ command, uid }) => command.includes("sw_vers") && uid === 501));
    assert.ok((await mac.forks()).count > 4);
  });

  it("is known by its alias to an ssh that reads the home directory's config", async () => {
    mac = await startMac("healthy-linux-builder", { alias: "office" });
    const argv = ["-F", join(mac.home, ".ssh/config"), "-o", "BatchMode=yes", "office", "hostname"];
    const result = await finished(spawn("ssh", argv, { stdio: ["ignore", "pipe", "pipe"] }), argv);
    assert.equal(result.stdout, "forge.local\n", result.stderr);
  });

  it("starts a stopped builder: the job, its port and its guest follow", async () => {
    mac = await startMac({
      extends: "linux-builder-stopped",
      launchd: { "org.nixos.linux-builder": { onKickstart: { afterSeconds: 0 } } },
    });
    const before = await mac.ssh("sudo -n ssh linux-builder true");
    assert.match(before.stderr, /port 31022: Connection refused/);
    const start = await mac.ssh(
      "sudo -n launchctl bootstrap system /Library/LaunchDaemons/org.nixos.linux-builder.plist",
    );
    assert.equal(start.status, 0, start.stderr);
    const inside = await mac.ssh("sudo -n ssh linux-builder 'uname -s; nproc'");
    assert.equal(inside.stdout, "Linux\n4\n", inside.stderr);
  });

  it("wakes a builder that sleeps on demand when its port is touched, and says so", async () => {
    mac = await startMac("rosetta-builder-asleep");
    await mac.ssh("launchctl print system/org.nixos.rosetta-builderd >/dev/null; ps -axww >/dev/null");
    const woke = () => mac.calls().some(({ command }) => command === "woke org.nixos.rosetta-builderd");
    assert.equal(woke(), false);
    await mac.ssh("nc -z -w 2 127.0.0.1 31122");
    for (let tries = 0; tries < 100 && !woke(); tries++) await sleep(50);
    assert.ok(woke());
  });

  it("ends when the one who holds it is killed", async () => {
    const program = `import { startMac } from ${JSON.stringify(new URL("../support/mac.ts", import.meta.url).href)};
      const mac = await startMac("no-nix");
      console.log(mac.port);
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(holder.stdout, "data");
    const port = Number(line);
    assert.ok(await answers(port));
    holder.kill("SIGKILL");
    for (let tries = 0; tries < 100 && (await answers(port)); tries++) await sleep(50);
    assert.equal(await answers(port), false);
  });

  it("several are up at once, each in a state of its own, and all of one goes with it", async () => {
    mac = await startMac("no-nix");
    const other = await startMac("no-builder", { alias: "other", home: mac.home });
    const [first, second] = await Promise.all([mac.ssh("test -d /nix"), other.ssh("test -d /nix")]);
    await other.down();
    assert.deepEqual([first.status, second.status], [1, 0]);
    await mac.down();
    assert.equal(existsSync(mac.home), false);
  });
});

/** Whether somebody listens there. */
async function answers(port: number): Promise<boolean> {
  const child = spawn("bash", ["-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`], { stdio: "ignore" });
  return (await once(child, "exit"))[0] === 0;
}
