//! What a store may answer better than by being walked must be the same answer.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use mapix_core::ledger::Ledger;
use mapix_core::prop::{PropTag, tags};
use mapix_core::query::{Context, Query as Text, Searcher};
use mapix_core::restriction::{RelOp, Restriction};
use mapix_core::store::{MessageStore, ObjectRef, Row, RowQuery, RowSource, SearchRequest};
use mapix_core::table::{Query, SortKey, SortOrderSet};
use mapix_core::{Contents, Mapi, Result, Session, Store};

use super::{LIMIT, cases};
use crate::plain::Plain;
use crate::{Need, Outcome, Subject, walk};

cases! {
    "shortcut";
    rows_of_equals_rows: Need::Nothing;
    rows_of_leaves_out_what_is_gone: Need::Nothing;
    query_equals_the_core: Need::Nothing;
    query_stops_at_the_limit: Need::Nothing;
    counts_equal_rows: Need::Nothing;
    search_equals_the_core: Need::Nothing;
}

const COLUMNS: [PropTag; 5] = [
    tags::DISPLAY_NAME,
    tags::SUBJECT,
    tags::MESSAGE_FLAGS,
    tags::MESSAGE_DELIVERY_TIME,
    tags::CONTENT_COUNT,
];

/// The tables of folders.
fn tables(store: &dyn MessageStore) -> Result<Vec<RowSource>> {
    let of_folder = |source: &RowSource| {
        matches!(
            source,
            RowSource::Hierarchy(_)
                | RowSource::Contents(_)
                | RowSource::Associated(_)
                | RowSource::Deleted(_)
        )
    };
    Ok(walk::sources(store, LIMIT)?.into_iter().filter(of_folder).collect())
}

fn rows_of(store: &dyn MessageStore, source: &RowSource, ids: &[u64]) -> Result<Vec<Row>> {
    let mut found = Vec::new();
    store.rows_of(source, ids, Some(&COLUMNS), &mut |row| {
        found.extend(row);
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

fn rows_of_equals_rows(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for source in tables(store.as_ref())? {
        let all = walk::rows(store.as_ref(), &source, Some(&COLUMNS))?;
        let all: Vec<Row> = all.into_iter().flatten().take(LIMIT).collect();
        // From the last, and only every other one: in the order in which they are named.
        let wanted: Vec<&Row> = all.iter().rev().step_by(2).collect();
        let ids: Vec<u64> = wanted.iter().map(|row| row.id).collect();
        let found = rows_of(store.as_ref(), &source, &ids)?;
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{source:?}");
        if ids.len() > 1 {
            let mut visits = 0;
            store.rows_of(&source, &ids, None, &mut |_| {
                visits += 1;
                ControlFlow::Break(())
            })?;
            assert_eq!(visits, 1, "{source:?}: it goes on after a break");
        }
    }
    Ok(())
}

fn rows_of_leaves_out_what_is_gone(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let tables = tables(store.as_ref())?;
    for (n, source) in tables.iter().enumerate() {
        let own = walk::row_ids(store.as_ref(), source)?;
        let other = &tables[(n + 1) % tables.len()];
        let foreign = walk::row_ids(store.as_ref(), other)?;
        let foreign = foreign.into_iter().filter(|id| !own.contains(id)).take(2);
        let mut ids = vec![u64::MAX];
        ids.extend(own.first());
        ids.extend(foreign);
        let found: Vec<u64> =
            rows_of(store.as_ref(), source, &ids)?.iter().map(|row| row.id).collect();
        assert_eq!(found, own.first().copied().into_iter().collect::<Vec<_>>(), "{source:?}");
    }
    Ok(())
}

/// A session in which the core does all the work.
fn plain(store: &Arc<dyn MessageStore>) -> Result<(Session, Store)> {
    let session = Mapi::with_providers(Vec::new()).session();
    let plain = session.attach(Arc::new(Plain(Arc::clone(store))), false)?;
    Ok((session, plain))
}

fn restrictions() -> Vec<Option<Restriction>> {
    let word = |tag, text: &str| Restriction::contains(tag, text);
    vec![
        None,
        Some(word(tags::SUBJECT, "LETTER")),
        Some(word(tags::BODY, "but not for all")),
        Some(Restriction::exists(tags::INTERNET_MESSAGE_ID)),
        Some(Restriction::not(Restriction::equals(tags::MESSAGE_CLASS, "ipm.note"))),
        Some(Restriction::and([
            Restriction::property(tags::IMPORTANCE, RelOp::Ge, 1),
            Restriction::or([word(tags::SENDER_NAME, "ann"), word(tags::DISPLAY_NAME, "e")]),
        ])),
        Some(Restriction::BitMask { tag: tags::MESSAGE_FLAGS, mask: 1, non_zero: false }),
        Some(Restriction::Sub {
            subobject: tags::MESSAGE_RECIPIENTS,
            restriction: Box::new(word(tags::DISPLAY_NAME, "m\u{FC}ller")),
        }),
        Some(Restriction::or([])),
    ]
}

fn sorts() -> Vec<Vec<SortKey>> {
    vec![
        Vec::new(),
        vec![SortKey::ascending(tags::SUBJECT)],
        vec![SortKey::descending(tags::MESSAGE_DELIVERY_TIME), SortKey::ascending(tags::SUBJECT)],
        vec![SortKey::ascending(tags::IMPORTANCE), SortKey::descending(tags::MESSAGE_CLASS)],
    ]
}

/// What the core makes of a query.
fn by_the_core(
    store: &Store,
    source: &RowSource,
    restriction: Option<&Restriction>,
    sort: &[SortKey],
) -> Result<Vec<u64>> {
    let table = match source {
        RowSource::Hierarchy(id) => store.open_folder(*id)?.hierarchy_table(false)?,
        RowSource::Contents(id) => store.open_folder(*id)?.contents_table(Contents::Normal)?,
        RowSource::Deleted(id) => store.open_folder(*id)?.contents_table(Contents::Deleted)?,
        RowSource::Associated(id) => {
            store.open_folder(*id)?.contents_table(Contents::Associated)?
        }
        _ => return Ok(Vec::new()),
    };
    let rows = table.query_all(Query {
        restriction: restriction.cloned(),
        sort: Some(SortOrderSet::new(sort.iter().copied())),
        ..Query::default()
    })?;
    Ok(rows.iter().map(|row| row.id).collect())
}

fn query_equals_the_core(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let (_session, plain) = plain(&store)?;
    for source in tables(store.as_ref())? {
        for restriction in restrictions() {
            for sort in sorts() {
                let restriction = restriction.as_ref();
                let query = RowQuery { source: &source, restriction, sort: &sort, limit: None };
                // A store that cannot answer leaves it to the core.
                let Some(found) = store.query(&query)? else { continue };
                let expected = by_the_core(&plain, &source, restriction, &sort)?;
                assert_eq!(found, expected, "{query:?}");
            }
        }
    }
    Ok(())
}

fn query_stops_at_the_limit(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for source in tables(store.as_ref())? {
        for sort in sorts() {
            let query = |limit| RowQuery { source: &source, restriction: None, sort: &sort, limit };
            let Some(all) = store.query(&query(None))? else { continue };
            for limit in [0, 1, 2, all.len(), all.len() + 1] {
                // If it can answer without a limit, it can with one.
                let some = store.query(&query(Some(limit)))?;
                let first = &all[..limit.min(all.len())];
                assert_eq!(some.as_deref(), Some(first), "{source:?} {sort:?} {limit}");
            }
        }
    }
    Ok(())
}

fn counts_equal_rows(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    for source in walk::sources(store.as_ref(), LIMIT)? {
        if let Some(count) = store.row_count(&source)? {
            let rows = walk::rows(store.as_ref(), &source, Some(&[]))?;
            assert_eq!(count, rows.len() as u64, "{source:?}");
        }
    }
    Ok(())
}

fn search_equals_the_core(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let (_session, plain) = plain(&store)?;
    let texts = [
        "*",
        "letter",
        "figures",
        "subject:letter*",
        "from:ann -subject:FW",
        "\"first letter\" OR planning",
        "has:attachment",
        "to:muller",
        "received:2024",
        "size:>10k",
        "nothing-has-this",
        "is:hidden",
    ];
    let root = plain.root()?;
    let below = root.folders()?.into_parts().0;
    for text in texts {
        let query = Text::parse(text, &Context::now()).map_err(|error| error.render(text, 80))?;
        for folder in [None, below.first()] {
            let (held, below) = (query.held(), folder.map(mapix_core::Folder::id));
            let request = SearchRequest { query: &query, held: &held, below };
            let mut hits = Vec::new();
            let plan = store.search(&request, &mut |hit| {
                hits.push(hit);
                ControlFlow::Continue(())
            })?;
            // A store without an index for it leaves it to the core.
            if plan.is_none() {
                assert!(hits.is_empty(), "`{text}`: hits, and yet no plan");
                continue;
            }
            let mut walked = BTreeSet::new();
            let mut searcher = Searcher::new(&plain, query.clone());
            if let Some(folder) = folder {
                searcher = searcher.below(folder);
            }
            let _ = searcher.run(&mut Ledger::new(), &mut |hit| {
                walked.insert(hit.message);
                ControlFlow::Continue(())
            })?;
            let all: BTreeSet<u64> = hits.iter().map(|hit| hit.message).collect();
            assert_eq!(all.len(), hits.len(), "`{text}` finds something twice");
            assert!(all.is_superset(&walked), "`{text}` misses {:?}", &walked - &all);
            let mut last = None;
            for hit in hits {
                let fits = walked.contains(&hit.message);
                assert!(fits || !hit.certain, "`{text}` is certain of {}", hit.message);
                assert_eq!(store.parent(hit.message)?, Some(hit.folder), "`{text}`");
                let bag = store.properties(&ObjectRef::message(hit.message), 0)?;
                let time = bag.time(tags::MESSAGE_DELIVERY_TIME);
                assert!(last.is_none_or(|last| time <= last), "`{text}` is out of order");
                last = Some(time);
            }
            let mut visits = 0;
            store.search(&request, &mut |_| {
                visits += 1;
                ControlFlow::Break(())
            })?;
            assert!(visits <= 1, "`{text}` goes on after a break");
        }
    }
    Ok(())
}

/// The sample has what the texts look for, so that finding nothing is no proof.
#[cfg(test)]
mod tests {
    use mapix_core::store::MemoryStore;

    use super::*;
    use crate::sample;

    #[test]
    fn the_core_finds_something_in_the_sample() {
        let store: Arc<dyn MessageStore> = Arc::new(MemoryStore::new("sample"));
        let sample = sample::fill(store.as_ref()).unwrap();
        let (_session, plain) = plain(&store).unwrap();
        let source = RowSource::Contents(sample.inbox);
        let found: Vec<usize> = restrictions()
            .iter()
            .map(|one| by_the_core(&plain, &source, one.as_ref(), &[]).unwrap().len())
            .collect();
        assert_eq!(found, [3, 0, 1, 2, 1, 2, 1, 2, 0]);
    }
}
