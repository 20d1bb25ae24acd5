#!/usr/bin/env bash
# A stand-in Mac: see README.md beside this file.
#
#   mac.sh build DIR               makes the root filesystem, once
#   mac.sh up DIR CASE.json PORT   starts a Mac in the state of CASE, sshd on 127.0.0.1:PORT (0: a free one)
#   mac.sh hold DIR CASE.json PORT the same in the foreground: prints `ready PID USER PORT`, ends when its stdin ends
#   mac.sh ssh DIR [ARG...]        the ssh client with the right key, port and user
#   mac.sh exec DIR [-r] CMD...    runs a command inside, as the user (-r: as root)
#   mac.sh calls DIR [-c]          what was called so far (-c: forget it)
#   mac.sh forks DIR [-c]          how many processes ended so far, and their CPU time
#   mac.sh down DIR                ends it; the root filesystem stays for the next `up`
#
# One Mac to a DIR. The root filesystem lies in DIR, too, or in $MAC_BUILT, where many Macs share it. Every `up` starts
# from the same clean root: what a run changed is thrown away. Needs root on a Debian machine that has bookworm.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
die() { echo "mac: $*" >&2; exit 1; }
usage() { sed -n '4,11s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

[ $# -ge 2 ] || usage
verb=$1
shift
[ "$(id -u)" = 0 ] || die "must be root"
dir=$(realpath -m "$1")
shift
built=$(realpath -m "${MAC_BUILT:-$dir}")
run=$dir/run keys=$built/keys

need() { command -v "$1" >/dev/null || die "$1 is missing; install it with: apt-get install $2"; }

# --- build -------------------------------------------------------------------
# Debian, rearranged: its own programs move to /usr/libexec/gnu, and /bin, /sbin, /usr/bin, /usr/sbin hold only what a
# Mac has there (bin/layout.txt). What is made comes to its place when it is whole. A root belongs to the version of
# these files that it was made from, and stays while a Mac lives in it: each holds a lock on it (descriptor 9).
# Leaves descriptor 9 on the root's lock, so that nobody removes it before the caller lets go.
build() {
  local stamp other
  need python3 python3-minimal
  need ssh-keygen openssh-client
  stamp=$(cat "$here"/bin/*.* "$here/bin/mac" "$here/mac.sh" | sha256sum | cut -c1-16)
  root=$built/root-$stamp
  mkdir -p "$built"
  exec 8>"$built/build.lock"
  flock 8
  [ -e "$built/base" ] || make_base
  if [ ! -e "$root" ]; then
    rm -rf --one-file-system "$built"/*.partial
    cp -al "$built/base" "$built/root.partial"
    arrange "$built/root.partial"
    mv "$built/root.partial" "$root"
  fi
  mkdir -p "$keys"
  for key in client host; do
    [ -e "$keys/$key" ] || ssh-keygen -q -t ed25519 -N '' -C "stand-in $key" -f "$keys/$key"
  done
  echo "stand-in $(cut -d' ' -f1,2 "$keys/host.pub")" >"$keys/known_hosts"
  exec 9>"$root.lock"
  flock -s 9
  for other in "$built"/root-*/; do
    other=${other%/}
    [ "$other" = "$root" ] || unused "$other.lock" 9>&- || continue
    [ "$other" = "$root" ] || rm -rf --one-file-system "$other" "$other.lock"
  done
  # Left by tests that were killed.
  for other in "$built"/macs/*/; do
    [ -n "$(find "$other" -maxdepth 0 -mmin +10 2>/dev/null)" ] && unused "$other/lock" && rm -rf --one-file-system "$other"
  done
  exec 8>&-
}

unused() { flock -n "$1" true 2>/dev/null; }

make_base() {
  need mmdebstrap mmdebstrap
  rm -rf --one-file-system "$built/base.partial"
  apt-config dump | grep -E '^Acquire::(Check-Valid-Until|Check-Date|Retries|https?::)' >"$built/apt" || true
  timeout --foreground 900 mmdebstrap --quiet --mode=root --variant=essential \
    --include=python3,openssh-server,openssh-client,sudo,zsh,original-awk,mount,less,ed,bc \
    --aptopt="$built/apt" --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    bookworm "$built/base.partial" "$(mirror)"
  rm -f "$built/apt"
  mv "$built/base.partial" "$built/base"
}

# The first of this machine's own mirrors that has the release.
mirror() {
  local uri
  # shellcheck disable=SC2016 # $(REPO_URI) is apt's, not ours
  for uri in $(apt-get indextargets --format '$(REPO_URI)' "MetaKey: main/binary-$(dpkg --print-architecture)/Packages" | awk '!seen[$0]++'); do
    if /usr/lib/apt/apt-helper download-file "${uri%/}/dists/bookworm/InRelease" "$built/InRelease" >/dev/null 2>&1; then
      rm -f "$built/InRelease"
      echo "$uri"
      return
    fi
  done
  die "no apt source of this machine has bookworm (is there network, and has apt-get update been run?)"
}

arrange() (
  cd "$1"
  mkdir -p usr/libexec/gnu private
  mv usr/bin usr/libexec/gnu/bin
  mv usr/sbin usr/libexec/gnu/sbin
  rm -rf bin sbin usr/local/* boot home media mnt opt/* srv root run
  mkdir -p bin sbin usr/bin usr/sbin usr/local/bin opt/homebrew/bin Library/LaunchDaemons Library/LaunchAgents \
    Library/Preferences System/Volumes/Data System/Library/LaunchDaemons Applications Volumes Users nix
  # Directories whose files cases change must be copies, not links to base's.
  cp -a --remove-destination "$built/base/etc" private/etc
  mv var private/var
  rm -rf etc tmp private/var/run private/var/lock
  mkdir -p private/tmp private/var/run private/var/root private/var/empty private/var/tmp \
    private/var/db/standin private/var/folders/zz/standin/T private/var/log/com.apple.xpc.launchd
  chmod 1777 private/tmp private/var/tmp private/var/folders/zz/standin/T
  chmod 711 private/var/db/standin
  chmod 750 private/var/root
  ln -s private/etc etc
  ln -s private/var var
  ln -s private/tmp tmp
  ln -s private/var/run run
  # Of Debian's /etc and /var only what sudo, sshd and the linker need.
  find private/etc -mindepth 1 -maxdepth 1 ! -name 'ld.so.*' ! -name pam.d ! -name pam.conf ! -name security \
    ! -name nsswitch.conf ! -name login.defs ! -name sudo.conf -exec rm -rf {} +
  rm -rf private/var/{backups,cache,lib,local,opt,spool,mail} usr/lib/os-release sys
  mkdir -p private/var/lib private/etc/ssh/ssh_config.d private/etc/ssh/sshd_config.d
  ln -s . private/etc/zsh # Debian's zsh looks for zshenv there, Apple's in /etc
  ln -s ../usr/share/zoneinfo/UTC private/etc/localtime 2>/dev/null || true

  mkdir -p usr/libexec/standin
  cp "$here"/bin/*.py usr/libexec/standin/
  install -m 755 "$here/bin/mac" usr/libexec/standin/mac
  chmod 755 usr/libexec/standin/guest.py
  chroot . /usr/libexec/gnu/bin/python3 -ISE -m compileall -q /usr/libexec/standin >/dev/null
  # layout.txt: "DIR name name=real ..."; names marked * are answered by the stand-in.
  local line name real to
  while read -r to line; do
    case $to in '' | '#'*) continue ;; esac
    for name in $line; do
      case $name in
        \**) ln -sf /usr/libexec/standin/mac ".$to/${name#\*}" ;;
        *)
          real=${name#*=} name=${name%%=*}
          if [ -e "usr/libexec/gnu/bin/$real" ] || [ -L "usr/libexec/gnu/bin/$real" ]; then
            ln -sf "/usr/libexec/gnu/bin/$real" ".$to/$name"
          elif [ -e "usr/libexec/gnu/sbin/$real" ]; then
            ln -sf "/usr/libexec/gnu/sbin/$real" ".$to/$name"
          else
            echo "mac: no program for $to/$name" >&2
          fi
          ;;
      esac
    done
  done <"$here/bin/layout.txt"
  ln -sf /usr/lib/openssh/sftp-server usr/libexec/sftp-server
)

# --- up, down ----------------------------------------------------------------
# What runs holds the lock of its DIR (descriptor 7) to its end.
alive() { [ -e "$dir/lock" ] && ! unused "$dir/lock"; }
is_up() { [ -s "$run/log/up" ] && alive || die "$dir is not up"; }

# Makes all ready and becomes the Mac's first process; `stdin`: it ends when its stdin does.
launch() {
  local case=$1 port=$2 life=$3
  exec 7>"$dir/lock"
  flock -n 7 || die "$dir is up already"
  build
  rm -rf --one-file-system "$run"
  mkdir -p "$run/changes" "$run/log"
  # Users may write there but not look.
  install -m 622 /dev/null "$run/log/calls"
  chmod 711 "$run/log"
  python3 -IE "$here/bin/case.py" "$case" >"$run/case.json"
  cp "$keys/client.pub" "$keys/host" "$keys/host.pub" "$run/"
  MAC_RUN=$run MAC_ROOT=$root exec unshare --mount --propagation private -- bash "$here/mac.sh" _inside "$dir" "$port" "$life"
}

up() {
  local pid user port
  down
  mkdir -p "$dir"
  rm -f "$run/log/up"
  setsid bash "$here/mac.sh" _launch "$dir" "$@" - >/dev/null 2>"$dir/init.log" </dev/null &
  until [ -s "$run/log/up" ]; do
    kill -0 $! 2>/dev/null || { cat "$dir/init.log" >&2; die "it did not start"; }
    sleep 0.05
  done
  read -r pid user port <"$run/log/up"
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$keys/host.pub")" >"$run/known_hosts"
  echo "user=$user port=$port key=$keys/client known_hosts=$run/known_hosts"
}

# Inside a mount namespace of its own: the clean root below, this run's changes above.
inside() {
  # In memory: where this machine's own root is an overlay, nothing on it can be the upper part of another.
  mount -t tmpfs -o mode=755,size=50% standin "$MAC_RUN/changes"
  mkdir -p "$MAC_RUN"/changes/{upper,work} "$MAC_RUN/root"
  mount -t overlay standin -o "lowerdir=$MAC_ROOT,upperdir=$MAC_RUN/changes/upper,workdir=$MAC_RUN/changes/work" "$MAC_RUN/root"
  cd "$MAC_RUN/root"
  mkdir -p private/var/db/standin/log .old
  mount --bind "$MAC_RUN/log" private/var/db/standin/log
  for f in case.json client.pub host host.pub; do mv "$MAC_RUN/$f" private/var/db/standin/; done
  mount --rbind /dev .old
  mkdir -p dev
  mount -t tmpfs -o mode=755 standin-dev dev
  for f in null zero random urandom tty full; do : >"dev/$f"; mount --bind "/dev/$f" "dev/$f"; done
  umount -l .old
  mount --bind /proc proc # for umount
  pivot_root . .old
  cd /
  PATH=/usr/libexec/gnu/bin
  hash -r
  umount -l /.old
  umount -l /proc
  rmdir /.old
  exec /usr/libexec/gnu/bin/env -i PATH=/usr/libexec/gnu/bin:/usr/libexec/gnu/sbin LC_ALL=C.UTF-8 \
    /usr/libexec/gnu/bin/python3 -ISE /usr/libexec/standin/init.py "$@"
}

down() {
  alive || return 0
  local pid
  if read -r pid _ 2>/dev/null <"$run/log/up"; then
    kill -KILL "$pid" 2>/dev/null || true # the first process of its pid namespace: all others go with it
  fi
  flock -w 60 "$dir/lock" true || die "$dir does not end"
}

case $verb in
  build) build && echo "mac: $root is ready, $SECONDS s" >&2 ;;
  up | hold)
    [ $# = 2 ] || usage
    [ -r "$1" ] || die "cannot read $1"
    if [ "$verb" = up ]; then up "$@"; else mkdir -p "$dir" && launch "$@" stdin; fi
    ;;
  _launch) launch "$@" ;;
  _inside) inside "$@" ;;
  down) down ;;
  exec)
    is_up
    read -r pid who _ <"$run/log/up"
    [ "${1:-}" != -r ] || { who=root; shift; }
    [ $# -gt 0 ] || usage
    exec nsenter -t "$pid" -m -u -i -n -p -- \
      /usr/libexec/gnu/bin/python3 -ISE /usr/libexec/standin/init.py --as "$who" "$@"
    ;;
  ssh)
    is_up
    read -r _ user port <"$run/log/up"
    exec ssh -F none -i "$keys/client" -p "$port" -o UserKnownHostsFile="$keys/known_hosts" -o HostKeyAlias=stand-in \
      -o IdentitiesOnly=yes -o BatchMode=yes "$user@127.0.0.1" "$@"
    ;;
  calls)
    [ -e "$run/log/calls" ] || die "$dir was never up"
    if [ "${1:-}" = -c ]; then : >"$run/log/calls"; else cat "$run/log/calls"; fi
    ;;
  forks) python3 -IE "$here/bin/forks.py" "$run/log/acct" "$@" ;;
  *) usage ;;
esac
