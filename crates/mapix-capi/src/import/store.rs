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

use mapix::prop::{PropBag, PropName, PropTag, Value, tags};
use mapix::store::{
    Capability, Change, ChangeEvent, Changes, Commit, Diagnostic, InventoryItem, ItemKind,
    MessageRef, MessageStore, ObjectChange, ObjectRef, Parts, Row, RowSource, Severity, StoreInfo,
    ValueStream,
};
use mapix::{EntryId, Error, ErrorCode, Result};

use super::call::ask;
use super::feed::{EVENTS, Feed, Sink};
use super::objects::{Live, Objects, Opened, get, long_term, one};
use super::parts::count_parts;
use super::{names, read, submission, tables};
use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::iface::{IMSLogon, IMsgStore};

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

    pub(super) fn report(&self, object: &ObjectRef, tag: PropTag, error: &Error) {
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

    pub(super) fn bag(
        &self,
        object: &ObjectRef,
        inline: u64,
        wanted: Option<&[PropTag]>,
    ) -> Result<PropBag> {
        let opened = self.objects.open(object)?;
        self.bag_of(object, &opened, inline, wanted)
    }

    pub(super) fn bag_of(
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
        let found = one(&prop, tags::PARENT_ENTRYID)?;
        let Some(bytes) = found.as_ref().and_then(Value::as_bytes) else { return Ok(None) };
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
