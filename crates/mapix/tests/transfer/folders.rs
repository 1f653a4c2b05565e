//! Which folder goes where.

use mapix::prop::tags;
use mapix::store::{Change, MessageStore, ObjectRef};
use mapix::transfer::{StoreFeed, Transfer};
use mapix::{SpecialFolder, Store};
use mapix_conformance::sample;

use super::{complete, contents, empty, stocked};

fn with_roles(store: &Store) {
    let root = store.root().unwrap();
    let top = root.create_folder("Top", false).unwrap();
    store.set_special_folder(SpecialFolder::IpmSubtree, &top).unwrap();
    for (role, name) in [
        (SpecialFolder::Inbox, "Posteingang"),
        (SpecialFolder::Drafts, "Entwürfe"),
        (SpecialFolder::JunkEmail, "Junk"),
        (SpecialFolder::SyncIssues, "Probleme"),
        (SpecialFolder::SentItems, "Gesendet"),
    ] {
        let folder = top.create_folder(name, false).unwrap();
        store.set_special_folder(role, &folder).unwrap();
    }
    for (role, name) in
        [(SpecialFolder::Inbox, "Posteingang"), (SpecialFolder::SyncIssues, "Probleme")]
    {
        assert_eq!(store.special_folder(role).unwrap().name().unwrap(), name);
    }
}

#[test]
fn special_folders_go_to_special_folders() {
    let (_a, source, opened) = empty();
    with_roles(&opened);
    let junk = opened.special_folder(SpecialFolder::JunkEmail).unwrap().id();
    let inbox = opened.inbox().unwrap();
    for folder in [junk, inbox.id()] {
        sample::message(source.as_ref(), folder, sample::note("a")).unwrap();
    }
    // A folder that is only called like one with a role.
    let other = opened.ipm_subtree().unwrap().create_folder("Inbox", false).unwrap();
    sample::message(source.as_ref(), other.id(), sample::note("b")).unwrap();

    let (_b, target, store) = empty();
    let top = store.root().unwrap().create_folder("Mailbox", false).unwrap();
    store.set_special_folder(SpecialFolder::IpmSubtree, &top).unwrap();
    let inbox = top.create_folder("Inbox", false).unwrap();
    store.set_special_folder(SpecialFolder::Inbox, &inbox).unwrap();
    let first = complete(&Transfer::into(&store), &StoreFeed::new(&opened));
    assert_eq!((first.messages, first.folders), (3, 5), "all but the root, the top, the inbox");
    let found = contents(target.as_ref());
    assert_eq!(found["/Mailbox/Inbox"].len(), 2, "two folders: {:?}", found.keys());
    assert_eq!(inbox.message_rows(mapix::Contents::Normal, &[]).unwrap().len(), 1);
    let junk = store.special_folder(SpecialFolder::JunkEmail).unwrap();
    assert_eq!(junk.name().unwrap(), "Junk");
    assert_eq!(junk.message_rows(mapix::Contents::Normal, &[]).unwrap().len(), 1);
    let again = complete(&Transfer::into(&store), &StoreFeed::new(&opened));
    assert_eq!((again.messages, again.folders, again.known), (0, 0, 3));
}

#[test]
fn a_tree_goes_below_a_folder_as_it_is() {
    let (_a, _, opened) = stocked();
    let (_b, target, store) = empty();
    let old = store.root().unwrap().create_folder("Old", false).unwrap();
    complete(&Transfer::into(&store).under(&old), &StoreFeed::new(&opened));
    complete(&Transfer::into(&store), &StoreFeed::new(&opened));
    let found = contents(target.as_ref());
    let inside: Vec<_> = found
        .iter()
        .map(|(path, items)| {
            (path.strip_suffix('x').unwrap_or(path).replacen("/Old", "", 1), items)
        })
        .collect();
    assert_eq!(inside.len() % 2, 0);
    let lunch = &found["/Inbox"];
    assert!(lunch == &found["/Old/Inbox"]);
}

#[test]
fn one_folder_is_copied_with_the_way_to_it() {
    let (_a, source, opened) = stocked();
    let inbox = opened.root().unwrap().folder("Inbox").unwrap();
    let projects = inbox.folders().unwrap()[0].clone();
    let (_b, target, store) = empty();
    complete(&Transfer::into(&store), &StoreFeed::new(&opened).below(&projects));
    let (all, some) = (contents(source.as_ref()), contents(target.as_ref()));
    assert!(some.len() >= 2);
    assert!(some.keys().all(|path| path.starts_with("/Inbox/")), "{:?}", some.keys());
    assert!(some.iter().all(|(path, items)| &all[path] == items));
}

#[test]
fn properties_of_folders_are_kept() {
    let (_a, source, opened) = stocked();
    let inbox = opened.root().unwrap().folder("Inbox").unwrap();
    let mut set = mapix::prop::PropBag::new();
    set.set(tags::COMMENT, "x".repeat(100_000));
    let change = Change::UpdateFolder { folder: inbox.id(), set, delete: Vec::new() };
    source.commit(vec![change]).unwrap();
    let (_b, target, store) = empty();
    complete(&Transfer::into(&store), &StoreFeed::new(&opened));
    let copy = store.root().unwrap().folder("Inbox").unwrap();
    let bag = target.properties(&ObjectRef::Folder(copy.id()), u64::MAX).unwrap();
    assert_eq!(bag.text(tags::COMMENT).unwrap().len(), 100_000);
    assert_eq!(bag.text(tags::CONTAINER_CLASS).unwrap(), "IPF.Note");
}
