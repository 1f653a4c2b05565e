//! What of an item is missing in the target.

use std::fmt;

use crate::EntryId;
use crate::ledger::{Kind, Ledger};

/// A part of an item that is missing in the target, or is not there as it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// What it is.
    pub kind: Kind,
    /// Which one, and why not.
    pub reason: String,
    /// Whether it was left out, since a message has no place for it. Otherwise it could not be
    /// read.
    pub is_left_out: bool,
}

impl Trouble {
    /// A part by its name, and why it could not be read.
    pub fn new(kind: Kind, part: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self { kind, reason: format!("{part}: {reason}"), is_left_out: false }
    }

    /// A part that a message has no place for, and why.
    pub fn left_out(kind: Kind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), is_left_out: true }
    }

    pub(super) fn enter(self, ledger: &mut Ledger, entry_id: Option<EntryId>, path: &str) {
        ledger.expect(self.kind, 1);
        if self.is_left_out {
            ledger.skipped(self.kind, entry_id, path, self.reason);
        } else {
            ledger.failed(self.kind, entry_id, path, self.reason);
        }
    }
}
