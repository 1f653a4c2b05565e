//! Who is inside a store, in one atomic word, so that a call that nobody waits for costs little; and
//! on which threads.

use std::cell::RefCell;

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::thread_local;

thread_local! {
    /// The doors behind which this thread is, once for each call.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Set in the word when the door is shut. What is above it counts the calls inside: once the door is
/// shut, it only falls.
const SHUT: usize = 1;
const CALL: usize = 2;

/// A door that is shut once.
#[derive(Default)]
pub(super) struct Door(AtomicUsize);

impl Door {
    pub(super) fn is_open(&self) -> bool {
        self.0.load(Ordering::SeqCst) & SHUT == 0
    }

    /// How many calls are inside.
    pub(super) fn inside(&self) -> usize {
        self.0.load(Ordering::SeqCst) / CALL
    }

    /// Counts a call in; false if the door is shut.
    pub(super) fn enter(&self) -> bool {
        let mut word = self.0.load(Ordering::SeqCst);
        while word & SHUT == 0 {
            let more = word + CALL;
            match self.0.compare_exchange_weak(word, more, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => {
                    // While a thread ends, it may be too late to write it down: then a logoff from
                    // inside the call waits for it until the deadline.
                    let _ = INSIDE.try_with(|inside| inside.borrow_mut().push(self.place()));
                    return true;
                }
                Err(now) => word = now,
            }
        }
        false
    }

    /// Counts a call out, on its own thread; false if the door is shut, and somebody may wait for it.
    pub(super) fn leave(&self) -> bool {
        let _ = INSIDE.try_with(|inside| {
            let mut inside = inside.borrow_mut();
            if let Some(at) = inside.iter().rposition(|place| *place == self.place()) {
                inside.swap_remove(at);
            }
        });
        self.0.fetch_sub(CALL, Ordering::SeqCst) & SHUT == 0
    }

    /// Shuts it, and gives how many calls are inside.
    pub(super) fn shut(&self) -> usize {
        self.0.fetch_or(SHUT, Ordering::SeqCst) / CALL
    }

    /// How many of the calls inside are of this thread.
    pub(super) fn mine(&self) -> usize {
        let count = |inside: &RefCell<Vec<usize>>| {
            inside.borrow().iter().filter(|place| **place == self.place()).count()
        };
        INSIDE.try_with(count).unwrap_or(0)
    }

    /// What tells it from other doors, as long as somebody is inside.
    fn place(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}
