//! What is to be sent: files, standard input, items of a mailbox.

use std::io::{self, Read};
use std::path::Path;

use mapix::prop::{PropBag, PropName, PropTag, tags};
use mapix::{Folder, Message, Object, Result, SpecialFolder, Store};
use mapix_convert::{MailBytes, MailState, ReadOptions, internet_address, read_eml};

use super::queue::{self, Watched};
use crate::args::{Global, Send};
use crate::exit::{Failure, Outcome};
use crate::source::Source;

/// `MSGFLAG_READ` and `MSGFLAG_UNSENT`.
const DRAFT: i32 = 0x1 | 0x8;

/// A mail that is to be sent.
pub(super) struct Mail<'a> {
    /// As it was named.
    pub(super) name: String,
    to: &'a [String],
    content: Content,
}

enum Content {
    Mail(MailBytes),
    Item(Message),
}

/// All mails that were named. Each can be read, or none is sent.
pub(super) fn mails<'a>(args: &'a Send, global: &Global) -> Outcome<Vec<Mail<'a>>> {
    for address in &args.to {
        if internet_address(address).is_none() {
            return Err(Failure::usage(format!("--to: {address} is no address of internet mail")));
        }
    }
    let source = args.of.as_deref().map(|file| Source::open(file, global)).transpose()?;
    if let Some(wrong) = args.to.iter().find(|to| internet_address(to).is_none()) {
        return Err(Failure::usage(format!("{wrong} is not an address of internet mail")));
    }
    let one = |name: &String| -> Outcome<Mail<'a>> {
        let content = match &source {
            Some(source) => match source.find(Some(name))? {
                Object::Message(message) => Content::Item(message),
                _ => return Err(Failure::usage(format!("{name} is not an item"))),
            },
            None if name == "-" => Content::Mail(standard_input()?),
            None => Content::Mail(MailBytes::open(Path::new(name))?),
        };
        if let Content::Mail(bytes) = &content
            && bytes.is_empty()
        {
            return Err(Failure::usage(format!("{name} is empty")));
        }
        Ok(Mail { name: name.clone(), to: &args.to, content })
    };
    args.mails.iter().map(one).collect()
}

fn standard_input() -> Outcome<MailBytes> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| Failure::Input(error.into()))?;
    Ok(bytes.into())
}

impl Mail<'_> {
    /// Makes a message of it in the outbox, and submits it.
    pub(super) fn submit(&self, store: &Store) -> Result<Watched> {
        let message = outbox(store)?.create_message()?;
        match &self.content {
            Content::Mail(bytes) => {
                let id_of = |name: &PropName| {
                    let ids = store.ids_of(std::slice::from_ref(name), true).ok()?;
                    ids.first().copied().flatten().map(PropTag::id)
                };
                let mail = read_eml(bytes, &MailState::default(), &ReadOptions::new(&id_of))?;
                mail.fill(&message)?;
            }
            // Who was told of it, and when, is of its former life.
            Content::Item(item) => item.copy_to(
                &message,
                &[tags::CLIENT_SUBMIT_TIME, tags::MESSAGE_DELIVERY_TIME, tags::INTERNET_MESSAGE_ID],
            )?,
        }
        message.set_message_flags(DRAFT)?;
        if !self.to.is_empty() {
            let rows = self.to.iter().filter_map(|to| internet_address(to));
            message.set_recipients(rows.map(|to| recipient(&to)).collect())?;
        }
        if let Ok(sent) = store.special_folder(SpecialFolder::SentItems) {
            message.set(tags::SENTMAIL_ENTRYID, sent.entry_id()?.as_bytes())?;
        }
        let subject = message.text(tags::SUBJECT)?;
        message.save()?;
        let entry_id = message.entry_id()?;
        message.submit(false)?;
        queue::watch(store, entry_id, self.name.clone(), subject)
    }
}

fn recipient(address: &str) -> PropBag {
    let mut bag = PropBag::new();
    bag.set(tags::RECIPIENT_TYPE, 1);
    bag.set(tags::ADDRTYPE, "SMTP");
    bag.set(tags::EMAIL_ADDRESS, address);
    bag.set(tags::SMTP_ADDRESS, address);
    bag.set(tags::DISPLAY_NAME, address);
    bag
}

/// Where messages are made: a mailbox without an outbox has a root.
fn outbox(store: &Store) -> Result<Folder> {
    store.special_folder(SpecialFolder::Outbox).or_else(|_| store.root())
}
