//! Programs in C and C++ that use the library: the examples, and a MAPI of somebody else that loads
//! our stores.
#![cfg(target_os = "linux")]

mod build;
mod examples;
mod host;
