//! The bodies of messages as the command shows them.

#![no_main]
// The modules are linted where they are at home.
#![allow(dead_code, clippy::all)]

#[path = "../../crates/mapix-cli/src/render/entity.rs"]
mod entity;
#[path = "../../crates/mapix-cli/src/render/html.rs"]
mod html;
#[path = "../../crates/mapix-cli/src/render/rtf.rs"]
mod rtf;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rtf::to_text(data);
});
