# shellcheck shell=bash disable=SC2154
# A Debian in a folder, for scripts to source: how it is made, and how it reaches packages.
#
# Sets nothing up by itself. The functions want `root` (the folder) and fill `settings` (the
# environment for what runs inside). Mounts are the script's own (`own_mounts`), so that they are
# gone with it whatever happens.
#
# The chroot gets this machine's own package settings (pip, uv, certificates, apt proxies), because they say
# how packages are reached from here; nothing else of this machine is seen inside.

fail() { printf '%s: %s\n' "${0##*/}" "$1" >&2; exit 96; }

need() { # PROGRAM...: and root
  [ "$(id -u)" = 0 ] || fail "must be root, to make a chroot"
  for program in "$@"; do
    command -v "$program" >/dev/null || fail "$program is missing: apt-get install debootstrap git"
  done
}

own_mounts() { # SCRIPT [ARGUMENT...]: start it again with mounts and processes of its own
  if [ -z "${CHROOT_INSIDE:-}" ]; then
    exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
      env CHROOT_INSIDE=1 "$@"
  fi
  unset CHROOT_INSIDE
}

bind() { # FROM [ro]: the same path inside
  mkdir -p "$root$1"
  mount --rbind "$1" "$root$1"
  if [ "${2:-}" = ro ]; then mount -o remount,ro,bind "$root$1"; fi
}

copy() { # FILE: to the same path inside, where it exists here
  if [ -f "$1" ]; then mkdir -p "$root$(dirname "$1")"; cp -L "$1" "$root$1"; fi
}

make_system() { # SUITE MIRROR INCLUDE: debootstrap into $root; with BASE, copied from there
  local made="etc/debian_version" options=(--variant=minbase)
  if [ -f "$root/$made" ]; then return; fi
  if [ -n "$3" ]; then options+=("--include=$3"); fi
  if [ -n "${BASE:-}" ]; then
    [ -f "$BASE/$made" ] || debootstrap "${options[@]}" "$1" "$BASE" "$2" >/dev/null
    mkdir -p "$root"; cp -a "$BASE/." "$root/"
  else
    debootstrap "${options[@]}" "$1" "$root" "$2" >/dev/null
  fi
  chmod 755 "$root" # a new folder of mktemp is closed to the users inside
}

mount_machine() { # what every running system has
  mkdir -p "$root/proc" "$root/sys" "$root/dev"
  mount -t proc proc "$root/proc"
  bind /sys ro
  bind /dev
  mkdir -p "$root/dev/shm"
  copy /etc/resolv.conf
  copy /etc/hosts
}

take_package_settings() { # files, the folders they name, and the environment (into `settings`)
  local file path setting roots named
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
}

remove_system() { # unmount all, remove $root unless KEEP names it
  local place
  # Newest first, for one may hide another; removing a tree in which something is still mounted would
  # remove what is mounted.
  for place in $(awk -v root="$root/" 'index($2, root) == 1 { print $2 }' /proc/self/mounts | tac); do
    umount -l "$place" || true
  done
  if [ -z "${KEEP:-}" ] && ! grep -q " $root/" /proc/self/mounts; then rm -rf --one-file-system "$root"; fi
}
