//! Damaged files: thousands of small changes behind mended checksums. Nothing may panic, hang,
//! or take much memory.
//!
//! `PST_MUTANTS` sets how many changed files are made of each file; `MAPIX_SLOW` makes many.

mod mend;
mod walk;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use mapix_conformance::corpus;
use mapix_pst::Pst;
use mapix_pst::check::{CheckOptions, check_bytes};
use mend::Parts;
use walk::Counts;

const FILES: [&str; 9] = [
    "sample1.pst",
    "sample2.pst",
    "submessage.pst",
    "dist-list.pst",
    "passwordprotectedPST.pst",
    "32-bit.pst",
    "testPST_variousBodyTypes.pst",
    "Test_part1.pst",
    "pstextractortest@outlook.com.ost",
];

/// No change may make a walk slower than this, in a build without much optimisation.
const SLOWEST: Duration = Duration::from_secs(20);

#[test]
fn damage_never_panics_or_hangs() {
    let mutants: u64 = std::env::var("PST_MUTANTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(if std::env::var_os("MAPIX_SLOW").is_some() { 5000 } else { 150 });
    for name in FILES {
        let Some(mailbox) = corpus::mailbox(name) else { continue };
        let path = &mailbox.path;
        let original = std::fs::read(path).unwrap();
        let parts = Parts::of(&original);
        // Large files take longer to walk.
        let mutants = if original.len() > 1 << 20 { mutants / 10 } else { mutants };
        let mut slowest = Duration::ZERO;
        for seed in 1..=mutants {
            let bytes = mutate(&original, &parts, seed);
            let start = Instant::now();
            let walked = catch_unwind(AssertUnwindSafe(|| visit(bytes)));
            assert!(walked.is_ok(), "{name}: seed {seed} panics");
            let elapsed = start.elapsed();
            assert!(elapsed < SLOWEST, "{name}: seed {seed} takes {elapsed:?}");
            slowest = slowest.max(elapsed);
        }
        println!("{name}: {mutants} mutants, slowest {slowest:?}, peak {} KB", peak_kilobytes());
    }
    // The corpus itself is small; what the caches and the copies take is known.
    assert!(peak_kilobytes() < 512 << 10, "{} KB", peak_kilobytes());
}

fn visit(bytes: Vec<u8>) {
    let report = check_bytes(bytes.clone(), &CheckOptions::default(), &mut ()).unwrap();
    assert!(report.findings.len() < 20_000);
    let Ok(pst) = Pst::from_bytes(bytes, "mutant") else { return };
    let mut counts = Counts { budget: 3000, ..Counts::new() };
    walk::walk(&pst, &mut counts);
}

fn mutate(original: &[u8], parts: &Parts, seed: u64) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut bytes = original.to_vec();
    for _ in 0..=random.below(3) {
        match random.below(16) {
            0 => {
                let at = random.below(564.min(bytes.len()));
                random.damage(&mut bytes[8..], at);
                parts.seal_header(&mut bytes);
            }
            1..=4 => {
                let page = *random.pick(&parts.pages);
                let start = page as usize;
                let end = start + parts.format.page_trailer;
                let at = random.below(end - start);
                random.damage(&mut bytes[start..end], at);
                parts.seal_page(&mut bytes, page);
            }
            5..=7 => {
                let internal: Vec<_> =
                    parts.blocks.iter().filter(|block| block.bid.is_internal()).collect();
                if !internal.is_empty() {
                    let block = **random.pick(&internal);
                    change_block(&mut bytes, parts, &block, &mut random);
                }
            }
            8 => {
                // One block in place of another.
                let (from, to) = (*random.pick(&parts.blocks), *random.pick(&parts.blocks));
                let count = usize::from(from.stored.min(to.stored));
                let start = from.offset as usize;
                bytes.copy_within(start..start + count, to.offset as usize);
                parts.seal_block(&mut bytes, &to);
            }
            9 if random.below(8) == 0 => {
                let length = random.below(bytes.len());
                bytes.truncate(length.max(0x5000.min(original.len())));
                return bytes;
            }
            _ => {
                let block = *random.pick(&parts.blocks);
                change_block(&mut bytes, parts, &block, &mut random);
            }
        }
    }
    bytes
}

fn change_block(
    bytes: &mut [u8],
    parts: &Parts,
    block: &mapix_pst::ndb::BlockEntry,
    random: &mut Random,
) {
    parts.change_block(bytes, block, |data| {
        if data.is_empty() {
            return;
        }
        for _ in 0..=random.below(4) {
            // The start and the end of a block hold its structure.
            let at = match random.below(3) {
                0 => random.below(data.len().min(64)),
                1 => data.len() - 1 - random.below(data.len().min(64)),
                _ => random.below(data.len()),
            };
            random.damage(data, at);
        }
    });
}

/// A small generator of numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit.max(1)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Changes one to four bytes.
    fn damage(&mut self, bytes: &mut [u8], at: usize) {
        let values = [0_u32, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, u32::MAX];
        let number = match self.below(3) {
            0 => *self.pick(&values),
            1 => self.next() as u32,
            _ => {
                // Another number of the same bytes: a plausible reference to the wrong thing.
                let from = self.below(bytes.len());
                let mut other = [0; 4];
                other.iter_mut().zip(&bytes[from..]).for_each(|(to, from)| *to = *from);
                u32::from_le_bytes(other)
            }
        };
        let width = *self.pick(&[1, 1, 2, 4]);
        let number = number.to_le_bytes();
        bytes[at..].iter_mut().zip(&number[..width]).for_each(|(to, from)| *to = *from);
        if self.below(4) == 0 {
            bytes[at] ^= 1 << self.below(8);
        }
    }
}

/// 0 where the system does not tell.
fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
