//! `IAttach`.

use mapix::prop::{PropTag, tags};
use mapix::{AttachMethod, Attachment, Error, ErrorCode, Result, Store};

use super::access;
use super::copy::Target;
use super::imapiprop::{OpenObject, PropObject};
use super::imessage::{MessageObject, save_flags};
use super::open::Home;
use super::source::Properties;
use crate::com::{Interface, Object, Ptr};
use crate::convert::LastError;
use crate::flags::{MAPI_CREATE, MAPI_MODIFY};
use crate::iface::{IAttach, IMAPIProp, IMessage, IUnknown};

/// An attachment.
pub(crate) struct AttachObject {
    home: Home,
    attachment: Attachment,
    writable: bool,
    last: LastError,
}

impl AttachObject {
    pub(crate) fn open(home: &Home, attachment: Attachment, flags: u32) -> Result<Ptr<IAttach>> {
        let writable = access::writable(&attachment.props()?, flags)? && home.writable;
        Ok(Self::with(home, attachment, writable))
    }

    /// An attachment of a message that is open.
    pub(crate) fn with(home: &Home, attachment: Attachment, writable: bool) -> Ptr<IAttach> {
        Self { home: home.clone(), attachment, writable, last: LastError::default() }.into_ptr()
    }
}

impl Object for AttachObject {
    type Main = IAttach;
}

impl crate::iface::IAttachMethods for AttachObject {}

impl PropObject for AttachObject {
    fn last_error(&self) -> &LastError {
        &self.last
    }

    fn source(&self) -> &dyn Properties {
        &self.attachment
    }

    fn is_writable(&self) -> bool {
        self.writable
    }

    fn names(&self) -> Option<Store> {
        Some(self.home.store.clone())
    }

    fn save(&self, flags: u32) -> Result<()> {
        save_flags(flags)?;
        access::need(self.writable)?;
        // The save itself goes no further than the message, which may have ended.
        self.attachment.method()?;
        self.attachment.save()
    }

    fn object_tags(&self) -> Result<Vec<PropTag>> {
        Ok(match self.attachment.method()? {
            AttachMethod::EmbeddedMessage => vec![tags::ATTACH_DATA_OBJ],
            _ => Vec::new(),
        })
    }

    fn open_object(&self, request: &OpenObject) -> Result<Option<Ptr<IUnknown>>> {
        if request.tag != tags::ATTACH_DATA_OBJ {
            return Ok(None);
        }
        if !IMessage::answers(&request.interface) {
            let sentence = "an attachment is opened as IMessage; storages are not read as objects";
            return Err(Error::new(ErrorCode::INTERFACE_NOT_SUPPORTED, sentence));
        }
        if request.flags & MAPI_CREATE == 0 {
            let writable = request.flags & MAPI_MODIFY != 0;
            let message = self.attachment.embedded()?;
            let home = Home { writable: self.home.writable, ..self.home.clone() };
            let flags = if writable { MAPI_MODIFY } else { 0 };
            return request.give(MessageObject::open(&home, message, flags)?);
        }
        if self.attachment.method()? == AttachMethod::None {
            self.attachment.set(tags::ATTACH_METHOD, AttachMethod::EmbeddedMessage.to_mapi())?;
        }
        request.give(MessageObject::made(&self.home, self.attachment.create_embedded()?))
    }

    fn copied(&self) -> Target {
        Target::Attachment(self.attachment.clone())
    }

    fn pointer(&self) -> Ptr<IMAPIProp> {
        Self::with(&self.home, self.attachment.clone(), self.writable).upcast()
    }
}
