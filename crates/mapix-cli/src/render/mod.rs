//! What is in a mailbox, turned into text and JSON.

pub(crate) mod body;
mod entity;
mod html;
mod lzfu;
pub(crate) mod prop;
mod rtf;
pub(crate) mod value;
