/** What every way to a machine promises. Whatever is written against `Host` relies on this and on nothing else. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { type Host, HostError } from "../../../src/adapters/hosts/host.ts";
import { readFile, run } from "../../../src/adapters/hosts/run.ts";
import { openCollector } from "../../../src/adapters/hosts/shell-collector.ts";

export interface MadeHost {
  readonly host: Host;
  /** Ends what was started for it. */
  end(): Promise<void>;
}

const deadlineMs = 20_000;
const hardWords = [
  "",
  " ",
  "it's",
  '"',
  "$HOME",
  "`id`",
  "!!",
  "\\n\\\\",
  "two\nlines\n",
  "*",
  "~",
  "=ls",
  "%1",
  "世",
];

/** The suite for one kind of host. `skip`: why it cannot be run here. */
export function hostContract(
  name: string,
  makeHost: () => Promise<MadeHost>,
  skip: string | false = false,
): void {
  describe(`a machine by ${name}`, { skip }, () => {
    let made: MadeHost;
    let host: Host;
    before(async () => {
      made = await makeHost();
      host = made.host;
    });
    after(async () => {
      await host?.close();
      await made?.end();
    });
    const sh = (script: string, ...words: string[]) => ["/bin/sh", "-c", script, "sh", ...words];

    it("runs a command and tells what it printed, where, and its exit status", async () => {
      const done = await run(host, sh("echo out; echo err >&2; exit 7"), { deadlineMs });
      assert.deepEqual(done, { stdout: "out\n", stderr: "err\n", code: 7, signal: null, timedOut: false });
    });

    it("passes words exactly", async () => {
      const { stdout } = await run(host, sh("for word do printf '[%s]' \"$word\"; done", ...hardWords), {
        deadlineMs,
      });
      assert.equal(stdout, hardWords.map((word) => `[${word}]`).join(""));
    });

    it("passes bytes exactly, in both directions", async () => {
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7 + (at >> 8)) % 256));
      const channel = await host.open(["cat"]);
      channel.stdin.end(bytes);
      const read: Buffer[] = [];
      channel.stdout.on("data", (chunk: Buffer) => read.push(chunk));
      channel.stderr.resume();
      assert.deepEqual(await channel.exited, { code: 0, signal: null });
      assert.ok(Buffer.concat(read).equals(bytes));
    });

    it("hands over all the output to a reader that begins late and is slow", async () => {
      const channel = await host.open(sh("head -c 6000000 /dev/zero"));
      channel.stdin.end();
      channel.stderr.resume();
      await new Promise((resolve) => setTimeout(resolve, 700));
      let bytes = 0;
      for await (const chunk of channel.stdout) {
        bytes += (chunk as Buffer).length;
        if (bytes < 400_000) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.equal(bytes, 6_000_000);
      assert.equal((await channel.exited).code, 0);
    });

    it("does not call it a success when a command is ended by a signal", async () => {
      const exit = await run(host, sh("kill -s KILL $$"), { deadlineMs });
      // The ssh program tells of no signal: there nobody knows how it ended.
      const unknown = host.transport === "openssh" && exit.code === null;
      assert.ok(exit.signal === "SIGKILL" || (exit.code ?? 0) > 127 || unknown, JSON.stringify(exit));
    });

    it("says 127 where there is no such program", async () => {
      assert.equal((await run(host, ["buildtop-no-such-program"], { deadlineMs })).code, 127);
    });

    it("speaks C", async () => {
      assert.equal((await run(host, sh('echo "$LC_ALL"'), { deadlineMs })).stdout, "C\n");
    });

    it("gives no terminal that a program could ask a password on", async () => {
      const { stdout } = await run(host, sh("(: </dev/tty) 2>/dev/null && echo terminal || echo none"), {
        deadlineMs,
      });
      assert.equal(stdout, "none\n");
    });

    it("gives a terminal of the asked size; on this machine the person's own is used", async () => {
      const opening = host.open(sh("stty size; exec cat"), { terminal: { columns: 77, rows: 22 } });
      if (host.transport === "local") return assert.rejects(opening, HostError);
      const channel = await opening;
      channel.stderr.resume();
      let said = "";
      channel.stdout.on("data", (bytes: Buffer) => {
        said += bytes;
      });
      while (!said.includes("\n")) await once(channel.stdout, "data");
      channel.kill();
      assert.equal(said, "22 77\r\n");
    });

    it("closes the input of a command that is given none", async () => {
      assert.equal((await run(host, ["cat"], { deadlineMs })).code, 0);
    });

    it("ends a command at its deadline and hands over what it said until then", async () => {
      const done = await run(host, sh("echo begun; exec sleep 600"), { deadlineMs: 4000 });
      assert.equal(done.timedOut, true);
      assert.equal(done.stdout, "begun\n");
    });

    it("ends a command that reads its input when it is killed", async () => {
      const channel = await host.open(sh("echo $$; cat >/dev/null"));
      channel.stderr.resume();
      const [said] = (await once(channel.stdout, "data")) as [Buffer];
      channel.kill();
      channel.kill();
      await channel.exited;
      // Gone over there, or about to be.
      const pid = said.toString().trim();
      const gone =
        "for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 $1 2>/dev/null || exit 0; sleep 0.3; done; exit 1";
      assert.equal((await run(host, sh(gone, pid), { deadlineMs })).code, 0);
    });

    it("cuts what it keeps of too much output and lets the command finish", async () => {
      const done = await run(host, sh("head -c 100000 /dev/zero; exit 3"), { deadlineMs, maxBytes: 1000 });
      assert.equal(done.stdout.length, 1000);
      assert.equal(done.code, 3);
    });

    it("runs more commands at once than a server allows on one connection", async () => {
      const all = Array.from({ length: 14 }, (_, at) =>
        run(host, sh('sleep 0.2; echo "$1"', String(at)), { deadlineMs: 60_000 }),
      );
      const said = (await Promise.all(all)).map(({ stdout }) => stdout.trim());
      assert.deepEqual(
        said,
        said.map((_, at) => String(at)),
      );
    });

    it("reads a file, its beginning, and knows that there is none", async () => {
      await run(host, sh("printf 'a\\nb\\n' >/tmp/buildtop-contract-$1", String(process.pid)), {
        deadlineMs,
      });
      const path = `/tmp/buildtop-contract-${process.pid}`;
      assert.equal(await readFile(host, path, { deadlineMs }), "a\nb\n");
      assert.equal(await readFile(host, path, { deadlineMs, maxBytes: 1 }), "a");
      await run(host, ["rm", "-f", path], { deadlineMs });
      assert.equal(await readFile(host, path, { deadlineMs }), null);
    });

    it("can be asked again and again through one shell", async () => {
      const collector = openCollector(host);
      for (const request of ["file /dev/null", "directory /"]) {
        const { system, sections } = await collector.sample(["now", request]);
        assert.match(system, /^(?:Linux|Darwin)$/);
        assert.match(sections.get("now")?.text ?? "", /^\d{10}\n$/);
        assert.equal(sections.get(request)?.code, 0);
      }
      collector.close();
    });

    it("ends all that runs when it is closed, and comes back when it is asked", async () => {
      const channel = await host.open(["cat"]);
      channel.stdout.resume();
      channel.stderr.resume();
      await host.close();
      await channel.exited;
      assert.equal((await run(host, ["true"], { deadlineMs })).code, 0);
    });
  });
}
