//! Sessions: from logon to logoff.
//!
//! [`Mapi`] holds the providers; a [`Session`] opens stores through them, those of its profile or
//! any others. Everything that a client holds belongs to a *logon* and passes its gate with each
//! call; when the gate is shut, by [`Session::logoff`], by [`Store::logoff`](crate::Store::logoff)
//! or by dropping the session, what is inside finishes, and whatever comes later gets
//! `MAPI_E_INVALID_OBJECT`.
//!
//! `docs/lifecycle.md` draws it, and names for each rule the test that holds it.

mod clients;
mod context;
mod door;
mod gate;
mod logoff;
mod logon;
mod presence;
mod provider;
mod registry;
mod routing;
mod section;
mod service;
mod spooler;
mod stores;
mod support;
mod trace;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::lock;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use context::Context;
pub use context::SessionConnection;
pub use gate::LogoffReport;
pub(crate) use gate::{Gate, Logon, Pass, Resource, Situation};
pub use logoff::{LogoffFlags, ShutdownPolicy, Transports};
pub use logon::{LogonOptions, Mapi};
pub use provider::{FastShutdown, LogonRequest, Provider, ProviderLogon, StoreLogon};
pub use registry::{OpenOptions, SettingInfo, StoreProvider};
pub use section::ProfileSection;
pub(crate) use spooler::is_alive;
pub use spooler::{
    AddressTypes, Attempt, EndMessage, FlushFlags, Outcome, Preprocessor, Recall, Report, Settings,
    SpoolerNotify, Submission, TransportLogon, TransportNotify, TransportOption, TransportProvider,
    TransportSupport,
};
pub use stores::{Configurer, OpenStore};
pub use support::{Support, SyncSink};
pub(crate) use trace::Trace;
pub use trace::{Event, Tracer};

use crate::notify::{EventMask, Notice};
use crate::{Error, ErrorCode, Result, Store};
use clients::Core;

/// A logged-on client. Dropping it logs off.
#[derive(Debug)]
#[doc(alias = "IMAPISession")]
pub struct Session {
    core: Arc<Core>,
    /// Tells the clients of a shared session apart.
    client: u64,
    left: AtomicBool,
}

impl Session {
    /// How long a logoff waits for calls that are still inside a store, and for the store.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);

    fn check(&self) -> Result<()> {
        if self.left.load(Ordering::SeqCst) { Err(closed()) } else { Ok(()) }
    }

    /// Opens the store at a path, or at a URL such as `pst:archive.pst`, whether it is in the
    /// profile or not. It is temporary: it goes with the session, and the profile never hears of
    /// it.
    ///
    /// A store that this session has open already is not opened a second time: the same logon
    /// serves both (lifecycle rules, section 5), if it gives the access that is asked for.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND`, `MAPI_E_NO_ACCESS` and others of the file system, with the name of
    /// the file; `MAPI_E_CORRUPT_STORE`, `MAPI_E_VERSION` or `MAPI_E_NO_SUPPORT` from the
    /// provider; `MAPI_E_INVALID_OBJECT` after logoff.
    #[doc(alias = "MDB_TEMPORARY")]
    pub fn open_store(&self, location: impl AsRef<Path>, options: &OpenOptions) -> Result<Store> {
        self.check()?;
        self.core.open_location(self.client, location.as_ref(), options)
    }

    /// Takes a store into the session that was made by other means, such as a
    /// [`MemoryStore`](crate::store::MemoryStore).
    pub fn attach(&self, store: Arc<dyn crate::store::MessageStore>, write: bool) -> Result<Store> {
        self.check()?;
        self.core.attach(self.client, store, write)
    }

    /// The address types that the transports of the session take, such as `SMTP`, each once. One that
    /// takes every type names none. In a session without mail there are none.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_OBJECT` after the end of the session; those of reading the profile.
    #[doc(alias = "IMAPISession::EnumAdrTypes")]
    pub fn address_types(&self) -> Result<Vec<String>> {
        self.check()?;
        self.core.address_types()
    }

    /// Whom to tell of each step from logon to logoff.
    pub fn set_tracer(&self, tracer: Arc<Tracer>) {
        self.core.context.trace().set(tracer);
    }

    /// Sets how long a logoff waits for one store before it declares it dead. It holds for the
    /// stores that are opened afterwards.
    pub fn set_deadline(&mut self, deadline: Duration) {
        *lock(&self.core.deadline) = deadline;
    }

    /// Has somebody told when stores go who moves mail for them.
    pub fn set_transports(&self, transports: Arc<dyn Transports>) {
        self.core.context.set_transports(transports);
    }

    /// The name of the profile, if the session has one.
    #[doc(alias = "IMAPISession::QueryIdentity")]
    pub fn profile_name(&self) -> Option<&str> {
        self.core.context.profile_name()
    }

    /// A second logon on a store that is open, marked as the spooler's: it may lock messages of the
    /// outgoing queue, change those, and finish them. It ends with the logon of the client, or with
    /// its own last handle, and its locks with it.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` in a session or for a store without mail; `MAPI_E_NO_ACCESS` if the store
    /// is open for reading only.
    #[doc(alias = "IMSProvider::SpoolerLogon")]
    pub fn spooler_store(&self, store: &Store) -> Result<Store> {
        self.check()?;
        spooler::logon(store.logon()).map(Store::new)
    }

    /// Has the spooler and the transports send and fetch now, and waits until that is done, or not
    /// with [`FlushFlags::ASYNC_OK`]. What is put off is tried as well with [`FlushFlags::FORCE`].
    /// What could not be sent stays in the queue with its reason: see
    /// [`Store::queued`](crate::Store::queued).
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if the session has no spooler: no transports in its profile, no store that
    /// is open for writing, or no mail.
    #[doc(alias = "IMAPIStatus::FlushQueues")]
    pub fn flush_queues(&self, flags: FlushFlags) -> Result<()> {
        self.check()?;
        let spooler = self.core.context.spooler();
        spooler.ok_or_else(|| Error::not_found("the session has no spooler"))?.flush(flags)
    }

    /// Whether other clients can join it.
    pub fn is_shared(&self) -> bool {
        self.core.shared
    }

    /// Whether no mail is moved for it ([`LogonOptions::no_mail`]).
    pub fn is_without_mail(&self) -> bool {
        self.core.context.is_without_mail()
    }

    /// Has a sink told of errors of the session ([`EventMask::CRITICAL_ERROR`]) and of its end
    /// ([`EventMask::EXTENDED`]).
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` for other events or none.
    #[doc(alias = "IMAPISession::Advise")]
    pub fn advise(
        &self,
        mask: EventMask,
        sink: impl Fn(&[Notice]) + Send + Sync + 'static,
    ) -> Result<SessionConnection> {
        self.check()?;
        self.core.context.advise(mask, Arc::new(sink))
    }

    /// Logs off: shuts every store, one after the other, each exactly once. Whatever is still
    /// held (folders, messages, tables, streams) answers `MAPI_E_INVALID_OBJECT` from now on. A
    /// second call does nothing.
    ///
    /// Of a shared session only this client goes, with the stores that no other client of it has
    /// opened; the last one ends it.
    ///
    /// Returns one report for each store that was still open.
    #[doc(alias = "IMAPISession::Logoff")]
    pub fn logoff(&self) -> Vec<LogoffReport> {
        if self.left.swap(true, Ordering::SeqCst) {
            return Vec::new();
        }
        self.core.leave(self.client)
    }

    /// Logs off, and asks the other clients of a shared session to do the same: they are told
    /// [`Notice::Critical`] and [`Notice::SessionEnds`] on the session. In a session of its own it
    /// is [`logoff`](Self::logoff).
    #[doc(alias = "MAPI_LOGOFF_SHARED")]
    pub fn logoff_shared(&self) -> Vec<LogoffReport> {
        if self.core.shared && self.check().is_ok() {
            let error = "all clients of the shared session are asked to log off".into();
            let shared = true;
            self.core.context.tell(&[Notice::Critical { error }, Notice::SessionEnds { shared }]);
        }
        self.logoff()
    }

    /// Does one step of a fast shutdown. The client takes them in order, each only after the one
    /// before succeeded, and makes no other call after [`FastShutdown::Do`]: the session answers
    /// `MAPI_E_INVALID_OBJECT` then, and neither logoff nor shutdown reaches a provider. What it
    /// holds stays until the process ends.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if the policy or a provider is against it; other errors of a provider.
    #[doc(alias = "IMAPIClientShutdown")]
    pub fn fast_shutdown(&self, step: FastShutdown, policy: ShutdownPolicy) -> Result<()> {
        self.check()?;
        self.core.fast_shutdown(step, policy)?;
        if step == FastShutdown::Do {
            self.left.store(true, Ordering::SeqCst);
            self.core.abandon();
        }
        Ok(())
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
