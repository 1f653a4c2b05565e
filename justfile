# `just` alone lists these.
default:
    @just --list

# All that a change has to pass.
check:
    bash .ci/run

# The fast tests, always run.
test:
    cargo test --workspace

# The slow ones: more mutations, more random operations.
slow:
    MAPIX_SLOW=1 PROPTEST_CASES=5000 cargo test --workspace --release

# A minute of each fuzzer.
fuzz:
    fuzz/smoke.sh 60

# An hour of each fuzzer, which can be stopped and goes on.
fuzz-long:
    fuzz/long.sh 60

# The guided tour.
tour:
    cargo run --quiet --bin mapix -- tour

# API documentation.
doc:
    cargo doc --workspace --no-deps --open
