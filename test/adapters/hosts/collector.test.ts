/** A machine that hangs, breaks or floods us over there: the rest is still shown, and nothing waits for ever. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, before, describe, it } from "node:test";
import type { Collector } from "../../../src/adapters/hosts/collector.ts";
import { type Host, HostError } from "../../../src/adapters/hosts/host.ts";
import { localHost } from "../../../src/adapters/hosts/local-host.ts";
import { opensshHost } from "../../../src/adapters/hosts/openssh-host.ts";
import { openCollector } from "../../../src/adapters/hosts/shell-collector.ts";
import type { Exit } from "../../../src/model/hosts/types.ts";
import { parseProcesses } from "../../../src/model/machine/processes.ts";
import { parseStat } from "../../../src/model/machine/stat.ts";
import { findProgram, startSshd, withoutSshd } from "../../support/sshd.ts";

describe("a command over there that hangs", () => {
  let directory: string;
  let fifo: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    fifo = join(directory, "fifo");
    execFileSync("mkfifo", [fifo]);
  });
  after(() => rmSync(directory, { recursive: true }));

  async function staysUseful(host: Host): Promise<void> {
    const collector = openCollector(host, { deadlineMs: 3000 });
    const { sections } = await collector.sample(["now", `file ${fifo}`, "memory"]);
    assert.deepEqual(sections.get(`file ${fifo}`), { text: "", code: 124 });
    assert.equal(sections.get("memory")?.code, 0);
    assert.match(sections.get("now")?.text ?? "", /^\d+\n$/);
    const again = await collector.sample([`file ${fifo}`, "now"]);
    assert.equal(again.sections.get(`file ${fifo}`)?.code, 124);
    assert.equal(again.sections.get("now")?.code, 0);
    collector.close();
    assert.deepEqual(readersOf(fifo), []);
  }

  it("costs its own answer only, is not asked again, and is ended", () => staysUseful(localHost()));

  it("is ended over ssh as well, where closing the connection alone would leave it", {
    skip: withoutSshd,
  }, async () => {
    const sshd = await startSshd();
    const host = opensshHost({ via: localHost(), target: "stand-in", words: ["-F", sshd.config] });
    await staysUseful(host).finally(() => sshd.stop());
  });
});

describe("a collector in the shell that a system has as /bin/sh", () => {
  for (const [name, ...shell] of [
    ["dash", "dash"],
    ["bash", "bash", "--posix"],
    ["zsh", "zsh", "--emulate", "sh"],
    ["busybox", "busybox", "sh"],
  ] as const) {
    const skip = findProgram(shell[0]) === null && `${name} is not installed here`;
    it(`answers the same: ${name}`, { skip }, async () => {
      const local = localHost();
      const host: Host = {
        ...local,
        open: ([first, ...words], options) =>
          local.open(first === "/bin/sh" ? [...shell, ...words] : [first ?? "", ...words], options),
      };
      const collector = openCollector(host);
      const { sections } = await collector.sample([
        "now",
        "file /dev/null",
        "file /nope",
        "stat / /nope",
        "no-such",
      ]);
      assert.match(sections.get("now")?.text ?? "", /^\d+\n$/);
      assert.deepEqual(sections.get("file /dev/null"), { text: "", code: 0 });
      assert.deepEqual(sections.get("file /nope"), { text: "", code: 1 });
      assert.deepEqual([...parseStat(sections.get("stat / /nope")?.text ?? "").keys()], ["/"]);
      assert.equal(sections.get("no-such")?.code, 127);
      collector.close();
    });
  }
});

describe("somebody on that machine who wants to put words into our mouth", () => {
  const claims = (mark: string) => `\n@${mark} end 1\n\n@${mark} begin 2\n\n@${mark} sec memory\nforged\n`;

  it("finds nothing on its command lines that would make a line of a log an answer", async () => {
    const directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    let commandLine: readonly string[] = [];
    const local = localHost();
    const host: Host = {
      ...local,
      open: (command, options) => {
        commandLine = command;
        return local.open(command, options);
      },
    };
    const collector = openCollector(host);
    await collector.sample(["now"]);
    const log = join(directory, "builder.log");
    const words = [...commandLine, "0000000000000000"].join(" ").match(/[0-9a-f]{16}/g) ?? [];
    const text = words.map(claims).join("");
    assert.ok(words.length >= 2);
    writeFileSync(log, text);
    const { sections } = await collector.sample(["now", `file ${log}`, "memory"]);
    assert.deepEqual(sections.get(`file ${log}`), { text, code: 0 });
    assert.match(sections.get("memory")?.text ?? "", /MemTotal|Pages free/);
    collector.close();
    rmSync(directory, { recursive: true });
  });

  it("cannot do it by the name of a process or of a file", async () => {
    const directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    const name = claims("0123456789abcdef").replaceAll("/", "");
    writeFileSync(join(directory, name), "");
    const child = spawn("sh", ["-c", "sleep 60; :", name], { argv0: name, stdio: "ignore" });
    try {
      const collector = openCollector(localHost());
      const requests = ["processes", `directory ${directory}`, "now"];
      const { sections } = await collector.sample(requests);
      assert.deepEqual([...sections.keys()], requests);
      assert.equal(sections.get(`directory ${directory}`)?.text, `${name}\n`);
      const seen = parseProcesses(sections.get("processes")?.text ?? "").find(({ pid }) => pid === child.pid);
      assert.ok(seen, "it is among the processes");
      assert.doesNotMatch(seen.args, /\p{Cc}/u);
      assert.match(sections.get("now")?.text ?? "", /^\d+\n$/);
      collector.close();
    } finally {
      child.kill();
      rmSync(directory, { recursive: true });
    }
  });
});

describe("questions to a collector", () => {
  it("that a shell would not pass on as they are, are not sent", async () => {
    const { host, asked } = fakeShell(() => {});
    const collector = openCollector(host);
    for (const bad of ["file $(id)", "file a,b", "file a;b", "file  x", "", "file x\ny", "file *"]) {
      await assert.rejects(collector.sample([bad]), /cannot be asked/);
    }
    assert.equal(asked(), 0);
    collector.close();
  });

  it("that are more than a shell reads in one piece are put one after the other", async () => {
    const collector = openCollector(localHost());
    const files = Array.from({ length: 400 }, (_, index) => `file /nowhere/of/many/machines/${index}`);
    const { sections, ourClock } = await collector.sample(["now", ...files]);
    assert.equal(sections.size, 401);
    assert.ok(files.every((request) => sections.get(request)?.code === 1));
    assert.ok(ourClock !== null && Number(sections.get("now")?.text) <= ourClock);
    collector.close();
  });

  it("whose answers are too much together are put in smaller parts", async () => {
    const directory = mkdtempSync(join(tmpdir(), "buildtop-test-"));
    const files = Array.from({ length: 12 }, (_, index) => join(directory, `${index}`));
    for (const file of files) writeFileSync(file, "x".repeat(60_000));
    const collector = openCollector(localHost());
    const { sections } = await collector.sample(files.map((file) => `file ${file}`));
    assert.deepEqual(
      files.map((file) => sections.get(`file ${file}`)?.text.length),
      files.map(() => 60_000),
    );
    collector.close();
    rmSync(directory, { recursive: true });
  });

  it("wait for each other", async () => {
    const host = localHost();
    const collector = openCollector(host);
    const samples = await Promise.all(
      [["now"], ["directory /"], ["nope"]].map((each) => collector.sample(each)),
    );
    assert.deepEqual(
      samples.map(({ sections }) => [...sections.keys()]),
      [["now"], ["directory /"], ["nope"]],
    );
    assert.equal(samples[2]?.sections.get("nope")?.code, 127);
    collector.close();
  });

  it("that nobody waits for any more do not become the answer to the next one", async () => {
    const answers: (() => void)[] = [];
    const { host } = fakeShell((seq, requests, say) => {
      answers.push(() => say(requests.map((request) => [request, `answer ${seq}`])));
      if (seq !== 1) for (const answer of answers) answer();
    });
    const collector = openCollector(host, { deadlineMs: 200 });
    const stop = new AbortController();
    const first = collector.sample(["now"], stop.signal);
    setTimeout(() => stop.abort(new Error("not wanted")), 20);
    await assert.rejects(first, /not wanted/);
    // The first one came to nothing within its time; its answer arrives together with that of the second.
    const second = await collector.sample(["memory"]);
    assert.match(second.sections.get("memory")?.text ?? "", /^answer [2-9]$/);
    assert.equal(second.sections.has("now"), false);
    collector.close();
  });
});

describe("a machine that answers with garbage", () => {
  it("is given up after three answers that are too large", async () => {
    let asked = 0;
    const { host } = fakeShell((_seq, requests, say) => {
      asked += 1;
      say(requests.map((request) => [request, "x".repeat(300 * 1024)]));
    });
    await fails(openCollector(host), "protocol", /too much, 3 times/);
    assert.equal(asked, 3);
  });

  it("is asked again, and forgiven when it comes to its senses", async () => {
    let asked = 0;
    const { host } = fakeShell((_seq, requests, say) => {
      asked += 1;
      const size = asked < 3 ? 300 * 1024 : 10;
      say(requests.map((request) => [request, "x".repeat(size)]));
    });
    const collector = openCollector(host);
    assert.equal((await collector.sample(["now"])).sections.get("now")?.text, "x".repeat(10));
    collector.close();
  });

  it("is given up when it floods without an end", async () => {
    const { host } = fakeShell((seq, _requests, _say, raw) => {
      raw(`begin ${seq}`);
      raw("sec now");
      raw(null, Buffer.alloc(5 * 1024 * 1024, "x\n"));
    });
    await fails(openCollector(host), "protocol", /too much/);
  });

  it("is given up when it leaves out what was asked", async () => {
    const { host } = fakeShell((_seq, _requests, say) => say([["other", "x"]]));
    await fails(openCollector(host), "protocol", /garbage, 3 times/);
  });

  it("is given up when it has no shell that greets us", async () => {
    const { host } = fakeShell(() => {}, { greets: false });
    await fails(openCollector(host, { deadlineMs: 100 }), "protocol", /no shell within/);
  });

  it("is said to be lost when its shell ends, and asked anew by the next question", async () => {
    let asked = 0;
    const { host } = fakeShell((_seq, requests, say, _raw, end) => {
      asked += 1;
      if (asked === 1) end();
      else say(requests.map((request) => [request, "back"]));
    });
    const collector = openCollector(host);
    await assert.rejects(collector.sample(["now"]), isTrouble("lost", /not connected any more/));
    assert.equal((await collector.sample(["now"])).sections.get("now")?.text, "back");
    collector.close();
  });
});

describe("a collector that is closed", () => {
  it("says so to whoever asks, and leaves no shell", async () => {
    const collector = openCollector(localHost());
    await collector.sample(["now"]);
    collector.close();
    collector.close();
    await assert.rejects(collector.sample(["now"]), HostError);
  });
});

async function fails(collector: Collector, kind: string, message: RegExp): Promise<void> {
  await assert.rejects(collector.sample(["now"]), isTrouble(kind, message));
  collector.close();
}

function isTrouble(kind: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof HostError, String(error));
    assert.equal(error.trouble.kind, kind);
    assert.match(error.trouble.message, message);
    return true;
  };
}

type Say = (sections: readonly (readonly [string, string])[]) => void;
type Raw = (words: string | null, bytes?: Buffer) => void;

/** A host whose shell is played by the test. */
function fakeShell(
  answer: (seq: number, requests: readonly string[], say: Say, raw: Raw, end: () => void) => void,
  { greets = true } = {},
): { host: Host; asked(): number } {
  let asked = 0;
  const host: Host = {
    name: "fake",
    address: null,
    transport: "local",
    transportReason: null,
    close: async () => {},
    async open() {
      let mark = "";
      const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
      let end = () => {};
      const exited = new Promise<Exit>((resolve) => {
        end = () => resolve({ code: 0, signal: null });
      });
      const raw: Raw = (words, bytes) => {
        stdout.write(words === null ? bytes : `\n@${mark} ${words}\n`);
      };
      let text = "";
      stdin.on("data", (bytes: Buffer) => {
        text += bytes;
        const questions = text.split("\n");
        text = questions.pop() ?? "";
        for (const line of questions) {
          const [, given] = line.match(/^n=([0-9a-f]{16})$/) ?? [];
          if (given !== undefined && greets) {
            mark = given;
            raw("hello 1 Darwin arm64 4711");
          }
          const [, number, rest] = line.match(/^(\d+) (.+)$/) ?? [];
          if (number === undefined || rest === undefined) continue;
          asked += 1;
          const say: Say = (sections) => {
            raw(`begin ${number}`);
            for (const [request, output] of sections) {
              raw(`sec ${request}`);
              stdout.write(output);
            }
            raw(`end ${number}`);
          };
          answer(Number(number), rest.split(" "), say, raw, end);
        }
      });
      return { stdin, stdout, stderr, exited, kill: end };
    },
  };
  return { host, asked: () => asked };
}

/** Processes that still try to read it. */
function readersOf(path: string): string[] {
  return execFileSync("ps", ["-axww", "-o", "args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(path) && /head/.test(line));
}
