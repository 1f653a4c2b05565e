//! The items of folders as rows of a list.

use std::sync::Arc;

use mapix::prop::{FileTime, Prop, PropTag, Value, tags};
use mapix::query::Snippet;
use mapix::table::{Table, TableRow};
use mapix::{Contents, EntryId, Message};

use crate::folders::Node;

/// What a list shows of each item, as far as it comes from properties. Every contents table of
/// a PST has these, so that no message needs to be opened.
const COLUMNS: [PropTag; 9] = [
    tags::ENTRYID,
    tags::MESSAGE_CLASS,
    tags::SUBJECT,
    tags::SENT_REPRESENTING_NAME,
    tags::MESSAGE_DELIVERY_TIME,
    tags::CLIENT_SUBMIT_TIME,
    tags::LAST_MODIFICATION_TIME,
    tags::MESSAGE_SIZE,
    tags::MESSAGE_FLAGS,
];

const MSGFLAG_READ: i32 = 0x1;
const MSGFLAG_HASATTACH: i32 = 0x10;

/// How an item is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Held {
    /// A normal item of a folder.
    Normal,
    /// An associated (hidden) item of a folder.
    Associated,
    /// Deleted, and still there.
    Deleted,
    /// Of a folder that is not there.
    Orphan,
}

impl Held {
    /// Its name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Associated => "associated",
            Self::Deleted => "deleted",
            Self::Orphan => "orphan",
        }
    }

    /// The word for it in text; none for what is usual.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Associated => "hidden",
            Self::Deleted | Self::Orphan => self.name(),
        }
    }

    /// The table in which it is; orphans are in none.
    pub(crate) fn contents(self) -> Option<Contents> {
        match self {
            Self::Normal => Some(Contents::Normal),
            Self::Associated => Some(Contents::Associated),
            Self::Deleted => Some(Contents::Deleted),
            Self::Orphan => None,
        }
    }
}

/// An item.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: u64,
    pub(crate) entry_id: Option<EntryId>,
    /// The folder; `None` for an orphan.
    pub(crate) path: Option<Arc<str>>,
    /// Place in the folder, from 1.
    pub(crate) position: Option<u64>,
    pub(crate) held: Held,
    pub(crate) class: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) date: Option<FileTime>,
    pub(crate) size: Option<u64>,
    pub(crate) flags: i32,
    /// The columns that were asked for besides.
    pub(crate) extra: Vec<Prop>,
    /// The words around what was found.
    pub(crate) snippet: Option<Snippet>,
}

impl Item {
    fn new<'a>(id: u64, held: Held, get: impl Fn(PropTag) -> Option<&'a Value>) -> Self {
        let text = |tag| get(tag)?.as_text().map(String::from).filter(|text| !text.is_empty());
        let time = |tag| get(tag)?.as_time().filter(|time| time.0 > 0);
        let size = |tag| u64::try_from(get(tag)?.as_i64()?).ok();
        Self {
            id,
            entry_id: get(tags::ENTRYID)
                .and_then(|value| EntryId::from_bytes(value.as_bytes()?).ok()),
            path: None,
            position: None,
            held,
            class: text(tags::MESSAGE_CLASS),
            subject: text(tags::SUBJECT),
            from: text(tags::SENT_REPRESENTING_NAME),
            date: time(tags::MESSAGE_DELIVERY_TIME)
                .or_else(|| time(tags::CLIENT_SUBMIT_TIME))
                .or_else(|| time(tags::LAST_MODIFICATION_TIME)),
            size: size(tags::MESSAGE_SIZE),
            flags: get(tags::MESSAGE_FLAGS).and_then(Value::as_i32).unwrap_or(0),
            extra: Vec::new(),
            snippet: None,
        }
    }

    /// From the message itself.
    pub(crate) fn of_message(
        id: u64,
        held: Held,
        message: &Message,
        extra: &[PropTag],
    ) -> mapix::Result<Self> {
        let bag = message.props()?;
        let value = |tag: &PropTag| Prop {
            tag: *tag,
            value: bag.find(tag.id()).map_or(Value::Null, |prop| prop.value.clone()),
        };
        let extra = extra.iter().map(value).collect();
        Ok(Self { extra, ..Self::new(id, held, |tag| bag.get(tag)) })
    }

    pub(crate) fn is_unread(&self) -> bool {
        self.flags & MSGFLAG_READ == 0
    }

    pub(crate) fn has_attachments(&self) -> bool {
        self.flags & MSGFLAG_HASATTACH != 0
    }
}

/// The items of a folder, and why others are not among them.
pub(crate) fn of_folder(
    node: &Node,
    held: Held,
    extra: &[PropTag],
) -> mapix::Result<(Vec<Item>, Vec<Arc<mapix::Error>>)> {
    let Some(mut reading) = Reading::new(node, held, extra)? else { return Ok(Default::default()) };
    let mut items = Vec::new();
    loop {
        let more = reading.next()?;
        if more.is_empty() {
            return Ok((items, reading.errors()?));
        }
        items.extend(more);
    }
}

/// The items of a folder, some at a time.
pub(crate) struct Reading {
    table: Table,
    path: Arc<str>,
    held: Held,
    position: u64,
}

impl Reading {
    /// How many items are read at a time.
    pub(crate) const SLICE: usize = 4096;

    /// From the first item on; `None` if they are in no table.
    pub(crate) fn new(node: &Node, held: Held, extra: &[PropTag]) -> mapix::Result<Option<Self>> {
        let Some(contents) = held.contents() else { return Ok(None) };
        let table = node.folder.contents_table(contents)?;
        let columns: Vec<PropTag> = COLUMNS.iter().chain(extra).copied().collect();
        table.set_columns(&columns)?;
        Ok(Some(Self { table, path: Arc::clone(&node.path), held, position: 0 }))
    }

    /// The next items; none at the end.
    pub(crate) fn next(&mut self) -> mapix::Result<Vec<Item>> {
        let rows = self.table.query_rows(Self::SLICE as i64, false)?;
        let shown = |prop: &Prop| match &prop.value {
            Value::Error(mapix::ErrorCode::NOT_FOUND) => Prop { tag: prop.tag, value: Value::Null },
            _ => prop.clone(),
        };
        let item = |row: TableRow| {
            self.position += 1;
            Item {
                path: Some(Arc::clone(&self.path)),
                position: (self.held != Held::Deleted).then_some(self.position),
                extra: row.values[COLUMNS.len()..].iter().map(shown).collect(),
                ..Item::new(row.id, self.held, |tag| row.get(tag))
            }
        };
        Ok(rows.into_iter().map(item).collect())
    }

    /// Why others are not among those that were read.
    pub(crate) fn errors(&self) -> mapix::Result<Vec<Arc<mapix::Error>>> {
        self.table.errors()
    }
}
