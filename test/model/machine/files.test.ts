/** Files of a machine: what stat and od say, vzvm's settings, and Nix's directory of locks. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDiskImageHead } from "../../../src/model/machine/disk-image.ts";
import { currentLoadPrefix, parseCurrentLoad, parseStat } from "../../../src/model/machine/stat.ts";
import { parseVzvmConfig } from "../../../src/model/machine/vzvm.ts";
import { survives } from "./survives.ts";

const stats = `-rw------- root nixbld 107 8 1794815915 /etc/nix/builder_ed25519
-rw-r--r-- root wheel 14763950080 28835840 1795168675 /var/lib/builder/nixos.qcow2
drwxrwxrwt ada domain users 4096 8 1795168715 /Users/ada/My Files
srw-rw-rw- root wheel 0 0 1795168715 /var/run/d.socket
lrwxr-xr-x root wheel 11 0 1795168715 /etc
crw-rw-rw- root wheel 0 0 -1 /dev/null
-rwsr-Sr-x root wheel 1 1 1 /bin/su
`;

describe("a file", () => {
  it("has its permissions, size and what it takes on the disk", () => {
    assert.deepEqual(parseStat(stats).get("/etc/nix/builder_ed25519"), {
      mode: 0o600,
      type: "file",
      owner: "root",
      group: "nixbld",
      sizeBytes: 107,
      allocatedBytes: 8 * 512,
      modifiedAt: 1794815915,
    });
    assert.equal(parseStat(stats).get("/var/lib/builder/nixos.qcow2")?.allocatedBytes, 28835840 * 512);
  });

  it("may have blanks in its name and its group", () => {
    const { group, type, mode } = parseStat(stats).get("/Users/ada/My Files") ?? {};
    assert.deepEqual([group, type, mode], ["domain users", "directory", 0o1777]);
  });

  it("is of one kind", () => {
    const kinds = [...parseStat(stats)].map(([, { type }]) => type);
    assert.deepEqual(kinds, ["file", "file", "directory", "socket", "link", "other", "file"]);
  });

  it("may run as its owner", () => assert.equal(parseStat(stats).get("/bin/su")?.mode, 0o6745));

  it("that is missing is left out, with what was said of it", () => {
    assert.equal(parseStat("stat: /nope: lstat: No such file or directory\n").size, 0);
    survives(stats, parseStat);
  });
});

describe("locks of the machines", () => {
  const text = `1795163315 0 main-lock
1795163316 0 ssh-ng:__builder@linux-builder-0
1795163317 0 ssh-ng:__builder@linux-builder-12
1795163318 0 ssh-ng:__builder@linux-builder.upload-lock
`;

  it("tell the slot, when a build took it, and the lock for uploads", () => {
    const prefix = currentLoadPrefix("ssh-ng://builder@linux-builder");
    assert.deepEqual(parseCurrentLoad(text), [
      {
        name: "ssh-ng:__builder@linux-builder-0",
        prefix,
        slot: 0,
        uploadLock: false,
        modifiedAt: 1795163316,
      },
      {
        name: "ssh-ng:__builder@linux-builder-12",
        prefix,
        slot: 12,
        uploadLock: false,
        modifiedAt: 1795163317,
      },
      {
        name: "ssh-ng:__builder@linux-builder.upload-lock",
        prefix,
        slot: null,
        uploadLock: true,
        modifiedAt: 1795163318,
      },
    ]);
  });

  it("are none in an empty directory", () => {
    assert.deepEqual(parseCurrentLoad("stat: *: stat: No such file or directory\n"), []);
    survives(text, parseCurrentLoad);
  });
});

describe("a disk image", () => {
  const qcow2 = ` 51 46 49 fb 00 00 00 03 00 00 00 00 00 00 00 00
 00 00 00 00 00 00 00 10 00 00 00 05 00 00 00 00
`;

  it("of QEMU tells how large the guest sees it", () => {
    assert.deepEqual(parseDiskImageHead(qcow2), { format: "qcow2", virtualBytes: 20 * 1024 ** 3 });
  });

  it("without that mark is raw", () => {
    assert.deepEqual(parseDiskImageHead(qcow2.replace("51 46", "00 00")), { format: "raw" });
  });

  it("too short, unreadable or of another version says nothing", () => {
    assert.equal(parseDiskImageHead(qcow2.slice(0, 40)), null);
    assert.equal(parseDiskImageHead("od: nixos.qcow2: Permission denied\n"), null);
    assert.equal(parseDiskImageHead(qcow2.replace("00 03", "00 07")), null);
    assert.equal(parseDiskImageHead(qcow2.replace("00 00 00 05 00", "ff ff ff ff ff")), null);
    survives(qcow2, parseDiskImageHead);
  });
});

describe("vzvm.json", () => {
  const text = JSON.stringify({
    cpuCount: 6,
    memorySizeMiB: 8192,
    disks: [{ path: "/var/lib/b/nixos.qcow2", readOnly: false }, { path: "store.img", readOnly: true }, {}],
    rosetta: { enable: true },
    nestedVirtualization: false,
    vsock: { forwards: [{ listen: "127.0.0.1:31022", vsockPort: 22 }, { listen: 2222 }, { listen: "x" }] },
  });

  it("tells what the machine was given", () => {
    assert.deepEqual(parseVzvmConfig(text), {
      cpuCount: 6,
      memoryBytes: 8 * 1024 ** 3,
      disks: [
        { path: "/var/lib/b/nixos.qcow2", readOnly: false },
        { path: "store.img", readOnly: true },
      ],
      forwards: [
        { address: "127.0.0.1", hostPort: 31022, vsockPort: 22 },
        { address: null, hostPort: 2222, vsockPort: null },
      ],
      rosetta: true,
      nestedVirtualization: false,
    });
  });

  it("with nothing in it tells nothing, and is none if it is no object", () => {
    const { cpuCount, memoryBytes, disks } = parseVzvmConfig('{"cpuCount": -1, "memorySizeMiB": "8"}') ?? {};
    assert.deepEqual([cpuCount, memoryBytes, disks], [null, null, []]);
    assert.equal(parseVzvmConfig("[]"), null);
    assert.equal(parseVzvmConfig("{"), null);
    survives(text, parseVzvmConfig);
  });
});
