/** Well Macs, one of each builder system, as texts; tests change one thing about them. */
import { absent, answering, changed, job, type Mac, now, ps } from "./facts.ts";

const nixpkgsKey =
  "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUpCV2N4Yi9CbGFxdDFhdU90RStGOFFVV3JVb3RpQzVxQkorVXVFV2RWQ2Igcm9vdEBuaXhvcwo=";
export const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDsIxBBOZno/aZ+OR8vSHZuA3dPbiI3aa1gKUwXVQEHs builder@localhost\n";

export const daemonRow = "  512     1 root    0.0  22304  3-01:00:00 /nix/store/q1-nix-2.34.3/bin/nix-daemon";
export const startRow =
  "  530     1 root    0.0   2192  3-01:00:00 /bin/bash /nix/store/q2-linux-builder-start";
export function qemuRow(
  change: {
    pid?: number;
    parent?: number;
    memory?: number;
    cores?: number;
    port?: number;
    more?: string;
    directory?: string;
  } = {},
): string {
  const {
    pid = 571,
    parent = 530,
    memory = 8192,
    cores = 4,
    port = 31022,
    more = "",
    directory = "/var/lib/linux-builder",
  } = change;
  return `  ${pid}   ${parent} root    1.8 503316  3-01:00:00 /nix/store/q3-qemu/bin/qemu-system-aarch64 -machine virt,accel=hvf:tcg -name nixos -m ${memory} -smp ${cores} -netdev user,id=user.0,hostfwd=tcp::${port}-:22, ${more} -drive cache=writeback,file=${directory}/nixos.qcow2,id=drive1 -nographic`;
}

export const config = (change: Record<string, unknown> = {}) =>
  JSON.stringify({
    builders: "@/etc/nix/machines",
    "builders-use-substitutes": true,
    "experimental-features": ["flakes", "nix-command"],
    "max-jobs": 8,
    system: "aarch64-darwin",
    "trusted-users": ["root", "@admin"],
    ...change,
  });

/** Of a Mac mini with 24 GiB and ten cores. */
const hardware = {
  machine:
    "ProductName:\t\tmacOS\nProductVersion:\t\t26.2\nBuildVersion:\t\t25C56\nhw.model: Mac16,10\nmachdep.cpu.brand_string: Apple M4\nmini\nada\n",
  load: "vm.loadavg: { 1.62 1.48 1.51 }\nkern.memorystatus_vm_pressure_level: 1\nhw.memsize: 25769803776\nhw.ncpu: 10\n",
  memory:
    "Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages active: 300000.\nPages wired down: 100000.\nPages occupied by compressor: 1000.\n",
  disks:
    "Filesystem 1024-blocks Used Available Capacity iused ifree %iused Mounted on\n/dev/disk3s7 482797652 61043212 120543212 34% 0 1 0% /nix\n",
  disabled: "\tdisabled services = {\n\t}\n",
  listeners: "tcp46      0      0  *.31022                *.*                    LISTEN\n",
  sudo: "",
  "stat /nix/store": "drwxrwxr-x root nixbld 100 8 1780000000 /nix/store\n",
};

const plainNix = {
  "nix-version": "nix (Nix) 2.34.3\n",
  "nix-config": config(),
  "determinate-version": { text: "", code: 127 },
  ...job("org.nixos.nix-daemon", {
    state: "running",
    runs: "1",
    pid: "512",
    "last exit code": "(never exited)",
  }),
  ...job("systems.determinate.nix-daemon", null),
  "stat /etc/nix/nix.conf /etc/nix/nix.custom.conf /etc/determinate/config.json": `-rw-r--r-- root wheel 300 8 ${now - 900_000} /etc/nix/nix.conf\n`,
};

const sshOfBuilder =
  "host linux-builder\nuser builder\nhostname localhost\nport 31022\nhostkeyalias linux-builder\nidentityfile /etc/nix/builder_ed25519\n";

export const linuxBuilder: Mac = {
  answers: {
    ...hardware,
    ...plainNix,
    "launch-daemons": "org.nixos.linux-builder.plist\norg.nixos.nix-daemon.plist\n",
    processes: ps(daemonRow, startRow, qemuRow()),
    ...job("org.nixos.linux-builder", {
      state: "running",
      "working directory": "/var/lib/linux-builder",
      runs: "1",
      pid: "530",
      "last exit code": "(never exited)",
    }),
    "file /etc/nix/machines": `ssh-ng://builder@linux-builder aarch64-linux /etc/nix/builder_ed25519 4 1 kvm,benchmark,big-parallel - ${nixpkgsKey}\n`,
    "ssh-config linux-builder": sshOfBuilder,
    "stat /etc/nix/builder_ed25519 /etc/nix/builder_ed25519.pub":
      "-rw------- root nixbld 411 8 1780000000 /etc/nix/builder_ed25519\n-rw-r--r-- root nixbld 98 8 1780000000 /etc/nix/builder_ed25519.pub\n",
    "file /etc/nix/builder_ed25519.pub": publicKey,
    "file /var/lib/linux-builder/keys/builder_ed25519.pub": publicKey,
    "file /var/lib/linux-builder/vzvm.json": absent,
  },
  guests: { "builder@linux-builder": answering() },
  stores: { "ssh-ng://builder@linux-builder": {} },
};

/** The job of the builder in another state, and its VM gone. */
export function builderJob(
  fields: Record<string, string> | null,
  change: Parameters<typeof changed>[1] = {},
): Mac {
  const answers = job(
    "org.nixos.linux-builder",
    fields === null ? null : { "working directory": "/var/lib/linux-builder", ...fields },
  );
  return changed(
    linuxBuilder,
    { processes: ps(daemonRow), listeners: "", ...answers, ...change },
    { guests: {}, stores: {} },
  );
}

const vzJson =
  '{"cpuCount":4,"memorySizeMiB":8192,"rosetta":true,"vsock":{"forwards":[{"listen":"127.0.0.1:31022","vsockPort":22}]}}';
export const vzRows = [
  daemonRow,
  "  540     1 root    0.0   2192  3-01:00:00 /nix/store/q4-vzvm/bin/vzvm /var/lib/linux-builder/vzvm.json",
];
export const vmRow = (cpu: string) =>
  `  541     1 root  ${cpu} 503316  3-01:00:00 /System/Library/Frameworks/Virtualization.framework/Versions/A/XPCServices/com.apple.Virtualization.VirtualMachine.xpc/Contents/MacOS/com.apple.Virtualization.VirtualMachine`;

export const vzBuilder: Mac = changed(linuxBuilder, {
  processes: ps(...vzRows, vmRow("1.0")),
  ...job("org.nixos.linux-builder", {
    state: "running",
    "working directory": "/var/lib/linux-builder",
    runs: "1",
    pid: "540",
  }),
  "file /var/lib/linux-builder/vzvm.json": vzJson,
  listeners: "tcp4       0      0  127.0.0.1.31022        *.*                    LISTEN\n",
  "stat /Library/Apple/usr/libexec/oah":
    "drwxr-xr-x root wheel 100 8 1780000000 /Library/Apple/usr/libexec/oah\n",
});

const rosettaConfig =
  "host rosetta-builder\nhostname localhost\nport 31122\nuser builder\nidentityfile /var/lib/rosetta-builder/ssh_user_ed25519_key\n";
export const rosettaBuilder: Mac = changed(
  linuxBuilder,
  {
    "launch-daemons": "org.nixos.rosetta-builderd.plist\norg.nixos.nix-daemon.plist\n",
    "file /etc/nix/machines":
      "ssh-ng://rosetta-builder aarch64-linux,x86_64-linux - 8 1 benchmark,big-parallel,kvm,nixos-test - -\n",
    "ssh-config rosetta-builder": rosettaConfig,
    "ssh-config linux-builder": null,
    "service org.nixos.linux-builder": null,
    processes: ps(
      daemonRow,
      "  540     1 _rosettabuilder 0.0 31000 3-01:00:00 /nix/store/q5-lima/bin/limactl start --foreground rosetta-builder-vm",
      "  575   540 _rosettabuilder 0.4 42000 3-01:00:00 /nix/store/q5-lima/bin/limactl hostagent rosetta-builder-vm",
    ),
    ...job("org.nixos.rosetta-builderd", {
      state: "running",
      runs: "1",
      pid: "540",
      "working directory": "/var/lib/rosetta-builder",
    }),
    "stat /var/lib/rosetta-builder/ssh_user_ed25519_key /var/lib/rosetta-builder/ssh_user_ed25519_key.pub":
      "-rw------- _rosettabuilder wheel 411 8 1780000000 /var/lib/rosetta-builder/ssh_user_ed25519_key\n",
    listeners: "tcp4       0      0  127.0.0.1.31122        *.*                    LISTEN\n",
  },
  { guests: { "rosetta-builder": answering() }, stores: { "ssh-ng://rosetta-builder": {} } },
);

/** Asleep: launchd holds its port. */
export const virby: Mac = changed(
  linuxBuilder,
  {
    "launch-daemons": "org.nixos.virbyd.plist\norg.nixos.nix-daemon.plist\n",
    "file /etc/nix/machines": "ssh-ng://virby-vm aarch64-linux - 8 1 kvm,big-parallel - -\n",
    "ssh-config virby-vm": "host virby-vm\nhostname localhost\nport 31222\nuser builder\n",
    "ssh-config linux-builder": null,
    "service org.nixos.linux-builder": null,
    processes: ps(daemonRow),
    ...job("org.nixos.virbyd", {
      state: "not running",
      runs: "3",
      "last exit code": "0",
      sockets: '{\n\t\t"Listener" = {\n\t\t\tsockname = 127.0.0.1:31222\n\t\t}\n\t}',
    }),
    listeners: "tcp4       0      0  127.0.0.1.31222        *.*                    LISTEN\n",
  },
  { guests: {}, stores: {} },
);

const external = {
  args: ["builder"],
  program: "/usr/local/bin/determinate-nixd",
  systems: ["aarch64-linux", "x86_64-linux"],
};
export const nativeConfig = (change: Record<string, unknown> = {}) =>
  config({
    "external-builders": [external],
    "experimental-features": ["external-builders", "flakes", "nix-command"],
    ...change,
  });
export const nixdVersion = (features: string[], daemon = "3.22.2") =>
  `Determinate Nixd daemon version: ${daemon}\nDeterminate Nixd client version: 3.22.2\nThe following features are enabled:\n${features.map((each) => ` * ${each} `).join("\n")}\n`;

/** Determinate Nix and its native builder: granted, no build, so no VM. */
export const native: Mac = {
  answers: {
    ...hardware,
    ...plainNix,
    listeners: "",
    "nix-version": "nix (Determinate Nix 3.22.2) 2.35.2\n",
    "nix-config": nativeConfig(),
    "launch-daemons": "systems.determinate.nix-daemon.plist\nsystems.determinate.nix-store.plist\n",
    processes: ps("  702     1 root    0.2  61440  3-01:00:00 /usr/local/bin/determinate-nixd daemon"),
    ...job("org.nixos.nix-daemon", null),
    ...job("systems.determinate.nix-daemon", { state: "running", runs: "1", pid: "702" }),
    "determinate-version": nixdVersion(["lazy-trees", "native-linux-builder"]),
    "determinate-status": "Logged in: true\n",
    "file /etc/determinate/config.json":
      '{"builder":{"state":"enabled","memoryBytes":8589934592,"cpuCount":1}}',
    "file /etc/nix/nix.custom.conf": "trusted-users = root @admin\n",
    "file /etc/nix/machines": absent,
  },
};

export const remote: Mac = changed(
  linuxBuilder,
  {
    "launch-daemons": "org.nixos.nix-daemon.plist\n",
    "file /etc/nix/machines": `ssh-ng://nixremote@heron.example.net aarch64-linux /etc/nix/heron_ed25519 32 4 kvm,nixos-test - ${nixpkgsKey.replace("JBWcxb", "JBXcxb")}\n`,
    "ssh-config heron.example.net": "host heron.example.net\nhostname heron.example.net\nport 22\nuser ada\n",
    "ssh-config linux-builder": null,
    "service org.nixos.linux-builder": null,
    "stat /etc/nix/heron_ed25519": "-rw------- root wheel 411 8 1780000000 /etc/nix/heron_ed25519\n",
    processes: ps(daemonRow),
    listeners: "",
  },
  {
    guests: { "nixremote@heron.example.net": answering() },
    stores: { "ssh-ng://nixremote@heron.example.net": {} },
  },
);
