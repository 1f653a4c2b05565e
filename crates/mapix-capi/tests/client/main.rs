//! The client API, called as C calls it: through exported functions and tables of functions.
#![allow(clippy::undocumented_unsafe_blocks, reason = "every call here is one into the library")]

mod admin;
mod data;
mod exchange;
mod hostile;
mod lifecycle;
mod message;
mod notify;
mod refused;
mod store;
mod table;
mod threads;
mod world;
