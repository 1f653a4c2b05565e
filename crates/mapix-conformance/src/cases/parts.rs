use mapix_core::Result;
use mapix_core::store::{Capability, MessageRef, MessageStore, ObjectRef, Parts, RowSource};

use super::cases;
use crate::{Need, Outcome, Subject, walk};

cases! {
    "parts";
    parts_are_counted_at_every_depth: Need::Nothing;
}

fn parts_are_counted_at_every_depth(subject: &dyn Subject) -> Outcome {
    let store = subject.open()?;
    if store.info().capability.has(Capability::WRITE) {
        let sample = crate::sample::fill(store.as_ref())?;
        assert_eq!(store.parts(sample.note)?, Parts::default());
        assert_eq!(store.parts(sample.forwarded)?, Parts { attachments: 4, embedded: 2 });
    }
    for message in walk::objects(store.as_ref(), super::LIMIT)? {
        let ObjectRef::Message(message) = message else { continue };
        if message.embedded.is_empty() {
            let mut walked = Parts::default();
            let whole = count(store.as_ref(), &message, &mut walked)?;
            let parts = store.parts(message.id)?;
            // What the tables of a damaged message do not show may be counted all the same.
            let fits = if whole {
                parts == walked
            } else {
                parts.attachments >= walked.attachments && parts.embedded >= walked.embedded
            };
            assert!(fits, "{message:?}: {parts:?} by the index, {walked:?} by the tables");
        }
    }
    Ok(())
}

/// Counts by the tables; whether all of them could be read.
fn count(store: &dyn MessageStore, message: &MessageRef, parts: &mut Parts) -> Result<bool> {
    let source = RowSource::Attachments(message.clone());
    let Some(rows) = walk::readable(walk::rows(store, &source, Some(&[])))? else {
        return Ok(false);
    };
    let mut whole = true;
    for row in rows {
        let Ok(row) = row else {
            whole = false;
            continue;
        };
        parts.attachments += 1;
        let inside = message.inside(row.id as u32);
        if store.properties(&ObjectRef::Message(inside.clone()), 0).is_ok() {
            parts.embedded += 1;
            whole &= count(store, &inside, parts)?;
        }
    }
    Ok(whole)
}
