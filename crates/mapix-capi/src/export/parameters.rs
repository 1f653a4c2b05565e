//! `HrValidateParameters`: what a method of an object is given, looked at before it does something.
//!
//! What is checked is what can be seen, as in [`valid`](super::valid): pointers that must not be null,
//! flags that are not defined, counts without an array, and the structures behind.

use mapix::ErrorCode;

use super::{FBadColumnSet, FBadEntryList, FBadRestriction, FBadRglpNameID, FBadSortOrderSet};
use super::{guard, valid};
use crate::arg::In;
use crate::flags::MAPI_UNICODE;
use crate::types::HRESULT;

/// What an argument is to be.
#[derive(Clone, Copy)]
enum Arg {
    /// Whatever it is.
    Any,
    /// A pointer that is not null.
    Pointer,
    /// Only these flags.
    Flags(u32),
    /// Tags, or null.
    Tags,
    /// Tags.
    NeedTags,
    /// A restriction, or null.
    Restriction,
    /// A restriction.
    NeedRestriction,
    /// An order of rows.
    Sort,
    /// A list of entry IDs.
    Entries,
    /// A count, before an array that is not null unless the count is zero.
    Count,
    /// A count that is not zero, before an array.
    NeedCount,
    /// A count before properties.
    Props,
    /// A count before names of properties.
    Names,
}

use Arg::{
    Any, Count, Entries, Flags, Names, NeedCount, NeedRestriction, NeedTags, Pointer, Props,
    Restriction, Sort, Tags,
};

/// `TBL_ASYNC`, `TBL_BATCH`.
const LATER: Arg = Flags(3);
const WIDE: Arg = Flags(MAPI_UNICODE);
/// `MAPI_MOVE`, `MAPI_NOREPLACE`, `MAPI_DECLINE_OK`, `MAPI_DIALOG`.
const COPY: Arg = Flags(0xF);

/// What a method wants, without the object itself, as far as it is looked at: the numbers are those
/// of `METHODS`. `None` for what is no method.
fn wanted(method: u32) -> Option<&'static [Arg]> {
    Some(match method {
        // IUnknown::QueryInterface
        0 => &[Pointer, Pointer],
        // GetLastError
        3 | 14 | 84 | 112 | 119 => &[Any, WIDE, Pointer],
        // IMAPIProp
        4 => &[Flags(0xF)],
        5 => &[Tags, WIDE, Pointer, Pointer],
        6 => &[WIDE, Pointer],
        7 => &[Any, Pointer, Any, Flags(0xB), Pointer],
        8 => &[Props, Any, Any],
        9 => &[NeedTags, Any],
        10 => &[Count, Any, Tags, Any, Any, Pointer, Pointer, COPY, Any],
        11 => &[NeedTags, Any, Any, Pointer, Pointer, COPY, Any],
        12 => &[Pointer, Any, Flags(3), Pointer, Pointer],
        13 => &[Names, Any, Flags(2), Pointer],
        // IMAPITable
        15 => &[Any, Pointer, Pointer],
        17 => &[Pointer, Pointer],
        18 => &[NeedTags, LATER],
        19 => &[Flags(1), Pointer],
        20 => &[Flags(0), Pointer],
        23 => &[Pointer, Pointer, Pointer],
        24 => &[NeedRestriction, Any, Flags(1)],
        25 => &[Restriction, LATER],
        26 | 29 => &[Pointer],
        28 => &[Sort, LATER],
        30 => &[Any, Flags(1), Pointer],
        32 | 33 => &[NeedCount],
        35 => &[Flags(0), Count, Any, Pointer, Pointer],
        36 => &[Flags(0), NeedCount, Any, Pointer],
        // IMAPIContainer
        37 | 38 | 67 | 70 | 74 | 78 => &[Any, Pointer],
        39 | 64 | 86 | 114 => &[Count, Any, Any, Any, Pointer, Pointer],
        40 => &[Restriction],
        41 => &[WIDE],
        // IMAPIFolder
        50 => &[Any, Any, Pointer],
        51 => &[Entries, Any, Pointer],
        52 => &[Entries],
        53 => &[Any, Pointer, Any, Any, Any, Pointer],
        54 => &[NeedCount, Any, Any, Pointer],
        55 => &[NeedCount],
        57 => &[NeedCount, Any, Flags(0), Pointer],
        58 => &[NeedCount],
        59 => &[Sort],
        // IMsgStore
        61 | 88 | 116 => &[Count, Any, Any, Pointer, Pointer],
        63 | 87 | 111 | 115 => &[NeedCount, Any, NeedCount, Any, Any, Pointer],
        65 => &[Any, Any, Count],
        66 => &[Any, Any, Pointer, Pointer],
        68 | 73 | 108 | 113 => &[Pointer],
        69 => &[NeedCount, Any, Flags(0)],
        71 => &[Pointer],
        72 => &[Any, NeedCount],
        // IMessage
        75 => &[Any, Any, Any, Pointer],
        76 => &[Any, Any, Pointer, Pointer],
        79 => &[Flags(0xE), Pointer],
        // IMSProvider::Logon
        109 => &[Pointer, Any, Any, Count, Any, Any, Any, Any, Any, Any, Pointer, Pointer],
        // IStream
        126 | 127 | 130 | 135 | 136 => &[Pointer],
        // IMAPIAdviseSink::OnNotify
        137 => &[NeedCount],
        // What is left has nothing that could be seen.
        _ if method <= 137 => &[],
        _ => return None,
    })
}

/// Looks at the arguments of a method (`METHODS`), without the object: they stand one after the other,
/// each in an element, large integers by value.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER`, also for what is no method; `MAPI_E_UNKNOWN_FLAGS`.
///
/// # Safety
/// `arguments` is null or points to as many elements as the method has arguments, and each pointer among
/// them is null or good for what it names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrValidateParameters(method: u32, arguments: In<'_, usize>) -> HRESULT {
    let bad = HRESULT::from(ErrorCode::INVALID_PARAMETER);
    guard(bad, || {
        let Some(wanted) = wanted(method).filter(|_| !arguments.is_null()) else { return bad };
        let at = |index: usize| {
            // SAFETY: as the caller says.
            unsafe { arguments.as_raw().add(index).read_unaligned() }
        };
        for (index, arg) in wanted.iter().enumerate() {
            // A count has its array behind it.
            let next = || at(index + 1);
            // SAFETY: as the caller says.
            let good = unsafe { is_good(*arg, at(index), next) };
            if !good {
                let unknown = matches!(arg, Flags(_));
                return if unknown { ErrorCode::UNKNOWN_FLAGS.into() } else { bad };
            }
        }
        HRESULT::S_OK
    })
}

/// # Safety
/// Pointers are null or good for what they name.
unsafe fn is_good(arg: Arg, value: usize, next: impl Fn() -> usize) -> bool {
    fn pointer<T>(value: usize) -> *mut T {
        std::ptr::with_exposed_provenance_mut(value)
    }
    let count = value as u32;
    // SAFETY: as the caller says.
    unsafe {
        match arg {
            Any => true,
            Pointer => value != 0,
            Flags(known) => value as u32 & !known == 0,
            Tags => value == 0 || FBadColumnSet(pointer(value)) == 0,
            NeedTags => FBadColumnSet(pointer(value)) == 0,
            Restriction => value == 0 || FBadRestriction(pointer(value)) == 0,
            NeedRestriction => FBadRestriction(pointer(value)) == 0,
            Sort => FBadSortOrderSet(pointer(value)) == 0,
            Entries => FBadEntryList(pointer(value)) == 0,
            Count => count == 0 || next() != 0,
            NeedCount => count != 0 && next() != 0,
            Props => count != 0 && valid::are_good(pointer(next()), count),
            Names => count == 0 || FBadRglpNameID(pointer(next()), count) == 0,
        }
    }
}
