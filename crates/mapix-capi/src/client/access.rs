//! Access that was asked for: objects open for reading unless a flag says otherwise.

use std::borrow::Cow;

use mapix::prop::{PropBag, PropRef, Value, tags};
use mapix::{Error, ErrorCode, Result};

use crate::flags::{MAPI_BEST_ACCESS, MAPI_MODIFY};

/// `MSGFLAG_SUBMIT`.
const SUBMITTED: i32 = 4;

/// Whether an object that has these properties is opened for writing, by the flags of the call.
///
/// # Errors
/// `MAPI_E_NO_ACCESS` if writing was asked for (`MAPI_MODIFY`) and cannot be;
/// `MAPI_E_SUBMITTED` if that is because the message is in the outgoing queue.
pub(super) fn writable(props: &PropBag, flags: u32) -> Result<bool> {
    let can = props.i32(tags::ACCESS_LEVEL) == Some(1);
    if flags & MAPI_MODIFY != 0 && !can {
        let submitted = props.i32(tags::MESSAGE_FLAGS).unwrap_or(0) & SUBMITTED != 0;
        let code = if submitted { ErrorCode::SUBMITTED } else { ErrorCode::NO_ACCESS };
        return Err(Error::new(code, "the object cannot be opened for writing"));
    }
    Ok(can && flags & (MAPI_MODIFY | MAPI_BEST_ACCESS) != 0)
}

/// Refuses changes of what is open for reading.
///
/// # Errors
/// `MAPI_E_NO_ACCESS`.
pub(super) fn need(writable: bool) -> Result<()> {
    if writable {
        return Ok(());
    }
    Err(Error::new(ErrorCode::NO_ACCESS, "the object was not opened with MAPI_MODIFY"))
}

/// Has `PR_ACCESS_LEVEL` say how the object was opened.
pub(super) fn tell(prop: &mut PropRef<'_>, writable: bool) {
    if !writable && prop.tag == tags::ACCESS_LEVEL {
        prop.value = Cow::Owned(Value::I32(0));
    }
}
