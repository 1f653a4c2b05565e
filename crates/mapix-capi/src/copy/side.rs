//! The two objects of a copy: what they are, and whether they are one.

use std::ffi::c_void;
use std::mem::ManuallyDrop;

use mapix::prop::{PropTag, tags};
use mapix::{Error, ErrorCode, Result};

use super::tree::{NORMAL, contents, hierarchy};
use super::{OF_FOLDERS, OF_MESSAGES};
use crate::arg::{In, Out};
use crate::com::{Interface, Ptr};
use crate::flags::MAPI_ASSOCIATED;
use crate::iface::{
    IAttach, IMAPIContainer, IMAPIFolder, IMAPIProp, IMessage, IMsgStore, IUnknown,
};
use crate::import::call::{known_as, object};
use crate::import::objects::get;
use crate::import::parts::{attachment_numbers, recipients};
use crate::types::GUID;

/// One side of a copy, by the most that it is.
pub(crate) enum Side {
    Message(Ptr<IMessage>),
    Attach(Ptr<IAttach>),
    Folder(Ptr<IMAPIFolder>),
    /// Properties, and nothing else.
    Bare(Ptr<IMAPIProp>),
}

impl Side {
    /// An object that a caller names with the interface by which it is to be used.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if one of them is missing;
    /// `MAPI_E_INTERFACE_NOT_SUPPORTED` if they do not belong together, or it has no properties.
    pub(crate) fn named(interface: In<'_, GUID>, raw: In<'_, c_void>) -> Result<Self> {
        let object = held(raw)?;
        answers(&object, interface.need()?)?;
        Self::of(&object)
    }

    /// An object, by the most that it is.
    ///
    /// # Errors
    /// `MAPI_E_INTERFACE_NOT_SUPPORTED` if it has no properties.
    pub(crate) fn of(object: &Ptr<IUnknown>) -> Result<Self> {
        if let Ok(message) = checked(object) {
            return Ok(Self::Message(message));
        }
        if let Ok(attachment) = checked(object) {
            return Ok(Self::Attach(attachment));
        }
        if let Ok(folder) = checked(object) {
            return Ok(Self::Folder(folder));
        }
        checked(object).map(Self::Bare)
    }

    pub(super) fn prop(&self) -> &Ptr<IMAPIProp> {
        match self {
            Self::Message(message) => message,
            Self::Attach(attachment) => attachment,
            Self::Folder(folder) => folder,
            Self::Bare(prop) => prop,
        }
    }

    /// Whether it is a mere place for properties, which makes none of its own as a store does.
    pub(super) fn is_bare(&self) -> bool {
        matches!(self, Self::Bare(prop) if prop.query::<IMsgStore>().is_err())
    }

    /// Whether both are one object.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            // What has no place in a store may have any entry ID.
            (Self::Message(one), Self::Message(other)) => is_same(one, other),
            (Self::Folder(one), Self::Folder(other)) => is_same(one, other),
            _ => is_one(self.prop(), other.prop()),
        }
    }

    /// What there is in it beside its properties.
    pub(super) fn parts(&self) -> Result<Vec<PropTag>> {
        Ok(match self {
            Self::Message(message) => {
                let is_there =
                    [!recipients(message)?.is_empty(), !attachment_numbers(message)?.is_empty()];
                OF_MESSAGES
                    .into_iter()
                    .zip(is_there)
                    .filter(|part| part.1)
                    .map(|part| part.0)
                    .collect()
            }
            Self::Folder(folder) => {
                let is_there = [
                    !contents(folder, NORMAL)?.is_empty(),
                    !hierarchy(folder)?.is_empty(),
                    !contents(folder, MAPI_ASSOCIATED)?.is_empty(),
                ];
                OF_FOLDERS
                    .into_iter()
                    .zip(is_there)
                    .filter(|part| part.1)
                    .map(|part| part.0)
                    .collect()
            }
            Self::Attach(_) | Self::Bare(_) => Vec::new(),
        })
    }
}

/// A folder that a caller names, perhaps with the interface by which it is to be used.
///
/// # Errors
/// As [`Side::named`]; `MAPI_E_INTERFACE_NOT_SUPPORTED` if it is no folder.
pub(crate) fn folder_of(interface: In<'_, GUID>, raw: In<'_, c_void>) -> Result<Ptr<IMAPIFolder>> {
    let object = held(raw)?;
    if let Some(iid) = interface.get() {
        let known = [IUnknown::IID, IMAPIProp::IID, IMAPIContainer::IID, IMAPIFolder::IID];
        if !known.contains(iid) {
            let sentence = "a folder is used as IMAPIFolder";
            return Err(Error::new(ErrorCode::INTERFACE_NOT_SUPPORTED, sentence));
        }
        answers(&object, iid)?;
    }
    checked(&object)
}

/// A reference to an object that a caller gives without a type.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` if there is none, or what is there cannot be one.
pub(crate) fn held(raw: In<'_, c_void>) -> Result<Ptr<IUnknown>> {
    let raw = raw.as_raw().cast_mut().cast();
    let checked = object::<IUnknown>(raw, "the caller").map_err(|error| {
        Error::invalid_parameter("there is no object to be copied from or to").with_source(error)
    })?;
    // It is the caller's reference.
    Ok((*ManuallyDrop::new(checked)).clone())
}

fn answers(object: &Ptr<IUnknown>, iid: &GUID) -> Result<()> {
    let mut raw = std::ptr::null_mut();
    // SAFETY: the object is alive, and the arguments are as QueryInterface wants them.
    let result = unsafe { object.QueryInterface(In::new(iid), Out::new(&mut raw)) };
    // SAFETY: what it gives is a reference of ours.
    let found = unsafe { Ptr::<IUnknown>::from_raw(raw.cast()) };
    if result.is_ok() && found.is_some() {
        return Ok(());
    }
    let sentence = "an object is not of the interface that it is given with";
    Err(Error::new(ErrorCode::INTERFACE_NOT_SUPPORTED, sentence))
}

/// Another interface of an object, with all its functions.
fn checked<I: Interface>(object: &Ptr<IUnknown>) -> Result<Ptr<I>> {
    known_as(object.query::<I>()?.upcast(), "IUnknown::QueryInterface")
}

/// Whether two objects are one: the same in memory, or in their store.
pub(super) fn is_same(one: &Ptr<IMAPIProp>, other: &Ptr<IMAPIProp>) -> bool {
    is_one(one, other) || Identity::of(one).is_some_and(|one| Some(one) == Identity::of(other))
}

/// Whether both pointers lead to one object.
fn is_one(one: &Ptr<IMAPIProp>, other: &Ptr<IMAPIProp>) -> bool {
    match (one.query::<IUnknown>(), other.query::<IUnknown>()) {
        (Ok(one), Ok(other)) => one.as_raw() == other.as_raw(),
        _ => false,
    }
}

/// Whether two objects are known to be of one store.
pub(super) fn is_same_store(one: &Ptr<IMAPIProp>, other: &Ptr<IMAPIProp>) -> bool {
    let store = |prop| Identity::of(prop).and_then(|found| found.store);
    store(one).is_some_and(|one| Some(one) == store(other))
}

/// By what an object that was saved is known.
#[derive(PartialEq, Eq)]
pub(super) struct Identity {
    entry_id: Vec<u8>,
    store: Option<Vec<u8>>,
}

impl Identity {
    /// `None` for an object without an entry ID.
    pub(super) fn of(prop: &Ptr<IMAPIProp>) -> Option<Self> {
        let wanted = [tags::ENTRYID, tags::STORE_RECORD_KEY, tags::STORE_ENTRYID];
        let found = get(prop, &wanted).ok()?;
        let bytes = |index: usize| found[index].value.as_bytes().map(<[u8]>::to_vec);
        Some(Self { entry_id: bytes(0)?, store: bytes(1).or_else(|| bytes(2)) })
    }
}
