//! Property values in memory: sizes, copies, search.

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};

use mapix::ErrorCode;
use mapix::prop::PropType;

use crate::flat::{self, Copy, INVALID, Measure, Move, Shape};
use crate::types::{HRESULT, LPALLOCATEBUFFER, LPALLOCATEMORE, MAPINAMEID, Plain, SPropValue};

/// Each piece of a flat copy begins at a multiple of this.
const ALIGN: usize = 8;

/// The size of a value in bytes without the rest of its structure: strings with their zero,
/// multivalues as the sum of their values; 0 for what has none or cannot be measured.
///
/// # Safety
/// `value` is null or points to a value whose pointers are null or as its tag says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn UlPropSize(value: *mut SPropValue) -> u32 {
    if value.is_null() {
        return 0;
    }
    let mut sizes = Measure { bytes: 0, align: 1 };
    // SAFETY: as the caller says; measuring does not write.
    unsafe {
        let tag = (*value).ulPropTag;
        let arrays = match Shape::of(tag) {
            None => return 0,
            Some(Shape::Plain) => return plain_size(PropType(tag as u16)),
            Some(Shape::One(_) | Shape::Many(flat::Element::Fixed(_))) => 0,
            // The array of pointers is no part of the values.
            Some(Shape::Many(flat::Element::Binary)) => 16 * (*value).Value.MVi.cValues as usize,
            Some(Shape::Many(_)) => 8 * (*value).Value.MVi.cValues as usize,
        };
        match flat::value(value, &mut sizes) {
            Ok(()) => u32::try_from(sizes.bytes - arrays).unwrap_or(0),
            Err(_) => 0,
        }
    }
}

fn plain_size(kind: PropType) -> u32 {
    match kind {
        // In C it has 16 bits.
        PropType::BOOL => 2,
        _ => kind.fixed_size().unwrap_or(0) as u32,
    }
}

/// Whether two names of properties are the same, byte by byte; false if either is null.
///
/// # Safety
/// Each is null or points to a name; a GUID or string in it is null or can be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FEqualNames(a: *mut MAPINAMEID, b: *mut MAPINAMEID) -> i32 {
    const MNID_ID: u32 = 0;
    const MNID_STRING: u32 = 1;
    // SAFETY: as the caller says.
    let same = unsafe {
        let (Some(a), Some(b)) = (a.as_ref(), b.as_ref()) else { return 0 };
        let (Some(set), Some(other)) =
            (NonNull::new(a.lpguid.cast::<[u8; 16]>()), NonNull::new(b.lpguid.cast::<[u8; 16]>()))
        else {
            return 0;
        };
        if a.ulKind != b.ulKind || set.read_unaligned() != other.read_unaligned() {
            return 0;
        }
        match a.ulKind {
            MNID_ID => a.Kind.lID == b.Kind.lID,
            MNID_STRING => {
                let (a, b) = (a.Kind.lpwstrName, b.Kind.lpwstrName);
                if a.is_null() || b.is_null() {
                    return 0;
                }
                let length = flat::length16(a);
                length == flat::length16(b)
                    && (0..length)
                        .all(|at| a.add(at).read_unaligned() == b.add(at).read_unaligned())
            }
            _ => false,
        }
    };
    same.into()
}

/// The size of a flat copy of the values ([`ScCopyProps`]), in bytes.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for a count that is negative, a null pointer that must not be one,
/// a property ID of 0 or 0xFFFF, a type that is not defined, and a multivalue without values.
///
/// # Safety
/// `values` is null or points to as many values, with pointers that are null or as their tags
/// say; `size` is null or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScCountProps(
    count: i32,
    values: *mut SPropValue,
    size: *mut u32,
) -> HRESULT {
    // SAFETY: as the caller says.
    done(unsafe { measure(count, values).map(|bytes| put(size, bytes)) })
}

/// # Safety
/// As [`ScCountProps`].
unsafe fn measure(count: i32, values: *mut SPropValue) -> Result<u32, HRESULT> {
    let count = usize::try_from(count).map_err(|_| INVALID)?;
    if count > 0 && values.is_null() {
        return Err(INVALID);
    }
    let mut sizes = Measure { bytes: count * size_of::<SPropValue>(), align: ALIGN };
    for at in 0..count {
        // SAFETY: as the caller says; measuring does not write.
        unsafe {
            let value = values.add(at);
            if matches!((*value).ulPropTag >> 16, 0 | 0xFFFF) {
                return Err(INVALID);
            }
            flat::value(value, &mut sizes)?;
        }
    }
    u32::try_from(sizes.bytes).map_err(|_| INVALID)
}

/// Copies values, and what they point to, into one block that is large enough for what
/// [`ScCountProps`] counts; the order stays.
///
/// # Errors
/// Those of [`ScCountProps`].
///
/// # Safety
/// As [`ScCountProps`]; `target` is null or a block of that size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScCopyProps(
    count: i32,
    values: *mut SPropValue,
    target: *mut c_void,
    size: *mut u32,
) -> HRESULT {
    if target.is_null() {
        return INVALID;
    }
    // SAFETY: as the caller says.
    done(unsafe {
        // Checked before anything is written.
        measure(count, values)
            .and_then(|_| copy(count as usize, values, target))
            .map(|bytes| put(size, bytes))
    })
}

/// # Safety
/// What [`measure`] has counted fits into `target`.
unsafe fn copy(count: usize, values: *mut SPropValue, target: *mut c_void) -> Result<u32, HRESULT> {
    let mut used = count * size_of::<SPropValue>();
    let copies = target.cast::<SPropValue>();
    // SAFETY: as the caller says.
    unsafe {
        copies.cast::<u8>().copy_from_nonoverlapping(values.cast(), used);
        let room = |size: usize| {
            let start = target.cast::<u8>().add(used);
            used += size.next_multiple_of(ALIGN);
            Ok(start)
        };
        flat::values(copies, count, &mut Copy(room))?;
    }
    Ok(used as u32)
}

/// Makes the pointers of a flat copy, valid when it lies at `old`, right for a place at `new`.
/// The copy itself lies at `values`, which is either of them, or neither.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for what [`ScCountProps`] refuses, and for pointers below `old`.
///
/// # Safety
/// `values` is null or begins a flat copy with so many values, whose pointers are as they would
/// be if it lay at `old`; `size` is null or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScRelocProps(
    count: i32,
    values: *mut SPropValue,
    old: *mut c_void,
    new: *mut c_void,
    size: *mut u32,
) -> HRESULT {
    let Ok(count) = usize::try_from(count) else { return INVALID };
    if count > 0 && values.is_null() {
        return INVALID;
    }
    let measure = Measure { bytes: count * size_of::<SPropValue>(), align: ALIGN };
    let mut moved = mover(old, new, values.cast(), measure);
    // SAFETY: as the caller says.
    done(unsafe {
        flat::values(values, count, &mut moved)
            .map(|()| put(size, u32::try_from(moved.measure.bytes).unwrap_or(u32::MAX)))
    })
}

/// For what lies at `here` and has pointers as if it lay at `old`.
pub(super) fn mover(old: *mut c_void, new: *mut c_void, here: *mut u8, measure: Measure) -> Move {
    Move { old: old.addr(), new: new.expose_provenance(), here, measure }
}

/// A flat copy of values in a block of its own, from the caller's `MAPIAllocateBuffer`.
///
/// # Errors
/// Those of [`ScCountProps`] and of the allocator.
///
/// # Safety
/// As [`ScCountProps`]; `target` is null or points to a pointer; the allocator is null or one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScDupPropset(
    count: i32,
    values: *mut SPropValue,
    allocate: LPALLOCATEBUFFER,
    target: *mut *mut SPropValue,
) -> HRESULT {
    let (Some(allocate), Some(target)) = (allocate, NonNull::new(target)) else { return INVALID };
    // SAFETY: as the caller says; the block is as large as was counted.
    unsafe {
        let bytes = match measure(count, values) {
            Ok(bytes) => bytes,
            Err(error) => return error,
        };
        let mut block = null_mut();
        let result = allocate(bytes, &raw mut block);
        if !result.is_ok() || block.is_null() {
            return failed(result);
        }
        target.write(block.cast());
        done(copy(count as usize, values, block).map(drop))
    }
}

/// Copies one value; what it points to is chained to `owner` by the caller's `MAPIAllocateMore`.
///
/// # Errors
/// `MAPI_E_NO_SUPPORT` for a type that is not defined; `MAPI_E_INVALID_PARAMETER` for null
/// pointers and multivalues without values; those of the allocator.
///
/// # Safety
/// `target` and `value` are null or point to values, of which the second has pointers that are
/// null or as its tag says; `owner` is what the allocator takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PropCopyMore(
    target: *mut SPropValue,
    value: *mut SPropValue,
    more: LPALLOCATEMORE,
    owner: *mut c_void,
) -> HRESULT {
    let (false, false) = (target.is_null(), value.is_null()) else { return INVALID };
    // SAFETY: as the caller says.
    unsafe {
        let mut copy = *value;
        match (Shape::of(copy.ulPropTag), more) {
            (None, _) => return ErrorCode::NO_SUPPORT.into(),
            (Some(Shape::Plain), _) => {}
            (Some(_), None) => return INVALID,
            (Some(_), Some(more)) => {
                let room = |size: usize| {
                    let size = u32::try_from(size).map_err(|_| INVALID)?;
                    let mut block = null_mut();
                    let result = more(size, owner, &raw mut block);
                    if !result.is_ok() || block.is_null() {
                        return Err(failed(result));
                    }
                    Ok(block.cast())
                };
                if let Err(error) = flat::value(&raw mut copy, &mut Copy(room)) {
                    return error;
                }
            }
        }
        target.write(copy);
    }
    HRESULT::S_OK
}

/// The first value with that tag, or with its ID if its type is `PT_UNSPECIFIED`; null if there
/// is none.
///
/// # Safety
/// `values` is null or points to as many values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PpropFindProp(
    values: *mut SPropValue,
    count: u32,
    tag: u32,
) -> *mut SPropValue {
    if values.is_null() {
        return null_mut();
    }
    let fits = |found: u32| found == tag || tag & 0xFFFF == 0 && found >> 16 == tag >> 16;
    // SAFETY: as the caller says.
    (0..count as usize)
        .map(|at| unsafe { values.add(at) })
        .find(|value| fits(unsafe { (**value).ulPropTag }))
        .unwrap_or(null_mut())
}

/// The same as [`PpropFindProp`].
///
/// # Safety
/// `values` is null or points to as many values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LpValFindProp(
    tag: u32,
    count: u32,
    values: *mut SPropValue,
) -> *mut SPropValue {
    // SAFETY: as the caller says.
    unsafe { PpropFindProp(values, count, tag) }
}

/// Puts the value at that index of a multivalue into a single value; pointers are copied, not
/// what they point to. If there is no such value, nothing changes.
///
/// # Safety
/// `many` and `single` are null or point to values; the first has as many as its count says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetInstance(many: *mut SPropValue, single: *mut SPropValue, index: u32) {
    if many.is_null() || single.is_null() {
        return;
    }
    // SAFETY: as the caller says; all arrays stand at the same place.
    unsafe {
        let (tag, array) = ((*many).ulPropTag, (*many).Value.MVi);
        let Some(Shape::Many(one)) = Shape::of(tag) else { return };
        if index >= array.cValues || array.lpi.is_null() {
            return;
        }
        let mut value =
            SPropValue { ulPropTag: tag & !u32::from(PropType::MV_FLAG), ..SPropValue::zeroed() };
        let (at, first) = (index as usize, array.lpi.cast::<u8>());
        let target = (&raw mut value.Value).cast::<u8>();
        match one {
            // A GUID does not fit into a value, and is pointed to.
            flat::Element::Fixed(16) => value.Value.lpszA = first.add(at * 16),
            flat::Element::Fixed(size) => {
                target.copy_from_nonoverlapping(first.add(at * size), size);
            }
            flat::Element::Binary => target.copy_from_nonoverlapping(first.add(at * 16), 16),
            flat::Element::Text8 | flat::Element::Text16 => {
                target.copy_from_nonoverlapping(first.add(at * 8), 8);
            }
        }
        single.write(value);
    }
}

/// The status of what worked or did not.
pub(super) fn done(result: Result<(), HRESULT>) -> HRESULT {
    result.err().unwrap_or(HRESULT::S_OK)
}

/// The error of an allocator that gave nothing.
pub(super) fn failed(result: HRESULT) -> HRESULT {
    if result.is_ok() { ErrorCode::NOT_ENOUGH_MEMORY.into() } else { result }
}

/// # Safety
/// `target` is null or points to a value.
pub(super) unsafe fn put<T: Plain>(target: *mut T, value: T) {
    if !target.is_null() {
        // SAFETY: as the caller says.
        unsafe { target.write(value) };
    }
}
