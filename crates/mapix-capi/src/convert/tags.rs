//! Lists of tags, of problems, and of names.

use mapix::prop::{Guid, NameKind, PropName, PropTag};
use mapix::{Error, Problem, Result};

use crate::arg::{In, Out};
use crate::memory::Buffer;
use crate::types::{
    GUID, MAPINAMEID, MAPINAMEIDKind, SPropProblem, SPropProblemArray, SPropTagArray,
};

/// A name by number (`MNID_ID`).
const MNID_ID: u32 = 0;
/// A name by string (`MNID_STRING`).
const MNID_STRING: u32 = 1;

/// Tags that came in, as numbers where they are; `None` for null.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for a count that cannot be.
pub fn tag_numbers(tags: In<'_, SPropTagArray>) -> Result<Option<&[u32]>> {
    let Some(array) = tags.get() else { return Ok(None) };
    let values = tags.behind::<u32>(std::mem::offset_of!(SPropTagArray, aulPropTag));
    values.many(array.cValues).map(Some)
}

/// Reads tags that came in; `None` for null.
///
/// # Errors
/// As [`tag_numbers`].
pub fn read_tags(tags: In<'_, SPropTagArray>) -> Result<Option<Vec<PropTag>>> {
    Ok(tag_numbers(tags)?.map(|tags| tags.iter().copied().map(PropTag).collect()))
}

/// Reads tags that must be there, at least one.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER`.
pub fn tag_list(tags: In<'_, SPropTagArray>) -> Result<Vec<PropTag>> {
    read_tags(tags)?
        .filter(|tags| !tags.is_empty())
        .ok_or_else(|| Error::invalid_parameter("no property tags were given"))
}

/// Gives tags as a buffer.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for them.
pub fn give_tags(target: Out<'_, *mut SPropTagArray>, tags: &[PropTag]) -> Result<()> {
    target.clear()?;
    let buffer = Buffer::for_many::<u32>(tags.len() + 1, 0)?;
    buffer.put(0, tags.len() as u32);
    tags.iter().enumerate().for_each(|(index, tag)| buffer.put(index + 1, tag.0));
    target.set(buffer.into_raw())
}

/// Puts null where problems would be, if somebody asks for them.
pub fn no_problems(target: Out<'_, *mut SPropProblemArray>) {
    target.set_if(std::ptr::null_mut());
}

/// Gives problems as a buffer, if there are some and somebody asks for them.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`.
pub fn give_problems(target: Out<'_, *mut SPropProblemArray>, problems: &[Problem]) -> Result<()> {
    no_problems(target);
    if problems.is_empty() || target.is_null() {
        return Ok(());
    }
    let start = std::mem::offset_of!(SPropProblemArray, aProblem);
    let buffer = Buffer::new(start + problems.len() * size_of::<SPropProblem>(), 0)?;
    buffer.write(0, problems.len() as u32);
    for (index, problem) in problems.iter().enumerate() {
        let problem = SPropProblem {
            ulIndex: problem.index as u32,
            ulPropTag: problem.tag.0,
            scode: problem.code.into(),
        };
        buffer.write(start + index * size_of::<SPropProblem>(), problem);
    }
    target.set(buffer.into_raw())
}

/// Reads names that came in. Those that are null or of no known kind are `None`.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` if the list is not there.
pub fn read_names(count: u32, names: In<'_, *mut MAPINAMEID>) -> Result<Vec<Option<PropName>>> {
    let names = names.many(count)?.iter();
    // SAFETY: each lies in an array whose pointers the caller answers for.
    Ok(names.map(|name| read_name(unsafe { In::from_raw(name.cast_const()) })).collect())
}

fn read_name(name: In<'_, MAPINAMEID>) -> Option<PropName> {
    let raw = name.get()?;
    let set = Guid::from(*name.inner(|name| name.lpguid.cast_const()).get()?);
    match raw.ulKind {
        // SAFETY: the kind says which member is good.
        MNID_ID => Some(PropName::id(set, unsafe { raw.Kind.lID } as u32)),
        MNID_STRING => {
            // SAFETY: as above.
            let text = name.inner(|name| unsafe { name.Kind.lpwstrName }.cast_const());
            Some(PropName::name(set, String::from_utf16(&text.until_zero()?).ok()?))
        }
        _ => None,
    }
}

/// Gives names as a buffer, and how many there are; null for those that there are not.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for them.
pub fn give_names(
    count: Out<'_, u32>,
    target: Out<'_, *mut *mut MAPINAMEID>,
    names: &[Option<PropName>],
) -> Result<()> {
    count.clear()?;
    target.clear()?;
    let buffer = Buffer::for_many::<*mut MAPINAMEID>(names.len(), names.len() * 112)?;
    for (index, name) in names.iter().enumerate() {
        if let Some(name) = name {
            buffer.put(index, write_name(&buffer, name)?);
        }
    }
    count.set(names.len() as u32)?;
    target.set(buffer.into_raw())
}

fn write_name(buffer: &Buffer, name: &PropName) -> Result<*mut MAPINAMEID> {
    let (kind, value) = match &name.kind {
        NameKind::Id(id) => (MNID_ID, MAPINAMEIDKind { lID_Reserved: *id as isize }),
        NameKind::Name(text) => (MNID_STRING, MAPINAMEIDKind { lpwstrName: buffer.text16(text)? }),
    };
    let lpguid = buffer.copy(&[GUID::from(name.set)])?;
    buffer.copy(&[MAPINAMEID { lpguid, ulKind: kind, Kind: value }])
}
