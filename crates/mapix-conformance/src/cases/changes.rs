use mapix_core::prop::{PropBag, tags};
use mapix_core::store::{Capability, Change};

use super::cases;
use super::commit::retitle;
use crate::{Need, Outcome, Subject, sample};

cases! {
    "changes";
    changes_name_every_object: Need::Able(Capability::WRITE);
    changes_start_at_the_cursor: Need::Nothing;
}

fn changes_name_every_object(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let mut set = PropBag::new();
    set.set(tags::COMMENT, "changed");
    let root = store.info().root;
    let new =
        |folder| Change::CreateMessage { folder, associated: false, content: sample::note("new") };
    let folder = |parent| Change::CreateFolder { parent, search: false, properties: set.clone() };
    let steps: Vec<(Change, Vec<u64>)> = vec![
        (new(sample.empty), vec![sample.empty]),
        (folder(sample.empty), vec![sample.empty]),
        (retitle(sample.note, None, "changed"), vec![sample.note, sample.inbox]),
        (
            Change::UpdateFolder { folder: sample.inbox, set: set.clone(), delete: Vec::new() },
            vec![sample.inbox, root],
        ),
        (Change::UpdateStore { set: set.clone(), delete: Vec::new() }, vec![0]),
        (
            Change::MoveMessage { message: sample.note, to: sample.empty },
            vec![sample.note, sample.inbox, sample.empty],
        ),
        (
            Change::MoveFolder { folder: sample.archive, to: sample.empty },
            vec![sample.archive, sample.projects, sample.empty],
        ),
        (
            Change::DeleteMessage { message: sample.report, soft: false },
            vec![sample.report, sample.inbox],
        ),
        (
            Change::DeleteFolder { folder: sample.projects },
            vec![sample.projects, sample.inbox, sample.forwarded, sample.appointment],
        ),
        (Change::SetReceiveFolder { class: "IPM".to_owned(), folder: None }, Vec::new()),
    ];
    let mut cursor = store.changes_since(0)?.cursor;
    for (change, mut expected) in steps {
        let text = format!("{change:?}");
        let commit = store.commit(vec![change])?;
        expected.extend(&commit.created);
        let changes = store.changes_since(cursor)?;
        for id in &expected {
            assert!(changes.objects().contains(id), "{id} is not in {changes:?} after {text}");
        }
        assert_eq!(changes.events.len(), changes.objects().len(), "{changes:?} after {text}");
        assert_eq!(changes.cursor, commit.cursor, "after {text}");
        cursor = changes.cursor;
    }
    Ok(())
}

fn changes_start_at_the_cursor(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let start = store.changes_since(0)?.cursor;
    assert_eq!(store.changes_since(start)?.objects(), []);
    assert_eq!(store.changes_since(start)?.cursor, start);
    if !store.info().capability.has(Capability::WRITE) {
        assert_eq!(store.changes_since(0)?.objects(), []);
        return Ok(());
    }
    let root = store.info().root;
    let first = sample::folder(store.as_ref(), root, "first")?;
    let between = store.changes_since(start)?;
    assert!(between.objects().contains(&first));
    let second = sample::folder(store.as_ref(), root, "second")?;
    let after = store.changes_since(between.cursor)?.objects();
    assert!(after.contains(&second) && !after.contains(&first), "{after:?}");
    let both = store.changes_since(start)?.objects();
    assert!(both.contains(&first) && both.contains(&second), "{both:?}");
    let empty = store.commit(Vec::new())?;
    assert_eq!(store.changes_since(empty.cursor)?.objects(), []);
    Ok(())
}
