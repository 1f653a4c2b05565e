#![no_main]

#[path = "../../crates/mapix-capi/tests/fuzz/mod.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::run("inf", data));
