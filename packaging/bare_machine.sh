#!/usr/bin/env bash
# Prove the two commands on a bare machine: a fresh Debian with Python and nothing else, in a chroot.
#
#     sudo packaging/bare_machine.sh run            # what a person without a display sees
#     sudo packaging/bare_machine.sh test           # every check and every test
#     sudo packaging/bare_machine.sh shell          # look around
#
# The committed state (HEAD) of this tree is cloned into the chroot and `python3 packaging/dev.py VERB` is
# run there as root. What follows the verb is handed on. Everything is unmounted and removed at the end.
#
# Settings (environment)
#   SUITE    Debian release (default bookworm)
#   MIRROR   where its packages come from (default http://deb.debian.org/debian)
#   KEEP     a folder: keep the chroot there and use it again, to see a second run
#   BASE     a folder: keep the bare system there and copy it each time, instead of fetching it again
#
# The chroot gets this machine's own package settings (pip, uv, certificates, apt proxies), because they say
# how packages are reached from here; nothing else of this machine is seen inside.
#
# Needs: root, debootstrap, git. Exit status: that of the command; 96 something needed is missing.
set -euo pipefail

fail() { printf '%s: %s\n' "${0##*/}" "$1" >&2; exit 96; }
[ "$(id -u)" = 0 ] || fail "must be root, to make a chroot"
for program in debootstrap git chroot mount; do
  command -v "$program" >/dev/null || fail "$program is missing: apt-get install debootstrap git"
done
# Mounts of its own: whatever happens, they are gone with this process.
if [ -z "${BARE_MACHINE_INSIDE:-}" ]; then
  exec unshare --mount --propagation private env BARE_MACHINE_INSIDE=1 "${BASH_SOURCE[0]}" "$@"
fi
[ $# -gt 0 ] || fail "usage: ${0##*/} run|test|shell [ARGUMENT...]"

tree=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
suite=${SUITE:-bookworm}
mirror=${MIRROR:-http://deb.debian.org/debian}
root=${KEEP:-$(mktemp -d /var/tmp/bare-machine.XXXXXX)}
mounted=()

leave() {
  for (( i = ${#mounted[@]} - 1; i >= 0; i-- )); do umount -R -l "${mounted[$i]}" || true; done
  # Removing a tree in which something is still mounted would remove what is mounted.
  if [ -z "${KEEP:-}" ] && ! grep -q " $root/" /proc/self/mounts; then rm -rf --one-file-system "$root"; fi
}
trap leave EXIT

bind() { # FROM [ro]: the same path inside
  mkdir -p "$root$1"
  mount --rbind "$1" "$root$1"
  mounted+=("$root$1")
  if [ "${2:-}" = ro ]; then mount -o remount,ro,bind "$root$1"; fi
}

copy() { # FILE: to the same path inside, where it exists here
  if [ -f "$1" ]; then mkdir -p "$root$(dirname "$1")"; cp -L "$1" "$root$1"; fi
}

make_base() { # FOLDER
  debootstrap --variant=minbase --include=python3 "$suite" "$1" "$mirror" >/dev/null
}

if [ ! -x "$root/usr/bin/python3" ]; then
  if [ -n "${BASE:-}" ]; then
    [ -x "$BASE/usr/bin/python3" ] || make_base "$BASE"
    mkdir -p "$root"; cp -a "$BASE/." "$root/"
  else
    make_base "$root"
  fi
fi

# The machine: what every running system has.
mkdir -p "$root/proc" "$root/sys" "$root/dev"
mount -t proc proc "$root/proc"; mounted+=("$root/proc")
bind /sys ro
bind /dev
mkdir -p "$root/dev/shm"
copy /etc/resolv.conf
copy /etc/hosts

# The package settings of this machine: files, the folders they name, and the environment.
for file in /etc/pip.conf "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf" /etc/uv/uv.toml "$HOME/.config/uv/uv.toml"; do
  copy "$file"
done
for file in /etc/apt/apt.conf.d/*proxy*; do copy "$file"; done
settings=(HOME="$HOME" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM="${TERM:-dumb}")
while IFS= read -r setting; do settings+=("$setting"); done \
  < <(env | grep -E '^(PIP_[A-Z_]*|UV_[A-Z_]*|[a-zA-Z]*_proxy|[A-Z]*_PROXY)=' || true)
roots=${PIP_CERT:-${SSL_CERT_FILE:-}}
if [ -f "$roots" ]; then # under a name of its own: installing ca-certificates writes the usual one anew
  cp -L "$roots" "$root/srv/roots.pem"
  settings+=(PIP_CERT=/srv/roots.pem SSL_CERT_FILE=/srv/roots.pem)
fi
# (an index on this disk, .../simple, keeps its files beside itself)
named=$(cat "$root/etc/pip.conf" "$root$HOME/.config/pip/pip.conf" 2>/dev/null || true)
for path in $(printf '%s %s %s\n' "$named" "${PIP_FIND_LINKS:-}" "${UV_FIND_LINKS:-}" \
              | tr '=, ' '\n\n\n' | sed -e 's,^file://,,' -e 's,/simple/*$,,' | grep '^/' | sort -u || true); do
  if [ -f "$path" ]; then copy "$path"; elif [ -d "$path" ]; then bind "$path" ro; fi
done

rm -rf "$root/srv/tree.new"
git clone --quiet --no-hardlinks "file://$tree" "$root/srv/tree.new"
if [ -d "$root/srv/tree/.venv" ]; then mv "$root/srv/tree/.venv" "$root/srv/tree.new/.venv"; fi
rm -rf "$root/srv/tree"
mv "$root/srv/tree.new" "$root/srv/tree"

verb=$1; shift
if [ "$verb" = shell ]; then
  command=(/bin/bash)
else
  command=(python3 packaging/dev.py "$verb" "$@")
fi
status=0
# A process namespace of its own: what the command leaves running ends with it.
unshare --pid --mount --fork --kill-child env -i "${settings[@]}" \
  chroot "$root" /bin/sh -c 'mount -t proc proc /proc; cd /srv/tree && exec "$@"' sh "${command[@]}" || status=$?
exit "$status"
