//! Providers: what a session loads, and how it talks to it (lifecycle rules, sections 3 to 5).

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use super::lock;
use super::registry::{OpenOptions, StoreProvider};
use super::stores::OpenStore;
use super::support::Support;
use super::trace::{Event, Trace};
use crate::prop::{PropBag, tags};
use crate::store::{MessageStore, ObjectRef};
use crate::sync::Mutex;
use crate::{Context as _, EntryId, Error, ErrorCode, Result};

/// A provider object: one for each session and kind of provider, made by
/// [`StoreProvider::provider`]. It serves all stores that the session opens through it, and is
/// told to shut down when the last of them has logged off.
///
/// Providers whose stores need none of this leave it to [`StoreProvider::open`].
#[doc(alias = "IMSProvider")]
pub trait Provider: Send + Sync {
    /// Opens a store.
    ///
    /// A provider that finds that it has the store open gives that one again, without a logon
    /// object: the support object of this call is dropped then, and nothing is registered.
    ///
    /// # Errors
    /// `MAPI_E_UNCONFIGURED` has the service configured, once, and is called again;
    /// `MAPI_E_FAILONEPROVIDER` concerns this store alone; any other disables the service for the
    /// session.
    #[doc(alias = "IMSProvider::Logon")]
    fn logon(&self, support: &Arc<Support>, request: &LogonRequest<'_>) -> Result<ProviderLogon>;

    /// Whether two private store entry IDs name the same store. It may come before any logon.
    #[doc(alias = "IMSProvider::CompareStoreIDs")]
    fn compare_store_ids(&self, first: &EntryId, second: &EntryId) -> Result<bool> {
        Ok(first == second)
    }

    /// Ends it. It comes once, after the last of its logons.
    #[doc(alias = "IMSProvider::Shutdown")]
    fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    /// Takes part in a fast shutdown; `None` if it knows nothing of it.
    #[doc(alias = "IMAPIProviderShutdown")]
    fn fast_shutdown(&self, step: FastShutdown) -> Option<Result<()>> {
        let _ = step;
        None
    }
}

/// A step of a fast shutdown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FastShutdown {
    /// Whether it can be done.
    #[doc(alias = "QueryFastShutdown")]
    Query,
    /// It is about to come: save, and put off everything else.
    #[doc(alias = "NotifyProcessShutdown")]
    Notify,
    /// The process may end at any moment.
    #[doc(alias = "DoFastShutdown")]
    Do,
}

/// What is to be opened.
#[derive(Clone, Copy, Debug)]
pub struct LogonRequest<'a> {
    /// Where the store is.
    pub location: &'a Path,
    /// The private entry ID under which it was known before, if it was; perhaps on another machine.
    pub entry_id: Option<&'a EntryId>,
    /// With what it is opened.
    pub options: &'a OpenOptions,
    /// How the client opens it.
    pub how: OpenStore,
}

/// What a logon gives: a logon object for MAPI and a store for its clients, born and buried
/// together.
pub struct ProviderLogon {
    /// The logon object; none for a store that the session has open already.
    pub logon: Option<Arc<dyn StoreLogon>>,
    /// The store.
    pub store: Arc<dyn MessageStore>,
}

impl ProviderLogon {
    /// The logon of a store that needs no more than the store contract: it registers the store's
    /// UID and a row of the status table.
    pub fn plain(support: &Support, store: Arc<dyn MessageStore>) -> Self {
        let info = store.info();
        support.set_provider_uid(info.uid);
        let mut row = PropBag::new();
        row.set(tags::DISPLAY_NAME, info.display_name.as_str());
        row.set(tags::PROVIDER_DISPLAY, info.provider);
        row.set(tags::RECORD_KEY, &info.uid.0[..]);
        row.set(tags::RESOURCE_TYPE, MAPI_STORE_PROVIDER);
        row.set(tags::STATUS_CODE, STATUS_AVAILABLE);
        support.modify_status_row(&row);
        let logon = Arc::new(Plain { store: Arc::clone(&store), row });
        Self { logon: Some(logon), store }
    }
}

impl fmt::Debug for ProviderLogon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderLogon").field("store", self.store.info()).finish_non_exhaustive()
    }
}

const MAPI_STORE_PROVIDER: i32 = 33;
pub(super) const STATUS_AVAILABLE: i32 = 1;

/// The logon object of one store, for MAPI alone.
///
/// Of `IMSLogon`'s seven methods, `Advise` and `Unadvise` are not here: the core tells of what
/// happens in a store, from the changes that the store gives.
#[doc(alias = "IMSLogon")]
pub trait StoreLogon: Send + Sync {
    /// Ends the store's life, by force: while the session logs off, or when the store is closed.
    /// It comes once, on a thread of its own, after the last call of anything in the store. Its
    /// error is reported, but the store is closed all the same.
    #[doc(alias = "IMSLogon::Logoff")]
    fn logoff(&self) -> Result<()>;

    /// The object behind an entry ID whose UID this logon has registered.
    #[doc(alias = "IMSLogon::OpenEntry")]
    fn open_entry(&self, entry_id: &EntryId) -> Result<ObjectRef>;

    /// Whether two entry IDs, both with UIDs of this logon, name the same object.
    #[doc(alias = "IMSLogon::CompareEntryIDs")]
    fn compare_entry_ids(&self, first: &EntryId, second: &EntryId) -> Result<bool> {
        Ok(first == second || self.open_entry(first)? == self.open_entry(second)?)
    }

    /// The properties of its status object.
    #[doc(alias = "IMSLogon::OpenStatusEntry")]
    fn status(&self) -> Result<PropBag> {
        Err(Error::no_support("the store has no status object"))
    }

    /// More about an error that one of its methods gave.
    #[doc(alias = "IMSLogon::GetLastError")]
    fn last_error(&self, code: ErrorCode) -> Option<String> {
        let _ = code;
        None
    }
}

/// The logon object of a store that has only the contract.
struct Plain {
    store: Arc<dyn MessageStore>,
    row: PropBag,
}

impl StoreLogon for Plain {
    fn logoff(&self) -> Result<()> {
        self.store.logoff()
    }

    fn open_entry(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        self.store.resolve(entry_id)
    }

    fn status(&self) -> Result<PropBag> {
        Ok(self.row.clone())
    }
}

/// The provider object over [`StoreProvider::open`].
pub(super) struct Opener(pub(super) Arc<dyn StoreProvider>);

impl Provider for Opener {
    fn logon(&self, support: &Arc<Support>, request: &LogonRequest<'_>) -> Result<ProviderLogon> {
        let store = self.0.open(request.location, request.options)?;
        Ok(ProviderLogon::plain(support, store))
    }
}

/// The provider objects of a session, by the names of their kinds.
#[derive(Clone)]
pub(super) struct Providers {
    loaded: Arc<Mutex<HashMap<&'static str, Loaded>>>,
    trace: Trace,
}

struct Loaded {
    object: Arc<dyn Provider>,
    /// How many logons there are.
    live: usize,
}

impl Providers {
    pub(super) fn new(trace: Trace) -> Self {
        Self { loaded: Arc::default(), trace }
    }

    /// The provider object of a kind, made if there is none, for one more logon. Two never ask
    /// at once: openings come one after the other.
    pub(super) fn enter(&self, kind: &Arc<dyn StoreProvider>) -> Result<ProviderUse> {
        let name = kind.name();
        let found = lock(&self.loaded).get_mut(name).map(|loaded| {
            loaded.live += 1;
            Arc::clone(&loaded.object)
        });
        let object = if let Some(object) = found {
            object
        } else {
            let object = call("provider", || kind.provider())
                .context(|| name)?
                .unwrap_or_else(|| Arc::new(Opener(Arc::clone(kind))));
            self.trace.send(&Event::ProviderLoaded { provider: name });
            let loaded = Loaded { object: Arc::clone(&object), live: 1 };
            lock(&self.loaded).insert(name, loaded);
            object
        };
        Ok(ProviderUse { name, object, providers: self.clone() })
    }

    /// All provider objects.
    pub(super) fn all(&self) -> Vec<Arc<dyn Provider>> {
        lock(&self.loaded).values().map(|loaded| Arc::clone(&loaded.object)).collect()
    }
}

/// One logon's part of a provider object. The last one that goes shuts it down.
pub(super) struct ProviderUse {
    name: &'static str,
    pub(super) object: Arc<dyn Provider>,
    providers: Providers,
}

impl Drop for ProviderUse {
    fn drop(&mut self) {
        let mut loaded = lock(&self.providers.loaded);
        let Some(here) = loaded.get_mut(self.name) else { return };
        here.live -= 1;
        if here.live > 0 {
            return;
        }
        loaded.remove(self.name);
        drop(loaded);
        let result = call("shutdown", || self.object.shutdown());
        let error = result.err().map(|error| error.to_string());
        self.providers.trace.send(&Event::ProviderShutDown { provider: self.name, error });
    }
}

/// Calls what is not ours: a panic becomes an error.
pub(super) fn call<T>(what: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        Err(Error::new(ErrorCode::CALL_FAILED, format!("the provider panicked in its {what}")))
    })
}
