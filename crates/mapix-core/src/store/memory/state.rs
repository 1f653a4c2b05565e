//! What a memory store holds.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use crate::prop::{Guid, PropBag, PropName};
use crate::store::{ChangeEvent, Changes, ItemKind, LiveSearch, MessageRef};
use crate::{EntryId, Error, Result};

/// The first property ID that stands for a name.
pub(super) const FIRST_NAMED: u16 = 0x8000;
/// The last one.
pub(super) const LAST_NAMED: u16 = 0xFFFE;

/// Everything in the store. Nodes are shared: whoever reads keeps what was there.
#[derive(Default)]
pub(super) struct State {
    /// Stands in all entry IDs.
    pub(super) uid: Guid,
    pub(super) store: PropBag,
    pub(super) receive: Arc<BTreeMap<String, EntryId>>,
    pub(super) names: Names,
    /// The number that the next object gets.
    pub(super) next: u64,
    /// Counts the commits; the cursor and the stamps.
    pub(super) clock: u64,
    /// The search folders that were told what to find.
    pub(super) searches: BTreeMap<u64, Search>,
    nodes: BTreeMap<u64, Arc<Node>>,
    /// Parent, shelf and number of every node with a parent; follows `nodes`.
    shelves: BTreeSet<(u64, Shelf, u64)>,
    /// What the last commits did, each event with the clock of its commit.
    log: VecDeque<(u64, ChangeEvent)>,
    /// Events up to this clock may be missing in the log.
    forgotten: u64,
}

/// What a search folder finds, and has found.
pub(super) struct Search {
    pub(super) live: LiveSearch,
    pub(super) links: BTreeSet<u64>,
}

/// A folder or a message.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) parent: Option<u64>,
    pub(super) stamp: u64,
    pub(super) kind: ItemKind,
    /// Softly.
    pub(super) deleted: bool,
    /// A folder has only properties.
    pub(super) content: Message,
}

/// A message in a folder or in an attachment.
#[derive(Clone, Default)]
pub(super) struct Message {
    pub(super) props: PropBag,
    pub(super) recipients: Arc<Vec<(u64, PropBag)>>,
    pub(super) attachments: BTreeMap<u32, Arc<Attachment>>,
}

/// An attachment.
#[derive(Clone, Default)]
pub(super) struct Attachment {
    pub(super) props: PropBag,
    pub(super) embedded: Option<Arc<Message>>,
}

/// The table of a folder in which an object stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shelf {
    Folders,
    Messages,
    Associated,
    Deleted,
}

impl Node {
    pub(super) fn is_folder(&self) -> bool {
        matches!(self.kind, ItemKind::Folder | ItemKind::SearchFolder)
    }

    pub(super) fn shelf(&self) -> Shelf {
        match self.kind {
            _ if self.deleted => Shelf::Deleted,
            ItemKind::Folder | ItemKind::SearchFolder => Shelf::Folders,
            ItemKind::Message => Shelf::Messages,
            ItemKind::Associated => Shelf::Associated,
        }
    }
}

impl State {
    /// How many events the log holds at least before the oldest are forgotten.
    const REMEMBERED: usize = 100_000;

    /// A new store: a root folder with the number 1.
    pub(super) fn new(uid: Guid, props: PropBag) -> Self {
        let mut state = Self { uid, store: props.clone(), next: 2, clock: 1, ..Self::default() };
        let content = Message { props, ..Message::default() };
        let root = Node { parent: None, stamp: 1, kind: ItemKind::Folder, deleted: false, content };
        state.put(1, Some(Arc::new(root)));
        state
    }

    /// Puts a node in place of the one with the same number, or takes it out, and gives back
    /// what was there. The one way in which nodes change.
    pub(super) fn put(&mut self, id: u64, node: Option<Arc<Node>>) -> Option<Arc<Node>> {
        if let Some(place) = self.get(id).and_then(|old| place(id, old)) {
            self.shelves.remove(&place);
        }
        if let Some(place) = node.as_ref().and_then(|new| place(id, new)) {
            self.shelves.insert(place);
        }
        match node {
            Some(node) => self.nodes.insert(id, node),
            None => self.nodes.remove(&id),
        }
    }

    pub(super) fn get(&self, id: u64) -> Option<&Arc<Node>> {
        self.nodes.get(&id)
    }

    /// All folders and messages, by number.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (u64, &Arc<Node>)> {
        self.nodes.iter().map(|(id, node)| (*id, node))
    }

    pub(super) fn node(&self, id: u64) -> Result<&Arc<Node>> {
        self.get(id).ok_or_else(|| Error::not_found(format!("there is no object {id}")))
    }

    pub(super) fn folder(&self, id: u64) -> Result<&Arc<Node>> {
        match self.node(id) {
            Ok(node) if node.is_folder() => Ok(node),
            _ => Err(Error::not_found(format!("there is no folder {id}"))),
        }
    }

    pub(super) fn message(&self, message: &MessageRef) -> Result<&Message> {
        let missing = || Error::not_found(format!("there is no message {message:?}"));
        let node = self.get(message.id).filter(|node| !node.is_folder()).ok_or_else(missing)?;
        message.embedded.iter().try_fold(&node.content, |outer, number| {
            outer.attachments.get(number).and_then(|a| a.embedded.as_deref()).ok_or_else(missing)
        })
    }

    pub(super) fn attachment(&self, message: &MessageRef, number: u32) -> Result<&Attachment> {
        let attachments = &self.message(message)?.attachments;
        attachments.get(&number).map(Arc::as_ref).ok_or_else(|| {
            Error::not_found(format!("there is no attachment {number} of message {message:?}"))
        })
    }

    /// The objects on one shelf of a folder, by number.
    pub(super) fn shelf(&self, folder: u64, shelf: Shelf) -> impl Iterator<Item = u64> {
        self.shelves.range((folder, shelf, 0)..=(folder, shelf, u64::MAX)).map(|place| place.2)
    }

    /// Everything in a folder, by shelf and number.
    pub(super) fn children(&self, folder: u64) -> impl Iterator<Item = u64> {
        let all = (folder, Shelf::Folders, 0)..=(folder, Shelf::Deleted, u64::MAX);
        self.shelves.range(all).map(|place| place.2)
    }

    /// Remembers what the commit at `clock` did.
    pub(super) fn note(&mut self, clock: u64, events: impl IntoIterator<Item = ChangeEvent>) {
        self.log.extend(events.into_iter().map(|event| (clock, event)));
        let forgotten = self.log.len().saturating_sub(Self::REMEMBERED);
        if let Some((clock, _)) = self.log.drain(..forgotten).next_back() {
            self.forgotten = clock;
        }
    }

    /// What was done after a cursor.
    pub(super) fn changes_after(&self, cursor: u64) -> Changes {
        let first = self.log.partition_point(|(clock, _)| *clock <= cursor);
        let events = self.log.range(first..).map(|(_, event)| *event).collect();
        Changes { events, cursor: self.clock, lost: cursor < self.forgotten }
    }
}

fn place(id: u64, node: &Node) -> Option<(u64, Shelf, u64)> {
    Some((node.parent?, node.shelf(), id))
}

/// The map of names: the n-th name has the ID `0x8000 + n`.
#[derive(Default)]
pub(super) struct Names {
    list: Vec<PropName>,
    ids: HashMap<PropName, u16>,
}

impl Names {
    pub(super) fn name(&self, id: u16) -> Option<&PropName> {
        self.list.get(usize::from(id.checked_sub(FIRST_NAMED)?))
    }

    pub(super) fn id(&self, name: &PropName) -> Option<u16> {
        self.ids.get(name).copied()
    }

    /// Adds a name that is not there; `None` when the IDs are used up.
    pub(super) fn add(&mut self, name: &PropName) -> Option<u16> {
        let id = u16::try_from(self.list.len()).ok()?.checked_add(FIRST_NAMED)?;
        if id > LAST_NAMED {
            return None;
        }
        self.list.push(name.clone());
        self.ids.insert(name.clone(), id);
        Some(id)
    }

    /// How many names can still be added.
    pub(super) fn room(&self) -> usize {
        usize::from(LAST_NAMED - FIRST_NAMED) + 1 - self.list.len()
    }

    pub(super) fn all(&self) -> Vec<(u16, PropName)> {
        (FIRST_NAMED..).zip(self.list.iter().cloned()).collect()
    }
}
