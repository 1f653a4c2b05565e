//! Reads every property, row and attachment of PST and OST files, and says how fast.
//!
//! `cargo run --release -p mapix-pst --example walk -- [--jobs N] [--repeat N] FILE...`

#[path = "../tests/walk/mod.rs"]
mod walk;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mapix_core::Result;
use mapix_core::store::{InventoryItem, MessageStore};
use mapix_pst::Pst;
use walk::Counts;

fn main() -> Result<()> {
    let (mut jobs, mut repeat, mut verbose, mut files) = (1, 1, false, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        match argument.as_str() {
            "--jobs" => jobs = number(),
            "--repeat" => repeat = number(),
            "--verbose" => verbose = true,
            _ => files.push(argument),
        }
    }
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut bytes = 0;
    let mut total = Counts::new();
    for _ in 0..repeat {
        for file in &files {
            let pst = Pst::open(file)?;
            bytes += pst.ndb().file_size();
            let counts = walk_with(&pst, jobs)?;
            total.add(&counts);
            if verbose {
                println!("{file}: {:?}\n{counts:#?}", pst.info());
                pst.diagnostics().iter().take(20).for_each(|diagnostic| println!("{diagnostic}"));
            }
        }
    }
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let size = bytes as f64 / 1e6;
    println!("{total:?}");
    println!(
        "{size:.1} MB, wall {wall:.3} s = {:.0} MB/s, CPU {cpu:.2} s = {:.0} MB/s, peak {} KB",
        size / wall,
        size / cpu,
        peak_kilobytes()
    );
    Ok(())
}

/// How many neighbours one thread takes at a time: they share pages and blocks.
const CHUNK: usize = 256;

fn walk_with(pst: &Pst, jobs: usize) -> Result<Counts> {
    let mut items: Vec<InventoryItem> = Vec::new();
    pst.inventory(&mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    })?;
    let next = AtomicUsize::new(0);
    let mut total = Counts::new();
    std::thread::scope(|scope| {
        let work = || {
            let mut counts = Counts::new();
            loop {
                let start = next.fetch_add(CHUNK, Ordering::Relaxed);
                let Some(rest) = items.get(start..) else { break };
                for item in rest.iter().take(CHUNK) {
                    counts.item(pst, item.kind, item.id);
                }
            }
            counts
        };
        let threads: Vec<_> = (1..jobs).map(|_| scope.spawn(work)).collect();
        total.add(&work());
        for thread in threads {
            total.add(&thread.join().unwrap_or_default());
        }
    });
    Ok(total)
}

/// User and system time of the process; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
