//! Every message of every real mailbox, written as mail and read back.

use std::io::Read;
use std::sync::Arc;

use mapix_conformance::corpus;
use mapix_convert::{EmlOptions, LossKind, MailState, Names, ReadOptions, read_eml, write_eml};
use mapix_core::prop::{PropName, PropTag, PropType, tags};
use mapix_core::store::{Change, MemoryStore, MessageStore};
use mapix_core::{AttachMethod, Mapi, Message};
use mapix_pst::Pst;

#[test]
fn every_message_of_the_corpus_comes_back() {
    for mailbox in corpus::mailboxes() {
        let Ok(pst) = Pst::open(&mailbox.path) else { continue };
        let session = Mapi::with_providers(vec![]).session();
        let store = session.attach(Arc::new(pst), false).unwrap();
        let memory = Arc::new(MemoryStore::new("read"));
        let again = session.attach(memory.clone(), true).unwrap();
        let options = EmlOptions::new(Names::of(&store).unwrap());
        let names = |name: &PropName| memory.name_ids(std::slice::from_ref(name), true).unwrap()[0];
        let mut count = 0;
        for message in super::messages(&store) {
            let place = format!("{} message {:#x}", mailbox.name, message.id().unwrap_or_default());
            let mut mail = Vec::new();
            let losses = write_eml(&message, &options, &mut mail).unwrap();
            let bytes = mail.as_slice().into();
            let read = read_eml(&bytes, &MailState::default(), &ReadOptions::new(&names)).unwrap();
            for loss in &read.losses {
                let known = loss.what.starts_with("PR_MESSAGE_CLASS: ");
                assert!(known, "{place}: {loss}");
            }
            let folder = memory.info().root;
            let content = read.message;
            let change = Change::CreateMessage { folder, associated: false, content };
            let made = memory.commit(vec![change]).unwrap().created[0];
            let found = again.open_message(made).unwrap();
            compare(&place, &message, &found, losses.count(LossKind::Damaged) > 0);
            // What was read and written again is the same mail, but for what counts parts.
            let names = EmlOptions::new(Names::of(&again).unwrap());
            let mut second = Vec::new();
            write_eml(&found, &names, &mut second).unwrap();
            let third = read_eml(
                &second.as_slice().into(),
                &MailState::default(),
                &ReadOptions::new(&|_| Some(0x8000)),
            );
            let third = third.unwrap().message;
            for tag in [tags::SUBJECT, tags::INTERNET_MESSAGE_ID, tags::SENDER_NAME] {
                let text = |tag: PropTag| found.props().unwrap().text(tag);
                assert_eq!(third.set.text(tag), text(tag), "{place}: {tag}");
            }
            count += 1;
        }
        println!("{}: {count} messages", mailbox.name);
    }
}

fn words(text: &str) -> Vec<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().map(Into::into).collect()
}

fn lines(text: &str) -> String {
    let text = text.trim_matches(['\0', '\u{FEFF}']);
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned()
}

fn compare(place: &str, message: &Message, found: &Message, damaged: bool) {
    let text = |message: &Message, tag| message.text(tag).unwrap_or_default().unwrap_or_default();
    let both = |tag| (text(found, tag), text(message, tag));
    let (a, b) = both(tags::SUBJECT);
    assert_eq!(words(&a), words(&b), "{place}");
    let (id, old) = both(tags::INTERNET_MESSAGE_ID);
    assert!(!id.is_empty(), "{place}");
    let has_headers = !text(message, tags::TRANSPORT_MESSAGE_HEADERS).is_empty();
    if !has_headers && old.starts_with('<') && !old.contains(char::is_whitespace) {
        assert_eq!(id, old, "{place}");
    }
    let class = text(message, tags::MESSAGE_CLASS);
    let notes = ["IPM.Note", "IPM.Post", "REPORT.IPM.Note.NDR", "IPM.Note.SMIME.MultipartSigned"];
    if notes.contains(&&*class) {
        assert_eq!(text(found, tags::MESSAGE_CLASS), class, "{place}");
    }
    if damaged {
        return;
    }
    if !has_headers {
        people(place, message, found);
        if let Some(time) = message.props().unwrap().time(tags::CLIENT_SUBMIT_TIME)
            && (0..7_000_000_000).contains(&time.to_unix())
        {
            let again = found.props().unwrap().time(tags::CLIENT_SUBMIT_TIME).unwrap();
            assert_eq!(again.to_unix(), time.to_unix(), "{place}");
        }
    }
    let smime = class.to_ascii_uppercase().contains(".SMIME");
    if !smime {
        let (a, b) = both(tags::BODY);
        if !b.trim_matches(['\0', ' ', '\r', '\n', '\t']).is_empty() {
            assert_eq!(lines(&a), lines(&b), "{place}");
        }
        html(place, message, found);
    }
    attachments(place, message, found);
}

fn people(place: &str, message: &Message, found: &Message) {
    let list = |message: &Message| -> Vec<(i32, String)> {
        let all = message.recipients().unwrap();
        let one = |one: &mapix_core::Recipient| {
            let address = one.address().filter(|text| text.contains('@'))?;
            let plain = !address.contains([' ', '(', '/']) && !address.starts_with("IMCEA");
            let kind = one.props.i32(tags::RECIPIENT_TYPE).unwrap_or(1) & 0xFF;
            plain.then(|| (kind, address.to_ascii_lowercase()))
        };
        all.iter().filter_map(one).collect()
    };
    let again = list(found);
    for one in list(message) {
        assert!(again.contains(&one), "{place}: {one:?} is missing of {again:?}");
    }
    let sender = |message: &Message| {
        message.text(tags::SENT_REPRESENTING_NAME).unwrap_or_default().unwrap_or_default()
    };
    let name = sender(message);
    if !name.trim().is_empty() {
        assert_eq!(
            words(sender(found).trim_matches('\'')),
            words(name.trim_matches('\'')),
            "{place}"
        );
    }
}

fn html(place: &str, message: &Message, found: &Message) {
    let bytes = |message: &Message| -> Option<Vec<u8>> {
        let value = message.get(tags::HTML.with_type(PropType::UNSPECIFIED)).unwrap_or_default()?;
        value.as_bytes().map(Into::into)
    };
    if let Some(stored) = bytes(message).filter(|bytes| bytes.is_ascii() && !bytes.is_empty()) {
        let again = bytes(found).unwrap_or_else(|| panic!("{place}: no HTML"));
        let text = |bytes: &[u8]| lines(&String::from_utf8_lossy(bytes));
        assert_eq!(text(&again), text(&stored), "{place}");
    }
}

fn attachments(place: &str, message: &Message, found: &Message) {
    let data = |attachment: &mapix_core::Attachment| -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        attachment.open_data().ok()?.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    let again: Vec<_> = found.attachments().unwrap().into_iter().collect();
    let mut inner = again.iter().filter_map(|attachment| attachment.embedded().ok());
    for attachment in message.attachments().unwrap() {
        if attachment.method().unwrap() == AttachMethod::EmbeddedMessage {
            let Ok(message) = attachment.embedded() else { continue };
            let found = inner.next().unwrap_or_else(|| panic!("{place}: no message"));
            compare(&format!("{place}, embedded"), &message, &found, false);
            continue;
        }
        let Some(bytes) = data(&attachment) else { continue };
        let name = attachment.name().unwrap().unwrap_or_default();
        let same = again.iter().any(|one| {
            let own = one.name().unwrap().unwrap_or_default();
            let named = name.is_empty() || words(&own) == words(&name) || own == "SMIME.p7m";
            named && data(one).is_some_and(|data| data == bytes)
        });
        let contact = attachment.props().unwrap().bool(PropTag(0x7FFF_000B)) == Some(true);
        assert!(same || contact, "{place}: attachment {name:?} of {} bytes", bytes.len());
    }
}
