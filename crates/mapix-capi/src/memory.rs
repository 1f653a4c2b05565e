//! MAPI's memory: blocks, what is chained to them, and their end.
//!
//! `MAPIAllocateBuffer` gives a block, `MAPIAllocateMore` gives another that ends with it, and
//! `MAPIFreeBuffer` ends all of them. A block lies in one piece of memory with some room behind
//! it, from which the first chained ones are taken, so that a structure with its strings is
//! mostly one allocation:
//!
//! ```text
//! | Head | block | chained | chained | room |     | Chunk | chained | room |
//! ```
//!
//! With `MAPIX_CHECK_MEMORY=1` in the environment every block is an allocation of its own, and
//! `check` knows them all: what is freed twice or was never allocated here is reported and
//! left alone (`MAPIX_CHECK_MEMORY=abort` ends the process instead). Without it most foreign
//! pointers are still refused, by a seal before each block.

mod buffer;
mod check;
mod foreign;

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

pub use buffer::Buffer;
pub(crate) use foreign::adopt;
pub use foreign::{Allocate, AllocateMore, Free};

use crate::types::HRESULT;
use mapix::ErrorCode;

/// Blocks, and what lies before and after them, are aligned to this.
const ALIGN: usize = 16;
/// The room behind a block for what is chained to it, unless the caller knows better.
pub(crate) const ROOM: usize = 512;
/// The largest room that grows by itself.
const MOST_ROOM: usize = 64 << 10;
/// Marks a head; together with its address, so that a copy of one is none.
const SEAL: usize = 0x6D61_7069_7862_6C6B;

/// Before memory from which chained blocks are taken.
#[repr(C, align(16))]
struct Chunk {
    /// The chunk before this one.
    next: *mut Chunk,
    /// Where the next block begins, from the start of the chunk. Only the owner's thread changes it.
    used: AtomicU32,
    size: u32,
}

/// Before a block: the first chunk, and the one that is filled now.
#[repr(C, align(16))]
struct Head {
    chunk: Chunk,
    /// That of the owner, the thread that the block was made on: nobody else takes from it, so that
    /// nothing is locked for it.
    current: AtomicPtr<Chunk>,
    owner: usize,
    /// What other threads have chained, each block for itself.
    others: AtomicPtr<Chunk>,
    seal: AtomicUsize,
}

/// Tells the threads that live at the same time apart.
fn this_thread() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

/// Gives a block of `size` bytes, with room for `room` bytes that will be chained to it.
pub(crate) fn allocate(size: u32, room: usize) -> Option<NonNull<u8>> {
    if let Some(check) = check::active() {
        return check.allocate(size);
    }
    if let Some(foreign) = foreign::active() {
        return foreign.allocate(size);
    }
    place(size, room).map(|(block, _)| block)
}

/// As [`allocate`], for one who fills the room behind the block before anybody else knows of it:
/// gives also how many bytes there are, and that may be none. They begin where the block ends,
/// rounded up to 16.
fn allocate_whole(size: u32, room: usize) -> Option<(NonNull<u8>, u32)> {
    if check::active().is_some() || foreign::active().is_some() {
        return allocate(size, room).map(|block| (block, 0));
    }
    let (block, head) = place(size, room)?;
    let taken = head.chunk.used.load(Ordering::Relaxed);
    head.chunk.used.store(head.chunk.size, Ordering::Relaxed);
    Some((block, head.chunk.size - taken))
}

/// Gives back what was not used of the room that [`allocate_whole`] gave.
///
/// # Safety
/// The block is one that came with room, and nothing has been chained to it in another way since
/// without that room being used up.
unsafe fn give_room_back(block: NonNull<u8>, left: u32) {
    // SAFETY: as the caller says.
    if let Some(head) = unsafe { head_of(block) } {
        let used = head.chunk.used.load(Ordering::Relaxed);
        head.chunk.used.store(used.saturating_sub(left), Ordering::Relaxed);
    }
}

fn place<'a>(size: u32, room: usize) -> Option<(NonNull<u8>, &'a Head)> {
    let taken = size_of::<Head>() + round_up(size)?;
    // What is too large for the counters of a chunk is refused: a block has at most 4 GiB.
    let total = u32::try_from(taken.checked_add(round_up(u32::try_from(room).ok()?)?)?).ok()?;
    let head = raw(total)?.cast::<Head>();
    let chunk = Chunk { next: null_mut(), used: AtomicU32::new(taken as u32), size: total };
    let current = AtomicPtr::new(head.as_ptr().cast::<Chunk>());
    let seal = AtomicUsize::new(SEAL ^ head.addr().get());
    let (owner, others) = (this_thread(), AtomicPtr::default());
    // SAFETY: the memory is new, large enough and aligned.
    unsafe {
        head.write(Head { chunk, current, owner, others, seal });
        Some((head.add(1).cast(), &*head.as_ptr()))
    }
}

/// Gives `size` bytes that are freed with `block`.
///
/// # Safety
/// `block` is a block that is alive, or at least readable before its start.
pub(crate) unsafe fn allocate_more(size: u32, block: NonNull<u8>) -> Result<NonNull<u8>, HRESULT> {
    if let Some(check) = check::active() {
        return check.allocate_more(size, block);
    }
    // SAFETY: as the caller says.
    let Some(head) = (unsafe { head_of(block) }) else {
        return match foreign::active() {
            // SAFETY: as the caller says; a block that is not ours is theirs.
            Some(foreign) => unsafe { foreign.allocate_more(size, block) },
            None => Err(ErrorCode::INVALID_PARAMETER.into()),
        };
    };
    more(size, head).ok_or(HRESULT::from(ErrorCode::NOT_ENOUGH_MEMORY))
}

fn more(size: u32, head: &Head) -> Option<NonNull<u8>> {
    let need = u32::try_from(round_up(size)?).ok()?;
    if head.owner != this_thread() {
        let own = Chunk::give(need, 0, null_mut())?;
        let mut first = head.others.load(Ordering::Relaxed);
        loop {
            // SAFETY: nobody else knows the chunk yet.
            unsafe { (*own.as_ptr()).next = first };
            let (done, new) = (Ordering::Release, own.as_ptr());
            match head.others.compare_exchange_weak(first, new, done, Ordering::Relaxed) {
                // SAFETY: as above.
                Ok(_) => return unsafe { Chunk::take(own.as_ptr(), need) },
                Err(now) => first = now,
            }
        }
    }
    let current = head.current.load(Ordering::Relaxed);
    // SAFETY: chunks live as long as the head, and those of the owner are used on this thread.
    unsafe {
        if let Some(block) = Chunk::take(current, need) {
            return Some(block);
        }
        // Who chains much chains more: the next ones are to fit as well.
        let grown = (need as usize * 8).max((*current).size as usize * 2).clamp(ROOM, MOST_ROOM);
        let fresh = Chunk::give(need, grown, current)?;
        head.current.store(fresh.as_ptr(), Ordering::Release);
        Chunk::take(fresh.as_ptr(), need)
    }
}

impl Chunk {
    /// A chunk with so much room.
    fn give(need: u32, room: usize, next: *mut Self) -> Option<NonNull<Self>> {
        let total = size_of::<Self>() + (need as usize).max(room);
        let fresh = raw(u32::try_from(total).ok()?)?.cast::<Self>();
        let used = AtomicU32::new(size_of::<Self>() as u32);
        // SAFETY: the memory is new, large enough and aligned.
        unsafe { fresh.write(Self { next, used, size: total as u32 }) };
        Some(fresh)
    }

    /// Takes memory from a chunk, if it has so much.
    ///
    /// # Safety
    /// The chunk is alive, and nobody else takes from it meanwhile.
    unsafe fn take(chunk: *mut Self, need: u32) -> Option<NonNull<u8>> {
        // SAFETY: as the caller says; `used` never exceeds the size of the chunk's memory.
        unsafe {
            let used = (*chunk).used.load(Ordering::Relaxed);
            let end = used.checked_add(need).filter(|end| *end <= (*chunk).size)?;
            (*chunk).used.store(end, Ordering::Relaxed);
            NonNull::new(chunk.cast::<u8>().add(used as usize))
        }
    }
}

/// How many bytes are certain to be there from the start of a block, at most; `None` if it is no
/// block. Some room behind it may be counted.
///
/// # Safety
/// `block` is a block that is alive, or at least readable before its start.
pub(crate) unsafe fn extent(block: NonNull<u8>) -> Option<usize> {
    if let Some(check) = check::active() {
        return check.extent(block);
    }
    if foreign::active().is_some() {
        // How large their blocks are, only they know.
        return Some(u32::MAX as usize);
    }
    // SAFETY: as the caller says.
    let head = unsafe { head_of(block) }?;
    (head.chunk.size as usize).checked_sub(size_of::<Head>())
}

/// Gives a block of another size with the bytes of an old one, which from now on is memory of the
/// new one: it, and what is chained to it, end together, but it is no block any more.
///
/// # Safety
/// `block` is a block that is alive, or at least readable before its start.
pub(crate) unsafe fn reallocate(block: NonNull<u8>, size: u32) -> Result<NonNull<u8>, HRESULT> {
    if let Some(check) = check::active() {
        return check.reallocate(block, size);
    }
    // SAFETY: as the caller says.
    let old = unsafe { head_of(block) }.ok_or(HRESULT::from(ErrorCode::INVALID_PARAMETER))?;
    let new = allocate(size, 0).ok_or(HRESULT::from(ErrorCode::NOT_ENOUGH_MEMORY))?;
    // What is chained in the same piece is copied with the block; nobody looks at it there.
    let held = old.chunk.used.load(Ordering::Relaxed) as usize - size_of::<Head>();
    // SAFETY: both are as long as that; the old block is given up by its only owner, and its
    // chunks come to stand behind the one of the new block.
    unsafe {
        new.copy_from_nonoverlapping(block, held.min(size as usize));
        old.seal.store(0, Ordering::Relaxed);
        let head = new.cast::<Head>().sub(1).as_ptr();
        (*head).chunk.next = old.current.load(Ordering::Acquire);
        (*head).others = AtomicPtr::new(old.others.load(Ordering::Acquire));
    }
    Ok(new)
}

/// Frees a block and what is chained to it.
///
/// # Safety
/// `block` is a block that is alive and that nobody uses any more, or at least readable before
/// its start.
pub(crate) unsafe fn free(block: NonNull<u8>) -> HRESULT {
    if let Some(check) = check::active() {
        return check.free(block);
    }
    // SAFETY: as the caller says.
    let head = match (unsafe { head_of(block) }, foreign::active()) {
        (Some(head), _) => head,
        // SAFETY: as the caller says; a block that is not ours is theirs.
        (None, Some(foreign)) => return unsafe { foreign.free(block) },
        (None, None) => return ErrorCode::INVALID_PARAMETER.into(),
    };
    head.seal.store(0, Ordering::Relaxed);
    // The list of the owner ends with the head.
    for list in [&head.others, &head.current].map(|list| list.load(Ordering::Acquire)) {
        let mut chunk = list;
        while !chunk.is_null() {
            // SAFETY: the block is given up by whoever had it; each chunk is freed once.
            unsafe {
                let next = (*chunk).next;
                give_back(chunk);
                chunk = next;
            }
        }
    }
    HRESULT::S_OK
}

/// The head of a block, if it is one.
///
/// # Safety
/// The memory before `block` can be read, and stays while the head is used.
unsafe fn head_of<'a>(block: NonNull<u8>) -> Option<&'a Head> {
    let address = block.addr().get();
    if !address.is_multiple_of(ALIGN) || address < size_of::<Head>() {
        return None;
    }
    let head = block.as_ptr().wrapping_sub(size_of::<Head>()).cast::<Head>();
    // SAFETY: as the caller says; a seal that fits was written by `allocate`.
    unsafe {
        let seal = (*head).seal.load(Ordering::Relaxed);
        (seal == SEAL ^ head.addr()).then(|| &*head)
    }
}

fn round_up(size: u32) -> Option<usize> {
    (size.max(1) as usize).checked_next_multiple_of(ALIGN)
}

fn raw(size: u32) -> Option<NonNull<u8>> {
    let layout = Layout::from_size_align(size as usize, ALIGN).ok()?;
    // SAFETY: the size is never zero: a header is part of it.
    NonNull::new(unsafe { alloc(layout) })
}

/// # Safety
/// `chunk` was made by `raw` with the size that it names, and nobody uses it any more.
unsafe fn give_back(chunk: *mut Chunk) {
    // SAFETY: as the caller says.
    unsafe {
        let layout = Layout::from_size_align_unchecked((*chunk).size as usize, ALIGN);
        dealloc(chunk.cast(), layout);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chained_blocks_are_aligned_and_do_not_overlap() {
        let block = allocate(3, 40).unwrap();
        let mut taken = vec![(block.addr().get(), 3)];
        for size in [0, 1, 17, 400, 100_000, 5, 70_000, 1, 16] {
            // SAFETY: the block is alive.
            let more = unsafe { allocate_more(size, block) }.unwrap();
            // SAFETY: the memory is ours.
            unsafe { more.write_bytes(0xAA, size as usize) };
            taken.push((more.addr().get(), size as usize));
        }
        taken.sort_unstable();
        assert!(taken.iter().all(|(start, _)| start.is_multiple_of(ALIGN)));
        assert!(taken.windows(2).all(|pair| pair[0].0 + pair[0].1.max(1) <= pair[1].0));
        // SAFETY: nobody uses the block any more.
        assert_eq!(unsafe { free(block) }, HRESULT::S_OK);
    }

    #[test]
    fn threads_chain_to_one_block() {
        let block = allocate(8, 0).unwrap().as_ptr().expose_provenance();
        std::thread::scope(|scope| {
            for mark in 1..=4_u8 {
                scope.spawn(move || {
                    let block = NonNull::new(std::ptr::with_exposed_provenance_mut(block)).unwrap();
                    // SAFETY: the block is alive, and what it gives is this thread's alone.
                    let mine: Vec<_> = (0..200)
                        .map(|size| unsafe {
                            let more = allocate_more(size + 1, block).unwrap();
                            more.write_bytes(mark, size as usize + 1);
                            (more, size as usize)
                        })
                        .collect();
                    for (more, last) in mine {
                        // SAFETY: written above.
                        assert_eq!(unsafe { more.add(last).read() }, mark);
                    }
                });
            }
        });
        let block = NonNull::new(std::ptr::with_exposed_provenance_mut(block)).unwrap();
        // SAFETY: the threads have ended.
        assert_eq!(unsafe { free(block) }, HRESULT::S_OK);
    }

    #[test]
    fn a_block_of_another_size_keeps_its_bytes_and_what_is_chained() {
        let refused = HRESULT::from(ErrorCode::INVALID_PARAMETER);
        // SAFETY: what is read was written, and blocks are alive until they are freed.
        unsafe {
            let old = allocate(4, 0).unwrap();
            old.cast::<u32>().write(7);
            let chained = allocate_more(1000, old).unwrap();
            chained.write_bytes(0xAB, 1000);
            let new = reallocate(old, 5000).unwrap();
            assert_eq!(new.cast::<u32>().read(), 7);
            assert_eq!((free(old), reallocate(old, 1)), (refused, Err(refused)));
            let small = reallocate(new, 2).unwrap();
            assert_eq!(small.cast::<u16>().read(), 7);
            assert_eq!(chained.add(999).read(), 0xAB);
            allocate_more(2000, small).unwrap().write_bytes(1, 2000);
            assert_eq!(free(small), HRESULT::S_OK);
        }
    }

    #[test]
    fn what_is_no_block_is_refused() {
        let refused = HRESULT::from(ErrorCode::INVALID_PARAMETER);
        let mut foreign = [0_u128; 16];
        let inside = NonNull::new(foreign.as_mut_ptr().wrapping_add(8).cast()).unwrap();
        let block = allocate(64, 512).unwrap();
        // SAFETY: there is readable memory before each of these.
        unsafe {
            assert_eq!(free(inside), refused);
            assert_eq!(allocate_more(1, inside), Err(refused));
            // What lies before a chained block is the owner's: here it has been written.
            block.write_bytes(0, 64);
            let chained = allocate_more(64, block).unwrap();
            assert_eq!(free(chained), refused);
            assert_eq!((extent(chained), extent(inside)), (None, None));
            assert!(extent(block).is_some_and(|size| (64..=64 + 512).contains(&size)));
            assert_eq!(free(block), HRESULT::S_OK);
        }
    }
}
