//! All schedules that are near to a plain one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

/// Tries each schedule that departs at most so many times from the plain one, which lets a thread
/// run until it blocks or yields, and then whoever has waited longest (*delay bounding*: Emmi,
/// Qadeer and Rakamarić, 2011). Within that bound nothing is left out.
pub(crate) struct Delays {
    bound: usize,
    /// The choices of this execution; those of the last one, up to where it changes.
    path: Vec<Choice>,
    at: usize,
    departed: usize,
    /// When each thread ran last.
    ran: Vec<usize>,
    begun: bool,
    executions: Arc<AtomicUsize>,
}

/// The plain choice is number 0; each other one is a departure.
struct Choice {
    taken: usize,
    of: usize,
}

impl Delays {
    /// The count of executions is told through the other one.
    pub(crate) fn new(bound: usize, executions: Arc<AtomicUsize>) -> Self {
        let path = Vec::new();
        Self { bound, path, at: 0, departed: 0, ran: Vec::new(), begun: false, executions }
    }
}

impl Scheduler for Delays {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.begun {
            while self.path.pop_if(|choice| choice.taken + 1 == choice.of).is_some() {}
            self.path.last_mut()?.taken += 1;
        }
        (self.begun, self.at, self.departed) = (true, 0, 0);
        self.ran.clear();
        self.executions.fetch_add(1, Ordering::Relaxed);
        Some(Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        let ran = |id: usize| self.ran.get(id).copied().unwrap_or(0);
        let mut order: Vec<usize> = runnable.iter().map(|task| task.id().into()).collect();
        let current = current.map(usize::from);
        order.sort_by_key(|id| match (Some(*id) == current, is_yielding) {
            (true, false) => (0, 0, *id),
            (true, true) => (2, 0, *id),
            (false, _) => (1, ran(*id), *id),
        });
        if self.at == self.path.len() {
            let of = if self.departed < self.bound { order.len() } else { 1 };
            self.path.push(Choice { taken: 0, of });
        }
        let taken = self.path[self.at].taken;
        self.at += 1;
        self.departed += usize::from(taken > 0);
        let id = order[taken];
        self.ran.resize(self.ran.len().max(id + 1), 0);
        self.ran[id] = self.at;
        runnable.iter().map(|task| task.id()).find(|task| usize::from(*task) == id)
    }

    /// Chance has no part in it.
    fn next_u64(&mut self) -> u64 {
        0
    }
}
