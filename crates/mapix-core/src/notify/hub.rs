//! All registrations of one logon, and the thread that follows its store for them.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::build::Builder;
use super::link::{self, Connection, Link};
use super::{Dispatcher, EventMask, Notice, Sink};
use crate::session::{Gate, Logon, Trace};
use crate::store::{Capability, Changes, MessageStore, ObjectRef};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Condvar, Mutex, lock, sleep, wait_while};
use crate::{EntryId, Error, Result};

/// How long one wait for changes lasts: after it, the thread sees whether it is still wanted.
const WAIT: Duration = Duration::from_secs(5);
/// How long to stay away from a store that fails, or that does not wait.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Hub {
    store: String,
    dispatcher: Dispatcher,
    trace: Trace,
    links: Mutex<Links>,
    /// Up to where the store was followed. Held while it is, so that notices keep their order.
    /// Locked before `watcher`, and that before `links`.
    cursor: Mutex<Option<u64>>,
    watcher: Mutex<Option<ThreadId>>,
    /// Told when the watcher has gone, and when it shall go.
    changed: Condvar,
}

#[derive(Default)]
struct Links {
    closed: bool,
    all: Vec<Weak<Link>>,
    /// How many of them have ended since they were last looked through.
    ended: usize,
}

impl Links {
    fn live(&mut self) -> Vec<Arc<Link>> {
        let live: Vec<_> = self.all.iter().filter_map(Weak::upgrade).collect();
        self.all.retain(|link| link.strong_count() > 0);
        self.ended = 0;
        live
    }
}

impl Hub {
    pub(crate) fn new(store: String, dispatcher: Dispatcher, trace: Trace) -> Self {
        Self {
            store,
            dispatcher,
            trace,
            links: Mutex::default(),
            cursor: Mutex::default(),
            watcher: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Makes a registration. What was committed before this returns is not told; what is
    /// committed later is.
    pub(crate) fn advise(
        logon: &Arc<Logon>,
        mask: EventMask,
        object: Option<&EntryId>,
        sink: Arc<Sink>,
    ) -> Result<Connection> {
        let pass = logon.enter()?;
        if !logon.info().capability.has(Capability::NOTIFY) {
            return Err(Error::no_support("the store does not notify"));
        }
        if mask.0 == 0 || mask.0 & !EventMask::ALL.0 != 0 {
            return Err(Error::invalid_parameter("no such events are told here"));
        }
        let object = match object {
            None => None,
            Some(id) => Some(match pass.resolve(id.unwrap_store().as_ref().unwrap_or(id))? {
                ObjectRef::Store => 0,
                ObjectRef::Folder(id) => id,
                ObjectRef::Message(place) if place.embedded.is_empty() => place.id,
                _ => return Err(Error::no_support("what is in a message does not notify")),
            }),
        };
        let hub = logon.hub();
        let link = Arc::new(Link::new(mask, object, sink));
        {
            // Whatever happened so far is for the others.
            let mut cursor = lock(&hub.cursor);
            hub.follow(&*pass, &mut cursor)?;
            let mut links = lock(&hub.links);
            links.all.push(Arc::downgrade(&link));
            if links.closed {
                link.close();
            }
        }
        drop(pass);
        // Made first: if the threads do not start, it ends what was begun.
        let connection = Connection::new(link, Arc::clone(logon));
        hub.dispatcher.start()?;
        hub.start(logon.gate())?;
        Ok(connection)
    }

    /// Tells what happened since it was last asked.
    fn follow(&self, store: &dyn MessageStore, cursor: &mut Option<u64>) -> Result<()> {
        let Some(from) = *cursor else {
            // The first one: from now on.
            *cursor = Some(store.changes_since(Changes::LATEST)?.cursor);
            return Ok(());
        };
        let Changes { events, cursor: next, lost } = store.changes_since(from)?;
        *cursor = Some(next);
        if events.is_empty() && !lost {
            return Ok(());
        }
        let live = lock(&self.links).live();
        let mask = live.iter().fold(EventMask(0), |mask, link| mask | link.mask());
        let mut builder = Builder::new(store, mask);
        if lost {
            self.push(&live, &[Notice::Missed { count: None }]);
        }
        for some in events.chunks(1024) {
            let notices: Vec<_> = some.iter().flat_map(|event| builder.notices(event)).collect();
            self.push(&live, &notices);
        }
        Ok(())
    }

    /// Tells everybody of something that no commit says.
    pub(crate) fn tell(&self, notices: &[Notice]) {
        let live = lock(&self.links).live();
        self.push(&live, notices);
    }

    fn push(&self, links: &[Arc<Link>], notices: &[Notice]) {
        for link in links {
            if link.push(notices) {
                self.dispatcher.schedule(Arc::clone(link), &self.store, &self.trace);
            }
        }
    }

    /// Makes sure that somebody follows the store.
    fn start(self: &Arc<Self>, gate: &Arc<Gate>) -> Result<()> {
        let mut watcher = lock(&self.watcher);
        if watcher.is_none() {
            let (hub, gate) = (Arc::clone(self), Arc::downgrade(gate));
            let run = move || {
                watch(&hub, &gate);
                hub.leave();
            };
            let thread = thread::Builder::new().name("mapix watch".into());
            *watcher = Some(thread.spawn(run)?.thread().id());
        }
        Ok(())
    }

    /// The watcher has gone, if another one has not begun already.
    fn leave(&self) {
        let mut watcher = lock(&self.watcher);
        if *watcher == Some(thread::current().id()) {
            *watcher = None;
        }
        drop(watcher);
        self.changed.notify_all();
    }

    /// Whether anybody is still to be told. If not, the watcher goes.
    fn is_wanted(&self) -> bool {
        let mut cursor = lock(&self.cursor);
        let mut watcher = lock(&self.watcher);
        let mut links = lock(&self.links);
        let wanted = !links.closed && !links.live().is_empty();
        if !wanted {
            // Whoever comes next starts anew, from where the store is then.
            *watcher = None;
            *cursor = None;
        }
        wanted
    }

    /// A registration has ended. They are forgotten when they are half of all, so that it costs
    /// the same however many there are.
    pub(super) fn forget(&self) {
        let mut links = lock(&self.links);
        links.ended += 1;
        if links.ended * 2 > links.all.len() {
            links.all.retain(|link| link.strong_count() > 0);
            links.ended = 0;
        }
    }

    /// Ends all registrations: no sink is called any more. Waits for one that is running on
    /// another thread, until the time is over. Gives how many there were, and how many would not
    /// end.
    pub(crate) fn close(&self, until: Instant) -> (usize, usize) {
        let live = {
            let mut links = lock(&self.links);
            links.closed = true;
            links.live()
        };
        // Whoever pauses has looked before, or is told.
        drop(lock(&self.watcher));
        self.changed.notify_all();
        // Each is looked at once, so that many of them cost as little as they can. One that was ended
        // just now may still be held by the dispatcher.
        let (mut open, mut sinks, mut running) = (0, Vec::new(), Vec::new());
        for link in &live {
            let (was_open, sink, runs) = link.end();
            open += usize::from(was_open);
            sinks.extend(sink);
            if runs {
                running.push(link);
            }
        }
        let left = || until.saturating_duration_since(Instant::now());
        let busy = running.iter().filter(|link| link.wait(Some(left()))).count();
        running.iter().for_each(|link| link.release());
        sinks.into_iter().for_each(link::let_go);
        (open, busy)
    }

    /// Stays away from the store for a while, or until the registrations are ended.
    fn pause(&self) {
        let open = |_: &mut Option<ThreadId>| !lock(&self.links).closed;
        drop(wait_while(&self.changed, &self.watcher, Some(PAUSE), open));
    }

    /// Whether this thread is inside a sink of this logon.
    pub(crate) fn is_running_here(&self) -> bool {
        lock(&self.links).live().iter().any(|link| link.is_running_here())
    }

    /// Waits until the thread that follows the store has let go of it, unless this is that thread.
    /// Gives whether it still has not when the time is over.
    pub(crate) fn wait_for_watcher(&self, until: Instant) -> bool {
        let me = thread::current().id();
        let there = |watcher: &mut Option<ThreadId>| watcher.is_some_and(|thread| thread != me);
        let left = until.saturating_duration_since(Instant::now());
        wait_while(&self.changed, &self.watcher, Some(left), there).1
    }
}

/// Follows a store as long as somebody is to be told.
fn watch(hub: &Hub, gate: &Weak<Gate>) {
    let mut failing = false;
    while let Some(here) = gate.upgrade() {
        if !hub.is_wanted() {
            return;
        }
        let looked = here.enter().map(|pass| {
            let mut cursor = lock(&hub.cursor);
            let result = hub.follow(&*pass, &mut cursor).map(|()| cursor.unwrap_or_default());
            (result, pass.share())
        });
        let Ok((result, store)) = looked else {
            // The gate is shut: nobody is wanted in a moment.
            drop(here);
            sleep(Duration::from_millis(1));
            continue;
        };
        match result {
            Ok(cursor) => {
                failing = false;
                drop(here);
                let began = Instant::now();
                let changed = store.wait_for_changes(cursor, WAIT);
                if !changed.unwrap_or(false) && began.elapsed() < WAIT / 2 {
                    // It does not wait, or not any more.
                    hub.pause();
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    let live = lock(&hub.links).live();
                    let error = error.to_string().into();
                    hub.push(&live, &[Notice::Critical { error }]);
                }
                drop(store);
                drop(here);
                hub.pause();
            }
        }
    }
}
