use std::collections::HashMap;
use std::ops::ControlFlow;

use mapix_core::ErrorCode;
use mapix_core::prop::{Prop, PropBag, PropTag, Value, tags};
use mapix_core::store::{Capability, MessageRef, ObjectRef, RowSource};

use super::{LIMIT, assert_fails, cases, missing_objects};
use crate::{Need, Outcome, Subject, walk};

cases! {
    "rows";
    rows_have_the_columns: Need::Nothing;
    rows_hold_nothing_else: Need::Nothing;
    rows_stop_when_told: Need::Nothing;
    a_broken_row_costs_only_itself: Need::Nothing;
    rows_of_a_missing_object_are_not_found: Need::Nothing;
    table_columns_hold_what_rows_hold: Need::Nothing;
}

const COLUMNS: [PropTag; 8] = [
    tags::DISPLAY_NAME,
    tags::MESSAGE_CLASS,
    tags::SUBJECT,
    tags::MESSAGE_DELIVERY_TIME,
    tags::BODY,
    tags::RECIPIENT_TYPE,
    tags::ATTACH_METHOD,
    tags::ENTRYID,
];

fn rows_have_the_columns(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let full = store.info().capability.has(Capability::FULL_ROWS);
    for source in walk::sources(store.as_ref(), LIMIT)? {
        let all: HashMap<u64, PropBag> = walk::rows(store.as_ref(), &source, None)?
            .into_iter()
            .flatten()
            .map(|row| (row.id, row.props))
            .collect();
        for row in walk::rows(store.as_ref(), &source, Some(&COLUMNS))?.into_iter().flatten() {
            let whole = all.get(&row.id).ok_or("a row without its whole row")?;
            let object = object(&source, row.id).filter(|_| full);
            let stored = object.map(|object| store.properties(&object, u64::MAX)).transpose()?;
            for id in COLUMNS.map(PropTag::id) {
                let place = format!("{source:?} row {} 0x{id:04X}", row.id);
                assert_eq!(row.props.find(id), whole.find(id), "{place}");
                let Some(stored) = &stored else { continue };
                let (shown, kept) = (row.props.find(id), stored.find(id));
                assert_eq!(shown.map(|p| p.tag), kept.map(|p| p.tag), "{place}");
                let (Some(shown), Some(kept)) = (shown, kept) else { continue };
                match shown.value {
                    Value::Large(_, size) => assert!(size > 4096, "{place}: {size}"),
                    ref value => assert_eq!(*value, kept.value, "{place}"),
                }
            }
        }
    }
    Ok(())
}

/// The object behind a row of a contents table.
fn object(source: &RowSource, id: u64) -> Option<ObjectRef> {
    matches!(source, RowSource::Contents(_) | RowSource::Associated(_))
        .then(|| ObjectRef::message(id))
}

fn rows_hold_nothing_else(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for source in walk::sources(store.as_ref(), LIMIT)? {
        for columns in [&COLUMNS[..], &COLUMNS[..1], &[]] {
            for row in walk::rows(store.as_ref(), &source, Some(columns))?.into_iter().flatten() {
                let strange =
                    |prop: &&Prop| !columns.iter().any(|column| column.id() == prop.tag.id());
                assert_eq!(row.props.iter().find(strange), None, "{source:?} row {}", row.id);
            }
        }
    }
    Ok(())
}

fn rows_stop_when_told(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for source in walk::sources(store.as_ref(), LIMIT)? {
        let all = walk::row_ids(store.as_ref(), &source)?.len();
        for stop in 1..=all.min(3) {
            let mut visits = 0;
            store.rows(&source, None, &mut |_| {
                visits += 1;
                if visits == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            assert_eq!(visits, stop, "{source:?}");
        }
    }
    let mut visits = 0;
    store.inventory(&mut |_| {
        visits += 1;
        ControlFlow::Break(())
    })?;
    assert_eq!(visits, 1, "the inventory");
    Ok(())
}

/// Shows something only on a store with damaged tables.
fn a_broken_row_costs_only_itself(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let mut broken = 0;
    for source in walk::sources(store.as_ref(), LIMIT)? {
        let rows = walk::readable(walk::rows(store.as_ref(), &source, None))?;
        broken += rows.unwrap_or_default().iter().filter(|row| row.is_err()).count();
    }
    assert!(broken == 0 || !store.diagnostics().is_empty(), "{broken} without a diagnostic");
    Ok(())
}

fn rows_of_a_missing_object_are_not_found(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let mut sources = Vec::new();
    for object in missing_objects(store.as_ref())? {
        match object {
            ObjectRef::Folder(id) => sources.extend([
                RowSource::Hierarchy(id),
                RowSource::Contents(id),
                RowSource::Associated(id),
                RowSource::Deleted(id),
            ]),
            ObjectRef::Message(message) => sources
                .extend([RowSource::Recipients(message.clone()), RowSource::Attachments(message)]),
            ObjectRef::Attachment(message, number) => {
                let inside: MessageRef = message.inside(number);
                sources.push(RowSource::Attachments(inside));
            }
            ObjectRef::Store => {}
        }
    }
    for source in sources {
        let rows = walk::rows(store.as_ref(), &source, None);
        assert!(rows.is_err(), "{source:?}");
        assert_fails(rows, ErrorCode::NOT_FOUND);
    }
    Ok(())
}

fn table_columns_hold_what_rows_hold(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for source in walk::sources(store.as_ref(), LIMIT)? {
        let stands_for = object(&source, 1);
        if !matches!(stands_for, Some(ObjectRef::Folder(_) | ObjectRef::Message(_))) {
            continue;
        }
        let columns = store.table_columns(&source)?;
        for row in walk::rows(store.as_ref(), &source, None)?.into_iter().flatten() {
            let place = format!("{source:?} row {}", row.id);
            if let Some(columns) = &columns {
                let strange =
                    |prop: &&Prop| !columns.iter().any(|column| column.id() == prop.tag.id());
                assert_eq!(row.props.iter().find(strange), None, "{place}");
            } else if let Some(object) = object(&source, row.id) {
                let stored = store.properties(&object, 0)?;
                let missing = |prop: &&Prop| row.props.find(prop.tag.id()).is_none();
                assert_eq!(stored.iter().find(missing), None, "{place}");
            }
        }
    }
    Ok(())
}
