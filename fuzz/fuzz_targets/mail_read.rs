#![no_main]

#[path = "../../crates/mapix-convert/tests/fuzz/mod.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::run("mail_read", data));
