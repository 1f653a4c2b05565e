//! The bodies of messages as the command shows them.

#![no_main]
#![allow(dead_code)]

#[path = "../../crates/mapix-cli/src/render/entity.rs"]
mod entity;
#[path = "../../crates/mapix-cli/src/render/html.rs"]
mod html;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    html::to_text(&String::from_utf8_lossy(data));
});
