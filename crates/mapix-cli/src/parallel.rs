//! Work on many threads whose results come in the order of the work.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many pieces of work one thread is given at once, before results are taken.
const BATCH: usize = 64;

/// Does `work` for each item on `jobs` threads and gives the results to `take` in the order of
/// the items, until it breaks. At most `64 * jobs` results wait at a time, so that the number of
/// items does not matter to memory.
pub(crate) fn in_order<T: Sync, R: Send, B>(
    jobs: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R) -> ControlFlow<B>,
) -> Option<B> {
    for batch in items.chunks(BATCH * jobs.max(1)) {
        for result in together(jobs, batch, &work) {
            if let ControlFlow::Break(end) = take(result) {
                return Some(end);
            }
        }
    }
    None
}

fn together<T: Sync, R: Send>(
    jobs: usize,
    items: &[T],
    work: &(impl Fn(&T) -> R + Sync),
) -> Vec<R> {
    if jobs <= 1 || items.len() <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        while let Some((at, item)) = take_next(&next, items) {
            let result = work(item);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs.min(items.len()) {
            scope.spawn(run);
        }
        run();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take_next<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    items.get(at).map(|item| (at, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        let items: Vec<usize> = (0..1000).collect();
        for jobs in [1, 2, 7] {
            let mut seen = Vec::new();
            let end = in_order(
                jobs,
                &items,
                |item| item * 2,
                |result| {
                    seen.push(result);
                    if result == 1500 {
                        ControlFlow::Break("stop")
                    } else {
                        ControlFlow::Continue(())
                    }
                },
            );
            assert_eq!(end, Some("stop"));
            assert_eq!(seen, (0..=750).map(|item| item * 2).collect::<Vec<_>>());
        }
    }
}
