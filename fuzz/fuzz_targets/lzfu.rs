//! Compressed RTF.

#![no_main]

// No input makes more than nine times its size.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(rtf) = mapix_convert::rtf::decompress(data) {
        assert!(rtf.len() <= 9 * data.len());
    }
});
