//! The small functions: values, restrictions and notifications of any bytes, with pointers that are
//! null or good, go through all of them. None may crash, and what copies must copy.

use std::ffi::c_void;
use std::ptr::null_mut;

use mapi::arg::{In, Out};
use mapi::export::*;
use mapi::types::*;
use mapix::ErrorCode;

/// Types that are defined, and some that are not.
const KINDS: [u32; 36] = [
    0x0000, 0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0007, 0x000A, 0x000B, 0x000D, 0x0014,
    0x001E, 0x001F, 0x0040, 0x0048, 0x00FB, 0x00FD, 0x00FE, 0x0102, 0x1002, 0x1003, 0x1004, 0x1005,
    0x1006, 0x1007, 0x1014, 0x101E, 0x101F, 0x1040, 0x1048, 0x1102, 0x100B, 0x3003, 0x2003, 0x0FFF,
];

/// How many values an array has at most; the memory below holds so many of all kinds.
const MANY: u32 = 8;

/// Memory that pointers lead to, and the bytes that decide.
struct Input<'a> {
    data: std::slice::Iter<'a, u8>,
    /// Ends in zeros, so that every string in it ends.
    pool: Vec<u64>,
    strings: Vec<*mut u8>,
    binaries: Vec<SBinary>,
}

impl<'a> Input<'a> {
    fn new(data: &'a [u8]) -> Self {
        let mut pool = vec![0_u64; 64];
        let bytes = data.chunks_exact(8).take(48);
        for (word, bytes) in pool.iter_mut().zip(bytes) {
            *word = u64::from_le_bytes(bytes.try_into().unwrap());
        }
        let data = data.iter();
        let mut input = Self { data, pool, strings: Vec::new(), binaries: Vec::new() };
        input.strings = (0..MANY).map(|_| input.pointer()).collect();
        input.binaries = (0..MANY)
            .map(|_| {
                let lpb = input.pointer();
                SBinary { cb: if lpb.is_null() { input.number(3) } else { input.number(64) }, lpb }
            })
            .collect();
        input
    }

    fn byte(&mut self) -> u8 {
        self.data.next().copied().unwrap_or(0)
    }

    fn number(&mut self, below: u32) -> u32 {
        u32::from(self.byte()) % below
    }

    /// Null, or somewhere in the first half of the memory, perhaps unaligned.
    fn pointer(&mut self) -> *mut u8 {
        match self.byte() {
            0 => null_mut(),
            at => unsafe { self.pool.as_mut_ptr().cast::<u8>().add(usize::from(at)) },
        }
    }

    fn aligned(&mut self) -> *mut u8 {
        match self.byte() {
            0 => null_mut(),
            at => unsafe { self.pool.as_mut_ptr().add(usize::from(at % 32)).cast() },
        }
    }

    fn value(&mut self) -> SPropValue {
        let kind = KINDS[self.number(KINDS.len() as u32) as usize];
        let id = [0x0037, 0, 0xFFFF, 0x8001][self.number(4) as usize];
        let mut value = SPropValue { ulPropTag: id << 16 | kind, ..SPropValue::zeroed() };
        match kind {
            0x001F => value.Value.lpszW = self.aligned().cast(),
            0x001E => value.Value.lpszA = self.pointer(),
            0x0048 => value.Value.lpguid = self.aligned().cast(),
            // No trees here: they have pointers of their own.
            0x00FD | 0x00FE => {}
            0x00FB | 0x0102 => value.Value.bin = self.binaries[0],
            0x101E | 0x101F => {
                let lppszA = if self.byte() == 0 { null_mut() } else { self.strings.as_mut_ptr() };
                value.Value.MVszA = SLPSTRArray { cValues: self.number(MANY + 1), lppszA };
            }
            0x1102 => {
                let lpbin = if self.byte() == 0 { null_mut() } else { self.binaries.as_mut_ptr() };
                value.Value.MVbin = SBinaryArray { cValues: self.number(MANY + 1), lpbin };
            }
            0x1000.. => {
                let lpl = self.aligned().cast();
                value.Value.MVl = SLongArray { cValues: self.number(MANY + 1), lpl };
            }
            _ => {
                let bytes = [0; 8].map(|_: u8| self.byte());
                value.Value.li.QuadPart = i64::from_le_bytes(bytes);
            }
        }
        value
    }
}

/// Runs all of it over the bytes.
pub(super) fn functions(data: &[u8]) {
    let mut input = Input::new(data);
    let count = input.number(5);
    let mut values: Vec<SPropValue> = (0..count).map(|_| input.value()).collect();
    let odd = [0, -1, i32::MIN][input.number(3) as usize];
    unsafe {
        copies(&mut values);
        each(&mut values, &mut input);
        restrictions(&mut values, &mut input);
        notifications(&mut values, &mut input);
        texts(&mut input);
        entry_ids(&mut input);
        rules(data);
        let invalid = ErrorCode::INVALID_PARAMETER.into();
        let first = values.as_mut_ptr();
        if odd < 0 {
            assert_eq!(ScCountProps(odd, first, null_mut()), invalid);
            assert_eq!(
                ScDupPropset(odd, first, Some(MAPIAllocateBuffer), &mut null_mut()),
                invalid
            );
            assert_eq!(ScCountNotifications(odd, null_mut(), null_mut()), invalid);
        }
    }
}

unsafe fn copies(values: &mut [SPropValue]) {
    let (count, first) = (values.len() as i32, values.as_mut_ptr());
    unsafe {
        let mut size = 0;
        let counted = ScCountProps(count, first, &raw mut size);
        let mut block = vec![0_u64; (size as usize).div_ceil(8).max(values.len() * 3)];
        let at = block.as_mut_ptr();
        let mut used = 0;
        let copied = ScCopyProps(count, first, at.cast(), &raw mut used);
        assert_eq!(copied, counted);
        let mut twin = null_mut();
        let duplicated = ScDupPropset(count, first, Some(MAPIAllocateBuffer), &raw mut twin);
        assert_eq!(duplicated, counted);
        if !counted.is_ok() {
            return;
        }
        assert_eq!(used, size);
        for at in 0..values.len() {
            let (a, b) = (In::from_raw(first.add(at)), In::from_raw(twin.add(at)));
            assert_eq!(FBadProp(first.add(at)), FBadProp(twin.add(at)));
            assert_eq!(UlPropSize(first.add(at)), UlPropSize(twin.add(at)));
            assert_eq!(LPropCompareProp(a, a), LPropCompareProp(a, b));
        }
        MAPIFreeBuffer(twin.cast());
        let mut moved = block.clone();
        block.fill(u64::MAX);
        let there = moved.as_mut_ptr();
        let result = ScRelocProps(count, there.cast(), at.cast(), there.cast(), &raw mut used);
        assert_eq!((result, used), (HRESULT::S_OK, size));
        let again = ScCountProps(count, there.cast(), &raw mut used);
        assert_eq!((again, used), (HRESULT::S_OK, size));
    }
}

unsafe fn each(values: &mut [SPropValue], input: &mut Input<'_>) {
    let level = u32::from(input.byte()) | u32::from(input.byte()) << 16;
    let (relation, index) = (u32::from(input.byte()), input.number(MANY + 2));
    let (count, first) = (values.len(), values.as_mut_ptr());
    unsafe {
        let mut owner = null_mut();
        MAPIAllocateBuffer(24, &raw mut owner);
        for at in 0..count {
            let value = first.add(at);
            let copied = PropCopyMore(owner.cast(), value, Some(MAPIAllocateMore), owner);
            if copied.is_ok() {
                assert_eq!(UlPropSize(value), UlPropSize(owner.cast()));
            }
            let mut single = SPropValue::zeroed();
            GetInstance(value, &raw mut single, index);
            FBadProp(&raw mut single);
            assert_eq!(FBadPropTag((*value).ulPropTag), FBadPropTag((*value).ulPropTag | 1 << 30));
            for other in 0..count {
                let (a, b) = (In::from_raw(value), In::from_raw(first.add(other)));
                FPropContainsProp(a, b, level);
                FPropCompareProp(a, relation, b);
                let (there, back) = (LPropCompareProp(a, b), LPropCompareProp(b, a));
                assert_eq!(there == 0, back == 0);
            }
            let found = PpropFindProp(first, count as u32, (*value).ulPropTag);
            assert!(!found.is_null() && found <= value);
        }
        MAPIFreeBuffer(owner);
    }
}

unsafe fn restrictions(values: &mut [SPropValue], input: &mut Input<'_>) {
    let operand = values.first_mut().map_or(null_mut(), |value| &raw mut *value);
    let mut nodes: Vec<SRestriction> = (0..6)
        .map(|_| {
            let mut node = SRestriction::zeroed();
            node.rt = input.number(15);
            let (a, b) = (input.number(9), KINDS[input.number(KINDS.len() as u32) as usize]);
            let resProperty = SPropertyRestriction { relop: a, ulPropTag: b, lpProp: operand };
            node.res.resProperty = resProperty;
            node
        })
        .collect();
    let first = nodes.as_mut_ptr();
    unsafe {
        for at in 0..nodes.len() {
            let node = first.add(at);
            // To others and to itself: trees, and what goes round.
            let below = match input.number(8) as usize {
                7 => null_mut(),
                to => first.add(to.min(5)),
            };
            match (*node).rt {
                0 | 1 => {
                    let most =
                        if below.is_null() { 3 } else { 6 - below.offset_from(first) as u32 };
                    let cRes = input.number(most + 1);
                    (*node).res.resAnd = SAndRestriction { cRes, lpRes: below };
                }
                2 | 9 | 11 => {
                    (*node).res.resNot = SNotRestriction { ulReserved: 0, lpRes: below };
                }
                10 | 12 => {
                    let (cValues, lpProp) = (values.len() as u32, operand);
                    (*node).res.resComment = SCommentRestriction { cValues, lpRes: below, lpProp };
                }
                _ => {}
            }
        }
        for at in 0..nodes.len() {
            FBadRestriction(first.add(at));
        }
        let mut row = SRow { ulAdrEntryPad: 0, cValues: values.len() as u32, lpProps: operand };
        FBadRow(&raw mut row);
    }
}

/// Any bytes as what Exchange keeps of rules: what can be read can be written, and read again.
unsafe fn rules(data: &[u8]) {
    let condition = [&[0, 0], data].concat();
    let does = [&[0, 0, 1, 0, 0, 0], data].concat();
    for bytes in [data, &condition, &does] {
        let (from, size) = (unsafe { In::from_raw(bytes.as_ptr()) }, bytes.len() as u32);
        let (mut read, mut actions) = (null_mut(), null_mut());
        let (mut written, mut count) = (null_mut(), 0);
        unsafe {
            let none = In::null();
            if HrDeserializeSRestriction(none, from, size, Out::new(&mut read)).is_ok() {
                let whole = In::from_raw(read.cast_const());
                let (to, count) = (Out::new(&mut written), Out::new(&mut count));
                if HrSerializeSRestriction(none, whole, to, count).is_ok() {
                    MAPIFreeBuffer(written.cast());
                }
                MAPIFreeBuffer(read.cast());
            }
            if HrDeserializeActions(none, from, size, Out::new(&mut actions)).is_ok() {
                let whole = In::from_raw(actions.cast_const());
                let (to, count) = (Out::new(&mut written), Out::new(&mut count));
                if HrSerializeActions(none, whole, to, count).is_ok() {
                    MAPIFreeBuffer(written.cast());
                }
                MAPIFreeBuffer(actions.cast());
            }
        }
    }
}

unsafe fn notifications(values: &mut [SPropValue], input: &mut Input<'_>) {
    let event = 1_u32 << input.number(12);
    let first = values.first_mut().map_or(null_mut(), |value| &raw mut *value);
    let mut one = NOTIFICATION {
        ulEventType: if input.byte() == 0 { 0x8000_0000 } else { event },
        ..NOTIFICATION::zeroed()
    };
    match one.ulEventType {
        0x100 => {
            let mut tab = TABLE_NOTIFICATION::zeroed();
            tab.ulTableEvent = input.number(11);
            tab.propIndex = values.first().copied().unwrap_or(tab.propIndex);
            tab.row = SRow { ulAdrEntryPad: 0, cValues: values.len() as u32, lpProps: first };
            one.info.tab = tab;
        }
        0x200 => {
            one.info.statobj = STATUS_OBJECT_NOTIFICATION {
                cValues: values.len() as u32,
                lpPropVals: first,
                ..STATUS_OBJECT_NOTIFICATION::zeroed()
            };
        }
        _ => {
            let binary = input.binaries[1];
            one.info.ext =
                EXTENDED_NOTIFICATION { ulEvent: 1, cb: 0, pbEventParameters: binary.lpb };
            if one.ulEventType == 0x8000_0000 {
                one.info.ext.cb = binary.cb;
            } else {
                one.info = NotificationInfo { obj: OBJECT_NOTIFICATION::zeroed() };
            }
        }
    }
    unsafe {
        let mut size = 0;
        let counted = ScCountNotifications(1, &raw mut one, &raw mut size);
        let mut block = vec![0_u64; (size as usize).div_ceil(8).max(11)];
        let copied = ScCopyNotifications(1, &raw mut one, block.as_mut_ptr().cast(), null_mut());
        assert_eq!(copied, counted);
    }
}

/// What searches, reads and converts text.
unsafe fn texts(input: &mut Input<'_>) {
    let (one, other) = (input.aligned(), input.aligned());
    let (wide, wide2) = (one.cast::<u16>(), other.cast::<u16>());
    let (count, letter) = (input.number(65), u16::from(input.byte()));
    let page = [0, 1252, 65001, 932, 7][input.number(5) as usize];
    let flags = u32::from(input.byte());
    let length = [-1, count as i32 / 2][input.number(2) as usize];
    let size = [0, 4, 500][input.number(3) as usize];
    let mut room = [0_u16; 520];
    let target = room.as_mut_ptr();
    unsafe {
        SzFindCh(one, letter);
        SzFindLastCh(one, letter);
        let found = SzFindSz(one, other);
        assert!(found.is_null() || found >= one);
        UFromSz(one);
        UlFromSzHex(one);
        FBinFromHex(one, target.cast());
        ScBinFromHexBounded(one, target.cast(), size as u32);
        if !one.is_null() {
            let mut back = [0_u8; 64];
            HexFromBin(one, count as i32, target.cast());
            assert_ne!(FBinFromHex(target.cast(), back.as_mut_ptr()), 0);
            let bytes = std::slice::from_raw_parts(one, count as usize);
            assert_eq!(&back[..count as usize], bytes);
        }
        assert_eq!(MNLS_lstrcmpW(wide, wide2) == 0, MNLS_lstrcmpW(wide2, wide) == 0);
        MNLS_CompareStringW(0, flags, wide, length, wide2, length);
        MNLS_lstrcpyW(target, wide);
        assert_eq!(MNLS_lstrlenW(target), MNLS_lstrlenW(wide));
        MNLS_MultiByteToWideChar(page, flags, one, length, target, size);
        let (none, narrow) = (null_mut(), target.cast());
        MNLS_WideCharToMultiByte(page, flags, wide, length, narrow, size, null_mut(), none);
        MNLS_IsBadStringPtrW(wide, count);
        IsBadBoundedStringPtr(one.cast::<c_void>(), count);
    }
}

/// What composes entry IDs, and takes them apart.
unsafe fn entry_ids(input: &mut Input<'_>) {
    let (at, other) = (input.aligned(), input.aligned());
    let size = input.number(65);
    let other_size = input.number(65);
    let mut made: [*mut ENTRYID; 2] = [null_mut(); 2];
    let mut sizes = [0; 2];
    unsafe {
        let id = In::from_raw(at.cast_const().cast::<ENTRYID>());
        let key = In::from_raw(other.cast_const());
        let mut text = null_mut();
        if HrSzFromEntryID(size, id, Out::new(&mut text)).is_ok() {
            let text_in = In::from_raw(text.cast_const());
            let [ref mut made, _] = made;
            let back = HrEntryIDFromSz(text_in, Out::new(&mut sizes[0]), Out::new(made));
            assert_eq!((back, sizes[0]), (HRESULT::S_OK, size));
            let bytes = std::slice::from_raw_parts(made.cast::<u8>(), size as usize);
            assert_eq!(bytes, std::slice::from_raw_parts(at, size as usize));
            MAPIFreeBuffer(made.cast());
            MAPIFreeBuffer(text);
        }
        let mut compound = null_mut();
        let mut compound_size = 0;
        let composed = HrComposeEID(
            In::null(),
            other_size,
            key,
            size,
            id,
            Out::new(&mut compound_size),
            Out::new(&mut compound),
        );
        assert_eq!(composed.is_ok(), !compound.is_null());
        let id = match composed.is_ok() {
            true => (compound_size, In::from_raw(compound.cast_const())),
            false => (size, id),
        };
        let [size1, size2] = &mut sizes;
        let [made1, made2] = &mut made;
        let (size1, made1) = (Out::new(size1), Out::new(made1));
        let apart =
            HrDecomposeEID(In::null(), id.0, id.1, size1, made1, Out::new(size2), Out::new(made2));
        if apart.is_ok() {
            for id in made {
                MAPIFreeBuffer(id.cast());
            }
        }
        MAPIFreeBuffer(compound.cast());
        let (mut wrapped_size, mut wrapped) = (0, null_mut());
        let name = In::from_raw(other.cast_const().cast());
        let id = In::from_raw(at.cast_const().cast());
        let flags = [0, 0x8000_0000][input.number(2) as usize];
        let (to, to_size) = (Out::new(&mut wrapped), Out::new(&mut wrapped_size));
        WrapStoreEntryID(flags, name, size, id, to_size, to);
        MAPIFreeBuffer(wrapped.cast());
        let (mut index_size, mut index) = (0, null_mut());
        ScCreateConversationIndex(other_size, key, Out::new(&mut index_size), Out::new(&mut index));
        MAPIFreeBuffer(index.cast());
    }
}
