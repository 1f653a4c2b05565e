//! `IMsgStore`, and the end of a logon with its last store object.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use mapix::notify::EventMask;
use mapix::prop::{PropBag, tags};
use mapix::store::ObjectRef;
use mapix::{Error, ErrorCode, Folder, LockState, LogoffFlags, Result, Store};

use super::connections::{Connections, sink, tell};
use super::imapiprop::PropObject;
use super::imapitable::TableObject;
use super::imessage::MessageObject;
use super::open::{self, Home};
use super::rows;
use super::source::Properties;
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, check_flags, entry_id, give_entry_id, give_text, read_text};
use crate::flags::{MAPI_DEFERRED_ERRORS, MAPI_UNICODE, MSG_LOCKED, MSG_UNLOCKED};
use crate::iface::{IMAPIAdviseSink, IMAPITable, IMessage, IMsgStore, IMsgStoreMethods, IUnknown};
use crate::types::{ENTRYID, GUID, HRESULT, NOTIFICATION};
use std::ffi::c_void;

/// A message store.
pub(crate) struct StoreObject {
    home: Home,
    connections: Connections,
    last: LastError,
    _end: Option<Arc<End>>,
}

/// Ends a logon. All store objects of the logon share one, but for those that are lent.
struct End(Store);

impl Drop for End {
    fn drop(&mut self) {
        self.0.logoff();
    }
}

/// Who ends which logon, for those that have a store object.
static ENDS: Mutex<Vec<Weak<End>>> = Mutex::new(Vec::new());

fn end_of(store: &Store) -> Arc<End> {
    let mut ends = ENDS.lock().unwrap_or_else(PoisonError::into_inner);
    ends.retain(|end| end.strong_count() > 0);
    let live = ends.iter().filter_map(Weak::upgrade);
    // Held until the lock is given back: the last reference to an end must not go under it.
    let live: Vec<_> = live.collect();
    let found = live.iter().find(|end| end.0.is_same_logon(store)).cloned();
    let end = found.unwrap_or_else(|| {
        let end = Arc::new(End(store.clone()));
        ends.push(Arc::downgrade(&end));
        end
    });
    drop(ends);
    end
}

impl StoreObject {
    pub(crate) fn over(home: Home) -> Ptr<IMsgStore> {
        let end = (!home.lent).then(|| end_of(&home.store));
        Self { home, connections: Connections::default(), last: LastError::default(), _end: end }
            .into_ptr()
    }

    fn folder(&self, size: u32, id: In<'_, ENTRYID>) -> Result<Option<Folder>> {
        let Some(id) = entry_id(size, id)? else { return Ok(None) };
        match self.home.store.resolve(&id)? {
            ObjectRef::Folder(number) => self.home.store.open_folder(number).map(Some),
            _ => Err(Error::new(ErrorCode::INVALID_ENTRYID, "the entry ID is not of a folder")),
        }
    }
}

/// An entry ID that must be there.
pub(super) fn need_entry_id(size: u32, id: In<'_, ENTRYID>) -> Result<mapix::EntryId> {
    entry_id(size, id)?.ok_or_else(|| Error::invalid_parameter("there is no entry ID"))
}

impl Object for StoreObject {
    type Main = IMsgStore;
}

impl PropObject for StoreObject {
    fn last_error(&self) -> &LastError {
        &self.last
    }

    fn source(&self) -> &dyn Properties {
        &self.home.store
    }

    fn is_writable(&self) -> bool {
        self.home.writable
    }

    fn names(&self) -> Option<Store> {
        Some(self.home.store.clone())
    }

    /// Stores are not transacted.
    fn save(&self, _flags: u32) -> Result<()> {
        self.home.store.entry_id().map(drop)
    }
}

impl IMsgStoreMethods for StoreObject {
    fn Advise(
        &self,
        size: u32,
        id: In<'_, ENTRYID>,
        events: u32,
        target: In<'_, IMAPIAdviseSink>,
        connection: Out<'_, usize>,
    ) -> HRESULT {
        self.last.answer(|| {
            connection.clear()?;
            let object = entry_id(size, id)?;
            let told = tell(sink(target)?);
            let made = self.home.store.advise(EventMask(events), object.as_ref(), told)?;
            self.connections.add(made, connection)
        })
    }

    fn Unadvise(&self, connection: usize) -> HRESULT {
        self.last.answer(|| self.connections.end(connection))
    }

    fn CompareEntryIDs(
        &self,
        size1: u32,
        id1: In<'_, ENTRYID>,
        size2: u32,
        id2: In<'_, ENTRYID>,
        flags: u32,
        same: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            same.clear()?;
            let (first, second) = (need_entry_id(size1, id1)?, need_entry_id(size2, id2)?);
            same.set(self.home.store.compare_entry_ids(&first, &second)?.into())
        })
    }

    fn OpenEntry(
        &self,
        size: u32,
        id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT {
        let id = (size, id);
        self.last.answer(|| open::entry(&self.home, id, interface, flags, kind, object))
    }

    fn SetReceiveFolder(
        &self,
        class: In<'_, c_void>,
        flags: u32,
        size: u32,
        id: In<'_, ENTRYID>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            super::access::need(self.home.writable)?;
            let class = read_text(class, flags)?.unwrap_or_default();
            self.home.store.set_receive_folder(&class, self.folder(size, id)?.as_ref())
        })
    }

    fn GetReceiveFolder(
        &self,
        class: In<'_, c_void>,
        flags: u32,
        size: Out<'_, u32>,
        id: Out<'_, *mut ENTRYID>,
        found_class: Out<'_, *mut c_void>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            size.clear()?;
            id.clear()?;
            let class = read_text(class, flags)?.unwrap_or_default();
            let (folder, prefix) = self.home.store.receive_folder(&class)?;
            let found = folder.entry_id()?;
            if !found_class.is_null() {
                give_text(found_class, &prefix, flags)?;
            }
            give_entry_id(size, id, &found)
        })
    }

    fn GetReceiveFolderTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE | MAPI_DEFERRED_ERRORS)?;
            table.clear()?;
            let store = self.home.store.clone();
            store.entry_id()?;
            let columns = [tags::ENTRYID, tags::RECORD_KEY, tags::MESSAGE_CLASS];
            let rows = rows::table(&columns, move || {
                let row = |(class, id): (String, mapix::EntryId)| {
                    let mut bag = PropBag::new();
                    bag.set(tags::ENTRYID, id.as_bytes());
                    bag.set(tags::MESSAGE_CLASS, class);
                    if let ObjectRef::Folder(number) = store.resolve(&id)? {
                        let folder = store.open_folder(number)?;
                        if let Some(key) = folder.get(tags::RECORD_KEY)? {
                            bag.set(tags::RECORD_KEY, key);
                        }
                    }
                    Ok(bag)
                };
                store.receive_folders()?.into_iter().map(row).collect()
            });
            table.give(TableObject::give(rows, flags)?)
        })
    }

    fn StoreLogoff(&self, flags: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            let asked = flags.value();
            let asked = asked.ok_or_else(|| Error::invalid_parameter("there are no flags"))?;
            let told = self.home.store.store_logoff(LogoffFlags(asked))?;
            flags.set(told.0)
        })
    }

    fn AbortSubmit(&self, size: u32, id: In<'_, ENTRYID>, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            self.home.store.abort_submit(&need_entry_id(size, id)?)
        })
    }

    fn GetOutgoingQueue(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            table.clear()?;
            table.give(TableObject::give(self.home.store.outgoing_queue()?, flags)?)
        })
    }

    fn SetLockState(&self, message: In<'_, IMessage>, state: u32) -> HRESULT {
        self.last.answer(|| {
            let state = match state {
                MSG_LOCKED => LockState::Locked,
                MSG_UNLOCKED => LockState::Unlocked,
                _ => return Err(Error::invalid_parameter(format!("no lock state {state}"))),
            };
            let message = message.object();
            let message = message.ok_or_else(|| Error::invalid_parameter("no message"))?;
            let own = message.object::<MessageObject>();
            let own = own.ok_or_else(|| Error::no_support("the message is not of this store"))?;
            self.home.store.set_lock_state(own.message(), state)
        })
    }

    fn FinishedMsg(&self, flags: u32, size: u32, id: In<'_, ENTRYID>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            self.home.store.finished_msg(&need_entry_id(size, id)?)
        })
    }

    fn NotifyNewMail(&self, notification: In<'_, NOTIFICATION>) -> HRESULT {
        self.last.answer(|| {
            let mail = notification.need()?;
            if mail.ulEventType != EventMask::NEW_MAIL.0 {
                return Err(Error::invalid_parameter("the notification is not of new mail"));
            }
            // SAFETY: the event says that this member is good.
            let mail = unsafe { mail.info.newmail };
            let id = notification.inner(|_| mail.lpEntryID.cast_const());
            self.home.store.notify_new_mail(&need_entry_id(mail.cbEntryID, id)?)
        })
    }
}
