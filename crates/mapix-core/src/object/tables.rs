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
use crate::prop::{PropBag, PropTag, Value, tags};
use crate::restriction::Candidate;
use crate::session::Logon;
use crate::store::{MessageRef, MessageStore, ObjectRef, Row, RowSource};
use crate::table::{Table, TableSource};
use crate::{Error, Result};

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

    /// One level of rows, completed from the objects where the store's own table lacks columns.
    fn level(
        &self,
        store: &dyn MessageStore,
        source: &RowSource,
        columns: &[PropTag],
        depth: i32,
        each: &mut dyn FnMut(Result<Row>),
    ) -> Result<()> {
        let asked = self.with_sources(columns);
        let held = store.table_columns(source)?;
        let is_held = |tag: &PropTag| {
            held.as_ref().is_none_or(|held| held.iter().any(|other| other.id() == tag.id()))
                || computed::is_column(*tag)
        };
        let complete = asked.iter().all(is_held);
        let compute = columns.iter().any(|tag| computed::is_column(*tag));
        store.rows(source, Some(&asked), &mut |row| {
            each(row.and_then(|mut row| {
                if !complete {
                    let whole = store.properties(&self.object(row.id), INLINE)?;
                    // The object itself knows better than a copy of it in a table.
                    row.props.merge(&whole);
                }
                if compute {
                    self.compute(store, &mut row.props, row.id)?;
                    row.props.set(tags::DEPTH, depth);
                }
                let wanted = |id: u16| columns.iter().any(|tag| tag.id() == id);
                let kept = row.props.iter().filter(|prop| wanted(prop.tag.id())).cloned();
                Ok(Row { id: row.id, props: kept.collect() })
            }));
            ControlFlow::Continue(())
        })
    }

    fn compute(&self, store: &dyn MessageStore, bag: &mut PropBag, id: u64) -> Result<()> {
        if self.is_message() {
            let place = MessageRef::new(id);
            computed::message(&self.logon, store, bag, Some(&place), self.logon.can_write())
        } else {
            computed::folder(&self.logon, store, bag, id)
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
            Kind::Contents(which) => {
                return self.level(&*pass, &which.source(self.folder), columns, 0, each);
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
            let level = self.level(&*pass, &source, columns, depth + 1, &mut |row| match row {
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

    fn default_columns(&self) -> Vec<PropTag> {
        if self.is_message() { CONTENTS_COLUMNS.to_vec() } else { HIERARCHY_COLUMNS.to_vec() }
    }

    fn all_columns(&self) -> Result<Vec<PropTag>> {
        let mut columns = self.default_columns();
        let source = match self.kind {
            Kind::Contents(which) => which.source(self.folder),
            Kind::Hierarchy { .. } => RowSource::Hierarchy(self.folder),
        };
        for tag in self.logon.enter()?.table_columns(&source)?.unwrap_or_default() {
            if columns.iter().all(|other| other.id() != tag.id()) {
                columns.push(tag);
            }
        }
        Ok(columns)
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
