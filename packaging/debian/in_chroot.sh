#!/usr/bin/env bash
# Run a command on this machine beside a fresh Debian without Python, made for it and gone with it.
#
#     sudo packaging/debian/in_chroot.sh SUITE COMMAND [ARGUMENT...]
#
# COMMAND finds the folder in CHROOT, and in CHROOT_SETTINGS (one a line) the environment with which packages
# are reached from inside. It has processes of its own: what it leaves running ends with it. This machine's X
# displays are seen inside. Settings: MIRROR, KEEP, BASE as for bare_machine.sh.
set -euo pipefail

# shellcheck source=../chroot.sh
. "$(dirname "${BASH_SOURCE[0]}")/../chroot.sh"
need debootstrap chroot mount
own_mounts "${BASH_SOURCE[0]}" "$@"
[ $# -gt 1 ] || fail "usage: ${0##*/} SUITE COMMAND [ARGUMENT...]"

suite=$1; shift
root=${KEEP:-$(mktemp -d /var/tmp/pos-app-journey.XXXXXX)}
trap remove_system EXIT
make_system "$suite" "${MIRROR:-http://deb.debian.org/debian}" ""
mount_machine
take_package_settings
mkdir -p /tmp/.X11-unix; chmod 1777 /tmp/.X11-unix
bind /tmp/.X11-unix
status=0
CHROOT=$root CHROOT_SETTINGS=$(printf '%s\n' "${settings[@]}") "$@" || status=$?
exit "$status"
