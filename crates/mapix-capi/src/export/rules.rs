//! Rules as Exchange keeps them: their conditions (`PR_EXTENDED_RULE_MSG_CONDITION`) and what they do
//! (`PR_EXTENDED_RULE_MSG_ACTIONS`), MS-OXORULE 2.2.4.1.

use mapix::prop::PropName;
use mapix::restriction::Restriction;
use mapix::{Error, ErrorCode, Result, rule};

use super::answer;
use super::entry::give_bytes;
use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::convert::{give_actions, give_restriction, read_actions, read_restriction};
use crate::iface::IMAPIProp;
use crate::import::names;
use crate::types::{ACTIONS, HRESULT, SRestriction};

/// Gives the bytes of a restriction, with the names of its named properties, which the object tells.
/// Narrow text becomes wide. The buffer is freed with `MAPIFreeBuffer`.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER`, also for named properties without an object; `MAPI_E_NOT_FOUND` if one of
/// them has no name; `MAPI_E_TOO_COMPLEX` for what the bytes do not hold; those of the object.
///
/// # Safety
/// The object and the restriction are null or good; `bytes` and `size` are null or point to variables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrSerializeSRestriction(
    object: In<'_, IMAPIProp>,
    restriction: In<'_, SRestriction>,
    bytes: Out<'_, *mut u8>,
    size: Out<'_, u32>,
) -> HRESULT {
    answer(|| {
        size.clear()?;
        bytes.clear()?;
        let restriction = read_restriction(restriction)?;
        let written = restriction.to_rule(|ids| names_of(object, ids))?;
        give_bytes(&written, size, bytes)
    })
}

/// Gives the restriction of such bytes. Its named properties have the IDs that they have for the
/// object, which gets names that it does not know. The restriction is freed with `MAPIFreeBuffer`.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER`, also for named properties without an object; `MAPI_E_CORRUPT_DATA` and
/// `MAPI_E_TOO_COMPLEX` for bytes that are no condition, or too deep or too large; those of the object.
///
/// # Safety
/// The object is null or good; `bytes` points to so many; `restriction` is null or points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrDeserializeSRestriction(
    object: In<'_, IMAPIProp>,
    bytes: In<'_, u8>,
    size: u32,
    restriction: Out<'_, *mut SRestriction>,
) -> HRESULT {
    answer(|| {
        restriction.clear()?;
        let read = Restriction::from_rule(bytes.many(size)?, |names| ids_of(object, names))?;
        restriction.set(give_restriction(&read)?)
    })
}

/// Gives the bytes of what a rule does, with the names of its named properties, which the object tells.
/// Narrow text becomes wide. The buffer is freed with `MAPIFreeBuffer`.
///
/// # Errors
/// As for [`HrSerializeSRestriction`]; `MAPI_E_VERSION` for another version of the structures.
///
/// # Safety
/// The object and the actions are null or good; `bytes` and `size` are null or point to variables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrSerializeActions(
    object: In<'_, IMAPIProp>,
    actions: In<'_, ACTIONS>,
    bytes: Out<'_, *mut u8>,
    size: Out<'_, u32>,
) -> HRESULT {
    answer(|| {
        size.clear()?;
        bytes.clear()?;
        let actions = read_actions(actions)?;
        let written = rule::write_actions(&actions, |ids| names_of(object, ids))?;
        give_bytes(&written, size, bytes)
    })
}

/// Gives what a rule does from such bytes, in one buffer that is freed with `MAPIFreeBuffer`, lists of
/// recipients as well.
///
/// # Errors
/// As for [`HrDeserializeSRestriction`]; `MAPI_E_VERSION` for bytes of another version.
///
/// # Safety
/// The object is null or good; `bytes` points to so many; `actions` is null or points to a variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrDeserializeActions(
    object: In<'_, IMAPIProp>,
    bytes: In<'_, u8>,
    size: u32,
    actions: Out<'_, *mut ACTIONS>,
) -> HRESULT {
    answer(|| {
        actions.clear()?;
        let read = rule::read_actions(bytes.many(size)?, |names| ids_of(object, names))?;
        actions.set(give_actions(&read)?)
    })
}

fn needed(object: In<'_, IMAPIProp>) -> Result<Ptr<IMAPIProp>> {
    let sentence = "an object must tell of named properties";
    object.object().ok_or_else(|| Error::invalid_parameter(sentence))
}

fn names_of(object: In<'_, IMAPIProp>, ids: &[u16]) -> Result<Vec<PropName>> {
    let names = names::names(&needed(object)?, ids)?;
    let missing = || Error::not_found("a named property has no name");
    names.into_iter().map(|name| name.ok_or_else(missing)).collect()
}

fn ids_of(object: In<'_, IMAPIProp>, wanted: &[PropName]) -> Result<Vec<u16>> {
    let object = needed(object)?;
    let found = match names::ids(&object, wanted, true) {
        // One that is open for reading knows those that are there.
        Err(error) if error.code() == ErrorCode::NO_ACCESS => names::ids(&object, wanted, false),
        found => found,
    }?;
    let missing = || Error::not_found("the object has no ID for a name");
    found.into_iter().map(|id| id.ok_or_else(missing)).collect()
}
