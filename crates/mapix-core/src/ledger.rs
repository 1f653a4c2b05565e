//! The ledger: what was expected, done, skipped and failed, so that nothing is lost in silence.
//!
//! Every verb that walks a store keeps one, whichever door it came through. Threads keep a
//! ledger each and [merge](Ledger::merge) them; the result does not depend on the order.
//!
//! ```
//! use mapix_core::ledger::{Kind, Ledger};
//!
//! let mut ledger = Ledger::new();
//! ledger.expect(Kind::Message, 2);
//! ledger.done(Kind::Message, None, "Inbox");
//! ledger.failed(Kind::Message, None, "Inbox", "checksum mismatch");
//! assert_eq!(ledger.count(Kind::Message).missing(), 0);
//! assert!(!ledger.is_clean());
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::EntryId;

/// What was walked over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The store itself.
    Store,
    /// Folders that hold messages.
    Folder,
    /// Folders that hold what a search found.
    SearchFolder,
    /// Tables: of folders, of messages, of recipients, of attachments.
    Table,
    /// Normal messages.
    Message,
    /// Associated (hidden) messages.
    Associated,
    /// Recipients.
    Recipient,
    /// Attachments, at every depth.
    Attachment,
    /// Embedded messages, at every depth.
    Embedded,
    /// Properties.
    Property,
}

impl Kind {
    /// All kinds, in the order in which a ledger shows them.
    pub const ALL: [Self; 10] = [
        Self::Store,
        Self::Folder,
        Self::SearchFolder,
        Self::Table,
        Self::Message,
        Self::Associated,
        Self::Recipient,
        Self::Attachment,
        Self::Embedded,
        Self::Property,
    ];

    /// Its name in JSON, such as `search_folders`. These names do not change.
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "stores",
            Self::Folder => "folders",
            Self::SearchFolder => "search_folders",
            Self::Table => "tables",
            Self::Message => "messages",
            Self::Associated => "associated",
            Self::Recipient => "recipients",
            Self::Attachment => "attachments",
            Self::Embedded => "embedded",
            Self::Property => "properties",
        }
    }

    /// Its name for people, such as `search folders`.
    pub fn title(self) -> &'static str {
        match self {
            Self::SearchFolder => "search folders",
            Self::Associated => "associated messages",
            Self::Embedded => "embedded messages",
            _ => self.name(),
        }
    }
}

/// What became of one item.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum State {
    /// It was treated whole.
    Done,
    /// It was left out on purpose.
    Skipped,
    /// It could not be treated, or only in part.
    Failed,
}

impl State {
    /// Its name in JSON: `done`, `skipped` or `failed`. These names do not change.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// One item of the ledger.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// The folder in which it is, or another place that says where to look.
    pub path: Arc<str>,
    /// What it is.
    pub kind: Kind,
    /// Under which entry ID it is found; `None` for what has none, such as a recipient.
    pub entry_id: Option<EntryId>,
    /// What became of it.
    pub state: State,
    /// Why it was skipped or has failed; empty if it was done.
    pub reason: String,
}

/// The numbers of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Count {
    /// How many there should be, by an independent count.
    pub expected: u64,
    /// How many were treated whole.
    pub done: u64,
    /// How many were left out on purpose.
    pub skipped: u64,
    /// How many could not be treated.
    pub failed: u64,
}

impl Count {
    /// How many were expected and never came up.
    pub fn missing(&self) -> u64 {
        self.expected.saturating_sub(self.done + self.skipped + self.failed)
    }
}

/// What was expected, done, skipped and failed.
///
/// Items that were done are only counted, unless [`Ledger::listing_done`] made the ledger; the
/// others are listed, each with its reason.
#[derive(Clone, Default, Debug)]
pub struct Ledger {
    counts: BTreeMap<Kind, Count>,
    entries: Vec<Entry>,
    list_done: bool,
}

impl Ledger {
    /// An empty ledger that counts what is done and lists the rest.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty ledger that lists what is done as well.
    pub fn listing_done() -> Self {
        Self { list_done: true, ..Self::default() }
    }

    /// An empty ledger of the same sort as this one: for a thread, to be merged later.
    pub fn fresh(&self) -> Self {
        Self { list_done: self.list_done, ..Self::default() }
    }

    /// Adds to the number that is expected.
    pub fn expect(&mut self, kind: Kind, count: u64) {
        self.counts.entry(kind).or_default().expected += count;
    }

    /// Adds to the number that was done, without listing anything.
    pub fn count_done(&mut self, kind: Kind, count: u64) {
        self.counts.entry(kind).or_default().done += count;
    }

    /// Adds to the number that was left out, without listing anything.
    pub fn count_skipped(&mut self, kind: Kind, count: u64) {
        self.counts.entry(kind).or_default().skipped += count;
    }

    /// Whether it lists what is done as well.
    pub fn lists_done(&self) -> bool {
        self.list_done
    }

    /// One item was treated whole.
    pub fn done(&mut self, kind: Kind, entry_id: Option<EntryId>, path: impl Into<Arc<str>>) {
        self.count_done(kind, 1);
        if self.list_done {
            let (path, reason) = (path.into(), String::new());
            self.entries.push(Entry { path, kind, entry_id, state: State::Done, reason });
        }
    }

    /// One item was left out on purpose.
    pub fn skipped(
        &mut self,
        kind: Kind,
        entry_id: Option<EntryId>,
        path: impl Into<Arc<str>>,
        reason: impl fmt::Display,
    ) {
        self.counts.entry(kind).or_default().skipped += 1;
        let (path, reason) = (path.into(), reason.to_string());
        self.entries.push(Entry { path, kind, entry_id, state: State::Skipped, reason });
    }

    /// One item could not be treated, or only in part.
    pub fn failed(
        &mut self,
        kind: Kind,
        entry_id: Option<EntryId>,
        path: impl Into<Arc<str>>,
        reason: impl fmt::Display,
    ) {
        self.counts.entry(kind).or_default().failed += 1;
        let (path, reason) = (path.into(), reason.to_string());
        self.entries.push(Entry { path, kind, entry_id, state: State::Failed, reason });
    }

    /// Takes over all that another ledger has. The result is the same in whatever order ledgers
    /// are merged.
    pub fn merge(&mut self, other: Self) {
        for (kind, count) in other.counts {
            let sum = self.counts.entry(kind).or_default();
            sum.expected += count.expected;
            sum.done += count.done;
            sum.skipped += count.skipped;
            sum.failed += count.failed;
        }
        self.entries.extend(other.entries);
    }

    /// The numbers of one kind.
    pub fn count(&self, kind: Kind) -> Count {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// The kinds that occur, with their numbers, in the order of [`Kind::ALL`].
    pub fn counts(&self) -> impl Iterator<Item = (Kind, Count)> {
        self.counts.iter().map(|(kind, count)| (*kind, *count))
    }

    /// The sum over all kinds.
    pub fn total(&self) -> Count {
        self.counts.values().fold(Count::default(), |sum, count| Count {
            expected: sum.expected + count.expected,
            done: sum.done + count.done,
            skipped: sum.skipped + count.skipped,
            failed: sum.failed + count.failed,
        })
    }

    /// The items that are listed, by path, kind and entry ID.
    pub fn entries(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort();
        entries
    }

    /// Whether nothing failed and nothing that was expected is missing.
    pub fn is_clean(&self) -> bool {
        self.counts.values().all(|count| count.failed == 0 && count.missing() == 0)
    }
}

impl fmt::Display for Ledger {
    /// One line for each kind, without what is zero: `messages: 71 expected, 71 done`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.counts.keys().map(|kind| kind.title().len()).max().unwrap_or_default() + 1;
        for (index, (kind, count)) in self.counts().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let title = format!("{}:", kind.title());
            write!(f, "{title:width$} {} expected, {} done", count.expected, count.done)?;
            let rest = [
                ("skipped", count.skipped),
                ("failed", count.failed),
                ("missing", count.missing()),
            ];
            for (name, number) in rest.into_iter().filter(|(_, number)| *number > 0) {
                write!(f, ", {number} {name}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(path: &'static str) -> Ledger {
        let mut ledger = Ledger::listing_done();
        ledger.expect(Kind::Message, 3);
        ledger.done(Kind::Message, None, path);
        ledger.failed(Kind::Message, None, path, "checksum mismatch");
        ledger.skipped(Kind::Folder, None, path, "a search folder");
        ledger
    }

    #[test]
    fn the_order_of_merging_does_not_matter() {
        let merged = |paths: [&'static str; 3]| {
            let mut ledger = Ledger::listing_done();
            paths.into_iter().for_each(|path| ledger.merge(part(path)));
            ledger
        };
        let (one, other) = (merged(["a", "b", "c"]), merged(["c", "a", "b"]));
        assert_eq!(one.entries(), other.entries());
        assert_eq!(one.counts().collect::<Vec<_>>(), other.counts().collect::<Vec<_>>());
        assert_eq!(one.total(), Count { expected: 9, done: 3, skipped: 3, failed: 3 });
    }

    #[test]
    fn what_is_missing_is_seen() {
        let mut ledger = Ledger::new();
        assert!(ledger.is_clean());
        ledger.expect(Kind::Message, 2);
        ledger.done(Kind::Message, None, "Inbox");
        assert!(ledger.entries().is_empty(), "what is done is only counted");
        assert!(!ledger.is_clean());
        assert_eq!(ledger.to_string(), "messages: 2 expected, 1 done, 1 missing");
        ledger.failed(Kind::Message, None, "Inbox", "gone");
        assert_eq!(ledger.to_string(), "messages: 2 expected, 1 done, 1 failed");
        ledger.skipped(Kind::SearchFolder, None, "Unread", "links");
        let lines = "search folders: 0 expected, 0 done, 1 skipped\n\
                     messages:       2 expected, 1 done, 1 failed";
        assert_eq!(ledger.to_string(), lines);
    }
}
