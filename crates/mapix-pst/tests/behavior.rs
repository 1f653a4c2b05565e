//! What the store contract promises, on real files.

mod mend;
mod walk;

use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use mapix_conformance::corpus;
use mapix_core::prop::{PropName, PropTag, PropType, Value, guids, tags};
use mapix_core::store::{ItemKind, MessageRef, MessageStore, ObjectRef, RowSource};
use mapix_core::{EntryId, ErrorCode};
use mapix_pst::Pst;
use mend::Parts;
use walk::Counts;

fn objects(pst: &Pst) -> Vec<ObjectRef> {
    let mut objects = vec![ObjectRef::Store];
    let mut messages = Vec::new();
    pst.inventory(&mut |item| {
        match item.kind {
            ItemKind::Folder | ItemKind::SearchFolder => objects.push(ObjectRef::Folder(item.id)),
            _ => messages.push(MessageRef::new(item.id)),
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    while let Some(message) = messages.pop() {
        let source = RowSource::Attachments(message.clone());
        pst.rows(&source, Some(&[]), &mut |row| {
            let number = row.unwrap().id as u32;
            let inner = message.inside(number);
            if pst.properties(&ObjectRef::Message(inner.clone()), 4096).is_ok() {
                messages.push(inner);
            }
            objects.push(ObjectRef::Attachment(message.clone(), number));
            ControlFlow::Continue(())
        })
        .unwrap();
        objects.push(ObjectRef::Message(message));
    }
    objects
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn stream_equals_value() {
    for name in ["Outlook.pst", "sample2.pst", "submessage.pst", "pstextractortest@outlook.com.ost"]
    {
        let Some(mailbox) = corpus::mailbox(name) else { return };
        let path = &mailbox.path;
        let pst = Pst::open(path).unwrap();
        let mut compared = 0;
        for object in objects(&pst) {
            let whole = pst.properties(&object, u64::MAX).unwrap();
            let small = pst.properties(&object, 4096).unwrap();
            for (prop, small) in whole.iter().zip(&small) {
                let bytes = match &prop.value {
                    Value::Unicode(text) => utf16(text),
                    Value::String8(text) => text.bytes.to_vec(),
                    Value::Binary(bytes) => bytes.to_vec(),
                    _ => continue,
                };
                let mut read = Vec::new();
                pst.open_stream(&object, prop.tag).unwrap().read_to_end(&mut read).unwrap();
                assert_eq!(read, bytes, "{name} {object:?} {:?}", prop.tag);
                match small.value {
                    Value::Large(prop_type, size) => {
                        assert_eq!((prop_type, size), (prop.tag.prop_type(), bytes.len() as u64));
                        assert!(size > 4096);
                    }
                    _ => assert_eq!(small, prop),
                }
                compared += 1;
            }
        }
        assert!(compared > 20, "{name}");
    }
}

#[test]
fn stream_seeks() {
    let Some(mailbox) = corpus::mailbox("enron.pst") else { return };
    let path = &mailbox.path;
    let pst = Pst::open(path).unwrap();
    let mut seen = 0;
    for object in objects(&pst) {
        let bag = pst.properties(&object, 4096).unwrap();
        for prop in &bag {
            let Value::Large(_, size) = prop.value else { continue };
            if size < 60_000 {
                continue;
            }
            let mut stream = pst.open_stream(&object, prop.tag).unwrap();
            let mut whole = Vec::new();
            stream.read_to_end(&mut whole).unwrap();
            assert_eq!(whole.len() as u64, size);
            let mut byte = [0];
            for position in (0..size).step_by(7919).chain([8175, 8176, 8177, size - 1]) {
                assert_eq!(stream.seek(SeekFrom::Start(position)).unwrap(), position);
                stream.read_exact(&mut byte).unwrap();
                assert_eq!(byte[0], whole[position as usize]);
                let back = stream.seek(SeekFrom::Current(-1)).unwrap();
                assert_eq!(back, position);
            }
            assert_eq!(stream.seek(SeekFrom::End(-10)).unwrap(), size - 10);
            let mut tail = Vec::new();
            stream.read_to_end(&mut tail).unwrap();
            assert_eq!(tail, whole[whole.len() - 10..]);
            stream.seek(SeekFrom::End(1000)).unwrap();
            assert_eq!(stream.read(&mut byte).unwrap(), 0);
            assert!(stream.seek(SeekFrom::End(-1 - size as i64)).is_err());
            seen += 1;
        }
    }
    assert!(seen > 10);
}

#[test]
fn entry_ids_resolve() {
    let Some(mailbox) = corpus::mailbox("Outlook.pst") else { return };
    let path = &mailbox.path;
    let pst = Pst::open(path).unwrap();
    for object in objects(&pst) {
        let embedded = matches!(&object, ObjectRef::Message(m) if !m.embedded.is_empty());
        if embedded || matches!(object, ObjectRef::Attachment(..)) {
            assert_eq!(pst.entry_id(&object).unwrap_err().code(), ErrorCode::NO_SUPPORT);
            continue;
        }
        let entry_id = pst.entry_id(&object).unwrap();
        assert_eq!(pst.resolve(&entry_id).unwrap(), object);
        assert_eq!(entry_id.as_bytes().len(), 24);
    }
    let uid = pst.info().uid;
    let code = |entry_id| pst.resolve(&entry_id).unwrap_err().code();
    let foreign = EntryId::new(guids::PS_MAPI, &[0x22, 1, 0, 0]);
    assert_eq!(code(foreign), ErrorCode::UNKNOWN_ENTRYID);
    assert_eq!(code(EntryId::new(uid, &[0x22, 1, 0])), ErrorCode::INVALID_ENTRYID);
    assert_eq!(code(EntryId::new(uid, &[0x21, 1, 0, 0])), ErrorCode::INVALID_ENTRYID);
    assert_eq!(code(EntryId::new(uid, &[2, 0xFF, 0xFF, 0x7F])), ErrorCode::NOT_FOUND);
}

#[test]
fn the_stores_own_entry_ids_resolve() {
    for entry in corpus::mailboxes() {
        let pst = Pst::open(&entry.path).unwrap();
        let store = pst.properties(&ObjectRef::Store, 4096).unwrap();
        for tag in [tags::IPM_SUBTREE_ENTRYID, tags::IPM_WASTEBASKET_ENTRYID] {
            let Some(bytes) = store.bytes(tag) else { continue };
            let object = pst.resolve(&EntryId::from_bytes(bytes).unwrap()).unwrap();
            assert!(matches!(object, ObjectRef::Folder(_)), "{}: {tag:?}", entry.name);
        }
    }
}

#[test]
fn names_go_both_ways() {
    for entry in corpus::mailboxes() {
        let pst = Pst::open(&entry.path).unwrap();
        for (id, name) in pst.all_names().unwrap() {
            assert_eq!(pst.names(&[id]).unwrap(), [Some(name.clone())]);
            let back = pst.name_ids(std::slice::from_ref(&name), true).unwrap();
            assert_eq!(pst.names(&[back[0].unwrap()]).unwrap(), [Some(name)], "{}", entry.name);
        }
        let new = [PropName::name(guids::PS_PUBLIC_STRINGS, "no such name")];
        assert_eq!(pst.name_ids(&new, false).unwrap(), [None]);
        assert_eq!(pst.name_ids(&new, true).unwrap_err().code(), ErrorCode::NO_ACCESS);
    }
}

#[test]
fn missing_objects_are_not_found() {
    let Some(mailbox) = corpus::mailbox("sample1.pst") else { return };
    let path = &mailbox.path;
    let pst = Pst::open(path).unwrap();
    let objects = [
        ObjectRef::Folder(0),
        ObjectRef::Folder(0x21),
        ObjectRef::Folder(u64::MAX),
        ObjectRef::message(0x122),
        ObjectRef::message(0xFFFF_FFE4),
        ObjectRef::Attachment(MessageRef::new(0x20_0024), 9),
        ObjectRef::Message(MessageRef::new(0x20_0024).inside(0)),
    ];
    for object in objects {
        let code = pst.properties(&object, 4096).unwrap_err().code();
        assert_eq!(code, ErrorCode::NOT_FOUND, "{object:?}");
        let code = pst.open_stream(&object, tags::SUBJECT).err().unwrap().code();
        assert_eq!(code, ErrorCode::NOT_FOUND, "{object:?}");
    }
    let nothing = &mut |_| ControlFlow::Continue(());
    for source in [
        RowSource::Hierarchy(0),
        RowSource::Contents(0x20_0024),
        RowSource::Deleted(0x7FFF_FFE2),
        RowSource::Recipients(MessageRef::new(4)),
        RowSource::Attachments(MessageRef::new(4)),
    ] {
        let code = pst.rows(&source, None, nothing).unwrap_err().code();
        assert_eq!(code, ErrorCode::NOT_FOUND, "{source:?}");
    }
    for code in [pst.stamp(4).unwrap_err().code(), pst.parent(4).unwrap_err().code()] {
        assert_eq!(code, ErrorCode::NOT_FOUND);
    }
    assert_eq!(pst.commit(Vec::new()).unwrap_err().code(), ErrorCode::NO_ACCESS);
}

#[test]
fn rows_hold_what_is_asked_and_stop_when_told() {
    let Some(mailbox) = corpus::mailbox("Outlook.pst") else { return };
    let path = &mailbox.path;
    let pst = Pst::open(path).unwrap();
    let columns = [tags::SUBJECT, tags::DISPLAY_NAME.with_type(PropType::UNSPECIFIED)];
    for object in objects(&pst) {
        let sources = match object {
            ObjectRef::Folder(id) => vec![RowSource::Hierarchy(id), RowSource::Contents(id)],
            ObjectRef::Message(m) => {
                vec![RowSource::Recipients(m.clone()), RowSource::Attachments(m)]
            }
            _ => continue,
        };
        for source in sources {
            let mut calls = 0;
            pst.rows(&source, Some(&columns), &mut |row| {
                calls += 1;
                let props = row.unwrap().props;
                let known = |tag: PropTag| columns.iter().any(|column| column.id() == tag.id());
                assert!(props.iter().all(|prop| known(prop.tag)));
                ControlFlow::Break(())
            })
            .unwrap();
            assert!(calls <= 1);
        }
    }
}

#[test]
fn subjects_are_clean_everywhere() {
    let mut prefixes = 0;
    for entry in corpus::mailboxes() {
        let pst = Pst::open(&entry.path).unwrap();
        let clean = |text: &str| assert!(!text.starts_with('\u{1}'), "{}: {text:?}", entry.name);
        for object in objects(&pst) {
            if let ObjectRef::Folder(id) = object {
                pst.rows(&RowSource::Contents(id), None, &mut |row| {
                    row.unwrap().props.text(tags::SUBJECT).iter().for_each(|text| clean(text));
                    ControlFlow::Continue(())
                })
                .unwrap();
            }
            if !matches!(object, ObjectRef::Message(_)) {
                continue;
            }
            let props = pst.properties(&object, 4096).unwrap();
            let Some(subject) = props.text(tags::SUBJECT) else { continue };
            clean(&subject);
            let parts = (props.text(tags::SUBJECT_PREFIX), props.text(tags::NORMALIZED_SUBJECT));
            if let (Some(prefix), Some(rest)) = parts {
                prefixes += u32::from(!prefix.is_empty());
                assert_eq!(prefix + &rest, subject, "{}", entry.name);
            }
        }
    }
    assert!(prefixes > 0 || corpus::mailboxes().is_empty());
}

#[test]
fn passwords_are_verified() {
    for (name, password) in [("passwordprotectedPST.pst", "Password1"), ("test_ansi.pst", "test")] {
        let Some(mailbox) = corpus::mailbox(name) else { return };
        let path = &mailbox.path;
        let pst = Pst::open(path).unwrap();
        assert!(pst.password_set());
        assert!(pst.verify_password(password), "{name}");
        assert!(!pst.verify_password("password"), "{name}");
    }
    let Some(mailbox) = corpus::mailbox("enron.pst") else { return };
    let path = &mailbox.path;
    let pst = Pst::open(path).unwrap();
    assert!(!pst.password_set() && pst.verify_password("anything"));
}

#[test]
fn what_is_encoded_cyclically_reads_the_same() {
    for name in ["Outlook.pst", "sample2.pst"] {
        let Some(mailbox) = corpus::mailbox(name) else { return };
        let path = &mailbox.path;
        let mut bytes = std::fs::read(path).unwrap();
        let plain = Pst::from_bytes(bytes.clone(), name).unwrap();
        let parts = Parts::of(&bytes);
        for block in parts.blocks.iter().filter(|block| !block.bid.is_internal()) {
            let data = &mut bytes[Parts::data(block)];
            parts.crypt.decode(data, block.bid.0);
            mapix_pst::ndb::Crypt::Cyclic.encode(data, block.bid.0);
            parts.seal_block(&mut bytes, block);
        }
        bytes[parts.format.header_sentinel + 1] = 2;
        parts.seal_header(&mut bytes);
        let cyclic = Pst::from_bytes(bytes, name).unwrap();
        assert!(cyclic.info().details.contains(&("encryption", "cyclic".into())));
        let (mut a, mut b) = (Counts::new(), Counts::new());
        walk::walk(&plain, &mut a);
        walk::walk(&cyclic, &mut b);
        assert_eq!(a, b);
        assert_eq!(a.errors, 0);
        for object in objects(&plain) {
            let inline = 1 << 20;
            let pair = (plain.properties(&object, inline), cyclic.properties(&object, inline));
            assert_eq!(pair.0.unwrap(), pair.1.unwrap());
        }
        assert_eq!(cyclic.diagnostics(), []);
    }
}

#[test]
fn a_wrong_checksum_costs_nothing_but_a_diagnostic() {
    let Some(mailbox) = corpus::mailbox("sample1.pst") else { return };
    let path = &mailbox.path;
    let mut bytes = std::fs::read(path).unwrap();
    let parts = Parts::of(&bytes);
    for block in &parts.blocks {
        let extent = parts.format.block_extent(block.stored.into());
        let trailer = block.offset as usize + extent - parts.format.block_trailer;
        bytes[trailer + parts.format.block_crc] ^= 1;
    }
    let pst = Pst::from_bytes(bytes, "damaged").unwrap();
    let mut counts = Counts::new();
    walk::walk(&pst, &mut counts);
    assert_eq!((counts.errors, counts.messages, counts.attachments), (0, 1, 1));
    let diagnostics = pst.diagnostics();
    assert!(diagnostics.iter().any(|d| d.cause == "checksum mismatch"));
    assert!(diagnostics.iter().all(|d| d.place.starts_with("block ")), "{diagnostics:?}");
}

#[test]
fn protected_and_unknown_files_are_refused_with_the_reason() {
    let Some(mailbox) = corpus::mailbox("sample1.pst") else { return };
    let path = &mailbox.path;
    let bytes = std::fs::read(path).unwrap();
    let open = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        Pst::from_bytes(bytes, "changed").err().unwrap()
    };
    assert_eq!(open(513, 0x10).code(), ErrorCode::NO_ACCESS);
    let version = open(10, 37);
    assert_eq!(version.code(), ErrorCode::VERSION);
    assert!(version.to_string().contains("37"), "{version}");
    assert!(open(0, 0).to_string().starts_with("changed: header: "));
    for length in [0, 3, 100, 563, 600, 0x4400] {
        let error = Pst::from_bytes(bytes[..length].to_vec(), "short").err().unwrap();
        assert_eq!(error.code(), ErrorCode::CORRUPT_DATA, "{error}");
    }
}

#[test]
fn threads_read_the_same() {
    let Some(mailbox) = corpus::mailbox("Test_part1.pst") else { return };
    let path = &mailbox.path;
    let pst = Pst::open(path).unwrap();
    let counts: Vec<Counts> = std::thread::scope(|scope| {
        let walk = || {
            let mut counts = Counts::new();
            walk::walk(&pst, &mut counts);
            counts
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(walk)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(counts.iter().all(|other| *other == counts[0]));
    assert_eq!(counts[0].errors, 0);
}

#[test]
fn a_file_that_shrinks_is_an_error() {
    let Some(mailbox) = corpus::mailbox("sample1.pst") else { return };
    let path = &mailbox.path;
    let copy = std::env::temp_dir().join(format!("mapix-pst-shrinks-{}.pst", std::process::id()));
    std::fs::copy(path, &copy).unwrap();
    let pst = Pst::open(&copy).unwrap();
    let mut permissions = std::fs::metadata(&copy).unwrap().permissions();
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    std::fs::set_permissions(&copy, permissions).unwrap();
    std::fs::OpenOptions::new().write(true).open(&copy).unwrap().set_len(0x5000).unwrap();
    let mut counts = Counts::new();
    walk::walk(&pst, &mut counts);
    std::fs::remove_file(&copy).unwrap();
    assert!(counts.errors > 0);
}
