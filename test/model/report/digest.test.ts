/** What is left on the terminal when a command has ended: recorded sessions, told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { BuildsModel } from "../../../src/model/nix-log/builds-model.ts";
import { type DigestContext, digest } from "../../../src/model/report/digest.ts";
import { drv, line, read } from "../../support/nix-log-lines.ts";

const ended: DigestContext = {
  elapsed: 61_000,
  exitCode: 1,
  signal: null,
  interrupted: false,
  seen: "events",
  unseen: [],
};

function told(recording: string, context: Partial<DigestContext> = {}): string[] {
  const model = new BuildsModel();
  const stream = model.openStream({ label: "nix build", kind: "command" }, 0);
  stream.feed(readFileSync(new URL(`../../fixtures/nix-log/${recording}.log`, import.meta.url)), 5000);
  const { exitCode, signal, interrupted } = { ...ended, ...context };
  stream.end(61_000, { exitCode, signal, interrupted });
  return digest(model, { ...ended, ...context }).map(({ text }) => text);
}

describe("the digest", () => {
  it("has the first real cause on top: what, where it stood, why, its last words, and how to read them all", () => {
    const [first, ...rest] = told("2.34.8/fail-stop");
    assert.match(first!, /^✖ broken-0\.9 failed in buildPhase.*: builder failed with exit code 2$/);
    assert.ok(rest.includes("    > src/parse.c:41:7: error: expected ';' before 'return'"));
    assert.match(rest.join("\n"), /whole log: nix log \/nix\/store\/\w+-broken-0\.9\.drv/);
    assert.match(rest.join("\n"), /not built for want of it: .*above-1/);
  });

  it("counts what was sent apart from what was fetched, and neither before it has arrived", () => {
    const done = { exitCode: 0 } as const;
    assert.equal(told("2.34.8/copy-to", done).at(-1), "✔ done · 6 paths sent (2.6 MiB) · 1m01s");
    assert.match(
      told("2.34.8/substitute-small", done).at(-1)!,
      /^✔ done · 1 path fetched \(3\.6 MiB\) · 1m01s$/,
    );
    const path = "/nix/store/00000000000000000000000000000000-gcc-14.2.0";
    const { model } = read([
      line.start(1, 108, { fields: [path, "https://cache.example"] }),
      line.start(2, 100, {
        fields: [path, "https://cache.example", "local"],
        parent: 1,
        text: "copying path",
      }),
      line.start(3, 101, { fields: ["https://cache.example/nar/x.nar.xz"], parent: 2, text: "downloading" }),
      line.result(3, 105, [250, 100_000, 0, 0]),
    ]);
    assert.equal(digest(model, { ...ended, ...done }).at(-1)!.text, "✔ done · 1 path on the way · 1m01s");
  });

  it("ends with the numbers and the command's own status", () => {
    assert.match(
      told("2.34.8/fail-stop").at(-1)!,
      /^✖ failed · 1 failed · \d+ built · \d+ stopped · .*1m01s · exit status 1$/,
    );
    assert.equal(told("2.34.8/dag", { exitCode: 0 }).at(-1), "✔ done · 30 built · 1m01s");
  });

  it("has both hashes of a mismatch ready to copy", () => {
    const text = told("2.34.8/hash-mismatch").join("\n");
    assert.match(text, /^ {4}specified: sha256-\S+$/m);
    assert.match(text, /^ {4}got: {7}sha256-\S+$/m);
  });

  it("says that the person stopped it", () => {
    assert.match(told("2.34.8/interrupt", { interrupted: true }).at(-1)!, /^⊘ stopped/);
    assert.match(
      told("2.34.8/dag", { exitCode: null, signal: "SIGKILL" }).at(-1)!,
      /^✖ failed .* ended by SIGKILL$/,
    );
  });

  it("never calls a command that failed done", () => {
    assert.match(told("2.34.8/dag", { exitCode: 3 }).at(-1)!, /^✖ failed .* exit status 3$/);
  });

  it("names what could not be seen", () => {
    assert.equal(
      told("2.34.8/dag", { exitCode: 0, unseen: ["old commands"] }).at(-1),
      "not seen: old commands",
    );
  });

  it("passes on what Nix said where no build failed, unless the person has seen it", () => {
    const texts = told("2.34.8/eval-error");
    assert.equal(texts[0], "error: attribute 'b' missing");
    assert.match(texts.join("\n"), /let x = \{ a = 1; \}; in x\.b/);
    assert.equal(told("2.34.8/eval-error", { seen: "everything" }).length, 1);
  });

  it("names the diagnosis of an error that ended the command, also to a person who has read the error", () => {
    const down =
      "\u001b[31;1merror:\u001b[0m cannot connect to socket at '/nix/var/nix/daemon-socket/socket': refused";
    const { model } = read([line.lastError(down)]);
    for (const seen of ["events", "everything"] as const)
      assert.ok(
        textsOf(model, { seen }).includes(
          "    the Nix daemon does not run: daemon-down, see buildtop doctor",
        ),
      );
  });

  it("names what the machine showed where the words of Nix say less", () => {
    const away = "cannot build on 'ssh-ng://heron': error: failed to start SSH connection to 'heron'";
    const untaken = `Failed to find a machine for remote build!\nderivation: ${drv("a").slice("/nix/store/".length)}\n`;
    const none = `error: Cannot build '${drv("a")}'.\n Reason: local builds are disabled (max-jobs = 0)`;
    const { model } = read([line.msg(away), line.msg(untaken), line.lastError(none)]);
    const named = (context: Partial<DigestContext>) =>
      textsOf(model, context).filter((text) => text.endsWith("see buildtop doctor"));
    assert.deepEqual(named({}), [
      "    no ssh connection to the builder: ssh-connection-failed, see buildtop doctor",
    ]);
    assert.deepEqual(named({ causes: { connection: ["host-key-unverified"], daemon: ["host-disk-full"] } }), [
      "    the builder's host key is not vouched for: host-key-unverified, see buildtop doctor",
    ]);
  });

  it("names why the daemon was lost, if the machine showed it", () => {
    const lost =
      "error: cannot open connection to remote store 'daemon': error: reading from file: Connection reset";
    const { model } = read([line.lastError(lost)]);
    const named = (context: Partial<DigestContext>) =>
      textsOf(model, context).filter((text) => text.endsWith("see buildtop doctor"));
    assert.deepEqual(named({}), []);
    assert.deepEqual(named({ causes: { connection: [], daemon: ["host-disk-full"] } }), [
      "    this machine's disk is nearly full: host-disk-full, see buildtop doctor",
    ]);
  });
});

function textsOf(model: BuildsModel, context: Partial<DigestContext>): string[] {
  return digest(model, { ...ended, ...context }).map(({ text }) => text);
}
