//! What is in a mailbox, turned into text and JSON.

pub(crate) mod body;
mod entity;
pub(crate) mod html;
pub(crate) mod prop;
pub(crate) mod value;
