//! Search folders.

use std::sync::Arc;
use std::thread;

use mapix_core::prop::{PropBag, PropType, tags};
use mapix_core::restriction::{RelOp, Restriction};
use mapix_core::store::{
    Capability, Change, MessageStore, MessageUpdate, ObjectChange, ObjectRef, RowSource,
    SearchCriteria,
};
use mapix_core::{ErrorCode, Result};

use super::commit::retitle;
use super::{assert_fails, cases};
use crate::sample::Sample;
use crate::{Need, Outcome, Subject, sample, walk};

const SEARCH: Need = Need::Able(Capability::WRITE.and(Capability::SEARCH));

cases! {
    "search";
    search_criteria_are_kept: SEARCH;
    search_folders_find: SEARCH;
    live_searches_follow: SEARCH;
    static_searches_stay: SEARCH;
}

fn search_folder(store: &dyn MessageStore, parent: u64, name: &str) -> Result<u64> {
    let mut properties = PropBag::new();
    properties.set(tags::DISPLAY_NAME, name);
    let commit = store.commit(vec![Change::CreateFolder {
        parent,
        search: true,
        properties,
        copy_of: None,
    }])?;
    Ok(commit.created[0])
}

fn tell(store: &dyn MessageStore, folder: u64, criteria: SearchCriteria) -> Result<()> {
    store.commit(vec![Change::SetSearch { folder, criteria: Some(criteria) }]).map(drop)
}

/// Everything below the Inbox with this in its subject, as long as it lives.
fn about(sample: &Sample, text: &str) -> SearchCriteria {
    SearchCriteria {
        restriction: Restriction::contains(tags::SUBJECT, text),
        folders: vec![sample.inbox],
        deep: true,
        live: true,
    }
}

fn shown(store: &dyn MessageStore, folder: u64) -> Result<Vec<u64>> {
    let mut ids = walk::row_ids(store, &RowSource::Contents(folder))?;
    ids.sort_unstable();
    Ok(ids)
}

fn search_criteria_are_kept(subject: &dyn Subject) -> Outcome {
    let (mut store, sample) = subject.filled()?;
    let folder = search_folder(store.as_ref(), store.info().root, "Search")?;
    assert_eq!(store.search_criteria(folder)?, None);
    assert_eq!(store.search_criteria(sample.inbox)?, None);
    assert_fails(store.search_criteria(u64::MAX), ErrorCode::NOT_FOUND);
    let first = SearchCriteria {
        restriction: Restriction::and([
            Restriction::contains(tags::SUBJECT, "R\u{E9}sum\u{E9}"),
            Restriction::not(Restriction::property(tags::MESSAGE_SIZE, RelOp::Lt, 100)),
            Restriction::equals(tags::SENT_REPRESENTING_NAME, "Ann"),
            Restriction::exists(tags::IMPORTANCE.with_type(PropType::UNSPECIFIED)),
        ]),
        folders: vec![sample.inbox, sample.empty],
        deep: true,
        live: true,
    };
    let second = SearchCriteria { deep: false, live: false, ..about(&sample, "x") };
    for criteria in [first, second] {
        tell(store.as_ref(), folder, criteria.clone())?;
        assert_eq!(store.search_criteria(folder)?, Some(criteria.clone()));
        store = subject.reopen(store)?;
        assert_eq!(store.search_criteria(folder)?, Some(criteria));
    }
    store.commit(vec![Change::SetSearch { folder, criteria: None }])?;
    assert_eq!(store.search_criteria(folder)?, None);
    Ok(())
}

fn search_folders_find(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let store = store.as_ref();
    let folder = search_folder(store, sample.inbox, "Search")?;
    assert_eq!(shown(store, folder)?, []);
    let find = |restriction, folders: &[u64], deep, live| {
        let folders = folders.to_vec();
        tell(store, folder, SearchCriteria { restriction, folders, deep, live })?;
        shown(store, folder)
    };
    let all = || Restriction::and([]);
    let parent = store.entry_id(&ObjectRef::Folder(sample.projects))?;
    let file = Restriction::equals(tags::ATTACH_LONG_FILENAME, "readme.txt");
    let clara = Restriction::contains(tags::EMAIL_ADDRESS, "CLARA@");
    let sub = |subobject, inner| Restriction::Sub { subobject, restriction: Box::new(inner) };
    for live in [false, true] {
        let here = [sample.note, sample.report, sample.every_type];
        assert_eq!(find(all(), &[sample.inbox], false, live)?, sorted(here));
        let below = [sample.forwarded, sample.appointment, sample.contact];
        assert_eq!(find(all(), &[sample.projects], true, live)?, sorted(below));
        let two = [sample.projects, sample.archive];
        assert_eq!(find(all(), &two, false, live)?, sorted(below), "each of the folders");
        assert_eq!(find(all(), &two, true, live)?, sorted(below), "and each message once");
        assert_eq!(find(all(), &[], true, live)?, []);
        // What is large, computed, or in a message.
        let root = [store.info().root];
        let body = Restriction::contains(tags::BODY, "but NOT for all");
        assert_eq!(find(body, &root, true, live)?, [sample.report]);
        let to = sub(tags::MESSAGE_RECIPIENTS, clara.clone());
        let mails = [sample.note, sample.report, sample.forwarded, sample.appointment];
        assert_eq!(find(to, &root, true, live)?, sorted(mails));
        let with = sub(tags::MESSAGE_ATTACHMENTS, file.clone());
        assert_eq!(find(with, &root, true, live)?, [sample.forwarded]);
        let rest = Restriction::equals(tags::NORMALIZED_SUBJECT, "FW: The first letter");
        assert_eq!(find(rest, &root, true, live)?, [sample.forwarded]);
        let inside = Restriction::equals(tags::PARENT_ENTRYID, parent.as_bytes());
        let both = [sample.forwarded, sample.appointment];
        assert_eq!(find(inside, &root, true, live)?, sorted(both));
    }

    // It is shown as any table is, and not counted twice.
    for id in [sample.forwarded, sample.appointment] {
        let mut rows = 0;
        let source = RowSource::Contents(folder);
        store.rows_of(&source, &[id], Some(&[tags::SUBJECT]), &mut |row| {
            rows += usize::from(row.is_ok_and(|row| row.props.text(tags::SUBJECT).is_some()));
            std::ops::ControlFlow::Continue(())
        })?;
        assert_eq!(rows, 1);
        assert_eq!(store.parent(id)?, Some(sample.projects));
        let items = walk::inventory(store)?;
        assert_eq!(items.iter().filter(|item| item.id == id).count(), 1);
    }

    let before = shown(store, folder)?;
    let refused = [
        (sample.empty, vec![sample.inbox], all(), ErrorCode::NO_SUPPORT),
        (folder, vec![folder], all(), ErrorCode::NO_SUPPORT),
        (folder, vec![sample.note], all(), ErrorCode::NOT_FOUND),
        (
            folder,
            vec![],
            Restriction::property(tags::SUBJECT, RelOp::Re, "x"),
            ErrorCode::TOO_COMPLEX,
        ),
    ];
    for (folder, folders, restriction, code) in refused {
        let criteria = SearchCriteria { restriction, folders, deep: true, live: true };
        assert_fails(tell(store, folder, criteria), code);
    }
    assert_eq!(shown(store, folder)?, before);
    store.commit(vec![Change::SetSearch { folder, criteria: None }])?;
    assert_eq!(shown(store, folder)?, []);
    Ok(())
}

fn sorted<const N: usize>(mut ids: [u64; N]) -> Vec<u64> {
    ids.sort_unstable();
    ids.into()
}

fn live_searches_follow(subject: &dyn Subject) -> Outcome {
    let (mut store, sample) = subject.filled()?;
    let folder = search_folder(store.as_ref(), store.info().root, "Letters")?;
    let other = search_folder(store.as_ref(), store.info().root, "Other")?;
    tell(store.as_ref(), folder, about(&sample, "letter"))?;
    tell(store.as_ref(), other, about(&sample, "lunch"))?;
    assert_eq!(shown(store.as_ref(), folder)?, [sample.forwarded]);
    let note = sample.note;
    let delete = |message, soft| Change::DeleteMessage { message, soft };
    let new = |folder, associated| Change::CreateMessage {
        folder,
        associated,
        content: sample::note("a letter"),
    };
    let both = sorted([note, sample.forwarded]);
    let steps = vec![
        (retitle(note, None, "My LETTER"), both.clone(), vec![(note, ObjectChange::Found)]),
        (retitle(note, None, "letters!"), both.clone(), vec![]),
        (
            Change::MoveMessage { message: note, to: sample.empty },
            vec![sample.forwarded],
            vec![(note, ObjectChange::Lost)],
        ),
        (
            Change::MoveMessage { message: note, to: sample.archive },
            both.clone(),
            vec![(note, ObjectChange::Found)],
        ),
        (
            Change::MoveFolder { folder: sample.projects, to: sample.empty },
            vec![],
            vec![(note, ObjectChange::Lost), (sample.forwarded, ObjectChange::Lost)],
        ),
        (
            Change::MoveFolder { folder: sample.projects, to: sample.inbox },
            both.clone(),
            vec![(note, ObjectChange::Found), (sample.forwarded, ObjectChange::Found)],
        ),
        (new(sample.inbox, true), both, vec![]),
        (delete(sample.forwarded, false), vec![note], vec![(sample.forwarded, ObjectChange::Lost)]),
        (Change::DeleteFolder { folder: sample.archive }, vec![], vec![(note, ObjectChange::Lost)]),
    ];
    let mut cursor = store.changes_since(0)?.cursor;
    for (change, expected, mut links) in steps {
        let text = format!("{change:?}");
        // Whoever makes it.
        let writer = Arc::clone(&store);
        thread::spawn(move || writer.commit(vec![change])).join().map_err(|_| "a panic")??;
        assert_eq!(shown(store.as_ref(), folder)?, expected, "after {text}");
        let bag = store.properties(&ObjectRef::Folder(folder), 4096)?;
        assert_eq!(bag.i32(tags::CONTENT_COUNT), Some(expected.len() as i32), "after {text}");
        let changes = store.changes_since(cursor)?;
        let mut found: Vec<_> = changes
            .events
            .iter()
            .filter(|event| event.parent == Some(folder))
            .filter(|event| matches!(event.change, ObjectChange::Found | ObjectChange::Lost))
            .map(|event| (event.object, event.change))
            .collect();
        found.sort_by_key(|link| link.0);
        links.sort_by_key(|link| link.0);
        assert_eq!(found, links, "after {text}");
        assert!(links.is_empty() || changes.objects().contains(&folder), "after {text}");
        cursor = changes.cursor;
    }

    // It goes on when the store is opened again.
    store = subject.reopen(store)?;
    let made = store.commit(vec![new(sample.inbox, false)])?.created[0];
    assert_eq!(shown(store.as_ref(), folder)?, [made]);
    if store.info().capability.has(Capability::SOFT_DELETE) {
        store.commit(vec![delete(made, true)])?;
        assert_eq!(shown(store.as_ref(), folder)?, []);
        store.commit(vec![Change::RestoreMessage { message: made }])?;
        assert_eq!(shown(store.as_ref(), folder)?, [made]);
    }
    // What it shows stays when it goes.
    store.commit(vec![Change::DeleteFolder { folder }])?;
    assert!(store.properties(&ObjectRef::message(made), 0).is_ok());
    assert_eq!(store.parent(made)?, Some(sample.inbox));
    Ok(())
}

fn static_searches_stay(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let folder = search_folder(store.as_ref(), store.info().root, "Letters")?;
    let criteria = SearchCriteria { live: false, ..about(&sample, "e") };
    tell(store.as_ref(), folder, criteria.clone())?;
    let found = shown(store.as_ref(), folder)?;
    assert!(found.contains(&sample.report) && found.contains(&sample.forwarded), "{found:?}");
    store.commit(vec![
        Change::CreateMessage {
            folder: sample.inbox,
            associated: false,
            content: sample::note("one more e"),
        },
        Change::UpdateMessage {
            message: sample.report,
            expected: None,
            update: MessageUpdate { delete: vec![tags::SUBJECT.id()], ..MessageUpdate::default() },
        },
        Change::MoveMessage { message: sample.report, to: sample.empty },
    ])?;
    assert_eq!(shown(store.as_ref(), folder)?, found);
    let store = subject.reopen(store)?;
    assert_eq!(shown(store.as_ref(), folder)?, found);
    store.commit(vec![Change::DeleteMessage { message: sample.report, soft: false }])?;
    let mut left = found;
    left.retain(|id| *id != sample.report);
    assert_eq!(shown(store.as_ref(), folder)?, left);
    // Told once more, it finds anew.
    tell(store.as_ref(), folder, criteria)?;
    assert_ne!(shown(store.as_ref(), folder)?, left);
    Ok(())
}
