//! Named properties of a provider's store, or of an object in one.

use mapix::prop::{PropName, PropTag, PropType, guids};
use mapix::{Error, ErrorCode, Result};

use super::call::{Block, ask};
use super::objects::CREATE;
use super::read::tag_array;
use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::convert::{give_names, read_names};
use crate::iface::IMAPIProp;
use crate::types::{MAPINAMEID, SPropTagArray};

/// The names of these IDs; of all of them for none.
fn ask_names(
    store: &Ptr<IMAPIProp>,
    tags: &mut [u32],
) -> Result<(Vec<u16>, Vec<Option<PropName>>)> {
    let own = tags.as_mut_ptr().cast::<SPropTagArray>();
    let mut array = if tags.len() > 1 { own } else { std::ptr::null_mut() };
    let (mut count, mut raw) = (0, std::ptr::null_mut());
    // SAFETY: the store is alive; the array has as many tags as it says.
    let result = unsafe {
        store.GetNamesFromIDs(
            Out::new(&mut array),
            In::null(),
            0,
            Out::new(&mut count),
            Out::new(&mut raw),
        )
    };
    ask(store, result, "IMAPIProp::GetNamesFromIDs")?;
    let ids = if array == own {
        tags.iter().skip(1).map(|tag| PropTag(*tag).id()).collect()
    } else {
        tag_array(array)?.into_iter().map(PropTag::id).collect::<Vec<_>>()
    };
    if count == 0 {
        drop(Block::take(raw));
        return Ok((Vec::new(), Vec::new()));
    }
    let block = Block::take(raw)?;
    if !block.holds(count as usize) || ids.len() != count as usize {
        let sentence = "IMAPIProp::GetNamesFromIDs gave another number of names";
        return Err(Error::new(ErrorCode::CALL_FAILED, sentence));
    }
    Ok((ids, read_names(count, block.to_in())?))
}

pub(crate) fn names(store: &Ptr<IMAPIProp>, ids: &[u16]) -> Result<Vec<Option<PropName>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = ids.iter().map(|id| PropTag::new(*id, PropType::NULL).0);
    let mut tags: Vec<u32> = std::iter::once(ids.len() as u32).chain(numbers).collect();
    match ask_names(store, &mut tags) {
        Ok((_, names)) if names.len() == ids.len() => Ok(names),
        Ok(_) => Ok(vec![None; ids.len()]),
        // A store without named properties.
        Err(error) if error.code() == ErrorCode::NO_SUPPORT => Ok(vec![None; ids.len()]),
        Err(error) => Err(error),
    }
}

pub(super) fn all(store: &Ptr<IMAPIProp>) -> Result<Vec<(u16, PropName)>> {
    match ask_names(store, &mut [0]) {
        Ok((ids, names)) => {
            let pairs = ids.into_iter().zip(names);
            Ok(pairs.filter_map(|(id, name)| Some((id, name?))).collect())
        }
        // A store without named properties, or one that does not list them.
        Err(error)
            if matches!(error.code(), ErrorCode::NO_SUPPORT | ErrorCode::INVALID_PARAMETER) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

/// Whether the store has named properties at all: asked with a name that most stores have.
pub(super) fn are_there(store: &Ptr<IMAPIProp>) -> bool {
    let name = PropName::name(guids::PS_PUBLIC_STRINGS, "Keywords");
    ask_ids(store, &[name], false).is_ok()
}

pub(crate) fn ids(
    store: &Ptr<IMAPIProp>,
    names: &[PropName],
    create: bool,
) -> Result<Vec<Option<u16>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    match ask_ids(store, names, create) {
        // A store without named properties.
        Err(error) if !create && error.code() == ErrorCode::NO_SUPPORT => {
            Ok(vec![None; names.len()])
        }
        result => result,
    }
}

fn ask_ids(store: &Ptr<IMAPIProp>, names: &[PropName], create: bool) -> Result<Vec<Option<u16>>> {
    let names: Vec<Option<PropName>> = names.iter().cloned().map(Some).collect();
    let (mut count, mut list) = (0, std::ptr::null_mut::<*mut MAPINAMEID>());
    give_names(Out::new(&mut count), Out::new(&mut list), &names)?;
    let list = Block::take(list)?;
    let mut raw = std::ptr::null_mut();
    let flags = if create { CREATE } else { 0 };
    // SAFETY: the store is alive; the list has as many names as are said.
    let result = unsafe { store.GetIDsFromNames(count, list.to_in(), flags, Out::new(&mut raw)) };
    ask(store, result, "IMAPIProp::GetIDsFromNames")?;
    let tags = tag_array(raw)?;
    if tags.len() != names.len() {
        let sentence = "IMAPIProp::GetIDsFromNames gave another number of tags";
        return Err(Error::new(ErrorCode::CALL_FAILED, sentence));
    }
    let is_there = |tag: PropTag| tag.is_named() && tag.prop_type() != PropType::ERROR;
    Ok(tags.into_iter().map(|tag| is_there(tag).then(|| tag.id())).collect())
}
