//! Tables over what objects hold: contents, hierarchy, recipients, attachments.

use std::collections::HashSet;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::computed;
use super::folder::{Contents, Folder};
use super::message::Message;
use super::property::{HasProperties, INLINE};
use super::stream::PropertyStream;
use crate::notify::{Connection, EventMask, Hub, Notice, Sink};
use crate::prop::{PropBag, PropTag, Value, tags};
use crate::restriction::{Candidate, Restriction};
use crate::session::Logon;
use crate::store::{ItemKind, MessageRef, MessageStore, ObjectRef, Row, RowQuery, RowSource};
use crate::table::{SortKey, Table, TableSource};
use crate::{EntryId, Error, Result};

impl Folder {
    /// The table of the messages in it.
    #[doc(alias = "IMAPIContainer::GetContentsTable")]
    pub fn contents_table(&self, which: Contents) -> Result<Table> {
        drop(self.logon().enter()?);
        Ok(Table::new(Arc::new(FolderTable {
            logon: Arc::clone(self.logon()),
            folder: self.id(),
            kind: Kind::Contents(which),
        })))
    }

    /// The table of the folders in it; with `deep`, of all folders below it
    /// (`CONVENIENT_DEPTH`), each before its own folders.
    #[doc(alias = "IMAPIContainer::GetHierarchyTable")]
    pub fn hierarchy_table(&self, deep: bool) -> Result<Table> {
        drop(self.logon().enter()?);
        Ok(Table::new(Arc::new(FolderTable {
            logon: Arc::clone(self.logon()),
            folder: self.id(),
            kind: Kind::Hierarchy { deep },
        })))
    }
}

impl Message {
    /// The table of its recipients, also of those that are not saved yet.
    #[doc(alias = "IMessage::GetRecipientTable")]
    pub fn recipient_table(&self) -> Result<Table> {
        self.recipients()?;
        Ok(Table::new(Arc::new(PartTable { message: self.clone(), recipients: true })))
    }

    /// The table of its attachments, also of those that are saved only into the message.
    #[doc(alias = "IMessage::GetAttachmentTable")]
    pub fn attachment_table(&self) -> Result<Table> {
        self.attachments()?;
        Ok(Table::new(Arc::new(PartTable { message: self.clone(), recipients: false })))
    }
}

struct FolderTable {
    logon: Arc<Logon>,
    folder: u64,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Contents(Contents),
    Hierarchy { deep: bool },
}

/// Hierarchies deeper than this are taken for circles.
const DEEPEST: i32 = 1000;

impl FolderTable {
    fn object(&self, id: u64) -> ObjectRef {
        match self.kind {
            Kind::Contents(_) => ObjectRef::message(id),
            Kind::Hierarchy { .. } => ObjectRef::Folder(id),
        }
    }

    fn is_message(&self) -> bool {
        matches!(self.kind, Kind::Contents(_))
    }

    /// The table of the store that has the rows, or the first level of them.
    fn source(&self) -> RowSource {
        match self.kind {
            Kind::Contents(which) => which.source(self.folder),
            Kind::Hierarchy { .. } => RowSource::Hierarchy(self.folder),
        }
    }

    /// One level of rows, all or some, completed from the objects where the store's own table
    /// lacks columns.
    fn level(
        &self,
        store: &dyn MessageStore,
        source: &RowSource,
        ids: Option<&[u64]>,
        columns: &[PropTag],
        depth: i32,
        each: &mut dyn FnMut(Result<Row>),
    ) -> Result<()> {
        let asked = self.with_sources(columns);
        let held = store.table_columns(source)?;
        let is_held = |tag: &PropTag| {
            held.as_ref().is_none_or(|held| held.iter().any(|other| other.id() == tag.id()))
                || computed::is_computed_column(*tag)
        };
        let complete = asked.iter().all(is_held);
        let mut extra = Computed::new(self, store, source, columns, depth)?;
        let mut visit = |row: Result<Row>| {
            each(row.and_then(|mut row| {
                if !complete {
                    let whole = store.properties(&self.object(row.id), INLINE)?;
                    // The object itself knows better than a copy of it in a table.
                    row.props.merge(&whole);
                }
                extra.add(&mut row)?;
                if row.props.iter().all(|prop| extra.asks(prop.tag)) {
                    return Ok(row);
                }
                let kept = row.props.iter().filter(|prop| extra.asks(prop.tag)).cloned();
                Ok(Row { id: row.id, props: kept.collect() })
            }));
            ControlFlow::Continue(())
        };
        match ids {
            Some(ids) => store.rows_of(source, ids, Some(&asked), &mut visit),
            None => store.rows(source, Some(&asked), &mut visit),
        }
    }

    /// The columns, and those from which they are computed.
    fn with_sources(&self, columns: &[PropTag]) -> Vec<PropTag> {
        let mut all = columns.to_vec();
        let asks = |tag: PropTag| columns.iter().any(|other| other.id() == tag.id());
        if self.is_message() {
            if asks(tags::NORMALIZED_SUBJECT) || asks(tags::SUBJECT_PREFIX) {
                all.extend([tags::SUBJECT, tags::SUBJECT_PREFIX, tags::NORMALIZED_SUBJECT]);
            }
            if asks(tags::HASATTACH) {
                all.push(tags::MESSAGE_FLAGS);
            }
        }
        all
    }
}

impl TableSource for FolderTable {
    fn check(&self) -> Result<()> {
        self.logon.enter().map(drop)
    }

    fn rows(&self, columns: &[PropTag], each: &mut dyn FnMut(Result<Row>)) -> Result<()> {
        let pass = self.logon.enter()?;
        let deep = match self.kind {
            Kind::Contents(_) => {
                return self.level(&*pass, &self.source(), None, columns, 0, each);
            }
            Kind::Hierarchy { deep } => deep,
        };
        // Depth first, without recursion: damaged stores nest as they like.
        let mut seen = HashSet::from([self.folder]);
        let mut waiting = Vec::new();
        let mut next = Some((self.folder, 0));
        while let Some((folder, depth)) = next {
            let first = waiting.len();
            let source = RowSource::Hierarchy(folder);
            let level =
                self.level(&*pass, &source, None, columns, depth + 1, &mut |row| match row {
                    Ok(row) if seen.insert(row.id) => waiting.push((row, depth + 1)),
                    Ok(_) => {}
                    Err(error) => each(Err(error)),
                });
            match level {
                // The folders of another folder: those that can be read are shown.
                Err(error) if folder != self.folder => each(Err(error)),
                result => result?,
            }
            waiting[first..].reverse();
            next = None;
            while let Some((row, depth)) = waiting.pop() {
                let id = row.id;
                each(Ok(row));
                if deep && depth < DEEPEST {
                    next = Some((id, depth));
                    break;
                }
            }
        }
        Ok(())
    }

    /// The store can if it can answer queries: so the contract has it.
    fn finds_rows(&self) -> Result<bool> {
        if !self.is_message() {
            return Ok(false);
        }
        let source = self.source();
        let nothing = RowQuery { source: &source, restriction: None, sort: &[], limit: Some(0) };
        Ok(self.logon.enter()?.query(&nothing)?.is_some())
    }

    fn rows_of(
        &self,
        ids: &[u64],
        columns: &[PropTag],
        each: &mut dyn FnMut(Result<Row>),
    ) -> Result<()> {
        let pass = self.logon.enter()?;
        self.level(&*pass, &self.source(), Some(ids), columns, 0, each)
    }

    fn query(
        &self,
        restriction: Option<&Restriction>,
        sort: &[SortKey],
        limit: Option<usize>,
    ) -> Result<Option<Vec<u64>>> {
        let columns = restriction.map(Restriction::columns).unwrap_or_default();
        let mut tags = columns.into_iter().chain(sort.iter().map(|key| key.tag));
        if tags.any(computed::is_computed_column) {
            // The store does not know what is worked out here.
            return Ok(None);
        }
        self.logon.enter()?.query(&RowQuery { source: &self.source(), restriction, sort, limit })
    }

    fn row_count(&self) -> Result<Option<u64>> {
        match self.kind {
            Kind::Hierarchy { deep: true } => Ok(None),
            _ => self.logon.enter()?.row_count(&self.source()),
        }
    }

    fn default_columns(&self) -> Vec<PropTag> {
        if self.is_message() { CONTENTS_COLUMNS.to_vec() } else { HIERARCHY_COLUMNS.to_vec() }
    }

    fn all_columns(&self) -> Result<Vec<PropTag>> {
        let mut columns = self.default_columns();
        for tag in self.logon.enter()?.table_columns(&self.source())?.unwrap_or_default() {
            if columns.iter().all(|other| other.id() != tag.id()) {
                columns.push(tag);
            }
        }
        Ok(columns)
    }

    fn follow(&self, sink: Arc<Sink>) -> Result<Connection> {
        let (folder, deep) = (self.folder, matches!(self.kind, Kind::Hierarchy { deep: true }));
        let concerns = move |notice: &Notice| {
            let Some(subject) = notice.subject() else { return true };
            let from = matches!(notice, Notice::Moved { from, .. } if *from == folder);
            deep || from || subject.id == folder || subject.parent == Some(folder)
        };
        let own = move |notices: &[Notice]| {
            if notices.iter().any(concerns) {
                sink(notices);
            }
        };
        Hub::advise(&self.logon, EventMask::ALL, None, Arc::new(own))
    }

    fn load(&self, id: u64, tag: PropTag) -> Result<Value> {
        let value = if self.is_message() {
            Message::open(&self.logon, MessageRef::new(id))?.get(tag)?
        } else {
            Folder::open(&self.logon, id)?.get(tag)?
        };
        value.ok_or_else(|| Error::not_found(format!("no {tag} is set")))
    }

    fn open(&self, id: u64, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        let stream = self.logon.enter()?.open_stream(&self.object(id), tag)?;
        Ok(Box::new(PropertyStream::new(&self.logon, stream)))
    }

    fn subobjects(
        &self,
        id: u64,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        if !self.is_message() {
            return Err(Error::no_support("folders have neither recipients nor attachments"));
        }
        let message = Message::open(&self.logon, MessageRef::new(id))?;
        let part = PartTable { message, recipients: tag.id() == tags::MESSAGE_RECIPIENTS.id() };
        for bag in part.bags()? {
            if each(&bag?.1)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// What is worked out for the rows of a table, as far as columns ask for it.
struct Computed<'a> {
    table: &'a FolderTable,
    store: &'a dyn MessageStore,
    /// The IDs of the columns, in ascending order.
    columns: Vec<u16>,
    /// What all rows have.
    same: PropBag,
    /// Whether there is something to fill in where a row has nothing.
    defaults: bool,
    /// The folder in which all rows are, if they are in one.
    home: Option<u64>,
    /// The last folder, and its entry ID.
    last_parent: Option<(u64, EntryId)>,
}

impl<'a> Computed<'a> {
    fn new(
        table: &'a FolderTable,
        store: &'a dyn MessageStore,
        source: &RowSource,
        columns: &[PropTag],
        depth: i32,
    ) -> Result<Self> {
        let mut same = PropBag::new();
        if columns.iter().any(|tag| computed::is_identity(*tag)) {
            if table.is_message() {
                computed::every_message(&table.logon, store, &mut same, table.logon.can_write())?;
            } else {
                computed::every_folder(&table.logon, store, &mut same)?;
            }
        }
        same.set(tags::DEPTH, depth);
        let mut columns: Vec<u16> = columns.iter().map(|tag| tag.id()).collect();
        columns.sort_unstable();
        let new = Self {
            table,
            store,
            columns,
            same: PropBag::new(),
            defaults: false,
            home: None,
            last_parent: None,
        };
        let home = match *source {
            // A search folder shows what is elsewhere.
            RowSource::Contents(folder)
                if new.asks(tags::PARENT_ENTRYID) && store.kind(folder)? != ItemKind::Folder =>
            {
                None
            }
            RowSource::Contents(folder)
            | RowSource::Associated(folder)
            | RowSource::Hierarchy(folder) => Some(folder),
            _ => None,
        };
        let defaults: &[PropTag] =
            if table.is_message() { &computed::DEFAULTS } else { &[tags::DISPLAY_NAME] };
        let defaults = defaults.iter().any(|tag| new.asks(*tag));
        let same = same.iter().filter(|prop| new.asks(prop.tag)).cloned().collect();
        Ok(Self { same, defaults, home, ..new })
    }

    fn asks(&self, tag: PropTag) -> bool {
        self.columns.binary_search(&tag.id()).is_ok()
    }

    fn add(&mut self, row: &mut Row) -> Result<()> {
        if !self.same.is_empty() {
            row.props.merge(&self.same);
        }
        let (entry_id, record_key) = (self.asks(tags::ENTRYID), self.asks(tags::RECORD_KEY));
        if entry_id || record_key {
            let id = self.store.entry_id(&self.table.object(row.id))?;
            if record_key {
                row.props.set_default(tags::RECORD_KEY, computed::record_key(&id));
            }
            if entry_id {
                row.props.set(tags::ENTRYID, id.as_bytes());
            }
        }
        if self.asks(tags::PARENT_ENTRYID)
            && let Some(parent) = self.parent_of(row.id)?
        {
            row.props.set(tags::PARENT_ENTRYID, parent.as_bytes());
        }
        if self.table.is_message() {
            if self.defaults {
                computed::message_defaults(&mut row.props);
            }
            return Ok(());
        }
        if self.asks(tags::FOLDER_TYPE) {
            let folder_type = computed::folder_type(&self.table.logon, self.store, row.id)?;
            row.props.set(tags::FOLDER_TYPE, folder_type);
        }
        if self.defaults {
            row.props.set_default(tags::DISPLAY_NAME, "");
        }
        Ok(())
    }

    fn parent_of(&mut self, id: u64) -> Result<Option<&EntryId>> {
        let parent = match self.home {
            Some(home) => home,
            None => match self.store.parent(id)? {
                Some(parent) => parent,
                None => return Ok(None),
            },
        };
        if self.last_parent.as_ref().is_none_or(|(last, _)| *last != parent) {
            let entry_id = self.store.entry_id(&ObjectRef::Folder(parent))?;
            self.last_parent = Some((parent, entry_id));
        }
        Ok(self.last_parent.as_ref().map(|(_, entry_id)| entry_id))
    }
}

/// Recipients or attachments of one message.
struct PartTable {
    message: Message,
    recipients: bool,
}

impl PartTable {
    fn bags(&self) -> Result<Vec<Result<(u64, PropBag)>>> {
        let mut bags = Vec::new();
        if self.recipients {
            let (recipients, errors) = self.message.recipients()?.into_parts();
            bags.extend(recipients.into_iter().map(|one| Ok((one.row_id.into(), one.props))));
            bags.extend(errors.into_iter().map(Err));
        } else {
            let (attachments, errors) = self.message.attachments()?.into_parts();
            let bag = |one: super::Attachment| Ok((one.number().into(), one.props()?));
            bags.extend(attachments.into_iter().map(bag));
            bags.extend(errors.into_iter().map(Err));
        }
        Ok(bags)
    }
}

impl TableSource for PartTable {
    fn check(&self) -> Result<()> {
        HasProperties::logon(&self.message).enter().map(drop)
    }

    fn rows(&self, columns: &[PropTag], each: &mut dyn FnMut(Result<Row>)) -> Result<()> {
        let wanted = |id: u16| columns.iter().any(|tag| tag.id() == id);
        for bag in self.bags()? {
            each(bag.map(|(id, bag)| {
                let kept = bag.iter().filter(|prop| wanted(prop.tag.id())).cloned();
                Row { id, props: kept.collect() }
            }));
        }
        Ok(())
    }

    fn default_columns(&self) -> Vec<PropTag> {
        if self.recipients { RECIPIENT_COLUMNS.to_vec() } else { ATTACHMENT_COLUMNS.to_vec() }
    }

    fn has_bookmarks(&self) -> bool {
        self.recipients
    }

    fn load(&self, id: u64, tag: PropTag) -> Result<Value> {
        let value = if self.recipients {
            let recipients = self.message.recipients()?;
            let found = recipients.iter().find(|one| u64::from(one.row_id) == id);
            found.and_then(|one| one.props.get(tag).cloned())
        } else {
            self.message.open_attachment(id as u32)?.get(tag)?
        };
        value.ok_or_else(|| Error::not_found(format!("no {tag} is set")))
    }
}

/// Lifecycle rules, section 23.
const CONTENTS_COLUMNS: [PropTag; 14] = [
    tags::ENTRYID,
    tags::INSTANCE_KEY,
    tags::RECORD_KEY,
    tags::OBJECT_TYPE,
    tags::PARENT_ENTRYID,
    tags::MESSAGE_CLASS,
    tags::MESSAGE_FLAGS,
    tags::MESSAGE_SIZE,
    tags::HASATTACH,
    tags::SUBJECT,
    tags::SENDER_NAME,
    tags::DISPLAY_TO,
    tags::MESSAGE_DELIVERY_TIME,
    tags::LAST_MODIFICATION_TIME,
];

const HIERARCHY_COLUMNS: [PropTag; 10] = [
    tags::DISPLAY_NAME,
    tags::ENTRYID,
    tags::INSTANCE_KEY,
    tags::OBJECT_TYPE,
    tags::DEPTH,
    tags::FOLDER_TYPE,
    tags::SUBFOLDERS,
    tags::CONTENT_COUNT,
    tags::CONTENT_UNREAD,
    tags::CONTAINER_CLASS,
];

const RECIPIENT_COLUMNS: [PropTag; 6] = [
    tags::ROWID,
    tags::INSTANCE_KEY,
    tags::RECIPIENT_TYPE,
    tags::DISPLAY_NAME,
    tags::ADDRTYPE,
    tags::EMAIL_ADDRESS,
];

const ATTACHMENT_COLUMNS: [PropTag; 7] = [
    tags::ATTACH_NUM,
    tags::INSTANCE_KEY,
    tags::RECORD_KEY,
    tags::ATTACH_METHOD,
    tags::ATTACH_LONG_FILENAME,
    tags::ATTACH_SIZE,
    tags::RENDERING_POSITION,
];
