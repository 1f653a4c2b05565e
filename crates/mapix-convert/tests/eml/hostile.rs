//! Anything that a damaged store may give.

use std::io::{self, Write};

use mapix_convert::{EmlOptions, LossKind, Names, write_eml};
use mapix_core::ErrorCode;
use mapix_core::prop::{PropTag, PropType, guids, tags};
use proptest::prelude::*;

use crate::{Box, attach, recipient};

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.save().unwrap();
    let error = write_eml(&message, &EmlOptions::default(), &mut Full).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NOT_ENOUGH_DISK);
}

#[test]
fn a_session_that_ended_is_an_error() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    message.save().unwrap();
    store.store.logoff();
    let error = write_eml(&message, &EmlOptions::default(), &mut Vec::new()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::INVALID_OBJECT);
}

#[test]
fn very_many_recipients() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let one = |number: i32| recipient(1, "Somebody", &format!("n{number}@example.org"));
    message.set_recipients((0..20_000).map(one).collect()).unwrap();
    message.save().unwrap();
    let (mail, losses) = store.bytes(&message);
    assert!(losses.is_empty());
    let parsed = mail_parser::MessageParser::default().parse(&mail).unwrap();
    assert_eq!(parsed.to().unwrap().iter().count(), 20_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_blobs_are_survived(blob: Vec<u8>, text in "\\PC{0,40}|[\\x00-\\x7F]{0,40}") {
        let store = Box::new();
        let classes = ["IPM.Appointment", "IPM.Contact", "IPM.DistList", "IPM.Task", "IPM.Note.SMIME"];
        for class in classes {
            let message = store.message(class);
            for id in [0x8216, 0x8233, 0x825E, 0x8260] {
                store.set(&message, guids::PSETID_APPOINTMENT, id, blob.clone());
            }
            store.set(&message, guids::PSETID_APPOINTMENT, 0x820D, mapix_core::prop::FileTime(i64::MAX));
            store.set(&message, guids::PSETID_TASK, 0x8116, blob.clone());
            for tag in [0x004F_0102, 0x0041_0102, 0x1009_0102, 0x1013_0102, 0x0071_0102] {
                message.set(PropTag(tag), blob.clone()).unwrap();
            }
            for tag in [0x0037_001F, 0x0042_001F, 0x0065_001F, 0x007D_001F, 0x1000_001F, 0x1035_001F] {
                message.set(PropTag(tag), text.clone()).unwrap();
            }
            attach(&message, &text, &blob, &[(tags::ATTACH_CONTENT_ID, text.as_str().into())]);
            message.save().unwrap();
            let (mail, _) = store.bytes(&message);
            for line in mail.split(|byte| *byte == b'\n') {
                prop_assert!(line.len() <= 999 || class.ends_with("SMIME"));
            }
        }
    }
}

#[test]
fn a_damaged_value_is_a_loss() {
    use mapix_core::prop::{PropBag, Value};
    use mapix_core::store::{Change, MemoryStore, MessageStore, MessageUpdate};
    // A store refuses error values, so that a broken string stands for damage here.
    let memory = MemoryStore::new("t");
    let mut props = PropBag::new();
    let lone = Value::Raw(PropType::UNICODE, vec![0x00, 0xD8].into());
    props.insert(mapix_core::prop::Prop { tag: tags::SUBJECT, value: lone });
    let content =
        MessageUpdate { set: props.iter().cloned().collect(), ..MessageUpdate::default() };
    let root = memory.info().root;
    let change = Change::CreateMessage { folder: root, associated: false, content };
    let made = memory.commit(vec![change]).unwrap().created[0];
    let session = mapix_core::Mapi::with_providers(vec![]).session();
    let store = session.attach(std::sync::Arc::new(memory), false).unwrap();
    let options = EmlOptions::new(Names::of(&store).unwrap());
    let mut mail = Vec::new();
    let losses = write_eml(&store.open_message(made).unwrap(), &options, &mut mail).unwrap();
    assert_eq!(losses.count(LossKind::Property), 0);
    assert!(String::from_utf8(mail).unwrap().contains("Subject: =?utf-8?B?77+9?=\r\n"));
}
