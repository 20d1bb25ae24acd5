/** Nix's machines: what Nix would read, and in its own words what it would refuse. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isNixpkgsBuilderKey, type Machine, parseMachines } from "../../../src/model/machine/machines.ts";
import { survives } from "./survives.ts";

const read = (text: string, files: Readonly<Record<string, string>> = {}) =>
  parseMachines(text, (path) => files[path] ?? null, "aarch64-darwin");

function one(row: string): Machine {
  const { machines, problems } = read(row);
  assert.deepEqual(problems, []);
  assert.equal(machines.length, 1);
  return machines[0] as Machine;
}

const problemOf = (row: string) => read(row).problems[0]?.message;

describe("a row", () => {
  it("is read whole", () => {
    const row =
      "ssh-ng://builder@linux-builder aarch64-linux,x86_64-linux /etc/nix/key 4 1.5 kvm,big-parallel nixos-test c3NoLWVkMjU1MTk=";
    assert.deepEqual(one(row), {
      uri: "ssh-ng://builder@linux-builder",
      scheme: "ssh-ng",
      user: "builder",
      host: "linux-builder",
      port: null,
      params: new Map(),
      local: false,
      doubledScheme: false,
      systems: ["aarch64-linux", "x86_64-linux"],
      sshKey: "/etc/nix/key",
      maxJobs: 4,
      speedFactor: 1.5,
      supportedFeatures: ["kvm", "big-parallel"],
      mandatoryFeatures: ["nixos-test"],
      publicHostKey: "c3NoLWVkMjU1MTk=",
      source: { path: null, line: 1 },
    });
  });

  it("that names a host alone is reached by ssh, for this machine's own system, one job at a time", () => {
    for (const row of ["big", "big - - - - - - -", " big\t-  - "]) {
      const machine = one(row);
      assert.equal(machine.uri, "ssh://big");
      assert.deepEqual([machine.scheme, machine.host, machine.user], ["ssh", "big", null]);
      assert.deepEqual(machine.systems, ["aarch64-darwin"]);
      assert.deepEqual([machine.maxJobs, machine.speedFactor], [1, 1]);
      assert.deepEqual([machine.sshKey, machine.publicHostKey], [null, null]);
      assert.deepEqual([machine.supportedFeatures, machine.mandatoryFeatures], [[], []]);
    }
  });

  it("with a speed factor of 0 counts as 1", () => assert.equal(one("big - - 1 0").speedFactor, 1));
  it("without jobs has none", () => assert.equal(one("big - - 0").maxJobs, 0));
});

describe("an address", () => {
  it("may carry a port", () => {
    const { host, port, user } = one("ssh-ng://ada@localhost:31022");
    assert.deepEqual([user, host, port], ["ada", "localhost", 31022]);
  });

  it("may be IPv6, in brackets with a port or bare without", () => {
    assert.deepEqual([one("ssh://[fe80::1]:2222").host, one("ssh://[fe80::1]:2222").port], ["fe80::1", 2222]);
    assert.deepEqual([one("ssh://ada@fe80::1").host, one("ssh://ada@fe80::1").port], ["fe80::1", null]);
    assert.equal(one("ssh://[fe80::1%25en0]").host, "fe80::1%en0");
  });

  it("may carry settings of the store", () => {
    assert.deepEqual(
      Object.fromEntries(one("ssh-ng://mini?ssh-key=%2Fk&remote-program=/nix/bin/nix-daemon").params),
      { "ssh-key": "/k", "remote-program": "/nix/bin/nix-daemon" },
    );
  });

  it("that is localhost alone does not go over ssh", () => {
    assert.equal(one("ssh-ng://localhost").local, true);
    assert.equal(one("localhost").local, true);
    assert.equal(one("ssh-ng://ada@localhost").local, false);
    assert.equal(one("ssh-ng://localhost:22").local, false);
  });

  it("with two schemes leads to the inner host and says that it is doubled", () => {
    const { host, user, doubledScheme, uri } = one("ssh://ssh://builder@localhost");
    assert.deepEqual(
      [host, user, doubledScheme, uri],
      ["localhost", "builder", true, "ssh://ssh://builder@localhost"],
    );
  });

  it("may be no ssh at all", () => {
    assert.deepEqual(
      ["daemon", "auto?trusted=1", "/mnt/store", "unix:///run/nix.sock", "s3://cache"].map(
        (uri) => one(uri).scheme,
      ),
      ["daemon", "auto", "local", "unix", "s3"],
    );
    assert.equal(one("/mnt/store").host, null);
  });
});

describe("several rows", () => {
  it("are parted by lines and semicolons; a comment goes to the end of its line, semicolons or not", () => {
    const { machines } = read("a ; b # c; d\n\n# e\n  f\r\n");
    assert.deepEqual(
      machines.map(({ host, source }) => [host, source.line]),
      [
        ["a", 1],
        ["b", 1],
        ["f", 4],
      ],
    );
  });

  it("come from files, also from files that name files, each with its place", () => {
    const { machines, problems } = read("@/etc/nix/machines # usual", {
      "/etc/nix/machines": "\nssh://a\n@ /etc/nix/more\n",
      "/etc/nix/more": "ssh://b",
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      machines.map(({ uri, source }) => [uri, source.path, source.line]),
      [
        ["ssh://a", "/etc/nix/machines", 2],
        ["ssh://b", "/etc/nix/more", 1],
      ],
    );
  });

  it("are none where the file is missing or the setting is empty", () => {
    assert.deepEqual(read("@/etc/nix/machines"), { machines: [], problems: [] });
    assert.deepEqual(read(""), { machines: [], problems: [] });
  });

  it("end when a file includes itself, over another or not, and say so", () => {
    const { machines, problems } = read("@/a", { "/a": "@/b\nssh://one", "/b": "@/a" });
    assert.deepEqual(
      machines.map(({ uri }) => uri),
      ["ssh://one"],
    );
    assert.deepEqual(problems, [{ path: "/b", line: 1, text: "@/a", message: "'/a' includes itself" }]);
  });

  it("stay few even if files include each other often", () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`/${n}`, `@/${n + 1}\n@/${n + 1}\nssh://m${n}`]),
    );
    assert.ok(read("@/0", files).machines.length <= 500);
  });
});

describe("a row that Nix refuses", () => {
  it("has no address in its first column", () => {
    assert.equal(
      problemOf("- aarch64-linux"),
      "bad machine specification: store URL was not found at the first column of a row: '- aarch64-linux'",
    );
  });

  it("has words where numbers belong; columns count from 0", () => {
    const words = (column: number, row: string, type: string) =>
      `bad machine specification: failed to convert column #${column} in a row: '${row}' to '${type}'`;
    assert.equal(problemOf("a x - four"), words(3, "a x - four", "unsigned int"));
    assert.equal(problemOf("a x - -4"), words(3, "a x - -4", "unsigned int"));
    assert.equal(problemOf("a x - 4294967296"), words(3, "a x - 4294967296", "unsigned int"));
    assert.equal(problemOf("a x - 4 fast"), words(4, "a x - 4 fast", "float"));
    assert.equal(problemOf("a x - 4 -2"), "speed factor must be >= 0");
  });

  it("has a host key that is not base64", () => {
    assert.equal(
      problemOf("a x - 4 1 - - ssh-ed25519"),
      "invalid character in Base64 string: '-', while parsing machine specification at a column #7 in a row: 'a x - 4 1 - - ssh-ed25519'",
    );
  });

  it("has an address that is none", () => {
    assert.equal(problemOf("ssh://host:port"), "Cannot parse Nix store 'ssh://host:port'");
    assert.equal(problemOf("ssh://"), "Cannot parse Nix store 'ssh://'");
  });

  it("does not hide the others, and says where it is", () => {
    const { machines, problems } = read("ssh://a\nssh://b - - x\nssh://c");
    assert.deepEqual(
      machines.map(({ host }) => host),
      ["a", "c"],
    );
    assert.deepEqual([problems[0]?.path, problems[0]?.line, problems[0]?.text], [null, 2, "ssh://b - - x"]);
  });
});

it("any text is read without a fall", () => {
  survives("ssh-ng://a@[::1]:22?x=%41 s,t - 4 1.5e1 f,g - YQ==; b\n@/f # c\n", (text) =>
    read(text, { "/f": text }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("ssh", "://", "@", "[", "]", ":", "%", "?", "a", "-", " ", ";", "\n", "9")),
      (parts) => {
        for (const { port, host } of read(parts.join("")).machines) {
          assert.ok(port === null || (port >= 0 && port < 65_536));
          assert.ok(host !== "");
        }
      },
    ),
  );
});

describe("the host key of nixpkgs' builders", () => {
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJBWcxb/Blaqt1auOtE+F8QUWrUotiC5qBJ+UuEWdVCb";
  const base64 = (text: string) => Buffer.from(text).toString("base64");

  it("is known with any comment behind it", () => {
    assert.equal(isNixpkgsBuilderKey(base64(`${key} root@nixos\n`)), true);
    assert.equal(isNixpkgsBuilderKey(base64(key)), true);
  });

  it("is not any other key", () => {
    assert.equal(isNixpkgsBuilderKey(base64(key.replace("JBW", "JBX"))), false);
    assert.equal(isNixpkgsBuilderKey(null), false);
    assert.equal(isNixpkgsBuilderKey("%%%"), false);
  });
});
