/** What else is asked of a machine: what it is, units, containers, listeners, ssh's settings. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseContainers } from "../../../src/model/machine/containers.ts";
import { parseLinuxListeners, parseNetstatListeners } from "../../../src/model/machine/listeners.ts";
import { parseMachineSummary } from "../../../src/model/machine/machine-summary.ts";
import { parseSshConfig } from "../../../src/model/machine/ssh-config.ts";
import { parseSystemdUnits } from "../../../src/model/machine/systemd.ts";
import { survives } from "./survives.ts";

describe("what a machine is", () => {
  const mac = `ProductName:\t\tmacOS
ProductVersion:\t\t26.2
BuildVersion:\t\t25C56
hw.model: Mac16,10
machdep.cpu.brand_string: Apple M4
forge.local
ada
`;

  it("is told of a Mac", () => {
    assert.deepEqual(parseMachineSummary(mac), {
      os: "macOS 26.2",
      build: "25C56",
      model: "Mac16,10",
      chip: "Apple M4",
      hostName: "forge.local",
      user: "ada",
    });
  });

  it("is told of Linux, in few words", () => {
    const linux = (release: string) => parseMachineSummary(`${release}\nbuilder\nada\n`);
    assert.equal(
      linux('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"').os,
      "Debian 12",
    );
    assert.equal(linux('NAME=NixOS\nVERSION_ID="26.05"').os, "NixOS 26.05");
    assert.equal(linux('NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"').os, "Arch");
    assert.deepEqual([linux("NAME=NixOS").hostName, linux("NAME=NixOS").user], ["builder", "ada"]);
  });

  it("names the user where the host has no name", () => {
    const { hostName, user } = parseMachineSummary("NAME=NixOS\nada\n");
    assert.deepEqual([hostName, user], [null, "ada"]);
    survives(mac, parseMachineSummary);
  });
});

describe("units of systemd", () => {
  const text = `Id=nix-daemon.service
LoadState=loaded
ActiveState=active
SubState=running
MainPID=812
NRestarts=2
ExecMainCode=0
ExecMainStatus=0
Result=success
ActiveEnterTimestamp=Mon 2026-11-16 09:12:44 UTC
UnitFileState=enabled

Id=gone.service
LoadState=not-found
ActiveState=inactive
SubState=dead
MainPID=0
`;

  it("are told apart", () => {
    const units = parseSystemdUnits(text);
    assert.deepEqual([...units.keys()], ["nix-daemon.service", "gone.service"]);
    const daemon = units.get("nix-daemon.service");
    assert.deepEqual(
      [daemon?.activeState, daemon?.pid, daemon?.restarts, daemon?.result],
      ["active", 812, 2, "success"],
    );
    assert.equal(daemon?.activeSince, "Mon 2026-11-16 09:12:44 UTC");
    assert.deepEqual(
      [units.get("gone.service")?.loadState, units.get("gone.service")?.pid],
      ["not-found", null],
    );
  });

  it("are none without systemd", () => {
    assert.equal(
      parseSystemdUnits("System has not been booted with systemd as init system (PID 1). Can't operate.\n")
        .size,
      0,
    );
    survives(text, parseSystemdUnits);
  });
});

describe("containers", () => {
  const row = (values: object) =>
    JSON.stringify({ ID: "4f5e", Names: "builder", Image: "nixos/nix", ...values });

  it("tell which ports of this machine lead into them", () => {
    const [container] = parseContainers(
      row({
        State: "running",
        Status: "Up 3 hours (healthy)",
        Ports:
          "0.0.0.0:2222->22/tcp, [::]:2222->22/tcp, 127.0.0.1:5000-5001->6000-6001/tcp, 53/udp, 0.0.0.0:53->53/udp, 8080/tcp",
      }),
    );
    assert.deepEqual(
      [container?.name, container?.state, container?.image, container?.id],
      ["builder", "running", "nixos/nix", "4f5e"],
    );
    assert.deepEqual(container?.ports, [
      { address: null, hostPort: 2222, port: 22 },
      { address: "127.0.0.1", hostPort: 5000, port: 6000 },
      { address: "127.0.0.1", hostPort: 5001, port: 6001 },
    ]);
  });

  it("of an old Docker tell their state by their status", () => {
    const states = [
      "Up 2 seconds",
      "Exited (137) 2 days ago",
      "Up 5 minutes (Paused)",
      "Restarting (1) 3 seconds ago",
      "",
    ];
    assert.deepEqual(
      states.map((Status) => parseContainers(row({ Status }))[0]?.state),
      ["running", "exited", "paused", "restarting", "unknown"],
    );
  });

  it("are found between other lines", () => {
    const text = `WARNING: x\n${row({ Ports: "" })}\n{"half":`;
    assert.deepEqual(
      parseContainers(text).map(({ name, ports }) => [name, ports]),
      [["builder", []]],
    );
    survives(text, parseContainers);
  });

  it("cannot publish without end", () => {
    const [container] = parseContainers(row({ Ports: "0.0.0.0:1-65535->1-65535/tcp" }));
    assert.equal(container?.ports.length, 100);
  });
});

describe("what listens", () => {
  const netstat = `Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.31022        *.*                    LISTEN
tcp46      0      0  *.22                   *.*                    LISTEN
tcp6       0      0  ::1.631                *.*                    LISTEN
tcp6       0      0  fe80::1%lo0.5000       *.*                    LISTEN
tcp4       0      0  10.0.0.2.22            10.0.0.9.51234         ESTABLISHED
`;

  it("is known on macOS, each address with its port behind the last point", () => {
    assert.deepEqual(parseNetstatListeners(netstat), [
      { address: "127.0.0.1", port: 31022 },
      { address: null, port: 22 },
      { address: "::1", port: 631 },
      { address: "fe80::1", port: 5000 },
    ]);
    survives(netstat, parseNetstatListeners);
  });

  const proc = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:08FD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2848770 1
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 627 1
   2: 0200000A:0016 0900000A:C822 01 00000000:00000000 00:00000000 00000000     0        0 627 1
  sl  local_address                         remote_address                        st tx_queue
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 00000000:00000000
   2: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000
   3: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
`;

  it("is known on Linux, both families", () => {
    assert.deepEqual(parseLinuxListeners(proc), [
      { address: "127.0.0.1", port: 2301 },
      { address: null, port: 22 },
      { address: "::1", port: 631 },
      { address: "2001:db8::1", port: 80 },
      { address: "127.0.0.1", port: 8080 },
    ]);
    survives(proc, parseLinuxListeners);
  });
});

describe("how ssh is configured", () => {
  const text = `host linux-builder
user builder
hostname localhost
port 31022
identitiesonly no
stricthostkeychecking ask
hostkeyalias linux-builder
identityfile /etc/nix/builder_ed25519
identityfile ~/.ssh/My Key
globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
userknownhostsfile /Users/ada/.ssh/known_hosts
proxyjump none
`;

  it("is told for an alias", () => {
    assert.deepEqual(parseSshConfig(text), {
      hostname: "localhost",
      user: "builder",
      port: 31022,
      hostKeyAlias: "linux-builder",
      identityFiles: ["/etc/nix/builder_ed25519", "~/.ssh/My Key"],
      identitiesOnly: false,
      strictHostKeyChecking: "ask",
      userKnownHostsFiles: ["/Users/ada/.ssh/known_hosts"],
      globalKnownHostsFiles: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
      proxyJump: null,
      proxyCommand: null,
    });
  });

  it("is not known from an error", () => {
    assert.equal(parseSshConfig("/etc/ssh/ssh_config line 3: Bad configuration option: foo\n"), null);
    survives(text, parseSshConfig);
  });
});
