use std::io::{Read, Seek, SeekFrom};

use mapix_core::prop::{Prop, PropBag, PropType, Value, tags};
use mapix_core::store::{
    AttachmentChange, AttachmentUpdate, Capability, Change, MessageRef, MessageStore,
    MessageUpdate, ObjectRef, RowSource, StreamUpdate,
};
use mapix_core::{Error, ErrorCode};

use super::{assert_fails, cases};
use crate::{Need, Outcome, Subject, image, sample, walk};

const WRITE: Need = Need::Able(Capability::WRITE);

cases! {
    "commit";
    commit_is_atomic: WRITE;
    commit_sets_what_it_is_given: WRITE;
    values_are_checked: WRITE;
    commit_is_durable: WRITE;
    commit_gives_the_new_numbers: WRITE;
    first_save_wins: WRITE;
    embedding_ends: WRITE;
}

/// Gives a message another subject.
pub(super) fn retitle(message: u64, expected: Option<u64>, subject: &str) -> Change {
    let mut set = PropBag::new();
    set.set(tags::SUBJECT, subject);
    Change::UpdateMessage {
        message,
        expected,
        update: MessageUpdate { set, ..MessageUpdate::default() },
    }
}

/// Gives bytes, then an error of its own.
struct Broken(u8);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            return Err(Error::new(ErrorCode::NETWORK_ERROR, "the line went dead").into());
        }
        self.0 -= 1;
        buffer.fill(b'x');
        Ok(buffer.len())
    }
}

impl Seek for Broken {
    fn seek(&mut self, _: SeekFrom) -> std::io::Result<u64> {
        Ok(0)
    }
}

fn commit_is_atomic(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let gone = sample::message(store.as_ref(), sample.inbox, sample::note("gone"))?;
    store.commit(vec![Change::DeleteMessage { message: gone, soft: false }])?;
    let before = image::of(store.as_ref())?;
    let cursor = store.changes_since(0)?.cursor;
    let stamp = store.stamp(sample.note)?;

    // What comes before the failing change touches objects of every kind.
    let good = || {
        let mut set = PropBag::new();
        set.set(tags::COMMENT, "changed");
        vec![
            Change::CreateFolder {
                parent: sample.inbox,
                search: false,
                properties: set.clone(),
                copy_of: None,
            },
            Change::UpdateStore { set: set.clone(), delete: vec![tags::DISPLAY_NAME.id()] },
            Change::UpdateFolder { folder: sample.inbox, set, delete: Vec::new() },
            Change::CreateMessage {
                folder: sample.empty,
                associated: false,
                content: sample::note("new"),
            },
            retitle(sample.note, Some(stamp), "changed"),
            Change::MoveMessage { message: sample.note, to: sample.empty },
            Change::MoveMessage { message: sample.report, to: sample.empty },
            Change::MoveFolder { folder: sample.archive, to: sample.empty },
            Change::DeleteFolder { folder: sample.projects },
        ]
    };
    let broken = || StreamUpdate { tag: tags::BODY, data: Box::new(Broken(3)) };
    let torn = MessageUpdate { streams: vec![broken()], ..sample::note("torn") };
    let mut file = sample::file("torn", &[]);
    file.streams.push(StreamUpdate { tag: tags::ATTACH_DATA_BIN, data: Box::new(Broken(3)) });
    let torn_file = MessageUpdate {
        attachments: vec![AttachmentChange::Put(0, Box::new(file))],
        ..sample::note("torn")
    };
    let make = |content| Change::CreateMessage { folder: sample.inbox, associated: false, content };
    let bad = [
        (retitle(gone, None, "late"), ErrorCode::OBJECT_DELETED),
        (retitle(sample.hidden, Some(u64::MAX), "late"), ErrorCode::OBJECT_CHANGED),
        (make(torn), ErrorCode::NETWORK_ERROR),
        (make(torn_file), ErrorCode::NETWORK_ERROR),
        (Change::DeleteFolder { folder: store.info().root }, ErrorCode::NO_ACCESS),
        (Change::MoveFolder { folder: sample.inbox, to: sample.inbox }, ErrorCode::FOLDER_CYCLE),
    ];
    for (change, code) in bad {
        let mut changes = good();
        changes.push(change);
        assert_fails(store.commit(changes), code);
        image::assert_same(&before, &image::of(store.as_ref())?);
        assert_eq!(store.stamp(sample.note)?, stamp);
        assert_eq!(store.changes_since(cursor)?.objects(), [], "after {code}");
    }
    // The good part alone works.
    assert_eq!(store.commit(good())?.created.len(), 2);
    Ok(())
}

fn commit_sets_what_it_is_given(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let message = ObjectRef::message(sample.report);
    let before = store.properties(&message, u64::MAX)?;

    let mut file = sample::file("renamed.txt", b"other bytes");
    file.set.remove(tags::ATTACH_FILENAME.id());
    file.set.remove(tags::RENDERING_POSITION.id());
    file.delete = vec![tags::RENDERING_POSITION.id()];
    let mut update = MessageUpdate {
        delete: vec![tags::IMPORTANCE.id(), tags::SUBJECT.id(), 0x6ABC],
        recipients: sample::note("").recipients.map(|mut list| list.split_off(1)),
        attachments: vec![
            AttachmentChange::Put(0, Box::new(file)),
            AttachmentChange::Delete(1),
            AttachmentChange::Delete(9),
            AttachmentChange::Put(7, Box::new(sample::embedding(sample::note("inside")))),
        ],
        ..MessageUpdate::default()
    };
    update.set.set(tags::SUBJECT, "deleted and set");
    update.set.set(tags::SENSITIVITY, 2);
    update.streams.push(sample::stream(tags::HTML, b"<p>".to_vec()));
    store.commit(vec![Change::UpdateMessage { message: sample.report, expected: None, update }])?;

    let after = store.properties(&message, u64::MAX)?;
    assert_eq!(after.text(tags::SUBJECT).as_deref(), Some("deleted and set"));
    assert_eq!(after.i32(tags::SENSITIVITY), Some(2));
    assert_eq!(after.find(tags::IMPORTANCE.id()), None);
    assert_eq!(after.bytes(tags::HTML), Some(&b"<p>"[..]));
    for tag in [tags::BODY, tags::MESSAGE_CLASS, tags::CLIENT_SUBMIT_TIME] {
        assert_eq!(after.find(tag.id()), before.find(tag.id()), "it was not spoken of");
    }
    assert_eq!(after.text(tags::BODY), Some(sample::large_text()));

    let at = MessageRef::new(sample.report);
    let recipients = walk::rows(store.as_ref(), &RowSource::Recipients(at.clone()), None)?;
    let recipients: Vec<_> = recipients.into_iter().collect::<Result<_, _>>()?;
    assert_eq!(recipients.len(), 1);
    assert_eq!(recipients[0].id, 1);
    let address = recipients[0].props.text(tags::EMAIL_ADDRESS);
    assert_eq!(address.as_deref(), Some("clara@example.com"));

    let mut numbers = walk::row_ids(store.as_ref(), &RowSource::Attachments(at.clone()))?;
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 7]);
    let file = store.properties(&ObjectRef::Attachment(at.clone(), 0), u64::MAX)?;
    assert_eq!(file.bytes(tags::ATTACH_DATA_BIN), Some(&b"other bytes"[..]));
    assert_eq!(file.text(tags::ATTACH_FILENAME).as_deref(), Some("notes.txt"));
    assert_eq!(file.find(tags::RENDERING_POSITION.id()), None);
    let inside = store.properties(&ObjectRef::Message(at.inside(7)), u64::MAX)?;
    assert_eq!(inside.text(tags::SUBJECT).as_deref(), Some("inside"));

    inside_an_embedded_message(store.as_ref(), sample.forwarded)?;
    store_and_folders(store.as_ref(), sample.empty)
}

/// Changes the innermost message of [`sample::Sample::forwarded`], and nothing around it.
fn inside_an_embedded_message(store: &dyn MessageStore, forwarded: u64) -> Outcome {
    let mut innermost = MessageUpdate { recipients: Some(Vec::new()), ..MessageUpdate::default() };
    innermost.set.set(tags::SUBJECT, "rewritten");
    let wrap = |number, message| {
        let mut attachment = sample::embedding(message);
        attachment.set = PropBag::new();
        MessageUpdate {
            attachments: vec![AttachmentChange::Put(number, Box::new(attachment))],
            ..MessageUpdate::default()
        }
    };
    let update = wrap(1, wrap(0, innermost));
    store.commit(vec![Change::UpdateMessage { message: forwarded, expected: None, update }])?;
    let at = MessageRef::new(forwarded).inside(1);
    let outer = store.properties(&ObjectRef::Message(at.clone()), 4096)?;
    assert_eq!(outer.text(tags::SUBJECT).as_deref(), Some("FW: The first letter"));
    let at = at.inside(0);
    let inner = store.properties(&ObjectRef::Message(at.clone()), 4096)?;
    assert_eq!(inner.text(tags::SUBJECT).as_deref(), Some("rewritten"));
    assert_eq!(inner.text(tags::SENDER_NAME).as_deref(), Some("Ann Example"));
    assert_eq!(walk::row_ids(store, &RowSource::Recipients(at.clone()))?, []);
    assert_eq!(walk::row_ids(store, &RowSource::Attachments(at))?, [0]);
    Ok(())
}

fn store_and_folders(store: &dyn MessageStore, folder: u64) -> Outcome {
    let mut set = PropBag::new();
    set.set(tags::COMMENT, "for tests");
    store.commit(vec![
        Change::UpdateStore { set: set.clone(), delete: vec![0x6ABC] },
        Change::UpdateFolder { folder, set, delete: vec![tags::CONTAINER_CLASS.id()] },
    ])?;
    let found = store.properties(&ObjectRef::Store, 4096)?;
    assert_eq!(found.text(tags::COMMENT).as_deref(), Some("for tests"));
    let found = store.properties(&ObjectRef::Folder(folder), 4096)?;
    assert_eq!(found.text(tags::COMMENT).as_deref(), Some("for tests"));
    assert_eq!(found.text(tags::DISPLAY_NAME).as_deref(), Some("Empty"));
    assert_eq!(found.find(tags::CONTAINER_CLASS.id()), None);
    Ok(())
}

fn values_are_checked(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let before = image::of(store.as_ref())?;
    let bad_values = [
        Prop { tag: tags::SUBJECT, value: Value::I32(1) },
        Prop { tag: tags::SUBJECT, value: Value::Error(ErrorCode::CORRUPT_DATA) },
        Prop { tag: tags::BODY, value: Value::Large(PropType::UNICODE, 10) },
    ];
    for prop in bad_values {
        let set: PropBag = [prop].into_iter().collect();
        let message = MessageUpdate { set: set.clone(), ..sample::note("bad") };
        let attachment = MessageUpdate {
            attachments: vec![AttachmentChange::Put(
                0,
                Box::new(AttachmentUpdate { set: set.clone(), ..sample::file("", &[]) }),
            )],
            ..sample::note("bad")
        };
        let mut recipients = sample::note("bad");
        recipients.recipients.iter_mut().flatten().for_each(|recipient| recipient.merge(&set));
        for content in [message, attachment, recipients] {
            let change = Change::CreateMessage { folder: sample.inbox, associated: false, content };
            assert_fails(store.commit(vec![change]), ErrorCode::INVALID_PARAMETER);
        }
        for change in [
            Change::UpdateStore { set: set.clone(), delete: Vec::new() },
            Change::UpdateFolder { folder: sample.inbox, set: set.clone(), delete: Vec::new() },
            Change::CreateFolder {
                parent: sample.inbox,
                search: false,
                properties: set,
                copy_of: None,
            },
        ] {
            assert_fails(store.commit(vec![change]), ErrorCode::INVALID_PARAMETER);
        }
    }
    let mut same_number = sample::note("bad");
    same_number.recipients.iter_mut().flatten().for_each(|recipient| recipient.set(tags::ROWID, 5));
    let mut no_number = sample::note("bad");
    let recipients = no_number.recipients.iter_mut().flatten();
    recipients.for_each(|recipient| drop(recipient.remove(tags::ROWID.id())));
    for content in [same_number, no_number] {
        let change = Change::CreateMessage { folder: sample.inbox, associated: false, content };
        assert_fails(store.commit(vec![change]), ErrorCode::INVALID_PARAMETER);
    }
    image::assert_same(&before, &image::of(store.as_ref())?);
    Ok(())
}

fn commit_is_durable(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    store.commit(vec![
        retitle(sample.note, None, "changed"),
        Change::DeleteMessage { message: sample.appointment, soft: false },
        Change::MoveFolder { folder: sample.archive, to: sample.empty },
    ])?;
    let before = image::of(store.as_ref())?;
    let store = subject.reopen(store)?;
    image::assert_same(&before, &image::of(store.as_ref())?);
    Ok(())
}

fn commit_gives_the_new_numbers(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let known: Vec<u64> = walk::inventory(store.as_ref())?.iter().map(|item| item.id).collect();
    let make = |subject| Change::CreateMessage {
        folder: sample.empty,
        associated: false,
        content: sample::note(subject),
    };
    let mut properties = PropBag::new();
    properties.set(tags::DISPLAY_NAME, "second");
    let created = store.commit(vec![
        make("first"),
        Change::DeleteMessage { message: sample.note, soft: false },
        Change::CreateFolder { parent: sample.empty, search: false, properties, copy_of: None },
        retitle(sample.report, None, "changed"),
        make("third"),
    ])?;
    let created = created.created;
    assert_eq!(created.len(), 3);
    assert!(created.iter().all(|id| *id != 0 && !known.contains(id)), "{created:?}");
    let text = |object, tag| Ok::<_, Error>(store.properties(&object, 4096)?.text(tag));
    assert_eq!(text(ObjectRef::message(created[0]), tags::SUBJECT)?.as_deref(), Some("first"));
    let name = text(ObjectRef::Folder(created[1]), tags::DISPLAY_NAME)?;
    assert_eq!(name.as_deref(), Some("second"));
    assert_eq!(text(ObjectRef::message(created[2]), tags::SUBJECT)?.as_deref(), Some("third"));

    assert_eq!(store.commit(Vec::new())?.created, []);
    store.commit(vec![Change::DeleteMessage { message: created[2], soft: false }])?;
    let next = store.commit(vec![make("fourth")])?.created;
    assert!(!created.contains(&next[0]), "the number was used before");
    Ok(())
}

fn first_save_wins(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let opened = store.stamp(sample.note)?;
    store.commit(vec![retitle(sample.note, Some(opened), "first")])?;
    let saved = store.stamp(sample.note)?;
    let second = store.commit(vec![retitle(sample.note, Some(opened), "second")]);
    assert_fails(second, ErrorCode::OBJECT_CHANGED);
    let title = || store.properties(&ObjectRef::message(sample.note), 4096);
    assert_eq!(title()?.text(tags::SUBJECT).as_deref(), Some("first"));
    assert_eq!(store.stamp(sample.note)?, saved);
    store.commit(vec![retitle(sample.note, None, "forced")])?;
    assert_eq!(title()?.text(tags::SUBJECT).as_deref(), Some("forced"));
    Ok(())
}

fn embedding_ends(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let nested = |depth| {
        (0..depth).fold(sample::note("innermost"), |inner, _| MessageUpdate {
            attachments: vec![AttachmentChange::Put(0, Box::new(sample::embedding(inner)))],
            ..sample::note("around")
        })
    };
    let message = sample::message(store.as_ref(), sample.empty, nested(MessageRef::MAX_DEPTH))?;
    let deepest = MessageRef { id: message, embedded: vec![0; MessageRef::MAX_DEPTH] };
    let deepest = store.properties(&ObjectRef::Message(deepest), 4096)?;
    assert_eq!(deepest.text(tags::SUBJECT).as_deref(), Some("innermost"));
    let deeper = sample::message(store.as_ref(), sample.empty, nested(MessageRef::MAX_DEPTH + 1));
    assert_fails(deeper, ErrorCode::TOO_COMPLEX);
    Ok(())
}
