//! MAPI's interfaces, for those who implement them and for those who call them.
#![allow(non_snake_case, non_camel_case_types)]

mod address;
mod container;
mod message;
mod monitor;
mod offline;
mod profile;
mod prop;
mod provider;
mod session;
mod sink;
mod store;
mod stream;
mod table;
mod unknown;

pub use address::*;
pub use container::*;
pub use message::*;
pub use monitor::*;
pub use offline::*;
pub use profile::*;
pub use prop::*;
pub use provider::*;
pub use session::*;
pub use sink::*;
pub use store::*;
pub use stream::*;
pub use table::*;
pub use unknown::*;
