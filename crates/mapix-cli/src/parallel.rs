//! Work on many threads whose results come in the order of the work.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How far the work may be ahead of what is taken, however many threads there are, so that these do
/// not matter much to memory.
const AHEAD: usize = 128;

/// Does `work` for each item on `jobs` threads and gives the results to `take` in the order of
/// the items, until it breaks. While one result is taken, work goes on; at most 128 results wait
/// at a time, so that the number of items does not matter to memory.
pub(crate) fn in_order<T: Sync, R: Send, B>(
    jobs: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R) -> ControlFlow<B>,
) -> Option<B> {
    let line =
        Line { state: Mutex::default(), moved: Condvar::new(), items, ahead: AHEAD.max(jobs) };
    thread::scope(|scope| {
        for _ in 1..jobs.min(items.len()) {
            scope.spawn(|| {
                // A panic here ends the other threads, and then the scope panics.
                let _end = End { line: &line, takes: false };
                while let Some((at, item)) = line.wait_for_work() {
                    line.put(at, work(item));
                }
            });
        }
        let _end = End { line: &line, takes: true };
        loop {
            match line.next() {
                Next::Take(result) => {
                    if let ControlFlow::Break(end) = take(result) {
                        return Some(end);
                    }
                }
                Next::Work(at, item) => line.put(at, work(item)),
                Next::Nothing => return None,
            }
        }
    })
}

/// The items, what was made of them, and how far all that is.
struct Line<'a, T, R> {
    state: Mutex<State<R>>,
    /// Something in the state changed.
    moved: Condvar,
    items: &'a [T],
    ahead: usize,
}

struct State<R> {
    /// How many items were begun, and how many were taken.
    begun: usize,
    taken: usize,
    /// What is done and not taken.
    done: BTreeMap<usize, R>,
    is_over: bool,
}

impl<R> Default for State<R> {
    fn default() -> Self {
        Self { begun: 0, taken: 0, done: BTreeMap::new(), is_over: false }
    }
}

/// What the thread that takes has to do.
enum Next<'a, T, R> {
    Take(R),
    Work(usize, &'a T),
    Nothing,
}

impl<'a, T, R> Line<'a, T, R> {
    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'b>(&self, state: MutexGuard<'b, State<R>>) -> MutexGuard<'b, State<R>> {
        self.moved.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// The next item, if it is not too far ahead.
    fn begin(&self, state: &mut State<R>) -> Option<(usize, &'a T)> {
        let at = state.begun;
        let item = self.items.get(at).filter(|_| at < state.taken + self.ahead)?;
        state.begun += 1;
        Some((at, item))
    }

    /// The next item, as soon as one may be begun; `None` when there will be none.
    fn wait_for_work(&self) -> Option<(usize, &'a T)> {
        let mut state = self.lock();
        while !state.is_over && state.begun < self.items.len() {
            if let Some(begun) = self.begin(&mut state) {
                return Some(begun);
            }
            state = self.wait(state);
        }
        None
    }

    fn put(&self, at: usize, result: R) {
        let mut state = self.lock();
        state.done.insert(at, result);
        if at == state.taken {
            self.moved.notify_all();
        }
    }

    /// Results come before work, and work before waiting.
    fn next(&self) -> Next<'a, T, R> {
        let mut state = self.lock();
        loop {
            let at = state.taken;
            if let Some(result) = state.done.remove(&at) {
                state.taken += 1;
                self.moved.notify_all();
                return Next::Take(result);
            }
            if state.is_over || at == self.items.len() {
                return Next::Nothing;
            }
            if let Some((at, item)) = self.begin(&mut state) {
                return Next::Work(at, item);
            }
            state = self.wait(state);
        }
    }
}

/// Lets all threads end: when the thread that takes is done, and when any of them panics.
struct End<'a, 'b, T, R> {
    line: &'a Line<'b, T, R>,
    takes: bool,
}

impl<T, R> Drop for End<'_, '_, T, R> {
    fn drop(&mut self) {
        if self.takes || thread::panicking() {
            self.line.lock().is_over = true;
            self.line.moved.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

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
            let all = in_order(jobs, &items, |item| *item, |_| ControlFlow::<()>::Continue(()));
            assert_eq!(all, None);
        }
        let none: [usize; 0] = [];
        assert_eq!(in_order(3, &none, |item| *item, ControlFlow::Break), None);
    }

    #[test]
    fn work_is_never_far_ahead_of_what_is_taken() {
        let items: Vec<usize> = (0..5000).collect();
        for jobs in [1, 3] {
            let taken = AtomicUsize::new(0);
            let work = |item: &usize| {
                assert!(*item < taken.load(Ordering::SeqCst) + AHEAD.max(jobs) + 1);
            };
            in_order(jobs, &items, work, |()| {
                taken.fetch_add(1, Ordering::SeqCst);
                ControlFlow::<()>::Continue(())
            });
            assert_eq!(taken.into_inner(), items.len());
        }
    }

    #[test]
    fn a_panic_ends_all_threads() {
        let items: Vec<usize> = (0..1000).collect();
        let panicked = |work: fn(&usize), take: fn()| {
            let run = || {
                in_order(3, &items, work, |()| {
                    take();
                    ControlFlow::<()>::Continue(())
                })
            };
            catch_unwind(AssertUnwindSafe(run)).is_err()
        };
        assert!(panicked(|item| assert_ne!(*item, 500), || ()));
        assert!(panicked(|_| (), || panic!("taking failed")));
    }
}
