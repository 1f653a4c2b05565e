//! Rows of a provider's tables.

use std::ops::ControlFlow;

use mapix::prop::{Prop, PropBag, PropTag, PropType, Value, tags};
use mapix::{Error, ErrorCode, Result, Warning};

use super::call::{ask, last_error, object, rows};
use super::objects::need_no_error;
use super::read::{is_stored, tag_array};
use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::convert::MAPI_UNICODE;
use crate::iface::IMAPITable;
use crate::types::{HRESULT, SPropTagArray};

const TBL_ALL_COLUMNS: u32 = 1;
/// How many rows are asked for at once.
const AT_ONCE: i32 = 256;
/// The shortest text or binary that a table may have cut off (`TBL_...` limits are 255 characters
/// or bytes).
const CUT: usize = 255;

/// Opens a table in 16-bit characters, or in what the provider has.
pub(crate) fn open(
    call: &str,
    open: impl Fn(u32, Out<'_, *mut IMAPITable>) -> HRESULT,
    failed: impl Fn(HRESULT) -> Result<()>,
) -> Result<Ptr<IMAPITable>> {
    let mut raw = std::ptr::null_mut();
    let mut result = open(MAPI_UNICODE, Out::new(&mut raw));
    if result.code() == ErrorCode::BAD_CHARWIDTH || result.code() == ErrorCode::UNKNOWN_FLAGS {
        result = open(0, Out::new(&mut raw));
    }
    failed(result)?;
    object(raw, call)
}

/// All columns that a table can have.
pub(super) fn columns(table: &Ptr<IMAPITable>) -> Result<Vec<PropTag>> {
    let mut raw = std::ptr::null_mut();
    // SAFETY: the table is alive.
    let result = unsafe { table.QueryColumns(TBL_ALL_COLUMNS, Out::new(&mut raw)) };
    ask(table, result, "IMAPITable::QueryColumns")?;
    Ok(tag_array(raw)?.into_iter().filter(|tag| tag.prop_type() != PropType::OBJECT).collect())
}

/// Visits all rows of a table, with these columns, from the first.
pub(crate) fn visit(
    table: &Ptr<IMAPITable>,
    columns: &[PropTag],
    each: &mut dyn FnMut(Result<Vec<Prop>>) -> ControlFlow<()>,
) -> Result<()> {
    let numbers: Vec<u32> =
        std::iter::once(columns.len() as u32).chain(columns.iter().map(|tag| tag.0)).collect();
    // SAFETY: the table is alive; the array has as many tags as it says.
    unsafe {
        let tags = In::from_raw(numbers.as_ptr().cast::<SPropTagArray>());
        ask(table, table.SetColumns(tags, 0), "IMAPITable::SetColumns")?;
        let first = table.SeekRow(0, 0, Out::null());
        ask(table, first, "IMAPITable::SeekRow")?;
    }
    let mut in_part = false;
    loop {
        let mut raw = std::ptr::null_mut();
        // SAFETY: the table is alive.
        let result = unsafe { table.QueryRows(AT_ONCE, 0, Out::new(&mut raw)) };
        ask(table, result, "IMAPITable::QueryRows")?;
        let found = rows(raw)?;
        // The table says so again and again, of the same rows.
        let missing = result.code() == Warning::PartialCompletion.code() && !in_part;
        in_part |= missing;
        if missing && each(Err(left_out(table, result))).is_break() {
            return Ok(());
        }
        if found.is_empty() {
            return Ok(());
        }
        for row in found {
            if each(row).is_break() {
                return Ok(());
            }
        }
    }
}

/// What a table says of rows that it does not give.
fn left_out(table: &Ptr<IMAPITable>, result: HRESULT) -> Error {
    let (more, code) = last_error(table, result).unwrap_or((None, ErrorCode(0)));
    let code = if code == ErrorCode(0) { ErrorCode::CORRUPT_DATA } else { code };
    let more = more.unwrap_or_else(|| "the provider left rows out".to_owned());
    Error::new(code, format!("IMAPITable::QueryRows: {more}"))
}

/// The properties of a row that the session can use, and the tags of those that the table may have
/// cut off or could not give.
pub(super) fn stored(row: &[Prop], wanted: Option<&[PropTag]>) -> (PropBag, Vec<PropTag>) {
    let (mut bag, mut cut) = (PropBag::new(), Vec::new());
    for prop in row {
        let is_wanted = wanted.is_none_or(|all| all.iter().any(|tag| tag.id() == prop.tag.id()));
        if !is_wanted || !is_stored(prop.tag.id()) || prop.tag.prop_type() == PropType::OBJECT {
            continue;
        }
        match &prop.value {
            Value::Error(ErrorCode::NOT_FOUND) | Value::Null => {}
            // What a table does not give the object may.
            Value::Error(_) => cut.push(prop.tag),
            value if may_be_cut(value) => cut.push(prop.tag),
            _ => bag.insert(prop.clone()),
        }
    }
    (bag, cut)
}

fn may_be_cut(value: &Value) -> bool {
    match value {
        Value::Unicode(text) => text.len() >= CUT,
        Value::String8(text) => text.bytes.len() >= CUT,
        Value::Binary(bytes) => bytes.len() >= CUT,
        _ => false,
    }
}

/// The entry ID of a row.
///
/// # Errors
/// `MAPI_E_CORRUPT_DATA` if it has none; what the table says in its place.
pub(crate) fn entry_id(row: &[Prop]) -> Result<mapix::EntryId> {
    let found = row.iter().find(|prop| prop.tag.id() == tags::ENTRYID.id());
    found.map_or(Ok(()), |prop| need_no_error(tags::ENTRYID, &prop.value))?;
    let bytes = found.and_then(|prop| prop.value.as_bytes());
    mapix::EntryId::from_bytes(bytes.ok_or_else(|| Error::corrupt("a row has no PR_ENTRYID"))?)
}
