//! Our stores as providers of others: `MSProviderInit` and `MSGServiceEntry` of this library.
//!
//! A MAPI subsystem with Microsoft's tables of functions loads this library as a message store
//! provider. The section of its profile says which store: `PR_PST_PATH` is a location as
//! everywhere (`archive.pst`, `mail.mapix`), and decides what kind of store it is. What a client
//! then gets are the objects of `client`, over a session of the provider's own.
//!
//! The subsystem's allocators are used if they are not our own: its buffers are its to free.
#![allow(non_snake_case)]

mod logon;

use std::borrow::Cow;
use std::ffi::c_void;
use std::path::Path;
use std::sync::Arc;

use mapix::prop::{Prop, PropTag};
use mapix::{Context, Error, ErrorCode, OpenOptions, Result, Session, Store};

use crate::arg::{In, Out};
use crate::client::{Home, StoreObject, wants};
use crate::com::{Object, Ptr};
use crate::convert::{LastError, entry_id, mapi_error};
use crate::flags::{MAPI_UNICODE, MDB_WRITE};
use crate::iface::{
    IMAPISupport, IMSLogon, IMSProvider, IMSProviderMethods, IMsgStore, IProviderAdmin,
};
use crate::import::SPI_VERSION;
use crate::memory;
use crate::types::{ENTRYID, GUID, HRESULT, MAPIERROR, MAPIUID, SPropTagArray, SPropValue};

use logon::LogonObject;

/// `PR_PST_PATH`: where the store is.
const PATH: PropTag = PropTag(0x6700_001F);

/// Gives the provider object of this library, one for each session of whoever asks.
///
/// # Safety
/// As MAPI calls it: pointers are null or good, and the allocators those of the subsystem.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MSProviderInit(
    _instance: *mut c_void,
    _malloc: *mut c_void,
    allocate: Option<memory::Allocate>,
    more: Option<memory::AllocateMore>,
    free: Option<memory::Free>,
    _flags: u32,
    version: u32,
    own_version: Out<'_, u32>,
    provider: Out<'_, *mut IMSProvider>,
) -> HRESULT {
    LastError::default().answer(|| {
        provider.clear()?;
        own_version.set(SPI_VERSION)?;
        if version < SPI_VERSION {
            let sentence = format!("MAPI speaks version 0x{version:08X}, not 0x{SPI_VERSION:08X}");
            return Err(Error::new(ErrorCode::VERSION, sentence));
        }
        if let (Some(allocate), Some(more), Some(free)) = (allocate, more, free) {
            memory::adopt(allocate, more, free);
        }
        provider.give(ProviderObject::new().into_ptr())
    })
}

/// The entry point of the message service: there is nothing to be asked, and what is set in the
/// section of the provider is looked at when the store is opened.
///
/// # Safety
/// As MAPI calls it: pointers are null or good.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MSGServiceEntry(
    _instance: *mut c_void,
    _malloc: *mut c_void,
    support: In<'_, IMAPISupport>,
    _window: usize,
    flags: u32,
    context: u32,
    count: u32,
    props: In<'_, SPropValue>,
    admin: In<'_, IProviderAdmin>,
    error: Out<'_, *mut MAPIERROR>,
) -> HRESULT {
    const MSG_SERVICE_CONFIGURE: u32 = 3;
    const MSG_SERVICE_PROVIDER_CREATE: u32 = 6;
    const MSG_SERVICE_PROVIDER_DELETE: u32 = 7;
    error.set_if(std::ptr::null_mut());
    let _ = (support, admin);
    let result = match context {
        MSG_SERVICE_PROVIDER_CREATE | MSG_SERVICE_PROVIDER_DELETE => {
            Err(Error::no_support("a service has one provider"))
        }
        MSG_SERVICE_CONFIGURE => crate::convert::props(count, props).and_then(|props| {
            let path = props.iter().find(|prop| prop.tag.id() == PATH.id());
            match path.and_then(|prop| prop.value.as_text()) {
                None => Ok(()),
                Some(path) if Path::new(&*path).exists() => Ok(()),
                Some(path) => {
                    let sentence = format!("there is no store at `{path}`");
                    Err(Error::new(ErrorCode::UNCONFIGURED, sentence))
                }
            }
        }),
        _ => Ok(()),
    };
    let Err(why) = result else { return HRESULT::S_OK };
    if !error.is_null() {
        error.set_if(mapi_error(&why, flags).unwrap_or(std::ptr::null_mut()));
    }
    HRESULT::from(&why)
}

/// The provider of one session.
struct ProviderObject {
    session: Arc<Session>,
    last: LastError,
}

impl ProviderObject {
    fn new() -> Self {
        Self { session: Arc::new(mapix::initialize().session()), last: LastError::default() }
    }
}

/// Opens a store as a provider's logon gives it, in a session of its own.
///
/// # Errors
/// Those of [`Session::open_store`].
pub fn log_on(location: &Path, options: &OpenOptions) -> Result<(Ptr<IMSLogon>, Ptr<IMsgStore>)> {
    let session = Arc::new(mapix::initialize().session());
    open(&session, location, options, None)
}

fn open(
    session: &Arc<Session>,
    location: &Path,
    options: &OpenOptions,
    support: Option<Ptr<IMAPISupport>>,
) -> Result<(Ptr<IMSLogon>, Ptr<IMsgStore>)> {
    let store = session.open_store(location, options)?;
    if let Some(support) = &support {
        let uid = MAPIUID::from(store.info().uid);
        // SAFETY: the support object is alive.
        let result = unsafe { support.SetProviderUID(In::new(&uid), 0) };
        if !result.is_ok() {
            return Err(Error::new(result.code(), "IMAPISupport::SetProviderUID failed"));
        }
    }
    Ok(give(session, store, options.write, support))
}

/// A store that is open in a session already, as a provider's logon gives it.
pub fn over(session: &Arc<Session>, store: Store, write: bool) -> (Ptr<IMSLogon>, Ptr<IMsgStore>) {
    give(session, store, write, None)
}

fn give(
    session: &Arc<Session>,
    store: Store,
    writable: bool,
    support: Option<Ptr<IMAPISupport>>,
) -> (Ptr<IMSLogon>, Ptr<IMsgStore>) {
    let home = Home { store, writable, lent: false };
    let object = StoreObject::over(home.clone());
    let logon = LogonObject::new(Arc::clone(session), home, object.clone(), support);
    (logon.into_ptr(), object)
}

/// Where the section of the profile says that the store is.
fn location(support: &Ptr<IMAPISupport>) -> Result<String> {
    let mut raw = std::ptr::null_mut();
    // SAFETY: the support object is alive.
    let result = unsafe { support.OpenProfileSection(In::null(), 0, Out::new(&mut raw)) };
    if !result.is_ok() {
        return Err(Error::new(result.code(), "the section of the profile cannot be opened"));
    }
    // SAFETY: the call has given a reference to a section.
    let section = unsafe { Ptr::from_raw(raw) };
    let unconfigured = || Error::new(ErrorCode::UNCONFIGURED, "PR_PST_PATH is not set");
    let section = section.ok_or_else(unconfigured)?;
    let tags = [1, PATH.0];
    let (mut count, mut props) = (0, std::ptr::null_mut());
    // SAFETY: the section is alive, and the array has one tag.
    let found: Vec<Prop> = unsafe {
        let tags = In::from_raw(tags.as_ptr().cast::<SPropTagArray>());
        let result =
            section.GetProps(tags, MAPI_UNICODE, Out::new(&mut count), Out::new(&mut props));
        if !result.is_ok() {
            return Err(unconfigured());
        }
        let found = crate::convert::props(count, In::from_raw(props.cast_const()));
        crate::export::MAPIFreeBuffer(props.cast());
        found?
    };
    let text = found.first().and_then(|prop| prop.value.as_text()).map(Cow::into_owned);
    text.filter(|text| !text.is_empty()).ok_or_else(unconfigured)
}

impl Object for ProviderObject {
    type Main = IMSProvider;
}

impl IMSProviderMethods for ProviderObject {
    fn Shutdown(&self, flags: Out<'_, u32>) -> HRESULT {
        flags.set_if(0);
        self.last.answer(|| {
            let reports = self.session.logoff();
            reports.into_iter().try_for_each(|report| report.result)
        })
    }

    fn Logon(
        &self,
        support: In<'_, IMAPISupport>,
        _: usize,
        _: In<'_, c_void>,
        _: u32,
        _: In<'_, ENTRYID>,
        flags: u32,
        interface: In<'_, GUID>,
        security_size: Out<'_, u32>,
        security: Out<'_, *mut u8>,
        error: Out<'_, *mut MAPIERROR>,
        logon: Out<'_, *mut IMSLogon>,
        store: Out<'_, *mut IMsgStore>,
    ) -> HRESULT {
        error.set_if(std::ptr::null_mut());
        let result = self.last.answer(|| {
            security_size.set_if(0);
            security.set_if(std::ptr::null_mut());
            logon.clear()?;
            store.clear()?;
            wants::<IMsgStore>(interface)?;
            let missing = || Error::invalid_parameter("there is no support object");
            let support = support.object().ok_or_else(missing)?;
            let place = location(&support)?;
            let write = flags & MDB_WRITE != 0;
            let options = OpenOptions { write, ..OpenOptions::default() };
            let opened = open(&self.session, Path::new(&place), &options, Some(support));
            let (logon_object, store_object) = opened.context(|| place)?;
            logon.give(logon_object)?;
            store.give(store_object)
        });
        if !result.is_ok() && !error.is_null() {
            let mut raw = std::ptr::null_mut();
            let told = self.last.give(result, flags & MAPI_UNICODE, Out::new(&mut raw));
            error.set_if(if told.is_ok() { raw } else { std::ptr::null_mut() });
        }
        result
    }

    /// The session of the provider has a spooler of its own.
    fn SpoolerLogon(
        &self,
        _: In<'_, IMAPISupport>,
        _: usize,
        _: In<'_, c_void>,
        _: u32,
        _: In<'_, ENTRYID>,
        _: u32,
        _: In<'_, GUID>,
        _: u32,
        _: In<'_, u8>,
        error: Out<'_, *mut MAPIERROR>,
        _: Out<'_, *mut IMSLogon>,
        _: Out<'_, *mut IMsgStore>,
    ) -> HRESULT {
        error.set_if(std::ptr::null_mut());
        self.last.answer::<()>(|| Err(Error::no_support("mail of these stores is moved here")))
    }

    fn CompareStoreIDs(
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
            let inner = |id: Option<mapix::EntryId>| id.map(|id| id.unwrap_store().unwrap_or(id));
            same.set((inner(one) == inner(other)).into())
        })
    }
}
