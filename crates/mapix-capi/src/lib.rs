//! `libmapi`: MAPI's C ABI over mapix, so that programs and message store providers that were
//! written for Windows build and run elsewhere.

pub mod export;
pub mod memory;
pub mod types;
