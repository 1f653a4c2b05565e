//! Message stores as clients see them (`IMsgStore`).

use std::collections::HashSet;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::computed::{self, MAPI_STORE};
use super::folder::Folder;
use super::message::Message;
use super::property::{HasProperties, INLINE, property_methods};
use super::{Object, special};
use crate::notify::{Connection, EventMask, Hub, Notice};
use crate::prop::{Prop, PropBag, PropName, PropTag, PropType, tags};
use crate::session::{LogoffFlags, LogoffReport, Logon, Situation};
use crate::store::{
    Change, Diagnostic, InventoryItem, MessageRef, MessageStore, ObjectRef, Parts, RowSource,
    StoreInfo, ValueStream,
};
use crate::{EntryId, Error, ErrorCode, Result};

/// An open message store. Cloning gives a second handle on the same logon; the logon ends with
/// the last handle on anything in it, with [`Store::logoff`], or with the session.
#[derive(Clone)]
#[doc(alias = "IMsgStore")]
pub struct Store(Arc<Logon>);

property_methods!(Store);

impl Store {
    pub(crate) fn new(logon: Arc<Logon>) -> Self {
        Self(logon)
    }

    /// What kind of store it is. It answers after logoff as well.
    pub fn info(&self) -> &StoreInfo {
        self.0.info()
    }

    /// Whether its objects may be changed.
    pub fn can_write(&self) -> bool {
        self.0.can_write()
    }

    /// Whether another handle is on the same logon: what ends one of them ends both. Two logons
    /// on one store are not the same.
    pub fn is_same_logon(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The root folder.
    pub fn root(&self) -> Result<Folder> {
        self.open_folder(self.info().root)
    }

    /// The entry ID of the store, wrapped as clients see it.
    pub fn entry_id(&self) -> Result<EntryId> {
        computed::store_entry_id(&*self.0.enter()?)
    }

    /// Opens what an entry ID stands for. A wrapped store entry ID gives the store.
    ///
    /// # Errors
    /// `MAPI_E_UNKNOWN_ENTRYID` if it is of another store, `MAPI_E_INVALID_ENTRYID` if it is
    /// malformed, `MAPI_E_NOT_FOUND` if the object does not exist.
    #[doc(alias = "IMsgStore::OpenEntry")]
    pub fn open_entry(&self, entry_id: &EntryId) -> Result<Object> {
        self.open_object(&self.resolve(entry_id)?)
    }

    /// Where the object is that an entry ID stands for, without opening it.
    ///
    /// # Errors
    /// Those of [`open_entry`](Self::open_entry), though not every store finds out whether the
    /// object is there.
    pub fn resolve(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        let inner = entry_id.unwrap_store();
        self.0.enter()?.resolve(inner.as_ref().unwrap_or(entry_id))
    }

    /// Opens an object by its place in the store.
    pub fn open_object(&self, object: &ObjectRef) -> Result<Object> {
        Ok(match object {
            ObjectRef::Store => Object::Store(self.clone()),
            ObjectRef::Folder(id) => Object::Folder(self.open_folder(*id)?),
            ObjectRef::Message(place) => Object::Message(self.open_message_ref(place)?),
            ObjectRef::Attachment(place, number) => {
                Object::Attachment(self.open_message_ref(place)?.open_attachment(*number)?)
            }
        })
    }

    /// Opens a folder by its number.
    pub fn open_folder(&self, id: u64) -> Result<Folder> {
        Folder::open(&self.0, id)
    }

    /// Opens a message by its number.
    pub fn open_message(&self, id: u64) -> Result<Message> {
        Message::open(&self.0, MessageRef::new(id))
    }

    fn open_message_ref(&self, place: &MessageRef) -> Result<Message> {
        let mut message = self.open_message(place.id)?;
        for number in &place.embedded {
            message = message.open_attachment(*number)?.embedded()?;
        }
        Ok(message)
    }

    /// Whether two entry IDs stand for the same object. Both must be of this store.
    #[doc(alias = "IMsgStore::CompareEntryIDs")]
    pub fn compare_entry_ids(&self, first: &EntryId, second: &EntryId) -> Result<bool> {
        let pass = self.0.enter()?;
        let resolve = |id: &EntryId| pass.resolve(id.unwrap_store().as_ref().unwrap_or(id));
        Ok(first == second || resolve(first)? == resolve(second)?)
    }

    /// Visits every folder and message by the store's own index, until the visitor breaks.
    pub fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()> {
        self.0.enter()?.inventory(each)
    }

    /// What a message holds, at every depth, by the store's own index.
    pub fn parts(&self, message: u64) -> Result<Parts> {
        self.0.enter()?.parts(message)
    }

    /// What was found to be wrong with the store so far.
    pub fn diagnostics(&self) -> Result<Vec<Diagnostic>> {
        Ok(self.0.enter()?.diagnostics())
    }

    /// The names behind property IDs, in the order asked.
    #[doc(alias = "IMAPIProp::GetNamesFromIDs")]
    pub fn names_of(&self, ids: &[u16]) -> Result<Vec<Option<PropName>>> {
        self.0.enter()?.names(ids)
    }

    /// Tags (of type `PT_UNSPECIFIED`) for names, in the order asked; `None` where a name has no
    /// ID and `create` is false.
    ///
    /// # Errors
    /// `MAPI_E_NO_ACCESS` if a name would have to be made in a store that is open for reading.
    #[doc(alias = "IMAPIProp::GetIDsFromNames")]
    pub fn ids_of(&self, names: &[PropName], create: bool) -> Result<Vec<Option<PropTag>>> {
        let pass = self.0.enter()?;
        let mut ids = pass.name_ids(names, false)?;
        if create && ids.contains(&None) {
            if !self.can_write() {
                return Err(read_only());
            }
            ids = pass.name_ids(names, true)?;
        }
        let tag = |id: Option<u16>| id.map(|id| PropTag::new(id, PropType::UNSPECIFIED));
        Ok(ids.into_iter().map(tag).collect())
    }

    /// The whole map of names, by ID.
    pub fn all_names(&self) -> Result<Vec<(u16, PropName)>> {
        self.0.enter()?.all_names()
    }

    /// The folder in which messages of a class arrive, and the class prefix that said so (empty
    /// for the default). The longest prefix of whole words wins.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if the store has no receive folders.
    #[doc(alias = "IMsgStore::GetReceiveFolder")]
    pub fn receive_folder(&self, class: &str) -> Result<(Folder, String)> {
        let found = receive_folder(&*self.0.enter()?, class)?;
        let (id, prefix) = found.ok_or_else(|| Error::not_found("there is no receive folder"))?;
        Ok((self.open_folder(id)?, prefix))
    }

    /// All receive folders: message classes (empty for the default), each with the entry ID of its
    /// folder.
    #[doc(alias = "IMsgStore::GetReceiveFolderTable")]
    pub fn receive_folders(&self) -> Result<Vec<(String, EntryId)>> {
        let pass = self.0.enter()?;
        let mut found = Vec::new();
        pass.rows(&RowSource::ReceiveFolders, None, &mut |row| {
            // One that cannot be read is none to whoever asks where mail goes.
            let Ok(row) = row else { return ControlFlow::Continue(()) };
            let id = row.props.bytes(tags::ENTRYID).and_then(|id| EntryId::from_bytes(id).ok());
            let class = row.props.text(tags::MESSAGE_CLASS).unwrap_or_default();
            found.extend(id.map(|id| (class, id)));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Makes a folder the receive folder of a message class, or with `None` removes the class.
    #[doc(alias = "IMsgStore::SetReceiveFolder")]
    pub fn set_receive_folder(&self, class: &str, folder: Option<&Folder>) -> Result<()> {
        let pass = self.0.enter()?;
        if !self.can_write() {
            return Err(read_only());
        }
        let folder = folder.map(Folder::entry_id).transpose()?;
        pass.commit(vec![Change::SetReceiveFolder { class: class.into(), folder }])?;
        Ok(())
    }

    /// Has a sink called with what happens from now on, in the whole store or to one object,
    /// whoever does it: see [`notify`](crate::notify).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mapix_core::{Mapi, notify::EventMask, store::MemoryStore};
    /// # let session = Mapi::with_providers(Vec::new()).session();
    /// let store = session.attach(Arc::new(MemoryStore::new("mail")), true)?;
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let connection = store.advise(EventMask::CREATED, None, move |notices| {
    ///     notices.iter().for_each(|notice| drop(sender.send(notice.clone())));
    /// })?;
    /// let folder = store.root()?.create_folder("Inbox", false)?;
    /// let notice = receiver.recv().unwrap();
    /// assert_eq!(notice.subject().unwrap().id, folder.id());
    /// connection.unadvise();
    /// # Ok::<(), mapix_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if the store does not notify; `MAPI_E_INVALID_PARAMETER` for an empty
    /// mask; those of [`Store::open_entry`].
    #[doc(alias = "IMsgStore::Advise")]
    pub fn advise(
        &self,
        mask: EventMask,
        object: Option<&EntryId>,
        sink: impl Fn(&[Notice]) + Send + Sync + 'static,
    ) -> Result<Connection> {
        Hub::advise(&self.0, mask, object, Arc::new(sink))
    }

    /// Says how the store shall end, when the last handle on anything in it goes: a later call
    /// replaces what an earlier one said, and without any it is [`LogoffFlags::ABORT`]. The store
    /// stays open, and so does the session. Gives what the transports are doing for it.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` for none or several of the flags, `MAPI_E_UNKNOWN_FLAGS` for
    /// others; `MAPI_E_BUSY` for [`LogoffFlags::QUIET`] while anything is being done, and nothing
    /// is changed then; `MAPI_E_INVALID_OBJECT` after the end.
    #[doc(alias = "IMsgStore::StoreLogoff")]
    pub fn store_logoff(&self, flags: LogoffFlags) -> Result<LogoffFlags> {
        self.0.store_logoff(flags)
    }

    /// Closes the store now, whoever else holds it: whatever is still held of it answers
    /// `MAPI_E_INVALID_OBJECT` from now on. A second call does nothing.
    pub fn logoff(&self) -> LogoffReport {
        self.0.close(Situation::Store)
    }

    pub(crate) fn logon(&self) -> &Arc<Logon> {
        &self.0
    }
}

/// The receive folder of a class, and the class prefix that named it.
pub(super) fn receive_folder(
    store: &dyn MessageStore,
    class: &str,
) -> Result<Option<(u64, String)>> {
    let mut best: Option<(u64, String)> = None;
    store.rows(&RowSource::ReceiveFolders, None, &mut |row| {
        let Ok(row) = row else { return ControlFlow::Continue(()) };
        let prefix = row.props.text(tags::MESSAGE_CLASS).unwrap_or_default();
        let folder = row.props.bytes(tags::ENTRYID).and_then(|id| special::folder(store, id));
        let longer = best.as_ref().is_none_or(|(_, old)| prefix.len() >= old.len());
        if let Some(folder) = folder
            && longer
            && is_class_prefix(&prefix, class)
        {
            best = Some((folder, prefix));
        }
        ControlFlow::Continue(())
    })?;
    Ok(best)
}

/// The numbers of all receive folders.
pub(crate) fn receive_folders(store: &dyn MessageStore) -> HashSet<u64> {
    let mut folders = HashSet::new();
    // Without the table, no message is new mail.
    let _ = store.rows(&RowSource::ReceiveFolders, None, &mut |row| {
        let entry_id = row.ok().and_then(|row| row.props.bytes(tags::ENTRYID).map(<[u8]>::to_vec));
        folders.extend(entry_id.and_then(|id| special::folder(store, &id)));
        ControlFlow::Continue(())
    });
    folders
}

/// Whether a message class stands at or below another one: `IPM.Note` below `IPM`.
fn is_class_prefix(prefix: &str, class: &str) -> bool {
    let head = class.get(..prefix.len());
    prefix.is_empty()
        || head.is_some_and(|head| head.eq_ignore_ascii_case(prefix))
            && matches!(class.as_bytes().get(prefix.len()), None | Some(b'.'))
}

pub(crate) fn read_only() -> Error {
    Error::new(ErrorCode::NO_ACCESS, "the store is open for reading only")
}

impl HasProperties for Store {
    fn logon(&self) -> &Arc<Logon> {
        &self.0
    }

    fn is_writable(&self) -> bool {
        self.0.can_write()
    }

    fn all(&self) -> Result<PropBag> {
        let pass = self.0.enter()?;
        let mut bag = pass.properties(&ObjectRef::Store, INLINE)?;
        computed::store(&self.0, &*pass, &mut bag)?;
        Ok(bag)
    }

    fn stream(&self, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        self.0.enter()?.open_stream(&ObjectRef::Store, tag)
    }

    fn stored(&self) -> Option<ObjectRef> {
        Some(ObjectRef::Store)
    }

    fn change(&self, set: Vec<Prop>, delete: Vec<u16>) -> Result<()> {
        let set = set.into_iter().collect();
        self.0.enter()?.commit(vec![Change::UpdateStore { set, delete }])?;
        Ok(())
    }

    fn change_stream(&self, tag: PropTag, data: Box<dyn ValueStream>) -> Result<()> {
        super::folder::set_from_stream(self, tag, data)
    }

    fn refuses(&self, tag: PropTag) -> Option<ErrorCode> {
        computed::refuses(MAPI_STORE, tag)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.info().display_name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_match_by_whole_words() {
        for (prefix, class, fits) in [
            ("", "", true),
            ("", "IPM.Note", true),
            ("IPM", "IPM.Note", true),
            ("ipm.note", "IPM.Note", true),
            ("IPM.Not", "IPM.Note", false),
            ("IPM.Note.X", "IPM.Note", false),
            ("IPM", "IPMé", false),
        ] {
            assert_eq!(is_class_prefix(prefix, class), fits, "{prefix} {class}");
        }
    }
}
