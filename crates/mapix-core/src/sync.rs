//! Locks, conditions and threads: those of the standard library, or, where `crates/mapix-model`
//! compiles the core, those of a scheduler that tries the orders in which threads can run.
//!
//! Everything in the core that one thread can wait for comes from here.

use std::sync::PoisonError;
use std::time::Duration;

#[cfg(not(feature = "model"))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic, mpsc},
    thread, thread_local,
};

#[cfg(feature = "model")]
pub(crate) use shuttle::{
    sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic, mpsc},
    thread, thread_local,
};

/// A lock whose last holder panicked is taken all the same: the data behind these locks is
/// whole at every point where a panic could happen.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As [`lock`].
pub(crate) fn read<T: ?Sized>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// As [`lock`].
pub(crate) fn write<T: ?Sized>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until what is behind a lock is not busy any more, at most so long. Gives the lock, and
/// whether it still was when the time was over.
pub(crate) fn wait_while<'a, T>(
    condvar: &Condvar,
    mutex: &'a Mutex<T>,
    time: Option<Duration>,
    mut busy: impl FnMut(&mut T) -> bool,
) -> (MutexGuard<'a, T>, bool) {
    let Some(time) = time else {
        let waited = condvar.wait_while(lock(mutex), busy);
        return (waited.unwrap_or_else(PoisonError::into_inner), false);
    };
    if let Some(turns) = turns(time) {
        for _ in 0..turns {
            let mut guard = lock(mutex);
            if !busy(&mut guard) {
                return (guard, false);
            }
            drop(guard);
            thread::yield_now();
        }
        let mut guard = lock(mutex);
        let late = busy(&mut guard);
        return (guard, late);
    }
    let waited = condvar.wait_timeout_while(lock(mutex), time, busy);
    let (guard, waited) = waited.unwrap_or_else(PoisonError::into_inner);
    (guard, waited.timed_out())
}

/// Waits for what another thread sends, at most so long.
pub(crate) fn receive<T>(
    receiver: &mpsc::Receiver<T>,
    time: Duration,
) -> Result<T, mpsc::RecvTimeoutError> {
    let Some(turns) = turns(time) else { return receiver.recv_timeout(time) };
    for _ in 0..turns {
        match receiver.try_recv() {
            Ok(value) => return Ok(value),
            Err(mpsc::TryRecvError::Disconnected) => {
                return Err(mpsc::RecvTimeoutError::Disconnected);
            }
            Err(mpsc::TryRecvError::Empty) => thread::yield_now(),
        }
    }
    Err(mpsc::RecvTimeoutError::Timeout)
}

/// The thread that asks. It is kept, since each call into a store asks twice.
#[cfg(not(feature = "model"))]
pub(crate) fn me() -> thread::ThreadId {
    thread_local!(static ME: thread::ThreadId = thread::current().id());
    ME.try_with(|me| *me).unwrap_or_else(|_| thread::current().id())
}

/// The thread that asks: many of them are one thread of the system.
#[cfg(feature = "model")]
pub(crate) fn me() -> thread::ThreadId {
    thread::current().id()
}

/// Sleeps; where there is no time, everybody else has a turn.
pub(crate) fn sleep(time: Duration) {
    if cfg!(feature = "model") { thread::yield_now() } else { thread::sleep(time) }
}

/// After how many turns of the other threads a time is over, where there is no time: short ones
/// pass, so that whatever can come too late does in some order, and long ones never do.
fn turns(time: Duration) -> Option<u32> {
    (cfg!(feature = "model") && time < Duration::from_secs(1)).then_some(2)
}
