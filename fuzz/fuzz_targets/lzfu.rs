//! The bodies of messages as the command shows them.

#![no_main]
// The modules are linted where they are at home.
#![allow(dead_code, clippy::all)]

#[path = "../../crates/mapix-cli/src/render/lzfu.rs"]
mod lzfu;

// No input makes more than nine times its size.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(rtf) = lzfu::decompress(data) {
        assert!(rtf.len() <= 9 * data.len());
    }
});
