//! Storing: many messages in one commit.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::feed::{Feed, FeedFolder, FeedItem};
use super::journal::{Journal, Key, Known};
use super::parcel::Parcel;
use super::{End, Summary, Transfer};
use crate::ledger::{Kind, Ledger};
use crate::store::Change;
use crate::sync::{RwLock, read, write};
use crate::{Error, ErrorCode, Result};

/// How many messages are made in one commit, and how many bytes, if they are not more in one.
const MESSAGES: usize = 500;
const BYTES: u64 = 16 << 20;

/// An item that was treated.
pub(super) struct Treated {
    pub(super) item: FeedItem,
    /// The folder of the source, by its place in the list.
    pub(super) folder: usize,
    /// The folder of the target.
    pub(super) place: u64,
    /// The first says whether it is there already; it is remembered by all.
    pub(super) keys: Vec<Key>,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    /// It was imported before.
    Known,
    Read(Box<Parcel>),
    Failed(Error),
}

/// A message that waits for the commit.
struct Waiting {
    item: FeedItem,
    folder: usize,
    place: u64,
    keys: Vec<Key>,
    parcel: Box<Parcel>,
}

/// Gathers messages and commits them.
pub(super) struct Packer<'a> {
    transfer: &'a Transfer,
    feed: &'a dyn Feed,
    folders: &'a [FeedFolder],
    journal: Journal,
    known: Arc<RwLock<Known>>,
    waiting: Vec<Waiting>,
    bytes: u64,
    /// Keys of duplicates, so that the next run need not read them; for the next commit.
    duplicates: Vec<Key>,
    summary: Summary,
}

impl<'a> Packer<'a> {
    pub(super) fn new(
        transfer: &'a Transfer,
        feed: &'a dyn Feed,
        journal: Journal,
        folders: &'a [FeedFolder],
    ) -> Self {
        let known = Arc::clone(journal.known());
        Self {
            transfer,
            feed,
            folders,
            journal,
            known,
            waiting: Vec::new(),
            bytes: 0,
            duplicates: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// What was imported before.
    pub(super) fn known(&self) -> Arc<RwLock<Known>> {
        Arc::clone(&self.known)
    }

    pub(super) fn stop(&mut self) {
        self.summary.end = End::Stopped;
    }

    /// Takes an item; breaks when the target takes no more.
    pub(super) fn add(&mut self, treated: Treated, ledger: &mut Ledger) -> ControlFlow<()> {
        let Treated { item, folder, place, keys, outcome } = treated;
        match outcome {
            Outcome::Known => {
                self.skip_known(&item, folder, ledger);
                ControlFlow::Continue(())
            }
            Outcome::Failed(error) => {
                self.fail(&item, folder, &error, ledger);
                ControlFlow::Continue(())
            }
            Outcome::Read(parcel) => {
                self.bytes += parcel.size();
                self.waiting.push(Waiting { item, folder, place, keys, parcel });
                if self.waiting.len() >= MESSAGES || self.bytes >= BYTES {
                    self.flush(ledger)
                } else {
                    ControlFlow::Continue(())
                }
            }
        }
    }

    /// Commits what waits, and tells what was done.
    pub(super) fn finish(mut self, ledger: &mut Ledger) -> Summary {
        let _ = self.flush(ledger);
        self.summary
    }

    fn flush(&mut self, ledger: &mut Ledger) -> ControlFlow<()> {
        if matches!(self.summary.end, End::TargetFailed(_)) {
            return ControlFlow::Break(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        match self.store(waiting, ledger) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.summary.end = End::TargetFailed(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Stores messages in one commit. If that fails, its halves are tried, so that one message
    /// that cannot be stored costs only itself.
    fn store(&mut self, mut waiting: Vec<Waiting>, ledger: &mut Ledger) -> Result<()> {
        loop {
            waiting = self.without_known(waiting, ledger)?;
            if waiting.is_empty() && self.duplicates.is_empty() {
                return Ok(());
            }
            if self.transfer.dry_run {
                let keys: Vec<Key> = waiting.iter().flat_map(|one| one.keys.clone()).collect();
                write(&self.known).add(keys);
                self.duplicates.clear();
                self.done(waiting, ledger);
                return Ok(());
            }
            match self.commit(&waiting) {
                Ok(()) => {
                    self.done(waiting, ledger);
                    return Ok(());
                }
                // Somebody else imports, too: see what is known now, and try again.
                Err(error) if error.code() == ErrorCode::OBJECT_CHANGED => {}
                Err(error) if ends_all(&error) => return Err(error),
                Err(error) if waiting.len() == 1 => {
                    let Some(mut one) = waiting.pop() else { return Ok(()) };
                    // If a stream of the source cannot be read, the rest can still be stored.
                    if one.parcel.verify() {
                        waiting.push(one);
                        continue;
                    }
                    if error.code() == ErrorCode::DISK_ERROR {
                        return Err(error);
                    }
                    self.fail(&one.item, one.folder, &error, ledger);
                    return Ok(());
                }
                Err(error) if waiting.is_empty() => return Err(error),
                Err(_) => {
                    let rest = waiting.split_off(waiting.len() / 2);
                    self.store(waiting, ledger)?;
                    waiting = rest;
                }
            }
        }
    }

    /// Leaves out what is there already, and all but the first of those that are the same.
    fn without_known(
        &mut self,
        waiting: Vec<Waiting>,
        ledger: &mut Ledger,
    ) -> Result<Vec<Waiting>> {
        if !self.transfer.dry_run {
            self.journal.refresh()?;
        }
        let known = Arc::clone(&self.known);
        let known = read(&known);
        let mut here = std::collections::HashSet::new();
        let mut left = Vec::with_capacity(waiting.len());
        for one in waiting {
            let Some((first, others)) = one.keys.split_first() else {
                left.push(one);
                continue;
            };
            if others.iter().any(|key| known.contains(*key)) {
                self.skip_known(&one.item, one.folder, ledger);
            } else if known.contains(*first) || !here.insert(*first) {
                let reason = "a duplicate: the same was imported into this folder";
                self.skip(&one.item, one.folder, reason, ledger);
                self.summary.duplicates += 1;
                self.duplicates.extend(others);
            } else {
                left.push(one);
            }
        }
        Ok(left)
    }

    fn commit(&mut self, waiting: &[Waiting]) -> Result<()> {
        let mut changes = Vec::with_capacity(waiting.len() + 1);
        for one in waiting {
            changes.push(Change::CreateMessage {
                folder: one.place,
                associated: one.item.associated,
                content: one.parcel.to_update()?,
            });
        }
        let keys = waiting.iter().flat_map(|one| one.keys.iter().copied());
        let keys: Vec<Key> = keys.chain(self.duplicates.iter().copied()).collect();
        self.journal.commit(changes, &keys)?;
        self.duplicates.clear();
        Ok(())
    }

    fn done(&mut self, waiting: Vec<Waiting>, ledger: &mut Ledger) {
        for mut one in waiting {
            let path = self.path(&one.item, one.folder);
            let troubles = one.parcel.take_troubles();
            let wants_id = ledger.lists_done() || !troubles.is_empty();
            let id = wants_id.then(|| self.feed.entry_id(&one.item)).flatten();
            let (attachments, embedded) = one.parcel.parts();
            self.summary.messages += 1;
            self.summary.attachments += attachments;
            self.summary.bytes += one.parcel.size();
            for (kind, count) in [
                (Kind::Attachment, attachments),
                (Kind::Embedded, embedded),
                (Kind::Recipient, one.parcel.recipients.len() as u64),
            ] {
                if count > 0 {
                    ledger.expect(kind, count);
                    ledger.count_done(kind, count);
                }
            }
            for trouble in troubles {
                trouble.enter(ledger, id.clone(), &path);
            }
            ledger.done(one.item.kind(), id, path);
            self.tell();
        }
    }

    fn skip_known(&mut self, item: &FeedItem, folder: usize, ledger: &mut Ledger) {
        self.summary.known += 1;
        // A list of all that was there before would be as long as the store is large.
        if ledger.lists_done() {
            self.skip(item, folder, "imported before", ledger);
        } else {
            ledger.count_skipped(item.kind(), 1);
            self.tell();
        }
    }

    fn skip(&mut self, item: &FeedItem, folder: usize, reason: &str, ledger: &mut Ledger) {
        let path = self.path(item, folder);
        ledger.skipped(item.kind(), self.feed.entry_id(item), path, reason);
        self.tell();
    }

    fn fail(&mut self, item: &FeedItem, folder: usize, error: &Error, ledger: &mut Ledger) {
        let path = self.path(item, folder);
        ledger.failed(item.kind(), self.feed.entry_id(item), path, error);
        self.tell();
    }

    fn path(&self, item: &FeedItem, folder: usize) -> Arc<str> {
        let place = self.feed.place(item).map(Arc::from);
        place.unwrap_or_else(|| Arc::clone(&self.folders[folder].path))
    }

    fn tell(&self) {
        if let Some(told) = &self.transfer.progress {
            told(1);
        }
    }
}

/// Whether no other message can be stored either.
pub(super) fn ends_all(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::NO_ACCESS
            | ErrorCode::NOT_ENOUGH_DISK
            | ErrorCode::STORE_FULL
            | ErrorCode::INVALID_OBJECT
            | ErrorCode::END_OF_SESSION
            | ErrorCode::CORRUPT_STORE
            | ErrorCode::NETWORK_ERROR
            | ErrorCode::TIMEOUT
            | ErrorCode::BUSY
    )
}
