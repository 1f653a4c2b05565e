//! The bodies of messages as the command shows them.

#![no_main]
#![allow(dead_code)]

#[path = "../../crates/mapix-cli/src/render/entity.rs"]
mod entity;
#[path = "../../crates/mapix-cli/src/render/html.rs"]
mod html;
#[path = "../../crates/mapix-cli/src/render/rtf.rs"]
mod rtf;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rtf::to_text(data);
});
