#!/usr/bin/env bash
# lab.sh: two machines with real Nix on this one, for tests to use: a client with its daemon, and a builder that
# the client reaches over SSH.
#
#   lab.sh up SUITE                    makes the root if need be, starts the lab, prints "ready", and keeps it up
#                                      until its stdin ends or a signal comes; then everything is stopped
#   lab.sh client SUITE COMMAND...     runs a command at the client as dev, whom its daemon trusts
#   lab.sh guest SUITE COMMAND...      ... as guest, whom it does not
#   lab.sh root SUITE COMMAND...       ... as root
#   lab.sh builder SUITE COMMAND...    runs a command at the builder, as root
#   lab.sh restart-daemon SUITE        the client's daemon: it reads its settings when it starts
#   lab.sh start-sshd SUITE [HOSTKEY]  the builder's sshd, perhaps with another host key
#   lab.sh stop-sshd SUITE             with all its sessions
#
# SUITE is forky, trixie or bookworm (see make-root.sh). Everything lies in ${BUILDTOP_LAB:-/var/tmp/buildtop-lab}.
# One lab at a time on a machine, as build users and port are fixed: `up` waits for another one to end, at most
# ${BUILDTOP_LAB_WAIT:-900} seconds.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
die() { echo "lab: $*" >&2; exit 1; }
[ $# -ge 2 ] || die "usage: lab.sh up|client|guest|root|builder|restart-daemon|start-sshd|stop-sshd SUITE ..."
verb=$1 suite=$2
shift 2
lab=${BUILDTOP_LAB:-/var/tmp/buildtop-lab}
root=$lab/root-$suite run=$lab/run-$suite
port=31522

enter() { exec bash "$here/enter.sh" "$@"; }

# Everything that runs inside any of the lab's roots, whoever started it, and every builder (those have a root of
# their own, but nobody else has their user ids). The lock makes sure that none of them is in use.
inhabitants() {
  local process
  for process in /proc/[0-9]*; do
    if [ -e "$process/root/etc/buildtop-lab" ]; then echo "${process#/proc/}"; fi
  done 2>/dev/null
  pgrep -U "$(seq -s, 32001 32008),$(seq -s, 33001 33008)" || true
}

sweep() {
  local pids signal
  for signal in TERM TERM KILL KILL; do
    pids=$(inhabitants)
    [ -n "$pids" ] || return 0
    # shellcheck disable=SC2086 # one word each
    kill -"$signal" $pids 2>/dev/null || true
    for _ in $(seq 20); do [ -n "$(inhabitants)" ] || return 0; sleep 0.05; done
  done
  die "these processes of the lab do not end: $(inhabitants | tr '\n' ' ')"
}

wait_for() { # wait_for WHAT COMMAND...: 10 s
  local what=$1
  shift
  for _ in $(seq 200); do "$@" 2>/dev/null && return 0; sleep 0.05; done
  die "gave up waiting for $what; see the logs in $run"
}
listening() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
closed() { ! listening; }

start_daemon() { # start_daemon client|builder BUILD_GROUP
  rm -f "$run/$1/var/nix/daemon-socket/socket"
  NIX_CONFIG="build-users-group = $2" \
    setsid bash "$here/enter.sh" "$1" root "$suite" nix-daemon >>"$run/$1-daemon.log" 2>&1 </dev/null 9>&- &
  echo $! >"$run/$1-daemon.pid"
  wait_for "the $1's daemon" test -S "$run/$1/var/nix/daemon-socket/socket"
}

# The workers that serve somebody go on, as they do when systemd or launchd restarts a daemon.
restart_client_daemon() {
  local pid
  pid=$(cat "$run/client-daemon.pid")
  kill "$pid" 2>/dev/null || true
  wait_for "the client's daemon to end" gone "$pid"
  start_daemon client nixbld
}
gone() { ! kill -0 "$1" 2>/dev/null; }

start_sshd() {
  setsid bash "$here/enter.sh" builder root "$suite" /usr/sbin/sshd -D -e -f /etc/ssh/lab_sshd_config \
    -o "HostKey=${1:-/etc/ssh/lab_host_ed25519}" >>"$run/sshd.log" 2>&1 </dev/null 9>&- &
  echo $! >"$run/sshd.pid"
  wait_for "sshd at port $port" listening
}

stop_sshd() {
  local pids
  pids=$(cat "$run/sshd.pid" 2>/dev/null) || return 0
  # The list grows while we walk it: children of children.
  local -a all=("$pids")
  local i=0
  while [ $i -lt ${#all[@]} ]; do
    mapfile -t -O ${#all[@]} all < <(pgrep -P "${all[$i]}")
    i=$((i + 1))
  done
  kill -KILL "${all[@]}" 2>/dev/null || true
  rm -f "$run/sshd.pid"
  wait_for "port $port to be free" closed
}

# A run begins as a fresh machine: nothing of an earlier run's settings or files is left, only the stores.
prepare() {
  local store
  for store in client builder; do
    # Each run builds things that were never built before; a store does not grow for ever all the same.
    if [ "$(find "$run/$store/store" -maxdepth 1 2>/dev/null | wc -l)" -gt 20000 ]; then
      rm -rf --one-file-system "${run:?}/$store"
    fi
    mkdir -p "$run/$store/var"
    find "$run/$store/var" -mindepth 1 -maxdepth 1 ! -name nix ! -name log -exec rm -rf {} +
  done
  rm -rf --one-file-system "$run/tmp" "$run"/*.log "$root/home/dev" "$root/home/guest"
  install -d -m 1777 "$run/tmp"
  install -d -m 700 -o 1000 -g 1000 "$root/home/dev"
  install -d -m 700 -o 1001 -g 1001 "$root/home/guest"
  find "$root/etc/nix" -mindepth 1 ! -name 'builder_ed25519*' -delete
  # What a test that was killed may have left as it broke it.
  chmod 600 "$root/etc/nix/builder_ed25519"
  echo "lab-builder $(cut -d' ' -f1,2 "$root/etc/ssh/lab_host_ed25519.pub")" >"$root/etc/ssh/ssh_known_hosts"
  cat >"$root/etc/nix/nix.conf" <<'CONF'
build-users-group = nixbld
sandbox = true
max-jobs = 4
cores = 1
substituters =
trusted-users = root dev builder
system-features = nixos-test benchmark big-parallel
experimental-features = nix-command flakes
CONF
}

case $verb in
  up)
    [ "$(id -u)" = 0 ] || die "must be root"
    exec 9>/run/buildtop-lab.lock
    flock -w "${BUILDTOP_LAB_WAIT:-900}" 9 || die "another lab has been running for ${BUILDTOP_LAB_WAIT:-900} s; it holds /run/buildtop-lab.lock"
    bash "$here/make-root.sh" "$suite" 9>&-
    sweep
    prepare
    trap sweep EXIT
    trap 'exit 0' INT TERM HUP
    start_daemon client nixbld
    start_daemon builder remotebld
    start_sshd
    echo ready
    while read -r _; do :; done
    ;;
  client) enter client dev "$suite" "$@" ;;
  guest) enter client guest "$suite" "$@" ;;
  root) enter client root "$suite" "$@" ;;
  builder) enter builder root "$suite" "$@" ;;
  restart-daemon) restart_client_daemon ;;
  start-sshd) start_sshd "$@" ;;
  stop-sshd) stop_sshd ;;
  *) die "unknown verb '$verb'" ;;
esac
