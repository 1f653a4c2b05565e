//! What was imported already: the keys of all items, kept in the target itself.
//!
//! They are the attachments of one associated message in the root folder, and each commit that
//! makes messages adds their keys to it. So what is made and what is known to be made are never
//! apart, whatever stops the run; and since each such commit expects that nobody else has changed
//! that message, two imports at the same time do not make the same message twice.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::object::Store;
use crate::prop::{PropBag, tags};
use crate::store::{
    AttachmentChange, AttachmentUpdate, Change, Commit, MessageRef, MessageUpdate, ObjectRef, Row,
    RowSource,
};
use crate::sync::{RwLock, write};
use crate::{Context, Error, Result};

/// The message class of the message that holds the keys.
pub(super) const CLASS: &str = "IPM.Configuration.mapix.Import";
/// How many keys one attachment holds; then another one is begun.
const SEGMENT: usize = 16 << 10;

/// The first half of a SHA-256.
pub(super) type Key = u128;

/// Which keys are known: little more than sixteen bytes for each.
#[derive(Default)]
pub(super) struct Known {
    sorted: Vec<Key>,
    fresh: HashSet<Key>,
}

impl Known {
    pub(super) fn contains(&self, key: Key) -> bool {
        self.sorted.binary_search(&key).is_ok() || self.fresh.contains(&key)
    }

    pub(super) fn add(&mut self, keys: impl IntoIterator<Item = Key>) {
        self.fresh.extend(keys);
        // A sorted list takes a third of the memory; sorting now and then takes no time.
        if self.fresh.len() > self.sorted.len().max(1 << 16) / 2 {
            self.sorted.extend(self.fresh.drain());
            self.sorted.sort_unstable();
            self.sorted.dedup();
            self.fresh = HashSet::new();
        }
    }
}

/// The journal of a target.
pub(super) struct Journal {
    target: Store,
    known: Arc<RwLock<Known>>,
    state: State,
}

#[derive(Default)]
struct State {
    /// The message; `None` in a dry run, or before anything was made.
    head: Option<u64>,
    /// The stamp of the head before it was read last.
    stamp: u64,
    /// Messages and attachments that were read, with their sizes then.
    read: HashMap<(u64, u32), i32>,
    /// The attachment that this run writes, and what is in it.
    number: Option<u32>,
    segment: Vec<u8>,
}

impl Journal {
    /// Reads the journal of a target, if it has one.
    pub(super) fn open(target: &Store) -> Result<Self> {
        let mut journal =
            Self { target: target.clone(), known: Arc::default(), state: State::default() };
        journal.find()?;
        journal.refresh()?;
        Ok(journal)
    }

    /// Makes the journal if there is none.
    pub(super) fn create(&mut self) -> Result<()> {
        if self.state.head.is_some() {
            return Ok(());
        }
        let mut set = PropBag::new();
        set.set(tags::MESSAGE_CLASS, CLASS);
        set.set(tags::SUBJECT, "What was imported");
        set.set(tags::MESSAGE_FLAGS, crate::object::computed::MSGFLAG_ASSOCIATED);
        let pass = self.target.logon().enter()?;
        let folder = self.target.info().root;
        let content = MessageUpdate { set, ..MessageUpdate::default() };
        pass.commit(vec![Change::CreateMessage { folder, associated: true, content }])?;
        drop(pass);
        // If somebody else makes one at the same time, that with the lowest number counts: it was
        // there first, so that both see it.
        self.find()?;
        self.refresh()
    }

    fn find(&mut self) -> Result<()> {
        let source = RowSource::Associated(self.target.info().root);
        let mut heads = Vec::new();
        self.target.logon().enter()?.rows(&source, Some(&[tags::MESSAGE_CLASS]), &mut |row| {
            let is_head = |row: Row| -> Result<Option<u64>> {
                let class = row.props.sound()?.text(tags::MESSAGE_CLASS);
                Ok((class.as_deref() == Some(CLASS)).then_some(row.id))
            };
            heads.extend(row.and_then(is_head).transpose());
            ControlFlow::Continue(())
        })?;
        // One that cannot be read could be it; without it, everything would be stored again.
        let heads: Vec<u64> =
            heads.into_iter().collect::<Result<_>>().context(|| "what was imported before")?;
        self.state.head = heads.into_iter().min();
        Ok(())
    }

    /// Makes sure that what others have imported meanwhile is known.
    pub(super) fn refresh(&mut self) -> Result<()> {
        let Some(head) = self.state.head else { return Ok(()) };
        let pass = self.target.logon().enter()?;
        // First, so that what is added from now on changes it again.
        let stamp = pass.stamp(head)?;
        if stamp == self.state.stamp {
            return Ok(());
        }
        let place = MessageRef::new(head);
        let mut changed = Vec::new();
        let columns = [tags::ATTACH_SIZE];
        let mut rows = Vec::new();
        pass.rows(&RowSource::Attachments(place.clone()), Some(&columns), &mut |row| {
            rows.push(row.map(|row| (row.id as u32, row.props.i32(tags::ATTACH_SIZE))));
            ControlFlow::Continue(())
        })?;
        for row in rows {
            let (number, size) = row.context(|| "what was imported before")?;
            let size = size.unwrap_or(-1);
            if self.state.read.get(&(head, number)) != Some(&size) || size < 0 {
                changed.push((number, size));
            }
        }
        let mut known = write(&self.known);
        for (number, size) in changed {
            let object = ObjectRef::Attachment(place.clone(), number);
            let mut bytes = Vec::new();
            pass.open_stream(&object, tags::ATTACH_DATA_BIN)
                .and_then(|mut stream| Ok(stream.read_to_end(&mut bytes)?))
                .context(|| "what was imported before")?;
            let (keys, _) = bytes.as_chunks::<16>();
            known.add(keys.iter().map(|key| Key::from_le_bytes(*key)));
            self.state.read.insert((head, number), size);
        }
        self.state.stamp = stamp;
        Ok(())
    }

    /// What is known, as of the last commit.
    pub(super) fn known(&self) -> &Arc<RwLock<Known>> {
        &self.known
    }

    /// Makes changes, and remembers keys, in one commit.
    ///
    /// # Errors
    /// `MAPI_E_OBJECT_CHANGED` if somebody else has imported something since the last
    /// [`refresh`](Self::refresh): nothing is changed, and the changes have to be made anew.
    pub(super) fn commit(&mut self, mut changes: Vec<Change>, keys: &[Key]) -> Result<Commit> {
        let head = self.state.head.ok_or_else(|| Error::not_found("there is no journal"))?;
        if self.state.segment.len() >= SEGMENT * size_of::<Key>() {
            self.state.segment.clear();
            self.state.number = None;
        }
        let next = || {
            let numbers = self.state.read.keys().filter(|(message, _)| *message == head);
            numbers.map(|(_, number)| number + 1).max().unwrap_or(0)
        };
        let number = self.state.number.unwrap_or_else(next);
        let mut segment = self.state.segment.clone();
        segment.extend(keys.iter().flat_map(|key| key.to_le_bytes()));
        let size = i32::try_from(segment.len()).unwrap_or(i32::MAX);
        let mut set = PropBag::new();
        set.set(tags::ATTACH_NUM, number as i32);
        set.set(tags::ATTACH_METHOD, 1);
        set.set(tags::ATTACH_SIZE, size);
        set.set(tags::ATTACH_DATA_BIN, &segment[..]);
        let update = AttachmentUpdate { set, ..AttachmentUpdate::default() };
        let attachments = vec![AttachmentChange::Put(number, Box::new(update))];
        // The journal is last, so that what was made is first among the new numbers.
        changes.push(Change::UpdateMessage {
            message: head,
            expected: Some(self.state.stamp),
            update: MessageUpdate { attachments, ..MessageUpdate::default() },
        });
        let committed = self.target.logon().enter()?.commit(changes)?;
        self.state.number = Some(number);
        self.state.segment = segment;
        self.state.read.insert((head, number), size);
        let mut known = write(&self.known);
        known.add(keys.iter().copied());
        Ok(committed)
    }
}
