/** Whoever writes a file of root's may be ended at any moment, and so may the connection. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hashOf, putCommand, putFile } from "../../../src/adapters/config/root-writer.ts";
import { hostFor } from "../../../src/adapters/hosts/choose-host.ts";
import { run } from "../../../src/adapters/hosts/run.ts";
import { eventually } from "../../support/lab-buildtop.ts";
import { terminalSkipReason } from "../../support/lab-terminal.ts";
import { assertWhole, contents } from "../../support/put-contents.ts";
import {
  filesHere,
  makePerson,
  type Person,
  type RootFiles,
  withoutRoot,
  withoutSudo,
} from "../../support/root-files.ts";
import { tcpServer } from "../../support/ssh-faults.ts";
import { freePort, startSshd, withoutSshd } from "../../support/sshd.ts";
import { Terminal } from "../../support/terminal.ts";

const never = new AbortController().signal;
const linuxRoot = withoutRoot || (process.platform === "linux" ? false : "needs Linux");
const program = resolve(import.meta.dirname, "../../support/put-loop.ts");
const [old, next] = contents;
/** For each way to be ended. */
const rounds = 4;

for (const { way, bySudo, skip } of [
  { way: "as root", bySudo: false, skip: linuxRoot },
  { way: "by a real sudo", bySudo: true, skip: withoutSudo },
]) {
  describe(`a program that saves ${way}`, { skip, concurrency: false }, () => {
    let files: RootFiles;
    let person: Person | null = null;
    beforeEach(async () => {
      files = await filesHere();
      person = bySudo ? makePerson() : null;
      writeFileSync(join(files.directory, "config.json"), old);
    });
    afterEach(async () => {
      person?.remove();
      await files.end();
    });
    const words = () => ["--import", "tsx", program, files.directory, person?.name ?? "-"];

    /** No program of ours runs any more; what root still had to do is done. */
    const settled = async () => {
      await eventually("the end of every writer", () => writers(files.directory).length === 0);
      // Only a writer that was itself killed leaves its temporary files, until the next save.
      assertWhole(files.directory, contents, !bySudo);
      clearTemporary(files.directory);
      writeFileSync(join(files.directory, "config.json"), old);
    };

    for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const)
      it(`and is ended by ${signal} leaves the old or the new content`, async () => {
        for (let round = 0; round < rounds; round++) {
          const child = spawn(process.execPath, words(), { stdio: ["ignore", "pipe", "inherit"] });
          await once(child.stdout, "data");
          await sleep(Math.random() * 400);
          child.kill(signal);
          await once(child, "exit");
          await settled();
        }
      });

    it("and whose terminal is closed leaves the old or the new content", {
      skip: terminalSkipReason(),
    }, async () => {
      for (let round = 0; round < rounds; round++) {
        const terminal = Terminal.open([process.execPath, ...words()], { PATH: process.env.PATH ?? "" });
        await terminal.shows(/begun/);
        await sleep(Math.random() * 400);
        terminal.close();
        await eventually("its end", () => running(program, files.directory).length === 0);
        await settled();
      }
    });
  });
}

describe("a connection that is cut while a file is written", { skip: linuxRoot || withoutSshd }, () => {
  it("leaves the old content and nothing beside it, and is told as what nobody knows", async (context) => {
    const port = await freePort();
    let room = Number.POSITIVE_INFINITY;
    const proxy = await tcpServer((socket) => {
      const inner = connect(port, "127.0.0.1");
      inner.on("error", () => {});
      const cut = () => {
        socket.destroy();
        inner.destroy();
      };
      socket.on("data", (bytes) => {
        room -= bytes.length;
        if (room < 0) cut();
        else inner.write(bytes);
      });
      inner.on("data", (bytes) => socket.write(bytes));
      socket.on("close", cut);
      inner.on("close", cut);
    });
    context.after(() => proxy.stop());
    const sshd = await startSshd({ port, client: [`Port ${proxy.port}`, "HostKeyAlias the-server"] });
    context.after(() => sshd.stop());
    const known = readFileSync(sshd.knownHosts, "utf8");
    writeFileSync(sshd.knownHosts, known.replace(/^\S+/, "the-server"));
    const host = await hostFor("stand-in", {
      configFile: sshd.config,
      ownKnownHosts: join(sshd.directory, "own"),
    });
    context.after(() => host.close());
    const { directory, end } = await filesHere();
    context.after(end);
    const path = join(directory, "config.json");
    writeFileSync(path, old);
    assert.equal((await run(host, ["true"], { deadlineMs: 20_000 })).code, 0);

    const request = {
      path,
      content: next,
      oldHash: hashOf(old),
      sudo: false,
      allows: () => true,
    };
    for (const bytes of [150_000, 250_000]) {
      room = bytes;
      const result = await putFile(host, request, never);
      assert.deepEqual(result, { kind: "unknown", why: "the connection was lost" });
      await eventually("the end of the writer over there", () => writers(directory).length === 0);
      assertWhole(directory, [old], false);
      room = Number.POSITIVE_INFINITY;
    }
    assert.deepEqual(await putFile(host, request, never), { kind: "written" });
    assertWhole(directory, [old, next], false);
    assert.ok(putCommand(request).includes(path));
  });
});

function writers(directory: string): number[] {
  return running("bt-put", directory);
}

function running(program: string, directory: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, "utf8");
      return line.includes(program) && line.includes(directory) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function clearTemporary(directory: string): void {
  for (const name of readdirSync(directory))
    if (name.startsWith(".config.json.bt.")) rmSync(join(directory, name));
}
