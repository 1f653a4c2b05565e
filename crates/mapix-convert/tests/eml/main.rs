//! What is written for messages that were made for the purpose.

mod bodies;
mod calendar;
mod contact;
mod endless;
mod headers;
mod hostile;
mod outgoing;
mod parts;
mod smime;

use std::sync::Arc;

use mapix_convert::{EmlOptions, Losses, Names, write_eml};
use mapix_core::prop::{Guid, PropName, PropTag, PropType, Value, tags};
use mapix_core::store::MemoryStore;
use mapix_core::{AttachMethod, Mapi, Message, Session, Store};

pub(crate) struct Box {
    pub(crate) store: Store,
    _session: Session,
}

impl Box {
    pub(crate) fn new() -> Self {
        let session = Mapi::with_providers(vec![]).session();
        let store = session.attach(Arc::new(MemoryStore::new("t")), true).unwrap();
        Self { store, _session: session }
    }

    /// A message with a key and times that do not depend on the clock.
    pub(crate) fn message(&self, class: &str) -> Message {
        let message = self.store.root().unwrap().create_message().unwrap();
        message.set(tags::MESSAGE_CLASS, class).unwrap();
        message.set(tags::SEARCH_KEY, &b"0123456789abcdef"[..]).unwrap();
        message
    }

    pub(crate) fn named(&self, set: Guid, id: u32) -> PropTag {
        self.name(PropName::id(set, id))
    }

    pub(crate) fn name(&self, name: PropName) -> PropTag {
        let tag = self.store.ids_of(&[name], true).unwrap()[0].unwrap();
        tag.with_type(PropType::UNSPECIFIED)
    }

    pub(crate) fn set(&self, message: &Message, set: Guid, id: u32, value: impl Into<Value>) {
        message.set(self.named(set, id), value).unwrap();
    }

    /// Saves and writes; twice, for the bytes must be the same.
    pub(crate) fn write(&self, message: &Message) -> (String, Losses) {
        message.save().unwrap();
        let (mail, losses) = self.bytes(message);
        assert_eq!(self.bytes(message), (mail.clone(), losses.clone()));
        (String::from_utf8(mail).unwrap(), losses)
    }

    pub(crate) fn bytes(&self, message: &Message) -> (Vec<u8>, Losses) {
        let options = EmlOptions::new(Names::of(&self.store).unwrap());
        let mut mail = Vec::new();
        let losses = write_eml(message, &options, &mut mail).unwrap();
        (mail, losses)
    }
}

pub(crate) fn attach(message: &Message, name: &str, data: &[u8], more: &[(PropTag, Value)]) {
    let attachment = message.create_attachment(AttachMethod::ByValue).unwrap();
    attachment.set(tags::ATTACH_LONG_FILENAME, name).unwrap();
    attachment.set(tags::ATTACH_DATA_BIN, data).unwrap();
    for (tag, value) in more {
        attachment.set(*tag, value.clone()).unwrap();
    }
    attachment.save().unwrap();
}

pub(crate) fn recipient(kind: i32, name: &str, address: &str) -> mapix_core::prop::PropBag {
    let mut bag = mapix_core::prop::PropBag::new();
    bag.set(tags::RECIPIENT_TYPE, kind);
    bag.set(tags::DISPLAY_NAME, name);
    bag.set(tags::ADDRTYPE, if address.starts_with('/') { "EX" } else { "SMTP" });
    bag.set(tags::EMAIL_ADDRESS, address);
    bag
}

/// The value of a header field, unfolded.
pub(crate) fn field(mail: &str, name: &str) -> Option<String> {
    let head = mail.split("\r\n\r\n").next()?.replace("\r\n ", " ");
    let prefix = format!("{name}: ");
    head.lines().find_map(|line| line.strip_prefix(&prefix).map(Into::into))
}
