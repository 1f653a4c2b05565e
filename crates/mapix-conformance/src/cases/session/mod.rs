//! A store seen through a session: what MAPI says about objects must hold over every store.
//! Sections are those of the lifecycle rules.

mod batch;
mod read;
mod submit;
mod table;
mod write;

use crate::Case;

/// All cases of the group.
pub(super) const CASES: [&[Case]; 5] =
    [read::CASES, write::CASES, batch::CASES, table::CASES, submit::CASES];
