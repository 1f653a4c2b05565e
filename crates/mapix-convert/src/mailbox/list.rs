//! What is in a directory, in order, however much it is.

use std::collections::BinaryHeap;
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::path::Path;
use std::vec::IntoIter;

use mapix_core::{Context, Error, Result};

/// So many names are held at a time. For more, the directory is read again.
const HELD: usize = 64 << 10;

/// Visits what is in a directory, in the order of the system.
pub(super) fn each_entry(path: &Path, each: &mut dyn FnMut(OsString, FileType)) -> Result<()> {
    let mut read = || -> Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            each(entry.file_name(), entry.file_type()?);
        }
        Ok(())
    };
    read().context(|| path.display())
}

/// Gives every key to a visitor, in any order; the same keys each time.
type Visit<K> = Box<dyn Fn(&mut dyn FnMut(K)) -> Result<()> + Send>;

/// Keys of any number in their order, of which only so many are held.
pub(super) struct Sorted<K> {
    visit: Visit<K>,
    held: usize,
    batch: IntoIter<K>,
    /// The last key of the batch, if there are more behind it.
    last: Option<K>,
    begun: bool,
    /// Why not all keys could be visited; told after those that could.
    error: Option<Error>,
}

impl<K: Ord + Clone> Sorted<K> {
    pub(super) fn new(visit: impl Fn(&mut dyn FnMut(K)) -> Result<()> + Send + 'static) -> Self {
        let (visit, batch) = (Box::new(visit), Vec::new().into_iter());
        Self { visit, held: HELD, batch, last: None, begun: false, error: None }
    }

    /// The smallest keys after the last one.
    fn fill(&mut self) {
        let (after, held) = (self.last.take(), self.held);
        let mut heap = BinaryHeap::new();
        let mut are_more = false;
        let visited = (self.visit)(&mut |key| {
            if after.as_ref().is_some_and(|after| key <= *after) {
                return;
            }
            heap.push(key);
            if heap.len() > held {
                heap.pop();
                are_more = true;
            }
        });
        self.error = visited.err();
        let batch = heap.into_sorted_vec();
        self.last = batch.last().filter(|_| are_more && self.error.is_none()).cloned();
        self.batch = batch.into_iter();
    }
}

impl<K: Ord + Clone> Iterator for Sorted<K> {
    type Item = Result<K>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.batch.len() == 0 && self.error.is_none() && (!self.begun || self.last.is_some()) {
            self.begun = true;
            self.fill();
        }
        self.batch.next().map(Ok).or_else(|| self.error.take().map(Err))
    }
}

impl<K> std::fmt::Debug for Sorted<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sorted").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_does_not_change_the_order() {
        let keys = || (0..1000_u32).map(|n| n * 7919 % 1000);
        let expected: Vec<u32> = (0..1000).collect();
        for held in [1, 3, 250, 999, 1000, 5000] {
            let mut sorted = Sorted::new(move |each: &mut dyn FnMut(u32)| {
                keys().for_each(each);
                Ok(())
            });
            sorted.held = held;
            let found: Vec<u32> = sorted.map(Result::unwrap).collect();
            assert_eq!(found, expected, "{held}");
        }
    }

    #[test]
    fn an_error_comes_after_what_was_found() {
        let mut sorted = Sorted::new(|each: &mut dyn FnMut(u32)| {
            each(2);
            each(1);
            Err(Error::not_found("gone"))
        });
        assert_eq!(sorted.next().unwrap().unwrap(), 1);
        assert_eq!(sorted.next().unwrap().unwrap(), 2);
        assert_eq!(sorted.next().unwrap().unwrap_err().message(), "gone");
        assert!(sorted.next().is_none());
    }
}
