//! What the gate costs, and how long a logoff takes with many handles:
//! `cargo bench -p mapix-core --bench lifecycle`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mapix_core::Mapi;
use mapix_core::notify::EventMask;
use mapix_core::store::{MemoryStore, MessageStore};

fn main() {
    gate();
    for handles in [1_000, 10_000, 100_000] {
        logoff(handles, handles / 10);
    }
}

/// The cheapest call there is, with the gate and without.
fn gate() {
    let session = Mapi::with_providers(Vec::new()).session();
    let memory = Arc::new(MemoryStore::new("mail"));
    let bare: Arc<dyn MessageStore> = memory.clone();
    let store = session.attach(memory, true).expect("a store in memory opens");
    let with = time(|| drop(black_box(black_box(&store).diagnostics())));
    let without = time(|| drop(black_box(black_box(&bare).diagnostics())));
    println!("a call through the gate: {with:.1} ns; the same call without it: {without:.1} ns");
}

/// Nanoseconds of one call: the least of several rounds.
fn time(mut call: impl FnMut()) -> f64 {
    const CALLS: u32 = 1_000_000;
    let mut round = || {
        let began = Instant::now();
        (0..CALLS).for_each(|_| call());
        began.elapsed()
    };
    let least = (0..9).map(|_| round()).min().unwrap_or_default();
    least.as_secs_f64() * 1e9 / f64::from(CALLS)
}

/// A session with so many handles, one in ten of them a table, and so many registrations.
fn logoff(handles: usize, advises: usize) {
    let mut least: Option<(Duration, Duration)> = None;
    for _ in 0..5 {
        let session = Mapi::with_providers(Vec::new()).session();
        let store = session.attach(Arc::new(MemoryStore::new("mail")), true);
        let store = store.expect("a store in memory opens");
        let root = store.root().expect("it has a root");
        let folders: Vec<_> = (0..handles - handles / 10).map(|_| root.clone()).collect();
        let table = |_| root.hierarchy_table(false).expect("the root has a table");
        let tables: Vec<_> = (0..handles / 10).map(table).collect();
        let advise = |_| store.advise(EventMask::ALL, None, |_| {}).expect("it notifies");
        let connections: Vec<_> = (0..advises).map(advise).collect();
        let began = Instant::now();
        assert!(session.logoff().iter().all(|report| report.result.is_ok()));
        let logoff = began.elapsed();
        let began = Instant::now();
        drop((folders, tables, connections));
        let release = began.elapsed();
        least = Some(least.map_or((logoff, release), |least| least.min((logoff, release))));
    }
    let (logoff, release) = least.unwrap_or_default();
    println!(
        "{handles} handles, {advises} registrations: logoff {:.2} ms, their release {:.2} ms",
        logoff.as_secs_f64() * 1e3,
        release.as_secs_f64() * 1e3
    );
}
