//! Bounded caches. Threads do not get into each other's way: each has slots of its own, so that
//! none waits for a lock, and memory goes back to the thread that took it.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

/// So many threads have slots of their own; more than these share them.
const SHARES: usize = 8;

/// A map that forgets: a key can stand in one slot of a thread only, and puts out what stood there.
#[derive(Debug)]
pub(crate) struct Cache<V> {
    /// Made when a thread first needs them.
    shares: [OnceLock<Share<V>>; SHARES],
    slots: usize,
}

/// The slots of a thread. They have locks because threads may have to share them.
type Share<V> = Box<[RwLock<Slot<V>>]>;

/// A key and its value, if there is one.
#[derive(Debug)]
struct Slot<V>(Option<(u64, V)>);

impl<V> Cache<V> {
    /// The number of slots of each thread is rounded up to a power of two.
    pub(crate) fn new(slots: usize) -> Self {
        Self { shares: [const { OnceLock::new() }; SHARES], slots: slots.next_power_of_two() }
    }

    /// Gives the value to a closure while its slot is locked.
    pub(crate) fn with<R>(&self, key: u64, read: impl FnOnce(&V) -> R) -> Option<R> {
        let slot = self.slot(key).read().unwrap_or_else(PoisonError::into_inner);
        match &slot.0 {
            Some((found, value)) if *found == key => Some(read(value)),
            _ => None,
        }
    }

    pub(crate) fn put(&self, key: u64, value: V) {
        let mut slot = self.slot(key).write().unwrap_or_else(PoisonError::into_inner);
        let old = slot.0.replace((key, value));
        drop(slot);
        drop(old);
    }

    /// Takes out what stands where the key would, so that its memory can be used again.
    pub(crate) fn take(&self, key: u64) -> Option<V> {
        let mut slot = self.slot(key).write().unwrap_or_else(PoisonError::into_inner);
        slot.0.take().map(|(_, value)| value)
    }

    fn slot(&self, key: u64) -> &RwLock<Slot<V>> {
        // A thread that is ending has no share any more.
        let share = THREAD.try_with(Thread::share).unwrap_or(0);
        let slots = self.shares[share]
            .get_or_init(|| (0..self.slots).map(|_| RwLock::new(Slot(None))).collect());
        // The upper bits of a product with an odd constant spread regular keys.
        let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        &slots[hash as usize & (slots.len() - 1)]
    }
}

thread_local! {
    static THREAD: Thread = const { Thread(Cell::new(None)) };
}

/// The shares that belong to threads, as bits.
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// The share of a thread, from its first use of any cache until it ends.
struct Thread(Cell<Option<usize>>);

impl Thread {
    fn share(&self) -> usize {
        if let Some(share) = self.0.get() {
            return share % SHARES;
        }
        // The first that is free, so that threads that come and go find what others have left.
        let take = |taken: u64| (taken != u64::MAX).then(|| taken | (taken + 1));
        let before = TAKEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        // Beyond 64 threads all have the same one.
        let share = before.map_or(64, |taken| taken.trailing_ones() as usize);
        self.0.set(Some(share));
        share % SHARES
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(share @ ..64) = self.0.get() {
            TAKEN.fetch_and(!(1 << share), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_gives_another_keys_value() {
        let cache = Cache::new(8);
        for key in 0..100_u64 {
            cache.put(key, key * 2);
            assert_eq!(cache.with(key, |value| *value), Some(key * 2));
        }
        let kept: Vec<u64> = (0..100).filter(|key| cache.with(*key, |_| ()).is_some()).collect();
        assert!(kept.len() <= 8);
        let taken = cache.take(kept[0]);
        assert_eq!((taken, cache.take(kept[0])), (Some(kept[0] * 2), None));
        let kept = &kept[1..];
        assert!(kept.iter().all(|key| cache.with(*key, |value| *value) == Some(key * 2)));
    }

    #[test]
    fn any_number_of_threads_find_what_they_put() {
        let cache = Cache::new(8);
        let together = std::sync::Barrier::new(100);
        std::thread::scope(|scope| {
            for thread in 0..100_u64 {
                let (cache, together) = (&cache, &together);
                scope.spawn(move || {
                    cache.put(thread, thread);
                    together.wait();
                    // Those that share slots may have put it out.
                    let found = cache.with(thread, |value| *value);
                    assert!(found.is_none_or(|found| found == thread));
                    cache.put(1000 + thread, thread);
                });
            }
        });
        assert!(cache.shares.iter().filter_map(OnceLock::get).all(|slots| slots.len() == 8));
    }
}
