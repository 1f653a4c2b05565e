//! The gate: every call into a store passes it, and logoff shuts it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock, RwLock, RwLockReadGuard, TryLockError, Weak};
use std::time::{Duration, Instant};

use super::door::Door;
use super::lock;
use super::logoff::LogoffFlags;
use super::provider::{ProviderUse, StoreLogon, call};
use super::spooler::Owner;
use super::support::Support;
use super::trace::{Event, Trace};
use crate::notify::Hub;
use crate::store::{MessageStore, StoreInfo};
use crate::sync::mpsc::{RecvTimeoutError, channel};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Condvar, Mutex, me, receive, wait_while};
use crate::{Error, ErrorCode, Result};

/// One open store in one session, as handles hold it: the last of them ends it. Whoever only looks
/// (the thread that follows the store, the spooler, the session) holds its [`Gate`], so that the end
/// comes with the last handle and on its thread, and not a moment later on another.
pub(crate) struct Logon(Arc<Gate>);

/// The gate in front of an open store, and what is behind it.
pub(crate) struct Gate {
    key: String,
    info: StoreInfo,
    write: bool,
    door: Door,
    /// Held for reading by each call inside, and emptied when nobody is: nobody ever waits for it.
    store: RwLock<Option<Arc<dyn MessageStore>>>,
    state: Mutex<State>,
    /// Told when the door is shut, when a call leaves after that, and when the logon is closed.
    changed: Condvar,
    resources: Mutex<Vec<Weak<dyn Resource>>>,
    hub: Arc<Hub>,
    support: Arc<Support>,
    /// Of the spooler's own logon: what its locks are known by, and the client's logon.
    spooler: OnceLock<(Owner, Weak<Self>)>,
    /// What the last StoreLogoff asked for.
    saved: Mutex<Option<LogoffFlags>>,
    trace: Trace,
    deadline: Duration,
}

/// Why a logon ends (lifecycle rules, section 9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Situation {
    /// A: the session logs off.
    Session,
    /// B: this one store is closed.
    Store,
}

/// What a logon has of its provider, from its birth to its logoff.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) store: Arc<dyn MessageStore>,
    pub(super) logon: Arc<dyn StoreLogon>,
    /// None for a store that no provider opened.
    pub(super) provider: Option<Arc<ProviderUse>>,
}

/// [`Parts`] without the store.
type Rest = (Arc<dyn StoreLogon>, Option<Arc<ProviderUse>>);

struct State {
    /// Not open: the door is shut.
    phase: Phase,
    /// Gone once the logon is closed.
    rest: Option<Rest>,
    /// Of a store that was declared dead while calls were inside: its logoff comes when the last of
    /// them returns, if it ever does.
    abandoned: Option<Rest>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// By this thread.
    Closing(ThreadId),
    Closed,
}

/// What holds parts of a store beyond a call: a stream, a table.
pub(crate) trait Resource: Send + Sync {
    /// Lets go of them.
    fn close(&self);
}

/// How the logoff of one store went.
#[derive(Debug)]
pub struct LogoffReport {
    /// The store's display name.
    pub store: String,
    /// What went wrong. The store is closed all the same. `MAPI_E_TIMEOUT` means that it did
    /// not answer within the deadline and was declared dead.
    pub result: Result<()>,
}

impl Logon {
    pub(super) fn new(
        key: String,
        parts: Parts,
        write: bool,
        hub: Hub,
        support: Arc<Support>,
        trace: Trace,
        deadline: Duration,
    ) -> Arc<Self> {
        let info = parts.store.info().clone();
        support.has_store(&info);
        let event = Event::Logon { store: info.display_name.clone(), provider: info.provider };
        trace.send(&event);
        let Parts { store, logon, provider } = parts;
        let rest = Some((logon, provider));
        let gate = Gate {
            key,
            info,
            write,
            door: Door::default(),
            store: RwLock::new(Some(store)),
            state: Mutex::new(State { phase: Phase::Open, rest, abandoned: None }),
            changed: Condvar::new(),
            resources: Mutex::default(),
            hub: Arc::new(hub),
            support,
            spooler: OnceLock::new(),
            saved: Mutex::default(),
            trace,
            deadline,
        };
        Arc::new(Self(Arc::new(gate)))
    }

    /// The gate, which keeps nothing open.
    pub(crate) fn gate(&self) -> &Arc<Gate> {
        &self.0
    }

    /// Shuts the gate because the provider says that the store is not good any more; the rest of the
    /// end is on a thread of its own, as this may be inside one of the calls that it waits for.
    pub(super) fn fault(&self) -> Result<()> {
        let gate = Arc::clone(&self.0);
        let run = move || drop(gate.close(Situation::Session));
        thread::Builder::new().name("mapix fault".into()).spawn(run)?;
        let open = |state: &mut State| state.phase == Phase::Open;
        drop(self.changed.wait_while(lock(&self.state), open));
        Ok(())
    }
}

impl Deref for Logon {
    type Target = Gate;

    fn deref(&self) -> &Gate {
        &self.0
    }
}

impl Drop for Logon {
    /// The last handle is gone: nobody is inside, and the store ends now.
    fn drop(&mut self) {
        self.0.close(Situation::Store);
    }
}

impl fmt::Debug for Logon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logon").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Gate {
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn info(&self) -> &StoreInfo {
        &self.info
    }

    /// Whether the store was opened for writing.
    pub(crate) fn is_for_writing(&self) -> bool {
        self.write
    }

    /// Whether objects may be opened for writing.
    pub(crate) fn can_write(&self) -> bool {
        self.write && self.info.capability.has(crate::store::Capability::WRITE)
    }

    /// Who is told of what happens in the store.
    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    pub(crate) fn is_open(&self) -> bool {
        self.door.is_open()
    }

    pub(super) fn support(&self) -> &Arc<Support> {
        &self.support
    }

    /// The store itself, for a second logon on it.
    pub(super) fn store(&self) -> Result<Arc<dyn MessageStore>> {
        self.enter().map(|pass| pass.share())
    }

    /// Marks this logon as the spooler's, beside that of the client.
    pub(super) fn mark(&self, owner: Owner, client: &Arc<Self>) {
        // It is marked only once.
        let _ = self.spooler.set((owner, Arc::downgrade(client)));
    }

    /// What the locks of the spooler are known by, if this logon is the spooler's.
    pub(crate) fn spooler(&self) -> Option<&str> {
        self.spooler.get().map(|(owner, _)| owner.token())
    }

    /// The client's logon beside which the spooler has this one.
    pub(super) fn client(&self) -> Option<Arc<Self>> {
        self.spooler.get().and_then(|(_, client)| client.upgrade())
    }

    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Whether this store is the one that a provider gave again.
    pub(super) fn is_of(&self, store: &Arc<dyn MessageStore>) -> bool {
        self.enter().is_ok_and(|pass| Arc::ptr_eq(pass.store(), store))
    }

    /// Calls the logon object, inside the gate.
    pub(super) fn with_logon<T>(
        &self,
        call: impl FnOnce(&dyn StoreLogon) -> Result<T>,
    ) -> Result<T> {
        let _pass = self.enter()?;
        let logon = lock(&self.state).rest.as_ref().map(|(logon, _)| Arc::clone(logon));
        call(&*logon.ok_or_else(|| self.gone())?)
    }

    /// Keeps what StoreLogoff asks for until the logon ends, and tells what is going on.
    pub(crate) fn store_logoff(&self, flags: LogoffFlags) -> Result<LogoffFlags> {
        let flags = flags.check_input()?;
        if !self.door.is_open() {
            return Err(self.gone());
        }
        let busy = self.door.inside() > 0;
        let activity = self.support.transport_activity();
        if flags == LogoffFlags::QUIET && (busy || activity != LogoffFlags(0)) {
            return Err(Error::new(ErrorCode::BUSY, "the store is active").context(self.name()));
        }
        *lock(&self.saved) = Some(flags);
        self.trace.send(&Event::FlagsSaved { store: self.name(), flags });
        Ok(activity)
    }

    /// Lets a call in.
    pub(crate) fn enter(&self) -> Result<Pass<'_>> {
        if !self.door.enter() {
            return Err(self.gone());
        }
        let inside = Inside(self);
        match self.store.try_read() {
            Ok(store) => Ok(Pass { store, _inside: inside }),
            Err(TryLockError::Poisoned(poisoned)) => {
                Ok(Pass { store: poisoned.into_inner(), _inside: inside })
            }
            Err(TryLockError::WouldBlock) => Err(self.gone()),
        }
    }

    /// Has something closed before the store is.
    pub(crate) fn register(&self, resource: Weak<dyn Resource>) {
        let late = Weak::clone(&resource);
        let mut resources = lock(&self.resources);
        if resources.len() == resources.capacity() {
            resources.retain(|resource| resource.strong_count() > 0);
        }
        resources.push(resource);
        drop(resources);
        // The gate may have been shut since it was opened, and the others closed without it.
        if !self.is_open()
            && let Some(late) = late.upgrade()
        {
            late.close();
        }
    }

    /// Shuts the gate, waits for the calls inside, and ends the store; exactly once, whoever
    /// comes second.
    pub(crate) fn close(&self, situation: Situation) -> LogoffReport {
        let started = Instant::now();
        let me = me();
        let in_sink = self.hub.is_running_here();
        let mine = self.door.mine();
        let mut state = lock(&self.state);
        match state.phase {
            Phase::Open => state.phase = Phase::Closing(me),
            Phase::Closing(by) if by != me && !in_sink && mine == 0 => {
                // Somebody else is at it: come back when the store is closed.
                let busy = |state: &mut State| state.phase != Phase::Closed;
                let left = self.deadline.saturating_mul(2);
                drop(state);
                drop(wait_while(&self.changed, &self.state, Some(left), busy));
                return self.report(Ok(()));
            }
            // Nested in the logoff itself, in a call or a sink that it waits for, or after it.
            Phase::Closing(_) | Phase::Closed => return self.report(Ok(())),
        }
        let in_flight = self.door.shut();
        drop(state);
        self.changed.notify_all();
        self.trace.send(&Event::GateShut { store: self.name(), in_flight });

        // Sinks are the client's: they must not use up the time of the store.
        let (count, busy) = self.hub.close(started + self.deadline / 2);
        if count > 0 {
            self.trace.send(&Event::SinksEnded { store: self.name(), count, busy });
        }

        // A call of this thread is not waited for: it would wait for itself.
        let others = |_: &mut State| self.door.inside() > mine;
        let left = self.deadline.saturating_sub(started.elapsed());
        let (mut state, late) = wait_while(&self.changed, &self.state, Some(left), others);
        let rest = state.rest.take();
        if late {
            state.abandoned.clone_from(&rest);
        }
        drop(state);

        let result = if late {
            self.declare_dead("a call is still inside it")
        } else {
            self.close_resources();
            // A call of this thread keeps the store until it leaves.
            let store = if mine == 0 { self.take_store() } else { None };
            let result = self.end(store, rest, situation, started);
            let waits = self.hub.wait_for_watcher(started + self.deadline);
            match result {
                Ok(()) if waits => self.declare_dead("it does not return from a wait for changes"),
                result => result,
            }
        };
        // Of a store that is dead as well: the session is not to be led to it any more.
        self.support.release();
        self.trace.send(&Event::StoreReleased { store: self.name() });
        if let Some((owner, _)) = self.spooler.get() {
            owner.end();
        }
        lock(&self.state).phase = Phase::Closed;
        self.changed.notify_all();
        self.report(result)
    }

    /// Takes the store away, when nobody is inside any more.
    fn take_store(&self) -> Option<Arc<dyn MessageStore>> {
        self.store.try_write().ok().and_then(|mut store| store.take())
    }

    /// A call has left after the door was shut. The last one takes the store with it, if the logoff
    /// could not.
    fn left(&self) {
        let mut state = lock(&self.state);
        self.changed.notify_all();
        if self.door.inside() > 0 {
            return;
        }
        let abandoned = state.abandoned.take();
        let is_over = abandoned.is_some() || state.phase == Phase::Closed;
        drop(state);
        let store = if is_over { self.take_store() } else { None };
        // Late, but still once. Nobody waits for the answer; the trace has it.
        let _ = self.end(store, abandoned, Situation::Session, Instant::now());
    }

    fn close_resources(&self) {
        let resources = std::mem::take(&mut *lock(&self.resources));
        let open: Vec<_> = resources.iter().filter_map(Weak::upgrade).collect();
        open.iter().for_each(|resource| resource.close());
        if !open.is_empty() {
            self.trace.send(&Event::ResourcesClosed { store: self.name(), count: open.len() });
        }
    }

    /// Has transports, provider and support object end the logon, on a thread of its own, so that
    /// one that hangs is bounded and one that panics is caught.
    fn end(
        &self,
        store: Option<Arc<dyn MessageStore>>,
        rest: Option<Rest>,
        situation: Situation,
        started: Instant,
    ) -> Result<()> {
        let Some(rest) = rest else { return Ok(()) };
        let flags = lock(&self.saved).unwrap_or(LogoffFlags::ABORT);
        let (support, trace, name) = (Arc::clone(&self.support), self.trace.clone(), self.name());
        let (sender, receiver) = channel();
        let run = move || {
            let result = bury(store, rest, situation, flags, &support, &trace, name);
            // Nobody listens any more once the store was declared dead.
            let _ = sender.send(result);
        };
        thread::Builder::new().name("mapix logoff".into()).spawn(run)?;
        let left = self.deadline.saturating_sub(started.elapsed());
        match receive(&receiver, left) {
            Ok(result) => result,
            Err(RecvTimeoutError::Disconnected) => {
                Err(Error::new(ErrorCode::CALL_FAILED, "the store panicked while it logged off"))
            }
            Err(RecvTimeoutError::Timeout) => self.declare_dead("its logoff hangs"),
        }
    }

    fn declare_dead(&self, why: &str) -> Result<()> {
        self.trace.send(&Event::DeclaredDead { store: self.name() });
        Err(Error::new(
            ErrorCode::TIMEOUT,
            format!("{} did not log off within {:?}: {why}", self.name(), self.deadline),
        ))
    }

    fn name(&self) -> String {
        self.info.display_name.clone()
    }

    fn report(&self, result: Result<()>) -> LogoffReport {
        LogoffReport { store: self.name(), result }
    }

    fn gone(&self) -> Error {
        Error::new(ErrorCode::INVALID_OBJECT, "the store has been logged off").context(self.name())
    }
}

/// The end of a logon, in the order of the rules: in situation B the release of the support object
/// takes UIDs and status row away and then calls Logoff; in situation A Logoff comes first. Each
/// step is taken, whatever becomes of the one before.
fn bury(
    object: Option<Arc<dyn MessageStore>>,
    (logon, provider): Rest,
    situation: Situation,
    flags: LogoffFlags,
    support: &Support,
    trace: &Trace,
    store: String,
) -> Result<()> {
    // What the transports say is in the trace; a panic of theirs is no reason to keep the store.
    let told = call("transports", || support.store_logoff_transports(flags).map(drop));
    // The spooler's own logons go with that of the client.
    support.close_spoolers();
    if situation == Situation::Store {
        support.unregister();
    }
    trace.send(&Event::LogoffCalled { store: store.clone() });
    let result = call("logoff", || {
        let result = logon.logoff();
        drop(logon);
        drop(object);
        result
    });
    let error = result.as_ref().err().map(ToString::to_string);
    trace.send(&Event::LogoffReturned { store, error });
    support.release();
    // The last one shuts the provider down.
    drop(provider);
    result.and(told)
}

/// A call that is inside a store.
pub(crate) struct Pass<'a> {
    store: RwLockReadGuard<'a, Option<Arc<dyn MessageStore>>>,
    /// Dropped after the store is let go of.
    _inside: Inside<'a>,
}

impl Pass<'_> {
    /// The store itself, only to wait for its changes, or for the logon of the spooler: these are under
    /// way when it is told to end.
    pub(crate) fn share(&self) -> Arc<dyn MessageStore> {
        Arc::clone(self.store())
    }

    fn store(&self) -> &Arc<dyn MessageStore> {
        match &*self.store {
            Some(store) => store,
            None => unreachable!("the store is there as long as a call is inside"),
        }
    }
}

impl Deref for Pass<'_> {
    type Target = dyn MessageStore;

    fn deref(&self) -> &Self::Target {
        self.store().as_ref()
    }
}

/// A call that is counted.
struct Inside<'a>(&'a Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if !self.0.door.leave() {
            self.0.left();
        }
    }
}
