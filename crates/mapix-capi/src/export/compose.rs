//! Entry IDs of an object together with its store, which the store alone could not tell.
//!
//! ```text
//! | flags 4 | UID 16 | size of the record key u32 | record key | entry ID |
//! ```

use std::ffi::c_void;
use std::ptr::null_mut;

use mapix::prop::tags;
use mapix::{EntryId, Error, ErrorCode, Result};

use crate::arg::{In, Out};
use crate::convert::{give_text, need_text};
use crate::iface::{IMAPISession, IMAPITable};
use crate::types::{ENTRYID, HRESULT, SPropTagArray, SRow, SRowSet};

use super::entry::{give_bytes, hex, parse};
use super::{FreeProws, HrQueryAllRows, answer};

/// The UID in such an entry ID: mapix's own.
const UID: [u8; 16] = *b"mapix compound\x01\0";
const HEADER: usize = EntryId::HEADER + 4;

/// Gives an entry ID that holds the record key of a store and an entry ID within it; without a
/// record key, a copy of the entry ID. The session is not needed.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER`, `MAPI_E_NOT_ENOUGH_MEMORY`.
///
/// # Safety
/// `key` and `id` are null or point to as many bytes as their sizes say; `size` and `compound`
/// are null or point to variables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrComposeEID(
    _session: In<'_, IMAPISession>,
    key_size: u32,
    key: In<'_, u8>,
    id_size: u32,
    id: In<'_, ENTRYID>,
    size: Out<'_, u32>,
    compound: Out<'_, *mut ENTRYID>,
) -> HRESULT {
    answer(|| {
        size.clear()?;
        compound.clear()?;
        give_bytes(
            &compose(key.many(key_size)?, id.behind::<u8>(0).many(id_size)?)?,
            size,
            compound,
        )
    })
}

/// As [`HrComposeEID`], as hexadecimal digits.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER`, `MAPI_E_NOT_ENOUGH_MEMORY`.
///
/// # Safety
/// As [`HrComposeEID`]; `text` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrComposeMsgID(
    _session: In<'_, IMAPISession>,
    key_size: u32,
    key: In<'_, u8>,
    id_size: u32,
    id: In<'_, ENTRYID>,
    text: Out<'_, *mut c_void>,
) -> HRESULT {
    answer(|| {
        text.clear()?;
        let bytes = compose(key.many(key_size)?, id.behind::<u8>(0).many(id_size)?)?;
        give_text(text, &hex(&bytes), 0)
    })
}

fn compose(key: &[u8], id: &[u8]) -> Result<Vec<u8>> {
    if id.is_empty() {
        return Err(Error::invalid_parameter("an entry ID has no bytes"));
    }
    if key.is_empty() {
        return Ok(id.into());
    }
    Ok([&[0; 4][..], &UID, &(key.len() as u32).to_le_bytes(), key, id].concat())
}

/// Takes apart what [`HrComposeEID`] makes: gives the entry ID of the store, which the session's
/// table of stores knows by its record key, and that of the object. Of any other entry ID, null
/// and a copy.
///
/// # Errors
/// `MAPI_E_NOT_FOUND` if the session has no such store; `MAPI_E_INVALID_ENTRYID` if the entry ID
/// is cut off; those of the session; `MAPI_E_INVALID_PARAMETER`, `MAPI_E_NOT_ENOUGH_MEMORY`.
///
/// # Safety
/// `session` is null or a session that is alive; `id` is null or points to so many bytes; the
/// others are null or point to variables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrDecomposeEID(
    session: In<'_, IMAPISession>,
    size: u32,
    id: In<'_, ENTRYID>,
    store_size: Out<'_, u32>,
    store: Out<'_, *mut ENTRYID>,
    object_size: Out<'_, u32>,
    object: Out<'_, *mut ENTRYID>,
) -> HRESULT {
    let target = Target { store_size, store, object_size, object };
    answer(|| target.give(session, id.behind::<u8>(0).many(size)?))
}

/// As [`HrDecomposeEID`], of what [`HrComposeMsgID`] makes.
///
/// # Errors
/// As [`HrDecomposeEID`], and `MAPI_E_INVALID_ENTRYID` for what are no pairs of digits.
///
/// # Safety
/// As [`HrDecomposeEID`]; `text` is null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrDecomposeMsgID(
    session: In<'_, IMAPISession>,
    text: In<'_, c_void>,
    store_size: Out<'_, u32>,
    store: Out<'_, *mut ENTRYID>,
    object_size: Out<'_, u32>,
    object: Out<'_, *mut ENTRYID>,
) -> HRESULT {
    let target = Target { store_size, store, object_size, object };
    answer(|| target.give(session, &parse(&need_text(text, 0)?)?))
}

/// Where the two entry IDs go.
struct Target<'a> {
    store_size: Out<'a, u32>,
    store: Out<'a, *mut ENTRYID>,
    object_size: Out<'a, u32>,
    object: Out<'a, *mut ENTRYID>,
}

impl Target<'_> {
    fn give(&self, session: In<'_, IMAPISession>, id: &[u8]) -> Result<()> {
        self.store_size.clear()?;
        self.store.clear()?;
        self.object_size.clear()?;
        self.object.clear()?;
        if id.is_empty() {
            return Err(Error::invalid_parameter("an entry ID has no bytes"));
        }
        if id.get(4..EntryId::HEADER) != Some(&UID) {
            return give_bytes(id, self.object_size, self.object);
        }
        let cut = || Error::new(ErrorCode::INVALID_ENTRYID, "a compound entry ID is cut off");
        let key_size = id.get(EntryId::HEADER..).and_then(|rest| rest.first_chunk::<4>());
        let key_size = u32::from_le_bytes(*key_size.ok_or_else(cut)?) as usize;
        let end = HEADER.checked_add(key_size).ok_or_else(cut)?;
        let key = id.get(HEADER..end).ok_or_else(cut)?;
        let inner = id.get(end..).filter(|inner| !inner.is_empty()).ok_or_else(cut)?;
        let wrapped = find_store(session, key)?;
        give_bytes(&wrapped, self.store_size, self.store)?;
        give_bytes(inner, self.object_size, self.object)
    }
}

/// A set of rows that is freed here.
struct Found(*mut SRowSet);

impl Drop for Found {
    fn drop(&mut self) {
        // SAFETY: given by `HrQueryAllRows`.
        unsafe { FreeProws(self.0) };
    }
}

/// The entry ID of the store with that record key.
fn find_store(session: In<'_, IMAPISession>, key: &[u8]) -> Result<Vec<u8>> {
    #[repr(C)]
    struct Two(u32, [u32; 2]);
    let columns = Two(2, [tags::ENTRYID.0, tags::RECORD_KEY.0]);
    let session =
        session.object().ok_or_else(|| Error::invalid_parameter("there is no session"))?;
    let mut rows = Found(null_mut());
    // SAFETY: the session is alive, the arguments are variables; the columns are laid out as C
    // has them, and rows hold as many values as they say.
    unsafe {
        let mut table: *mut IMAPITable = null_mut();
        let result = session.GetMsgStoresTable(0, Out::new(&mut table));
        let table = crate::com::Ptr::from_raw(table).filter(|_| result.is_ok());
        let table =
            table.ok_or_else(|| Error::new(result.code(), "there is no table of stores"))?;
        let result = HrQueryAllRows(
            In::from_raw(table.as_raw()),
            In::from_raw((&raw const columns).cast::<SPropTagArray>()),
            In::null(),
            In::null(),
            0,
            Out::new(&mut rows.0),
        );
        if !result.is_ok() || rows.0.is_null() {
            return Err(Error::new(result.code(), "the table of stores cannot be read"));
        }
        let first = (&raw const (*rows.0).aRow).cast::<SRow>();
        for at in 0..(*rows.0).cRows as usize {
            let row = In::from_raw(first.add(at));
            let props = crate::convert::read_row(row)?;
            let bytes = |tag: mapix::prop::PropTag| {
                props.iter().find(|prop| prop.tag == tag).and_then(|prop| prop.value.as_bytes())
            };
            if let (Some(id), Some(found)) = (bytes(tags::ENTRYID), bytes(tags::RECORD_KEY))
                && found == key
            {
                return Ok(id.into());
            }
        }
    }
    Err(Error::new(ErrorCode::NOT_FOUND, "the session has no store with that record key"))
}
