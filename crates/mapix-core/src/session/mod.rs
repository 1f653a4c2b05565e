//! Sessions: from logon to logoff.
//!
//! [`Mapi`] holds the providers; a [`Session`] opens stores through them. Everything that a
//! client holds belongs to a *logon* and passes its gate with each call; when the gate is shut,
//! by [`Session::logoff`], by [`Store::logoff`](crate::Store::logoff) or by dropping the
//! session, what is inside finishes, and whatever comes later gets `MAPI_E_INVALID_OBJECT`.

mod gate;
mod registry;
mod service;
mod trace;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

pub use gate::LogoffReport;
pub(crate) use gate::{Logon, Pass, Resource};
pub use registry::{OpenOptions, SettingInfo, StoreProvider};
pub(crate) use trace::Trace;
pub use trace::{Event, Tracer};

use crate::notify::{Dispatcher, Hub};
use crate::{Error, ErrorCode, Result, Store};
use registry::Registry;

/// MAPI, initialized with its providers. Cloning counts a reference.
#[derive(Clone, Debug)]
#[doc(alias = "MAPIInitialize")]
pub struct Mapi {
    registry: Arc<Registry>,
    dispatcher: Dispatcher,
}

impl Mapi {
    /// Initializes MAPI with these providers, which are asked in this order.
    pub fn with_providers(providers: Vec<Arc<dyn StoreProvider>>) -> Self {
        let registry = Arc::new(Registry::new(providers));
        Self { registry, dispatcher: Dispatcher::default() }
    }

    /// Logs on without a profile.
    #[doc(alias = "MAPILogonEx")]
    pub fn session(&self) -> Session {
        Session {
            registry: Arc::clone(&self.registry),
            dispatcher: self.dispatcher.clone(),
            logons: Mutex::default(),
            opening: Mutex::default(),
            trace: Trace::default(),
            deadline: Session::DEFAULT_DEADLINE,
        }
    }
}

/// A logged-on client. Dropping it logs off.
#[derive(Debug)]
#[doc(alias = "IMAPISession")]
pub struct Session {
    registry: Arc<Registry>,
    dispatcher: Dispatcher,
    logons: Mutex<Logons>,
    /// Held while a store is being opened: logons are made one after the other (section 2).
    opening: Mutex<()>,
    trace: Trace,
    deadline: Duration,
}

#[derive(Default, Debug)]
struct Logons {
    closed: bool,
    open: Vec<Weak<Logon>>,
}

impl Session {
    /// How long a logoff waits for calls that are still inside a store, and for the store.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);

    /// Opens the store at a path, or at a URL such as `pst:archive.pst`.
    ///
    /// A store that this session has open already is not opened a second time: the same logon
    /// serves both (lifecycle rules, section 5), if it gives the access that is asked for.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND`, `MAPI_E_NO_ACCESS` and others of the file system, with the name of
    /// the file; `MAPI_E_CORRUPT_STORE`, `MAPI_E_VERSION` or `MAPI_E_NO_SUPPORT` from the
    /// provider; `MAPI_E_INVALID_OBJECT` after logoff.
    #[doc(alias = "IMAPISession::OpenMsgStore")]
    pub fn open_store(&self, location: impl AsRef<Path>, options: &OpenOptions) -> Result<Store> {
        let location = location.as_ref();
        let key = self.registry.key(location);
        let _one_at_a_time = lock(&self.opening);
        if let Some(logon) = self.find(&key, options.write)? {
            return Ok(Store::new(logon));
        }
        let store = self.registry.open(location, options)?;
        self.admit(self.logon(key, store, options.write))
    }

    /// Takes a store into the session that was made by other means, such as a
    /// [`MemoryStore`](crate::store::MemoryStore).
    pub fn attach(&self, store: Arc<dyn crate::store::MessageStore>, write: bool) -> Result<Store> {
        let key = format!("attached:{:p}", Arc::as_ptr(&store));
        self.admit(self.logon(key, store, write))
    }

    fn logon(
        &self,
        key: String,
        store: Arc<dyn crate::store::MessageStore>,
        write: bool,
    ) -> Arc<Logon> {
        let hub = Hub::new(
            store.info().display_name.clone(),
            self.dispatcher.clone(),
            self.trace.clone(),
        );
        Logon::new(key, store, write, hub, self.trace.clone(), self.deadline)
    }

    /// Whom to tell of each step from logon to logoff.
    pub fn set_tracer(&self, tracer: Arc<Tracer>) {
        self.trace.set(tracer);
    }

    /// Sets how long a logoff waits for one store before it declares it dead. It holds for the
    /// stores that are opened afterwards.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// Logs off: shuts every store, one after the other, each exactly once. Whatever is still
    /// held (folders, messages, tables, streams) answers `MAPI_E_INVALID_OBJECT` from now on. A
    /// second call does nothing.
    ///
    /// Returns one report for each store that was still open.
    #[doc(alias = "IMAPISession::Logoff")]
    pub fn logoff(&self) -> Vec<LogoffReport> {
        let open = {
            let mut logons = lock(&self.logons);
            if std::mem::replace(&mut logons.closed, true) {
                return Vec::new();
            }
            std::mem::take(&mut logons.open)
        };
        let reports = open.iter().filter_map(Weak::upgrade).map(|logon| logon.close()).collect();
        self.trace.send(&Event::SessionEnded);
        reports
    }

    fn find(&self, key: &str, write: bool) -> Result<Option<Arc<Logon>>> {
        let mut logons = lock(&self.logons);
        if logons.closed {
            return Err(closed());
        }
        logons.open.retain(|logon| logon.strong_count() > 0);
        let live: Vec<_> = logons.open.iter().filter_map(Weak::upgrade).collect();
        // One of them may end here, when its last handle is dropped elsewhere meanwhile.
        drop(logons);
        let serves = |logon: &Arc<Logon>| {
            logon.key() == key && logon.is_open() && (logon.is_for_writing() || !write)
        };
        Ok(live.into_iter().find(serves))
    }

    fn admit(&self, logon: Arc<Logon>) -> Result<Store> {
        let mut logons = lock(&self.logons);
        if logons.closed {
            drop(logons);
            logon.close();
            return Err(closed());
        }
        logons.open.push(Arc::downgrade(&logon));
        Ok(Store::new(logon))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.logoff();
    }
}

fn closed() -> Error {
    Error::new(ErrorCode::INVALID_OBJECT, "the session has logged off")
}

/// A lock whose last holder panicked is taken all the same: the data behind these locks is
/// whole at every point where a panic could happen.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
