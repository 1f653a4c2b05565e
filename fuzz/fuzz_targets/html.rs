//! The text of HTML bodies.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    mapix_convert::html::to_text(&String::from_utf8_lossy(data));
});
