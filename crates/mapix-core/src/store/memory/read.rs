//! Reading what is in the store.

use std::collections::HashSet;
use std::io::Cursor;
use std::ops::ControlFlow;

use super::state::{Node, Shelf, State};
use crate::object::computed::MSGFLAG_READ;
use crate::prop::{Prop, PropBag, PropTag, Value, tags, value_bytes};
use crate::store::{ItemKind, ObjectRef, Row, RowSource, SearchReader, ValueStream};
use crate::{EntryId, Error, Result};

/// The largest value that rows hold.
const ROW_INLINE: u64 = 4096;

/// The first byte of the private part of an entry ID; the number of the object follows.
pub(super) const KIND_STORE: u8 = 0;
pub(super) const KIND_FOLDER: u8 = 1;
pub(super) const KIND_MESSAGE: u8 = 2;

/// The properties of a folder that are counted when they are read.
const COUNTS: [PropTag; 4] =
    [tags::CONTENT_COUNT, tags::CONTENT_UNREAD, tags::ASSOC_CONTENT_COUNT, tags::SUBFOLDERS];

/// The rows of a table as they were.
pub(super) struct Rows {
    bags: Vec<(u64, PropBag)>,
    wanted: Option<HashSet<u16>>,
    /// The size above which values are marked as large.
    inline: u64,
}

impl Rows {
    pub(super) fn visit(self, each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>) {
        for (id, bag) in self.bags {
            let props = view(bag, self.wanted.as_ref(), self.inline);
            if each(Ok(Row { id, props })).is_break() {
                break;
            }
        }
    }
}

impl State {
    /// All properties of an object.
    pub(super) fn bag(&self, object: &ObjectRef) -> Result<PropBag> {
        Ok(match object {
            ObjectRef::Store => self.store.clone(),
            ObjectRef::Folder(id) => self.folder_bag(*id, self.folder(*id)?, None),
            ObjectRef::Message(message) => self.message(message)?.props.clone(),
            ObjectRef::Attachment(message, number) => {
                self.attachment(message, *number)?.props.clone()
            }
        })
    }

    fn folder_bag(&self, id: u64, node: &Node, wanted: Option<&HashSet<u16>>) -> PropBag {
        let mut bag = node.content.props.clone();
        if COUNTS.iter().any(|tag| wanted.is_none_or(|ids| ids.contains(&tag.id()))) {
            let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
            let is_unread = |id: &u64| {
                let flags = self.get(*id).and_then(|n| n.content.props.i32(tags::MESSAGE_FLAGS));
                flags.unwrap_or(0) & MSGFLAG_READ == 0
            };
            let shown = self.contents(id, node);
            bag.set(tags::CONTENT_COUNT, count(shown.len()));
            bag.set(tags::CONTENT_UNREAD, count(shown.iter().filter(|id| is_unread(id)).count()));
            bag.set(tags::ASSOC_CONTENT_COUNT, count(self.shelf(id, Shelf::Associated).count()));
            bag.set(tags::SUBFOLDERS, self.shelf(id, Shelf::Folders).next().is_some());
        }
        bag
    }

    /// Also of what does not exist any more: it is made from the number.
    pub(super) fn any_entry_id(&self, object: &ObjectRef) -> Option<EntryId> {
        let (kind, id) = match object {
            ObjectRef::Store => (KIND_STORE, 0),
            ObjectRef::Folder(id) => (KIND_FOLDER, *id),
            ObjectRef::Message(message) if message.embedded.is_empty() => {
                (KIND_MESSAGE, message.id)
            }
            ObjectRef::Message(_) | ObjectRef::Attachment(..) => return None,
        };
        let mut private = vec![kind];
        private.extend_from_slice(&id.to_le_bytes());
        Some(EntryId::new(self.uid, &private))
    }

    /// The messages that a folder shows.
    fn contents(&self, id: u64, node: &Node) -> Vec<u64> {
        match (node.kind, self.searches.get(&id)) {
            (ItemKind::SearchFolder, Some(search)) => search.links.iter().copied().collect(),
            _ => self.shelf(id, Shelf::Messages).collect(),
        }
    }

    /// The numbers in the table of a folder; `None` for other tables.
    pub(super) fn listed(&self, source: &RowSource) -> Result<Option<Vec<u64>>> {
        let shelf = |folder: u64, shelf: Shelf| {
            self.folder(folder)?;
            Ok(Some(self.shelf(folder, shelf).collect()))
        };
        match source {
            RowSource::Hierarchy(folder) => shelf(*folder, Shelf::Folders),
            RowSource::Contents(folder) => Ok(Some(self.contents(*folder, self.folder(*folder)?))),
            RowSource::Associated(folder) => shelf(*folder, Shelf::Associated),
            RowSource::Deleted(folder) => shelf(*folder, Shelf::Deleted),
            RowSource::Recipients(_) | RowSource::Attachments(_) | RowSource::ReceiveFolders => {
                Ok(None)
            }
        }
    }

    /// Whether a table of a folder has a row.
    fn lists(&self, source: &RowSource, id: u64) -> bool {
        let on = |folder: u64, shelf: Shelf| {
            self.get(id).is_some_and(|node| node.parent == Some(folder) && node.shelf() == shelf)
        };
        match source {
            RowSource::Hierarchy(folder) => on(*folder, Shelf::Folders),
            RowSource::Contents(folder) => match self.searches.get(folder) {
                Some(search) => search.links.contains(&id),
                None => on(*folder, Shelf::Messages),
            },
            RowSource::Associated(folder) => on(*folder, Shelf::Associated),
            RowSource::Deleted(folder) => on(*folder, Shelf::Deleted),
            RowSource::Recipients(_) | RowSource::Attachments(_) | RowSource::ReceiveFolders => {
                false
            }
        }
    }

    /// The rows of a table as they are now; of a folder's table only some if `ids` names them.
    pub(super) fn snapshot(
        &self,
        source: &RowSource,
        ids: Option<&[u64]>,
        columns: Option<&[PropTag]>,
    ) -> Result<Rows> {
        let wanted: Option<HashSet<u16>> = columns.map(|c| c.iter().map(|t| t.id()).collect());
        let listed = match (folder_of(source), ids) {
            (Some(folder), Some(ids)) => {
                self.folder(folder)?;
                Some(ids.iter().copied().filter(|id| self.lists(source, *id)).collect())
            }
            _ => self.listed(source)?,
        };
        if let Some(listed) = listed {
            let bag = |id: u64| {
                let node = self.get(id)?;
                let bag = if node.is_folder() {
                    self.folder_bag(id, node, wanted.as_ref())
                } else {
                    node.content.props.clone()
                };
                Some((id, bag))
            };
            let bags = listed.into_iter().filter_map(bag).collect();
            return Ok(Rows { bags, wanted, inline: ROW_INLINE });
        }
        let mut inline = u64::MAX;
        let bags = match source {
            RowSource::Recipients(message) => self.message(message)?.recipients.to_vec(),
            RowSource::Attachments(message) => {
                inline = ROW_INLINE;
                let attachments = &self.message(message)?.attachments;
                attachments.iter().map(|(n, a)| (u64::from(*n), a.props.clone())).collect()
            }
            _ => {
                let rows = self.receive.iter().map(|(class, folder)| {
                    let mut row = PropBag::new();
                    row.set(tags::MESSAGE_CLASS, class.as_str());
                    row.set(tags::ENTRYID, folder.as_bytes());
                    row
                });
                (1..).zip(rows).collect()
            }
        };
        Ok(Rows { bags, wanted, inline })
    }
}

/// What criteria are evaluated on, in the midst of a commit.
impl SearchReader for State {
    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        Ok(view(self.bag(object)?, None, inline))
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        let bag = self.bag(object)?;
        let Some(prop) = bag.find(tag.id()) else {
            return Err(Error::not_found("the object does not have the property").context(tag));
        };
        if prop.value.as_bytes().is_some() || matches!(prop.value, Value::String8(_)) {
            return Ok(Box::new(Cursor::new(Bytes(bag, tag.id()))));
        }
        match value_bytes(&prop.value) {
            Some(bytes) => Ok(Box::new(Cursor::new(bytes))),
            None => Err(Error::no_support("the property cannot be opened as bytes").context(tag)),
        }
    }

    fn rows(
        &self,
        source: &RowSource,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.snapshot(source, None, None)?.visit(each);
        Ok(())
    }

    fn kind(&self, id: u64) -> Result<ItemKind> {
        match self.node(id)? {
            node if node.deleted => Err(Error::not_found("it is deleted")),
            node => Ok(node.kind),
        }
    }

    fn parent(&self, id: u64) -> Result<Option<u64>> {
        self.node(id).map(|node| node.parent)
    }

    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId> {
        match object {
            ObjectRef::Folder(id) => drop(self.folder(*id)?),
            ObjectRef::Message(message) => drop(self.message(message)?),
            ObjectRef::Store | ObjectRef::Attachment(..) => {}
        }
        self.any_entry_id(object)
            .ok_or_else(|| Error::no_support("what is in a message has no entry ID"))
    }
}

fn folder_of(source: &RowSource) -> Option<u64> {
    match source {
        RowSource::Hierarchy(folder)
        | RowSource::Contents(folder)
        | RowSource::Associated(folder)
        | RowSource::Deleted(folder) => Some(*folder),
        RowSource::Recipients(_) | RowSource::Attachments(_) | RowSource::ReceiveFolders => None,
    }
}

/// The bytes of one property, shared with the store.
struct Bytes(PropBag, u16);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self.0.find(self.1).map(|prop| &prop.value) {
            Some(Value::String8(text)) => &text.bytes,
            Some(value) => value.as_bytes().unwrap_or_default(),
            None => &[],
        }
    }
}

/// The wanted properties, with those of more than `inline` bytes marked as large.
fn view(bag: PropBag, wanted: Option<&HashSet<u16>>, inline: u64) -> PropBag {
    let large = |value: &Value| {
        let bytes = matches!(value, Value::String8(_) | Value::Unicode(_) | Value::Binary(_))
            || matches!(value, Value::Object(_) | Value::Raw(..));
        bytes && !value.prop_type().is_multi() && value.size() > inline
    };
    if wanted.is_none() && !bag.iter().any(|prop| large(&prop.value)) {
        return bag;
    }
    let shown = bag.iter().filter(|prop| wanted.is_none_or(|ids| ids.contains(&prop.tag.id())));
    shown
        .map(|prop| {
            let value = &prop.value;
            if large(value) {
                Prop::new(prop.tag, Value::Large(value.prop_type(), value.size()))
            } else {
                prop.clone()
            }
        })
        .collect()
}
