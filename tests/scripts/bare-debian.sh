#!/usr/bin/env bash
# Tries scripts/run in a bare Debian 12 that has only git and curl, made with
# debootstrap in a folder of its own. Needs root. Not part of CI: it is slow.
#
#   bare-debian.sh DIR [--target TARGET_DIR] [COMMAND...]
#
# DIR keeps the system for the next time. The clone is mounted read-only at its own
# path; TARGET_DIR, where it builds, may be that of an earlier build. Rust comes from the host's ~/.cargo and
# ~/.rustup where they exist, since rustup's download may be out of reach.
# COMMAND is run inside; the default is `scripts/run --no-start`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source_dir=$PWD

[ $# -ge 1 ] || { sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "bare-debian.sh: needs root (chroot, mounts)" >&2; exit 1; }
dir=$1
target=
shift
if [ "${1:-}" = --target ]; then
    target=$2
    shift 2
fi
[ $# -gt 0 ] || set -- scripts/run --no-start

if [ ! -e "$dir/etc/debian_version" ]; then
    command -v debootstrap >/dev/null || { echo "bare-debian.sh: needs debootstrap" >&2; exit 1; }
    debootstrap --variant=minbase --include=git,curl,ca-certificates bookworm "$dir"
fi
target=${target:-$dir/var/kontor-target}
mkdir -p "$dir$source_dir" "$dir/target" "$target" "$dir/root/.cargo" "$dir/root/.rustup"

# The mounts live in a name space of their own and go with it.
export dir source_dir target
# shellcheck disable=SC2016  # the inner bash expands
exec unshare --mount --propagation private bash -euo pipefail -c '
    mount --bind "$source_dir" "$dir$source_dir"
    mount -o remount,ro,bind "$dir$source_dir"
    mount --bind "$target" "$dir/target"
    mount -t proc proc "$dir/proc"
    mount --rbind /dev "$dir/dev"
    cp -L /etc/resolv.conf "$dir/etc/resolv.conf"
    # Behind a proxy with an authority of its own, the host knows it.
    cp -L /etc/ssl/certs/ca-certificates.crt "$dir/etc/ssl/certs/ca-certificates.crt"
    for part in .cargo .rustup; do
        [ ! -d "$HOME/$part" ] || mount --bind "$HOME/$part" "$dir/root/$part"
    done
    exec chroot "$dir" /usr/bin/env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt CARGO_TARGET_DIR=/target bash -c "cd \"$source_dir\" && exec \"\$@\"" bash "$@"
' bash "$@"
