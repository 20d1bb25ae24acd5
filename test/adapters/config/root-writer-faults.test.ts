/** What goes wrong while a file of root's is written: it stays the old one or becomes the new one, and no third. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hashOf, type PutRequest, putCommand, putFile } from "../../../src/adapters/config/root-writer.ts";
import type { Channel } from "../../../src/adapters/hosts/host.ts";
import { parsePutResult } from "../../../src/model/settings/put-result.ts";
import { eventually } from "../../support/lab-buildtop.ts";
import { assertWhole, contents } from "../../support/put-contents.ts";
import {
  filesBySudo,
  filesHere,
  type RootFiles,
  withoutRoot,
  withoutSudo,
} from "../../support/root-files.ts";

const never = new AbortController().signal;
const linuxRoot = withoutRoot || (process.platform === "linux" ? false : "needs Linux");
const [old, next] = contents;
/** How often the file is swapped for a link; a minute for 1,000. */
const swaps = Number(process.env.BUILDTOP_SWAPS ?? "200");

function request(files: Pick<RootFiles, "directory" | "sudo">, content: Buffer = next): PutRequest {
  const { directory, sudo } = files;
  const path = join(directory, "config.json");
  return { path, content, oldHash: hashOf(old), sudo, allows: (each) => each.startsWith(directory) };
}

/** Processes that have these words in their command line. */
function processesOf(words: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      return line.includes(words) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

for (const { way, start, skip } of [
  { way: "as root", start: filesHere, skip: linuxRoot },
  { way: "by a real sudo", start: filesBySudo, skip: withoutSudo },
]) {
  describe(`a file that is written ${way}`, { skip, concurrency: false }, () => {
    let files: RootFiles;
    beforeEach(async () => {
      files = await start();
      writeFileSync(join(files.directory, "config.json"), old);
    });
    afterEach(() => files.end());

    it("keeps its owner, group, mode and attributes, and so does its backup", async (context) => {
      const { directory } = files;
      const path = join(directory, "config.json");
      execFileSync("chown", ["0:12", path]);
      execFileSync("chmod", ["640", path]);
      const python = (script: string, ...words: string[]) =>
        spawnSync("python3", ["-c", `import os, sys; ${script}`, ...words], { encoding: "utf8" });
      const set = python("os.setxattr(sys.argv[1], 'user.note', b'mine')", path);
      if (set.status !== 0) return context.skip(`no attributes can be set here: ${set.stderr}`);
      assert.deepEqual(await putFile(files.host, request(files), never), { kind: "written" });
      for (const name of [path, `${path}.buildtop-bak`]) {
        const { uid, gid, mode } = statSync(name);
        assert.deepEqual([uid, gid, mode & 0o7777], [0, 12, 0o640]);
        assert.equal(python("print(os.getxattr(sys.argv[1], 'user.note').decode())", name).stdout, "mine\n");
      }
    });

    it("stays as it is where the disk is full", async () => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=755", "none", files.directory]);
      try {
        const small = Buffer.from("old\n");
        writeFileSync(join(files.directory, "config.json"), small);
        const full = { ...request(files), oldHash: hashOf(small) };
        assert.deepEqual(await putFile(files.host, full, never), { kind: "no-space" });
        assertWhole(files.directory, [small], false);
      } finally {
        execFileSync("umount", [files.directory]);
      }
    });

    it("stays as it is where the backup has no room", async () => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=755", "none", files.directory]);
      try {
        const most = Buffer.alloc(40_000, "o");
        writeFileSync(join(files.directory, "config.json"), most);
        const full = { ...request(files, Buffer.from("new\n")), oldHash: hashOf(most) };
        const filler = join(files.directory, "filler");
        writeFileSync(filler, Buffer.alloc(20_000));
        assert.deepEqual(await putFile(files.host, full, never), { kind: "no-space" });
        rmSync(filler);
        assertWhole(files.directory, [most], false);
      } finally {
        execFileSync("umount", [files.directory]);
      }
    });

    it("stays as it is where the file system is read-only", async () => {
      const { directory } = files;
      execFileSync("mount", ["--bind", directory, directory]);
      try {
        execFileSync("mount", ["-o", "remount,bind,ro", directory]);
        assert.deepEqual(await putFile(files.host, request(files), never), { kind: "read-only" });
      } finally {
        execFileSync("umount", [directory]);
      }
      assertWhole(directory, [old], false);
    });

    it("stays as it is where it is immutable, or its directory", async (context) => {
      const { directory } = files;
      const path = join(directory, "config.json");
      const can = spawnSync("chattr", ["+i", path], { encoding: "utf8" });
      if (can.status !== 0) return context.skip(`this file system has no chattr +i: ${can.stderr}`);
      const file = await putFile(files.host, request(files), never);
      execFileSync("chattr", ["-i", path]);
      assertWhole(directory, [old], false);
      assert.equal(readdirSync(directory).length, 1, "no backup of what was not changed");
      execFileSync("chattr", ["+i", directory]);
      const whole = await putFile(files.host, request(files), never);
      execFileSync("chattr", ["-i", directory]);
      assertWhole(directory, [old], false);
      assert.deepEqual([file, whole], [{ kind: "immutable" }, { kind: "immutable" }]);
    });

    for (const signal of ["TERM", "INT", "HUP", "KILL"] as const)
      it(`stays as it is when its program gets SIG${signal} in the middle`, async () => {
        const { directory, host } = files;
        const channel = await host.open(putCommand(request(files)));
        const said = textOf(channel);
        channel.stdin.write(next.subarray(0, 100_000));
        const temporary = () => readdirSync(directory).filter((name) => name.startsWith(".config.json.bt."));
        const half = () => temporary().some((name) => readFileSync(join(directory, name)).length === 100_000);
        await eventually("half of it is there", half);
        // Not sudo itself: a person cannot signal what became root.
        const shells = processesOf(`bt-put ${join(directory, "config.json")}`).filter(
          (pid) => !/sudo/.test(readFileSync(`/proc/${pid}/comm`, "utf8")),
        );
        assert.ok(shells.length > 0);
        for (const pid of shells) process.kill(pid, `SIG${signal}`);
        channel.stdin.end();
        await channel.exited;
        assertWhole(directory, [old], signal === "KILL");
        if (signal !== "KILL") assert.equal(parsePutResult(await said, "bt-put")?.kind, "refused");
      });

    it("and edited by somebody else at the same time is theirs or ours", async () => {
      const { directory } = files;
      const path = join(directory, "config.json");
      const theirs = Buffer.from("theirs\n");
      const seen = new Set<string>();
      for (let round = 0; round < 40; round++) {
        writeFileSync(path, old);
        const putting = putFile(files.host, request(files), never);
        await sleep(round);
        const edited = join(directory, "theirs");
        writeFileSync(edited, theirs);
        execFileSync("mv", ["-T", edited, path]);
        const { kind } = await putting;
        seen.add(kind);
        assert.ok(kind === "written" || kind === "changed", kind);
        assertWhole(directory, [old, next, theirs], false);
        const now = readFileSync(path);
        if (kind === "changed") assert.ok(now.equals(theirs));
      }
      assert.ok(seen.has("changed"), "it was edited before the end at least once");
    });

    it(`and swapped for links ${swaps} times never leads us astray`, {
      timeout: 600_000,
    }, async (context) => {
      const { directory } = files;
      const elsewhere = mkdtempSync(join(tmpdir(), "buildtop-elsewhere-"));
      const victim = join(elsewhere, "victim");
      mkdirSync(join(elsewhere, "directory"));
      // The same content: the hash alone would not tell the link from the file.
      writeFileSync(victim, old);
      const swapper = spawn(process.execPath, ["-e", swap, directory, elsewhere], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        await once(swapper.stdout, "data");
        const seen = new Map<string, number>();
        for (let round = 0; round < swaps; round++) {
          const result = await putFile(files.host, request(files), never);
          const { kind } = result;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
          assert.ok(["written", "changed", "symlink", "not-regular"].includes(kind), JSON.stringify(result));
        }
        swapper.kill("SIGKILL");
        await once(swapper, "exit");
        assert.ok(readFileSync(victim).equals(old), "what the link led to was changed");
        assert.deepEqual(readdirSync(join(elsewhere, "directory")), []);
        assert.deepEqual(readdirSync(elsewhere).sort(), ["directory", "victim"]);
        const left = readdirSync(directory).filter((name) => !/^(?:config\.json|swap\.\d)/.test(name));
        assert.deepEqual(left, [], "temporary files were left behind");
        assert.ok(!isLink(join(directory, "config.json.buildtop-bak")), "the backup became a link");
        context.diagnostic(JSON.stringify(Object.fromEntries(seen)));
      } finally {
        swapper.kill("SIGKILL");
        rmSync(elsewhere, { recursive: true, force: true });
      }
    });
  });
}

/** Puts the file, a link to one with the same content, a link to a directory and one to nothing in its place, in turns. */
const swap = `
const fs = require("fs"), [directory, elsewhere] = process.argv.slice(1);
const path = directory + "/config.json", old = fs.readFileSync(elsewhere + "/victim");
process.stdout.write("begun");
for (let at = 0; ; at++) {
  const name = directory + "/swap." + (at % 10);
  const target = ["victim", "directory", "nothing"][(at >> 1) % 3];
  try {
    if (at % 2) fs.symlinkSync(elsewhere + "/" + target, name); else fs.writeFileSync(name, old);
    fs.renameSync(name, path);
  } catch (error) {
    if (error.code !== "EISDIR" && error.code !== "ENOENT") throw error;
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, (at * 7) % 23);
}
`;

function isLink(path: string): boolean {
  try {
    readlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

async function textOf({ stdout, stderr }: Channel): Promise<string> {
  stderr.resume();
  let text = "";
  for await (const chunk of stdout) text += chunk;
  return text;
}
