//! Anything that a damaged store may give.

use std::io::{self, Read, Seek, SeekFrom, Write};

use mapix_convert::{EmlOptions, LossKind, Names, Watch, write_eml, write_eml_watched};
use mapix_core::prop::{PropTag, PropType, guids, tags};
use mapix_core::{AttachMethod, ErrorCode};
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

/// A stream that breaks after a while.
struct Broken(u64);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 >= 100 {
            return Err(mapix_core::Error::corrupt("checksum mismatch").into());
        }
        let count = buffer.len().min(50);
        buffer[..count].fill(b'x');
        Ok(count)
    }
}

impl Seek for Broken {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(at) => self.0 = at,
            _ => self.0 = 1000,
        }
        Ok(self.0)
    }
}

#[test]
fn data_that_breaks_off_is_a_loss() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    let attachment = message.create_attachment(AttachMethod::ByValue).unwrap();
    let data = std::boxed::Box::new(Broken(0));
    attachment.set_stream(tags::ATTACH_DATA_BIN, data).unwrap();
    attachment.save().unwrap();
    attach(&message, "next", b"next", &[]);
    // It is not saved: the store would refuse it.
    let (mail, losses) = store.bytes(&message);
    assert_eq!((losses.count(LossKind::Damaged), losses.total()), (1, 1));
    let loss = losses.iter().next().unwrap().to_string();
    assert_eq!(loss, "damaged: attachment 0: PR_ATTACH_DATA_BIN: checksum mismatch");
    let parsed = mail_parser::MessageParser::default().parse(&mail).unwrap();
    assert_eq!(parsed.attachment(0).unwrap().contents(), [b'x'; 100]);
    assert_eq!(parsed.attachment(1).unwrap().contents(), b"next");
}

/// What is seen of attachments: place, bytes, and whether that was all.
#[derive(Default)]
struct Seen(Vec<(String, Vec<u8>, bool)>);

impl Watch for Seen {
    fn begin(&mut self, place: &str) {
        self.0.push((place.into(), Vec::new(), false));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.last_mut().unwrap().1.extend_from_slice(bytes);
    }

    fn end(&mut self) {
        self.0.last_mut().unwrap().2 = true;
    }
}

#[test]
fn who_watches_sees_the_data_of_attachments_and_what_is_not_whole() {
    let store = Box::new();
    let message = store.message("IPM.Note");
    attach(&message, "small", b"small", &[]);
    let attachment = message.create_attachment(AttachMethod::ByValue).unwrap();
    attachment.set_stream(tags::ATTACH_DATA_BIN, std::boxed::Box::new(Broken(0))).unwrap();
    attachment.save().unwrap();
    let attachment = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
    let inner = attachment.create_embedded().unwrap();
    let large: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
    attach(&inner, "large", &large, &[]);
    inner.save().unwrap();
    attachment.save().unwrap();
    let mut seen = Seen::default();
    let options = EmlOptions::new(Names::of(&store.store).unwrap());
    let mut mail = Vec::new();
    write_eml_watched(&message, &options, &mut seen, &mut mail).unwrap();
    assert_eq!(mail, store.bytes(&message).0);
    let expected = [
        ("attachment 0".into(), b"small".to_vec(), true),
        ("attachment 1".into(), vec![b'x'; 100], false),
        ("attachment 2/message/attachment 0".into(), large, true),
    ];
    assert!(seen.0 == expected);
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
fn broken_text_is_written_as_far_as_it_goes() {
    use mapix_core::prop::{PropBag, Value};
    use mapix_core::store::{Change, MemoryStore, MessageStore, MessageUpdate};
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
