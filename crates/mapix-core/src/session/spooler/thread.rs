//! The spooler of a session: one thread that carries mail between the stores and the transports.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::logon;
use super::support::{Preprocessor, TransportSupport, Wake};
use super::transport::{FlushFlags, TransportLogon, TransportNotify, TransportProvider};
use crate::object::queue::{Queue, QueueState};
use crate::prop::{FileTime, Guid, PropBag, tags};
use crate::session::context::Context;
use crate::session::presence::Presence;
use crate::session::provider::{STATUS_AVAILABLE, call};
use crate::session::registry::Registry;
use crate::session::stores::OpenStore;
use crate::session::{Event, LogoffFlags, Logon, Support, Transports};
use crate::store::StoreInfo;
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Condvar, Mutex, lock, wait_while};
use crate::{Result, Store};

/// How often queues are looked at unasked: another process may have put something in.
const LOOK: Duration = Duration::from_secs(5);

// `PR_RESOURCE_TYPE` and `PR_STATUS_CODE`.
const MAPI_TRANSPORT_PROVIDER: i32 = 35;
const MAPI_SPOOLER: i32 = 36;
const STATUS_FAILURE: i32 = 0x4;
const STATUS_INBOUND_ENABLED: i32 = 0x1_0000;
const STATUS_INBOUND_FLUSH: i32 = 0x4_0000;
const STATUS_OUTBOUND_ENABLED: i32 = 0x10_0000;
const STATUS_OUTBOUND_FLUSH: i32 = 0x40_0000;

/// A transport of the session, logged on.
pub(super) struct Carrier {
    pub(super) uid: Guid,
    pub(super) name: String,
    pub(super) logon: Arc<dyn TransportLogon>,
    pub(super) support: Arc<TransportSupport>,
    pub(super) polled: Option<Instant>,
}

/// A store whose mail is moved.
#[derive(Clone)]
pub(super) struct Watched {
    pub(super) number: u64,
    uid: Guid,
    /// Of its provider in the profile.
    section: Guid,
    /// The spooler's own logon on it.
    pub(super) store: Store,
    /// Shows others that it is open, as long as it is.
    presence: Option<Arc<Presence>>,
    /// It goes, and how.
    ending: Option<LogoffFlags>,
}

#[derive(Default)]
struct State {
    started: bool,
    ended: bool,
    /// No store is taken any more.
    closed: bool,
    thread: Option<ThreadId>,
    stores: Vec<Watched>,
    /// The store that is worked on, and the direction.
    busy: Option<(u64, LogoffFlags)>,
    /// What shall be flushed, and how many flushes were asked for and done.
    flush: FlushFlags,
    asked: u64,
    flushed: u64,
    /// Of transports that could not log on: their rows say why.
    failed: Vec<Arc<TransportSupport>>,
    preprocessors: Vec<Arc<Preprocessor>>,
    /// What its transports take, as they said when they had logged on.
    types: Vec<String>,
}

pub(in crate::session) struct Spooler {
    context: Weak<Context>,
    pub(super) wake: Arc<Wake>,
    state: Mutex<State>,
    changed: Condvar,
    /// Who is told of what happens, from any thread.
    logons: Mutex<Vec<Arc<dyn TransportLogon>>>,
    /// The kinds of its transports, each once.
    providers: Vec<Arc<dyn TransportProvider>>,
    row: Arc<Support>,
    deadline: Duration,
}

/// A transport of the profile that is to be logged on.
struct Planned {
    uid: Guid,
    name: String,
    provider: Arc<dyn TransportProvider>,
    settings: Result<super::Settings>,
}

impl Spooler {
    /// Begins, if the profile has transports.
    pub(in crate::session) fn begin(
        context: &Arc<Context>,
        registry: &Registry,
        deadline: Duration,
    ) -> Result<Option<Arc<Self>>> {
        if registry.transports().is_empty() {
            return Ok(None);
        }
        let profile = context.profile()?;
        let planned =
            |(service, provider): (&crate::profile::Service, &crate::profile::Provider)| {
                Some(Planned {
                    uid: provider.uid,
                    name: service.name.clone(),
                    provider: Arc::clone(registry.transport(&service.kind)?),
                    settings: registry.transport_settings(service),
                })
            };
        let planned: Vec<_> = profile.providers().filter_map(planned).collect();
        if planned.is_empty() {
            return Ok(None);
        }
        let mut providers: Vec<Arc<dyn TransportProvider>> = Vec::new();
        for one in &planned {
            if !providers.iter().any(|other| Arc::ptr_eq(other, &one.provider)) {
                providers.push(Arc::clone(&one.provider));
            }
        }
        let spooler = Arc::new(Self {
            context: Arc::downgrade(context),
            wake: Arc::default(),
            state: Mutex::default(),
            changed: Condvar::new(),
            logons: Mutex::default(),
            providers,
            row: Support::of_spooler(Arc::clone(context)),
            deadline,
        });
        let run = {
            let spooler = Arc::clone(&spooler);
            move || spooler.run(planned)
        };
        let handle = thread::Builder::new().name("mapix spooler".into()).spawn(run)?;
        lock(&spooler.state).thread = Some(handle.thread().id());
        Ok(Some(spooler))
    }

    /// Moves mail for a store from now on.
    pub(in crate::session) fn watch(&self, client: &Arc<Logon>) -> Result<()> {
        let store = Store::new(logon(client)?);
        let watched = Watched {
            number: client.support().id(),
            uid: client.info().uid,
            section: client.support().section_uid(),
            presence: client.support().context().show_presence(client.info().uid).map(Arc::new),
            store,
            ending: None,
        };
        let mut state = lock(&self.state);
        if !state.closed {
            state.stores.push(watched);
            drop(state);
            self.wake.call();
        }
        Ok(())
    }

    pub(super) fn trace(&self, event: &Event) {
        if let Some(context) = self.context.upgrade() {
            context.trace().send(event);
        }
    }

    fn run(&self, planned: Vec<Planned>) {
        self.show(0);
        let count = planned.len();
        let mut carriers: Vec<Carrier> =
            planned.into_iter().filter_map(|one| self.log_on(one)).collect();
        let all_there = carriers.len() == count;
        *lock(&self.logons) = carriers.iter().map(|one| Arc::clone(&one.logon)).collect();
        let types = types_of(&carriers);
        let mut state = lock(&self.state);
        (state.types, state.started) = (types, true);
        drop(state);
        self.changed.notify_all();
        self.trace(&Event::SpoolerStarted { transports: carriers.len() });
        self.tell(TransportNotify::BeginOutbound);
        self.tell(TransportNotify::BeginInbound);
        while !self.wake.is_stopped() {
            let next = self.round(&mut carriers, all_there);
            if self.is_idle() {
                carriers.iter().for_each(|one| {
                    let _ = call("idle", || {
                        one.logon.idle();
                        Ok(())
                    });
                });
                self.wake.wait(next);
            }
        }
        self.tell(TransportNotify::EndInbound);
        self.tell(TransportNotify::EndOutbound);
        lock(&self.logons).clear();
        for one in carriers {
            let result = call("logoff", || one.logon.transport_logoff(LogoffFlags::ABORT));
            let error = result.err().map(|error| error.to_string());
            self.trace(&Event::TransportLoggedOff { transport: one.name, error });
            drop(one.logon);
            one.support.release();
        }
        for provider in &self.providers {
            let _ = call("shutdown", || provider.shutdown());
        }
        let failed = std::mem::take(&mut lock(&self.state).failed);
        failed.iter().for_each(|support| support.release());
        self.row.release();
        self.trace(&Event::SpoolerEnded);
        lock(&self.state).ended = true;
        self.changed.notify_all();
    }

    fn log_on(&self, planned: Planned) -> Option<Carrier> {
        let Planned { uid, name, provider, settings } = planned;
        let context = self.context.upgrade()?;
        let base = Support::new(context, uid, OpenStore::default());
        let mut row = PropBag::new();
        row.set(tags::DISPLAY_NAME, name.as_str());
        row.set(tags::PROVIDER_DISPLAY, provider.description());
        row.set(tags::RECORD_KEY, &uid.0[..]);
        row.set(tags::RESOURCE_TYPE, MAPI_TRANSPORT_PROVIDER);
        row.set(tags::STATUS_CODE, STATUS_AVAILABLE | STATUS_OUTBOUND_ENABLED);
        base.modify_status_row(&row);
        let support = TransportSupport::new(base, Arc::clone(&self.wake));
        let result =
            settings.and_then(|settings| call("logon", || provider.logon(&support, &settings)));
        // Of one that did not log on nobody is to work on messages.
        if result.is_ok() {
            lock(&self.state).preprocessors.extend(support.preprocessors());
        }
        let error = result.as_ref().err().map(ToString::to_string);
        self.trace(&Event::TransportLoggedOn { transport: name.clone(), error: error.clone() });
        if let Ok(logon) = result {
            return Some(Carrier { uid, name, logon, support, polled: None });
        }
        // Its row says why, and stays until the spooler ends.
        let mut row = PropBag::new();
        row.set(tags::STATUS_CODE, STATUS_FAILURE);
        row.set(tags::STATUS_STRING, error.unwrap_or_default());
        support.modify_status_row(&row);
        lock(&self.state).failed.push(support);
        None
    }

    /// The spooler's own row of the status table.
    fn show(&self, flushing: i32) {
        let enabled = STATUS_AVAILABLE | STATUS_INBOUND_ENABLED | STATUS_OUTBOUND_ENABLED;
        self.row.modify_status_row(&row(enabled | flushing));
    }

    /// The kinds of its transports.
    pub(in crate::session) fn providers(&self) -> &[Arc<dyn TransportProvider>] {
        &self.providers
    }

    fn is_idle(&self) -> bool {
        let state = lock(&self.state);
        state.asked == state.flushed && state.stores.iter().all(|one| one.ending.is_none())
    }

    /// Looks at everything once; gives when it is to be done again.
    fn round(&self, carriers: &mut [Carrier], all_there: bool) -> Duration {
        let (stores, flush, asked) = {
            let state = lock(&self.state);
            let flush = if state.asked == state.flushed { FlushFlags(0) } else { state.flush };
            (state.stores.clone(), flush, state.asked)
        };
        let mut wait = LOOK;
        let upload = flush.has(FlushFlags::UPLOAD);
        let download = flush.has(FlushFlags::DOWNLOAD);
        let bits = (i32::from(upload) * STATUS_OUTBOUND_FLUSH)
            | (i32::from(download) * STATUS_INBOUND_FLUSH);
        if bits != 0 {
            self.show(bits);
            for one in carriers.iter() {
                let _ = call("flush", || one.logon.flush_queues(flush));
            }
        }
        for one in &stores {
            let ending = one.ending;
            if ending.is_none() || matches!(ending, Some(LogoffFlags::NO_WAIT | LogoffFlags::PURGE))
            {
                let force =
                    ending == Some(LogoffFlags::PURGE) || (upload && flush.has(FlushFlags::FORCE));
                self.set_busy(Some((one.number, LogoffFlags::OUTBOUND)));
                match self.send_queue(one.number, &one.store, carriers, all_there, force) {
                    Ok(Some(due)) => {
                        let left = due.0.saturating_sub(FileTime::now().0).max(0);
                        wait = wait.min(Duration::from_micros(left.unsigned_abs() / 10 + 1));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        let store = one.store.info().display_name.clone();
                        self.trace(&Event::SpoolerFailed { store, error: error.to_string() });
                    }
                }
                self.set_busy(None);
            }
            if ending.is_some() {
                lock(&self.state).stores.retain(|other| other.number != one.number);
                self.changed.notify_all();
            }
        }
        if let Some(inbound) = self.inbound(&stores) {
            self.set_busy(Some((inbound.number, LogoffFlags::INBOUND)));
            for one in carriers.iter_mut() {
                wait = wait.min(self.receive(&inbound, one, download));
            }
            self.set_busy(None);
        }
        if bits != 0 {
            self.show(0);
        }
        let mut state = lock(&self.state);
        state.flushed = state.flushed.max(asked);
        drop(state);
        self.changed.notify_all();
        wait
    }

    fn set_busy(&self, busy: Option<(u64, LogoffFlags)>) {
        lock(&self.state).busy = busy;
    }

    /// Whether work for a store is to end before the next message. Between the moment in which a
    /// client shuts the gate and that in which transports are told how the store goes, nothing is
    /// begun.
    pub(super) fn is_over(&self, number: u64) -> bool {
        let Some(one) = self.find(number) else { return true };
        self.wake.is_stopped()
            || match one.ending {
                Some(how) => !matches!(how, LogoffFlags::NO_WAIT | LogoffFlags::PURGE),
                None => !one.store.logon().client().is_some_and(|client| client.is_open()),
            }
    }

    fn tell(&self, what: TransportNotify) {
        let logons = lock(&self.logons).clone();
        for logon in logons {
            let _ = call("notification", || {
                logon.transport_notify(what);
                Ok(())
            });
        }
    }

    /// Somebody submitted something.
    pub(in crate::session) fn look(&self) {
        self.wake.call();
    }

    /// A message that was put off will not be sent any more.
    pub(in crate::session) fn aborted(&self, key: Guid) {
        self.tell(TransportNotify::AbortDeferred(key));
    }

    fn is_here(&self) -> bool {
        lock(&self.state).thread == Some(thread::current().id())
    }

    /// Waits until the transports have been logged on.
    pub(in crate::session) fn ready(&self) {
        if !self.is_here() {
            let waiting = |state: &mut State| !state.started && !state.ended;
            drop(wait_while(&self.changed, &self.state, Some(self.deadline), waiting));
        }
    }

    /// Flushes, and waits until that is done unless it need not be.
    pub(in crate::session) fn flush(&self, flags: FlushFlags) -> Result<()> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(crate::session::closed());
        }
        state.flush = if state.asked == state.flushed { flags } else { state.flush | flags };
        state.asked += 1;
        let mine = state.asked;
        drop(state);
        if flags.has(FlushFlags::UPLOAD) {
            self.tell(TransportNotify::BeginOutboundFlush);
        }
        if flags.has(FlushFlags::DOWNLOAD) {
            self.tell(TransportNotify::BeginInboundFlush);
        }
        self.wake.call();
        if !flags.has(FlushFlags::ASYNC_OK) && !self.is_here() {
            let waiting = |state: &mut State| state.flushed < mine && !state.ended;
            drop(wait_while(&self.changed, &self.state, None, waiting));
        }
        if flags.has(FlushFlags::UPLOAD) {
            self.tell(TransportNotify::EndOutboundFlush);
        }
        if flags.has(FlushFlags::DOWNLOAD) {
            self.tell(TransportNotify::EndInboundFlush);
        }
        Ok(())
    }

    /// The session ends. What is being sent may finish, until the deadline is over.
    pub(in crate::session) fn end(&self) {
        lock(&self.state).closed = true;
        self.wake.stop();
        self.tell(TransportNotify::CancelMessage);
        if !self.is_here() {
            let busy = |state: &mut State| !state.ended;
            let late = wait_while(&self.changed, &self.state, Some(self.deadline), busy).1;
            if late {
                self.trace(&Event::SpoolerAbandoned);
            }
        }
        let stores = std::mem::take(&mut lock(&self.state).stores);
        drop(stores);
        self.row.release();
    }

    /// The address types that its transports take, each once, in the order of the transports.
    pub(in crate::session) fn address_types(&self) -> Vec<String> {
        lock(&self.state).types.clone()
    }

    pub(in crate::session) fn preprocessors(&self) -> Vec<Arc<Preprocessor>> {
        lock(&self.state).preprocessors.clone()
    }

    fn find(&self, number: u64) -> Option<Watched> {
        lock(&self.state).stores.iter().find(|one| one.number == number).cloned()
    }

    /// The store into which mail comes: the default store of the profile, or, if that names none, the
    /// first one. As long as the default store is not open, mail waits.
    fn inbound(&self, stores: &[Watched]) -> Option<Watched> {
        let profile = self.context.upgrade()?.profile().ok()?;
        let key = profile.default_store().map(|default| {
            let section = profile.section(default).ok();
            let key = section.and_then(|section| section.props().bytes(tags::RECORD_KEY));
            (default, key.map(<[u8]>::to_vec))
        });
        let is_it = |one: &&Watched| match &key {
            Some((section, key)) => {
                one.section == *section || key.as_deref() == Some(&one.uid.0[..])
            }
            None => true,
        };
        stores.iter().filter(|one| one.ending.is_none()).find(is_it).cloned()
    }

    fn activity_of(&self, one: &Watched) -> LogoffFlags {
        let busy = lock(&self.state).busy.filter(|(number, _)| *number == one.number);
        let mut activity = busy.map_or(LogoffFlags(0), |(_, direction)| direction);
        let waits = one.store.logon().enter().and_then(|pass| Queue(&*pass).entries());
        let waits = waits.is_ok_and(|all| {
            all.iter().any(|entry| entry.message.is_some() && entry.state != QueueState::Uncertain)
        });
        if waits {
            activity = activity | LogoffFlags::OUTBOUND_QUEUE;
        } else if activity.has(LogoffFlags::OUTBOUND) {
            // It looked, and there was nothing.
            activity = LogoffFlags(activity.0 & !LogoffFlags::OUTBOUND.0);
        }
        activity
    }
}

/// The address types of transports, each once.
fn types_of(carriers: &[Carrier]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for carrier in carriers {
        let types = call("address types", || Ok(carrier.logon.address_types()));
        for one in types.map(|types| types.types).unwrap_or_default() {
            // An empty text takes every type, and is none itself.
            if !one.is_empty() && !all.iter().any(|known| known.eq_ignore_ascii_case(&one)) {
                all.push(one);
            }
        }
    }
    all
}

/// The row of a spooler in the status table.
fn row(status: i32) -> PropBag {
    let mut row = PropBag::new();
    row.set(tags::DISPLAY_NAME, "Spooler");
    row.set(tags::PROVIDER_DISPLAY, "mapix");
    row.set(tags::RESOURCE_TYPE, MAPI_SPOOLER);
    row.set(tags::STATUS_CODE, status);
    row
}

/// The row of a session for which no mail is moved: the spooler fails (lifecycle rules, section 2).
pub(in crate::session) fn absent() -> PropBag {
    row(STATUS_FAILURE)
}

impl Transports for Spooler {
    fn activity(&self, logon: u64, _: &StoreInfo) -> LogoffFlags {
        self.find(logon).map_or(LogoffFlags(0), |one| self.activity_of(&one))
    }

    fn store_logoff(&self, number: u64, _: &StoreInfo, flags: LogoffFlags) -> LogoffFlags {
        let Some(one) = self.find(number) else { return LogoffFlags::COMPLETE };
        // Somebody else has it open for the same profile, and goes on with what is left here.
        let shared = one.presence.as_ref().is_some_and(|presence| presence.is_shared());
        let flags = if shared { LogoffFlags::ORDERLY } else { flags };
        let mut state = lock(&self.state);
        let mine = state.stores.iter_mut().find(|other| other.number == number);
        if let Some(mine) = mine {
            mine.ending = Some(flags);
        }
        let busy = state.busy.is_some_and(|(other, _)| other == number);
        drop(state);
        if busy && flags == LogoffFlags::ABORT {
            self.wake.cancel(true);
            self.tell(TransportNotify::CancelMessage);
        }
        self.wake.call();
        if !self.is_here() {
            let there = |state: &mut State| {
                !state.ended && state.stores.iter().any(|one| one.number == number)
            };
            // The provider's own logoff has part in the deadline.
            drop(wait_while(&self.changed, &self.state, Some(self.deadline / 2), there));
        }
        self.wake.cancel(false);
        lock(&self.state).stores.retain(|one| one.number != number);
        match self.activity_of(&one) {
            LogoffFlags(0) => LogoffFlags::COMPLETE,
            _ if shared => LogoffFlags::COMPLETE,
            left => left,
        }
    }
}

impl fmt::Debug for Spooler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spooler").finish_non_exhaustive()
    }
}
