//! Small works on objects of any maker: one property, all rows, more columns.

use std::ptr::null_mut;

use mapix::prop::{PropTag, PropType};
use mapix::{Error, ErrorCode, Result};

use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::convert::{MAPI_UNICODE, read_tags, tag_list};
use crate::iface::{IMAPIProp, IMAPITable};
use crate::memory::Buffer;
use crate::types::{
    HRESULT, LPALLOCATEBUFFER, LPFREEBUFFER, SPropTagArray, SPropValue, SRestriction, SRow,
    SRowSet, SSortOrderSet,
};

use super::{MAPIFreeBuffer, answer, guard};

/// A result of somebody else's object.
fn check(result: HRESULT) -> Result<()> {
    if result.is_ok() {
        return Ok(());
    }
    Err(Error::new(result.code(), "the object refused"))
}

fn missing() -> Error {
    Error::invalid_parameter("there is no object")
}

/// A buffer of an object that is freed here.
struct Given<T>(*mut T);

impl<T> Drop for Given<T> {
    fn drop(&mut self) {
        // SAFETY: an object gave it, for the one who asked to free it.
        unsafe { MAPIFreeBuffer(self.0.cast()) };
    }
}

/// Gives one property as a buffer. An error in its place is the answer of the call.
///
/// # Errors
/// Those of `GetProps`, and the one in the place of the property; `MAPI_E_INVALID_PARAMETER`.
///
/// # Safety
/// `object` is null or an object that is alive; `property` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrGetOneProp(
    object: In<'_, IMAPIProp>,
    tag: u32,
    property: Out<'_, *mut SPropValue>,
) -> HRESULT {
    answer(|| {
        property.clear()?;
        let object = object.object().ok_or_else(missing)?;
        let tags = SPropTagArray { cValues: 1, aulPropTag: [tag] };
        let (mut count, mut props) = (0, null_mut());
        // SAFETY: the object is alive, the arguments are variables.
        let result = unsafe {
            object.GetProps(In::new(&tags), 0, Out::new(&mut count), Out::new(&mut props))
        };
        let given = Given(props);
        check(result)?;
        // SAFETY: the object gave as many as it says.
        let first = unsafe { props.as_ref() }.filter(|_| count > 0);
        let first = first.ok_or_else(|| Error::new(ErrorCode::NOT_FOUND, "nothing was given"))?;
        if PropTag(first.ulPropTag).prop_type() == PropType::ERROR {
            // SAFETY: the tag says that it is an error.
            let code = unsafe { first.Value.err }.code();
            return Err(Error::new(code, "the property cannot be given"));
        }
        std::mem::forget(given);
        property.set(props)
    })
}

/// Sets one property. What would be a problem of it is the answer of the call.
///
/// # Errors
/// Those of `SetProps`, and the problem with the property; `MAPI_E_INVALID_PARAMETER`.
///
/// # Safety
/// `object` is null or an object that is alive; `property` is null or points to a value whose
/// pointers are as its tag says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrSetOneProp(
    object: In<'_, IMAPIProp>,
    property: In<'_, SPropValue>,
) -> HRESULT {
    answer(|| {
        let object = object.object().ok_or_else(missing)?;
        property.need()?;
        let mut problems = null_mut();
        // SAFETY: the object is alive; the arguments are a value and a variable.
        let result = unsafe { object.SetProps(1, property, Out::new(&mut problems)) };
        let given = Given(problems);
        check(result)?;
        // SAFETY: what the object gave.
        match unsafe { given.0.as_ref() } {
            Some(problems) if problems.cProblem > 0 => check(problems.aProblem[0].scode),
            _ => Ok(()),
        }
    })
}

/// Whether an object has a property: with that tag, or with its ID if the type is
/// `PT_UNSPECIFIED`.
///
/// # Safety
/// `object` is null or an object that is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn FPropExists(object: In<'_, IMAPIProp>, tag: u32) -> i32 {
    guard(0, || {
        let Some(object) = object.object() else { return 0 };
        let tag = PropTag(tag);
        let wide = tag.prop_type().single() == PropType::UNICODE;
        let mut tags = null_mut();
        let flags = if wide { MAPI_UNICODE } else { 0 };
        // SAFETY: the object is alive; the argument is a variable.
        let result = unsafe { object.GetPropList(flags, Out::new(&mut tags)) };
        let given = Given(tags);
        // SAFETY: the object gave as many as it says.
        let tags = read_tags(unsafe { In::from_raw(given.0) });
        let Ok(Some(tags)) = tags else { return 0 };
        let any = tag.prop_type() == PropType::UNSPECIFIED;
        let found = tags.iter().any(|have| *have == tag || any && have.id() == tag.id());
        (result.is_ok() && found).into()
    })
}

/// Puts columns before those that a table has; as [`HrAddColumnsEx`] without a filter.
///
/// # Errors
/// Those of [`HrAddColumnsEx`].
///
/// # Safety
/// Those of [`HrAddColumnsEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrAddColumns(
    table: In<'_, IMAPITable>,
    columns: In<'_, SPropTagArray>,
    allocate: LPALLOCATEBUFFER,
    free: LPFREEBUFFER,
) -> HRESULT {
    // SAFETY: as the caller says.
    unsafe { HrAddColumnsEx(table, columns, allocate, free, None) }
}

/// Looks at the columns that a table has, and may change them.
pub type FilterColumns = Option<unsafe extern "C" fn(*mut SPropTagArray)>;

/// Puts columns before those that a table has, which a filter may change first; those that are
/// among the new ones are not there twice.
///
/// # Errors
/// Those of the table; `MAPI_E_INVALID_PARAMETER`.
///
/// # Safety
/// `table` is null or a table that is alive; `columns` is null or points to as many tags as it
/// says. The allocators are not needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrAddColumnsEx(
    table: In<'_, IMAPITable>,
    columns: In<'_, SPropTagArray>,
    _allocate: LPALLOCATEBUFFER,
    _free: LPFREEBUFFER,
    filter: FilterColumns,
) -> HRESULT {
    answer(|| {
        let table = table.object().ok_or_else(missing)?;
        let mut all = tag_list(columns)?;
        let mut before = null_mut();
        // SAFETY: the table is alive; the argument is a variable.
        let result = unsafe { table.QueryColumns(0, Out::new(&mut before)) };
        let given = Given(before);
        check(result)?;
        if let (Some(filter), false) = (filter, given.0.is_null()) {
            // SAFETY: the caller's function, with what it wants.
            unsafe { filter(given.0) };
        }
        // SAFETY: the table gave as many as it says.
        let before = read_tags(unsafe { In::from_raw(given.0) })?.unwrap_or_default();
        for tag in before {
            if !all.contains(&tag) {
                all.push(tag);
            }
        }
        let numbers = [all.len() as u32].into_iter().chain(all.iter().map(|tag| tag.0));
        let numbers: Vec<u32> = numbers.collect();
        // SAFETY: the list is laid out as C has it; the table is alive.
        check(unsafe { table.SetColumns(In::from_raw(numbers.as_ptr().cast()), 0) })
    })
}

/// Gives all rows of a table, after it got those of columns, restriction and sort order that are
/// not null.
///
/// # Errors
/// `MAPI_E_TABLE_TOO_BIG` if there are more than `most` rows, unless that is zero; those of the
/// table; `MAPI_E_INVALID_PARAMETER`.
///
/// # Safety
/// `table` is null or a table that is alive; the others are null or good for what they name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrQueryAllRows(
    table: In<'_, IMAPITable>,
    columns: In<'_, SPropTagArray>,
    restriction: In<'_, SRestriction>,
    order: In<'_, SSortOrderSet>,
    most: i32,
    rows: Out<'_, *mut SRowSet>,
) -> HRESULT {
    answer(|| {
        rows.clear()?;
        let table = table.object().ok_or_else(missing)?;
        let most = usize::try_from(most)
            .map_err(|_| Error::invalid_parameter("the number of rows is negative"))?;
        // SAFETY: the table is alive; the arguments are the caller's.
        unsafe {
            if !columns.is_null() {
                check(table.SetColumns(columns, 0))?;
            }
            if !restriction.is_null() {
                check(table.Restrict(restriction, 0))?;
            }
            if !order.is_null() {
                check(table.SortTable(order, 0))?;
            }
            check(table.SeekRow(BOOKMARK_BEGINNING, 0, Out::null()))?;
        }
        let (all, answer) = Rows::all(&table, if most == 0 { usize::MAX } else { most })?;
        rows.set(all.into_set()?)?;
        Ok(answer)
    })
}

/// `BOOKMARK_BEGINNING`.
const BOOKMARK_BEGINNING: usize = 0;

/// Rows that nobody else has yet; each has a block of its own.
struct Rows(Vec<SRow>);

impl Rows {
    /// How many rows are asked for at once.
    const AT_ONCE: i32 = 1024;

    /// All rows, and the warning that came with them, if one did.
    fn all(table: &Ptr<IMAPITable>, most: usize) -> Result<(Self, HRESULT)> {
        let (mut all, mut answer) = (Self(Vec::new()), HRESULT::S_OK);
        loop {
            let mut some = null_mut();
            // SAFETY: the table is alive; the argument is a variable.
            let result = unsafe { table.QueryRows(Self::AT_ONCE, 0, Out::new(&mut some)) };
            let given = Given(some);
            check(result)?;
            if result != HRESULT::S_OK {
                answer = result;
            }
            if given.0.is_null() {
                return Ok((all, answer));
            }
            let before = all.0.len();
            // SAFETY: the table gave as many rows as it says; the set is freed, the rows stay.
            unsafe {
                let first = (&raw const (*given.0).aRow).cast::<SRow>();
                all.0.extend((0..(*given.0).cRows as usize).map(|at| first.add(at).read()));
            }
            if all.0.len() > most {
                let what = format!("the table has more than {most} rows");
                return Err(Error::new(ErrorCode::TABLE_TOO_BIG, what));
            }
            if all.0.len() == before {
                return Ok((all, answer));
            }
        }
    }

    fn into_set(mut self) -> Result<*mut SRowSet> {
        let head = std::mem::offset_of!(SRowSet, aRow);
        let size = head + self.0.len() * size_of::<SRow>();
        let buffer = Buffer::new(size.max(size_of::<SRowSet>()), 0)?;
        buffer.write(0, self.0.len() as u32);
        for (at, row) in self.0.drain(..).enumerate() {
            buffer.write(head + at * size_of::<SRow>(), row);
        }
        Ok(buffer.into_raw())
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        for row in &self.0 {
            // SAFETY: the table gave it, and nobody else has it.
            unsafe { MAPIFreeBuffer(row.lpProps.cast()) };
        }
    }
}
