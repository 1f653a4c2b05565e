//! The functions that `libmapi` exports, under MAPI's names.
#![allow(non_snake_case)]

mod memory;

pub use memory::*;
