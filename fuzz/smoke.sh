#!/usr/bin/env bash
# Runs each fuzzer for some seconds over its seeds; fails if one finds something. A fast machine
# goes no further than a slow one: the same runs are made each time.
#
#   fuzz/smoke.sh [SECONDS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-10}
shift || true
. ./build.sh
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $targets

# The new inputs of the run are not kept; what was found is.
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT

# Runs a fuzzer, the same way each time; what it finds must show again, since a busy machine can
# look like a hang.
run() {
    local target=$1 log=$corpus/$1.log input
    local limits=(-seed=1 -timeout=10 -rss_limit_mb=2048 "-artifact_prefix=artifacts/$target/")
    mkdir -p "$corpus/$target" "artifacts/$target"
    local length=("-max_total_time=$seconds" "-runs=$((seconds * 500))")
    if "$programs/$target" "${limits[@]}" "${length[@]}" "$corpus/$target" "seeds/$target" \
        >"$log" 2>&1; then
        echo "$target: $(sed -n 's/.*Done \([0-9]* runs\) in.*/\1/p' "$log")"
        return
    fi
    input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    if [[ $input == */timeout-* ]] && "$programs/$target" "${limits[@]}" "$input" >>"$log" 2>&1; then
        echo "$target: passes when it is run again: $input"
        return
    fi
    tail -n 60 "$log"
    echo "$target: FOUND SOMETHING: fuzz/$input"
    touch "$corpus/failed"
}

running=0
for target in "$@"; do
    if [ "$running" -ge "$(nproc)" ]; then
        wait -n
    else
        running=$((running + 1))
    fi
    run "$target" &
done
wait
[ ! -e "$corpus/failed" ]
