#!/usr/bin/env bash
# Runs fuzzers until each has had its minutes of a core, whatever else the machine does; as many at a
# time as there are cores. It can be stopped at any time, and goes on where it was: what is new is
# kept in corpus/TARGET, and the seconds in corpus/TARGET.spent. Fails if one finds something.
#
#   fuzz/long.sh [MINUTES [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")"

minutes=${1:-60}
shift || true
. ./build.sh
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $targets

spent() { awk '{ sum += $1 } END { print int(sum) }' "corpus/$1.spent" 2>/dev/null || echo 0; }

# A fuzzer, in rounds, so that a stop costs little of what is counted.
run() {
    local target=$1 code TIMEFORMAT=%U
    local limits=(-max_total_time=300 -timeout=60 -rss_limit_mb=2048)
    mkdir -p "corpus/$target" "artifacts/$target"
    while [ "$(spent "$target")" -lt $((minutes * 60)) ]; do
        code=0
        { time "$programs/$target" "${limits[@]}" "-artifact_prefix=artifacts/$target/" \
            "corpus/$target" "seeds/$target" >"corpus/$target.log" 2>&1; } \
            2>>"corpus/$target.spent" || code=$?
        # It says so when it was stopped.
        [ "$code" -ne 72 ] || return 1
        if [ "$code" -ne 0 ]; then
            tail -n 60 "corpus/$target.log"
            echo "$target: FOUND SOMETHING: fuzz/artifacts/$target"
            return 1
        fi
    done
    echo "$target: $(($(spent "$target") / 60)) minutes, nothing found"
}

# A stop is one for all: what runs in the background does not hear of Ctrl-C.
trap 'trap - TERM; kill 0' INT

running=0 failed=0
for target in "$@"; do
    if [ "$running" -ge "$(nproc)" ]; then
        wait -n || failed=1
    else
        running=$((running + 1))
    fi
    run "$target" &
done
for _ in $(seq "$running"); do
    wait -n || failed=1
done
[ "$failed" -eq 0 ]
