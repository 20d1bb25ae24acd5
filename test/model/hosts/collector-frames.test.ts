/** Answers of a collector are cut out of its stream exactly, whatever the commands over there print. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type CollectorFrame, CollectorFrames } from "../../../src/model/hosts/collector-frames.ts";

const nonce = "5f1d00c0ffee1234";
const control = (words: string) => `\n@${nonce} ${words}\n`;

interface Said {
  readonly request: string;
  readonly output: Buffer;
  readonly code: number;
}

function record(seq: number, sections: readonly Said[]): Buffer {
  return Buffer.concat([
    Buffer.from(control(`begin ${seq}`)),
    ...sections.flatMap(({ request, output, code }) => [
      Buffer.from(control(`sec ${request}`)),
      output,
      Buffer.from(code === 0 ? "" : control(`err ${request} ${code}`)),
    ]),
    Buffer.from(control(`end ${seq}`)),
  ]);
}

function read(pieces: Iterable<Uint8Array>): CollectorFrame[] {
  const frames = new CollectorFrames(nonce);
  return [...pieces].flatMap((piece) => frames.push(piece));
}

/** What counts of the answers: the records. */
function records(frames: readonly CollectorFrame[]): unknown[] {
  return frames.flatMap((frame) => (frame.kind === "record" ? [Object.fromEntries(frame.sections)] : []));
}

const text = (said: string) => Buffer.from(said);
const one = (output: Buffer) => [{ request: "a", output, code: 0 }];

describe("the answers of a collector", () => {
  it("come out as they were printed, with the status of what failed", () => {
    const bytes = record(7, [
      { request: "now", output: text("1790000000\n"), code: 0 },
      { request: "file,/etc/x", output: text(""), code: 1 },
      { request: "load", output: text("no line break at the end"), code: 0 },
    ]);
    assert.deepEqual(records(read([text(control("hello 1 Darwin arm64 4242")), bytes])), [
      {
        now: { text: "1790000000\n", code: 0 },
        "file,/etc/x": { text: "", code: 1 },
        load: { text: "no line break at the end", code: 0 },
      },
    ]);
  });

  it("begin with a greeting, behind whatever start-up files print", () => {
    const [hello] = read([text(`Welcome!\n@ no\n${control("hello 1 Darwin arm64 4242")}`)]);
    assert.deepEqual(hello, {
      kind: "hello",
      protocol: "1",
      system: "Darwin",
      processor: "arm64",
      pid: 4242,
    });
  });

  it("are the same however their bytes are split", () => {
    const output = fc.uint8Array({ maxLength: 200 });
    const tricky = fc.constantFrom(
      "\n",
      "\n@",
      `\n@${nonce}`,
      `@${nonce} end 1`,
      "\n@other end 1\n",
      "世",
      "\0",
    );
    const said = fc
      .array(fc.oneof(output, tricky.map(text)), { maxLength: 5 })
      .map((parts) => Buffer.concat(parts));
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(40)), (outputs, cuts) => {
        const bytes = record(
          1,
          outputs.map((each, at) => ({ request: `s${at}`, output: each, code: 0 })),
        );
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const cut of cuts) {
          pieces.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        pieces.push(bytes.subarray(at));
        assert.deepEqual(records(read(pieces)), records(read([bytes])));
        const byByte = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
        assert.deepEqual(records(read(byByte)), records(read([bytes])));
      }),
    );
  });

  it("cannot be forged by a process, a file or a log: nobody over there knows the nonce", () => {
    const forged = fc.array(
      fc.constantFrom(
        "\n@0000000000000000 end 1\n",
        "\n@0000000000000000 sec b\n",
        "\n@x begin 2\n",
        "@ end\n",
      ),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(forged, (lines) => {
        const output = lines.join("");
        assert.deepEqual(records(read([record(1, one(text(output)))])), [{ a: { text: output, code: 0 } }]);
      }),
    );
  });

  it("survive NUL bytes and bytes that are no UTF-8", () => {
    const frames = read([record(1, one(Buffer.from([0x61, 0x00, 0xff, 0xfe, 0xe4, 0xb8, 0x0a])))]);
    assert.deepEqual(records(frames), [{ a: { text: "a\0\ufffd\ufffd\ufffd\n", code: 0 } }]);
  });

  it("are dropped, and told as dropped, where their end is missing", () => {
    const frames = read([
      text(control("begin 1") + control("sec a")),
      text("half an ans"),
      record(2, one(text("whole"))),
    ]);
    assert.deepEqual(
      frames.filter(({ kind }) => kind !== "opened").map(({ kind }) => kind),
      ["dropped", "record"],
    );
    assert.deepEqual(records(frames), [{ a: { text: "whole", code: 0 } }]);
  });

  it("are dropped where they are larger than 256 KiB, without keeping it all", () => {
    const frames = new CollectorFrames(nonce);
    frames.push(text(control("begin 1") + control("sec a")));
    for (let sent = 0; sent < 16; sent++) frames.push(Buffer.alloc(64 * 1024, 120));
    assert.ok(frames.excess > 700 * 1024);
    assert.deepEqual(frames.push(text(control("end 1"))), [{ kind: "dropped", seq: 1, reason: "too large" }]);
    assert.equal(frames.excess, 0);
  });

  it("may be 1 MiB where processes or Nix's settings are asked for, and no more", () => {
    for (const request of ["processes", "nix-config"]) {
      const say = (bytes: number) =>
        read([record(1, [{ request, output: Buffer.alloc(bytes, "x\n"), code: 0 }])]).at(-1)?.kind;
      assert.equal(say(900 * 1024), "record");
      assert.equal(say(1100 * 1024), "dropped");
    }
  });

  it("have the command lines of processes cut at 4096, and nothing else", () => {
    const long = `1 ${"x".repeat(5000)}\n2 short\n`;
    const sections = ["processes", "file,/x"].map((request) => ({ request, output: text(long), code: 0 }));
    assert.deepEqual(records(read([record(1, sections)])), [
      {
        processes: { text: `${long.slice(0, 4096)}\n2 short\n`, code: 0 },
        "file,/x": { text: long, code: 0 },
      },
    ]);
  });

  it("never make it throw", () => {
    const words = fc.constantFrom(
      "begin 1",
      "sec a",
      "err a 1",
      "err b x",
      "end 1",
      "end x",
      "hello",
      "begin",
      "?",
    );
    const piece = fc.oneof(
      words.map((each) => Buffer.from(control(each))),
      fc.uint8Array(),
    );
    fc.assert(fc.property(fc.array(piece), (pieces) => void read(pieces)));
  });
});
