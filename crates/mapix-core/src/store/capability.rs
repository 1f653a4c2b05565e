//! What a store can do.

use std::fmt;
use std::ops::BitOr;

/// A small set of abilities. A store without one leaves the work to the core, or refuses it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Capability(u32);

impl Capability {
    /// Nothing beyond reading.
    pub const NONE: Self = Self(0);
    /// Objects can be made, changed and deleted.
    pub const WRITE: Self = Self(1);
    /// New names of properties can be added.
    pub const CREATE_NAMES: Self = Self(1 << 1);
    /// Commits outlast the process.
    pub const DURABLE: Self = Self(1 << 2);
    /// Rows of contents tables hold every property of their messages.
    pub const FULL_ROWS: Self = Self(1 << 3);
    /// Text keeps the width in which it was set: there is `PT_UNICODE`.
    pub const UNICODE: Self = Self(1 << 4);
    /// It can be waited for that somebody commits something: `wait_for_changes`.
    pub const NOTIFY: Self = Self(1 << 5);
    /// Messages can be deleted softly, and restored.
    pub const SOFT_DELETE: Self = Self(1 << 6);
    /// Search folders find what they are told to, and follow every commit: see
    /// [`LiveSearch`](super::LiveSearch).
    pub const SEARCH: Self = Self(1 << 7);

    /// Both sets together; `|`, for constants.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of the other set are in this one.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Capability {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::WRITE, "WRITE"),
            (Self::CREATE_NAMES, "CREATE_NAMES"),
            (Self::DURABLE, "DURABLE"),
            (Self::FULL_ROWS, "FULL_ROWS"),
            (Self::UNICODE, "UNICODE"),
            (Self::NOTIFY, "NOTIFY"),
            (Self::SOFT_DELETE, "SOFT_DELETE"),
            (Self::SEARCH, "SEARCH"),
        ];
        f.debug_set().entries(names.iter().filter(|(bit, _)| self.has(*bit)).map(|n| n.1)).finish()
    }
}
