# Builds the fuzzers; to be read by the other scripts, in this folder. `programs` is where they are, and
# `targets` what they are called. It needs cargo and a C++ compiler, not cargo-fuzz: the flags are those
# of `cargo fuzz build --sanitizer none`.
# shellcheck shell=bash disable=SC2034

targets=$(sed -n 's/^path = "fuzz_targets\/\(.*\)\.rs"$/\1/p' Cargo.toml)

flags="--cfg fuzzing -Cdebug-assertions -Cpasses=sancov-module"
for pass in level=4 inline-8bit-counters pc-table trace-compares; do
    flags+=" -Cllvm-args=-sanitizer-coverage-$pass"
done
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS=$flags cargo build --release --quiet --locked --target "$host" --bins
programs=${CARGO_TARGET_DIR:-target}/$host/release
