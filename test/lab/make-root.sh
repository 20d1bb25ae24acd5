#!/usr/bin/env bash
# make-root.sh SUITE: makes the small Debian system with real Nix that the lab runs in.
# make-root.sh --is-there SUITE: says by its exit status whether it is there and up to date.
#
# SUITE is a Debian release: forky (Nix 2.34), trixie (2.26) or bookworm (2.8). The root comes to lie in
# ${BUILDTOP_LAB:-/var/tmp/buildtop-lab}/root-SUITE and stays there for the next time: about 20 seconds and
# 200 MB each. It is made beside its place and moved there when whole, so what exists is finished.
#
# Needs root on a Debian machine. Packages come from whatever mirror this machine's own apt uses.
set -euo pipefail

die() { echo "make-root: $*" >&2; exit 1; }

check=
[ "${1:-}" != --is-there ] || { check=1; shift; }
suite=${1:-}
case $suite in bookworm | trixie | forky) ;; *) die "usage: make-root.sh bookworm|trixie|forky" ;; esac
[ "$(id -u)" = 0 ] || die "must be root"

lab=${BUILDTOP_LAB:-/var/tmp/buildtop-lab}
root=$lab/root-$suite
# Counted up when what is made here changes; an older root is then made anew.
generation=2
if [ -e "$root/etc/buildtop-lab" ]; then
  [ "$(cat "$root/etc/buildtop-lab")" != "$suite $generation" ] || exit 0
  [ -z "$check" ] || exit 1
  rm -rf --one-file-system "$root"
fi
[ -z "$check" ] || exit 1
[ ! -e "$root" ] || die "$root exists and is not one of ours; move it away"

command -v mmdebstrap >/dev/null || die "mmdebstrap is missing; install it with: apt-get install mmdebstrap"
mkdir -p "$lab"
# Left behind by a run that was killed.
rm -rf --one-file-system "$lab/root-$suite.partial".*
partial=$(mktemp -d "$root.partial.XXXXXX")
trap 'rm -rf --one-file-system "$partial" "$partial.aptopt"' EXIT

# The first of this machine's own mirrors that has the release.
# shellcheck disable=SC2016 # $(REPO_URI) is for apt to fill in
mirrors=$(apt-get indextargets --format '$(REPO_URI)' "MetaKey: main/binary-$(dpkg --print-architecture)/Packages" | awk '!seen[$0]++')
mirror=
for uri in $mirrors; do
  if /usr/lib/apt/apt-helper download-file "${uri%/}/dists/$suite/InRelease" "$partial/InRelease" >/dev/null 2>&1; then
    mirror=$uri
    break
  fi
done
rm -f "$partial/InRelease"
[ -n "$mirror" ] || die "no apt source of this machine has '$suite' (is there network, and has apt-get update been run?)"

# What this machine's apt was told about proxies and old mirrors holds for the new system, too.
apt-config dump | grep -E '^Acquire::(Check-Valid-Until|Check-Date|Retries|https?::)' >"$partial.aptopt" || true

# debootstrap cannot do this: it does not follow the virtual packages that nix-bin needs.
timeout --foreground 900 mmdebstrap --quiet --mode=root --variant=essential \
  --include=nix-bin,mount,openssh-server,openssh-client,busybox-static,procps \
  --aptopt="$partial.aptopt" --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  "$suite" "$partial" "$mirror"

inside() { chroot "$partial" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# Users. Nix kills whatever runs as a build user before it builds as one, so the client's daemon and the
# builder's daemon, which see the same processes, must not share theirs; nor may any other Nix on this machine.
build_users() { # build_users GROUP FIRST_ID
  inside groupadd -g "$2" "$1"
  local n
  for n in 1 2 3 4 5 6 7 8; do
    inside useradd -u $(($2 + n)) -g "$1" -G "$1" -N -d /var/empty -s /usr/sbin/nologin "$1$n"
  done
}
build_users nixbld 32000
build_users remotebld 33000
for user in dev:1000 guest:1001 builder:1002; do
  inside useradd -u "${user#*:}" -m -s /bin/bash "${user%:*}"
  # No password ever fits '*', yet the account is not locked, so a key opens it.
  inside usermod -p '*' "${user%:*}"
done

# What the derivations are built with: one static program under many names, in a directory of its own, so that
# an expression can take it into the store. No nixpkgs, no internet.
mkdir -p "$partial/nix" "$partial/etc/nix" "$partial/var/empty" "$partial/run/sshd" "$partial/opt/lab-tools/bin"
cp "$partial/bin/busybox" "$partial/opt/lab-tools/bin/busybox"
for applet in $(inside busybox --list); do
  [ "$applet" = busybox ] || ln -s busybox "$partial/opt/lab-tools/bin/$applet"
done

# Keys that are good for nothing but this machine's loopback.
for key in etc/nix/builder_ed25519 etc/ssh/lab_host_ed25519 etc/ssh/lab_other_host_ed25519; do
  inside ssh-keygen -q -t ed25519 -N '' -C "${key##*/}" -f "/$key"
done
install -d -m 700 "$partial/home/builder/.ssh"
install -m 600 "$partial/etc/nix/builder_ed25519.pub" "$partial/home/builder/.ssh/authorized_keys"
inside chown -R builder:builder /home/builder/.ssh
cat >"$partial/etc/ssh/lab_sshd_config" <<'CONF'
ListenAddress 127.0.0.1
Port 31522
AllowUsers builder
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PidFile none
LogLevel VERBOSE
CONF
mkdir -p "$partial/etc/ssh/ssh_config.d"
cat >"$partial/etc/ssh/ssh_config.d/100-lab-builder.conf" <<'CONF'
Host lab-builder
  Hostname 127.0.0.1
  HostKeyAlias lab-builder
  Port 31522
  User builder
  IdentityFile /etc/nix/builder_ed25519
CONF
echo "lab-builder $(cut -d' ' -f1,2 "$partial/etc/ssh/lab_host_ed25519.pub")" >"$partial/etc/ssh/ssh_known_hosts"

# Where enter.sh binds what a command inside gets to see of this machine.
mkdir -p "$partial/lab/run" "$partial/lab/cases" "$partial/lab/buildtop"
touch "$partial/lab/node"
echo "$suite $generation" >"$partial/etc/buildtop-lab"
chmod 755 "$partial"
mv "$partial" "$root"
echo "make-root: $root is ready, nix-bin $(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Version}' nix-bin)" >&2
