//! The one session behind its clients: which stores are open, and for whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::context::Context;
use super::gate::Parts;
use super::provider::{FastShutdown, LogonRequest, ProviderLogon, Providers, call};
use super::registry::{OpenOptions, Registry, StoreProvider};
use super::stores::{Configurer, OpenStore};
use super::support::Support;
use super::{Event, Gate, LogoffReport, Logon, Session, ShutdownPolicy, Situation, closed, lock};
use crate::notify::{Hub, Notice};
use crate::prop::Guid;
use crate::store::MessageStore;
use crate::sync::Mutex;
use crate::{Context as _, EntryId, Error, ErrorCode, Result, Store};

pub(super) struct Core {
    pub(super) registry: Arc<Registry>,
    pub(super) context: Arc<Context>,
    pub(super) shared: bool,
    providers: Providers,
    logons: Mutex<Logons>,
    /// Held while a store is being opened: logons are made one after the other (section 2).
    opening: Mutex<()>,
    pub(super) deadline: Mutex<Duration>,
    /// Services that are disabled for this session, and why.
    pub(super) disabled: Mutex<Vec<(Guid, Disabled)>>,
    /// Who is asked for settings.
    pub(super) configurer: Mutex<Option<Arc<Configurer>>>,
    /// Settings of services that the client gave, for as long as the session lives.
    pub(super) given: Mutex<BTreeMap<Guid, BTreeMap<String, String>>>,
}

/// Why a service is disabled.
#[derive(Clone, Debug)]
pub(super) struct Disabled {
    pub(super) code: ErrorCode,
    pub(super) sentence: String,
}

#[derive(Default)]
struct Logons {
    closed: bool,
    clients: BTreeSet<u64>,
    open: Vec<Entry>,
}

/// A logon, and the clients that have opened it.
struct Entry {
    logon: Weak<Logon>,
    /// It is there until the logon has ended, also while the last handle is just going.
    gate: Weak<Gate>,
    clients: BTreeSet<u64>,
}

/// A store that is to be opened by a provider.
pub(super) struct Opening<'a> {
    pub(super) provider: &'a Arc<dyn StoreProvider>,
    pub(super) location: &'a Path,
    pub(super) options: &'a OpenOptions,
    /// The section of the provider, for one of the profile.
    pub(super) section: Option<Guid>,
    pub(super) entry_id: Option<&'a EntryId>,
    pub(super) how: OpenStore,
}

impl Core {
    pub(super) fn new(registry: Arc<Registry>, context: Arc<Context>, shared: bool) -> Arc<Self> {
        let providers = Providers::new(context.trace().clone());
        let core = Arc::new(Self {
            registry,
            context,
            shared,
            providers,
            logons: Mutex::default(),
            opening: Mutex::default(),
            deadline: Mutex::new(Session::DEFAULT_DEADLINE),
            disabled: Mutex::default(),
            configurer: Mutex::default(),
            given: Mutex::default(),
        });
        core.context.belongs_to(&core);
        core
    }

    /// Takes a client in; `None` if the session has ended.
    pub(super) fn join(self: &Arc<Self>) -> Option<Session> {
        // The standard library's, as it is there for all schedules of a model at once.
        static CLIENTS: AtomicU64 = AtomicU64::new(1);
        let client = CLIENTS.fetch_add(1, Ordering::Relaxed);
        let mut logons = lock(&self.logons);
        if logons.closed {
            return None;
        }
        logons.clients.insert(client);
        Some(Session { core: Arc::clone(self), client, left: false.into() })
    }

    /// A client goes; the last one ends the session.
    pub(super) fn leave(&self, client: u64) -> Vec<LogoffReport> {
        let mut logons = lock(&self.logons);
        if !logons.clients.remove(&client) {
            return Vec::new();
        }
        let last = logons.clients.is_empty();
        logons.closed = last;
        let mut ending = Vec::new();
        logons.open.retain_mut(|entry| {
            let was_its = entry.clients.remove(&client);
            let goes = last || (was_its && entry.clients.is_empty());
            if goes {
                ending.extend(entry.gate.upgrade());
            }
            !goes
        });
        drop(logons);
        self.context.tell(&[Notice::SessionEnds { shared: false }]);
        // One that is being closed elsewhere is waited for, but was not open any more.
        let close = |gate: &Arc<Gate>| {
            let was_open = gate.is_open();
            let report = gate.close(Situation::Session);
            was_open.then_some(report)
        };
        let reports = ending.iter().filter_map(close).collect();
        if last {
            self.context.end_spooler();
            self.context.trace().send(&Event::SessionEnded);
        }
        reports
    }

    /// Ends the session for all its clients.
    pub(super) fn end(&self) -> Vec<LogoffReport> {
        let clients = lock(&self.logons).clients.clone();
        clients.into_iter().flat_map(|client| self.leave(client)).collect()
    }

    /// Ends the session without a word to the providers: the process ends, and it is that which
    /// frees what they have.
    pub(super) fn abandon(&self) {
        let mut logons = lock(&self.logons);
        logons.closed = true;
        logons.clients.clear();
        let open = std::mem::take(&mut logons.open);
        drop(logons);
        // So that no handle is the last one, whose release would be a logoff.
        open.iter().filter_map(|entry| entry.logon.upgrade()).for_each(std::mem::forget);
    }

    pub(super) fn has_ended(&self) -> bool {
        lock(&self.logons).closed
    }

    pub(super) fn open_location(
        &self,
        client: u64,
        location: &Path,
        options: &OpenOptions,
    ) -> Result<Store> {
        let key = self.registry.key(location);
        let _one_at_a_time = lock(&self.opening);
        if let Some(store) = self.find(client, &key, options.write)? {
            return Ok(store);
        }
        let place = || location.display().to_string();
        let (provider, path) = self.registry.find(location, options).context(place)?;
        let how = OpenStore { write: options.write, temporary: true, ..OpenStore::default() };
        let opening =
            Opening { provider, location: &path, options, section: None, entry_id: None, how };
        self.open(client, key, &opening).context(place)
    }

    /// Opens a store of the profile. One without a location is told apart by its service.
    pub(super) fn open_service(
        &self,
        client: u64,
        service: Guid,
        opening: &Opening<'_>,
    ) -> Result<Store> {
        let nowhere = opening.location.as_os_str().is_empty();
        let place = || match nowhere {
            true => opening.provider.name().to_owned(),
            false => opening.location.display().to_string(),
        };
        let key = match nowhere {
            true => format!("service:{service}"),
            false => self.registry.key(opening.location),
        };
        let _one_at_a_time = lock(&self.opening);
        match self.find(client, &key, opening.options.write)? {
            Some(store) => Ok(store),
            None => self.open(client, key, opening).context(place),
        }
    }

    fn open(&self, client: u64, key: String, opening: &Opening<'_>) -> Result<Store> {
        let provider = self.providers.enter(opening.provider)?;
        let Opening { location, options, entry_id, how, .. } = *opening;
        let section = opening.section.unwrap_or_else(Guid::unique);
        let support = Support::new(Arc::clone(&self.context), section, how);
        let request = LogonRequest { location, entry_id, options, how };
        let ProviderLogon { logon, store } =
            call("logon", || provider.object.logon(&support, &request))?;
        let Some(logon) = logon else {
            // It is open already, and nothing is begun for it a second time.
            let again = |logon: &Arc<Logon>| logon.is_of(&store) && logon.is_open();
            return self.share(client, again)?.ok_or_else(|| {
                Error::new(ErrorCode::CALL_FAILED, "the provider gave a store without a logon")
            });
        };
        let parts = Parts { store, logon, provider: Some(Arc::new(provider)) };
        self.admit(client, self.logon(key, parts, how.write, support))
    }

    /// Whether two private store entry IDs name the same store, as a kind of provider sees it; its
    /// provider object is loaded for that if it is not yet.
    pub(super) fn is_same_store(&self, kind: &str, one: &EntryId, other: &EntryId) -> Result<bool> {
        let kind = self.registry.service(kind)?;
        let _one_at_a_time = lock(&self.opening);
        let provider = self.providers.enter(kind)?;
        call("comparison", || provider.object.compare_store_ids(one, other))
    }

    pub(super) fn attach(
        &self,
        client: u64,
        store: Arc<dyn MessageStore>,
        write: bool,
    ) -> Result<Store> {
        let key = format!("attached:{:p}", Arc::as_ptr(&store));
        let how = OpenStore { write, temporary: true, ..OpenStore::default() };
        let support = Support::new(Arc::clone(&self.context), Guid::unique(), how);
        let ProviderLogon { logon, store } = ProviderLogon::plain(&support, store);
        let logon = logon.ok_or_else(closed)?;
        let parts = Parts { store, logon, provider: None };
        self.admit(client, self.logon(key, parts, write, support))
    }

    fn logon(&self, key: String, parts: Parts, write: bool, support: Arc<Support>) -> Arc<Logon> {
        let trace = self.context.trace().clone();
        let name = parts.store.info().display_name.clone();
        let hub = Hub::new(name, self.context.dispatcher().clone(), trace.clone());
        let deadline = *lock(&self.deadline);
        Logon::new(key, parts, write, hub, support, trace, deadline)
    }

    /// A store that is open already and gives the access that is asked for.
    fn find(&self, client: u64, key: &str, write: bool) -> Result<Option<Store>> {
        self.share(client, |logon| {
            logon.key() == key && logon.is_open() && (logon.is_for_writing() || !write)
        })
    }

    /// A handle on the first logon that fits.
    fn share(&self, client: u64, fits: impl Fn(&Arc<Logon>) -> bool) -> Result<Option<Store>> {
        let Some(found) = self.live()?.into_iter().find(fits) else { return Ok(None) };
        let mut logons = lock(&self.logons);
        let same = |entry: &&mut Entry| std::ptr::eq(entry.logon.as_ptr(), Arc::as_ptr(&found));
        if let Some(entry) = logons.open.iter_mut().find(same) {
            entry.clients.insert(client);
        }
        drop(logons);
        Ok(Some(Store::new(found)))
    }

    /// All logons that are there.
    pub(super) fn live(&self) -> Result<Vec<Arc<Logon>>> {
        let mut logons = lock(&self.logons);
        if logons.closed {
            return Err(closed());
        }
        logons.open.retain(|entry| entry.gate.strong_count() > 0);
        // One of them may end, when its last handle is dropped elsewhere meanwhile: after the lock.
        Ok(logons.open.iter().filter_map(|entry| entry.logon.upgrade()).collect())
    }

    /// Tells the spooler of a store whose mail is to be moved.
    fn move_mail(&self, logon: &Arc<Logon>) -> Result<()> {
        if !logon.can_write() || logon.support().is_without_mail() {
            return Ok(());
        }
        let deadline = *lock(&self.deadline);
        match self.context.begin_spooler(&self.registry, deadline)? {
            Some(spooler) => spooler.watch(logon),
            None => Ok(()),
        }
    }

    fn admit(&self, client: u64, logon: Arc<Logon>) -> Result<Store> {
        let mut logons = lock(&self.logons);
        if logons.closed || !logons.clients.contains(&client) {
            drop(logons);
            logon.close(Situation::Session);
            return Err(closed());
        }
        let clients = BTreeSet::from([client]);
        let gate = Arc::downgrade(logon.gate());
        logons.open.push(Entry { logon: Arc::downgrade(&logon), gate, clients });
        drop(logons);
        self.move_mail(&logon)?;
        Ok(Store::new(logon))
    }

    /// The address types of the transports that are active; the spooler begins for it, and is waited
    /// for.
    pub(super) fn address_types(&self) -> Result<Vec<String>> {
        if self.context.is_without_mail() {
            return Ok(Vec::new());
        }
        let deadline = *lock(&self.deadline);
        let spooler = self.context.begin_spooler(&self.registry, deadline)?;
        Ok(spooler.map_or_else(Vec::new, |spooler| {
            spooler.ready();
            spooler.address_types()
        }))
    }

    pub(super) fn fast_shutdown(&self, step: FastShutdown, policy: ShutdownPolicy) -> Result<()> {
        let refused = || Error::no_support("a fast shutdown is not possible");
        if policy == ShutdownPolicy::Never {
            return Err(refused());
        }
        let agrees = |answer: Option<Result<()>>| match (answer, policy) {
            (None, ShutdownPolicy::IfSupported) => Err(refused()),
            (Some(Err(error)), ShutdownPolicy::UnlessRefused)
                if step == FastShutdown::Query && error.code() != ErrorCode::NO_SUPPORT =>
            {
                Ok(())
            }
            (Some(Err(error)), _) => Err(error),
            _ => Ok(()),
        };
        // Transports before stores (lifecycle rules, section 11).
        let spooler = self.context.spooler();
        for transport in spooler.iter().flat_map(|spooler| spooler.providers()) {
            agrees(call("fast shutdown", || Ok(transport.fast_shutdown(step)))?)?;
        }
        for provider in self.providers.all() {
            agrees(call("fast shutdown", || Ok(provider.fast_shutdown(step)))?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("profile", &self.context.profile_name())
            .finish_non_exhaustive()
    }
}
