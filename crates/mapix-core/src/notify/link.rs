//! One registration: who is told of what, and what waits to be told.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Dispatcher, EventMask, MAX_QUEUED, Notice, Sink};
use crate::session::{Context, Logon};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Condvar, Mutex, lock, wait_while};

/// A registration. It lives until [`Connection::unadvise`] is called, it is dropped, or the logon
/// ends; it keeps the logon open as any handle does.
#[must_use = "dropping it ends the registration"]
pub struct Connection {
    link: Arc<Link>,
    /// After `link`, so that no callback runs when the last handle goes.
    of: Of,
}

/// What is kept by a registration.
enum Of {
    Logon(Arc<Logon>),
    /// For its tables, which no logon has.
    Session {
        _context: Arc<Context>,
    },
    /// For a table by itself, with the thread that tells.
    Table {
        _dispatcher: Dispatcher,
    },
}

impl Connection {
    pub(crate) fn new(link: Arc<Link>, logon: Arc<Logon>) -> Self {
        Self { link, of: Of::Logon(logon) }
    }

    /// A registration on a table of a session.
    pub(crate) fn of_session(link: Arc<Link>, context: Arc<Context>) -> Self {
        Self { link, of: Of::Session { _context: context } }
    }

    /// A registration on a table by itself.
    pub(super) fn of_table(link: Arc<Link>, dispatcher: Dispatcher) -> Self {
        Self { link, of: Of::Table { _dispatcher: dispatcher } }
    }

    /// Ends the registration. When this returns, the sink is not running and will not be called
    /// again, unless this is called by the sink itself, which then runs to its end. Notices that
    /// wait are dropped. Dropping the connection does the same.
    #[doc(alias("IMsgStore::Unadvise", "IMAPITable::Unadvise"))]
    pub fn unadvise(self) {
        drop(self);
    }

    /// Whether the sink can still be called: not after the logon has ended.
    pub fn is_open(&self) -> bool {
        self.link.is_open()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.link.close();
        self.link.wait(None);
        self.link.release();
        if let Of::Logon(logon) = &self.of {
            logon.hub().forget();
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("open", &self.is_open()).finish_non_exhaustive()
    }
}

/// What is behind a connection.
pub(crate) struct Link {
    mask: EventMask,
    /// The one object; `None` for the whole store.
    object: Option<u64>,
    state: Mutex<State>,
    /// Told when the sink returns.
    idle: Condvar,
}

struct State {
    /// Gone when the registration has ended.
    sink: Option<Arc<Sink>>,
    open: bool,
    /// The thread that is calling the sink.
    running: Option<ThreadId>,
    queue: VecDeque<Notice>,
    /// How many notices found no place in the queue.
    missed: u64,
    /// Whether the dispatcher has been told of the queue.
    scheduled: bool,
}

impl Link {
    pub(crate) fn new(mask: EventMask, object: Option<u64>, sink: Arc<Sink>) -> Self {
        let state = State {
            sink: Some(sink),
            open: true,
            running: None,
            queue: VecDeque::new(),
            missed: 0,
            scheduled: false,
        };
        Self { mask, object, state: Mutex::new(state), idle: Condvar::new() }
    }

    pub(super) fn mask(&self) -> EventMask {
        self.mask
    }

    pub(super) fn is_open(&self) -> bool {
        lock(&self.state).open
    }

    fn wants(&self, notice: &Notice) -> bool {
        let Some(subject) = notice.subject() else {
            // What was missed is for everybody; an error for whoever asked.
            return notice.kind().0 == 0 || self.mask.has(notice.kind());
        };
        self.mask.has(notice.kind()) && self.object.is_none_or(|object| object == subject.id)
    }

    /// Queues what is of interest. Gives whether the dispatcher has to be told.
    pub(crate) fn push(&self, notices: &[Notice]) -> bool {
        let mut state = lock(&self.state);
        if !state.open {
            return false;
        }
        for notice in notices.iter().filter(|notice| self.wants(notice)) {
            if state.missed > 0 || state.queue.len() == MAX_QUEUED {
                // What comes after a gap is of no use by itself.
                state.missed += state.queue.len() as u64 + 1;
                state.queue.clear();
            } else {
                state.queue.push_back(notice.clone());
            }
        }
        let full = !state.queue.is_empty() || state.missed > 0;
        full && !std::mem::replace(&mut state.scheduled, true)
    }

    /// Calls the sink with what is queued. Gives whether it panicked.
    pub(super) fn deliver(&self) -> bool {
        let (sink, batch) = {
            let mut state = lock(&self.state);
            state.scheduled = false;
            let (true, Some(sink)) = (state.open, state.sink.clone()) else { return false };
            let mut batch: Vec<Notice> = state.queue.drain(..).collect();
            match std::mem::take(&mut state.missed) {
                0 => {}
                count => batch.push(Notice::Missed { count: Some(count) }),
            }
            if batch.is_empty() {
                return false;
            }
            state.running = Some(thread::current().id());
            (sink, batch)
        };
        let call = std::panic::AssertUnwindSafe(|| sink(&batch));
        let panicked = std::panic::catch_unwind(call).is_err();
        // The last reference may be this one, if the sink ended its own registration. It is let go of
        // outside the lock, for it may hold anything; and while the sink still counts as running, so
        // that whoever waited for it finds all handles gone that it held.
        let let_go = std::panic::AssertUnwindSafe(|| drop(sink));
        let panicked = std::panic::catch_unwind(let_go).is_err() || panicked;
        lock(&self.state).running = None;
        self.idle.notify_all();
        panicked
    }

    /// Lets nothing in and nothing out any more. Gives whether it was open.
    pub(crate) fn close(&self) -> bool {
        let mut state = lock(&self.state);
        state.queue.clear();
        std::mem::replace(&mut state.open, false)
    }

    /// As [`close`](Self::close), and takes the sink away unless it runs: gives whether it was open,
    /// the sink, and whether that has to be waited for.
    pub(super) fn end(&self) -> (bool, Option<Arc<Sink>>, bool) {
        let mut state = lock(&self.state);
        state.queue.clear();
        let was_open = std::mem::replace(&mut state.open, false);
        let runs = state.running.is_some();
        let sink = if runs { None } else { state.sink.take() };
        (was_open, sink, runs)
    }

    /// Waits until the sink does not run, unless this thread runs it. Gives whether it still
    /// does when the time is over.
    pub(crate) fn wait(&self, time: Option<Duration>) -> bool {
        let me = thread::current().id();
        let busy = |state: &mut State| state.running.is_some_and(|thread| thread != me);
        wait_while(&self.idle, &self.state, time, busy).1
    }

    /// Whether this thread is inside the sink.
    pub(super) fn is_running_here(&self) -> bool {
        lock(&self.state).running == Some(thread::current().id())
    }

    /// Lets go of the sink, outside the lock: it may hold anything.
    pub(crate) fn release(&self) {
        let sink = lock(&self.state).sink.take();
        sink.into_iter().for_each(let_go);
    }
}

/// Lets go of a sink. One whose end panics has no one to tell.
pub(super) fn let_go(sink: Arc<Sink>) {
    let let_go = std::panic::AssertUnwindSafe(|| drop(sink));
    let _ = std::panic::catch_unwind(let_go);
}
