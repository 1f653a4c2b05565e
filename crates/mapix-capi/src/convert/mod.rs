//! From C's structures to the core's types and back.
//!
//! What comes in is checked: pointers for null, counts and depths for what can be, numbers for
//! what MAPI defines. What goes out is one [`Buffer`](crate::memory::Buffer) for each structure
//! that the caller frees, measured before it is made. Text of 8 bits is UTF-8, as everywhere off
//! Windows; what comes in and is not UTF-8 is taken as Windows-1252.
// The fields of C keep their names.
#![allow(non_snake_case)]

mod action;
mod entry;
mod error;
mod notify;
mod restriction;
mod rows;
mod sort;
mod tags;
mod text;
mod value;

pub use action::{give_actions, read_actions};
pub use entry::{entry_id, entry_list, give_entry_id, give_entry_list, object_type};
pub use error::{LastError, check_flags, mapi_error};
pub use notify::{notifications, table_notifications};
pub use restriction::{give_restriction, read_restriction, restriction_room, write_restriction};
pub use rows::{RowBuffers, address_list, give_row, give_rows, read_row};
pub use sort::{give_sort_order, sort_order};
pub use tags::{
    give_names, give_problems, give_tags, no_problems, read_names, read_tags, tag_list, tag_numbers,
};
pub use text::{MAPI_UNICODE, give_text, is_unicode, need_text, read_text, string8, write_text};
pub use value::{
    Shown, give_props, prop, props, props_buffer, props_room, value_room, write_prop, write_props,
    write_value,
};

#[cfg(test)]
mod tests;
