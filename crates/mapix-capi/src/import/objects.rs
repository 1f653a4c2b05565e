//! The objects of a provider's store: which number stands for which entry ID, and how an object is
//! opened.
//!
//! Numbers are given when an entry ID is first seen, and live as long as the store is open. An
//! entry ID that may only be used for a while (a short-term one, as tables give them) is exchanged
//! for the long-term one that the object says of itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use mapix::prop::{Prop, PropTag, Value, tags};
use mapix::store::{ItemKind, MessageRef, ObjectRef};
use mapix::{EntryId, Error, ErrorCode, Result};

use super::call::{answered, ask, known_as, object, props};
use crate::arg::{In, Out};
use crate::com::{Interface, Ptr};
use crate::convert::MAPI_UNICODE;
use crate::iface::{IAttach, IMAPIFolder, IMAPIProp, IMSLogon, IMessage, IMsgStore, IUnknown};
use crate::types::SPropTagArray;

/// `MAPI_BEST_ACCESS`.
pub(crate) const BEST_ACCESS: u32 = 0x10;
/// `MAPI_MODIFY`.
pub(crate) const MODIFY: u32 = 0x1;
/// `MAPI_CREATE`.
pub(crate) const CREATE: u32 = 0x2;

const MAPI_STORE: u32 = 1;
const MAPI_FOLDER: u32 = 3;
const MAPI_MESSAGE: u32 = 5;
const FOLDER_SEARCH: i32 = 2;
const MSGFLAG_ASSOCIATED: i32 = 0x40;

/// The objects of one store.
pub(super) struct Objects {
    live: RwLock<Option<Live>>,
    ids: Mutex<Ids>,
}

/// What the provider gave at logon.
#[derive(Clone)]
pub(super) struct Live {
    pub(super) logon: Ptr<IMSLogon>,
    pub(super) store: Ptr<IMsgStore>,
}

#[derive(Default)]
struct Ids {
    known: Vec<Known>,
    numbers: HashMap<EntryId, u64>,
}

/// What is known of an object.
#[derive(Clone, Debug)]
struct Known {
    entry_id: EntryId,
    /// Known once it was opened.
    kind: Option<ItemKind>,
    /// Its parent when it was last looked at, for what is told of it when it is gone.
    parent: Option<u64>,
    /// It was deleted, as far as is known.
    gone: bool,
}

impl Known {
    fn new(entry_id: EntryId) -> Self {
        Self { entry_id, kind: None, parent: None, gone: false }
    }
}

/// An object that is open, and what must stay so meanwhile.
pub(crate) struct Opened {
    pub(crate) prop: Ptr<IMAPIProp>,
    pub(crate) above: Vec<Ptr<IUnknown>>,
}

/// A message that is open.
pub(super) struct OpenMessage {
    pub(super) message: Ptr<IMessage>,
    pub(super) above: Vec<Ptr<IUnknown>>,
}

impl Objects {
    pub(super) fn new(live: Live) -> Self {
        Self { live: RwLock::new(Some(live)), ids: Mutex::default() }
    }

    /// What the provider gave, while the store lives.
    pub(super) fn live(&self) -> Result<Live> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.clone().ok_or_else(|| Error::new(ErrorCode::INVALID_OBJECT, "the store is closed"))
    }

    /// The end: nothing is opened any more.
    pub(super) fn take(&self) -> Option<Live> {
        self.live.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn ids(&self) -> MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a long-term entry ID, a new one if it was not seen before.
    pub(super) fn number(&self, entry_id: &EntryId) -> u64 {
        let mut ids = self.ids();
        if let Some(number) = ids.numbers.get(entry_id) {
            return *number;
        }
        ids.known.push(Known::new(entry_id.clone()));
        let number = ids.known.len() as u64;
        ids.numbers.insert(entry_id.clone(), number);
        number
    }

    /// The number of an entry ID that was seen before.
    pub(super) fn known_number(&self, entry_id: &EntryId) -> Option<u64> {
        self.ids().numbers.get(entry_id).copied()
    }

    /// The number stands for another entry ID from now on: the object was moved.
    pub(super) fn rename(&self, number: u64, entry_id: EntryId) {
        let mut ids = self.ids();
        let Some(known) = index(number).and_then(|at| ids.known.get_mut(at)) else { return };
        // The old one still leads to it.
        known.entry_id = entry_id.clone();
        ids.numbers.insert(entry_id, number);
    }

    pub(super) fn entry_id(&self, number: u64) -> Result<EntryId> {
        self.known(number).map(|known| known.entry_id)
    }

    fn known(&self, number: u64) -> Result<Known> {
        let known = index(number).and_then(|index| self.ids().known.get(index).cloned());
        known.ok_or_else(|| missing(number))
    }

    /// The entry ID of an object of this kind that is not known to be gone.
    pub(super) fn present(&self, number: u64, folder: bool) -> Result<EntryId> {
        let known = self.known(number)?;
        let kind = match known.kind {
            _ if known.gone => return Err(missing(number)),
            Some(kind) => kind,
            None => self.item(number)?.0,
        };
        let is_folder = matches!(kind, ItemKind::Folder | ItemKind::SearchFolder);
        if is_folder == folder { Ok(known.entry_id) } else { Err(missing(number)) }
    }

    /// What an object is that is not known to be gone.
    pub(super) fn kind(&self, number: u64) -> Result<ItemKind> {
        match self.known(number)? {
            known if known.gone => Err(missing(number)),
            Known { kind: Some(kind), .. } => Ok(kind),
            _ => Ok(self.item(number)?.0),
        }
    }

    /// An object is not there any more.
    pub(super) fn note_gone(&self, number: u64) {
        let mut ids = self.ids();
        if let Some(known) = index(number).and_then(|index| ids.known.get_mut(index)) {
            known.gone = true;
        }
    }

    /// What was known of an object when it was last looked at.
    pub(super) fn last_seen(&self, number: u64) -> (Option<ItemKind>, Option<u64>) {
        self.known(number).map_or((None, None), |known| (known.kind, known.parent))
    }

    /// Whether the number ever stood for something.
    pub(super) fn was_there(&self, number: u64) -> bool {
        self.known(number).is_ok()
    }

    pub(super) fn note(&self, number: u64, kind: ItemKind, parent: Option<u64>) {
        let mut ids = self.ids();
        if let Some(known) = index(number).and_then(|at| ids.known.get_mut(at)) {
            known.kind = Some(kind);
            known.parent = parent.or(known.parent);
            known.gone = false;
        }
    }

    /// Opens what an entry ID names; the root folder without one.
    fn open_entry(&self, id: Option<&EntryId>, flags: u32) -> Result<(u32, Ptr<IUnknown>)> {
        let store = self.live()?.store;
        let (mut kind, mut raw) = (0, std::ptr::null_mut());
        let bytes = id.map_or(&[][..], EntryId::as_bytes);
        let pointer = if bytes.is_empty() { std::ptr::null() } else { bytes.as_ptr().cast() };
        // SAFETY: the store is alive; the entry ID has the size that is said.
        let result = unsafe {
            store.OpenEntry(
                bytes.len() as u32,
                In::from_raw(pointer),
                In::null(),
                flags,
                Out::new(&mut kind),
                Out::new(&mut raw),
            )
        };
        let store: &Ptr<IMAPIProp> = &store;
        ask(store, result, "IMsgStore::OpenEntry").map_err(gone)?;
        Ok((kind, object(raw, "IMsgStore::OpenEntry")?))
    }

    /// Opens the root folder, and gives its number.
    pub(super) fn root(&self) -> Result<u64> {
        let (kind, root) = self.open_entry(None, BEST_ACCESS)?;
        if kind != MAPI_FOLDER {
            let sentence = format!("the root of the store is an object of type {kind}, no folder");
            return Err(Error::new(ErrorCode::CALL_FAILED, sentence));
        }
        let root: Ptr<IMAPIFolder> = known_as(root, "IMsgStore::OpenEntry")?;
        let number = self.number(&long_term(&root)?);
        self.note(number, ItemKind::Folder, None);
        Ok(number)
    }

    /// The number behind an entry ID, whatever its term, and what it is.
    pub(super) fn resolve(&self, id: &EntryId) -> Result<ObjectRef> {
        if let Some(number) = self.known_number(id)
            && let (Some(kind), _) = self.last_seen(number)
        {
            // It may be gone: ask, unless that is known.
            self.kind(number)?;
            self.item(number)?;
            return Ok(reference(number, kind));
        }
        let (kind, opened) = self.open_entry(Some(id), BEST_ACCESS)?;
        let (number, kind) = match kind {
            MAPI_STORE => return Ok(ObjectRef::Store),
            MAPI_FOLDER => {
                let folder: Ptr<IMAPIFolder> = known_as(opened, "IMsgStore::OpenEntry")?;
                (self.number(&long_term(&folder)?), folder_kind(&folder)?)
            }
            MAPI_MESSAGE => {
                let message: Ptr<IMessage> = known_as(opened, "IMsgStore::OpenEntry")?;
                (self.number(&long_term(&message)?), message_kind(&message)?)
            }
            other => {
                let sentence = format!("an object of type {other} is neither folder nor message");
                return Err(Error::no_support(sentence));
            }
        };
        self.note(number, kind, None);
        Ok(reference(number, kind))
    }

    /// The number of an object of a table's row, by the entry ID in it.
    pub(super) fn row_number(&self, id: &EntryId) -> Result<u64> {
        if !id.is_short_term() {
            return Ok(self.number(id));
        }
        if let Some(number) = self.known_number(id) {
            return Ok(number);
        }
        match self.resolve(id)? {
            ObjectRef::Folder(number) => Ok(number),
            ObjectRef::Message(message) => Ok(message.id),
            _ => Err(Error::corrupt("a row of a table is neither folder nor message")),
        }
    }

    /// Opens a folder or a message.
    pub(super) fn item(&self, number: u64) -> Result<(ItemKind, Ptr<IMAPIProp>)> {
        self.item_for(number, BEST_ACCESS)
    }

    pub(super) fn item_for(&self, number: u64, flags: u32) -> Result<(ItemKind, Ptr<IMAPIProp>)> {
        let known = self.known(number)?;
        let (found, opened) = self.open_entry(Some(&known.entry_id), flags)?;
        let (kind, prop): (_, Ptr<IMAPIProp>) = match found {
            MAPI_FOLDER => {
                let folder: Ptr<IMAPIFolder> = known_as(opened, "IMsgStore::OpenEntry")?;
                (known.kind.map_or_else(|| folder_kind(&folder), Ok)?, folder.upcast())
            }
            MAPI_MESSAGE => {
                let message: Ptr<IMessage> = known_as(opened, "IMsgStore::OpenEntry")?;
                (known.kind.map_or_else(|| message_kind(&message), Ok)?, message.upcast())
            }
            _ => return Err(missing(number)),
        };
        if known.kind.is_none() {
            self.note(number, kind, None);
        }
        Ok((kind, prop))
    }

    pub(super) fn folder(&self, number: u64) -> Result<Ptr<IMAPIFolder>> {
        self.folder_for(number, BEST_ACCESS)
    }

    pub(super) fn folder_for(&self, number: u64, flags: u32) -> Result<Ptr<IMAPIFolder>> {
        match self.item_for(number, flags)? {
            (ItemKind::Folder | ItemKind::SearchFolder, prop) => down(prop),
            _ => Err(Error::not_found(format!("{number} is not a folder"))),
        }
    }

    /// Opens a message, through the attachments in which it is embedded.
    pub(super) fn message(&self, at: &MessageRef) -> Result<OpenMessage> {
        self.message_for(at, BEST_ACCESS)
    }

    pub(super) fn message_for(&self, at: &MessageRef, flags: u32) -> Result<OpenMessage> {
        if at.embedded.len() > MessageRef::MAX_DEPTH {
            return Err(Error::new(ErrorCode::TOO_COMPLEX, "messages are embedded too deep"));
        }
        let mut message: Ptr<IMessage> = match self.item_for(at.id, flags)? {
            (ItemKind::Message | ItemKind::Associated, prop) => down(prop)?,
            _ => return Err(Error::not_found(format!("{} is not a message", at.id))),
        };
        let mut above = Vec::new();
        for number in &at.embedded {
            let attachment = attachment(&message, *number, flags)?;
            let inside = embedded(&attachment, 0)?;
            above.push(std::mem::replace(&mut message, inside).upcast());
            above.push(attachment.upcast());
        }
        Ok(OpenMessage { message, above })
    }

    pub(super) fn open(&self, at: &ObjectRef) -> Result<Opened> {
        Ok(match at {
            ObjectRef::Store => Opened { prop: self.live()?.store.upcast(), above: Vec::new() },
            ObjectRef::Folder(number) => {
                Opened { prop: self.folder(*number)?.upcast(), above: Vec::new() }
            }
            ObjectRef::Message(at) => {
                let OpenMessage { message, above } = self.message(at)?;
                Opened { prop: message.upcast(), above }
            }
            ObjectRef::Attachment(at, number) => {
                let OpenMessage { message, mut above } = self.message(at)?;
                let attachment = attachment(&message, *number, BEST_ACCESS)?;
                above.push(message.upcast());
                Opened { prop: attachment.upcast(), above }
            }
        })
    }
}

fn index(number: u64) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

fn missing(number: u64) -> Error {
    Error::not_found(format!("there is no object {number}"))
}

/// All that a provider says of what is not there is `MAPI_E_NOT_FOUND`.
pub(super) fn gone(error: Error) -> Error {
    match error.code() {
        ErrorCode::OBJECT_DELETED | ErrorCode::UNKNOWN_ENTRYID => {
            Error::not_found("the object is not there").with_source(error)
        }
        _ => error,
    }
}

pub(super) fn reference(number: u64, kind: ItemKind) -> ObjectRef {
    match kind {
        ItemKind::Folder | ItemKind::SearchFolder => ObjectRef::Folder(number),
        ItemKind::Message | ItemKind::Associated => ObjectRef::message(number),
    }
}

/// The object by the interface that its kind has.
fn down<I: Interface>(prop: Ptr<IMAPIProp>) -> Result<Ptr<I>> {
    object(prop.into_raw().cast(), "IMsgStore::OpenEntry")
}

/// Opens an attachment.
pub(crate) fn attachment(message: &Ptr<IMessage>, number: u32, flags: u32) -> Result<Ptr<IAttach>> {
    let mut raw = std::ptr::null_mut();
    // SAFETY: the message is alive.
    let result = unsafe { message.OpenAttach(number, In::null(), flags, Out::new(&mut raw)) };
    let prop: &Ptr<IMAPIProp> = message;
    ask(prop, result, "IMessage::OpenAttach").map_err(no_attachment)?;
    object(raw, "IMessage::OpenAttach")
}

/// Of an attachment that is not there, providers say this and that.
fn no_attachment(error: Error) -> Error {
    match error.code() {
        ErrorCode::INVALID_PARAMETER | ErrorCode::CALL_FAILED => {
            Error::not_found("there is no such attachment").with_source(error)
        }
        _ => gone(error),
    }
}

/// Opens the message in an attachment.
pub(crate) fn embedded(attachment: &Ptr<IAttach>, flags: u32) -> Result<Ptr<IMessage>> {
    let mut raw = std::ptr::null_mut();
    // SAFETY: the attachment is alive.
    let result = unsafe {
        attachment.OpenProperty(
            tags::ATTACH_DATA_OBJ.0,
            In::new(&IMessage::IID),
            0,
            flags,
            Out::new(&mut raw),
        )
    };
    let prop: &Ptr<IMAPIProp> = attachment;
    ask(prop, result, "IMAPIProp::OpenProperty").map_err(|error| match error.code() {
        ErrorCode::INTERFACE_NOT_SUPPORTED | ErrorCode::NO_SUPPORT => {
            Error::not_found("the attachment holds no message").with_source(error)
        }
        _ => gone(error),
    })?;
    object(raw.cast(), "IMAPIProp::OpenProperty")
}

/// The entry ID that an object says of itself.
pub(crate) fn long_term(prop: &Ptr<IMAPIProp>) -> Result<EntryId> {
    let found = one(prop, tags::ENTRYID)?;
    let bytes = found.as_ref().and_then(Value::as_bytes);
    let bytes = bytes.ok_or_else(|| Error::corrupt("the object has no PR_ENTRYID"))?;
    EntryId::from_bytes(bytes)
}

pub(super) fn folder_kind(folder: &Ptr<IMAPIFolder>) -> Result<ItemKind> {
    Ok(match number_of(folder, tags::FOLDER_TYPE)? {
        Some(FOLDER_SEARCH) => ItemKind::SearchFolder,
        _ => ItemKind::Folder,
    })
}

fn message_kind(message: &Ptr<IMessage>) -> Result<ItemKind> {
    let flags = number_of(message, tags::MESSAGE_FLAGS)?.unwrap_or(0);
    Ok(if flags & MSGFLAG_ASSOCIATED != 0 { ItemKind::Associated } else { ItemKind::Message })
}

pub(crate) fn number_of(prop: &Ptr<IMAPIProp>, tag: PropTag) -> Result<Option<i32>> {
    Ok(one(prop, tag)?.and_then(|value| value.as_i32()))
}

/// A property of an object; `None` if it has none.
///
/// # Errors
/// Those of `GetProps`, and what the provider says in place of a value.
pub(super) fn one(prop: &Ptr<IMAPIProp>, tag: PropTag) -> Result<Option<Value>> {
    let found = get(prop, &[tag])?.into_iter().next();
    let Some(found) = found.and_then(|prop| answered(tag, prop)) else { return Ok(None) };
    need_no_error(tag, &found.value)?;
    Ok(Some(found.value))
}

/// What a provider gives in place of a value, unless there is none.
pub(super) fn need_no_error(tag: PropTag, value: &Value) -> Result<()> {
    match value.as_error() {
        None | Some(ErrorCode::NOT_FOUND) => Ok(()),
        Some(code) => Err(Error::new(code, format!("the provider gives no {tag}"))),
    }
}

/// Some properties of an object, one for each tag; errors in their places.
///
/// # Errors
/// Those of `GetProps`; `MAPI_E_CALL_FAILED` if it gave another number of them.
pub(crate) fn get(prop: &Ptr<IMAPIProp>, wanted: &[PropTag]) -> Result<Vec<Prop>> {
    let numbers: Vec<u32> =
        std::iter::once(wanted.len() as u32).chain(wanted.iter().map(|tag| tag.0)).collect();
    let ask_with = |flags| {
        let (mut count, mut raw) = (0, std::ptr::null_mut());
        // SAFETY: the object is alive; the array has as many tags as it says.
        let result = unsafe {
            let tags = In::from_raw(numbers.as_ptr().cast::<SPropTagArray>());
            prop.GetProps(tags, flags, Out::new(&mut count), Out::new(&mut raw))
        };
        ask(prop, result, "IMAPIProp::GetProps")?;
        props(count, raw)
    };
    let found = match ask_with(MAPI_UNICODE) {
        Err(error) if error.code() == ErrorCode::BAD_CHARWIDTH => ask_with(0),
        found => found,
    }?;
    if found.len() != wanted.len() {
        let sentence = format!("{} properties were given, not {}", found.len(), wanted.len());
        return Err(Error::new(ErrorCode::CALL_FAILED, sentence).context("IMAPIProp::GetProps"));
    }
    // What is said of a tag stands in its place, whatever ID it names.
    let fits = |(prop, tag): (Prop, &PropTag)| {
        if prop.tag.id() == tag.id() || matches!(prop.value, Value::Error(_)) {
            return prop;
        }
        Prop { tag: *tag, value: Value::Error(ErrorCode::CORRUPT_DATA) }
    };
    Ok(found.into_iter().zip(wanted).map(fits).collect())
}
