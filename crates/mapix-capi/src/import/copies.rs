//! `CopyMessages`, `CopyFolder`, `DoCopyTo` and `DoCopyProps` of the support object: a provider's
//! own objects to whatever destination.

use std::ffi::c_void;

use mapix::{Completion, Error, Result};

use crate::arg::{In, Out};
use crate::client::Teller;
use crate::convert::{check_flags, entry_id, entry_list, give_problems, read_text};
use crate::copy::{self, FolderCopy, Outcome, Plan, Side, What, folder_of};
use crate::flags::{
    COPY_SUBFOLDERS, FOLDER_DIALOG, FOLDER_MOVE, MAPI_DECLINE_OK, MAPI_DIALOG, MAPI_MOVE,
    MAPI_NOREPLACE, MAPI_UNICODE, MESSAGE_DIALOG, MESSAGE_MOVE,
};
use crate::iface::IMAPIProgress;
use crate::types::{ENTRYID, ENTRYLIST, GUID, HRESULT, SPropProblemArray};

/// An object, and the interface by which it is to be used.
pub(super) type Named<'a> = (In<'a, GUID>, In<'a, c_void>);

/// Who is told: nobody, unless a flag asks for it.
fn teller(progress: In<'_, IMAPIProgress>, flags: u32, dialog: u32) -> Teller {
    Teller::new(if flags & dialog == 0 { In::null() } else { progress })
}

/// # Errors
/// Those of [`copy::copy_messages`]; `MAPI_E_INVALID_PARAMETER`, `MAPI_E_INTERFACE_NOT_SUPPORTED`.
pub(super) fn messages(
    from: Named<'_>,
    list: In<'_, ENTRYLIST>,
    to: Named<'_>,
    progress: In<'_, IMAPIProgress>,
    flags: u32,
) -> Result<Completion> {
    // What a provider was asked with it may hand on.
    check_flags(flags, MESSAGE_MOVE | MESSAGE_DIALOG | MAPI_DECLINE_OK)?;
    let (from, to) = (folder_of(from.0, from.1)?, folder_of(to.0, to.1)?);
    let ids = entry_list(list)?;
    let ids = ids.ok_or_else(|| Error::invalid_parameter("there are no messages"))?;
    let teller = teller(progress, flags, MESSAGE_DIALOG);
    copy::copy_messages(&from, ids, &to, flags & MESSAGE_MOVE != 0, &teller)
}

/// # Errors
/// Those of [`copy::copy_folder`]; `MAPI_E_INVALID_PARAMETER`, `MAPI_E_INTERFACE_NOT_SUPPORTED`.
pub(super) fn folder(
    from: Named<'_>,
    (size, id): (u32, In<'_, ENTRYID>),
    to: Named<'_>,
    name: In<'_, c_void>,
    progress: In<'_, IMAPIProgress>,
    flags: u32,
) -> Result<Completion> {
    let known = FOLDER_MOVE | FOLDER_DIALOG | COPY_SUBFOLDERS | MAPI_UNICODE;
    check_flags(flags, known | MAPI_DECLINE_OK)?;
    let (parent, to) = (folder_of(from.0, from.1)?, folder_of(to.0, to.1)?);
    let id = entry_id(size, id)?;
    let copy = FolderCopy {
        parent: &parent,
        id: id.ok_or_else(|| Error::invalid_parameter("there is no entry ID"))?,
        to: &to,
        name: read_text(name, flags)?.filter(|name| !name.is_empty()),
        deep: flags & COPY_SUBFOLDERS != 0,
        remove: flags & FOLDER_MOVE != 0,
    };
    copy::copy_folder(copy, &teller(progress, flags, FOLDER_DIALOG))
}

/// # Errors
/// Those of [`copy::copy`]; `MAPI_E_INVALID_PARAMETER`, `MAPI_E_INTERFACE_NOT_SUPPORTED`.
pub(super) fn properties(
    from: Named<'_>,
    to: Named<'_>,
    what: &What,
    progress: In<'_, IMAPIProgress>,
    flags: u32,
    problems: Out<'_, *mut SPropProblemArray>,
) -> Result<HRESULT> {
    check_flags(flags, MAPI_MOVE | MAPI_NOREPLACE | MAPI_DIALOG | MAPI_DECLINE_OK)?;
    let (from, to) = (Side::named(from.0, from.1)?, Side::named(to.0, to.1)?);
    let plan = Plan { what, replace: flags & MAPI_NOREPLACE == 0, remove: flags & MAPI_MOVE != 0 };
    let done: Outcome = copy::copy(&from, &to, &plan, &teller(progress, flags, MAPI_DIALOG))?;
    give_problems(problems, &done.problems)?;
    Ok(done.warning().into())
}
