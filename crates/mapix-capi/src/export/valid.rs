//! Checks of structures: the `FBad...` functions, true (1) for what is bad.
//!
//! What is checked is what can be seen: null pointers, tags, types, counts, flags, the depth of
//! trees. Whether memory that a pointer names can be read is not checked: off Windows nobody can
//! ask that without reading it.

use std::ffi::c_void;

use mapix::prop::PropType;
use mapix::restriction::{FuzzyLevel, RelOp, Restriction};

use crate::flat::{Measure, Shape, value};
use crate::types::{
    ENTRYLIST, MAPINAMEID, SPropTagArray, SPropValue, SRestriction, SRow, SRowSet, SSortOrderSet,
};

/// In a column's type: one row for each value (`MV_INSTANCE`).
const MV_INSTANCE: u32 = 0x2000;

/// Whether the type of a tag is none that MAPI defines; the ID is not looked at, as each may be
/// that of a named property.
#[unsafe(no_mangle)]
pub extern "C" fn FBadPropTag(tag: u32) -> u32 {
    (!good_tag(tag)).into()
}

fn good_tag(tag: u32) -> bool {
    let kind = PropType(tag as u16);
    let instance = PropType((tag & !MV_INSTANCE) as u16);
    let column = tag & MV_INSTANCE == 0 || instance.is_multi();
    column
        && (Shape::of(tag & !MV_INSTANCE).is_some()
            || kind == PropType::UNSPECIFIED
            || kind == PropType::RESTRICTION
            || kind == PropType::ACTIONS)
}

/// Whether a value is bad: its type, null pointers, a boolean other than 0 and 1.
///
/// # Safety
/// `property` is null or points to a value whose pointers are null or as its tag says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBadProp(property: *mut SPropValue) -> u32 {
    // SAFETY: as the caller says.
    (!unsafe { good_value(property, &mut Limits::new()) }).into()
}

/// # Safety
/// As [`FBadProp`].
unsafe fn good_value(property: *mut SPropValue, limits: &mut Limits) -> bool {
    if property.is_null() {
        return false;
    }
    // SAFETY: as the caller says; measuring does not write.
    unsafe {
        let tag = (*property).ulPropTag;
        match PropType(tag as u16) {
            PropType::UNSPECIFIED => true,
            PropType::BOOL => (*property).Value.b <= 1,
            PropType::RESTRICTION => good_restriction((*property).Value.lpszA.cast(), limits),
            PropType::ACTIONS => !(*property).Value.lpszA.is_null(),
            _ => value(property, &mut Measure { bytes: 0, align: 1 }).is_ok(),
        }
    }
}

/// # Safety
/// As [`FBadProp`], for an array.
unsafe fn good_values(first: *mut SPropValue, count: u32, limits: &mut Limits) -> bool {
    // SAFETY: as the caller says.
    count == 0
        || !first.is_null()
            && (0..count as usize).all(|at| unsafe { good_value(first.add(at), limits) })
}

/// Whether none of some properties is bad.
///
/// # Safety
/// As [`FBadProp`], for an array.
pub(super) unsafe fn are_good(first: *mut SPropValue, count: u32) -> bool {
    // SAFETY: as the caller says.
    unsafe { good_values(first, count, &mut Limits::new()) }
}

/// Whether a row is bad: null, or with a value that is ([`FBadProp`]).
///
/// # Safety
/// `row` is null or points to a row with as many values as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBadRow(row: *mut SRow) -> u32 {
    // SAFETY: as the caller says.
    (!unsafe { good_row(row) }).into()
}

/// # Safety
/// As [`FBadRow`].
unsafe fn good_row(row: *mut SRow) -> bool {
    // SAFETY: as the caller says.
    unsafe { !row.is_null() && good_values((*row).lpProps, (*row).cValues, &mut Limits::new()) }
}

/// Whether a set of rows is bad: null, or with a row that is.
///
/// # Safety
/// `rows` is null or points to a set with as many rows as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBadRowSet(rows: *mut SRowSet) -> i32 {
    if rows.is_null() {
        return 1;
    }
    // SAFETY: as the caller says.
    let good = unsafe {
        let first = (&raw mut (*rows).aRow).cast::<SRow>();
        (0..(*rows).cRows as usize).all(|at| good_row(first.add(at)))
    };
    (!good).into()
}

/// Whether a set of columns is bad: null, or with a tag that is ([`FBadPropTag`]) or that is an
/// error's. `PT_NULL` is good.
///
/// # Safety
/// `columns` is null or points to as many tags as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBadColumnSet(columns: *mut SPropTagArray) -> u32 {
    if columns.is_null() {
        return 1;
    }
    // SAFETY: as the caller says.
    let good = unsafe {
        let first = (&raw const (*columns).aulPropTag).cast::<u32>();
        (0..(*columns).cValues as usize)
            .map(|at| first.add(at).read())
            .all(|tag| good_tag(tag) && PropType(tag as u16) != PropType::ERROR)
    };
    (!good).into()
}

/// Whether a sort order is bad: null, a tag or a direction that is not defined, more categories
/// than keys or more expanded ones than categories.
///
/// # Safety
/// `order` is null or points to as many keys as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBadSortOrderSet(order: *mut SSortOrderSet) -> u32 {
    /// `TABLE_SORT_ASCEND`, `_DESCEND`, `_COMBINE`, `_CATEG_MAX`, `_CATEG_MIN`.
    const ORDERS: [u32; 5] = [0, 1, 2, 4, 8];
    if order.is_null() {
        return 1;
    }
    // SAFETY: as the caller says.
    let good = unsafe {
        let (sorts, categories) = ((*order).cSorts, (*order).cCategories);
        let first = (&raw const (*order).aSort).cast::<crate::types::SSortOrder>();
        categories <= sorts
            && (*order).cExpanded <= categories
            && (0..sorts as usize).map(|at| first.add(at).read()).all(|key| {
                good_tag(key.ulPropTag)
                    && PropType(key.ulPropTag as u16) != PropType::ERROR
                    && ORDERS.contains(&key.ulOrder)
            })
    };
    (!good).into()
}

/// Whether a list of entry IDs is bad: null, or with one that is null or too short for its flags.
///
/// # Safety
/// `list` is null or points to as many entry IDs as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBadEntryList(list: *mut ENTRYLIST) -> i32 {
    const FLAGS: u32 = 4;
    // SAFETY: as the caller says.
    let good = unsafe {
        !list.is_null()
            && ((*list).cValues == 0 || !(*list).lpbin.is_null())
            && (0..(*list).cValues as usize)
                .map(|at| (*list).lpbin.add(at).read())
                .all(|id| id.cb > FLAGS && !id.lpb.is_null())
    };
    (!good).into()
}

/// Whether names of properties are bad: null, without a set, of a kind that is not defined, a
/// string that is null.
///
/// # Safety
/// `names` is null or points to as many pointers, each null or to a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBadRglpNameID(names: *mut *mut MAPINAMEID, count: u32) -> i32 {
    // SAFETY: as the caller says.
    let good = unsafe {
        all_pointers(names, count, |name| {
            !name.lpguid.is_null()
                && (name.ulKind == 0 || name.ulKind == 1 && !name.Kind.lpwstrName.is_null())
        })
    };
    (!good).into()
}

/// Whether one of the strings is null, or they are not there.
///
/// # Safety
/// `strings` is null or points to as many pointers, each null or to a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBadRglpszW(strings: *mut *mut u16, count: u32) -> i32 {
    // SAFETY: as the caller says.
    let good = unsafe { all_pointers(strings, count, |_| true) };
    (!good).into()
}

/// # Safety
/// `pointers` is null or points to as many, each null or good.
unsafe fn all_pointers<T>(pointers: *mut *mut T, count: u32, good: impl Fn(&T) -> bool) -> bool {
    count == 0
        || !pointers.is_null()
            && (0..count as usize)
                // SAFETY: as the caller says.
                .all(|at| unsafe { pointers.add(at).read().as_ref().is_some_and(&good) })
}

/// Whether a restriction is bad: null, of a kind, a relation, a way to match or with a tag that
/// is not defined, a value that is bad or does not fit its tag, or larger than any that is
/// evaluated (256 levels, 65,536 restrictions).
///
/// # Safety
/// `restriction` is null or points to a restriction whose pointers are null or as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FBadRestriction(restriction: *mut SRestriction) -> u32 {
    // SAFETY: as the caller says.
    (!unsafe { good_restriction(restriction, &mut Limits::new()) }).into()
}

/// How much of a tree may still be walked.
struct Limits {
    levels: usize,
    nodes: usize,
}

impl Limits {
    fn new() -> Self {
        Self { levels: Restriction::MAX_DEPTH, nodes: Restriction::MAX_NODES }
    }
}

/// # Safety
/// As [`FBadRestriction`].
unsafe fn good_restriction(restriction: *mut SRestriction, limits: &mut Limits) -> bool {
    if restriction.is_null() || limits.levels == 0 || limits.nodes == 0 {
        return false;
    }
    limits.levels -= 1;
    limits.nodes -= 1;
    // SAFETY: as the caller says.
    let good = unsafe { good_node(&*restriction, limits) };
    limits.levels += 1;
    good
}

/// # Safety
/// As [`FBadRestriction`].
unsafe fn good_node(restriction: &SRestriction, limits: &mut Limits) -> bool {
    let relation = |op| RelOp::from_mapi(op).is_ok();
    let res = &restriction.res;
    // SAFETY: the type tells which member is there; the rest as the caller says.
    unsafe {
        match restriction.rt {
            0 | 1 => {
                let (count, all) = (res.resAnd.cRes as usize, res.resAnd.lpRes);
                count == 0
                    || !all.is_null()
                        && count <= limits.nodes
                        && (0..count).all(|at| good_restriction(all.add(at), limits))
            }
            2 => good_restriction(res.resNot.lpRes, limits),
            3 => {
                let content = res.resContent;
                good_fuzzy(content.ulFuzzyLevel)
                    && good_operand(content.ulPropTag, content.lpProp, limits)
            }
            4 => {
                let property = res.resProperty;
                relation(property.relop)
                    && good_operand(property.ulPropTag, property.lpProp, limits)
            }
            5 => {
                let compare = res.resCompareProps;
                relation(compare.relop)
                    && good_tag(compare.ulPropTag1)
                    && good_tag(compare.ulPropTag2)
            }
            6 => res.resBitMask.relBMR <= 1 && good_tag(res.resBitMask.ulPropTag),
            7 => relation(res.resSize.relop) && good_tag(res.resSize.ulPropTag),
            8 => good_tag(res.resExist.ulPropTag),
            9 => good_tag(res.resSub.ulSubObject) && good_restriction(res.resSub.lpRes, limits),
            // RES_COMMENT and RES_ANNOTATION.
            10 | 12 => {
                let comment = res.resComment;
                good_values(comment.lpProp, comment.cValues, limits)
                    && (comment.lpRes.is_null() || good_restriction(comment.lpRes, limits))
            }
            11 => good_restriction(res.resCount.lpRes, limits),
            _ => false,
        }
    }
}

/// # Safety
/// As [`FBadProp`].
unsafe fn good_operand(tag: u32, operand: *mut SPropValue, limits: &mut Limits) -> bool {
    // SAFETY: as the caller says.
    good_tag(tag) && unsafe { good_value(operand, limits) }
}

fn good_fuzzy(level: u32) -> bool {
    let ways = FuzzyLevel::SUBSTRING.0
        | FuzzyLevel::PREFIX.0
        | FuzzyLevel::PREFIX_ON_ANY_WORD.0
        | FuzzyLevel::PHRASE_MATCH.0;
    level & 0xFFFF & !ways == 0
}

/// Whether a string cannot be read: null, unless no character of it is wanted.
#[unsafe(no_mangle)]
pub extern "C" fn IsBadBoundedStringPtr(text: *const c_void, most: u32) -> i32 {
    (most > 0 && text.is_null()).into()
}

/// Whether a string cannot be read: null, unless no character of it is wanted.
#[unsafe(no_mangle)]
pub extern "C" fn MNLS_IsBadStringPtrW(text: *const u16, most: u32) -> i32 {
    (most > 0 && text.is_null()).into()
}
