/** A file of root's that is written by us: the old or the new one, whole, by whichever way. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { readForEdit } from "../../../src/adapters/config/read-for-edit.ts";
import { backupOf, hashOf, putCommand, putFile } from "../../../src/adapters/config/root-writer.ts";
import type { Host } from "../../../src/adapters/hosts/host.ts";
import { parsePutResult } from "../../../src/model/settings/put-result.ts";
import { macSkipReason } from "../../support/mac.ts";
import {
  filesBySudo,
  filesHere,
  filesOnMac,
  filesOverSsh,
  type RootFiles,
  withoutRoot,
  withoutSudo,
} from "../../support/root-files.ts";
import { findProgram, withoutSshd } from "../../support/sshd.ts";

const never = new AbortController().signal;
const bytes = (text: string) => Buffer.from(text);

function promises(way: string, start: () => Promise<RootFiles>, skip: string | false): void {
  describe(`a file of root's, ${way}`, { skip, concurrency: false }, () => {
    let files: RootFiles;
    let path: string;
    before(async () => {
      files = await start();
      path = `${files.directory}/config.json`;
    });
    after(() => files.end());
    beforeEach(() =>
      files.sh(
        'cd "$1"; rm -rf .config* * ; printf old >config.json; chmod 640 config.json',
        files.directory,
      ),
    );

    const allows = (name: string) => name.startsWith(`${files.directory}/`);
    const put = (content: string | null, old: string | null, where = path) =>
      putFile(
        files.host,
        {
          path: where,
          content: content === null ? null : bytes(content),
          oldHash: hashOf(old === null ? null : bytes(old)),
          sudo: files.sudo,
          allows,
        },
        never,
      );
    const read = (where = path) =>
      readForEdit(files.host, where, { sudo: files.sudo, signal: never, allows });
    const there = async () => (await files.sh('ls -A "$1"', files.directory)).split("\n").filter(Boolean);
    const content = (name: string) => files.sh('cat "$1/$2"', files.directory, name);

    it("is read with its hash and each part of its path, also where only root may", async () => {
      await files.sh('chmod 600 "$1"', path);
      const seen = await read();
      assert.equal(seen.kind, "file");
      if (seen.kind !== "file") return;
      assert.equal(seen.text, "old");
      assert.equal(seen.hash, hashOf(bytes("old")));
      assert.equal(seen.asRoot, files.sudo);
      assert.deepEqual(
        seen.chain.slice(-2).map(({ path, mode, uid, target }) => [path, mode?.slice(0, 10), uid, target]),
        [
          [files.directory, "drwxr-xr-x", 0, null],
          [path, "-rw-------", 0, null],
        ],
      );
    });

    it("is read byte by byte, whatever stands in it", async () => {
      const all = Buffer.from(Array.from({ length: 1024 }, (_, at) => at % 256));
      await files.sh('printf \'%b\' "$2" >"$1"', path, [...all].map(octal).join(""));
      const seen = await read();
      assert.ok(seen.kind === "file");
      assert.deepEqual(Buffer.from(seen.bytes), all);
      assert.equal(seen.text, null);
    });

    it("that is not there, or no file, or a link, is told as that", async () => {
      assert.equal((await read(`${files.directory}/none`)).kind, "absent");
      await files.sh('cd "$1"; mkdir dir; ln -s ../config.json link', files.directory);
      assert.equal((await read(`${files.directory}/dir`)).kind, "not-regular");
      assert.equal((await read(`${files.directory}/link`)).chain.at(-1)?.target, "../config.json");
    });

    it("gets its new content, keeps its mode, and leaves the old content as the backup", async () => {
      assert.deepEqual(await put("new\r\n\u{1F600}", "old"), { kind: "written" });
      assert.equal(await content("config.json"), "new\r\n\u{1F600}");
      assert.match(await files.sh('ls -ldn "$1"', path), /^-rw-r-----\S* +1 +0 /);
      assert.deepEqual(await there(), ["config.json", "config.json.buildtop-bak"]);
      assert.equal(await content("config.json.buildtop-bak"), "old");
      const backup = await read(backupOf(path));
      assert.ok(backup.kind === "file");
      assert.equal(backup.text, "old");
      assert.deepEqual(await put("newer", "new\r\n\u{1F600}"), { kind: "written" });
      assert.equal(await content("config.json.buildtop-bak"), "new\r\n\u{1F600}");
    });

    it("that was not there is made, readable by all; and is gone again when that is wanted", async () => {
      const made = `${files.directory}/more/config.json`;
      assert.deepEqual(await put("{}", null, made), { kind: "written" });
      assert.match(await files.sh('ls -ldn "$1"', made), /^-rw-r--r--\S* +1 +0 /);
      assert.deepEqual(await put("{}", null, made), { kind: "changed" });
      assert.deepEqual(await put(null, "{}", made), { kind: "written" });
      assert.equal(await files.sh('ls -A "$1/more"', files.directory), "config.json.buildtop-bak\n");
    });

    it("that somebody else has changed, made or removed is left alone", async () => {
      assert.deepEqual(await put("new", "older"), { kind: "changed" });
      assert.deepEqual(await put("new", null), { kind: "changed" });
      assert.deepEqual(await put(null, "older"), { kind: "changed" });
      assert.deepEqual(await put("new", "x", `${files.directory}/none`), { kind: "changed" });
      assert.equal(await content("config.json"), "old");
      assert.deepEqual(await there(), ["config.json"]);
    });

    it("that is a link or a directory is left alone, and what the link leads to", async () => {
      await files.sh(
        'cd "$1"; printf old >other; ln -sf other config.json; mkdir dir; ln -s dir away',
        files.directory,
      );
      assert.deepEqual(await put("new", "old"), { kind: "symlink" });
      assert.deepEqual(await put("new", "old", `${files.directory}/dir`), { kind: "not-regular" });
      assert.deepEqual(await put("new", "old", `${files.directory}/away`), { kind: "symlink" });
      assert.equal(await content("other"), "old");
      assert.deepEqual(await there(), ["away", "config.json", "dir", "other"]);
    });

    it("is not written where its path is not plain, or its directory is not root's alone", async () => {
      const refused = async (where: string) => {
        const result = await put("new", "old", where);
        return result.kind === "refused" ? result.why : result.kind;
      };
      assert.match(await refused(`${files.directory}/../x/config.json`), /not plain/);
      assert.match(await refused(`${files.directory}//config.json`), /not plain/);
      await files.sh('chmod 775 "$1"', files.directory);
      const open = await refused(path);
      await files.sh('chown 1 "$1"; chmod 755 "$1"', files.directory);
      const owned = await refused(path);
      await files.sh('chown 0 "$1"', files.directory);
      assert.match(open, /can be written by others/);
      assert.match(owned, /belongs to another user/);
      assert.equal(await content("config.json"), "old");
    });

    it("whose new content is cut off on the way stays the old one", async () => {
      const request = { path, content: bytes('{"a":{"a":77}}'), oldHash: hashOf(bytes("old")), allows };
      for (const part of ['{"a":{"a":77}', ""]) {
        const channel = await files.host.open(putCommand({ ...request, sudo: files.sudo }));
        let said = "";
        channel.stdout.on("data", (chunk) => {
          said += chunk;
        });
        channel.stderr.resume();
        channel.stdin.end(part);
        assert.equal((await channel.exited).code, 3);
        assert.deepEqual(parsePutResult(said, "bt-put"), { kind: "short-read" });
      }
      assert.equal(await content("config.json"), "old");
      assert.deepEqual(await there(), ["config.json"]);
    });

    it("is swept clean of what a killed save left an hour ago, and of nothing else", async () => {
      const now = Number(await files.sh("date +%s"));
      const names = [
        `.config.json.bt.${now - 4_000}.abcdef`,
        `.config.json.bt.${now - 60}.abcdef`,
        ".config.json.bt.yesterday",
        `.config.jso.bt.${now - 4_000}.abcdef`,
      ];
      await files.sh('cd "$1"; shift; touch "$@"', files.directory, ...names);
      assert.deepEqual(await put("new", "old"), { kind: "written" });
      const left = (await there()).filter((name) => name.startsWith("."));
      assert.deepEqual(left.sort(), names.slice(1).sort());
    });

    it("is written by the content of a file over there as well", async () => {
      await files.sh('printf new >"$1/payload"', files.directory);
      const request = { path, content: bytes("new"), oldHash: hashOf(bytes("old")), allows };
      const command = putCommand({ ...request, sudo: files.sudo }, `${files.directory}/payload`);
      const channel = await files.host.open(command);
      channel.stdout.resume();
      channel.stderr.resume();
      channel.stdin.end();
      assert.equal((await channel.exited).code, 0);
      assert.equal(await content("config.json"), "new");
    });
  });
}

function octal(byte: number): string {
  return `\\0${byte.toString(8).padStart(3, "0")}`;
}

promises("here", filesHere, withoutRoot);
promises("here, by a real sudo", filesBySudo, withoutSudo);
promises("over a real sshd", filesOverSsh, withoutRoot || withoutSshd);
promises("on a stand-in Mac", filesOnMac, macSkipReason());

/** What stands behind /bin/sh on one machine or another. */
const shells = [
  ["dash"],
  ["bash", "--posix"],
  ["busybox", "sh"],
  ["mksh"],
  ["ksh"],
  ["zsh", "--emulate", "sh"],
];

for (const shell of shells)
  it(`the writer and the reader are understood by ${shell.join(" ")}`, {
    skip: withoutRoot || (findProgram(shell[0] ?? "") === null ? `there is no ${shell[0]} here` : false),
  }, async () => {
    const files = await filesHere();
    // The same words, with this shell in place of /bin/sh.
    const host: Host = {
      ...files.host,
      open: ([program = "", ...words], options) =>
        files.host.open(program === "/bin/sh" ? [...shell, ...words] : [program, ...words], options),
    };
    const path = `${files.directory}/nix.conf`;
    const allows = () => true;
    const put = (content: string | null, old: string | null) =>
      putFile(
        host,
        {
          path,
          content: content === null ? null : bytes(content),
          oldHash: hashOf(old === null ? null : bytes(old)),
          sudo: false,
          allows,
        },
        never,
      );
    assert.deepEqual(await put("one\n", null), { kind: "written" });
    assert.deepEqual(await put("two\n", "one\n"), { kind: "written" });
    assert.deepEqual(await put("three\n", "one\n"), { kind: "changed" });
    const read = await readForEdit(host, path, { sudo: false, signal: never, allows });
    assert.ok(read.kind === "file" && read.text === "two\n");
    assert.deepEqual(await put(null, "two\n"), { kind: "written" });
    assert.equal(await files.sh('ls -A "$1"', files.directory), "nix.conf.buildtop-bak\n");
    await files.end();
  });

it("no other file than those that may be changed is written or read", async () => {
  const request = { content: bytes("x"), oldHash: "absent", sudo: false };
  assert.throws(() => putCommand({ ...request, path: "/etc/passwd" }), /no file that may be changed/);
  assert.throws(() => putCommand({ ...request, path: "/etc/nix/nix.conf/../../passwd" }), /no file that may/);
  const files = await filesHere();
  await assert.rejects(
    readForEdit(files.host, "/etc/shadow", { sudo: true, signal: never }),
    /no file that may be read/,
  );
  await files.end();
});
