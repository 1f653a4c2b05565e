//! The store, its folders and messages.
//!
//! [MS-PST 2.4](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/3f1bc553-d15d-4dcf-9b80-fbf1dd6c7e79)

mod children;
mod folder;
mod message;
mod object;
mod offline;
mod store;
mod subject;

pub use store::Pst;
pub(crate) use store::read_only;
