use mapix_core::prop::{PropBag, tags};
use mapix_core::store::{Capability, Change};

use super::cases;
use super::commit::retitle;
use crate::{Need, Outcome, Subject, sample};

cases! {
    "stamp";
    stamp_changes_with_the_object: Need::Able(Capability::WRITE);
    stamp_stays_otherwise: Need::Able(Capability::WRITE);
}

fn stamp_changes_with_the_object(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let note = sample.note;
    let mut stamps = vec![store.stamp(note)?];
    let mut set = PropBag::new();
    set.set(tags::DISPLAY_NAME, "New name");
    let move_it = Change::MoveMessage { message: note, to: sample.empty };
    for change in [retitle(note, None, "one"), retitle(note, None, "two"), move_it] {
        store.commit(vec![change])?;
        let stamp = store.stamp(note)?;
        assert!(!stamps.contains(&stamp), "{stamp} was there before: {stamps:?}");
        stamps.push(stamp);
    }
    let before = store.stamp(sample.empty)?;
    store.commit(vec![Change::UpdateFolder { folder: sample.empty, set, delete: Vec::new() }])?;
    assert_ne!(store.stamp(sample.empty)?, before);
    Ok(())
}

fn stamp_stays_otherwise(subject: &dyn Subject) -> Outcome {
    let (store, sample) = subject.filled()?;
    let others = [sample.inbox, sample.projects, sample.report, sample.forwarded];
    let stamps = || others.iter().map(|id| store.stamp(*id)).collect::<Result<Vec<_>, _>>();
    let before = stamps()?;
    store.commit(vec![retitle(sample.note, None, "changed")])?;
    sample::message(store.as_ref(), sample.inbox, sample::note("new"))?;
    store.commit(vec![Change::DeleteMessage { message: sample.note, soft: false }])?;
    assert_eq!(stamps()?, before);
    Ok(())
}
