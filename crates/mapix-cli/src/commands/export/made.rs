//! What became of an item on its way into files.

use std::io::{self, Write};

use mapix::EntryId;
use mapix::ledger::Kind;
use mapix_convert::{LossKind, Losses};

use super::file::{Hashing, Unnamed, Whole};
use super::journal::Entry;
use super::record::{Part, Record};
use super::spool::Spool;
use crate::exit::Outcome;

/// What became of an item.
#[derive(Default)]
pub(super) struct Made {
    pub(super) entry: Entry,
    pub(super) entry_id: Option<EntryId>,
    /// Files that wait for their names.
    pub(super) files: Vec<Unnamed>,
    /// What goes into files with many items.
    pub(super) spools: Vec<Spool>,
    pub(super) failures: Vec<(Kind, String)>,
    /// It was done by an earlier run.
    pub(super) is_past: bool,
}

impl Made {
    pub(super) fn fail(&mut self, kind: Kind, reason: impl std::fmt::Display) {
        self.failures.push((kind, reason.to_string()));
    }

    /// A part of what a record is about is whole.
    pub(super) fn keep(&mut self, record: &mut Record, part: Part, name: &str, whole: Whole) {
        record.put(part, name, whole.bytes, &whole.sha256);
        self.files.push(whole.file);
    }

    /// A part of what a record is about waits for its turn.
    pub(super) fn hold(&mut self, record: &mut Record, part: Part, out: Catch<Hashing<Spool>>) {
        record.put(part, "", out.0.bytes, &out.0.digest());
        self.spools.push(out.0.into_inner().settle());
    }

    /// Damage is a failure; what mail has no place for is a loss.
    pub(super) fn lose(&mut self, losses: &Losses) {
        for loss in losses {
            if loss.kind == LossKind::Damaged {
                self.fail(Kind::Property, format!("{} {}", loss.place, loss.what).trim());
            } else {
                let (kind, place) = (loss.kind.name().to_owned(), loss.place.clone());
                self.entry.losses.push([kind, place, loss.what.clone()]);
            }
        }
        let more = losses.total() - losses.iter().count() as u64;
        if more > 0 {
            let damaged = losses.count(LossKind::Damaged);
            let what = format!("{more} more that are not named");
            if damaged > 0 {
                self.fail(Kind::Property, &what);
            }
            self.entry.losses.push(["more".into(), String::new(), what]);
        }
    }
}

/// Keeps the error of a writer, so that it is told from those of the mailbox.
pub(super) struct Catch<W>(pub(super) W, pub(super) Option<io::Error>);

impl<W: Write> Write for Catch<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| {
            let copy = io::Error::new(error.kind(), error.to_string());
            self.1 = Some(error);
            copy
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// An error of the output goes before that of whoever wrote to it.
pub(super) fn told<W>(out: &mut Catch<W>, result: Outcome<()>) -> Outcome<()> {
    match out.1.take() {
        Some(error) => Err(error.into()),
        None => result,
    }
}
