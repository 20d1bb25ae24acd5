import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Lab, openLab } from "./lab.ts";
import { startVm, type Vm, vmSkipReason } from "./vm.ts";

describe("the VM with real Nix", { skip: vmSkipReason() }, () => {
  let lab: Lab;
  let vm: Vm;
  before(async () => {
    lab = await openLab("forky");
    await lab.stopSshd();
    vm = await startVm({ port: 31522, cores: 2 });
  });
  after(async () => {
    await vm?.close();
    await lab?.close();
  });

  it("answers as a builder does, with Nix and what a guest is asked inside", async () => {
    const { stdout } = await vm.ssh("nix --version; nproc; ps -eo user,etimes,args; cat /proc/pressure/cpu");
    assert.match(stdout, /^nix \(Nix\) 2\.34\.\S+\n2\n/);
    assert.match(stdout, /^root +\d+ nix-daemon --daemon$/m);
    assert.match(stdout, /^some avg10=/m);
  });

  it("builds for the lab's client", async () => {
    const builders = "ssh-ng://lab-builder x86_64-linux /etc/nix/builder_ed25519 2 1 - -";
    const options = [
      "--argstr",
      "stamp",
      lab.stamp(),
      "--arg",
      "percent",
      "5",
      "--no-link",
      "--print-out-paths",
    ];
    const argv = ["nix", "build", "-f", "cases/fail.nix", "small", ...options];
    const path = await lab.output([...argv, "--max-jobs", "0", "--builders", builders]);
    const there = await vm.ssh(`nix-store -q --deriver ${path}`);
    assert.match(there.stdout, /-small\.drv\n$/, there.stderr);
  });

  it("hangs and goes on", async () => {
    await vm.pause();
    await assert.rejects(vm.ssh("true", "builder", 1500), /not done after/);
    await vm.resume();
    assert.equal((await vm.ssh("true")).status, 0);
  });
});
