#!/usr/bin/env bash
# Builds the fuzzers, and prints the folder in which they are. It needs cargo and a C++ compiler, not
# cargo-fuzz: the flags are those of `cargo fuzz build --sanitizer none`.
set -euo pipefail
cd "$(dirname "$0")"

flags="--cfg fuzzing -Cdebug-assertions -Cpasses=sancov-module"
for pass in level=4 inline-8bit-counters pc-table trace-compares; do
    flags+=" -Cllvm-args=-sanitizer-coverage-$pass"
done
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS=$flags cargo build --release --quiet --locked --target "$host" --bins
echo "${CARGO_TARGET_DIR:-target}/$host/release"
