#!/usr/bin/env bash
# vm.sh: a Linux VM with real Nix inside, under QEMU: what a linux-builder is on a Mac.
#
#   vm.sh build SUITE           makes disk, kernel and initrd, once: 8 s, beyond the root of make-root.sh
#   vm.sh up SUITE DIR PORT     boots it, prints "ready" when ssh answers, and keeps it up until its stdin ends, a signal
#                               comes, or QEMU ends; DIR gets console.log, qmp.sock and qemu.pid
#   vm.sh ssh SUITE PORT CMD... runs a command in it, as root
#
# PORT of this machine's loopback is port 22 of the VM, for `builder` and `root`. With port 31522 the lab's client knows it
# as lab-builder (`lab.sh stop-sshd SUITE` first). Every `up` starts from the same disk: what is written goes with the VM.
# Set MEM (MiB, 1024), CPUS (2) and ACCEL (tcg, which works everywhere; kvm is faster where it works) in the environment.
#
# Needs what the lab needs, an x86_64 machine, and qemu-system-x86, cpio, kmod and e2fsprogs.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
die() { echo "vm: $*" >&2; exit 1; }
[ $# -ge 2 ] || die "usage: vm.sh build|up|ssh SUITE ..."
verb=$1 suite=$2
shift 2
lab=${BUILDTOP_LAB:-/var/tmp/buildtop-lab}
root=$lab/root-$suite vm=$lab/vm-$suite
# Counted up when what is made here changes.
generation=1

ssh_in() { # ssh_in PORT COMMAND...
  local port=$1
  shift
  ssh -q -F none -i "$vm/key" -p "$port" -o UserKnownHostsFile="$vm/known_hosts" -o HostKeyAlias=lab-builder \
    -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=2 root@127.0.0.1 "$@"
}
need() { command -v "$1" >/dev/null || die "$1 is missing; install it with: apt-get install $2"; }

build() (
  [ "$(id -u)" = 0 ] || die "must be root"
  [ "$(uname -m)" = x86_64 ] || die "the VM needs an x86_64 machine"
  # Only a lab that holds the lock may make a root anew, as others may be at work in it.
  exec 8>/run/buildtop-lab.lock
  if ! root_is_there; then
    flock -w "${BUILDTOP_LAB_WAIT:-900}" 8 || die "another lab has been running for too long; it holds /run/buildtop-lab.lock"
    bash "$here/make-root.sh" "$suite" 8>&-
  fi
  exec 8>&-
  exec 7>"$vm.lock"
  flock 7
  [ "$(cat "$vm/made-from" 2>/dev/null)" != "$generation $(cat "$root/etc/buildtop-lab")" ] || exit 0
  need cpio cpio
  need modprobe kmod
  need mkfs.ext4 e2fsprogs
  SECONDS=0
  rm -rf --one-file-system "$vm" "$vm.partial"
  mkdir -p "$vm.partial/stage"
  cd "$vm.partial/stage"
  kernel_and_initrd
  disk
  install -m 600 "$root/etc/nix/builder_ed25519" ../key
  cp "$root/etc/ssh/ssh_known_hosts" ../known_hosts
  echo "$generation $(cat "$root/etc/buildtop-lab")" >../made-from
  cd /
  rm -rf --one-file-system "$vm.partial/stage"
  mv "$vm.partial" "$vm"
  echo "vm: $vm is ready, disk $(du -m "$vm/disk.img" | cut -f1) MB, $SECONDS s" >&2
)

root_is_there() { bash "$here/make-root.sh" --is-there "$suite"; }

# Debian's kernel for virtual machines, and the modules it needs to find its disk and its network.
kernel_and_initrd() {
  local package version module
  mkdir deb kernel initrd initrd/{bin,mod,proc,sys,dev,new}
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
  [ -n "$package" ] || die "apt knows no linux-image-cloud-amd64; run: apt-get update"
  (cd deb && apt-get -qq -o APT::Sandbox::User=root download "$package")
  dpkg-deb -x deb/*.deb kernel
  version=${package#linux-image-}
  cp "kernel/boot/vmlinuz-$version" ../kernel
  # The merged /usr: newer packages have their modules in usr/lib, where depmod does not look by itself.
  [ -e kernel/lib ] || ln -s usr/lib kernel/lib
  depmod -b kernel "$version"
  cp "$root/bin/busybox" initrd/bin/
  for module in virtio_pci virtio_blk virtio_net virtio_balloon ext4; do
    modprobe -d "$PWD/kernel" -S "$version" --show-depends "$module" | awk '/^insmod/ { print $2 }'
  done | awk '!seen[$0]++' >list
  while read -r module; do
    cp "$module" initrd/mod/
    basename "$module"
  done <list >initrd/mod/order
  cat >initrd/init <<'INIT'
#!/bin/busybox sh
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
while read -r m; do busybox insmod /mod/$m; done </mod/order
while [ ! -e /dev/vda ]; do busybox sleep 0.05; done
busybox mount -t ext4 /dev/vda /new
for d in proc sys dev; do busybox mount --move /$d /new/$d; done
exec busybox switch_root /new /lab-init
INIT
  chmod +x initrd/init
  (cd initrd && find . | cpio -o -H newc --quiet | gzip -1) >../initrd
}

# The lab's root, a store of its own, and a first process that starts what a builder needs.
disk() {
  cp -a "$root" root
  rm -rf root/nix && mkdir root/nix
  cat >root/lab-init <<'INIT'
#!/bin/busybox sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run && mkdir -p /run/sshd
mount -t tmpfs tmpfs /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
busybox hostname lab-builder
busybox ifconfig lo 127.0.0.1 up
busybox ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
busybox route add default gw 10.0.2.2
NIX_CONFIG='build-users-group = remotebld' nix-daemon --daemon &
/usr/sbin/sshd -e -f /etc/ssh/vm_sshd_config
echo "lab: up after $(cut -d' ' -f1 /proc/uptime) s"
while :; do wait; sleep 3600; done
INIT
  chmod +x root/lab-init
  cat >root/etc/nix/nix.conf <<'CONF'
sandbox = true
max-jobs = 4
cores = 1
substituters =
trusted-users = root builder
system-features = nixos-test benchmark big-parallel
experimental-features = nix-command flakes
CONF
  sed -e 's/^ListenAddress.*/ListenAddress 0.0.0.0/' -e 's/^Port.*/Port 22/' -e 's/^AllowUsers.*/AllowUsers builder root/' \
    root/etc/ssh/lab_sshd_config >root/etc/ssh/vm_sshd_config
  echo 'HostKey /etc/ssh/lab_host_ed25519' >>root/etc/ssh/vm_sshd_config
  install -d -m 700 root/root/.ssh
  install -m 600 root/etc/nix/builder_ed25519.pub root/root/.ssh/authorized_keys
  truncate -s 4096M ../disk.img
  mkfs.ext4 -q -F -d root -L lab ../disk.img
}

up() {
  local dir=$1 port=$2 accel=${ACCEL:-tcg} qemu reader
  need qemu-system-x86_64 qemu-system-x86
  build
  mkdir -p "$dir"
  [ "$accel" != tcg ] || accel=tcg,thread=multi
  # Should this script be killed, QEMU goes with it.
  TMPDIR=$dir setpriv --pdeathsig KILL -- qemu-system-x86_64 -name lab-builder -machine q35 -accel "$accel" -cpu max \
    -smp "${CPUS:-2}" -m "${MEM:-1024}" -kernel "$vm/kernel" -initrd "$vm/initrd" -append "console=ttyS0 quiet panic=-1" \
    -drive "file=$vm/disk.img,if=virtio,format=raw,snapshot=on,cache=unsafe" \
    -netdev "user,id=net0,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=net0 \
    -device virtio-balloon-pci,id=balloon0 -qmp "unix:$dir/qmp.sock,server=on,wait=off" \
    -serial "file:$dir/console.log" -display none -no-reboot -pidfile "$dir/qemu.pid" </dev/null >&2 &
  qemu=$!
  # shellcheck disable=SC2064
  trap "kill $qemu 2>/dev/null; wait $qemu" EXIT
  trap 'exit 0' INT TERM HUP
  until ssh_in "$port" true 2>/dev/null; do
    kill -0 "$qemu" 2>/dev/null || die "QEMU ended: $(tail -c 400 "$dir/console.log" 2>/dev/null)"
    [ "$SECONDS" -lt 180 ] || die "no answer from ssh; see $dir/console.log"
    sleep 0.2
  done
  echo ready
  cat <&0 >/dev/null &
  reader=$!
  # shellcheck disable=SC2064
  trap "kill $qemu $reader 2>/dev/null; wait $qemu" EXIT
  wait -n "$qemu" "$reader" || true
}

case $verb in
  build) build ;;
  up) up "$@" ;;
  ssh) ssh_in "$@" ;;
  *) die "unknown verb '$verb'" ;;
esac
