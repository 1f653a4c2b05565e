//! What happened in a store: what commits of this session did, and what the provider tells.
//!
//! The provider calls the sink from any thread, perhaps while it holds locks of its own: the sink
//! only writes down what it hears. Entry IDs become numbers when the changes are read.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mapix::prop::FileTime;
use mapix::store::{ChangeEvent, Changes};
use mapix::{EntryId, Result};

use crate::arg::In;
use crate::com::{Object, Ptr};
use crate::convert::entry_id;
use crate::iface::{IMAPIAdviseSink, IMAPIAdviseSinkMethods};
use crate::types::{ENTRYID, NEWMAIL_NOTIFICATION, NOTIFICATION, OBJECT_NOTIFICATION};

/// `fnevNewMail`, `fnevObjectCreated`, `-Deleted`, `-Modified`, `-Moved`, `-Copied`,
/// `fnevSearchComplete`: what a store tells.
pub(super) const EVENTS: u32 = NEW_MAIL | CREATED | DELETED | MODIFIED | MOVED | COPIED | SEARCHED;

pub(super) const NEW_MAIL: u32 = 0x2;
pub(super) const CREATED: u32 = 0x4;
pub(super) const DELETED: u32 = 0x8;
pub(super) const MODIFIED: u32 = 0x10;
pub(super) const MOVED: u32 = 0x20;
pub(super) const COPIED: u32 = 0x40;
pub(super) const SEARCHED: u32 = 0x80;

const MAPI_MESSAGE: u32 = 5;

/// How many events are remembered; who comes later has lost some.
const REMEMBERED: usize = 1 << 16;

/// Something that the provider told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Heard {
    pub(super) event: u32,
    pub(super) object_type: u32,
    pub(super) object: Option<EntryId>,
    pub(super) parent: Option<EntryId>,
    pub(super) old: Option<EntryId>,
    pub(super) old_parent: Option<EntryId>,
}

/// What happened, in its order.
pub(super) struct Feed {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    log: VecDeque<(u64, ChangeEvent)>,
    /// The number of the last step.
    cursor: u64,
    /// Steps up to this one are not remembered whole.
    forgotten: u64,
    heard: VecDeque<Heard>,
    /// Something was heard that could not be kept.
    missed: bool,
    closed: bool,
}

impl Default for Feed {
    /// What was before the store was opened is not remembered: cursors begin with the time, after all
    /// that were given when it was open before.
    fn default() -> Self {
        let start = FileTime::now().0 as u64;
        let state = State {
            log: VecDeque::new(),
            cursor: start,
            forgotten: start,
            heard: VecDeque::new(),
            missed: false,
            closed: false,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl Feed {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes one step down. Gives its number.
    pub(super) fn add(&self, events: impl IntoIterator<Item = ChangeEvent>) -> u64 {
        let mut state = self.state();
        state.cursor += 1;
        let cursor = state.cursor;
        state.log.extend(events.into_iter().map(|event| (cursor, event)));
        while state.log.len() > REMEMBERED {
            let forgotten = state.log.pop_front().map_or(cursor, |(step, _)| step);
            state.forgotten = forgotten;
        }
        self.changed.notify_all();
        cursor
    }

    pub(super) fn cursor(&self) -> u64 {
        self.state().cursor
    }

    /// What was heard since this was last asked, and whether something was missed.
    pub(super) fn take_heard(&self) -> (VecDeque<Heard>, bool) {
        let mut state = self.state();
        (std::mem::take(&mut state.heard), std::mem::take(&mut state.missed))
    }

    /// Nobody can go on from before this moment.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        state.cursor += 1;
        state.forgotten = state.cursor;
        state.log.clear();
    }

    pub(super) fn since(&self, cursor: u64) -> Changes {
        let state = self.state();
        let lost = cursor < state.forgotten;
        let events = state.log.iter().filter(|(step, _)| *step > cursor).map(|(_, event)| *event);
        Changes { events: events.collect(), cursor: state.cursor, lost }
    }

    /// Waits until there is something after the cursor, at most so long. Gives whether there is.
    pub(super) fn wait(&self, cursor: u64, timeout: Duration) -> bool {
        let until = Instant::now().checked_add(timeout);
        let mut state = self.state();
        loop {
            if state.closed {
                return false;
            }
            if state.cursor > cursor || !state.heard.is_empty() || state.missed {
                return true;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Ends all waiting.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    fn hear(&self, heard: Option<Heard>) {
        let mut state = self.state();
        match heard {
            Some(heard) if state.heard.len() < REMEMBERED => state.heard.push_back(heard),
            _ => state.missed = true,
        }
        self.changed.notify_all();
    }
}

/// The sink that a provider calls.
pub(super) struct Sink(Arc<Feed>);

impl Sink {
    pub(super) fn give(feed: Arc<Feed>) -> Ptr<IMAPIAdviseSink> {
        Self(feed).into_ptr()
    }
}

impl Object for Sink {
    type Main = IMAPIAdviseSink;
}

impl IMAPIAdviseSinkMethods for Sink {
    fn OnNotify(&self, count: u32, notifications: In<'_, NOTIFICATION>) -> u32 {
        let matters =
            |one: &In<'_, NOTIFICATION>| one.get().is_some_and(|one| one.ulEventType & EVENTS != 0);
        match notifications.each(count) {
            // What matters and cannot be read is missed.
            Ok(all) => all.filter(matters).for_each(|one| self.0.hear(heard(one).ok())),
            Err(_) => self.0.hear(None),
        }
        0
    }
}

/// What a notification says.
fn heard(one: In<'_, NOTIFICATION>) -> Result<Heard> {
    let told = one.need()?;
    let event = told.ulEventType;
    let id = |size, id: *mut ENTRYID| entry_id(size, one.inner(|_| id.cast_const()));
    if event == NEW_MAIL {
        // SAFETY: the event says which member is good.
        let told: NEWMAIL_NOTIFICATION = unsafe { told.info.newmail };
        return Ok(Heard {
            event,
            object_type: MAPI_MESSAGE,
            object: id(told.cbEntryID, told.lpEntryID)?,
            parent: id(told.cbParentID, told.lpParentID)?,
            old: None,
            old_parent: None,
        });
    }
    // SAFETY: as above.
    let told: OBJECT_NOTIFICATION = unsafe { told.info.obj };
    Ok(Heard {
        event,
        object_type: told.ulObjType,
        object: id(told.cbEntryID, told.lpEntryID)?,
        parent: id(told.cbParentID, told.lpParentID)?,
        old: id(told.cbOldID, told.lpOldID)?,
        old_parent: id(told.cbOldParentID, told.lpOldParentID)?,
    })
}
