//! What is read from mails that were made for the purpose.

mod bodies;
mod headers;
mod hostile;
mod laws;
mod parts;

use std::sync::Arc;

use mapix_convert::{
    EmlOptions, Losses, MailBytes, MailState, Names, ReadOptions, read_eml, write_eml,
};
use mapix_core::prop::PropName;
use mapix_core::store::{Change, MemoryStore, MessageStore};
use mapix_core::{Mapi, Message, Session, Store};

/// A store into which mail is read.
pub(crate) struct Inbox {
    memory: Arc<MemoryStore>,
    pub(crate) store: Store,
    _session: Session,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        let memory = Arc::new(MemoryStore::new("t"));
        let session = Mapi::with_providers(vec![]).session();
        let store = session.attach(memory.clone(), true).unwrap();
        Self { memory, store, _session: session }
    }

    pub(crate) fn read(&self, mail: impl AsRef<[u8]>) -> (Message, Losses) {
        self.read_as(mail, &MailState::default())
    }

    pub(crate) fn read_as(&self, mail: impl AsRef<[u8]>, state: &MailState) -> (Message, Losses) {
        self.put(&mail.as_ref().into(), state)
    }

    pub(crate) fn put(&self, mail: &MailBytes, state: &MailState) -> (Message, Losses) {
        let names =
            |name: &PropName| self.memory.name_ids(std::slice::from_ref(name), true).unwrap()[0];
        let mail = read_eml(mail, state, &ReadOptions::new(&names)).unwrap();
        let folder = self.memory.info().root;
        let change = Change::CreateMessage { folder, associated: false, content: mail.message };
        let made = self.memory.commit(vec![change]).unwrap().created[0];
        (self.store.open_message(made).unwrap(), mail.losses)
    }

    pub(crate) fn write(&self, message: &Message) -> String {
        let options = EmlOptions::new(Names::of(&self.store).unwrap());
        let mut mail = Vec::new();
        write_eml(message, &options, &mut mail).unwrap();
        String::from_utf8(mail).unwrap()
    }
}

/// What a message says, in lines that are easy to compare.
pub(crate) fn attachments(message: &Message) -> Vec<String> {
    let mut found = Vec::new();
    for attachment in message.attachments().unwrap() {
        let props = attachment.props().unwrap();
        let text = |tag| props.text(tag).unwrap_or_default();
        let size = match attachment.open_data() {
            Ok(mut data) => std::io::copy(&mut data, &mut std::io::sink()).unwrap().to_string(),
            Err(_) => "message".to_owned(),
        };
        let hidden = props.bool(mapix_core::prop::tags::ATTACHMENT_HIDDEN) == Some(true);
        found.push(format!(
            "{} {} {size}{}",
            text(mapix_core::prop::tags::ATTACH_MIME_TAG),
            attachment.name().unwrap().unwrap_or_default(),
            if hidden { " hidden" } else { "" }
        ));
    }
    found
}
