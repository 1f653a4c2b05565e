//! What is in a mailbox, turned into text and JSON.

pub(crate) mod body;
pub(crate) mod prop;
pub(crate) mod value;
