//! Lists, tables and properties: what the data of a node means.
//!
//! [MS-PST 2.3](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/4c24c7d2-5c5a-4b99-88b2-f4b84cc293ae)

pub mod bth;
pub mod heap;
pub mod named;
pub mod prop;
pub mod table;
pub mod value;

pub use heap::{Heap, HeapId};
pub use named::NameMap;
pub use prop::PropContext;
pub use table::Table;
