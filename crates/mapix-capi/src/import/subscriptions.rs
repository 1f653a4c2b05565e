//! What a provider says under a key, and who wants to hear it (`Subscribe`, `Notify`).
//!
//! They are kept here, not in the core: what a provider says is handed on as it is, and at once. Sinks
//! of a session only write down what they hear; one of the provider's own may be called inside its
//! `Notify`, as MAPI allows (lifecycle rules, contradiction 9).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mapix::{Error, Result};

use crate::arg::In;
use crate::com::Ptr;
use crate::iface::IMAPIAdviseSink;
use crate::types::{NOTIFICATION, NOTIFKEY};

/// `CALLBACK_DISCONTINUE`.
const CALLBACK_DISCONTINUE: u32 = 0x8000_0000;

/// The registrations of one support object.
#[derive(Default)]
pub(super) struct Subscriptions(Mutex<BTreeMap<usize, Subscription>>);

struct Subscription {
    key: Box<[u8]>,
    events: u32,
    sink: Ptr<IMAPIAdviseSink>,
}

impl Subscriptions {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Subscription>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a sink told, and gives the number of the registration.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` for an empty key, no sink, or nothing to tell it.
    pub(super) fn add(
        &self,
        key: In<'_, NOTIFKEY>,
        events: u32,
        sink: In<'_, IMAPIAdviseSink>,
    ) -> Result<usize> {
        let key = key_of(key)?.into();
        let missing = || Error::invalid_parameter("there is no sink, or nothing to tell it");
        let sink = sink.object().filter(|_| events != 0).ok_or_else(missing)?;
        let mut all = self.lock();
        let number = all.keys().next_back().map_or(1, |last| last + 1);
        all.insert(number, Subscription { key, events, sink });
        Ok(number)
    }

    /// Ends a registration.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND`.
    pub(super) fn remove(&self, number: usize) -> Result<()> {
        // The sink is released after the lock.
        let found = self.lock().remove(&number);
        found.map(drop).ok_or_else(|| Error::not_found("there is no such registration"))
    }

    /// Tells the sinks of a key, and gives whether one of them wants to hear no more of this.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` for an empty key.
    pub(super) fn tell(&self, key: In<'_, NOTIFKEY>, all: &[NOTIFICATION]) -> Result<bool> {
        let key = key_of(key)?;
        let wanted: Vec<_> = self
            .lock()
            .values()
            .filter(|found| *found.key == *key)
            .map(|found| (found.events, found.sink.clone()))
            .collect();
        let mut canceled = false;
        for (events, sink) in wanted {
            // One by one: the mask of the sink may leave some out.
            for one in all.iter().filter(|one| one.ulEventType & events != 0) {
                // SAFETY: what it points to is as the provider gave it.
                let answer = unsafe { sink.OnNotify(1, In::new(one)) };
                canceled |= answer == CALLBACK_DISCONTINUE;
            }
        }
        Ok(canceled)
    }
}

/// The bytes of a notification key.
fn key_of(key: In<'_, NOTIFKEY>) -> Result<&[u8]> {
    let count = key.need()?.cb;
    let bytes = key.behind::<u8>(std::mem::offset_of!(NOTIFKEY, ab)).many(count)?;
    if bytes.is_empty() { Err(Error::invalid_parameter("the key is empty")) } else { Ok(bytes) }
}
