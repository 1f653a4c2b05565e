//! Entry identifiers and lists of them.

use mapix::store::ItemKind;
use mapix::{EntryId, Result};

use crate::arg::{In, Out};
use crate::memory::Buffer;
use crate::types::{ENTRYID, ENTRYLIST, SBinary};

/// Reads an entry ID that came in; `None` for none.
///
/// # Errors
/// `MAPI_E_INVALID_ENTRYID` if it is too short, `MAPI_E_INVALID_PARAMETER` if it is not there.
pub fn entry_id(size: u32, entry_id: In<'_, ENTRYID>) -> Result<Option<EntryId>> {
    if size == 0 {
        return Ok(None);
    }
    EntryId::from_bytes(entry_id.behind::<u8>(0).many(size)?).map(Some)
}

/// Reads a list of entry IDs that came in; `None` for null.
///
/// # Errors
/// As [`entry_id`].
pub fn entry_list(list: In<'_, ENTRYLIST>) -> Result<Option<Vec<EntryId>>> {
    let Some(header) = list.get() else { return Ok(None) };
    let each = list.inner(|list| list.lpbin.cast_const()).each(header.cValues)?;
    let ids = each.map(|binary: In<'_, SBinary>| {
        let bytes = binary.inner(|binary| binary.lpb.cast_const());
        EntryId::from_bytes(bytes.many(binary.need()?.cb)?)
    });
    ids.collect::<Result<_>>().map(Some)
}

/// Gives an entry ID as a buffer.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for it.
pub fn give_entry_id(
    size: Out<'_, u32>,
    target: Out<'_, *mut ENTRYID>,
    entry_id: &EntryId,
) -> Result<()> {
    size.clear()?;
    target.clear()?;
    let bytes = entry_id.as_bytes();
    let buffer = Buffer::new(bytes.len(), 0)?;
    bytes.iter().enumerate().for_each(|(at, byte)| buffer.put(at, *byte));
    size.set(bytes.len() as u32)?;
    target.set(buffer.into_raw())
}

/// Gives a list of entry IDs as a buffer.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for it.
pub fn give_entry_list(target: Out<'_, *mut ENTRYLIST>, ids: &[EntryId]) -> Result<()> {
    target.clear()?;
    let room = ids.iter().map(|id| id.as_bytes().len().next_multiple_of(16) + 16).sum();
    let buffer = Buffer::for_one::<ENTRYLIST>(room)?;
    let list = buffer.slice::<SBinary>(ids.len())?;
    for (place, id) in list.iter_mut().zip(ids) {
        let bytes = id.as_bytes();
        *place = SBinary { cb: bytes.len() as u32, lpb: buffer.copy(bytes)? };
    }
    buffer.put(0, ENTRYLIST { cValues: ids.len() as u32, lpbin: list.as_mut_ptr() });
    target.set(buffer.into_raw())
}

/// What an object is, as MAPI numbers it (`MAPI_FOLDER`, `MAPI_MESSAGE`).
pub fn object_type(kind: ItemKind) -> u32 {
    match kind {
        ItemKind::Folder | ItemKind::SearchFolder => 3,
        ItemKind::Message | ItemKind::Associated => 5,
    }
}
