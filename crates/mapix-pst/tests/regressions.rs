//! What the fuzzers start with, and the inputs in `tests/regressions/<target>/` that once made
//! one of them find something: none may panic or take long. A file is named by what it showed.

#[path = "fuzz/mod.rs"]
mod harness;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// In a build without much optimisation.
const SLOWEST: Duration = Duration::from_secs(10);

fn run(target: &str, name: &str, data: &[u8]) {
    println!("{target}: {name}");
    let start = Instant::now();
    harness::run(target, data);
    let elapsed = start.elapsed();
    assert!(elapsed < SLOWEST, "{target}: {name} takes {elapsed:?}");
}

#[test]
fn seeds_pass() {
    for (target, name, data) in harness::seeds::all() {
        run(target, &name, &data);
        // Damage in many places, as a fuzzer begins.
        for at in (0..data.len()).step_by(data.len() / 40 + 1) {
            let mut damaged = data.clone();
            damaged[at] ^= 0x41;
            run(target, &format!("{name} at {at}"), &damaged);
            run(target, &format!("{name} to {at}"), &data[..at]);
        }
    }
}

#[test]
fn what_was_found_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
    for (target, _) in harness::TARGETS {
        let Ok(files) = fs::read_dir(folder.join(target)) else { continue };
        for file in files {
            let path = file.unwrap().path();
            run(target, &path.display().to_string(), &fs::read(&path).unwrap());
        }
    }
}
