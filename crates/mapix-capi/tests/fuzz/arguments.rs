//! Arguments of calls: values, rows, restrictions and names, of what the bytes of a step say.

use std::ptr::null_mut;

use mapi::export::*;
use mapi::types::*;

use super::slots::interfaces;
use super::world::World;

/// The bytes of one step; zeros when they end.
pub(super) struct Bytes<'a>(pub(super) std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    pub(super) fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    /// A number as flags, counts and codes are, or as none should be.
    pub(super) fn number(&mut self) -> u64 {
        const OTHERS: [u32; 16] = [
            0x8000_0000,
            0x8000_0001,
            0x20,
            0x40,
            0x80,
            0x100,
            0x200,
            0x800,
            0x1000,
            0x1_0000,
            0x10_0000,
            0x7FFF_FFFF,
            u32::MAX,
            0x8000_0007,
            0x0E07_0003,
            0x3701_0102,
        ];
        match self.byte() {
            0..=95 => 0,
            small @ 96..=199 => (small % 24).into(),
            odd => OTHERS[usize::from(odd) % OTHERS.len()].into(),
        }
    }

    pub(super) fn large(&mut self) -> u64 {
        match self.byte() % 8 {
            0..=4 => self.byte().into(),
            5 => 0x1_0000 + u64::from(self.byte()),
            6 => u64::from(self.byte()) << 56,
            _ => u64::MAX - u64::from(self.byte()),
        }
    }
}

/// The arguments of one call live as long as it.
#[derive(Default)]
pub(super) struct Arena(Vec<Box<[u64]>>);

impl Arena {
    pub(super) fn words(&mut self, words: Vec<u64>) -> *mut u64 {
        self.0.push(words.into());
        self.0.last_mut().map_or(null_mut(), |words| words.as_mut_ptr())
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> *mut u8 {
        let mut words = vec![0; bytes.len() / 8 + 1];
        for (word, part) in words.iter_mut().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..part.len()].copy_from_slice(part);
            *word = u64::from_ne_bytes(whole);
        }
        self.words(words).cast()
    }

    pub(super) fn values<T: Plain>(&mut self, values: &[T]) -> *mut T {
        let bytes =
            unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) };
        self.bytes(bytes).cast()
    }
}

impl World {
    pub(super) fn tags(bytes: &mut Bytes<'_>, arena: &mut Arena) -> *mut SPropTagArray {
        let count = bytes.below(6);
        let mut words = vec![count as u32];
        words.extend((0..count).map(|_| tag(bytes)));
        if bytes.byte() == 255 {
            words[0] = u32::MAX;
        }
        arena.values(&words).cast()
    }

    pub(super) fn value(&self, bytes: &mut Bytes<'_>, arena: &mut Arena) -> SPropValue {
        let mut value = SPropValue { ulPropTag: tag(bytes), ..SPropValue::zeroed() };
        let null = bytes.byte() % 16 == 15;
        let id = &self.ids[bytes.below(self.ids.len())];
        match value.ulPropTag & 0xFFFF {
            0x001E | 0x001F | 0x0048 if null => {}
            0x001E | 0x001F => value.Value.lpszA = arena.bytes(b"t\0e\0x\0t\0\0\0").cast(),
            0x0048 => value.Value.lpguid = arena.bytes(&[9; 16]).cast(),
            0x00FB | 0x0102 => {
                let lpb = if null { null_mut() } else { arena.bytes(id) };
                value.Value.bin = SBinary { cb: id.len() as u32, lpb };
            }
            0x00FD | 0x00FE => {}
            kind if kind & 0x1000 != 0 => {
                let text = arena.bytes(b"o\0n\0e\0\0\0") as u64;
                // Pointers to text, or a count and a pointer: binaries are empty ones.
                let words = if kind & 0xFFF == 0x102 { vec![0; 16] } else { vec![text; 16] };
                let lpl = if null { null_mut() } else { arena.words(words).cast() };
                value.Value.MVl = SLongArray { cValues: bytes.below(5) as u32, lpl };
            }
            _ => value.Value.li.QuadPart = bytes.large() as i64,
        }
        value
    }

    pub(super) fn row(&self, bytes: &mut Bytes<'_>, arena: &mut Arena) -> SRow {
        let values: Vec<_> = (0..bytes.below(4)).map(|_| self.value(bytes, arena)).collect();
        SRow { ulAdrEntryPad: 0, cValues: values.len() as u32, lpProps: arena.values(&values) }
    }

    /// Recipients as `MAPIAllocateBuffer` gives them: whoever gets them may replace them.
    pub(super) fn recipients(&self, bytes: &mut Bytes<'_>) -> *mut ADRLIST {
        let count = bytes.below(4);
        let mut arena = Arena::default();
        unsafe {
            let mut list = null_mut();
            MAPIAllocateBuffer(8 + count as u32 * 16 + 16, &raw mut list);
            let words = list.cast::<u64>();
            words.write(count as u64);
            for at in 0..count {
                let row = self.row(bytes, &mut arena);
                let mut twin = null_mut();
                let values = row.lpProps;
                let copied = ScDupPropset(
                    row.cValues as i32,
                    values,
                    Some(MAPIAllocateBuffer),
                    &raw mut twin,
                );
                let count = if copied.is_ok() { row.cValues } else { 0 };
                words.add(1 + 2 * at).write(u64::from(count) << 32);
                words.add(2 + 2 * at).write(twin as u64);
            }
            list.cast()
        }
    }

    pub(super) fn restriction(
        &self,
        bytes: &mut Bytes<'_>,
        arena: &mut Arena,
        depth: u32,
    ) -> *mut SRestriction {
        let mut node = SRestriction::zeroed();
        node.rt = bytes.below(14) as u32;
        let value = self.value(bytes, arena);
        let lpProp = if bytes.byte() % 8 == 7 { null_mut() } else { arena.values(&[value]) };
        let (relop, ulPropTag) = (bytes.below(9) as u32, tag(bytes));
        node.res.resProperty = SPropertyRestriction { relop, ulPropTag, lpProp };
        let inner = matches!(node.rt, 0..=2 | 9..=12);
        let lpRes = match inner && depth < 4 && bytes.byte() % 8 != 7 {
            true => self.restriction(bytes, arena, depth + 1),
            false => null_mut(),
        };
        match node.rt {
            0 | 1 => node.res.resAnd = SAndRestriction { cRes: bytes.below(2) as u32, lpRes },
            2 => node.res.resNot = SNotRestriction { ulReserved: 0, lpRes },
            9 => node.res.resSub = SSubRestriction { ulSubObject: ulPropTag, lpRes },
            10 | 12 => {
                node.res.resComment = SCommentRestriction { cValues: 1, lpRes, lpProp };
            }
            11 => node.res.resCount = SCountRestriction { ulCount: relop, lpRes },
            _ => {}
        }
        arena.values(&[node])
    }
}

pub(super) fn iid(bytes: &mut Bytes<'_>) -> GUID {
    match interfaces().get(bytes.below(interfaces().len() + 4)) {
        Some(known) => known.iid,
        None => GUID::new(bytes.number() as u32, 0, 0, [0; 8]),
    }
}

/// A tag that means something somewhere, or none.
pub(super) fn tag(bytes: &mut Bytes<'_>) -> u32 {
    const TAGS: [u32; 36] = [
        0x0037_001F,
        0x0037_001E,
        0x0037_0000,
        0x1000_001F,
        0x1000_001E,
        0x0FFF_0102,
        0x0E07_0003,
        0x0E08_0003,
        0x0E06_0040,
        0x3701_0102,
        0x3701_000D,
        0x3705_0003,
        0x0C15_0003,
        0x3001_001F,
        0x3001_001E,
        0x3003_001F,
        0x3002_001F,
        0x3000_0003,
        0x0E12_000D,
        0x0E13_000D,
        0x360F_000D,
        0x3610_000D,
        0x6600_0102,
        0x6601_101F,
        0x6602_1003,
        0x6603_1102,
        0x6604_0048,
        0x6605_00FD,
        0x8001_001F,
        0x8002_0003,
        0x0017_0003,
        0x0FF4_0003,
        0x001A_001F,
        0x7FFF_0102,
        0xFFFF_FFFF,
        0x6606_000A,
    ];
    match bytes.byte() {
        255 => u32::from(bytes.byte()) << 16 | u32::from(bytes.byte()),
        known => TAGS[usize::from(known) % TAGS.len()],
    }
}

pub(super) fn name(bytes: &mut Bytes<'_>, arena: &mut Arena) -> *mut MAPINAMEID {
    let mut name = MAPINAMEID::zeroed();
    match bytes.byte() % 8 {
        7 => return null_mut(),
        6 => {}
        _ => name.lpguid = arena.bytes(&[bytes.byte(); 16]).cast(),
    }
    name.ulKind = bytes.below(3) as u32;
    match name.ulKind {
        1 if bytes.byte() % 8 != 7 => {
            name.Kind.lpwstrName = arena.bytes(b"n\0a\0m\0e\0\0\0").cast();
        }
        1 => {}
        _ => name.Kind.lID = bytes.number() as i32,
    }
    arena.values(&[name])
}
