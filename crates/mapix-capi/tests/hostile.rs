//! What the fuzzers start with, random inputs, and the inputs in `tests/regressions/<target>/` that
//! once made one of them find something. A file is named by what it showed.

#[path = "fuzz/mod.rs"]
mod harness;

use std::fs;
use std::path::Path;

use harness::seeds::Numbers;

/// Damages the seeds of a target, as a fuzzer begins.
fn damage(wanted: &str, parts: usize) {
    for (target, name, data) in harness::seeds::all() {
        if target != wanted {
            continue;
        }
        println!("{target}: {name}");
        harness::run(target, &data);
        for at in (0..data.len()).step_by(data.len() / parts + 1) {
            let mut damaged = data.clone();
            for bit in [0x41, 0x07] {
                damaged[at] ^= bit;
                harness::run(target, &damaged);
            }
            harness::run(target, &data[..at]);
        }
    }
}

#[test]
fn any_arguments_of_functions_are_survived() {
    damage("capi_functions", 60);
    let mut numbers = Numbers(0x6D61_7069);
    for _ in 0..20_000 {
        let (length, zeros) = ((numbers.next() % 200) as usize, numbers.next() % 4);
        harness::run("capi_functions", &numbers.bytes(length, zeros));
    }
}

#[test]
fn any_arguments_of_methods_are_survived() {
    damage("capi_calls", 12);
}

#[test]
fn any_text_is_read_or_refused() {
    damage("inf", 60);
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
