//! Single changes of a folder and of what is in it, each one call of the provider's.

use std::ffi::c_void;
use std::slice::from_ref;

use mapix::{Context, EntryId, ErrorCode, Result};

use super::call::{ask, object, whole};
use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::convert::MAPI_UNICODE;
use crate::flags::MAPI_ASSOCIATED;
use crate::iface::{IMAPIFolder, IMAPIProp, IMessage};
use crate::types::{ENTRYLIST, SBinary};

const DEL_MESSAGES: u32 = 1;
const DEL_FOLDERS: u32 = 4;
/// `DELETE_HARD_DELETE`: nobody restores what such a store keeps.
const HARD_DELETE: u32 = 0x10;
const CLEAR_READ_FLAG: u32 = 4;
const SUPPRESS_RECEIPT: u32 = 1;
const FOLDER_GENERIC: u32 = 1;

/// `CreateMessage`.
pub(crate) fn new_message(folder: &Ptr<IMAPIFolder>, associated: bool) -> Result<Ptr<IMessage>> {
    let flags = if associated { MAPI_ASSOCIATED } else { 0 };
    let mut raw = std::ptr::null_mut();
    // SAFETY: the folder is alive.
    let result = unsafe { folder.CreateMessage(In::null(), flags, Out::new(&mut raw)) };
    let prop: &Ptr<IMAPIProp> = folder;
    ask(prop, result, "IMAPIFolder::CreateMessage")?;
    object(raw, "IMAPIFolder::CreateMessage")
}

/// `SetReadFlag`, without a report to the sender: the session makes those.
pub(crate) fn set_read(message: &Ptr<IMessage>, read: bool) -> Result<()> {
    let flags = if read { SUPPRESS_RECEIPT } else { CLEAR_READ_FLAG };
    // SAFETY: the message is alive.
    let result = unsafe { message.SetReadFlag(flags) };
    let prop: &Ptr<IMAPIProp> = message;
    ask(prop, result, "IMessage::SetReadFlag").context(|| "after the message was saved")
}

/// Calls with a list of entry IDs.
pub(crate) fn with_list<T>(ids: &[EntryId], call: impl FnOnce(In<'_, ENTRYLIST>) -> T) -> T {
    let binary = |id: &EntryId| {
        let bytes = id.as_bytes();
        SBinary { cb: bytes.len() as u32, lpb: bytes.as_ptr().cast_mut() }
    };
    let mut all: Vec<SBinary> = ids.iter().map(binary).collect();
    let list = ENTRYLIST { cValues: all.len() as u32, lpbin: all.as_mut_ptr() };
    // SAFETY: the list names entry IDs with their sizes; all live until the call returns.
    call(unsafe { In::new(&list) })
}

/// `DeleteMessages` for one of them, for good.
pub(crate) fn delete_message(folder: &Ptr<IMAPIFolder>, id: &EntryId) -> Result<()> {
    let delete = |flags| {
        with_list(from_ref(id), |list| {
            // SAFETY: the folder is alive, and the list as it says.
            unsafe { folder.DeleteMessages(list, 0, In::null(), flags) }
        })
    };
    let mut result = delete(HARD_DELETE);
    if result.code() == ErrorCode::UNKNOWN_FLAGS {
        result = delete(0);
    }
    let prop: &Ptr<IMAPIProp> = folder;
    whole(prop, result, "IMAPIFolder::DeleteMessages")
}

/// `DeleteFolder`, with all that is in it, for good.
pub(crate) fn delete_folder(parent: &Ptr<IMAPIFolder>, id: &EntryId) -> Result<()> {
    let bytes = id.as_bytes();
    let delete = |flags| {
        let id = bytes.as_ptr().cast();
        // SAFETY: the folder is alive; the entry ID has the size that is said.
        unsafe { parent.DeleteFolder(bytes.len() as u32, In::from_raw(id), 0, In::null(), flags) }
    };
    let mut result = delete(DEL_MESSAGES | DEL_FOLDERS | HARD_DELETE);
    if result.code() == ErrorCode::UNKNOWN_FLAGS {
        result = delete(DEL_MESSAGES | DEL_FOLDERS);
    }
    let prop: &Ptr<IMAPIProp> = parent;
    whole(prop, result, "IMAPIFolder::DeleteFolder")
}

/// `CreateFolder`, with a name of 8 bits where 16 are not understood.
pub(crate) fn make_folder(parent: &Ptr<IMAPIFolder>, name: &str) -> Result<Ptr<IMAPIFolder>> {
    let wide: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let narrow = [name.as_bytes(), &[0]].concat();
    let mut raw = std::ptr::null_mut();
    let mut create = |name: *const c_void, flags| {
        let made = Out::new(&mut raw);
        // SAFETY: the folder is alive; the name ends with zero.
        unsafe {
            let name = In::from_raw(name);
            parent.CreateFolder(FOLDER_GENERIC, name, In::null(), In::null(), flags, made)
        }
    };
    let mut result = create(wide.as_ptr().cast(), MAPI_UNICODE);
    if result.code() == ErrorCode::BAD_CHARWIDTH {
        result = create(narrow.as_ptr().cast(), 0);
    }
    let prop: &Ptr<IMAPIProp> = parent;
    ask(prop, result, "IMAPIFolder::CreateFolder")?;
    object(raw, "IMAPIFolder::CreateFolder")
}
