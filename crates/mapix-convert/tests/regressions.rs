//! What the fuzzers of mail start with, and the inputs in `tests/regressions/<target>/` that once
//! made one of them find something. A file is named by what it showed.

#[path = "fuzz/mod.rs"]
mod harness;

use std::fs;
use std::path::Path;

#[test]
fn seeds_pass() {
    for (target, name, data) in harness::SEEDS {
        println!("{target}: {name}");
        harness::run(target, data);
        // Damage in many places, as a fuzzer begins.
        for at in (0..data.len()).step_by(data.len() / 60 + 1) {
            let mut damaged = data.to_vec();
            for bit in [0x41, 0x07] {
                damaged[at] ^= bit;
                harness::run(target, &damaged);
            }
            harness::run(target, &data[..at]);
            harness::run(target, &data[at..]);
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
            println!("{}", path.display());
            harness::run(target, &fs::read(&path).unwrap());
        }
    }
}
