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
# Needs: root, debootstrap, git. Exit status: that of the command; 96 something needed is missing.
set -euo pipefail

# shellcheck source=chroot.sh
. "$(dirname "${BASH_SOURCE[0]}")/chroot.sh"
need debootstrap git chroot mount
own_mounts "${BASH_SOURCE[0]}" "$@"
[ $# -gt 0 ] || fail "usage: ${0##*/} run|test|shell [ARGUMENT...]"

tree=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
root=${KEEP:-$(mktemp -d /var/tmp/bare-machine.XXXXXX)}
trap remove_system EXIT
make_system "${SUITE:-bookworm}" "${MIRROR:-http://deb.debian.org/debian}" python3
mount_machine
take_package_settings

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
# shellcheck disable=SC2016  # expanded inside
env -i "${settings[@]}" chroot "$root" /bin/sh -c 'cd /srv/tree && exec "$@"' sh "${command[@]}" || status=$?
exit "$status"
