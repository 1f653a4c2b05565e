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
    MAPIX_SLOW=1 cargo test --workspace --release

# The guided tour.
tour:
    cargo run --quiet --bin mapix -- tour

# API documentation.
doc:
    cargo doc --workspace --no-deps --open
