//! The store, its folders and messages.
//!
//! [MS-PST 2.4](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/ecc70be8-dd2d-4bbc-8bd5-49a6d2a7b56c)

mod children;
mod folder;
mod message;
mod object;
mod store;
mod subject;

pub use store::Pst;
pub(crate) use store::read_only;
