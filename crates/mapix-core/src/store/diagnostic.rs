//! What is wrong with a store.

use std::fmt;

use super::ObjectRef;

/// Something that is wrong with the stored bytes, found while reading.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The object that it belongs to, if that is known.
    pub object: Option<ObjectRef>,
    /// Where: `block 0x1234 at offset 0x5600`.
    pub place: String,
    /// What: `checksum mismatch`.
    pub cause: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Nothing is lost, but the file is not as it should be.
    Warning,
    /// Something could not be read.
    Error,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.cause)
    }
}
