#![no_main]

#[path = "../../crates/mapix-pst/tests/fuzz/mod.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::run("one_off", data));
