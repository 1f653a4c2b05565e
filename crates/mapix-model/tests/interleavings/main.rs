//! The real core, in all orders of its threads: who calls, saves, lets go, logs off, is told and
//! fails at the same time. Whatever the order, Logoff and the release of the support object come
//! once, what was saved is there, nobody calls after the gate, and nothing hangs: `shuttle` ends a
//! run in which all threads wait for each other, or none of them gets on.
//!
//! What is tried is complete within a bound: every schedule that departs at most so many times
//! from a plain one. Beyond it, schedules are drawn at random. `MAPIX_SLOW=1` raises both.

mod schedule;
mod world;

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use schedule::Delays;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};
use world::Actor::{Call, Force, Pass, Release, Save, SessionLogoff, Sink, StoreLogoff};
use world::{Actor, Fault, run};

const ACTORS: [Actor; 7] = [Call, Save, StoreLogoff, Release, Force, SessionLogoff, Sink];
const FAULTS: [Fault; 5] = [Fault::None, Fault::Error, Fault::Panic, Fault::Hang, Fault::Call(1)];

fn slow() -> bool {
    env::var_os("MAPIX_SLOW").is_some()
}

fn check(scheduler: impl Scheduler + 'static, actors: Vec<Actor>, fault: Fault) {
    let mut config = Config::new();
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(move || run(&actors, fault));
}

/// All schedules within a bound; gives how many there are.
fn within(bound: usize, actors: &[Actor], fault: Fault) -> usize {
    let executions = Arc::new(AtomicUsize::new(0));
    check(Delays::new(bound, Arc::clone(&executions)), actors.to_vec(), fault);
    executions.load(Ordering::Relaxed)
}

/// Each choice of two or three of them, also of one kind twice.
fn groups(size: usize) -> Vec<Vec<Actor>> {
    let mut groups = vec![Vec::new()];
    for _ in 0..size {
        let longer = |group: &Vec<Actor>| {
            let from =
                group.last().map_or(0, |last| ACTORS.iter().position(|a| a == last).unwrap());
            let more = |actor: &Actor| [group.as_slice(), &[*actor]].concat();
            ACTORS[from..].iter().map(more).collect::<Vec<_>>()
        };
        groups = groups.iter().flat_map(longer).collect();
    }
    groups
}

fn total(bound: usize, groups: &[Vec<Actor>], faults: &[Fault]) {
    let each =
        |group: &Vec<Actor>| faults.iter().map(|fault| within(bound, group, *fault)).sum::<usize>();
    let executions: usize = groups.iter().map(each).sum();
    println!("{executions} schedules of {} groups", groups.len() * faults.len());
    assert!(executions > groups.len(), "no order but the plain one was tried");
}

/// The gate itself: one passes it, the other shuts it.
#[test]
fn the_gate_holds() {
    let bound = if slow() { 5 } else { 3 };
    total(bound, &[vec![Pass, Force]], &[Fault::None]);
    total(3, &[vec![Pass, SessionLogoff], vec![Pass, Release]], &[Fault::None]);
}

#[test]
fn two_come_together() {
    let mut groups = groups(2);
    // Those with a sink have many more threads.
    groups.retain(|group| slow() || !group.contains(&Sink));
    total(2, &groups, &[Fault::None]);
}

#[test]
fn two_come_together_and_the_provider_fails() {
    total(if slow() { 2 } else { 1 }, &groups(2), &FAULTS[1..]);
}

#[test]
fn three_come_together() {
    total(if slow() { 2 } else { 1 }, &groups(3), &[Fault::None]);
}

#[test]
fn three_come_together_and_the_provider_fails() {
    let runs = if slow() { 2000 } else { 10 };
    for group in groups(3) {
        for fault in FAULTS {
            check(RandomScheduler::new_from_seed(1, runs), group.clone(), fault);
            check(PctScheduler::new_from_seed(2, 3, runs), group.clone(), fault);
        }
    }
}
