#!/usr/bin/env bash
# Runs each fuzzer for some seconds over its seeds; fails if one finds something.
#
#   fuzz/smoke.sh [SECONDS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-10}
shift || true

if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "installing cargo-fuzz"
    if ! cargo install --locked --quiet cargo-fuzz; then
        echo "skipped: cargo-fuzz cannot be installed"
        exit 0
    fi
fi

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046
    set -- $(cargo fuzz list)
fi

# What was found is kept as a file, the new inputs of the run are not.
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
limits=(-timeout=10 -rss_limit_mb=2048)

# Runs a fuzzer; what it finds must show again, since a busy machine can look like a hang.
run() {
    local target=$1 log=$corpus/$1.log input
    mkdir -p "$corpus/$target"
    if cargo fuzz run --sanitizer none "$target" "$corpus/$target" "fuzz/seeds/$target" -- \
        "${limits[@]}" -max_total_time="$seconds" >"$log" 2>&1; then
        grep -E '^#[0-9]+\s+DONE' "$log" || true
        return 0
    fi
    tail -n 60 "$log"
    input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    case $input in
        */timeout-*)
            cargo fuzz run --sanitizer none "$target" "$input" -- "${limits[@]}" || return 1
            echo "passes when it is run again: $input"
            ;;
        *) return 1 ;;
    esac
}

failed=()
cargo fuzz build --sanitizer none
for target in "$@"; do
    echo "== $target"
    run "$target" || failed+=("$target")
done

if [ ${#failed[@]} -gt 0 ]; then
    echo "found something: ${failed[*]}; the inputs are below fuzz/artifacts"
    exit 1
fi
