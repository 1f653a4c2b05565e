//! Every message of every real mailbox, written as mail and read by somebody else's parser.
//!
//! With `MAPIX_EML_OUT` set to a folder, the mail is kept there for other programs to look at.

mod back;

use std::ops::ControlFlow;
use std::sync::Arc;

use mail_parser::{Address, MessageParser, MimeHeaders, PartType};
use mapix_conformance::corpus;
use mapix_convert::{EmlOptions, LossKind, Names, write_eml};
use mapix_core::prop::{PropType, tags};
use mapix_core::store::ItemKind;
use mapix_core::{AttachMethod, Mapi, Message, RecipientKind, Store};
use mapix_pst::Pst;

#[test]
fn every_message_of_the_corpus_reads_back() {
    for mailbox in corpus::mailboxes() {
        let Ok(pst) = Pst::open(&mailbox.path) else { continue };
        let session = Mapi::with_providers(vec![]).session();
        let store = session.attach(Arc::new(pst), false).unwrap();
        let options = EmlOptions::new(Names::of(&store).unwrap());
        let out = std::env::var_os("MAPIX_EML_OUT");
        let mut count = 0;
        for (number, message) in messages(&store).into_iter().enumerate() {
            let mut mail = Vec::new();
            let losses = write_eml(&message, &options, &mut mail).unwrap();
            let mut again = Vec::new();
            write_eml(&message, &options, &mut again).unwrap();
            let place = format!("{} message {:#x}", mailbox.name, message.id().unwrap_or_default());
            assert!(mail == again, "{place}: two runs differ");
            if let Some(out) = &out {
                let name = format!("{}-{number:04}.eml", mailbox.name);
                std::fs::write(std::path::Path::new(out).join(name), &mail).unwrap();
                losses.iter().for_each(|loss| println!("{place}: {loss}"));
            }
            check(&place, &message, &mail, losses.count(LossKind::Damaged) > 0);
            count += 1;
        }
        println!("{}: {count} messages", mailbox.name);
    }
}

pub(crate) fn messages(store: &Store) -> Vec<Message> {
    let mut ids = Vec::new();
    let kinds = [ItemKind::Message, ItemKind::Associated];
    let collect = &mut |item: mapix_core::store::InventoryItem| {
        if kinds.contains(&item.kind) {
            ids.push(item.id);
        }
        ControlFlow::Continue(())
    };
    store.inventory(collect).unwrap();
    ids.into_iter().filter_map(|id| store.open_message(id).ok()).collect()
}

fn check(place: &str, message: &Message, mail: &[u8], damaged: bool) {
    let class = message.text(tags::MESSAGE_CLASS).unwrap().unwrap_or_default();
    for line in mail.split(|byte| *byte == b'\n') {
        assert!(line.len() <= 999, "{place}: a line is too long");
        assert!(!line.starts_with(b"From "), "{place}");
    }
    assert_eq!(mail.windows(2).filter(|pair| pair[1] == b'\n' && pair[0] != b'\r').count(), 0);
    let parsed = MessageParser::default().parse(mail).unwrap_or_else(|| panic!("{place}"));
    let words = |text: &str| -> Vec<String> {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.split_whitespace().map(Into::into).collect()
    };
    let subject = message.text(tags::SUBJECT).unwrap_or_default().unwrap_or_default();
    assert_eq!(words(parsed.subject().unwrap_or_default()), words(&subject), "{place}");
    assert!(parsed.message_id().is_some(), "{place}");
    if damaged || class.to_ascii_uppercase().contains(".SMIME") {
        return;
    }
    addresses(place, message, &parsed);
    bodies(place, message, &parsed);
    attachments(place, message, &parsed);
}

fn addresses(place: &str, message: &Message, parsed: &mail_parser::Message<'_>) {
    if message.text(tags::TRANSPORT_MESSAGE_HEADERS).unwrap_or_default().is_some() {
        return;
    }
    let flat = |address: Option<&Address<'_>>| -> Vec<String> {
        let all = address.map(|address| address.iter().cloned().collect::<Vec<_>>());
        all.unwrap_or_default().iter().filter_map(|one| one.address()).map(Into::into).collect()
    };
    let recipients = message.recipients().unwrap();
    for (kind, found) in [
        (RecipientKind::To, flat(parsed.to())),
        (RecipientKind::Cc, flat(parsed.cc())),
        (RecipientKind::Bcc, flat(parsed.bcc())),
    ] {
        for recipient in recipients.iter().filter(|recipient| recipient.kind() == kind) {
            let Some(address) = recipient.address().filter(|text| !text.starts_with('/')) else {
                continue;
            };
            if !address.contains('@') || address.contains([' ', '(']) {
                continue;
            }
            let found = found.iter().any(|one| one.eq_ignore_ascii_case(&address));
            assert!(found, "{place}: {address} is missing");
        }
    }
}

fn bodies(place: &str, message: &Message, parsed: &mail_parser::Message<'_>) {
    let lines = |text: &str| -> String {
        let text = text.trim_matches(['\0', '\u{FEFF}']);
        text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned()
    };
    let text = message.text(tags::BODY).unwrap_or_default().unwrap_or_default();
    let part = parsed.parts.iter().find_map(|part| match &part.body {
        PartType::Text(text) if part.is_content_type("text", "plain") => Some(text),
        _ => None,
    });
    if !text.trim_matches(['\0', ' ', '\r', '\n', '\t']).is_empty() {
        assert_eq!(lines(part.map_or("", |part| part)), lines(&text), "{place}");
    }
    let html = message.get(tags::HTML.with_type(PropType::UNSPECIFIED)).unwrap_or_default();
    if let Some(html) = html.as_ref().and_then(|value| value.as_bytes()) {
        let part = parsed.parts.iter().find_map(|part| match &part.body {
            PartType::Html(html) => Some(html),
            _ => None,
        });
        let ascii = |text: &str| lines(text).chars().filter(char::is_ascii).collect::<String>();
        let stored = String::from_utf8_lossy(html);
        let stored = ascii(&stored);
        let found = ascii(part.map_or("", |part| part));
        // Code pages with second bytes in ASCII are compared by length only.
        assert!(stored == found || stored.len() >= found.len(), "{place}: HTML");
        if html.is_ascii() {
            assert_eq!(found, stored, "{place}");
        }
    }
}

fn attachments(place: &str, message: &Message, parsed: &mail_parser::Message<'_>) {
    let mut embedded = parsed.parts.iter().filter_map(|part| match &part.body {
        PartType::Message(message) => Some(message),
        _ => None,
    });
    for attachment in message.attachments().unwrap() {
        if attachment.method().unwrap() == AttachMethod::EmbeddedMessage {
            let Ok(inner) = attachment.embedded() else { continue };
            let found = embedded.next().unwrap_or_else(|| panic!("{place}: no message"));
            check(&format!("{place}, embedded"), &inner, found.raw_message(), false);
            continue;
        }
        let mut bytes = Vec::new();
        let Ok(mut stream) = attachment.open_data() else { continue };
        std::io::Read::read_to_end(&mut stream, &mut bytes).unwrap();
        let name = attachment.name().unwrap().unwrap_or_default();
        let same = parsed.parts.iter().any(|part| {
            part.contents() == bytes
                && part.attachment_name().unwrap_or_default().trim() == name.trim()
        });
        let text = parsed.parts.iter().any(|part| {
            part.attachment_name().unwrap_or_default() == name
                && matches!(part.body, PartType::Text(_) | PartType::Html(_))
        });
        assert!(same || text, "{place}: attachment {name:?} of {} bytes", bytes.len());
    }
}
