use std::sync::{Arc, Mutex};

use mapix_core::notify::{EventMask, MAX_QUEUED, Notice};
use mapix_core::prop::{PropBag, tags};
use mapix_core::restriction::Restriction;
use mapix_core::store::{Change, Faulty, ItemKind, MemoryStore, MessageStore};
use mapix_core::{Contents, DeleteFolder, DeleteMessages, ErrorCode, SearchSettings};

use crate::{LONG, folder, listen, message, next, open, session, until_marker};

#[test]
fn each_kind_of_change_is_told_in_order() {
    let (_session, store, _) = open();
    let (_connection, told) = listen(&store, EventMask::ALL);
    let root = store.root().unwrap();
    let inbox = folder(&store, "Inbox");
    let mail = message(&inbox, "first");
    let id = mail.id().unwrap();
    let entry_id = mail.entry_id().unwrap();
    mail.set(tags::SUBJECT, "second").unwrap();
    mail.save().unwrap();
    let other = folder(&store, "Other");
    let copy = other.copy_message(&mail).unwrap().id().unwrap();
    inbox.move_messages(&[id], &other).unwrap().complete().unwrap();
    other.delete_messages(&[id], DeleteMessages { hard: true }).unwrap().complete().unwrap();
    root.delete_folder(&inbox, DeleteFolder::default()).unwrap();
    let inner = other.create_folder("Inner", false).unwrap();
    let copied = root.copy_folder(&other, &root, Some("Copy"), true).unwrap().folder;
    let copied_inner = copied.folder("Inner").unwrap();
    let second_copy = copied.message_rows(Contents::Normal, &[]).unwrap();
    let second_copy = second_copy[0].as_ref().unwrap().id;

    let told = until_marker(&store, &told, "marker").unwrap();
    // What happened to folders by what happened in them comes beside it.
    let own: Vec<&Notice> = told
        .iter()
        .filter(|notice| !matches!(notice, Notice::Modified { tags: Some(_), .. }))
        .collect();
    let name = |notice: &Notice| match notice {
        Notice::Created(object) => format!("created {}", object.id),
        Notice::Modified { object, .. } => format!("modified {}", object.id),
        Notice::Moved { object, from, .. } => {
            format!("moved {} from {from} to {}", object.id, object.parent.unwrap())
        }
        Notice::Copied { object, from, from_entry_id } => {
            if *from == id {
                assert_eq!(from_entry_id.as_ref(), Some(&entry_id));
            }
            assert!(from_entry_id.is_some());
            format!("copied {from} as {}", object.id)
        }
        Notice::Deleted(object) => format!("deleted {}", object.id),
        other => format!("{other:?}"),
    };
    let names: Vec<String> = own.iter().map(|notice| name(notice)).collect();
    let (inbox, other, inner) = (inbox.id(), other.id(), inner.id());
    let (copied, copied_inner) = (copied.id(), copied_inner.id());
    let expected = [
        format!("created {inbox}"),
        format!("created {id}"),
        format!("modified {id}"),
        format!("created {other}"),
        format!("copied {id} as {copy}"),
        format!("moved {id} from {inbox} to {other}"),
        format!("deleted {id}"),
        format!("deleted {inbox}"),
        format!("created {inner}"),
        format!("copied {other} as {copied}"),
        format!("copied {copy} as {second_copy}"),
        format!("copied {inner} as {copied_inner}"),
    ];
    assert_eq!(names, expected);
    for notice in own.iter().filter(|notice| notice.subject().unwrap().id == id) {
        let subject = notice.subject().unwrap();
        assert_eq!(subject.entry_id.as_ref(), Some(&entry_id), "also of the deleted one");
        assert_eq!(subject.kind, Some(ItemKind::Message));
        assert!(subject.parent_entry_id.is_some());
    }
    let counts = told.iter().filter(|notice| match notice {
        Notice::Modified { object, tags: Some(list) } => {
            assert!(list.contains(&tags::CONTENT_COUNT));
            object.id == inbox
        }
        _ => false,
    });
    assert_eq!(counts.count(), 3, "made, changed, moved away");
}

#[test]
fn only_what_was_asked_for_is_told() {
    let (_session, store, _) = open();
    let inbox = folder(&store, "Inbox");
    let mail = message(&inbox, "watched");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&heard);
    let object = mail.entry_id().unwrap();
    let sink = move |notices: &[Notice]| keep.lock().unwrap().extend_from_slice(notices);
    let _one = store.advise(EventMask::MODIFIED, Some(&object), sink).unwrap();
    let (_marker, told) = listen(&store, EventMask::CREATED);
    message(&inbox, "another");
    mail.set(tags::SUBJECT, "changed").unwrap();
    mail.save().unwrap();
    inbox
        .delete_messages(&[mail.id().unwrap()], DeleteMessages::default())
        .unwrap()
        .complete()
        .unwrap();
    let created = until_marker(&store, &told, "marker").unwrap();
    assert_eq!(created.len(), 1);
    // The sinks are called by one thread, in order: the other one was called before.
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(
        matches!(&heard[0], Notice::Modified { object, tags: None } if Some(object.id) == mail.id())
    );

    let refused = |mask| store.advise(mask, None, |_| {}).unwrap_err().code();
    assert_eq!(refused(EventMask(0)), ErrorCode::INVALID_PARAMETER);
    assert_eq!(refused(EventMask(0x100)), ErrorCode::INVALID_PARAMETER);
    let (_other_session, other, _) = open();
    let unknown = other.advise(EventMask::ALL, Some(&object), |_| {}).unwrap_err().code();
    assert_eq!(unknown, ErrorCode::UNKNOWN_ENTRYID);
}

#[test]
fn new_mail_comes_into_a_receive_folder() {
    let (_session, store, memory) = open();
    let (inbox, other) = (folder(&store, "Inbox"), folder(&store, "Other"));
    store.set_receive_folder("", Some(&inbox)).unwrap();
    let (_connection, told) = listen(&store, EventMask::NEW_MAIL | EventMask::CREATED);
    let deliver = |folder, flags: i32| {
        let mut set = PropBag::new();
        set.set(tags::MESSAGE_CLASS, "IPM.Note");
        set.set(tags::MESSAGE_FLAGS, flags);
        let content = mapix_core::store::MessageUpdate { set, ..Default::default() };
        let change = Change::CreateMessage { folder, associated: false, content };
        memory.commit(vec![change]).unwrap().created[0]
    };
    let new = deliver(inbox.id(), 0);
    deliver(inbox.id(), 1);
    deliver(inbox.id(), 8);
    deliver(other.id(), 0);
    let told = until_marker(&store, &told, "marker").unwrap();
    let mails: Vec<_> = told
        .iter()
        .filter_map(|notice| match notice {
            Notice::NewMail { message, class, flags } => Some((message.id, &**class, *flags)),
            _ => None,
        })
        .collect();
    assert_eq!(mails, [(new, "IPM.Note", 0)]);
    assert_eq!(told.len(), 5);
}

#[test]
fn a_search_tells_when_it_is_complete() {
    let (_session, store, _) = open();
    let inbox = folder(&store, "Inbox");
    message(&inbox, "a report");
    let search = store.root().unwrap().create_search_folder("Reports", false).unwrap();
    let (_connection, told) = listen(&store, EventMask::SEARCH_COMPLETE);
    let settings = SearchSettings {
        restriction: Some(Restriction::contains(tags::SUBJECT, "report")),
        folders: Some(vec![inbox]),
        ..SearchSettings::default()
    };
    search.set_search_criteria(settings).unwrap();
    match next(&told) {
        Notice::SearchComplete(object) => assert_eq!(object.id, search.id()),
        notice => panic!("{notice:?}"),
    }
}

#[test]
fn what_others_commit_is_told_as_well() {
    let (_session, store, memory) = open();
    let other_session = session();
    let other = other_session.attach(memory, true).unwrap();
    let (_connection, told) = listen(&store, EventMask::CREATED);
    let made = folder(&other, "theirs");
    assert_eq!(next(&told).subject().unwrap().id, made.id());
    let made = folder(&store, "ours");
    assert_eq!(next(&told).subject().unwrap().id, made.id());
}

#[test]
fn what_was_before_is_not_told() {
    let (_session, store, _) = open();
    folder(&store, "before");
    let (_first, told) = listen(&store, EventMask::CREATED);
    let second = folder(&store, "after the first");
    let (_second, late) = listen(&store, EventMask::CREATED);
    let third = folder(&store, "after the second");
    assert_eq!(next(&told).subject().unwrap().id, second.id());
    assert_eq!(next(&told).subject().unwrap().id, third.id());
    assert_eq!(next(&late).subject().unwrap().id, third.id());
}

#[test]
fn who_falls_behind_is_told_that_something_was_missed() {
    let (_session, store, memory) = open();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (heard, told) = std::sync::mpsc::channel();
    let wait = Mutex::new(wait);
    let sink = move |notices: &[Notice]| {
        heard.send(notices.to_vec()).unwrap();
        let _ = wait.lock().unwrap().recv();
    };
    let _slow = store.advise(EventMask::CREATED, None, sink).unwrap();
    folder(&store, "first");
    assert_eq!(told.recv_timeout(LONG).unwrap().len(), 1);
    // The sink is running: what comes now has to wait, and there is too much of it.
    let make = || Change::CreateFolder {
        parent: 1,
        search: false,
        properties: PropBag::new(),
        copy_of: None,
    };
    let count = MAX_QUEUED + 10;
    memory.commit((0..count).map(|_| make()).collect()).unwrap();
    // Another one that keeps up shows when all has been queued.
    let done = folder(&store, "last");
    let (_fast, fast) = listen(&store, EventMask::CREATED);
    let marker = folder(&store, "marker");
    let _ = (done, marker, fast);
    go.send(()).unwrap();
    let mut missed = 0;
    let mut seen = 0;
    while missed + seen < count as u64 + 2 {
        for notice in told.recv_timeout(LONG).unwrap() {
            match notice {
                Notice::Missed { count } => missed += count.unwrap(),
                Notice::Created(_) => seen += 1,
                other => panic!("{other:?}"),
            }
        }
        go.send(()).unwrap();
    }
    assert_eq!(missed + seen, count as u64 + 2, "none is lost in silence");
    assert!(missed > MAX_QUEUED as u64, "{missed} missed, {seen} seen");
}

#[test]
fn what_the_store_forgot_is_told_to_everybody() {
    let (_session, store, memory) = open();
    let (_connection, told) = listen(&store, EventMask::SEARCH_COMPLETE);
    let make = || Change::CreateFolder {
        parent: 1,
        search: false,
        properties: PropBag::new(),
        copy_of: None,
    };
    memory.commit((0..100_001).map(|_| make()).collect()).unwrap();
    assert_eq!(next(&told), Notice::Missed { count: None });
}

#[test]
fn a_store_that_fails_is_tried_again() {
    let session = session();
    let faulty = Arc::new(Faulty::new(MemoryStore::new("mail")));
    let store = session.attach(faulty.clone(), true).unwrap();
    let (_connection, told) = listen(&store, EventMask::ALL);
    // Whichever call of the thread that follows comes first.
    let mut made = Vec::new();
    let mut critical = 0;
    for number in 0..20 {
        made.push(folder(&store, &number.to_string()).id());
        faulty.fail_nth(1, ErrorCode::NETWORK_ERROR);
        faulty
            .inner()
            .commit(vec![Change::UpdateStore { set: PropBag::new(), delete: Vec::new() }])
            .unwrap();
        loop {
            match next(&told) {
                Notice::Critical { error } => {
                    assert!(error.contains("failed on demand"), "{error}");
                    critical += 1;
                }
                Notice::Modified { object, .. } if object.kind.is_none() => break,
                _ => {}
            }
        }
        faulty.heal();
    }
    assert!(critical > 0);
}

#[test]
fn stores_that_do_not_notify_say_so() {
    let session = session();
    let memory = Arc::new(MemoryStore::new("mail").into_read_only());
    let store = session.attach(memory, false).unwrap();
    let code = store.advise(EventMask::ALL, None, |_| {}).unwrap_err().code();
    assert_eq!(code, ErrorCode::NO_SUPPORT);
}
