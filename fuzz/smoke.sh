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

failed=()
cargo fuzz build --sanitizer none
for target in "$@"; do
    echo "== $target"
    mkdir -p "$corpus/$target"
    log=$corpus/$target.log
    if cargo fuzz run --sanitizer none "$target" "$corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        >"$log" 2>&1; then
        grep -E '^#[0-9]+\s+DONE' "$log" || true
    else
        tail -n 60 "$log"
        failed+=("$target")
    fi
done

if [ ${#failed[@]} -gt 0 ]; then
    echo "found something: ${failed[*]}; the inputs are below fuzz/artifacts"
    exit 1
fi
