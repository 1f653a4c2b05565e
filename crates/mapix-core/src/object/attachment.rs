//! Attachments (`IAttach`).

use std::fmt;
use std::sync::Arc;

use super::computed::{self, MAPI_ATTACH};
use super::message::Message;
use super::pending::{PendingContent, PendingMessage};
use super::property::{HasProperties, INLINE, property_methods};
use super::stream::{PropertyStream, SharedStream};
use crate::prop::{Prop, PropBag, PropTag, PropType, Value, tags};
use crate::session::Logon;
use crate::store::{MessageRef, ObjectRef, ValueStream};
use crate::sync::{Mutex, lock};
use crate::{Error, ErrorCode, Result, Store};

/// An attachment of a message. Changes reach the store when first the attachment and then the
/// message has been saved. Cloning gives a second handle on the same object.
#[derive(Clone)]
#[doc(alias = "IAttach")]
pub struct Attachment(Arc<Inner>);

struct Inner {
    message: Message,
    number: u32,
    state: Mutex<State>,
}

struct State {
    /// The message in which the store has it; `None` for a new one.
    place: Option<MessageRef>,
    stored: PropBag,
    /// What was saved into the message, and is not committed.
    base: PendingContent,
    pending: PendingContent,
}

/// How the data of an attachment is held (`PR_ATTACH_METHOD`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum AttachMethod {
    /// There is no data.
    None,
    /// Bytes in `PR_ATTACH_DATA_BIN` (`ATTACH_BY_VALUE`).
    ByValue,
    /// A path that the recipients can reach (`ATTACH_BY_REFERENCE` and its kin).
    ByReference(i32),
    /// A message (`ATTACH_EMBEDDED_MSG`).
    EmbeddedMessage,
    /// An OLE object (`ATTACH_OLE`).
    Ole,
    /// A link to the web (`ATTACH_BY_WEB_REFERENCE`).
    WebReference,
    /// A number that MAPI does not define.
    Other(i32),
}

impl AttachMethod {
    /// From `PR_ATTACH_METHOD`.
    pub fn from_mapi(value: i32) -> Self {
        match value {
            0 => Self::None,
            1 => Self::ByValue,
            2..=4 => Self::ByReference(value),
            5 => Self::EmbeddedMessage,
            6 => Self::Ole,
            7 => Self::WebReference,
            other => Self::Other(other),
        }
    }

    /// As `PR_ATTACH_METHOD`.
    pub fn to_mapi(self) -> i32 {
        match self {
            Self::None => 0,
            Self::ByValue => 1,
            Self::EmbeddedMessage => 5,
            Self::Ole => 6,
            Self::WebReference => 7,
            Self::ByReference(value) | Self::Other(value) => value,
        }
    }
}

property_methods!(Attachment);

impl Attachment {
    pub(crate) fn open(
        message: &Message,
        place: Option<MessageRef>,
        number: u32,
        base: Option<PendingContent>,
    ) -> Result<Self> {
        let logon = message.logon();
        let pass = logon.enter()?;
        let stored = match &place {
            Some(place) => {
                match pass.properties(&ObjectRef::Attachment(place.clone(), number), INLINE) {
                    Ok(bag) => Some(bag),
                    // It was made since, and is known to the message only.
                    Err(error) if error.code() == ErrorCode::NOT_FOUND && base.is_some() => None,
                    Err(error) => return Err(error),
                }
            }
            None if base.is_some() => None,
            None => return Err(Error::not_found(format!("there is no attachment {number}"))),
        };
        let place = place.filter(|_| stored.is_some());
        let mut stored = stored.unwrap_or_default();
        computed::attachment(logon, &*pass, &mut stored, number, logon.can_write())?;
        drop(pass);
        let base = base.unwrap_or_default();
        Ok(Self::new(
            message,
            number,
            State { place, stored, base, pending: PendingContent::default() },
        ))
    }

    pub(crate) fn create(message: &Message, number: u32, method: AttachMethod) -> Result<Self> {
        let logon = message.logon();
        let mut stored = PropBag::new();
        computed::attachment(logon, &*logon.enter()?, &mut stored, number, true)?;
        let mut pending = PendingContent::default();
        pending.props.set(Prop::new(tags::ATTACH_METHOD, method.to_mapi()));
        let base = PendingContent::default();
        Ok(Self::new(message, number, State { place: None, stored, base, pending }))
    }

    fn new(message: &Message, number: u32, state: State) -> Self {
        Self(Arc::new(Inner { message: message.clone(), number, state: Mutex::new(state) }))
    }

    /// Its number in the message (`PR_ATTACH_NUM`).
    pub fn number(&self) -> u32 {
        self.0.number
    }

    /// The store that it is in.
    #[doc(alias = "PR_STORE_ENTRYID")]
    pub fn store(&self) -> Store {
        self.0.message.store()
    }

    /// How its data is held.
    pub fn method(&self) -> Result<AttachMethod> {
        Ok(AttachMethod::from_mapi(self.props()?.i32(tags::ATTACH_METHOD).unwrap_or(0)))
    }

    /// The file name, the best there is; `None` if nobody gave it one.
    pub fn name(&self) -> Result<Option<String>> {
        let bag = self.props()?;
        let names = [tags::ATTACH_LONG_FILENAME, tags::ATTACH_FILENAME, tags::DISPLAY_NAME];
        let named = names.into_iter().find_map(|tag| bag.text(tag).filter(|name| !name.is_empty()));
        Ok(named)
    }

    /// Opens the data of an attachment by value, or of an OLE object, as bytes.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is no data; `MAPI_E_NO_SUPPORT` for an embedded message,
    /// which is opened with [`Attachment::embedded`].
    pub fn open_data(&self) -> Result<PropertyStream> {
        match self.method()? {
            AttachMethod::EmbeddedMessage => {
                Err(Error::no_support("the attachment is a message, not bytes"))
            }
            _ => self.open_property(tags::ATTACH_DATA_BIN.with_type(PropType::UNSPECIFIED)),
        }
    }

    /// Opens the embedded message.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if there is none; `MAPI_E_TOO_COMPLEX` below
    /// [`MessageRef::MAX_DEPTH`] levels.
    pub fn embedded(&self) -> Result<Message> {
        let state = lock(&self.0.state);
        let mut changes = state.base.clone();
        changes.merge(&state.pending);
        let place = state.place.clone();
        drop(state);
        let inside = match place {
            Some(place) if place.embedded.len() >= MessageRef::MAX_DEPTH => {
                return Err(Error::new(
                    ErrorCode::TOO_COMPLEX,
                    "messages are embedded in each other too deeply",
                ));
            }
            Some(place) => Some(place.inside(self.0.number)),
            None => None,
        };
        match (inside, changes.embedded) {
            (None, None) => Err(Error::not_found("the attachment holds no message")),
            (Some(inside), base) => {
                match Message::open_embedded(self, Some(inside), base.clone().map(|base| *base)) {
                    // The message was put into a stored attachment that had none.
                    Err(error) if error.code() == ErrorCode::NOT_FOUND && base.is_some() => {
                        Message::open_embedded(self, None, base.map(|base| *base))
                    }
                    result => result,
                }
            }
            (None, base) => Message::open_embedded(self, None, base.map(|base| *base)),
        }
    }

    /// Makes an embedded message in an attachment of that kind. It is stored when it, the
    /// attachment and the message around it have been saved, in this order.
    pub fn create_embedded(&self) -> Result<Message> {
        if self.method()? != AttachMethod::EmbeddedMessage {
            return Err(Error::invalid_parameter("the attachment is not for an embedded message"));
        }
        if !self.is_writable() {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the message is open for reading only"));
        }
        Message::open_embedded(self, None, None)
    }

    /// Saves the changes into the message, which stores them when it is saved itself.
    #[doc(alias = "IMAPIProp::SaveChanges")]
    pub fn save(&self) -> Result<()> {
        let mut state = lock(&self.0.state);
        let mut bag = state.stored.clone();
        state.base.props.apply(&mut bag)?;
        state.pending.props.apply(&mut bag)?;
        drop(bag.remove(tags::ATTACH_SIZE.id()));
        let mut size: u64 = bag.iter().map(|prop| prop.value.size()).sum();
        let embedded = state.pending.embedded.as_ref().or(state.base.embedded.as_ref());
        if let Some(Value::I32(inner)) =
            embedded.and_then(|message| message.props.value(tags::MESSAGE_SIZE.id()))
        {
            size += (*inner).max(0) as u64;
        }
        let size = i32::try_from(size).unwrap_or(i32::MAX);
        state.pending.props.set(Prop::new(tags::ATTACH_SIZE, size));
        self.0.message.put_attachment(self.0.number, &state.pending)?;
        let changes = std::mem::take(&mut state.pending);
        state.base.merge(&changes);
        Ok(())
    }

    pub(crate) fn logon(&self) -> &Arc<Logon> {
        self.0.message.logon()
    }

    /// Takes over what the embedded message saved.
    pub(crate) fn put_embedded(&self, changes: &PendingMessage) -> Result<()> {
        if !self.is_writable() {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the message is open for reading only"));
        }
        let later = PendingContent {
            embedded: Some(Box::new(changes.clone())),
            ..PendingContent::default()
        };
        lock(&self.0.state).pending.merge(&later);
        Ok(())
    }

    fn changes(&self) -> PendingContent {
        let state = lock(&self.0.state);
        let mut changes = state.base.clone();
        changes.merge(&state.pending);
        changes
    }
}

impl HasProperties for Attachment {
    fn logon(&self) -> &Arc<Logon> {
        self.0.message.logon()
    }

    fn refusal(&self) -> Error {
        self.0.message.refusal()
    }

    fn is_writable(&self) -> bool {
        self.0.message.is_writable()
    }

    fn all(&self) -> Result<PropBag> {
        self.0.message.check()?;
        let mut bag = lock(&self.0.state).stored.clone();
        self.changes().props.apply(&mut bag)?;
        Ok(bag)
    }

    fn stream(&self, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        self.0.message.check()?;
        let changes = self.changes();
        if let Some(stream) = changes.props.stream(tag.id()) {
            return Ok(Box::new(stream.reader()));
        }
        if let Some(bytes) = changes.props.value(tag.id()).and_then(super::stored_bytes) {
            return Ok(Box::new(std::io::Cursor::new(bytes)));
        }
        let stored = self.stored();
        let stored = stored.ok_or_else(|| Error::not_found(format!("no {tag} is set")))?;
        self.logon().enter()?.open_stream(&stored, tag)
    }

    fn stored(&self) -> Option<ObjectRef> {
        let place = lock(&self.0.state).place.clone()?;
        Some(ObjectRef::Attachment(place, self.0.number))
    }

    fn change(&self, set: Vec<Prop>, delete: Vec<u16>) -> Result<()> {
        self.0.message.check()?;
        let mut state = lock(&self.0.state);
        set.into_iter().for_each(|prop| state.pending.props.set(prop));
        delete.into_iter().for_each(|id| state.pending.props.delete(id));
        Ok(())
    }

    fn change_stream(&self, tag: PropTag, data: Box<dyn ValueStream>) -> Result<()> {
        self.0.message.check()?;
        lock(&self.0.state).pending.props.set_stream(tag, SharedStream::new(data));
        Ok(())
    }

    fn refuses(&self, tag: PropTag) -> Option<ErrorCode> {
        computed::refuses(MAPI_ATTACH, tag)
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment").field("number", &self.0.number).finish_non_exhaustive()
    }
}
