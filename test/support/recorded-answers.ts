/** Answers of a Mac as a recording has them, with names of one's own choice. */
import type { RecordedLine, SystemName } from "../../src/model/recording/format.ts";

/** The key that every VM builder of nixpkgs has. */
const nixpkgsKey =
  "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUpCV2N4Yi9CbGFxdDFhdU90RStGOFFVV3JVb3RpQzVxQkorVXVFV2RWQ2Igcm9vdEBuaXhvcwo=";
const hostKey = "AAAAC3NzaC1lZDI1NTE5AAAAIDsIxBBOZno/aZ+OR8vSHZuA3dPbiI3aa1gKUwXVQEHs";

export function machineOf(
  user: string,
  host: string,
): { lines: RecordedLine[]; guests: Record<string, SystemName> } {
  const key = Buffer.from(`ssh-ed25519 ${hostKey} root@${host}-two\n`).toString("base64");
  const two = `${user}@${host}-two:`;
  const answers: Record<string, string> = {
    now: "1790000000\n",
    machine: `ProductName:\t\tmacOS\nProductVersion:\t\t26.2\nBuildVersion:\t\t25C56\nhw.model: Mac16,10\nmachdep.cpu.brand_string: Apple M4\n${host}.corp.example.com\n${user}\n`,
    processes: `  PID  PPID USER  %CPU    RSS     ELAPSED ARGS
    1     0 root    0.0  22304  3-02:00:00 /sbin/launchd
  512     1 root    0.0  22304  3-02:00:00 /nix/store/4q2b7cmx0k4dqgb6jy1a9v8w3s5zr0np-nix-2.34.3/bin/nix-daemon
  571   512 nixbld1 0.0   2230       02:00 qemu-system-aarch64 -netdev user,hostfwd=tcp:127.0.0.1:31022-:22 -device x,mac=52:54:00:12:34:56
  901     1 ${user} 3.2 301200  2-21:26:40 vim /Users/${user}/x /home/${user}/y
  902     1 ${user} 0.1   1200       00:10 ssh -l ${user} ${user}@${host}-two 192.168.7.21 fd12:3456:789a::21
`,
    "nix-config": `{"builders":{"value":"@/etc/nix/machines"},"substituters":{"value":["https://cache.nixos.org/","https://nix.corp.example.com/${user}"]}}`,
    "file /etc/nix/machines": `ssh-ng://builder@linux-builder aarch64-linux /etc/nix/builder_ed25519 4 1 kvm - ${nixpkgsKey}
ssh-ng://${user}@${host}-two x86_64-linux /Users/${user}/.ssh/key 8 1 - - ${key}
${host}-three aarch64-linux - 4
`,
    [`ssh-config ${host}-two`]: `host ${host}-two\nuser ${user}\nhostname ${host}-two.corp.example.com\nport 22\nidentityfile /Users/${user}/.ssh/key\n`,
    [`stat /Users/${user}/.ssh/key`]: `-rw------- ${user} staff 411 8 1780000000 /Users/${user}/.ssh/key\n`,
    [`file /Users/${user}/.ssh/key.pub`]: `ssh-ed25519 ${hostKey} ${user}@${host}\n`,
    "current-load": `1789990000 0 ssh-ng:__${user}@${host}-two-0\n`,
    listeners: `tcp4       0      0  192.168.7.21.52345      17.57.12.9.443         ESTABLISHED
tcp46      0      0  *.31022                *.*                    LISTEN
tcp6       0      0  fd12:3456:789a:1:.49152 fd12:3456:789a:2:.443  ESTABLISHED
  0: 1507A8C0:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
`,
  };
  const lines: RecordedLine[] = Object.entries(answers).map(([request, text]) => ({
    ...{ at: 0, subject: "host", request, code: 0, text },
  }));
  lines.push(
    { at: 1, subject: "builder@linux-builder:", request: "now", code: 0, text: "1790000001\n" },
    {
      at: 1,
      subject: two,
      trouble: {
        kind: "login",
        message: `${host}-two refused the login`,
        details: [`${user}@192.168.7.21: Permission denied (publickey).`],
        retry: false,
      },
    },
  );
  const linux = { system: "Linux", processor: "aarch64" };
  return { lines, guests: { "builder@linux-builder:": linux, [two]: linux } };
}
