//! The mode in which every block is known.

use std::alloc::{Layout, alloc, dealloc};
use std::collections::{HashMap, VecDeque};
use std::ptr::NonNull;
use std::sync::{Mutex, OnceLock, PoisonError};

use mapix::ErrorCode;

use super::ALIGN;
use crate::types::HRESULT;

/// The environment variable that switches it on: `1`, or `abort`.
const VARIABLE: &str = "MAPIX_CHECK_MEMORY";
/// How many blocks that were freed are remembered, to tell a second free from a foreign block.
const REMEMBERED: usize = 4096;

/// All blocks that are alive, by address.
pub(super) struct Check {
    abort: bool,
    blocks: Mutex<Blocks>,
}

#[derive(Default)]
struct Blocks {
    alive: HashMap<usize, Block>,
    freed: VecDeque<usize>,
}

struct Block {
    memory: Memory,
    chained: Vec<Memory>,
}

struct Memory(NonNull<u8>, Layout);

// SAFETY: owned memory; who may use it is the affair of those who got it.
unsafe impl Send for Memory {}

/// The checks, if they are wanted. Decided at the first call.
pub(super) fn active() -> Option<&'static Check> {
    static CHECK: OnceLock<Option<Check>> = OnceLock::new();
    CHECK
        .get_or_init(|| match std::env::var(VARIABLE).as_deref() {
            Err(_) | Ok("" | "0") => None,
            Ok(mode) => Some(Check::new(mode == "abort")),
        })
        .as_ref()
}

impl Check {
    fn new(abort: bool) -> Self {
        Self { abort, blocks: Mutex::default() }
    }

    pub(super) fn allocate(&self, size: u32) -> Option<NonNull<u8>> {
        let memory = Memory::new(size)?;
        let block = memory.0;
        let address = block.addr().get();
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.freed.retain(|freed| *freed != address);
        blocks.alive.insert(address, Block { memory, chained: Vec::new() });
        Some(block)
    }

    pub(super) fn allocate_more(
        &self,
        size: u32,
        block: NonNull<u8>,
    ) -> Result<NonNull<u8>, HRESULT> {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(owner) = blocks.alive.get_mut(&block.addr().get()) else {
            return Err(self.report("MAPIAllocateMore", block, &blocks));
        };
        let memory =
            Memory::new(size).ok_or_else(|| HRESULT::from(ErrorCode::NOT_ENOUGH_MEMORY))?;
        let chained = memory.0;
        owner.chained.push(memory);
        Ok(chained)
    }

    pub(super) fn extent(&self, block: NonNull<u8>) -> Option<usize> {
        let blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.alive.get(&block.addr().get()).map(|alive| alive.memory.1.size())
    }

    pub(super) fn reallocate(&self, block: NonNull<u8>, size: u32) -> Result<NonNull<u8>, HRESULT> {
        let memory =
            Memory::new(size).ok_or_else(|| HRESULT::from(ErrorCode::NOT_ENOUGH_MEMORY))?;
        let address = block.addr().get();
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(old) = blocks.alive.remove(&address) else {
            memory.give_back();
            return Err(self.report("MAPIReallocateBuffer", block, &blocks));
        };
        let new = memory.0;
        let length = old.memory.1.size().min(size as usize);
        // SAFETY: both are as long as that.
        unsafe { new.copy_from_nonoverlapping(old.memory.0, length) };
        blocks.freed.retain(|freed| *freed != new.addr().get());
        let mut chained = old.chained;
        chained.push(old.memory);
        blocks.alive.insert(new.addr().get(), Block { memory, chained });
        Ok(new)
    }

    pub(super) fn free(&self, block: NonNull<u8>) -> HRESULT {
        let address = block.addr().get();
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(found) = blocks.alive.remove(&address) else {
            return self.report("MAPIFreeBuffer", block, &blocks);
        };
        if blocks.freed.len() == REMEMBERED {
            blocks.freed.pop_front();
        }
        blocks.freed.push_back(address);
        drop(blocks);
        found.chained.iter().chain([&found.memory]).for_each(Memory::give_back);
        HRESULT::S_OK
    }

    fn report(&self, call: &str, block: NonNull<u8>, blocks: &Blocks) -> HRESULT {
        let address = block.addr().get();
        let chained = blocks
            .alive
            .values()
            .any(|alive| alive.chained.iter().any(|memory| memory.0.addr().get() == address));
        let what = if blocks.freed.contains(&address) {
            "has been freed already"
        } else if chained {
            "is chained to another block, and freed with it"
        } else {
            "was not allocated by MAPIAllocateBuffer"
        };
        eprintln!("libmapi: {call}: the block at 0x{address:X} {what}");
        if self.abort {
            std::process::abort();
        }
        ErrorCode::INVALID_PARAMETER.into()
    }
}

impl Memory {
    fn new(size: u32) -> Option<Self> {
        let layout = Layout::from_size_align(size.max(1) as usize, ALIGN).ok()?;
        // SAFETY: the size is not zero.
        NonNull::new(unsafe { alloc(layout) }).map(|memory| Self(memory, layout))
    }

    fn give_back(&self) {
        // SAFETY: allocated with this layout, and taken out of the map by the only caller.
        unsafe {
            self.0.as_ptr().write_bytes(0xDD, self.1.size());
            dealloc(self.0.as_ptr(), self.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_chained_and_freed_blocks_are_told_apart_and_left_alone() {
        let check = Check::new(false);
        let refused = HRESULT::from(ErrorCode::INVALID_PARAMETER);
        let block = check.allocate(100).unwrap();
        let chained = check.allocate_more(10, block).unwrap();
        assert_eq!(check.free(chained), refused);
        assert_eq!((check.extent(block), check.extent(chained)), (Some(100), None));
        assert_eq!(check.allocate_more(1, chained), Err(refused));
        let mut foreign = 0_u64;
        assert_eq!(check.free(NonNull::from(&mut foreign).cast()), refused);
        let (old, block) = (block, check.reallocate(block, 200).unwrap());
        assert_eq!((check.free(old), check.reallocate(old, 9)), (refused, Err(refused)));
        assert_eq!(check.free(block), HRESULT::S_OK);
        assert_eq!(check.free(block), refused);
        assert!(check.blocks.lock().unwrap().alive.is_empty());
    }
}
