//! What the pointers in values and notifications point to: to measure, copy, move and check it.
//!
//! [`value`] and [`notification`] tell a [`Visitor`] of each pointer in turn. What it points to is
//! looked at where the visitor says it can be found, and walked on where the visitor has put it,
//! so that one walk serves copies, in which the pointers of an array are those of the copy, and
//! moves, before which they do not point to it.

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;

use mapix::ErrorCode;
use mapix::prop::PropType;

use crate::types::{HRESULT, MAPIERROR, NOTIFICATION, SBinary, SPropTagArray, SPropValue};

/// What is done with each pointer.
pub(crate) trait Visitor {
    /// Where that which a pointer names can be read now.
    fn find(&self, pointer: *mut u8) -> Result<*mut u8, HRESULT> {
        Ok(pointer)
    }

    /// Told of a pointer that lies at `slot`, perhaps unaligned, and names `size` bytes, which can
    /// be read at `found`; says where those lie that are walked next.
    ///
    /// # Safety
    /// `slot` and `found` are good for that.
    unsafe fn piece(
        &mut self,
        slot: *mut *mut u8,
        found: *mut u8,
        size: usize,
    ) -> Result<*mut u8, HRESULT>;
}

type Done = Result<(), HRESULT>;

/// An argument that no caller may give.
pub(crate) const INVALID: HRESULT = HRESULT(ErrorCode::INVALID_PARAMETER.0 as i32);

/// What a property type consists of beside the structure of the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// Nothing.
    Plain,
    /// What a pointer names.
    One(Element),
    /// An array of so many.
    Many(Element),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Element {
    /// So many bytes.
    Fixed(usize),
    /// 8-bit characters and a zero.
    Text8,
    /// 16-bit characters and a zero.
    Text16,
    /// `SBinary`.
    Binary,
}

impl Shape {
    /// The shape of a tag's type; `None` for types that MAPI does not define, and for
    /// `PT_SRESTRICTION` and `PT_ACTIONS`, which are trees.
    pub(crate) fn of(tag: u32) -> Option<Self> {
        let kind = PropType(tag as u16);
        Some(match kind {
            PropType::OBJECT => Self::Plain,
            PropType::STRING8 => Self::One(Element::Text8),
            PropType::UNICODE => Self::One(Element::Text16),
            PropType::BINARY | PropType::SVREID => Self::One(Element::Binary),
            PropType::GUID => Self::One(Element::Fixed(16)),
            PropType::MV_STRING8 => Self::Many(Element::Text8),
            PropType::MV_UNICODE => Self::Many(Element::Text16),
            PropType::MV_BINARY => Self::Many(Element::Binary),
            PropType::MV_I16
            | PropType::MV_I32
            | PropType::MV_F32
            | PropType::MV_F64
            | PropType::MV_CURRENCY
            | PropType::MV_APP_TIME
            | PropType::MV_I64
            | PropType::MV_TIME
            | PropType::MV_GUID => Self::Many(Element::Fixed(kind.single().fixed_size()?)),
            _ if kind.is_multi() => return None,
            _ => kind.fixed_size().map(|_| Self::Plain)?,
        })
    }
}

/// Walks a value.
///
/// # Safety
/// `value` points to a value, perhaps unaligned, whose pointers are null or lead to what its tag
/// and its counts say, where [`Visitor::find`] finds it; it can be written if the visitor writes.
pub(crate) unsafe fn value(value: *mut SPropValue, visitor: &mut impl Visitor) -> Done {
    // SAFETY: as the caller says; all pointers of a value lie at its union, behind the count if
    // it has one.
    unsafe {
        let tag = (&raw const (*value).ulPropTag).read_unaligned();
        let first = &raw mut (*value).Value.lpszA;
        match Shape::of(tag).ok_or(INVALID)? {
            Shape::Plain => Ok(()),
            Shape::One(Element::Binary) => binary(&raw mut (*value).Value.bin, visitor),
            Shape::One(one) => single(first, one, visitor),
            Shape::Many(one) => {
                let count = (&raw const (*value).Value.MVi.cValues).read_unaligned() as usize;
                let array = (&raw mut (*value).Value.MVi.lpi).cast::<*mut u8>();
                if count == 0 {
                    return Err(INVALID);
                }
                many(array, one, count, visitor)
            }
        }
    }
}

/// # Safety
/// As [`value`].
unsafe fn single(slot: *mut *mut u8, one: Element, visitor: &mut impl Visitor) -> Done {
    // SAFETY: as the caller says.
    unsafe {
        let pointer = slot.read_unaligned();
        if pointer.is_null() {
            return Err(INVALID);
        }
        let found = visitor.find(pointer)?;
        let size = match one {
            Element::Fixed(size) => size,
            Element::Text8 => length8(found) + 1,
            Element::Text16 => (length16(found.cast()) + 1) * 2,
            Element::Binary => return binary(slot.cast(), visitor),
        };
        visitor.piece(slot, found, size).map(drop)
    }
}

/// # Safety
/// As [`value`].
unsafe fn many(slot: *mut *mut u8, one: Element, count: usize, visitor: &mut impl Visitor) -> Done {
    let each = match one {
        Element::Fixed(size) => size,
        Element::Text8 | Element::Text16 => size_of::<*mut u8>(),
        Element::Binary => size_of::<SBinary>(),
    };
    // SAFETY: as the caller says.
    unsafe {
        let array = bytes(slot, count * each, visitor)?;
        (0..count).try_for_each(|at| match one {
            Element::Fixed(_) => Ok(()),
            Element::Binary => binary(array.add(at * each).cast(), visitor),
            _ => single(array.add(at * each).cast(), one, visitor),
        })
    }
}

/// # Safety
/// As [`value`].
unsafe fn binary(at: *mut SBinary, visitor: &mut impl Visitor) -> Done {
    // SAFETY: as the caller says.
    unsafe {
        let size = (&raw const (*at).cb).read_unaligned();
        bytes(&raw mut (*at).lpb, size as usize, visitor).map(drop)
    }
}

/// A pointer to so many bytes, which may be null if there are none.
///
/// # Safety
/// As [`value`].
unsafe fn bytes(
    slot: *mut *mut u8,
    size: usize,
    visitor: &mut impl Visitor,
) -> Result<*mut u8, HRESULT> {
    // SAFETY: as the caller says.
    unsafe {
        let pointer = slot.read_unaligned();
        if size == 0 {
            // What it names is nothing, and stays nothing.
            return Ok(null_mut());
        }
        if pointer.is_null() || size > isize::MAX as usize {
            return Err(INVALID);
        }
        let found = visitor.find(pointer)?;
        visitor.piece(slot, found, size)
    }
}

/// Walks the values of an array.
///
/// # Safety
/// As [`value`], for `count` of them.
pub(crate) unsafe fn values(
    first: *mut SPropValue,
    count: usize,
    visitor: &mut impl Visitor,
) -> Done {
    // SAFETY: as the caller says.
    (0..count).try_for_each(|at| unsafe { value(first.add(at), visitor) })
}

/// The events of notifications (`fnev*`).
mod event {
    pub(super) const CRITICAL_ERROR: u32 = 0x1;
    pub(super) const NEW_MAIL: u32 = 0x2;
    pub(super) const OBJECTS: [u32; 6] = [0x4, 0x8, 0x10, 0x20, 0x40, 0x80];
    pub(super) const TABLE_MODIFIED: u32 = 0x100;
    pub(super) const STATUS_OBJECT_MODIFIED: u32 = 0x200;
    pub(super) const EXTENDED: u32 = 0x8000_0000;
}

/// The table events that speak of a row (`TABLE_ROW_ADDED`, `_DELETED`, `_MODIFIED`).
const ROW_EVENTS: std::ops::RangeInclusive<u32> = 3..=5;
/// `TABLE_ROW_DELETED`, which has no row.
const ROW_DELETED: u32 = 4;
/// The last table event (`TABLE_RELOAD`).
const LAST_TABLE_EVENT: u32 = 9;
/// In a notification with text: it has 16-bit characters.
const MAPI_UNICODE: u32 = 0x8000_0000;

/// Walks a notification.
///
/// # Safety
/// As [`value`], for a notification.
pub(crate) unsafe fn notification(at: *mut NOTIFICATION, visitor: &mut impl Visitor) -> Done {
    // SAFETY: the event tells which member of the union is there; the rest as the caller says.
    unsafe {
        let kind = (&raw const (*at).ulEventType).read_unaligned();
        match kind {
            event::CRITICAL_ERROR => {
                let err = &raw mut (*at).info.err;
                counted(&raw mut (*err).lpEntryID, &raw const (*err).cbEntryID, visitor)?;
                error(&raw mut (*err).lpMAPIError, &raw const (*err).ulFlags, visitor)
            }
            event::NEW_MAIL => {
                let mail = &raw mut (*at).info.newmail;
                counted(&raw mut (*mail).lpEntryID, &raw const (*mail).cbEntryID, visitor)?;
                counted(&raw mut (*mail).lpParentID, &raw const (*mail).cbParentID, visitor)?;
                text(&raw mut (*mail).lpszMessageClass, &raw const (*mail).ulFlags, visitor)
            }
            _ if event::OBJECTS.contains(&kind) => {
                let obj = &raw mut (*at).info.obj;
                counted(&raw mut (*obj).lpEntryID, &raw const (*obj).cbEntryID, visitor)?;
                counted(&raw mut (*obj).lpParentID, &raw const (*obj).cbParentID, visitor)?;
                counted(&raw mut (*obj).lpOldID, &raw const (*obj).cbOldID, visitor)?;
                counted(&raw mut (*obj).lpOldParentID, &raw const (*obj).cbOldParentID, visitor)?;
                tags(&raw mut (*obj).lpPropTagArray, visitor)
            }
            event::TABLE_MODIFIED => {
                let tab = &raw mut (*at).info.tab;
                let what = (&raw const (*tab).ulTableEvent).read_unaligned();
                match what {
                    _ if !(1..=LAST_TABLE_EVENT).contains(&what) => Err(INVALID),
                    _ if !ROW_EVENTS.contains(&what) => Ok(()),
                    _ => {
                        index(&raw mut (*tab).propIndex, visitor)?;
                        index(&raw mut (*tab).propPrior, visitor)?;
                        if what == ROW_DELETED {
                            return Ok(());
                        }
                        let row = &raw mut (*tab).row;
                        array(&raw mut (*row).lpProps, &raw const (*row).cValues, visitor)
                    }
                }
            }
            event::STATUS_OBJECT_MODIFIED => {
                let status = &raw mut (*at).info.statobj;
                counted(&raw mut (*status).lpEntryID, &raw const (*status).cbEntryID, visitor)?;
                array(&raw mut (*status).lpPropVals, &raw const (*status).cValues, visitor)
            }
            event::EXTENDED => {
                let ext = &raw mut (*at).info.ext;
                counted(&raw mut (*ext).pbEventParameters, &raw const (*ext).cb, visitor)
            }
            _ => Err(INVALID),
        }
    }
}

/// # Safety
/// As [`value`]: a pointer to as many bytes as the count says.
unsafe fn counted<T>(slot: *mut *mut T, count: *const u32, visitor: &mut impl Visitor) -> Done {
    // SAFETY: as the caller says.
    unsafe { bytes(slot.cast(), count.read_unaligned() as usize, visitor).map(drop) }
}

/// # Safety
/// As [`value`]: a pointer to a string of the width that the flags tell, or null.
unsafe fn text(slot: *mut *mut c_void, flags: *const u32, visitor: &mut impl Visitor) -> Done {
    let slot = slot.cast::<*mut u8>();
    // SAFETY: as the caller says.
    unsafe {
        match flags.read_unaligned() & MAPI_UNICODE {
            _ if slot.read_unaligned().is_null() => Ok(()),
            0 => single(slot, Element::Text8, visitor),
            _ => single(slot, Element::Text16, visitor),
        }
    }
}

/// # Safety
/// As [`value`]: a pointer to an error and its two strings, or null.
unsafe fn error(slot: *mut *mut MAPIERROR, flags: *const u32, visitor: &mut impl Visitor) -> Done {
    // SAFETY: as the caller says.
    unsafe {
        if slot.read_unaligned().is_null() {
            return Ok(());
        }
        let at = bytes(slot.cast(), size_of::<MAPIERROR>(), visitor)?.cast::<MAPIERROR>();
        text(&raw mut (*at).lpszError, flags, visitor)?;
        text(&raw mut (*at).lpszComponent, flags, visitor)
    }
}

/// # Safety
/// As [`value`]: a pointer to tags, or null.
unsafe fn tags(slot: *mut *mut SPropTagArray, visitor: &mut impl Visitor) -> Done {
    // SAFETY: as the caller says.
    unsafe {
        let pointer = slot.read_unaligned();
        if pointer.is_null() {
            return Ok(());
        }
        let found = visitor.find(pointer.cast())?;
        let count = found.cast::<u32>().read_unaligned() as usize;
        bytes(slot.cast(), (count + 1) * size_of::<u32>(), visitor).map(drop)
    }
}

/// # Safety
/// As [`value`]; nothing is there if the tag is zero.
unsafe fn index(at: *mut SPropValue, visitor: &mut impl Visitor) -> Done {
    // SAFETY: as the caller says.
    unsafe {
        match (&raw const (*at).ulPropTag).read_unaligned() {
            0 => Ok(()),
            _ => value(at, visitor),
        }
    }
}

/// # Safety
/// As [`value`]: a pointer to as many values as the count says.
unsafe fn array(slot: *mut *mut SPropValue, count: *const u32, visitor: &mut impl Visitor) -> Done {
    // SAFETY: as the caller says.
    unsafe {
        let count = count.read_unaligned() as usize;
        let first = bytes(slot.cast(), count * size_of::<SPropValue>(), visitor)?;
        values(first.cast(), count, visitor)
    }
}

/// Characters before the zero.
///
/// # Safety
/// There is one.
pub(crate) unsafe fn length8(text: *const u8) -> usize {
    // SAFETY: as the caller says.
    unsafe { CStr::from_ptr(text.cast()) }.count_bytes()
}

/// Characters before the zero.
///
/// # Safety
/// There is one; the text may be unaligned.
pub(crate) unsafe fn length16(text: *const u16) -> usize {
    let mut length = 0;
    // SAFETY: as the caller says.
    while unsafe { text.add(length).read_unaligned() } != 0 {
        length += 1;
    }
    length
}

/// Counts the bytes of the pieces.
pub(crate) struct Measure {
    pub(crate) bytes: usize,
    /// Each piece begins at a multiple of this.
    pub(crate) align: usize,
}

impl Visitor for Measure {
    unsafe fn piece(
        &mut self,
        _: *mut *mut u8,
        found: *mut u8,
        size: usize,
    ) -> Result<*mut u8, HRESULT> {
        let size = size.checked_next_multiple_of(self.align).ok_or(INVALID)?;
        self.bytes = self.bytes.checked_add(size).ok_or(INVALID)?;
        Ok(found)
    }
}

/// Copies the pieces to where the function gives room for so many bytes, and sets the pointers.
pub(crate) struct Copy<F>(pub(crate) F);

impl<F: FnMut(usize) -> Result<*mut u8, HRESULT>> Visitor for Copy<F> {
    unsafe fn piece(
        &mut self,
        slot: *mut *mut u8,
        found: *mut u8,
        size: usize,
    ) -> Result<*mut u8, HRESULT> {
        let target = (self.0)(size)?;
        // SAFETY: new room of that size; the rest as the caller says.
        unsafe {
            target.copy_from_nonoverlapping(found, size);
            slot.write_unaligned(target);
        }
        Ok(target)
    }
}

/// Sets pointers that are valid from `old` on to where they are from `new` on, while the bytes
/// lie from `here` on.
pub(crate) struct Move {
    pub(crate) old: usize,
    pub(crate) new: usize,
    pub(crate) here: *mut u8,
    pub(crate) measure: Measure,
}

impl Visitor for Move {
    fn find(&self, pointer: *mut u8) -> Result<*mut u8, HRESULT> {
        let offset = pointer.addr().checked_sub(self.old).ok_or(INVALID)?;
        Ok(self.here.wrapping_add(offset))
    }

    unsafe fn piece(
        &mut self,
        slot: *mut *mut u8,
        found: *mut u8,
        size: usize,
    ) -> Result<*mut u8, HRESULT> {
        let offset = found.addr() - self.here.addr();
        let moved = self.new.checked_add(offset).ok_or(INVALID)?;
        // SAFETY: as the caller says.
        unsafe {
            slot.write_unaligned(std::ptr::with_exposed_provenance_mut(moved));
            self.measure.piece(slot, found, size)
        }
    }
}
