//! What MAPI's buffers cost beside `malloc`: `cargo bench -p mapix-capi --bench memory`.
//!
//! A block, ten that are chained to it, and the end of all, against eleven times `malloc` and
//! `free` of the same sizes, in turns.

use std::ffi::c_void;
use std::hint::black_box;
use std::ptr::null_mut;
use std::time::Instant;

use mapi::export::{MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer};

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(block: *mut c_void);
}

const CHAINED: usize = 10;
const ROUNDS: u32 = 100_000;

fn main() {
    for (first, each) in [(24, 16), (240, 32), (240, 100), (240, 1000)] {
        let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
        // In turns, the least of each: what else the machine does costs both the same.
        for _ in 0..15 {
            ours = ours.min(time(|| with_mapi(first, each)));
            theirs = theirs.min(time(|| with_malloc(first, each)));
        }
        println!(
            "{first} bytes and {CHAINED} times {each}: {ours:.0} ns, malloc {theirs:.0} ns, \
             ratio {:.2}",
            ours / theirs
        );
    }
}

/// Nanoseconds of one run.
fn time(mut run: impl FnMut()) -> f64 {
    let began = Instant::now();
    (0..ROUNDS).for_each(|_| run());
    began.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
}

fn with_mapi(first: u32, each: u32) {
    let mut block = null_mut();
    // SAFETY: blocks are used as MAPI says; each is written, as they are to be filled.
    unsafe {
        MAPIAllocateBuffer(black_box(first), &raw mut block);
        block.cast::<u8>().write(1);
        for _ in 0..CHAINED {
            let mut more = null_mut();
            MAPIAllocateMore(black_box(each), block, &raw mut more);
            black_box(more).cast::<u8>().write(1);
        }
        MAPIFreeBuffer(black_box(block));
    }
}

fn with_malloc(first: u32, each: u32) {
    let mut blocks = [null_mut(); CHAINED];
    // SAFETY: each block is freed once, and written, as they are to be filled.
    unsafe {
        let block = malloc(black_box(first as usize));
        block.cast::<u8>().write(1);
        for more in &mut blocks {
            *more = malloc(black_box(each as usize));
            black_box(*more).cast::<u8>().write(1);
        }
        black_box(&blocks).iter().for_each(|more| free(*more));
        free(black_box(block));
    }
}
