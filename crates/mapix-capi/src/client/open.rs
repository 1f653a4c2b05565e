//! Whatever an entry ID stands for, as an object of C.

use mapix::{Error, ErrorCode, Object, Result, Store};

use super::iattach::AttachObject;
use super::imapifolder::FolderObject;
use super::imessage::MessageObject;
use super::imsgstore::StoreObject;
use crate::arg::{In, Out};
use crate::com::{Interface, Ptr};
use crate::convert::{check_flags, entry_id};
use crate::flags::{
    MAPI_ATTACH, MAPI_BEST_ACCESS, MAPI_DEFERRED_ERRORS, MAPI_FOLDER, MAPI_MESSAGE, MAPI_MODIFY,
    MAPI_STORE, SHOW_SOFT_DELETES,
};
use crate::iface::IUnknown;
use crate::types::{ENTRYID, GUID};

/// The store in which objects are, as it was opened.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) store: Store,
    /// Whether writing was asked for (`MDB_WRITE`).
    pub(crate) writable: bool,
    /// Whether it is lent to a provider of another store: its store objects end no logon then, as
    /// that is a matter of the clients.
    pub(crate) lent: bool,
}

impl Home {
    /// The store of an object that was opened with these flags.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` for what C has no form of.
    pub(crate) fn of(opened: &Object, flags: u32, lent: bool) -> Result<Self> {
        let store = match opened {
            Object::Store(store) => store.clone(),
            Object::Folder(folder) => folder.store(),
            Object::Message(message) => message.store(),
            Object::Attachment(attachment) => attachment.store(),
            _ => return Err(formless()),
        };
        let writable = store.can_write() && flags & (MAPI_MODIFY | MAPI_BEST_ACCESS) != 0;
        Ok(Self { store, writable, lent })
    }
}

fn formless() -> Error {
    Error::no_support("C has no form of this object")
}

/// `OpenEntry` of a store and of its folders; without an entry ID it is the root.
pub(crate) fn entry(
    home: &Home,
    (size, id): (u32, In<'_, ENTRYID>),
    interface: In<'_, GUID>,
    flags: u32,
    kind: Out<'_, u32>,
    object: Out<'_, *mut IUnknown>,
) -> Result<()> {
    let known = MAPI_MODIFY | MAPI_BEST_ACCESS | MAPI_DEFERRED_ERRORS | SHOW_SOFT_DELETES;
    check_flags(flags, known)?;
    kind.clear()?;
    object.clear()?;
    let opened = match entry_id(size, id)? {
        Some(id) => home.store.open_entry(&id)?,
        None => Object::Folder(home.store.root()?),
    };
    give(open(home, opened, interface, flags)?, kind, object)
}

/// Opens an object of the core for C, and gives what it is.
pub(crate) fn open(
    home: &Home,
    object: Object,
    interface: In<'_, GUID>,
    flags: u32,
) -> Result<(u32, Ptr<IUnknown>)> {
    Ok(match object {
        Object::Store(_) => (MAPI_STORE, fit(StoreObject::over(home.clone()), interface)?),
        Object::Folder(folder) => {
            (MAPI_FOLDER, fit(FolderObject::open(home, folder, flags)?, interface)?)
        }
        Object::Message(message) => {
            (MAPI_MESSAGE, fit(MessageObject::open(home, message, flags)?, interface)?)
        }
        Object::Attachment(attachment) => {
            (MAPI_ATTACH, fit(AttachObject::open(home, attachment, flags)?, interface)?)
        }
        _ => return Err(formless()),
    })
}

/// An object as the interface that was asked for; as its own if none was.
pub(crate) fn fit<I: Interface>(object: Ptr<I>, interface: In<'_, GUID>) -> Result<Ptr<IUnknown>> {
    wants::<I>(interface)?;
    Ok(object.upcast())
}

/// Whether the interface that was asked for is one of those that `I` is.
pub(crate) fn wants<I: Interface>(interface: In<'_, GUID>) -> Result<()> {
    match interface.get() {
        Some(iid) if !I::answers(iid) => Err(Error::new(
            ErrorCode::INTERFACE_NOT_SUPPORTED,
            format!("the object is opened as {}", I::NAME),
        )),
        _ => Ok(()),
    }
}

/// Gives what was opened.
pub(crate) fn give(
    (kind, object): (u32, Ptr<IUnknown>),
    kind_out: Out<'_, u32>,
    object_out: Out<'_, *mut IUnknown>,
) -> Result<()> {
    kind_out.set(kind)?;
    object_out.give(object)
}
