/**
 * What a collector can be asked, as POSIX shell. One table: a section is a name and the commands it runs on macOS and on
 * Linux, whose output is sent as it is. Words behind the name arrive as "$@". No pipes where one command does: each
 * process counts on the machine that is looked at.
 */
import { nixCodeGlobs } from "../../model/settings/nix-code-places.ts";

export interface Section {
  readonly darwin: string;
  readonly linux: string;
}

/** Six words, then the command line with its spaces. */
const processes = (all: string, user: string) => `ps ${all} -o pid,ppid,${user},%cpu,rss,etime,args`;

/** Its third word is for a Nix that has no JSON here. */
const storeCheck = (nix: string) =>
  `${nix} --extra-experimental-features nix-command store "$1" "\${3:---json}" --store "$2" 2>&1`;

export const sections: Readonly<Record<string, Section>> = {
  // --- asked at every look -------------------------------------------------------------------------------------------
  now: { darwin: "date +%s", linux: "date +%s" },
  load: {
    darwin:
      "sysctl vm.loadavg vm.swapusage kern.memorystatus_vm_pressure_level kern.boottime hw.memsize hw.ncpu hw.perflevel0.logicalcpu",
    linux:
      'cat /proc/loadavg /proc/uptime; for f in cpu io memory; do [ -r /proc/pressure/$f ] && while read -r l; do echo "$f $l"; done </proc/pressure/$f; done; :',
  },
  memory: { darwin: "vm_stat", linux: "cat /proc/meminfo" },
  // iostat's first row is an average since the boot, its second that of one second. Linux counts, we subtract.
  cpu: {
    darwin: "iostat -c 2 -w 1",
    linux:
      'while read -r l; do case $l in cpu*) echo "$l";; *) break;; esac; done </proc/stat; while read -r k v; do [ "$k" = oom_kill ] && echo "$k $v"; done </proc/vmstat; :',
  },
  // procps cuts names of users to eight letters, unless told not to; other ps know no widths, busybox no %cpu.
  processes: {
    darwin: processes("-axww", "user"),
    linux: `${processes("-eww", "user:32")} || ${processes("-eww", "user")} || ps -o pid,ppid,user,rss,etime,args`,
  },
  service: {
    darwin: 'for label do launchctl print "system/$label"; echo "= $label $?"; done 2>&1',
    linux:
      'systemctl show -p Id,LoadState,ActiveState,SubState,MainPID,NRestarts,ExecMainStatus,ExecMainCode,ActiveEnterTimestamp,UnitFileState,Result -- "$@" 2>&1',
  },
  // Name, size, seconds since 1970 of the last change.
  "current-load": {
    darwin: "cd /nix/var/nix/current-load && set +f && stat -f '%m %z %N' -- *; cd /",
    linux: "cd /nix/var/nix/current-load && set +f && stat -c '%Y %s %n' -- *; cd /",
  },

  // --- asked rarely --------------------------------------------------------------------------------------------------
  machine: {
    darwin: "sw_vers; sysctl hw.model machdep.cpu.brand_string; hostname; id -un",
    linux: "cat /etc/os-release; hostname; id -un",
  },
  disks: {
    darwin: "df -k /nix /System/Volumes/Data 2>/dev/null || df -k / /nix",
    linux:
      "df -Pk / /nix/store /nix/.rw-store 2>/dev/null; df -Pi / /nix/store /nix/.rw-store 2>/dev/null; :",
  },
  disabled: { darwin: "launchctl print-disabled system", linux: ":" },
  "launch-daemons": { darwin: "ls /Library/LaunchDaemons", linux: ":" },
  // At most 64 KiB: settings files are short.
  file: { darwin: 'head -c 65536 -- "$1"', linux: 'head -c 65536 -- "$1"' },
  // The end of a log, at most 8 KiB.
  tail: { darwin: 'tail -c 8192 -- "$1"', linux: 'tail -c 8192 -- "$1"' },
  directory: { darwin: 'ls -- "$1"', linux: 'ls -- "$1"' },
  // Mode, owner, group, size, 512-byte blocks, seconds since 1970 of the last change, name; or why there is no answer.
  stat: {
    darwin: "stat -f '%Sp %Su %Sg %z %b %m %N' -- \"$@\" 2>&1; :",
    linux: "stat -c '%A %U %G %s %b %Y %n' -- \"$@\" 2>&1; :",
  },
  // The first 32 bytes in hexadecimal: enough to tell a disk image's format and size.
  head: { darwin: 'od -An -v -tx1 -N32 -- "$1"', linux: 'od -An -v -tx1 -N32 -- "$1"' },
  "nix-version": { darwin: "nix --version", linux: "nix --version" },
  "nix-config": {
    darwin:
      "nix --extra-experimental-features nix-command config show --json || nix --extra-experimental-features nix-command show-config --json",
    linux:
      "nix --extra-experimental-features nix-command config show --json || nix --extra-experimental-features nix-command show-config --json",
  },
  "active-builds": {
    darwin: "nix --extra-experimental-features nix-command ps --json",
    linux: "nix --extra-experimental-features nix-command ps --json",
  },
  "determinate-version": { darwin: "determinate-nixd version", linux: "determinate-nixd version" },
  "determinate-status": { darwin: "determinate-nixd status", linux: "determinate-nixd status" },
  "ssh-config": { darwin: 'ssh -G -- "$1"', linux: 'ssh -G -- "$1"' },
  listeners: { darwin: "netstat -an -p tcp", linux: "cat /proc/net/tcp /proc/net/tcp6" },
  containers: {
    darwin: "docker ps -a --no-trunc --format '{{json .}}'",
    linux: "docker ps -a --no-trunc --format '{{json .}}'",
  },
  // `info` or `ping`, and a URI. sudo's own PATH need not lead to nix.
  "store-check": { darwin: storeCheck("nix"), linux: storeCheck("nix") },
  "sudo-store-check": {
    darwin: storeCheck('sudo -n -- "$(command -v nix)"'),
    linux: storeCheck('sudo -n -- "$(command -v nix)"'),
  },
  // Root only; a second or so.
  "background-items": { darwin: "sudo -n sfltool dumpbtm", linux: ":" },
  // Lines about builders in nix-darwin's configuration, where it usually lies; nothing else of it.
  "nix-darwin-settings": {
    darwin: `set +f; grep -snE -m 40 -e "nix\\.enable|buildMachines|linux-builder|darwin-builder|diskSize" -- ${nixCodeGlobs} /dev/null; :`,
    linux: ":",
  },
  // Copies of a builder's keys that its start puts into the store.
  "store-keys": {
    darwin: "set +f; stat -f '%Sp %Su %Sg %z %b %m %N' -- /nix/store/*-keys/builder_ed25519 2>/dev/null; :",
    linux: ":",
  },
  // The groups of the user, then the user's own nix.conf.
  "user-nix-conf": {
    darwin:
      'echo "groups: $(id -Gn)"; [ -n "$XDG_CONFIG_HOME" ] || XDG_CONFIG_HOME=$HOME/.config; head -c 65536 -- "$XDG_CONFIG_HOME/nix/nix.conf" 2>/dev/null; :',
    linux:
      'echo "groups: $(id -Gn)"; [ -n "$XDG_CONFIG_HOME" ] || XDG_CONFIG_HOME=$HOME/.config; head -c 65536 -- "$XDG_CONFIG_HOME/nix/nix.conf" 2>/dev/null; :',
  },
  sudo: { darwin: "sudo -n true", linux: "sudo -n true" },
};
