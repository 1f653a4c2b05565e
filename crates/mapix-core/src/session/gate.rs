//! The gate: every call into a store passes it, and logoff shuts it.

use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::lock;
use super::trace::{Event, Trace};
use crate::notify::Hub;
use crate::store::{MessageStore, StoreInfo};
use crate::{Error, ErrorCode, Result};

/// One open store in one session, and the gate in front of it.
pub(crate) struct Logon {
    key: String,
    info: StoreInfo,
    write: bool,
    state: Mutex<State>,
    /// Told when a call leaves, and when the logon is closed.
    changed: Condvar,
    resources: Mutex<Vec<Weak<dyn Resource>>>,
    hub: Arc<Hub>,
    trace: Trace,
    deadline: Duration,
}

struct State {
    phase: Phase,
    /// The threads that are inside, once for each call.
    inside: Vec<ThreadId>,
    /// Gone once the logon is closed.
    store: Option<Arc<dyn MessageStore>>,
    /// A store that was declared dead while calls were inside: its logoff comes when the last of
    /// them returns, if it ever does.
    abandoned: Option<Arc<dyn MessageStore>>,
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
    pub(crate) fn new(
        key: String,
        store: Arc<dyn MessageStore>,
        write: bool,
        hub: Hub,
        trace: Trace,
        deadline: Duration,
    ) -> Arc<Self> {
        let info = store.info().clone();
        let event = Event::Logon { store: info.display_name.clone(), provider: info.provider };
        trace.send(&event);
        Arc::new(Self {
            key,
            info,
            write,
            state: Mutex::new(State {
                phase: Phase::Open,
                inside: Vec::new(),
                store: Some(store),
                abandoned: None,
            }),
            changed: Condvar::new(),
            resources: Mutex::default(),
            hub: Arc::new(hub),
            trace,
            deadline,
        })
    }

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
        lock(&self.state).phase == Phase::Open
    }

    /// Lets a call in.
    pub(crate) fn enter(&self) -> Result<Pass<'_>> {
        let mut state = lock(&self.state);
        match (&state.store, state.phase) {
            (Some(store), Phase::Open) => {
                let store = Arc::clone(store);
                state.inside.push(thread::current().id());
                Ok(Pass { logon: self, store })
            }
            _ => Err(self.gone()),
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
    pub(crate) fn close(&self) -> LogoffReport {
        let started = Instant::now();
        let me = thread::current().id();
        let in_sink = self.hub.is_running_here();
        let mut state = lock(&self.state);
        match state.phase {
            Phase::Open => state.phase = Phase::Closing(me),
            Phase::Closing(by) if by != me && !in_sink && !state.inside.contains(&me) => {
                // Somebody else is at it: come back when the store is closed.
                let busy = |state: &mut State| state.phase != Phase::Closed;
                let left = self.deadline.saturating_mul(2);
                drop(self.changed.wait_timeout_while(state, left, busy));
                return self.report(Ok(()));
            }
            // Nested in the logoff itself, in a call or a sink that it waits for, or after it.
            Phase::Closing(_) | Phase::Closed => return self.report(Ok(())),
        }
        let in_flight = state.inside.len();
        drop(state);
        self.trace.send(&Event::GateShut { store: self.name(), in_flight });

        // Sinks are the client's: they must not use up the time of the store.
        let (count, busy) = self.hub.close(started + self.deadline / 2);
        if count > 0 {
            self.trace.send(&Event::SinksEnded { store: self.name(), count, busy });
        }

        // A call of this thread is not waited for: it would wait for itself.
        let others = |state: &mut State| state.inside.iter().any(|thread| *thread != me);
        let left = self.deadline.saturating_sub(started.elapsed());
        let (mut state, timeout) = self
            .changed
            .wait_timeout_while(lock(&self.state), left, others)
            .unwrap_or_else(PoisonError::into_inner);
        let store = state.store.take();
        if timeout.timed_out() {
            state.abandoned.clone_from(&store);
        }
        drop(state);

        let result = if timeout.timed_out() {
            self.declare_dead("a call is still inside it")
        } else {
            self.close_resources();
            let result = self.end(store, started);
            self.hub.wait_for_watcher(started + self.deadline);
            result
        };
        self.trace.send(&Event::StoreReleased { store: self.name() });
        lock(&self.state).phase = Phase::Closed;
        self.changed.notify_all();
        self.report(result)
    }

    fn close_resources(&self) {
        let resources = std::mem::take(&mut *lock(&self.resources));
        let open: Vec<_> = resources.iter().filter_map(Weak::upgrade).collect();
        open.iter().for_each(|resource| resource.close());
        if !open.is_empty() {
            self.trace.send(&Event::ResourcesClosed { store: self.name(), count: open.len() });
        }
    }

    /// Calls the store's logoff on a thread of its own, so that one that hangs is bounded and
    /// one that panics is caught.
    fn end(&self, store: Option<Arc<dyn MessageStore>>, started: Instant) -> Result<()> {
        let Some(store) = store else { return Ok(()) };
        self.trace.send(&Event::LogoffCalled { store: self.name() });
        let (sender, receiver) = channel();
        let run = move || {
            let result = catch_unwind(AssertUnwindSafe(|| {
                let result = store.logoff();
                drop(store);
                result
            }));
            // Nobody listens any more once the store was declared dead.
            let _ = sender.send(result);
        };
        thread::Builder::new().name("mapix logoff".into()).spawn(run)?;
        let left = self.deadline.saturating_sub(started.elapsed());
        let result = match receiver.recv_timeout(left) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(Error::new(ErrorCode::CALL_FAILED, "the store panicked while it logged off"))
            }
            Err(RecvTimeoutError::Timeout) => return self.declare_dead("its logoff hangs"),
        };
        let error = result.as_ref().err().map(ToString::to_string);
        self.trace.send(&Event::LogoffReturned { store: self.name(), error });
        result
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

impl Drop for Logon {
    /// The last handle is gone: nobody is inside, and the store ends now.
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Logon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logon").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A call that is inside a store.
pub(crate) struct Pass<'a> {
    logon: &'a Logon,
    store: Arc<dyn MessageStore>,
}

impl Pass<'_> {
    /// The store itself, only to wait for its changes: that is the one call that may be under way
    /// when it is told to end.
    pub(crate) fn share(&self) -> Arc<dyn MessageStore> {
        Arc::clone(&self.store)
    }
}

impl Deref for Pass<'_> {
    type Target = dyn MessageStore;

    fn deref(&self) -> &Self::Target {
        self.store.as_ref()
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let me = thread::current().id();
        let mut state = lock(&self.logon.state);
        if let Some(at) = state.inside.iter().position(|thread| *thread == me) {
            state.inside.swap_remove(at);
        }
        if state.phase != Phase::Open {
            self.logon.changed.notify_all();
        }
        if state.inside.is_empty()
            && let Some(store) = state.abandoned.take()
        {
            drop(state);
            // Late, but still once. Nobody waits for the answer; the trace has it.
            let _ = self.logon.end(Some(store), Instant::now());
        }
    }
}
