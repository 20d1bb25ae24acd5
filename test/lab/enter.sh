#!/usr/bin/env bash
# enter.sh client|builder USER SUITE COMMAND...: runs a command on one of the lab's two machines.
#
# It runs in the root that make-root.sh made, in a mount namespace of its own, entered with pivot_root: in a chroot the kernel
# refuses the user namespaces that Nix' build sandbox is made of. The command replaces this script, so its
# process id, its exit status, its terminal and the signals it gets are its own.
#
# Inside: /nix of that machine; /lab/cases (the derivations), /lab/run (the run's directory), /lab/buildtop
# (this checkout's dist/, if it is built), /lab/node (the Node named by $LAB_NODE, if any); a /tmp of the lab's own.
# /proc, /sys, /dev and the network are this machine's. Of the environment NIX_*, TERM, COLORTERM, COLUMNS, LINES
# are passed on, nothing else; the working directory is /lab.
set -euo pipefail

die() { echo "enter: $*" >&2; exit 125; }
[ $# -ge 4 ] || die "usage: enter.sh client|builder USER SUITE COMMAND..."

if [ "${LAB_INSIDE:-}" != "$$" ]; then
  [ "$(id -u)" = 0 ] || die "must be root"
  LAB_INSIDE=$$ exec unshare --mount --propagation private -- bash "$0" "$@"
fi

machine=$1 user=$2 suite=$3
shift 3
lab=${BUILDTOP_LAB:-/var/tmp/buildtop-lab}
root=$lab/root-$suite run=$lab/run-$suite
here=$(cd "$(dirname "$0")" && pwd)
[ -e "$root/etc/buildtop-lab" ] || die "$root is missing; 'lab.sh up $suite' makes it"

mount --bind "$root" "$root"
mount --bind "$run/$machine" "$root/nix"
mount --bind "$run/tmp" "$root/tmp"
mount --bind "$run" "$root/lab/run"
mount --bind "$here/cases" "$root/lab/cases"
[ ! -d "$here/../../dist" ] || mount --bind "$here/../../dist" "$root/lab/buildtop"
[ -z "${LAB_NODE:-}" ] || mount --bind "$LAB_NODE" "$root/lab/node"
for directory in /proc /sys /dev; do mount --rbind "$directory" "$root$directory"; done
cd "$root"
pivot_root . mnt
umount -l /mnt
cd /lab

environment=(PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "USER=$user" "LOGNAME=$user" "HOME=$(getent passwd "$user" | cut -d: -f6)")
while IFS= read -r name; do environment+=("$name=${!name}"); done \
  < <(compgen -e | grep -E '^(NIX_.*|TERM|COLORTERM|COLUMNS|LINES)$' || true)
exec env -i "${environment[@]}" setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@"
