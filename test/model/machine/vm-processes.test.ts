/** Virtual machines as their command lines tell of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseProcesses } from "../../../src/model/machine/processes.ts";
import { externalBuilderRuns, qemuMachines, vzMachines } from "../../../src/model/machine/vm-processes.ts";

const listed = (...args: string[]) =>
  parseProcesses(
    `PID PPID USER %CPU RSS ELAPSED ARGS\n${args.map((line, index) => `${index + 10} 1 root 214.0 1024 00:30 ${line}`).join("\n")}\n`,
  );
const qemu = (options: string) =>
  qemuMachines(listed(`/nix/store/x-qemu-10/bin/qemu-system-aarch64 ${options}`))[0];

const usual =
  "-machine virt,gic-version=2,accel=hvf:tcg -cpu max -name nixos -m 3072 -smp 1 -net nic,netdev=user.0,model=virtio -netdev user,id=user.0,hostfwd=tcp::31022-:22, -virtfs local,path=/nix/store,mount_tag=nix-store -drive cache=writeback,file=/var/lib/builder/nixos.qcow2,id=drive1,if=none -device virtio-blk-pci,drive=drive1 -drive file=/run/b/store.img,format=raw,id=drive2 -append console=ttyAMA0 -nographic";

describe("a machine under QEMU", () => {
  it("tells its size, its disks and how it is reached", () => {
    assert.deepEqual(qemu(usual), {
      pid: 10,
      parent: 1,
      user: "root",
      elapsedSeconds: 30,
      cpu: 2.14,
      residentBytes: 1024 * 1024,
      name: "nixos",
      processor: "aarch64",
      memoryBytes: 3072 * 1024 ** 2,
      cores: 1,
      forwards: [{ address: null, hostPort: 31022, guestPort: 22 }],
      disks: ["/var/lib/builder/nixos.qcow2", "/run/b/store.img"],
      qmpSocket: null,
      emulated: false,
    });
  });

  it("has the size that was asked for last", () => {
    const vm = qemu(`${usual} -m 8G -smp cpus=6,cores=6`);
    assert.deepEqual([vm?.memoryBytes, vm?.cores], [8 * 1024 ** 3, 6]);
    assert.equal(qemu("-m size=512K,slots=2")?.memoryBytes, 512 * 1024);
  });

  it("has forwards to one address only, several of them, and never udp", () => {
    const vm = qemu(
      "-nic user,hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=udp::53-:53,hostfwd=tcp:[::1]:8080-10.0.2.15:80",
    );
    assert.deepEqual(vm?.forwards, [
      { address: "127.0.0.1", hostPort: 2222, guestPort: 22 },
      { address: "::1", hostPort: 8080, guestPort: 80 },
    ]);
  });

  it("may have commas in the names of its files", () => {
    assert.deepEqual(qemu("-drive file=/a,,b.qcow2,if=virtio -hda /c.img")?.disks, ["/a,b.qcow2", "/c.img"]);
  });

  it("is emulated unless the hardware was asked for first", () => {
    assert.equal(qemu("-machine virt,accel=tcg")?.emulated, true);
    assert.equal(qemu("-machine virt -accel kvm")?.emulated, false);
    assert.equal(qemu("-m 1024")?.emulated, true);
    assert.equal(qemu("-enable-kvm")?.emulated, false);
  });

  it("may have a socket for questions", () => {
    assert.equal(qemu("-qmp unix:/run/q.sock,server=on,wait=off")?.qmpSocket, "/run/q.sock");
    assert.equal(
      qemu("-chardev socket,id=m0,path=/run/m.sock,server=on -mon chardev=m0,mode=control")?.qmpSocket,
      "/run/m.sock",
    );
    assert.equal(qemu("-monitor unix:/run/human.sock,server")?.qmpSocket, null);
  });

  it("is known behind nixpkgs' wrapper, and is not the shell that starts it", () => {
    assert.equal(
      qemuMachines(listed("/nix/store/x/bin/.qemu-system-x86_64-wrapped -m 1024"))[0]?.processor,
      "x86_64",
    );
    assert.deepEqual(
      qemuMachines(listed("/bin/sh -c exec qemu-system-aarch64 -m 1024", "qemu-img info a")),
      [],
    );
  });

  it("is read without a fall, whatever its options", () => {
    const word = fc.constantFrom(
      "-m",
      "-smp",
      "-drive",
      "-netdev",
      "-mon",
      "-chardev",
      ",",
      ",,,",
      "file=",
      "hostfwd=tcp:::-:",
      "=",
      "9",
      "a,b=",
    );
    fc.assert(fc.property(fc.array(word), (words) => assert.ok(qemu(words.join(" ")) !== undefined)));
  });
});

describe("machines of Apple's framework", () => {
  it("are told apart by the program that runs them", () => {
    const found = vzMachines(
      listed(
        "/nix/store/x-vzvm/bin/vzvm /var/lib/linux-builder/vzvm.json",
        "/nix/store/x-vfkit/bin/vfkit --cpus 8 --memory 6144 --restful-uri tcp://localhost:31223",
        "limactl hostagent --pidfile /x/ha.pid --socket /x/ha.sock rosetta-builder-vm",
        "limactl list",
        "/System/Library/Frameworks/Virtualization.framework/Versions/A/XPCServices/com.apple.Virtualization.VirtualMachine.xpc/Contents/MacOS/com.apple.Virtualization.VirtualMachine",
      ),
    );
    assert.deepEqual(
      found.map(({ kind, name, configPath, memoryBytes, cores }) => [
        kind,
        name,
        configPath,
        memoryBytes,
        cores,
      ]),
      [
        ["vzvm", null, "/var/lib/linux-builder/vzvm.json", null, null],
        ["vfkit", null, null, 6144 * 1024 ** 2, 8],
        ["lima", "rosetta-builder-vm", null, null, null],
        ["virtualization", null, null, null, null],
      ],
    );
  });
});

describe("programs that build in a machine of their own", () => {
  it("are Determinate's builder, and whatever Nix gave a build.json", () => {
    const found = externalBuilderRuns(
      listed(
        "/usr/local/bin/determinate-nixd daemon",
        "/usr/local/bin/determinate-nixd builder --cpu-count 2 /private/tmp/nix-build-a.drv-0/build.json",
        "/nix/store/x/bin/nix-linux-builder -m 4096 /private/tmp/nix-build-b.drv-0/build.json",
        "vim /private/tmp/nix-build-b.drv-0/build.json",
        "tool build.json",
      ),
    );
    assert.deepEqual(
      found.map(({ program, args, buildFile }) => [program, args[0], buildFile]),
      [
        ["determinate-nixd", "builder", "/private/tmp/nix-build-a.drv-0/build.json"],
        ["nix-linux-builder", "-m", "/private/tmp/nix-build-b.drv-0/build.json"],
      ],
    );
  });
});
