//! `IMAPISupport`: what a session does for a provider, in 44 functions.
//!
//! Most of it is the core's [`Support`]. What MAPI has for address books, for transports and for
//! windows is answered with `MAPI_E_NO_SUPPORT`. The copies (`CopyMessages`, `CopyFolder`,
//! `DoCopyTo`, `DoCopyProps`) are made by the interfaces of both sides ([`copy`](crate::copy)),
//! whosever they are: the core knows nothing of the objects that a provider hands over.
//!
//! `Subscribe` and `Notify` are kept [here](super::subscriptions), not in the core.
#![allow(non_snake_case)]

use std::ffi::c_void;
use std::sync::Arc;

use mapix::prop::{Guid, PropBag};
use mapix::{Error, LogoffFlags, OneOff, Result, SpoolerNotify, Support};

use super::copies;
use super::opening::OwnStore;
use super::section::{Place, SectionObject};
use super::subscriptions::Subscriptions;
use super::{receipt, sending};
use crate::arg::{In, Out};
use crate::client::open;
use crate::com::{Object, Ptr};
use crate::convert::{
    self, LastError, MAPI_UNICODE, check_flags, entry_id, give_entry_id, need_text, no_problems,
    read_tags, tag_list,
};
use crate::copy::What;
use crate::export::{MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer};
use crate::flags::{MAPI_BEST_ACCESS, MAPI_DEFERRED_ERRORS, MAPI_MODIFY};
use crate::iface::{
    IAddrBook, IMAPIAdviseSink, IMAPIProgress, IMAPIProp, IMAPISupport, IMAPISupportMethods,
    IMAPITable, IMessage, IProfSect, IUnknown,
};
use crate::types::{
    ADRLIST, ADRPARM, ENTRYID, ENTRYLIST, GUID, HRESULT, MAPIERROR, MAPIUID, NEWMAIL_NOTIFICATION,
    NOTIFICATION, NOTIFKEY, SPropProblemArray, SPropTagArray, SPropValue,
};

/// The support object of one logon, or of a service that is being deleted.
pub(super) struct SupportObject {
    core: Option<Arc<Support>>,
    /// What the inf file says of the provider.
    defaults: PropBag,
    /// The provider's own store, once it is open: a weak one, as the provider holds this.
    pub(super) store: OwnStore,
    subscriptions: Subscriptions,
    last: LastError,
}

impl SupportObject {
    /// For a provider; without the core's object, for a service that is being deleted.
    pub(super) fn give(core: Option<Arc<Support>>, defaults: PropBag) -> Ptr<IMAPISupport> {
        Self::with(core, defaults, OwnStore::default())
    }

    fn with(core: Option<Arc<Support>>, defaults: PropBag, store: OwnStore) -> Ptr<IMAPISupport> {
        let (subscriptions, last) = Default::default();
        Self { core, defaults, store, subscriptions, last }.into_ptr()
    }

    pub(super) fn core(&self) -> Result<&Arc<Support>> {
        self.core.as_ref().ok_or_else(|| Error::no_support("there is no session"))
    }

    /// An answer that is the same for everybody, with its reason.
    fn refused(&self, why: &str) -> HRESULT {
        self.last.answer::<()>(|| Err(Error::no_support(why)))
    }
}

fn needed(size: u32, id: In<'_, ENTRYID>) -> Result<mapix::EntryId> {
    entry_id(size, id)?.ok_or_else(|| Error::invalid_parameter("an entry ID is missing"))
}

fn message(message: In<'_, IMessage>) -> Result<Ptr<IMessage>> {
    message.object().ok_or_else(|| Error::invalid_parameter("there is no message"))
}

const BOOKS: &str = "there are no address books";
const WINDOWS: &str = "there are no windows";
const TRANSPORTS: &str = "this is for transports";

impl Object for SupportObject {
    type Main = IMAPISupport;
}

impl IMAPISupportMethods for SupportObject {
    /// What is known about the last error of this object.
    fn GetLastError(&self, result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        self.last.answer(|| self.last.give(result, flags, error))
    }

    /// `MAPIAllocateBuffer`, `MAPIAllocateMore`, `MAPIFreeBuffer`.
    fn GetMemAllocRoutines(
        &self,
        allocate: Out<'_, *mut c_void>,
        more: Out<'_, *mut c_void>,
        free: Out<'_, *mut c_void>,
    ) -> HRESULT {
        self.last.answer(|| {
            allocate.set(MAPIAllocateBuffer as *mut c_void)?;
            more.set(MAPIAllocateMore as *mut c_void)?;
            free.set(MAPIFreeBuffer as *mut c_void)
        })
    }

    /// Has a sink told what is said under an identical key.
    fn Subscribe(
        &self,
        key: In<'_, NOTIFKEY>,
        events: u32,
        _: u32,
        sink: In<'_, IMAPIAdviseSink>,
        connection: Out<'_, usize>,
    ) -> HRESULT {
        self.last.answer(|| {
            connection.clear()?;
            connection.set(self.subscriptions.add(key, events, sink)?)
        })
    }

    /// Ends a registration.
    fn Unsubscribe(&self, connection: usize) -> HRESULT {
        self.last.answer(|| self.subscriptions.remove(connection))
    }

    /// Tells the sinks of a key, now.
    fn Notify(
        &self,
        key: In<'_, NOTIFKEY>,
        count: u32,
        notifications: In<'_, NOTIFICATION>,
        flags: Out<'_, u32>,
    ) -> HRESULT {
        /// A sink said that the operation was to be canceled.
        const NOTIFY_CANCELED: u32 = 0x8000_0000;
        self.last.answer(|| {
            let canceled = self.subscriptions.tell(key, notifications.many(count)?)?;
            flags.set_if(if canceled { NOTIFY_CANCELED } else { 0 });
            Ok(())
        })
    }

    /// The provider's row of the status table.
    fn ModifyStatusRow(&self, count: u32, props: In<'_, SPropValue>, _: u32) -> HRESULT {
        self.last.answer(|| {
            let row: PropBag = convert::props(count, props)?.into_iter().collect();
            self.core()?.modify_status_row(&row);
            Ok(())
        })
    }

    /// The provider's own section of the profile, or another one.
    fn OpenProfileSection(
        &self,
        uid: In<'_, MAPIUID>,
        flags: u32,
        section: Out<'_, *mut IProfSect>,
    ) -> HRESULT {
        self.last.answer(|| {
            section.clear()?;
            let uid = uid.get().map(|uid| Guid::from(*uid)).filter(|uid| *uid != Guid::NULL);
            let write = flags & MAPI_MODIFY != 0;
            let (place, defaults) = match (&self.core, uid) {
                (None, _) => (Place::Going, self.defaults.clone()),
                (Some(support), uid) => {
                    let uid = uid.filter(|uid| *uid != support.section_uid());
                    match uid {
                        // So that one which is not there is not opened for reading.
                        Some(uid) if !write => drop(support.section_of(uid)?),
                        _ => {}
                    }
                    let defaults = uid.map_or_else(|| self.defaults.clone(), |_| PropBag::new());
                    (Place::Session { support: Arc::clone(support), uid }, defaults)
                }
            };
            section.give(SectionObject::give(place, defaults, write))
        })
    }

    /// Preprocessors belong to transports.
    fn RegisterPreprocessor(
        &self,
        _: In<'_, MAPIUID>,
        _: In<'_, c_void>,
        _: In<'_, c_void>,
        _: In<'_, u8>,
        _: In<'_, u8>,
        _: u32,
    ) -> HRESULT {
        self.refused(TRANSPORTS)
    }

    /// An identifier that no other has.
    fn NewUID(&self, uid: Out<'_, MAPIUID>) -> HRESULT {
        self.last.answer(|| uid.set(Guid::unique().into()))
    }

    /// The objects of the store answer `MAPI_E_INVALID_OBJECT` from now on: MAPI names one object,
    /// and with the provider's objects out of the session's sight the store is what can be ended.
    fn MakeInvalid(&self, _: u32, _: *mut c_void, _: u32, _: u32) -> HRESULT {
        self.last.answer(|| self.core()?.make_invalid())
    }

    /// There is nothing to yield to: the spooler has a thread of its own.
    fn SpoolerYield(&self, _: u32) -> HRESULT {
        HRESULT::S_OK
    }

    /// Mail will be sent soon, or has come into the store: what the spooler is told.
    fn SpoolerNotify(&self, flags: u32, data: *mut c_void) -> HRESULT {
        const NOTIFY_NEWMAIL_RECEIVED: u32 = 0x2000_0000;
        const NOTIFY_READYTOSEND: u32 = 0x1;
        const NOTIFY_SENTDEFERRED: u32 = 0x2;
        self.last.answer(|| {
            let known = NOTIFY_NEWMAIL_RECEIVED | NOTIFY_READYTOSEND | NOTIFY_SENTDEFERRED;
            check_flags(flags, known)?;
            if flags & NOTIFY_READYTOSEND != 0 {
                self.core()?.spooler_notify(&SpoolerNotify::ReadyToSend)?;
            }
            if flags & NOTIFY_NEWMAIL_RECEIVED != 0 {
                // SAFETY: with this flag the data are a notification of new mail, or null.
                let told = unsafe { In::<NEWMAIL_NOTIFICATION>::from_raw(data.cast()) };
                let id = told.inner(|told| told.lpEntryID.cast_const());
                let message = needed(told.need()?.cbEntryID, id)?;
                self.core()?.spooler_notify(&SpoolerNotify::NewMail(message))?;
            }
            // What was deferred is the spooler's own to follow.
            Ok(())
        })
    }

    /// The entry ID of a recipient that is in no address book.
    fn CreateOneOff(
        &self,
        name: In<'_, c_void>,
        address_type: In<'_, c_void>,
        address: In<'_, c_void>,
        flags: u32,
        size: Out<'_, u32>,
        entry_id: Out<'_, *mut ENTRYID>,
    ) -> HRESULT {
        const MAPI_SEND_NO_RICH_INFO: u32 = 0x1_0000;
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE | MAPI_SEND_NO_RICH_INFO)?;
            let no_rich_info = flags & MAPI_SEND_NO_RICH_INFO != 0;
            let one_off = OneOff {
                name: convert::read_text(name, flags)?.unwrap_or_default(),
                address_type: need_text(address_type, flags)?,
                address: need_text(address, flags)?,
                flags: if no_rich_info { OneOff::NO_RICH_INFO } else { 0 },
            };
            give_entry_id(size, entry_id, &one_off.entry_id())
        })
    }

    /// Entry IDs with this UID are the provider's.
    fn SetProviderUID(&self, uid: In<'_, MAPIUID>, _: u32) -> HRESULT {
        self.last.answer(|| {
            self.core()?.set_provider_uid((*uid.need()?).into());
            Ok(())
        })
    }

    /// Whether two entry IDs, of whatever provider, name the same object.
    fn CompareEntryIDs(
        &self,
        size1: u32,
        entry_id1: In<'_, ENTRYID>,
        size2: u32,
        entry_id2: In<'_, ENTRYID>,
        _: u32,
        same: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            same.clear()?;
            let (one, other) = (entry_id(size1, entry_id1)?, entry_id(size2, entry_id2)?);
            let is_same = match (one, other) {
                (Some(one), Some(other)) => self.core()?.compare_entry_ids(&one, &other)?,
                (one, other) => one.is_none() && other.is_none(),
            };
            same.set(is_same.into())
        })
    }

    /// Templates belong to address books.
    fn OpenTemplateID(
        &self,
        _: u32,
        _: In<'_, ENTRYID>,
        _: u32,
        _: In<'_, IMAPIProp>,
        _: In<'_, GUID>,
        object: Out<'_, *mut IMAPIProp>,
        _: In<'_, IMAPIProp>,
    ) -> HRESULT {
        object.set_if(std::ptr::null_mut());
        self.refused(BOOKS)
    }

    /// What an entry ID names, in whatever store of the session is open: the provider's own objects
    /// as it gives them itself, those of other stores as clients have them.
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
            open::give(self.open(&needed(size, id)?, interface, flags)?, kind, object)
        })
    }

    /// One-off tables belong to address books.
    fn GetOneOffTable(&self, _: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        table.set_if(std::ptr::null_mut());
        self.refused(BOOKS)
    }

    /// A dialog of the address book.
    fn Address(
        &self,
        _: Out<'_, usize>,
        _: In<'_, ADRPARM>,
        recipients: Out<'_, *mut ADRLIST>,
    ) -> HRESULT {
        recipients.set_if(std::ptr::null_mut());
        self.refused(WINDOWS)
    }

    /// A dialog of the address book.
    fn Details(
        &self,
        _: Out<'_, usize>,
        _: *mut c_void,
        _: *mut c_void,
        _: u32,
        _: In<'_, ENTRYID>,
        _: *mut c_void,
        _: *mut c_void,
        _: In<'_, c_void>,
        _: u32,
    ) -> HRESULT {
        self.refused(WINDOWS)
    }

    /// A dialog of the address book.
    fn NewEntry(
        &self,
        _: usize,
        _: u32,
        _: u32,
        _: In<'_, ENTRYID>,
        _: u32,
        _: In<'_, ENTRYID>,
        _: Out<'_, u32>,
        _: Out<'_, *mut ENTRYID>,
    ) -> HRESULT {
        self.refused(WINDOWS)
    }

    /// A window with settings.
    fn DoConfigPropsheet(
        &self,
        _: usize,
        _: u32,
        _: In<'_, c_void>,
        _: In<'_, IMAPITable>,
        _: In<'_, IMAPIProp>,
        _: u32,
    ) -> HRESULT {
        self.refused(WINDOWS)
    }

    /// Messages of one folder to another one, of whomever.
    fn CopyMessages(
        &self,
        from_interface: In<'_, GUID>,
        from: In<'_, c_void>,
        messages: In<'_, ENTRYLIST>,
        to_interface: In<'_, GUID>,
        to: In<'_, c_void>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT {
        let (from, to) = ((from_interface, from), (to_interface, to));
        self.last.answer(|| {
            self.core()?;
            let done = copies::messages(from, messages, to, progress, flags)?;
            Ok(self.last.partly(&done))
        })
    }

    /// A folder in one to another one, of whomever.
    fn CopyFolder(
        &self,
        from_interface: In<'_, GUID>,
        from: In<'_, c_void>,
        size: u32,
        id: In<'_, ENTRYID>,
        to_interface: In<'_, GUID>,
        to: In<'_, c_void>,
        name: In<'_, c_void>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT {
        let (from, to) = ((from_interface, from), (to_interface, to));
        self.last.answer(|| {
            self.core()?;
            let done = copies::folder(from, (size, id), to, name, progress, flags)?;
            Ok(self.last.partly(&done))
        })
    }

    /// All of one object but what is excluded to another one, of whomever.
    fn DoCopyTo(
        &self,
        from_interface: In<'_, GUID>,
        from: In<'_, c_void>,
        exclude_count: u32,
        exclude: In<'_, GUID>,
        exclude_tags: In<'_, SPropTagArray>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        to_interface: In<'_, GUID>,
        to: In<'_, c_void>,
        flags: u32,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        let (from, to) = ((from_interface, from), (to_interface, to));
        self.last.answer(|| {
            no_problems(problems);
            self.core()?;
            let what = What::all_but(exclude.many(exclude_count)?, read_tags(exclude_tags)?)?;
            copies::properties(from, to, &what, progress, flags, problems)
        })
    }

    /// These properties of one object to another one, of whomever.
    fn DoCopyProps(
        &self,
        from_interface: In<'_, GUID>,
        from: In<'_, c_void>,
        tags: In<'_, SPropTagArray>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        to_interface: In<'_, GUID>,
        to: In<'_, c_void>,
        flags: u32,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        let (from, to) = ((from_interface, from), (to_interface, to));
        self.last.answer(|| {
            no_problems(problems);
            self.core()?;
            let what = What::only(tag_list(tags)?)?;
            copies::properties(from, to, &what, progress, flags, problems)
        })
    }

    /// A window that shows how far it is.
    fn DoProgressDialog(&self, _: usize, _: u32, progress: Out<'_, *mut IMAPIProgress>) -> HRESULT {
        progress.set_if(std::ptr::null_mut());
        self.refused(WINDOWS)
    }

    /// Makes an empty message the receipt of one that was read, or will not be. The provider sends it.
    fn ReadReceipt(
        &self,
        flags: u32,
        read: In<'_, IMessage>,
        receipt: Out<'_, *mut IMessage>,
    ) -> HRESULT {
        const MAPI_NON_READ: u32 = 1;
        self.last.answer(|| {
            check_flags(flags, MAPI_NON_READ)?;
            let read = message(read)?;
            let raw = receipt.value().unwrap_or(std::ptr::null_mut());
            // SAFETY: what stands there is an empty message, which stays the caller's, or null.
            let receipt = message(unsafe { In::from_raw(raw.cast_const()) })?;
            receipt::fill(&read, &receipt, flags != 0)
        })
    }

    /// Says of the recipients of a message that is sent again who needs it; of any other one that all
    /// do.
    fn PrepareSubmit(&self, of: In<'_, IMessage>, flags: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            let of = message(of)?;
            self.core()?;
            flags.set_if(0);
            sending::prepare(&of)
        })
    }

    /// Makes the recipients ready: there are no lists that could be expanded, and the spooler is
    /// always needed, as no store is coupled with a transport.
    fn ExpandRecips(&self, of: In<'_, IMessage>, flags: Out<'_, u32>) -> HRESULT {
        const NEEDS_PREPROCESSING: u32 = 1;
        const NEEDS_SPOOLER: u32 = 2;
        self.last.answer(|| {
            flags.clear()?;
            let of = message(of)?;
            let core = self.core()?;
            sending::expand(&of)?;
            let more = if core.preprocesses() { NEEDS_PREPROCESSING } else { 0 };
            flags.set(NEEDS_SPOOLER | more)
        })
    }

    /// Personal address books.
    fn UpdatePAB(&self, _: u32, _: In<'_, IMessage>) -> HRESULT {
        self.refused(BOOKS)
    }

    /// A message was sent, and goes where it says. When that is done, the caller's reference to it is
    /// released, as with Microsoft's; after an error it stays the caller's.
    fn DoSentMail(&self, flags: u32, of: In<'_, IMessage>) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            let raw = of.as_raw().cast_mut();
            let of = message(of)?;
            let store = self.own()?.store;
            sending::sent(&store, &of, |id| {
                self.open(id, In::null(), MAPI_BEST_ACCESS).map(|o| o.1)
            })?;
            // SAFETY: the caller gives its reference away.
            drop(unsafe { Ptr::from_raw(raw) });
            Ok(())
        })
    }

    /// There is none.
    fn OpenAddressBook(&self, _: In<'_, GUID>, _: u32, book: Out<'_, *mut IAddrBook>) -> HRESULT {
        book.set_if(std::ptr::null_mut());
        self.refused(BOOKS)
    }

    /// Preprocessors belong to transports.
    fn Preprocess(&self, _: u32, _: u32, _: In<'_, ENTRYID>) -> HRESULT {
        self.refused(TRANSPORTS)
    }

    /// For tightly coupled transports.
    fn CompleteMsg(&self, _: u32, _: u32, _: In<'_, ENTRYID>) -> HRESULT {
        self.refused(TRANSPORTS)
    }

    /// Tells the transports that the store goes.
    fn StoreLogoffTransports(&self, flags: Out<'_, u32>) -> HRESULT {
        self.last.answer(|| {
            let missing = || Error::invalid_parameter("the flags are missing");
            let input = LogoffFlags(flags.value().ok_or_else(missing)?);
            flags.set(self.core()?.store_logoff_transports(input)?.0)
        })
    }

    /// For transports: delivery reports.
    fn StatusRecips(&self, _: In<'_, IMessage>, _: In<'_, ADRLIST>) -> HRESULT {
        self.refused(TRANSPORTS)
    }

    /// A private store entry ID as clients see it.
    fn WrapStoreEntryID(
        &self,
        size: u32,
        id: In<'_, ENTRYID>,
        wrapped_size: Out<'_, u32>,
        wrapped: Out<'_, *mut ENTRYID>,
    ) -> HRESULT {
        self.last.answer(|| {
            let id = needed(size, id)?;
            let id = match &self.core {
                Some(support) => support.wrap_store_entry_id(&id),
                None => id.wrap_store("mapix"),
            };
            give_entry_id(wrapped_size, wrapped, &id)
        })
    }

    /// What is set in a section is in the profile at once: there is nothing to be made permanent.
    fn ModifyProfile(&self, _: u32) -> HRESULT {
        HRESULT::S_OK
    }

    /// Compound files are not built in.
    fn IStorageFromStream(
        &self,
        _: In<'_, IUnknown>,
        _: In<'_, GUID>,
        _: u32,
        storage: Out<'_, *mut c_void>,
    ) -> HRESULT {
        storage.set_if(std::ptr::null_mut());
        self.refused("there are no compound files")
    }

    /// A support object for configuring the service: this one does.
    fn GetSvcConfigSupportObj(&self, _: u32, support: Out<'_, *mut IMAPISupport>) -> HRESULT {
        self.last.answer(|| {
            let (core, defaults) = (self.core.clone(), self.defaults.clone());
            support.give(Self::with(core, defaults, Arc::clone(&self.store)))
        })
    }
}
