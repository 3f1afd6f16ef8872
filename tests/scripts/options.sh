#!/usr/bin/env bash
# The scripts' command lines: help, wrong use, colours. Starts and installs
# nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fails=0
passes=0
# expect NAME WANTED_CODE WANTED_TEXT COMMAND...
expect() {
    local name=$1 code=$2 text=$3 out got=0
    shift 3
    out=$("$@" 2>&1) || got=$?
    if [ "$got" = "$code" ] && [[ $out == *"$text"* ]]; then
        passes=$((passes + 1))
    else
        fails=$((fails + 1))
        printf 'FAILED: %s: exit code %s (wanted %s), output:\n%s\n' "$name" "$got" "$code" "$out"
    fi
}

expect 'run --help' 0 'Usage: scripts/run' bash scripts/run --help
expect 'run refuses an unknown option' 2 "unknown option '--nonsense'" bash scripts/run --nonsense
expect 'run refuses --data without a value' 2 '--data needs a value' bash scripts/run --data
expect 'test --help' 0 'Usage: scripts/test' bash scripts/test --help
expect 'test lists its sections' 0 'browser' bash scripts/test --list
expect 'test refuses an unknown section' 2 "no section 'nonsense'" bash scripts/test --only nonsense
expect '.ci/run is scripts/test' 0 'Usage: scripts/test' bash .ci/run --help

# shellcheck source=scripts/lib.sh
. scripts/lib.sh
expect 'the wanted Rust is read from Cargo.toml' 0 '1.' wanted_rust
expect 'a Rust from the future is not there' 1 '' rust_is 999.0
expect 'a missing package is named' 0 'no-such-package-kontor' missing_packages no-such-package-kontor
stamp=$(mktemp)
trap 'rm -f "$stamp"' EXIT
expect 'no source is newer than now' 1 '' sources_newer_than "$stamp"
touch -d '2001-01-01' "$stamp"
expect 'sources are newer than 2001' 0 '' sources_newer_than "$stamp"
escapes=$(NO_COLOR=1 bash -c '. scripts/lib.sh; step word' | grep -c $'\e' || true)
expect 'NO_COLOR gives no colour' 0 '0' echo "$escapes"

echo "scripts: $passes passed, $fails failed"
[ "$fails" = 0 ]
