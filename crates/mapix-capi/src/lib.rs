//! `libmapi`: MAPI's C ABI over mapix, so that programs and message store providers that were
//! written for Windows build and run elsewhere.

pub mod arg;
mod client;
pub mod com;
pub mod convert;
mod copy;
pub mod export;
mod flags;
mod flat;
pub mod iface;
pub mod import;
pub mod memory;
pub mod provider;
pub mod types;
