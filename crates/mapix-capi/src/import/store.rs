//! A provider's store as the session sees every store: objects by number, rows, streams.
//!
//! What MAPI's interfaces do not give is made from what they give, and said where it differs:
//!
//! - There is no index of objects: [`inventory`](MessageStore::inventory) walks the tables of the
//!   folders, so that nothing which they leave out can be found.
//! - A stamp is made of the modification time, the change key and the size that a message says of
//!   itself, and of the commits of this session.
//! - Tables may cut long values off; those are read from the objects.
//! - A commit is a sequence of calls: see [`commit`](super::commit).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mapix::prop::{Prop, PropBag, PropName, PropTag, tags};
use mapix::store::{
    Capability, Change, ChangeEvent, Changes, Commit, Diagnostic, InventoryItem, ItemKind,
    MessageRef, MessageStore, ObjectChange, ObjectRef, Parts, Row, RowSource, Severity, StoreInfo,
    ValueStream,
};
use mapix::{EntryId, Error, ErrorCode, Result};

use super::call::ask;
use super::feed::{EVENTS, Feed, Sink};
use super::objects::{Live, Objects, Opened, attachment, embedded, get, long_term};
use super::{names, read, submission, tables};
use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::iface::{IMAPIProp, IMAPITable, IMSLogon, IMessage, IMsgStore};

const MAPI_ASSOCIATED: u32 = 0x40;
/// How deep folders are followed.
const DEEPEST: usize = 1024;

/// A store of a provider.
pub struct ForeignStore {
    info: StoreInfo,
    pub(super) objects: Objects,
    pub(super) feed: Arc<Feed>,
    connection: Option<usize>,
    diagnostics: Mutex<Vec<Diagnostic>>,
    /// One commit after the other, and one reader of what was heard.
    pub(super) writing: Mutex<()>,
    /// How often this session has changed an object.
    pub(super) own: Mutex<std::collections::HashMap<u64, u64>>,
}

/// What a store is opened as.
pub(super) struct Identity {
    /// The name of the message service.
    pub(super) service: &'static str,
    pub(super) file: String,
    pub(super) write: bool,
}

impl ForeignStore {
    /// Looks at what a logon gave.
    ///
    /// # Errors
    /// Those of the provider; `MAPI_E_CALL_FAILED` for a store without a root folder or an entry ID.
    pub(super) fn new(live: Live, identity: Identity) -> Result<Self> {
        let Live { store, .. } = live.clone();
        let objects = Objects::new(live);
        let root = objects.root()?;
        let uid = objects.entry_id(root)?.provider();
        let (title, kind, mask) = describe(&store, &identity)?;
        let feed = Arc::new(Feed::default());
        let connection = advise(&store, &feed);
        let mut details = vec![("described in", identity.file)];
        if connection.is_none() {
            details.push(("notifications", "of this session's own changes only".to_owned()));
        }
        let info = StoreInfo {
            uid,
            provider: identity.service,
            display_name: title,
            format: kind,
            root,
            capability: capability(mask, identity.write, names::are_there(&store)),
            details,
        };
        Ok(Self {
            info,
            objects,
            feed,
            connection,
            diagnostics: Mutex::default(),
            writing: Mutex::default(),
            own: Mutex::default(),
        })
    }

    /// The store behind what somebody's logon gave: for those who load no library.
    ///
    /// # Errors
    /// Those of the provider.
    pub fn over(
        logon: Ptr<IMSLogon>,
        store: Ptr<IMsgStore>,
        name: &'static str,
        write: bool,
    ) -> Result<Self> {
        Self::new(Live { logon, store }, Identity { service: name, file: name.into(), write })
    }

    fn report(&self, object: &ObjectRef, tag: PropTag, error: &Error) {
        let finding = Diagnostic {
            severity: Severity::Error,
            object: Some(object.clone()),
            place: format!("{tag} of {object:?}"),
            cause: error.to_string(),
        };
        self.add_diagnostic(finding);
    }

    pub(super) fn add_diagnostic(&self, finding: Diagnostic) {
        let mut all = self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(&finding) {
            all.push(finding);
        }
    }

    fn bag(&self, object: &ObjectRef, inline: u64, wanted: Option<&[PropTag]>) -> Result<PropBag> {
        let opened = self.objects.open(object)?;
        self.bag_of(object, &opened, inline, wanted)
    }

    fn bag_of(
        &self,
        object: &ObjectRef,
        opened: &Opened,
        inline: u64,
        wanted: Option<&[PropTag]>,
    ) -> Result<PropBag> {
        let broken = &mut |tag, error: &Error| self.report(object, tag, error);
        let mut bag = read::properties(opened, inline, wanted, broken)?;
        submission::show(&mut bag);
        Ok(bag)
    }

    /// `PR_MSG_STATUS`, which is the folder's to tell; `None` for none.
    fn message_status(&self, folder: Option<u64>, id: u64) -> Option<i32> {
        let folder = self.objects.folder(folder.or_else(|| self.parent(id).ok()?)?).ok()?;
        let entry_id = self.objects.entry_id(id).ok()?;
        let bytes = entry_id.as_bytes();
        let mut status = 0;
        // SAFETY: the folder is alive; the entry ID has the size that is said.
        let result = unsafe {
            let id = In::from_raw(bytes.as_ptr().cast());
            folder.GetMessageStatus(bytes.len() as u32, id, 0, Out::new(&mut status))
        };
        (result.is_ok() && status != 0).then_some(status as i32)
    }

    /// The table of a folder.
    fn folder_table(&self, source: &RowSource) -> Result<Option<Ptr<IMAPITable>>> {
        let contents = |number: &u64, flags: u32| {
            let folder = self.objects.folder(*number)?;
            let prop: &Ptr<IMAPIProp> = &folder;
            tables::open(
                "IMAPIContainer::GetContentsTable",
                // SAFETY: the folder is alive.
                |width, table| unsafe { folder.GetContentsTable(width | flags, table) },
                |result| ask(prop, result, "IMAPIContainer::GetContentsTable"),
            )
        };
        Ok(Some(match source {
            RowSource::Hierarchy(number) => {
                let folder = self.objects.folder(*number)?;
                let prop: &Ptr<IMAPIProp> = &folder;
                tables::open(
                    "IMAPIContainer::GetHierarchyTable",
                    // SAFETY: the folder is alive.
                    |width, table| unsafe { folder.GetHierarchyTable(width, table) },
                    |result| ask(prop, result, "IMAPIContainer::GetHierarchyTable"),
                )?
            }
            RowSource::Contents(number) => contents(number, 0)?,
            RowSource::Associated(number) => match contents(number, MAPI_ASSOCIATED) {
                // A store need not have hidden messages.
                Err(error)
                    if matches!(error.code(), ErrorCode::NO_SUPPORT | ErrorCode::UNKNOWN_FLAGS) =>
                {
                    return Ok(None);
                }
                table => table?,
            },
            RowSource::Deleted(number) => {
                self.objects.folder(*number)?;
                return Ok(None);
            }
            _ => return Err(Error::no_support("this is no table of a folder")),
        }))
    }

    /// The rows of a folder's table: number and raw properties.
    pub(super) fn folder_rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<(u64, Vec<Prop>)>) -> ControlFlow<()>,
    ) -> Result<()> {
        let Some(table) = self.folder_table(source)? else { return Ok(()) };
        let mut wanted = tables::columns(&table)?;
        if let Some(columns) = columns {
            wanted.retain(|tag| columns.iter().any(|column| column.id() == tag.id()));
        }
        wanted.retain(|tag| tag.id() != tags::ENTRYID.id() && tag.id() != submission::KEPT.id());
        wanted.push(tags::ENTRYID);
        if wanted.contains(&tags::MESSAGE_FLAGS) {
            wanted.push(submission::KEPT);
        }
        let folder = match source {
            RowSource::Hierarchy(folder)
            | RowSource::Contents(folder)
            | RowSource::Associated(folder) => *folder,
            _ => return Ok(()),
        };
        tables::visit(&table, &wanted, &mut |row| {
            let row = row.and_then(|mut row| {
                submission::show_in_row(&mut row);
                let number = self.objects.row_number(&tables::entry_id(&row)?)?;
                match source {
                    RowSource::Contents(_) => self.objects.note(number, ItemKind::Message, None),
                    RowSource::Associated(_) => {
                        self.objects.note(number, ItemKind::Associated, Some(folder));
                    }
                    _ => {}
                }
                Ok((number, row))
            });
            each(row)
        })
    }

    /// What tables leave out or may have cut off is read from the object.
    fn completed(&self, object: &ObjectRef, row: &[Prop], columns: Option<&[PropTag]>) -> PropBag {
        let (mut bag, cut) = tables::stored(row, columns);
        if cut.is_empty() {
            return bag;
        }
        match self.bag(object, ROW_INLINE, Some(&cut)) {
            Ok(whole) => bag.merge(&whole),
            Err(error) => {
                for tag in cut {
                    self.report(object, tag, &error);
                    let value = mapix::prop::Value::Error(error.code());
                    bag.insert(Prop { tag, value });
                }
            }
        }
        bag
    }

    fn recipients(
        &self,
        at: &MessageRef,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let opened = self.objects.message(at)?;
        for recipient in recipients(&opened.message)? {
            let row = recipient.map(|(id, mut props)| {
                if let Some(columns) = columns {
                    let wanted = |prop: &&Prop| columns.iter().any(|tag| tag.id() == prop.tag.id());
                    props = props.iter().filter(wanted).cloned().collect();
                }
                Row { id: id.into(), props }
            });
            if each(row).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn attachments(
        &self,
        at: &MessageRef,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let opened = self.objects.message(at)?;
        for number in attachment_numbers(&opened.message)? {
            let row = number.and_then(|number| {
                let mut above = opened.above.clone();
                above.push(opened.message.clone().upcast());
                let prop = attachment(&opened.message, number, 0)?.upcast();
                let object = ObjectRef::Attachment(at.clone(), number);
                let opened = Opened { prop, above };
                let props = self.bag_of(&object, &opened, ROW_INLINE, columns)?;
                Ok(Row { id: number.into(), props })
            });
            if each(row).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn receive_folders(
        &self,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let store = self.objects.live()?.store;
        let prop: &Ptr<IMAPIProp> = &store;
        let table = tables::open(
            "IMsgStore::GetReceiveFolderTable",
            // SAFETY: the store is alive.
            |width, table| unsafe { store.GetReceiveFolderTable(width, table) },
            |result| ask(prop, result, "IMsgStore::GetReceiveFolderTable"),
        );
        let table = match table {
            Err(error) if error.code() == ErrorCode::NO_SUPPORT => return Ok(()),
            table => table?,
        };
        let mut id = 0;
        tables::visit(&table, &[tags::MESSAGE_CLASS, tags::ENTRYID], &mut |row| {
            id += 1;
            let row = row.map(|row| {
                let wanted = |prop: &&Prop| {
                    prop.value.as_error().is_none()
                        && columns.is_none_or(|all| all.iter().any(|tag| tag.id() == prop.tag.id()))
                };
                Row { id, props: row.iter().filter(wanted).cloned().collect() }
            });
            each(row)
        })
    }

    fn walk(
        &self,
        folder: u64,
        kind: ItemKind,
        depth: usize,
        each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let root = folder == self.info.root;
        let parent = if root { None } else { self.parent(folder)? };
        if each(InventoryItem { id: folder, kind, parent }).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if depth > DEEPEST {
            return Err(Error::new(ErrorCode::TOO_COMPLEX, "folders are nested too deep"));
        }
        if kind == ItemKind::Folder {
            let tables = [
                (RowSource::Contents(folder), ItemKind::Message),
                (RowSource::Associated(folder), ItemKind::Associated),
            ];
            for (source, kind) in tables {
                for id in self.numbers(&source)? {
                    if each(InventoryItem { id, kind, parent: Some(folder) }).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
        }
        for id in self.numbers(&RowSource::Hierarchy(folder))? {
            let kind = self.objects.kind(id)?;
            if self.walk(id, kind, depth + 1, each)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The numbers in a folder's table. A row that cannot be read is a diagnostic.
    pub(super) fn numbers(&self, source: &RowSource) -> Result<Vec<u64>> {
        let mut numbers = Vec::new();
        self.folder_rows(source, Some(&[]), &mut |row| {
            match row {
                Ok((number, _)) => numbers.push(number),
                Err(error) => self.add_diagnostic(Diagnostic {
                    severity: Severity::Error,
                    object: None,
                    place: format!("a row of {source:?}"),
                    cause: error.to_string(),
                }),
            }
            ControlFlow::Continue(())
        })?;
        Ok(numbers)
    }

    /// This session has changed these objects: their stamps are others now.
    pub(super) fn changed<'e>(&self, events: impl Iterator<Item = &'e ChangeEvent>) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            if matches!(event.change, ObjectChange::Modified | ObjectChange::Moved { .. }) {
                *own.entry(event.object).or_default() += 1;
            }
        }
    }

    /// What the provider told is written down as changes.
    pub(super) fn settle(&self) {
        // Not while a commit is under way: much of it is about that.
        let _none = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (heard, missed) = self.feed.take_heard();
        for one in heard {
            let events = super::heard::events(self, &one);
            if !events.is_empty() {
                self.feed.add(events);
            }
        }
        if missed {
            self.feed.forget();
        }
    }
}

/// The largest value that rows hold.
const ROW_INLINE: u64 = 4096;

/// What a session needs of recipients, also where a table does not offer it.
const OF_RECIPIENTS: [PropTag; 5] = [
    tags::RESPONSIBILITY,
    tags::NDR_REASON_CODE,
    tags::NDR_DIAG_CODE,
    tags::SUPPLEMENTARY_INFO,
    tags::ROWID,
];

/// The recipients of a message: the numbers of their rows, and all that is known of them.
pub(crate) fn recipients(message: &Ptr<IMessage>) -> Result<Vec<Result<(u32, PropBag)>>> {
    let prop: &Ptr<IMAPIProp> = message;
    let table = tables::open(
        "IMessage::GetRecipientTable",
        // SAFETY: the message is alive.
        |width, table| unsafe { message.GetRecipientTable(width, table) },
        |result| ask(prop, result, "IMessage::GetRecipientTable"),
    )?;
    let mut wanted = tables::columns(&table)?;
    wanted.retain(|tag| !OF_RECIPIENTS.iter().any(|own| own.id() == tag.id()));
    wanted.extend(OF_RECIPIENTS);
    let mut all = Vec::new();
    tables::visit(&table, &wanted, &mut |row| {
        all.push(row.and_then(|row| {
            let bag: PropBag =
                row.into_iter().filter(|prop| prop.value.as_error().is_none()).collect();
            let id = bag.i32(tags::ROWID).ok_or_else(|| Error::corrupt("no PR_ROWID"))?;
            Ok((id as u32, bag))
        }));
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// The numbers of the attachments of a message.
pub(crate) fn attachment_numbers(message: &Ptr<IMessage>) -> Result<Vec<Result<u32>>> {
    let prop: &Ptr<IMAPIProp> = message;
    let table = tables::open(
        "IMessage::GetAttachmentTable",
        // SAFETY: the message is alive.
        |width, table| unsafe { message.GetAttachmentTable(width, table) },
        |result| ask(prop, result, "IMessage::GetAttachmentTable"),
    )?;
    let mut all = Vec::new();
    tables::visit(&table, &[tags::ATTACH_NUM], &mut |row| {
        all.push(row.and_then(|row| {
            let number = row.first().and_then(|prop| prop.value.as_i32());
            number.map(|number| number as u32).ok_or_else(|| Error::corrupt("no PR_ATTACH_NUM"))
        }));
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// The name of the store, its kind in words, and `PR_STORE_SUPPORT_MASK`.
fn describe(store: &Ptr<IMsgStore>, identity: &Identity) -> Result<(String, String, i32)> {
    let found =
        get(store, &[tags::DISPLAY_NAME, tags::PROVIDER_DISPLAY, tags::STORE_SUPPORT_MASK])?;
    let text = |index: usize| found[index].value.as_text().map(std::borrow::Cow::into_owned);
    let title = text(0).unwrap_or_else(|| identity.service.to_owned());
    let kind = text(1).unwrap_or_else(|| format!("store of {}", identity.service));
    Ok((title, kind, found[2].value.as_i32().unwrap_or(0)))
}

fn capability(mask: i32, write: bool, names: bool) -> Capability {
    const STORE_MODIFY_OK: i32 = 0x8;
    const STORE_CREATE_OK: i32 = 0x10;
    const STORE_UNICODE_OK: i32 = 0x4_0000;
    let mut all = Capability::NOTIFY;
    let wanted = STORE_MODIFY_OK | STORE_CREATE_OK;
    if write && mask & wanted == wanted {
        all = all | Capability::WRITE;
        if names {
            all = all | Capability::CREATE_NAMES;
        }
    }
    if mask & STORE_UNICODE_OK != 0 {
        all = all | Capability::UNICODE;
    }
    all
}

/// Has the feed told of everything in the store, if the provider tells.
fn advise(store: &Ptr<IMsgStore>, feed: &Arc<Feed>) -> Option<usize> {
    let sink = Sink::give(Arc::clone(feed));
    let mut connection = 0;
    // SAFETY: the store is alive, and so is the sink; the provider takes a reference of its own.
    let result = unsafe {
        let sink = In::from_raw(sink.as_raw().cast_const());
        store.Advise(0, In::null(), EVENTS, sink, Out::new(&mut connection))
    };
    result.is_ok().then_some(connection)
}

impl MessageStore for ForeignStore {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        let mut bag = self.bag(object, inline, None)?;
        if let ObjectRef::Message(at) = object
            && at.embedded.is_empty()
            && bag.find(tags::MSG_STATUS.id()).is_none()
            && let Some(status) = self.message_status(None, at.id)
        {
            bag.set(tags::MSG_STATUS, status);
        }
        Ok(bag)
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        read::open_stream(&self.objects.open(object)?, tag)
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        match source {
            RowSource::Recipients(at) => self.recipients(at, columns, each),
            RowSource::Attachments(at) => self.attachments(at, columns, each),
            RowSource::ReceiveFolders => self.receive_folders(columns, each),
            _ => self.folder_rows(source, columns, &mut |row| {
                each(row.map(|(id, row)| {
                    let (object, folder) = match source {
                        RowSource::Contents(folder) | RowSource::Associated(folder) => {
                            (ObjectRef::message(id), Some(*folder))
                        }
                        _ => (ObjectRef::Folder(id), None),
                    };
                    let mut props = self.completed(&object, &row, columns);
                    let asked = columns
                        .is_none_or(|all| all.iter().any(|tag| tag.id() == tags::MSG_STATUS.id()));
                    if asked && folder.is_some() && props.find(tags::MSG_STATUS.id()).is_none() {
                        // Tables need not have it: the folder tells.
                        if let Some(status) = self.message_status(folder, id) {
                            props.set(tags::MSG_STATUS, status);
                        }
                    }
                    Row { id, props }
                }))
            }),
        }
    }

    fn table_columns(&self, source: &RowSource) -> Result<Option<Vec<PropTag>>> {
        let Some(table) = self.folder_table(source)? else { return Ok(Some(Vec::new())) };
        let mut columns = tables::columns(&table)?;
        columns.retain(|tag| read::is_stored(tag.id()) && tag.id() != submission::KEPT.id());
        if matches!(source, RowSource::Contents(_) | RowSource::Associated(_)) {
            columns.retain(|tag| tag.id() != tags::MSG_STATUS.id());
            columns.push(tags::MSG_STATUS);
        }
        Ok(Some(columns))
    }

    fn stamp(&self, id: u64) -> Result<u64> {
        let (kind, prop) = self.objects.item(id)?;
        let mut hasher = DefaultHasher::new();
        let changed = matches!(kind, ItemKind::Message | ItemKind::Associated);
        if changed {
            let tags = [tags::LAST_MODIFICATION_TIME, tags::CHANGE_KEY, tags::MESSAGE_SIZE];
            for found in get(&prop, &tags)? {
                if found.value.as_error().is_none() {
                    format!("{:?}", found.value).hash(&mut hasher);
                }
            }
        }
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.get(&id).copied().unwrap_or(0).hash(&mut hasher);
        // 0 is for what never changes.
        Ok(hasher.finish() | 1)
    }

    fn kind(&self, id: u64) -> Result<ItemKind> {
        self.objects.kind(id)
    }

    fn parent(&self, id: u64) -> Result<Option<u64>> {
        if id == self.info.root {
            return Ok(None);
        }
        let (kind, prop) = self.objects.item(id)?;
        let found = get(&prop, &[tags::PARENT_ENTRYID])?;
        let Some(bytes) = found.first().and_then(|prop| prop.value.as_bytes()) else {
            return Ok(None);
        };
        let parent = self.objects.row_number(&EntryId::from_bytes(bytes)?)?;
        self.objects.note(id, kind, Some(parent));
        Ok((parent != id).then_some(parent))
    }

    fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()> {
        self.walk(self.info.root, ItemKind::Folder, 0, each).map(drop)
    }

    fn parts(&self, message: u64) -> Result<Parts> {
        let mut parts = Parts::default();
        count_parts(&self.objects.message(&MessageRef::new(message))?.message, 0, &mut parts)?;
        Ok(parts)
    }

    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId> {
        match object {
            ObjectRef::Store => {
                let id = long_term(&self.objects.live()?.store)?;
                Ok(id.unwrap_store().unwrap_or(id))
            }
            ObjectRef::Folder(id) => self.objects.present(*id, true),
            ObjectRef::Message(at) if at.embedded.is_empty() => self.objects.present(at.id, false),
            ObjectRef::Message(_) | ObjectRef::Attachment(..) => {
                Err(Error::no_support("parts of messages have no entry ID"))
            }
        }
    }

    fn former_entry_id(&self, object: &ObjectRef) -> Option<EntryId> {
        match object {
            ObjectRef::Folder(id) => self.objects.entry_id(*id).ok(),
            ObjectRef::Message(at) if at.embedded.is_empty() => self.objects.entry_id(at.id).ok(),
            _ => None,
        }
    }

    fn resolve(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        let inner = entry_id.unwrap_store();
        let entry_id = inner.as_ref().unwrap_or(entry_id);
        let own = self.entry_id(&ObjectRef::Store)?;
        if *entry_id == own {
            return Ok(ObjectRef::Store);
        }
        if entry_id.provider() != self.info.uid {
            let sentence = "the entry ID is of another provider";
            return Err(Error::new(ErrorCode::UNKNOWN_ENTRYID, sentence));
        }
        self.objects.resolve(entry_id)
    }

    fn names(&self, ids: &[u16]) -> Result<Vec<Option<PropName>>> {
        names::names(&self.objects.live()?.store, ids)
    }

    fn name_ids(&self, names: &[PropName], create: bool) -> Result<Vec<Option<u16>>> {
        let store = self.objects.live()?.store;
        let can_create = self.info.capability.has(Capability::CREATE_NAMES);
        let found = names::ids(&store, names, create && can_create)?;
        if create && !can_create && found.contains(&None) {
            let sentence = "the store is open for reading only";
            return Err(Error::new(ErrorCode::NO_ACCESS, sentence));
        }
        Ok(found)
    }

    fn all_names(&self) -> Result<Vec<(u16, PropName)>> {
        names::all(&self.objects.live()?.store)
    }

    fn commit(&self, changes: Vec<Change>) -> Result<Commit> {
        super::commit::commit(self, changes)
    }

    fn changes_since(&self, cursor: u64) -> Result<Changes> {
        self.settle();
        Ok(self.feed.since(cursor))
    }

    fn wait_for_changes(&self, cursor: u64, timeout: Duration) -> Result<bool> {
        Ok(self.feed.wait(cursor, timeout))
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The sink is taken back, then `IMSLogon::Logoff`, and then the provider's objects are
    /// released.
    fn logoff(&self) -> Result<()> {
        self.feed.close();
        let Some(Live { logon, store }) = self.objects.take() else { return Ok(()) };
        // SAFETY: both objects are alive until they are dropped.
        let result = unsafe {
            if let Some(connection) = self.connection {
                // One that is not taken back tells nobody: the feed is closed.
                let _ = store.Unadvise(connection);
            }
            logon.Logoff(Out::new(&mut 0))
        };
        ask(&logon, result, "IMSLogon::Logoff")
    }
}

impl Drop for ForeignStore {
    fn drop(&mut self) {
        // One that was never logged off: the provider at least loses its sink.
        let _ = self.logoff();
    }
}

fn count_parts(message: &Ptr<IMessage>, depth: usize, parts: &mut Parts) -> Result<()> {
    if depth > MessageRef::MAX_DEPTH {
        return Ok(());
    }
    for number in attachment_numbers(message)? {
        parts.attachments += 1;
        let attachment = attachment(message, number?, 0)?;
        let method = get(&attachment, &[tags::ATTACH_METHOD])?;
        if method.first().and_then(|prop| prop.value.as_i32()) != Some(5) {
            continue;
        }
        match embedded(&attachment, 0) {
            Ok(inside) => {
                parts.embedded += 1;
                count_parts(&inside, depth + 1, parts)?;
            }
            Err(error) if error.code() == ErrorCode::NOT_FOUND => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
