//! Lists, tables and properties: what the data of a node means.
//!
//! [MS-PST 2.3](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/4dd15583-f2ca-4f68-9aa5-bb2a5a3bd62a)

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
