//! Named properties.

use std::fmt;

use super::Guid;

/// The name behind a property ID from `0x8000` (`MAPINAMEID`): a property set and a number or
/// a string in it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[doc(alias = "MAPINAMEID")]
pub struct PropName {
    /// The property set.
    pub set: Guid,
    /// The name in that set.
    pub kind: NameKind,
}

/// A name within a property set.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum NameKind {
    /// A number (`MNID_ID`), such as `0x8205`.
    Id(u32),
    /// A string (`MNID_STRING`), compared letter by letter.
    Name(Box<str>),
}

impl PropName {
    /// A name by number.
    pub fn id(set: Guid, id: u32) -> Self {
        Self { set, kind: NameKind::Id(id) }
    }

    /// A name by string.
    pub fn name(set: Guid, name: impl Into<Box<str>>) -> Self {
        Self { set, kind: NameKind::Name(name.into()) }
    }
}

impl fmt::Display for PropName {
    /// `{set}:0x8205` or `{set}:Keywords`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            NameKind::Id(id) => write!(f, "{{{}}}:0x{id:04X}", self.set),
            NameKind::Name(name) => write!(f, "{{{}}}:{name}", self.set),
        }
    }
}
