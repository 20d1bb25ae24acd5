/** Records as they come: large ids, other key orders, long lines, numbers that nobody knows yet. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { LogStore } from "../../../src/model/nix-log/log-store.ts";
import { hostName, isLocalStore, storePathName } from "../../../src/model/nix-log/store-path.ts";
import { build, drv, line, read, reportOf, worker } from "../../support/nix-log-lines.ts";

describe("a record", () => {
  it("with an id above 2^53 is not mistaken for its neighbour", () => {
    // Process 4,194,303: as doubles these ids are one and the same.
    const [a, b] = ["18014394214514688", "18014394214514689"];
    assert.equal(Number(a), Number(b));
    const { model } = read([
      build(a, "a"),
      build(b, "b"),
      line.result(a, 104, ["buildPhase"]),
      line.result(b, 104, ["installPhase"]),
      line.result(b, 101, ["x"]),
    ]);
    assert.deepEqual(
      [model.derivation(drv("a"))!.phase, model.derivation(drv("b"))!.phase],
      ["buildPhase", "installPhase"],
    );
    assert.deepEqual([model.derivation(drv("a"))!.logLines, model.derivation(drv("b"))!.logLines], [0, 1]);
  });

  it("just below and above 2^53 is still its own", () => {
    const ids = ["9007199254740990", "9007199254740991", "9007199254740992", "9007199254740993"];
    const { model } = read([
      ...ids.map((id, n) => build(id, `p${n}`)),
      ...ids.map((id, n) => line.result(id, 104, [`phase${n}`])),
    ]);
    assert.deepEqual(
      ids.map((_, n) => model.derivation(drv(`p${n}`))!.phase),
      ["phase0", "phase1", "phase2", "phase3"],
    );
  });

  it("may have its keys in any order", () => {
    const { model } = read([
      `@nix {"id":1,"action":"start","type":105,"parent":0,"text":"","level":3,"fields":["${drv("a")}","",1,1]}`,
      '@nix {"type":101,"id":1,"action":"result","fields":["hello"]}',
      '@nix {"action":"result","type":104,"fields":["buildPhase"],"id":1}',
    ]);
    assert.deepEqual(
      [model.derivation(drv("a"))!.logLines, model.derivation(drv("a"))!.phase],
      [1, "buildPhase"],
    );
  });

  it("of a kind that we do not know is counted, and hurts nothing", () => {
    const { model } = read([
      line.start(1, 999),
      line.result(1, 888, [1]),
      line.stop(1),
      '@nix {"action":"sing"}',
      build(2, "a"),
    ]);
    assert.deepEqual(
      [...model.unknownRecords],
      [
        ["start:999", 1],
        ["result:888", 1],
        ["action:sing", 1],
      ],
    );
    assert.equal(model.derivation(drv("a"))?.state, "running");
  });

  it("behind words without a line break is found", () => {
    const { model } = read([`Connection to mini closed.${build(1, "a")}`]);
    assert.equal(model.derivation(drv("a"))?.state, "running");
    assert.deepEqual(model.otherOutput, ["Connection to mini closed."]);
  });

  it("behind a byte order mark is read", () => {
    for (const [kind, text] of [
      ["auto", build(1, "a").slice(5)],
      ["auto", build(1, "a")],
      ["json-log", build(1, "a").slice(5)],
      ["command", build(1, "a")],
    ] as const) {
      const model = new BuildsModel();
      const stream = model.openStream({ label: "marked", kind }, 0);
      for (const byte of Buffer.from(`\ufeff${text}\n`)) stream.feed(Buffer.of(byte), 1);
      assert.equal(model.derivation(drv("a"))?.state, "running", kind);
      assert.equal(model.otherLines, 0);
    }
  });

  it("in several lines, as a terminal breaks long ones, is read", () => {
    const text = line.result(1, 101, ["compiling"]);
    const lines = [build(1, "a"), text.slice(0, 25), text.slice(25, 50), text.slice(50), "and done"];
    const texts = lines.map((each) => `${each}\n`);
    for (const pieces of [[texts.join("")], texts]) {
      const model = new BuildsModel();
      const stream = model.openStream({ label: "broken", kind: "auto" }, 0);
      for (const piece of pieces) stream.feed(Buffer.from(piece), 1);
      assert.equal(model.derivation(drv("a"))!.log.plainLine(0), "compiling");
      assert.deepEqual([model.otherLines, model.otherOutput], [1, ["and done"]]);
    }
  });

  it("of which the rest never comes is other output, as it stands", () => {
    const broken = line.result(1, 101, ["compiling"]).slice(0, 25);
    const { model, stream } = read([
      broken,
      "make: *** [all] Error 1",
      build(1, "a"),
      broken,
      `words${build(2, "b")}`,
      broken,
    ]);
    stream.end(2);
    assert.deepEqual(model.otherOutput, [broken, "make: *** [all] Error 1", broken, "words", broken]);
    assert.equal(model.counts.running, 2);
  });

  it("behind the time at which somebody wrote it down is read, and the time is no output", () => {
    const { model } = read([
      `2026-01-02T03:04:05.678Z ${build(1, "a")}`,
      `[12:00:01] ${line.result(1, 101, ["compiling"])}`,
      `stderr 0036261 ${line.stop(1)}`,
      "2026-01-02T03:04:06.000Z Post job cleanup.",
    ]);
    assert.equal(model.derivation(drv("a"))!.logLines, 1);
    assert.deepEqual(model.otherOutput, ["2026-01-02T03:04:06.000Z Post job cleanup."]);
  });

  it("on lines that end as on Windows is read", () => {
    const { model } = read([`${build(1, "a")}\r`, `${line.result(1, 101, ["x"])}\r`]);
    assert.equal(model.derivation(drv("a"))!.logLines, 1);
  });

  it("in a line longer than 8 MiB is left out and counted; the next one is read", () => {
    const model = new BuildsModel();
    const stream = model.openStream({ label: "long", kind: "command" }, 0);
    const chunk = Buffer.alloc(1024 * 1024, "x");
    for (let n = 0; n < 20; n++) stream.feed(chunk, n);
    stream.feed(Buffer.from(`\n${build(1, "a")}\n`), 20);
    assert.equal(model.derivation(drv("a"))?.state, "running");
    assert.equal(model.otherLines, 1);
    assert.deepEqual(model.otherOutput, []);
  });

  it("without a line break at the end of the stream still counts", () => {
    const model = new BuildsModel();
    const stream = model.openStream({ label: "cut", kind: "command" }, 0);
    stream.feed(Buffer.from(build(1, "a")), 1);
    assert.equal(model.derivation(drv("a")), undefined);
    stream.end(2);
    assert.equal(model.derivation(drv("a"))?.state, "running");
  });
});

describe("progress", () => {
  it("takes the newest of many, and a stop as the rest", () => {
    const path = "/nix/store/00000000000000000000000000000000-gcc-14.2.0";
    const { model } = read([
      line.start(1, 108, { fields: [path, "https://cache.nixos.org"] }),
      line.start(2, 100, {
        fields: [path, "https://cache.nixos.org", "local"],
        parent: 1,
        text: "copying path",
      }),
      line.start(3, 101, {
        fields: ["https://cache.nixos.org/nar/x.nar.xz"],
        parent: 2,
        text: "downloading",
      }),
      line.result(3, 105, [10, 100_000, 0, 0]),
      line.result(3, 105, [99_000, 100_000, 0, 0]),
    ]);
    const row = model.rows({ sort: "state", filter: "", hideDone: false })[0];
    assert.ok(row?.kind === "transfer");
    assert.deepEqual(
      [row.transfer.name, row.transfer.peer, row.transfer.progress],
      ["gcc-14.2.0", "cache.nixos.org", { done: 99_000, expected: 100_000 }],
    );
    assert.equal(
      model.rows({ sort: "state", filter: "", hideDone: false }).length,
      1,
      "three activities are one row",
    );
  });

  it("of a small path that broke off, and came whole from the next cache, is of one path", () => {
    const path = "/nix/store/00000000000000000000000000000000-hello-2.12";
    const from = (cache: string, id: number, ...progress: string[]) => [
      line.start(id, 108, { fields: [path, cache] }),
      line.start(id + 1, 100, { fields: [path, cache, "local"], parent: id, text: "copying path" }),
      line.start(id + 2, 101, { fields: [`${cache}/nar/x.nar`], parent: id + 1, text: "downloading" }),
      ...progress,
      line.stop(id + 2),
      line.stop(id + 1),
      line.stop(id),
    ];
    const { model } = read([
      ...from("https://one.example", 1, line.result(3, 105, [1000, 9000, 0, 0])),
      ...from(
        "https://two.example",
        11,
        line.result(13, 105, [8000, 9000, 0, 0]),
        line.result(12, 105, [20_000, 20_000, 0, 0]),
      ),
    ]);
    assert.deepEqual([model.transfers.paths, model.transfers.bytesDone], [1, 10_000]);
  });

  it("behind words without a line break is read where it stands", () => {
    const path = "/nix/store/00000000000000000000000000000000-gcc-14.2.0";
    const { model } = read([
      line.start(1, 100, { fields: [path, "https://cache.nixos.org", "local"] }),
      line.result(1, 105, [10, 100_000, 0, 0]),
      `Connection to mini closed.${line.result(1, 105, [77_000, 100_000, 0, 0])}`,
    ]);
    assert.equal(model.transfers.bytesDone, 77_000);
  });

  it("of the file that a build downloads is the build's own", () => {
    const { model } = read([
      ...worker(100).begin,
      build(1, "source.tar.gz"),
      line.start(2, 101, { fields: ["https://example.org/source.tar.gz"], parent: 1, text: "downloading" }),
      line.result(2, 105, [5, 10, 0, 0]),
    ]);
    assert.deepEqual(model.derivation(drv("source.tar.gz"))!.transfer, { done: 5, expected: 10 });
  });

  it("of information about paths is no download", () => {
    const { model } = read([
      line.start(1, 101, {
        fields: ["https://cache.nixos.org/0kzm0jjrfrx167f7h2qpc72naqgijjq6.narinfo"],
        text: "downloading",
      }),
    ]);
    assert.equal(model.rows({ sort: "state", filter: "", hideDone: false }).length, 0);
  });
});

describe("so that nothing looks hung", () => {
  const texts = (lines: string[]) =>
    read(lines)
      .model.rows({ sort: "state", filter: "", hideDone: false })
      .map((row) => (row.kind === "activity" ? row.activity.text : row.key));

  it("evaluation is a row until something is built", () => {
    assert.deepEqual(texts([line.msg("evaluating file '/home/me/flake.nix'", 4)]), [
      "evaluating file '/home/me/flake.nix'",
    ]);
    assert.deepEqual(
      texts([
        line.msg("evaluating file '/home/me/flake.nix'", 4),
        line.msg("this derivation will be built:", 3),
        line.msg(`  ${drv("a")}`, 3),
      ]),
      [drv("a")],
    );
  });

  it("evaluation is no row any more when the command is over", () => {
    const { model, stream } = read([
      line.msg("evaluating file '/home/me/flake.nix'", 4),
      line.lastError("error: attribute 'b' missing"),
    ]);
    stream.end(2000);
    assert.deepEqual(model.rows({ sort: "state", filter: "", hideDone: false }), []);
    assert.deepEqual(model.sessions[0]!.error, ["attribute 'b' missing"]);
  });

  it("questions to a cache are one row", () => {
    const ask = (n: number) => line.start(n, 109, { fields: ["/nix/store/x", "https://cache.nixos.org"] });
    assert.deepEqual(texts([ask(1), ask(2), ask(3), line.stop(2)]), ["asking cache.nixos.org for 2 paths"]);
  });

  it("fetching a source is a row", () => {
    assert.deepEqual(
      texts([line.start(1, 112, { text: "fetching Git repository 'https://example.org/x.git'" })]),
      ["fetching Git repository 'https://example.org/x.git'"],
    );
  });

  it("a derivation that waits says for what", () => {
    const { model, stream } = read([
      line.start(1, 111, { text: `waiting for a machine to build '\u001b[35;1m${drv("a")}\u001b[0m'` }),
    ]);
    assert.equal(model.derivation(drv("a"))!.waiting, "waiting for a machine");
    stream.feed(Buffer.from(`${line.stop(1)}\n`), 2);
    assert.equal(model.derivation(drv("a"))!.waiting, null);
  });
});

describe("what happens", () => {
  it("is told in order: the plan, starts, phases, ends with their reason, and the end of the command", () => {
    const model = new BuildsModel();
    const told: string[] = [];
    model.subscribe((event) => {
      switch (event.kind) {
        case "planned":
          return told.push(`planned ${event.derivations} and ${event.paths}`);
        case "started":
        case "phase":
          return told.push(`${event.kind} ${event.derivation.name} ${event.derivation.phase ?? ""}`.trim());
        case "ended":
          return told.push(`${event.derivation.state} ${event.derivation.reason}`);
        case "session-ended":
          return told.push(event.session.outcome);
      }
    });
    const one = worker(100);
    const stream = model.openStream({ label: "told", kind: "command" }, 0);
    const lines = [
      line.msg("this derivation will be built:", 3),
      line.msg(`  ${drv("a")}`, 3),
      line.msg("these 2 paths will be fetched (1.00 MiB download, 2.00 MiB unpacked):", 3),
      line.msg("  /nix/store/00000000000000000000000000000000-b", 3),
      line.msg("  /nix/store/00000000000000000000000000000000-c", 3),
      ...one.begin,
      build(1, "a"),
      ...one.counters([0, 1, 1, 0]),
      line.result(1, 104, ["buildPhase"]),
      ...one.counters([0, 1, 0, 1]),
      line.stop(1),
      line.lastError(`error: Cannot build '${drv("a")}'.\nReason: builder failed with exit code 2.`),
    ];
    stream.feed(Buffer.from(lines.map((each) => `${each}\n`).join("")), 1);
    stream.end(2, { exitCode: 1, signal: null });
    assert.deepEqual(told, [
      "planned 1 and 2",
      "started a",
      "phase a buildPhase",
      "failed builder failed with exit code 2",
      "failed",
    ]);
    assert.equal(model.transfers.bytesExpected, 1024 * 1024);
  });
});

describe("a log", () => {
  const append = (log: ReturnType<LogStore["open"]>, text: string) => {
    const inside = Buffer.from(JSON.stringify(text));
    log.append(inside, 1, inside.length - 1);
  };

  it("keeps its newest lines under the bound, and says from which on", () => {
    const log = new LogStore(256 * 1024).open();
    for (let n = 0; n < 100_000; n++) append(log, `line ${n}`);
    assert.equal(log.endLine, 100_000);
    assert.ok(log.firstLine > 0 && log.endLine - log.firstLine > 5_000);
    assert.equal(log.line(99_999), "line 99999");
    assert.equal(log.line(log.firstLine), `line ${log.firstLine}`);
    assert.equal(log.line(log.firstLine - 1), "");
  });

  it("that is noisy does not cost a quiet one its lines", () => {
    const store = new LogStore(256 * 1024);
    const quiet = store.open();
    append(quiet, "the reason");
    const noisy = store.open();
    for (let n = 0; n < 100_000; n++) append(noisy, `line ${n}`);
    assert.equal(quiet.line(0), "the reason");
  });

  it("decodes what JSON escapes, and gives colours only where asked", () => {
    const log = new LogStore().open();
    append(log, 'a "quoted" \\ path\tand \u001b[31mred\u001b[0m ü');
    assert.equal(log.plainLine(0), 'a "quoted" \\ path and red ü');
    assert.match(log.line(0), /\u001b\[31mred/);
  });

  it("is searched in slices, in both directions", () => {
    const log = new LogStore().open();
    for (let n = 0; n < 1000; n++) append(log, n === 700 ? "an Error here" : `line ${n}`);
    const first = log.find("error", 0, 1, 500);
    assert.deepEqual(first, { line: null, next: 500 });
    assert.deepEqual(log.find("error", first.next!, 1, 500), { line: 700, next: 701 });
    assert.deepEqual(log.find("error", 999, -1, 1000), { line: 700, next: 699 });
    assert.deepEqual(log.find("nothing", 0, 1, 5000), { line: null, next: null });
  });
});

describe("names", () => {
  it("of derivations and hosts bring no control sequence into anything that is shown or printed", () => {
    const evil = "\u001b]0;title\u0007\u001b[2J\u009b5m\u202e\u0000\b\u007f";
    const [named, failed, planned, waiting, told] = ["a", "b", "c", "d", "e"].map((name) =>
      drv(name).replace(".drv", `${evil}.drv`),
    );
    const { model } = read([
      line.msg("this derivation will be built:", 3),
      line.msg(`  ${planned}`, 3),
      line.start(1, 105, { fields: [named, `ssh-ng://box${evil}`, 1, 1] }),
      line.msg(`error: builder for '${failed}' failed with exit code 1`),
      line.start(2, 111, { text: `waiting for a machine to build '${waiting}'` }),
      line.payload(1, 110, { path: { drvPath: told }, success: false, status: "MiscFailure" }),
    ]);
    const shown = [...reportOf(model).derivations, ...reportOf(model).failures];
    assert.doesNotMatch(JSON.stringify(shown), /title|[\u007f-\u009f\u202e]|\\[a-z]/);
    assert.deepEqual(
      [...model.derivations()].map((each) => each.drv),
      ["c", "a", "b", "d", "e"].map(drv),
    );
  });

  it("of hosts are short, whatever the URI", () => {
    assert.equal(hostName("ssh-ng://builder@linux-builder?remote-store=daemon"), "linux-builder");
    assert.equal(hostName("https://cache.nixos.org"), "cache.nixos.org");
    assert.equal(hostName("ssh://mini:2222"), "mini:2222");
    assert.equal(hostName("file:///var/cache?trusted=1"), "/var/cache");
  });

  it("of this machine's store are told by the scheme, as Nix 2.31 spells them anew", () => {
    for (const here of ["", "auto", "local", "daemon", "unix://", "local:///nix/store", "daemon?x=1"])
      assert.ok(isLocalStore(here), here);
    for (const there of ["ssh-ng://x", "https://x", "s3://x"]) assert.ok(!isLocalStore(there), there);
  });

  it("of store paths are what follows the hash", () => {
    assert.equal(storePathName("/nix/store/00000000000000000000000000000000-hello-2.12"), "hello-2.12");
    assert.equal(storePathName("/nix/store/\u001b]0;x\u0007"), "?");
  });
});
