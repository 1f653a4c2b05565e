//! Bounded caches. Each slot has its own lock, and readers do not wait for each other.

use std::sync::{PoisonError, RwLock};

/// A map that forgets: a key can stand in one slot only, and puts out what stood there.
#[derive(Debug)]
pub(crate) struct Cache<V> {
    slots: Box<[RwLock<Slot<V>>]>,
}

/// A key and its value, if there is one.
#[derive(Debug)]
struct Slot<V>(Option<(u64, V)>);

impl<V> Cache<V> {
    /// The number of slots is rounded up to a power of two.
    pub(crate) fn new(slots: usize) -> Self {
        let slots = slots.next_power_of_two();
        Self { slots: (0..slots).map(|_| RwLock::new(Slot(None))).collect() }
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
        // The upper bits of a product with an odd constant spread regular keys.
        let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        &self.slots[hash as usize & (self.slots.len() - 1)]
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
}
