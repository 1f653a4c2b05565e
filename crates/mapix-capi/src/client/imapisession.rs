//! `IMAPISession`.

use std::ffi::c_void;
use std::sync::Arc;

use mapix::notify::EventMask;
use mapix::profile::Profiles;
use mapix::prop::{Guid, tags};
use mapix::table::Query;
use mapix::{
    EntryId, Error, ErrorCode, Object as Opened, OneOff, OpenStore, Result, Session, Store,
};

use super::connections::{Connections, sink, tell};
use super::iaddrbook::AddrBookObject;
use super::imapiclientshutdown::ShutdownObject;
use super::imapitable::TableObject;
use super::imsgserviceadmin::ServiceAdminObject;
use super::imsgstore::{StoreObject, need_entry_id};
use super::iprofsect::SectionObject;
use super::open::{self, Home};
use crate::arg::{In, Out};
use crate::com::{Interface, Object, Ptr};
use crate::convert::{LastError, check_flags, entry_id, give_entry_id, write_text};
use crate::flags::{
    MAPI_BEST_ACCESS, MAPI_DEFAULT_STORE, MAPI_DEFERRED_ERRORS, MAPI_LOGOFF_SHARED, MAPI_LOGOFF_UI,
    MAPI_MODIFY, MAPI_PRIMARY_STORE, MAPI_SECONDARY_STORE, MAPI_SIMPLE_STORE_PERMANENT,
    MAPI_SIMPLE_STORE_TEMPORARY, MAPI_UNICODE, MDB_NO_DIALOG, MDB_NO_MAIL, MDB_ONLINE,
    MDB_TEMPORARY, MDB_WRITE,
};
use crate::iface::{
    IAddrBook, IMAPIAdviseSink, IMAPIClientShutdown, IMAPIFolder, IMAPISession,
    IMAPISessionMethods, IMAPITable, IMessage, IMsgServiceAdmin, IMsgStore, IProfSect, IUnknown,
};
use crate::memory::Buffer;
use crate::types::{ENTRYID, GUID, HRESULT, MAPIERROR, MAPIUID, SPropValue};

/// A session.
pub(crate) struct SessionObject {
    session: Arc<Session>,
    profiles: Profiles,
    connections: Connections,
    last: LastError,
}

impl SessionObject {
    pub(crate) fn give(session: Session, profiles: Profiles) -> Ptr<IMAPISession> {
        let session = Arc::new(session);
        let (connections, last) = (Connections::default(), LastError::default());
        Self { session, profiles, connections, last }.into_ptr()
    }

    fn open_store(&self, id: &EntryId, flags: u32) -> Result<Store> {
        let how = OpenStore {
            write: flags & (MDB_WRITE | MAPI_BEST_ACCESS) != 0,
            temporary: flags & MDB_TEMPORARY != 0,
            no_mail: flags & MDB_NO_MAIL != 0,
            online: flags & MDB_ONLINE != 0,
            no_dialog: flags & MDB_NO_DIALOG != 0,
        };
        match self.session.open_store_entry(id, how) {
            Err(error) if error.code() == ErrorCode::NO_ACCESS && flags & MDB_WRITE == 0 => {
                self.session.open_store_entry(id, OpenStore { write: false, ..how })
            }
            result => result,
        }
    }

    /// Has the profile know the entry IDs of its stores, which clients open them by.
    fn know_stores(&self) -> Result<()> {
        let query =
            Query { columns: Some(vec![tags::ENTRYID, tags::PROVIDER_UID]), ..Query::default() };
        for row in self.session.stores_table()?.query_all(query)? {
            let uid = row.get(tags::PROVIDER_UID).and_then(|uid| Guid::from_slice(uid.as_bytes()?));
            if let Some(uid) = uid.filter(|_| row.get(tags::ENTRYID).is_none()) {
                let how = OpenStore { no_dialog: true, no_mail: true, ..OpenStore::default() };
                // A store that cannot be opened has a row without an entry ID.
                let _ = self.session.open_msg_store(uid, how);
            }
        }
        Ok(())
    }

    /// The UID of the provider whose store has an entry ID.
    fn provider_of(&self, id: &EntryId) -> Result<Guid> {
        let columns = vec![tags::ENTRYID, tags::PROVIDER_UID];
        let query = Query { columns: Some(columns), ..Query::default() };
        for row in self.session.stores_table()?.query_all(query)? {
            let known = row.get(tags::ENTRYID).and_then(|known| known.as_bytes());
            let uid = row.get(tags::PROVIDER_UID).and_then(|uid| Guid::from_slice(uid.as_bytes()?));
            if let (Some(known), Some(uid)) = (known, uid)
                && known == id.as_bytes()
            {
                return Ok(uid);
            }
        }
        Err(Error::not_found("there is no such store in the profile"))
    }
}

impl Drop for SessionObject {
    /// The address book and status objects hold the session as well, and do not keep it open.
    fn drop(&mut self) {
        self.session.logoff();
    }
}

fn forms() -> Result<()> {
    Err(Error::no_support("forms are shown by Outlook, which is not here"))
}

impl Object for SessionObject {
    type Main = IMAPISession;

    fn side(&self, this: &Ptr<IUnknown>, iid: &GUID) -> Option<Ptr<IUnknown>> {
        (*iid == IMAPIClientShutdown::IID)
            .then(|| ShutdownObject::give(this.clone(), &self.session).upcast())
    }
}

impl IMAPISessionMethods for SessionObject {
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        self.last.tell(result, flags, error)
    }

    fn GetMsgStoresTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            table.clear()?;
            self.know_stores()?;
            table.give(TableObject::give(self.session.stores_table()?, flags)?)
        })
    }

    fn OpenMsgStore(
        &self,
        _window: usize,
        size: u32,
        id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        store: Out<'_, *mut IMsgStore>,
    ) -> HRESULT {
        self.last.answer(|| {
            let known = MDB_NO_DIALOG | MDB_WRITE | MDB_TEMPORARY | MDB_NO_MAIL | MDB_ONLINE;
            check_flags(flags, known | MAPI_BEST_ACCESS | MAPI_DEFERRED_ERRORS)?;
            store.clear()?;
            open::wants::<IMsgStore>(interface)?;
            let opened = self.open_store(&need_entry_id(size, id)?, flags)?;
            let wanted = flags & (MDB_WRITE | MAPI_BEST_ACCESS) != 0;
            let writable = wanted && opened.can_write();
            store.give(StoreObject::over(Home { store: opened, writable, lent: false }))
        })
    }

    fn OpenAddressBook(
        &self,
        _window: usize,
        interface: In<'_, GUID>,
        flags: u32,
        book: Out<'_, *mut IAddrBook>,
    ) -> HRESULT {
        self.last.answer(|| {
            // AB_NO_DIALOG
            check_flags(flags, 1)?;
            book.clear()?;
            open::wants::<IAddrBook>(interface)?;
            self.session.stores_table()?;
            book.give(AddrBookObject::give(&self.session))
        })
    }

    fn OpenProfileSection(
        &self,
        uid: In<'_, MAPIUID>,
        interface: In<'_, GUID>,
        flags: u32,
        section: Out<'_, *mut IProfSect>,
    ) -> HRESULT {
        self.last.answer(|| {
            SectionObject::give(uid, interface, flags, section, |uid, write, force| {
                let opened = self.session.open_profile_section(uid, write, force)?;
                Ok(SectionObject::of_session(opened, write))
            })
        })
    }

    fn GetStatusTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            table.clear()?;
            table.give(TableObject::give(super::imapistatus::table(&self.session)?, flags)?)
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
        self.last.answer(|| {
            check_flags(flags, MAPI_MODIFY | MAPI_BEST_ACCESS | MAPI_DEFERRED_ERRORS)?;
            kind.clear()?;
            object.clear()?;
            let id = need_entry_id(size, id)?;
            if OneOff::is(&id) {
                let opened = super::iaddrbook::open_one_off(&id, interface)?;
                return open::give(opened, kind, object);
            }
            if let Some(opened) = super::imapistatus::open(&self.session, &id, interface)? {
                return open::give(opened, kind, object);
            }
            let opened = match id.unwrap_store() {
                // The same as OpenMsgStore without dialogs.
                Some(_) => {
                    let modify = flags & MAPI_MODIFY != 0;
                    let write = if modify { MDB_WRITE } else { flags & MAPI_BEST_ACCESS };
                    Opened::Store(self.open_store(&id, write | MDB_NO_DIALOG)?)
                }
                None => self.session.open_entry(&id)?,
            };
            let home = Home::of(&opened, flags, false)?;
            open::give(open::open(&home, opened, interface, flags)?, kind, object)
        })
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
            same.set(self.session.compare_entry_ids(&first, &second)?.into())
        })
    }

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
            let told = tell(sink(target)?);
            match entry_id(size, id)? {
                None => {
                    let made = self.session.advise(EventMask(events), told)?;
                    self.connections.add(made, connection)
                }
                Some(id) => {
                    let store = match self.session.open_entry(&id)? {
                        Opened::Store(store) => store,
                        Opened::Folder(folder) => folder.store(),
                        Opened::Message(message) => message.store(),
                        Opened::Attachment(attachment) => attachment.store(),
                        _ => return Err(Error::no_support("nobody tells of this object")),
                    };
                    let made = store.advise(EventMask(events), Some(&id), told)?;
                    self.connections.add(made, connection)
                }
            }
        })
    }

    fn Unadvise(&self, connection: usize) -> HRESULT {
        self.last.answer(|| self.connections.end(connection))
    }

    fn MessageOptions(
        &self,
        _window: usize,
        _flags: u32,
        _address_type: In<'_, c_void>,
        _message: In<'_, IMessage>,
    ) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("there are no dialogs here")))
    }

    fn QueryDefaultMessageOpt(
        &self,
        _address_type: In<'_, c_void>,
        _flags: u32,
        _count: Out<'_, u32>,
        _options: Out<'_, *mut SPropValue>,
    ) -> HRESULT {
        self.last.answer(|| Err::<(), _>(Error::no_support("the transports have no options")))
    }

    fn EnumAdrTypes(
        &self,
        flags: u32,
        count: Out<'_, u32>,
        address_types: Out<'_, *mut *mut c_void>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            count.clear()?;
            address_types.clear()?;
            let types = self.session.address_types()?;
            if types.is_empty() {
                return Ok(());
            }
            let room = types.iter().map(|one| one.len() * 2 + 16).sum();
            let buffer = Buffer::for_many::<*mut c_void>(types.len(), room)?;
            for (at, one) in types.iter().enumerate() {
                buffer.put(at, write_text(&buffer, one, flags)?);
            }
            count.set(types.len() as u32)?;
            address_types.set(buffer.into_raw())
        })
    }

    fn QueryIdentity(&self, size: Out<'_, u32>, id: Out<'_, *mut ENTRYID>) -> HRESULT {
        self.last.answer(|| {
            size.clear()?;
            id.clear()?;
            let rows = self.session.status_table()?.query_all(Query {
                columns: Some(vec![tags::IDENTITY_ENTRYID]),
                ..Query::default()
            })?;
            let found = rows.iter().find_map(|row| {
                EntryId::from_bytes(row.get(tags::IDENTITY_ENTRYID)?.as_bytes()?).ok()
            });
            let found = found.ok_or_else(|| Error::not_found("no provider names an identity"))?;
            give_entry_id(size, id, &found)
        })
    }

    fn Logoff(&self, _window: usize, flags: u32, reserved: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_LOGOFF_SHARED | MAPI_LOGOFF_UI)?;
            if reserved != 0 {
                return Err(Error::invalid_parameter("what is reserved is to be zero"));
            }
            let reports = match flags & MAPI_LOGOFF_SHARED {
                0 => self.session.logoff(),
                _ => self.session.logoff_shared(),
            };
            // The session has ended, whatever a store says to it.
            reports.into_iter().find_map(|report| report.result.err()).map_or(Ok(()), Err)
        })
    }

    fn SetDefaultStore(&self, flags: u32, size: u32, id: In<'_, ENTRYID>) -> HRESULT {
        self.last.answer(|| {
            let known = MAPI_DEFAULT_STORE
                | MAPI_SIMPLE_STORE_TEMPORARY
                | MAPI_SIMPLE_STORE_PERMANENT
                | MAPI_PRIMARY_STORE
                | MAPI_SECONDARY_STORE;
            check_flags(flags, known)?;
            match flags {
                MAPI_DEFAULT_STORE => {
                    let provider =
                        entry_id(size, id)?.map(|id| self.provider_of(&id)).transpose()?;
                    self.session.set_default_store(provider)
                }
                flags if flags.is_power_of_two() => {
                    Err(Error::no_support("there is one kind of default stores"))
                }
                _ => Err(Error::invalid_parameter("exactly one flag is to be given")),
            }
        })
    }

    fn AdminServices(&self, flags: u32, admin: Out<'_, *mut IMsgServiceAdmin>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            admin.clear()?;
            let name = self.session.profile_name();
            let name = name.ok_or_else(|| Error::no_support("the session has no profile"))?;
            admin.give(ServiceAdminObject::give(self.profiles.clone(), name)?)
        })
    }

    fn ShowForm(
        &self,
        _window: usize,
        _store: In<'_, IMsgStore>,
        _folder: In<'_, IMAPIFolder>,
        _interface: In<'_, GUID>,
        _token: usize,
        _sent: In<'_, IMessage>,
        _flags: u32,
        _status: u32,
        _message_flags: u32,
        _access: u32,
        _class: In<'_, u8>,
    ) -> HRESULT {
        self.last.answer(forms)
    }

    fn PrepareForm(
        &self,
        _interface: In<'_, GUID>,
        _message: In<'_, IMessage>,
        _token: Out<'_, usize>,
    ) -> HRESULT {
        self.last.answer(forms)
    }
}
