//! RTF bodies, and the HTML or text in them.

#![no_main]

use mapix_convert::rtf;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = rtf::deencapsulate(data);
    rtf::to_text(data);
});
