//! Message services that a file describes, as providers of the session.
//!
//! ```text
//! inf file --> Service --(library loaded)--> MSProviderInit --> IMSProvider, one for each session
//!              Provider --(Logon)--> IMSLogon + IMsgStore, which are a Logon and a ForeignStore here
//! ```
//!
//! A service is begun (`MSG_SERVICE_CREATE`) before its store is opened for the first time, and
//! told of its settings (`MSG_SERVICE_CONFIGURE`) then, and whenever its provider says that it is
//! not configured. It is told (`MSG_SERVICE_DELETE`) before it goes from a profile.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::c_void;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use mapix::prop::{Prop, PropBag, PropTag, tags};
use mapix::store::{MessageStore, ObjectRef};
use mapix::{
    Context, EntryId, Error, ErrorCode, FastShutdown, LogonRequest, OpenOptions, Provider,
    ProviderLogon, Result, SettingInfo, StoreLogon, StoreProvider, Support, profile,
};

use super::call::{ask, done, known_as, object, sentence};
use super::entry::{self, MSG_SERVICE_CONFIGURE, MSG_SERVICE_CREATE, MSG_SERVICE_DELETE, told};
use super::find::Found;
use super::inf::{self, InfProvider, ResourceType};
use super::library::Library;
use super::malloc::{Allocator, IMalloc};
use super::objects::Live;
use super::store::{ForeignStore, Identity};
use super::support::SupportObject;
use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::MAPI_UNICODE;
use crate::export::{MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer};
use crate::iface::{IMAPIProviderShutdown, IMAPISupport, IMSLogon, IMSProvider, IMsgStore};
use crate::types::{ENTRYID, HRESULT};

/// `CURRENT_SPI_VERSION`: which interfaces a provider and MAPI speak to each other.
pub(crate) const SPI_VERSION: u32 = 0x0001_0010;

const MDB_NO_DIALOG: u32 = 0x1;
const MDB_WRITE: u32 = 0x4;
const MDB_TEMPORARY: u32 = 0x20;
const MDB_NO_MAIL: u32 = 0x80;
const MDB_ONLINE: u32 = 0x100;

/// `MSPROVIDERINIT`.
type ProviderInit = unsafe extern "C" fn(
    *mut c_void,
    *mut IMalloc,
    *mut c_void,
    *mut c_void,
    *mut c_void,
    u32,
    u32,
    *mut u32,
    *mut *mut IMSProvider,
) -> HRESULT;

/// The properties of a provider's section that are about its library, not about its store.
const ABOUT_LIBRARY: [u16; 5] = [0x3001, 0x3006, 0x300A, 0x3009, 0x3E03];

/// A message service with a store.
pub struct Service(Arc<Described>);

struct Described {
    name: &'static str,
    scheme: &'static str,
    description: &'static str,
    settings: &'static [SettingInfo],
    found: Found,
    provider: InfProvider,
}

impl Service {
    /// The service that a file describes, if it has a store: the first one. Other kinds of
    /// providers are passed over.
    pub fn new(found: Found) -> Option<Self> {
        let provider =
            found.service.providers.iter().find(|one| one.kind == ResourceType::STORE)?;
        let provider = provider.clone();
        Some(Self(Arc::new(Described {
            name: intern(&found.service.name),
            scheme: intern(&found.service.name.to_ascii_lowercase()),
            description: intern(&found.service.display_name),
            settings: settings(&provider.props),
            provider,
            found,
        })))
    }
}

/// What can be set for a service: what its provider's section has beside what is about the library.
fn settings(props: &PropBag) -> &'static [SettingInfo] {
    static KNOWN: Mutex<BTreeMap<Vec<PropTag>, &'static [SettingInfo]>> =
        Mutex::new(BTreeMap::new());
    let tags = props.iter().map(|prop| prop.tag);
    let tags: Vec<PropTag> = tags.filter(|tag| !ABOUT_LIBRARY.contains(&tag.id())).collect();
    let info = |tag: &PropTag| SettingInfo {
        name: intern(&setting_name(*tag)),
        about: "a property of the provider's section",
        required: false,
        secret: false,
    };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(tags).or_insert_with_key(|tags| {
        Box::leak(tags.iter().map(info).collect::<Vec<_>>().into_boxed_slice())
    })
}

/// The name of a property as a setting: that of MAPI, or the number where each provider has its own
/// properties.
fn setting_name(tag: PropTag) -> String {
    match tag.id() {
        0x6600..=0x7FFF => format!("0x{:08X}", tag.0),
        _ => tag.to_string(),
    }
}

/// A text that stays until the process ends, once: services are named by such.
fn intern(text: &str) -> &'static str {
    static TEXTS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.get(text) {
        return known;
    }
    let kept: &'static str = Box::leak(text.into());
    texts.insert(kept);
    kept
}

impl StoreProvider for Service {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn scheme(&self) -> &'static str {
        self.0.scheme
    }

    fn description(&self) -> &'static str {
        self.0.description
    }

    fn settings(&self) -> &'static [SettingInfo] {
        self.0.settings
    }

    fn recognizes(&self, _: &[u8]) -> bool {
        false
    }

    fn can_be_default(&self) -> bool {
        const STATUS_NO_DEFAULT_STORE: i32 = 0x40;
        let flags = self.0.provider.props.i32(tags::RESOURCE_FLAGS).unwrap_or(0);
        flags & STATUS_NO_DEFAULT_STORE == 0
    }

    fn provider(&self) -> Result<Option<Arc<dyn Provider>>> {
        let described = Arc::clone(&self.0);
        let library = Library::load(&described.provider.library, &described.found.file)?;
        let object = init(library).context(|| described.provider.library.clone())?;
        let stores = Mutex::default();
        Ok(Some(Arc::new(ForeignProvider { described, object, stores })))
    }

    /// It can read what the profile has of it. What it would set goes with it.
    fn deleting(&self, service: &profile::Service) -> Result<()> {
        let mut section = self.0.provider.props.clone();
        let settings = service.settings.iter();
        // A variable of the environment that is gone is no reason not to tell it.
        let settings = settings.filter_map(|(name, text)| setting(name, &text.value().ok()?).ok());
        section.merge(&settings.collect());
        for provider in &service.providers {
            section.merge(provider.section.props());
        }
        let support = SupportObject::give(None, section);
        entry::tell(&self.0.found, MSG_SERVICE_DELETE, &support, &[])
            .context(|| "MSG_SERVICE_DELETE")
    }

    /// # Errors
    /// `MAPI_E_NO_SUPPORT`: a provider needs a session.
    fn open(&self, _: &Path, _: &OpenOptions) -> Result<Arc<dyn MessageStore>> {
        Err(Error::no_support("the store is opened by a session"))
    }
}

/// The allocator that all libraries get.
pub(super) fn allocator() -> &'static Ptr<IMalloc> {
    static ALLOCATOR: OnceLock<Ptr<IMalloc>> = OnceLock::new();
    ALLOCATOR.get_or_init(|| Allocator.into_ptr())
}

/// Calls `MSProviderInit`, and agrees on the version.
fn init(library: Library) -> Result<Ptr<IMSProvider>> {
    let function = library.function("MSProviderInit");
    let function =
        function.ok_or_else(|| Error::not_found("the library has no function MSProviderInit"))?;
    // SAFETY: a function of that name has this type, by MAPI's rule.
    let function: ProviderInit = unsafe { std::mem::transmute(function) };
    let (mut version, mut raw) = (0, std::ptr::null_mut());
    // SAFETY: all arguments are as the reference has them.
    let result = unsafe {
        function(
            library.handle(),
            allocator().as_raw(),
            MAPIAllocateBuffer as *mut c_void,
            MAPIAllocateMore as *mut c_void,
            MAPIFreeBuffer as *mut c_void,
            0,
            SPI_VERSION,
            &raw mut version,
            &raw mut raw,
        )
    };
    done(result, "MSProviderInit")?;
    let provider = object(raw, "MSProviderInit")?;
    // What the high half says must be the same; the low half tells small additions apart.
    if version >> 16 != SPI_VERSION >> 16 {
        let sentence = format!("the provider speaks version 0x{version:08X}, not {SPI_VERSION:#X}");
        return Err(Error::new(ErrorCode::VERSION, sentence));
    }
    Ok(provider)
}

/// A provider object of a session.
struct ForeignProvider {
    described: Arc<Described>,
    object: Ptr<IMSProvider>,
    /// The stores that are open through it.
    stores: Mutex<Vec<Weak<ForeignStore>>>,
}

impl ForeignProvider {
    /// Begins a service whose store was never opened.
    fn begin(&self, core: &Support, support: &Ptr<IMAPISupport>, set: &[Prop]) -> Result<()> {
        let known = core.section()?.props().find(tags::ENTRYID.id()).is_some();
        if known || self.described.found.service.entry.is_none() {
            return Ok(());
        }
        match entry::tell(&self.described.found, MSG_SERVICE_CREATE, support, &[]) {
            // It would ask, or waits for its settings.
            Err(error)
                if matches!(
                    error.code(),
                    ErrorCode::UNCONFIGURED | ErrorCode::USER_CANCEL | ErrorCode::NO_SUPPORT
                ) => {}
            result => result.context(|| "MSG_SERVICE_CREATE")?,
        }
        self.configure(support, set)
    }

    fn configure(&self, support: &Ptr<IMAPISupport>, set: &[Prop]) -> Result<()> {
        if set.is_empty() {
            return Ok(());
        }
        match entry::tell(&self.described.found, MSG_SERVICE_CONFIGURE, support, set) {
            // It reads its section.
            Err(error) if error.code() == ErrorCode::NO_SUPPORT => Ok(()),
            result => result.context(|| "MSG_SERVICE_CONFIGURE"),
        }
    }

    fn log_on(
        &self,
        support: &Ptr<IMAPISupport>,
        request: &LogonRequest<'_>,
        profile: &str,
        flags: u32,
    ) -> Result<(Option<Ptr<IMSLogon>>, Ptr<IMsgStore>)> {
        let id = request.entry_id.map_or(&[][..], EntryId::as_bytes);
        let id_pointer: *const ENTRYID =
            if id.is_empty() { std::ptr::null() } else { id.as_ptr().cast() };
        let (mut security_size, mut security) = (0, std::ptr::null_mut());
        let (mut error, mut logon) = (std::ptr::null_mut(), std::ptr::null_mut());
        let mut store = std::ptr::null_mut();
        let mut log_on = |flags: u32, name: *const c_void| {
            // SAFETY: all arguments are as the reference has them.
            unsafe {
                self.object.Logon(
                    In::from_raw(support.as_raw().cast_const()),
                    0,
                    In::from_raw(name),
                    id.len() as u32,
                    In::from_raw(id_pointer),
                    flags,
                    In::null(),
                    Out::new(&mut security_size),
                    Out::new(&mut security),
                    Out::new(&mut error),
                    Out::new(&mut logon),
                    Out::new(&mut store),
                )
            }
        };
        let wide: Vec<u16> = profile.encode_utf16().chain([0]).collect();
        let mut result = log_on(flags | MAPI_UNICODE, wide.as_ptr().cast());
        if result.code() == ErrorCode::BAD_CHARWIDTH {
            let narrow: Vec<u8> = profile.bytes().chain([0]).collect();
            result = log_on(flags, narrow.as_ptr().cast());
        }
        drop(super::call::Block::take(security));
        told(result, error, "IMSProvider::Logon")?;
        let store = object(store, "IMSProvider::Logon")?;
        let logon = (!logon.is_null()).then(|| object(logon, "IMSProvider::Logon")).transpose()?;
        Ok((logon, store))
    }

    /// The store that is open already behind the same object.
    fn again(&self, store: &Ptr<IMsgStore>) -> Option<Arc<ForeignStore>> {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.retain(|store| store.strong_count() > 0);
        let same = |found: &Arc<ForeignStore>| {
            found.objects.live().is_ok_and(|live| live.store.as_raw() == store.as_raw())
        };
        stores.iter().filter_map(Weak::upgrade).find(same)
    }
}

/// A setting of a service as a property: under a name or number of a tag, text as it is, numbers
/// and truths as they are written, everything else in hexadecimal digits.
fn setting(name: &str, text: &str) -> Result<Prop> {
    inf::setting(name, text).context(|| format!("setting `{name}`"))
}

impl Provider for ForeignProvider {
    fn logon(&self, core: &Arc<Support>, request: &LogonRequest<'_>) -> Result<ProviderLogon> {
        if !request.location.as_os_str().is_empty() {
            let sentence = "the service is told of its store by its settings, not by a location";
            return Err(Error::invalid_parameter(sentence));
        }
        let set = request.options.settings.iter().map(|(name, text)| setting(name, text));
        let set = set.collect::<Result<Vec<Prop>>>()?;
        let mut section = self.described.provider.props.clone();
        section.merge(&set.iter().cloned().collect());
        let how = request.how;
        let support = SupportObject::give(Some(Arc::clone(core)), section);
        core.modify_status_row(&self.status_row());
        if !how.temporary {
            self.begin(core, &support, &set)?;
        }
        let flag = |wanted: bool, flag: u32| if wanted { flag } else { 0 };
        let flags = MDB_NO_DIALOG
            | flag(request.options.write, MDB_WRITE)
            | flag(how.temporary, MDB_TEMPORARY)
            | flag(core.is_without_mail(), MDB_NO_MAIL)
            | flag(how.online, MDB_ONLINE);
        let profile = core.profile_name().unwrap_or_default();
        let first = self.log_on(&support, request, profile, flags);
        let (logon, store) = match first {
            Err(error) if error.code() == ErrorCode::UNCONFIGURED => {
                self.configure(&support, &set)?;
                self.log_on(&support, request, profile, flags)?
            }
            result => result?,
        };
        let Some(logon) = logon else {
            let again = self.again(&store).ok_or_else(|| {
                Error::new(ErrorCode::CALL_FAILED, "IMSProvider::Logon gave no logon object")
            })?;
            return Ok(ProviderLogon { logon: None, store: again });
        };
        let identity = Identity {
            service: self.described.name,
            file: self.described.found.file.display().to_string(),
            write: request.options.write,
        };
        let live = Live { logon: logon.clone(), store };
        let store = match ForeignStore::new(live, identity) {
            Ok(store) => Arc::new(store),
            Err(error) => {
                // SAFETY: the logon object is alive.
                let _ = unsafe { logon.Logoff(Out::new(&mut 0)) };
                return Err(error);
            }
        };
        SupportObject::has_store(&support, &store);
        core.set_provider_uid(store.info().uid);
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.push(Arc::downgrade(&store));
        let logon = Arc::new(ForeignLogon { store: Arc::clone(&store), row: self.status_row() });
        Ok(ProviderLogon { logon: Some(logon), store })
    }

    fn compare_store_ids(&self, first: &EntryId, second: &EntryId) -> Result<bool> {
        let (first, second) = (first.as_bytes(), second.as_bytes());
        let mut same = 0;
        // SAFETY: the entry IDs have the sizes that are said.
        let result = unsafe {
            self.object.CompareStoreIDs(
                first.len() as u32,
                In::from_raw(first.as_ptr().cast()),
                second.len() as u32,
                In::from_raw(second.as_ptr().cast()),
                0,
                Out::new(&mut same),
            )
        };
        done(result, "IMSProvider::CompareStoreIDs")?;
        Ok(same != 0)
    }

    fn shutdown(&self) -> Result<()> {
        let mut flags = 0;
        // SAFETY: the object is alive.
        done(unsafe { self.object.Shutdown(Out::new(&mut flags)) }, "IMSProvider::Shutdown")
    }

    fn fast_shutdown(&self, step: FastShutdown) -> Option<Result<()>> {
        let object: Ptr<IMAPIProviderShutdown> = self.object.query().ok()?;
        // SAFETY: the object is alive.
        let (result, call) = unsafe {
            match step {
                FastShutdown::Query => (object.QueryFastShutdown(), "QueryFastShutdown"),
                FastShutdown::Notify => (object.NotifyProcessShutdown(), "NotifyProcessShutdown"),
                FastShutdown::Do => (object.DoFastShutdown(), "DoFastShutdown"),
            }
        };
        Some(done(result, call))
    }
}

impl ForeignProvider {
    fn status_row(&self) -> PropBag {
        const STATUS_AVAILABLE: i32 = 1;
        let mut row = PropBag::new();
        row.set(tags::DISPLAY_NAME, self.described.description);
        row.set(tags::PROVIDER_DISPLAY, self.described.name);
        row.set(tags::RESOURCE_TYPE, ResourceType::STORE.0 as i32);
        row.set(tags::STATUS_CODE, STATUS_AVAILABLE);
        row
    }
}

/// The logon object of one store.
struct ForeignLogon {
    store: Arc<ForeignStore>,
    row: PropBag,
}

impl StoreLogon for ForeignLogon {
    fn logoff(&self) -> Result<()> {
        self.store.logoff()
    }

    fn open_entry(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.store.resolve(entry_id)
    }

    fn compare_entry_ids(&self, first: &EntryId, second: &EntryId) -> Result<bool> {
        let logon = self.store.objects.live()?.logon;
        let (first, second) = (first.as_bytes(), second.as_bytes());
        let mut same = 0;
        // SAFETY: the logon is alive; the entry IDs have the sizes that are said.
        let result = unsafe {
            logon.CompareEntryIDs(
                first.len() as u32,
                In::from_raw(first.as_ptr().cast()),
                second.len() as u32,
                In::from_raw(second.as_ptr().cast()),
                0,
                Out::new(&mut same),
            )
        };
        ask(&logon, result, "IMSLogon::CompareEntryIDs")?;
        Ok(same != 0)
    }

    /// Its own status object, or the row of the status table for one that has none.
    fn status(&self) -> Result<PropBag> {
        let logon = self.store.objects.live()?.logon;
        let (mut kind, mut raw) = (0, std::ptr::null_mut());
        // SAFETY: the logon is alive.
        let result = unsafe {
            logon.OpenStatusEntry(In::null(), 0, Out::new(&mut kind), Out::new(&mut raw))
        };
        match ask(&logon, result, "IMSLogon::OpenStatusEntry") {
            Err(error) if error.code() == ErrorCode::NO_SUPPORT => return Ok(self.row.clone()),
            result => result?,
        }
        let unknown = object(raw.cast::<crate::iface::IUnknown>(), "IMSLogon::OpenStatusEntry")?;
        let opened = super::objects::Opened {
            prop: known_as(unknown, "IMSLogon::OpenStatusEntry")?,
            above: Vec::new(),
        };
        super::read::properties(&opened, u64::MAX, None, &mut |_, _| {})
    }

    fn last_error(&self, code: ErrorCode) -> Option<String> {
        let logon = self.store.objects.live().ok()?.logon;
        let mut raw = std::ptr::null_mut();
        // SAFETY: the logon is alive.
        let result = unsafe { logon.GetLastError(code.into(), MAPI_UNICODE, Out::new(&mut raw)) };
        result.is_ok().then(|| sentence(raw)).flatten()
    }
}

const _: () = {
    // A function pointer of C is as large as any other pointer.
    assert!(size_of::<ProviderInit>() == size_of::<*mut c_void>());
};
