//! The one thread that calls the sinks.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::link::Link;
use crate::Result;
use crate::session::{Event, Trace};
use crate::sync::{Condvar, Mutex, lock, thread, wait_while};

/// Calls sinks, one after the other, in the order in which there was something to tell them. The
/// thread begins with the first and ends with the last reference to this.
#[derive(Clone, Default)]
pub(crate) struct Dispatcher(Arc<Owner>);

#[derive(Default)]
struct Owner(Arc<Shared>);

#[derive(Default)]
struct Shared {
    work: Mutex<Work>,
    more: Condvar,
}

#[derive(Default)]
struct Work {
    /// Those with something in their queues, and whom to tell of a panic.
    ready: VecDeque<(Arc<Link>, String, Trace)>,
    started: bool,
    ended: bool,
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dispatcher")
    }
}

impl Dispatcher {
    /// Makes sure that there is a thread.
    pub(crate) fn start(&self) -> Result<()> {
        let mut work = lock(&self.0.0.work);
        if !work.started {
            let shared = Arc::clone(&self.0.0);
            thread::Builder::new().name("mapix notify".into()).spawn(move || run(&shared))?;
            work.started = true;
        }
        Ok(())
    }

    /// Has the queue of a link delivered.
    pub(crate) fn schedule(&self, link: Arc<Link>, store: &str, trace: &Trace) {
        let mut work = lock(&self.0.0.work);
        work.ready.push_back((link, store.to_owned(), trace.clone()));
        drop(work);
        self.0.0.more.notify_one();
    }
}

impl Drop for Owner {
    /// May well be called by the thread itself, in a sink: it is not waited for.
    fn drop(&mut self) {
        lock(&self.0.work).ended = true;
        self.0.more.notify_all();
    }
}

fn run(shared: &Shared) {
    loop {
        let idle = |work: &mut Work| work.ready.is_empty() && !work.ended;
        let (mut work, _) = wait_while(&shared.more, &shared.work, None, idle);
        let Some((link, store, trace)) = work.ready.pop_front() else { return };
        drop(work);
        if link.deliver() {
            trace.send(&Event::SinkPanicked { store });
        }
    }
}
