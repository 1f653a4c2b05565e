//! Tables: the same rows whatever the store can do, and categories.

use std::sync::Arc;

use mapix_core::prop::{PropTag, Value, tags};
use mapix_core::restriction::{RelOp, Restriction};
use mapix_core::store::{Capability, RowQuery, RowSource};
use mapix_core::table::{Bookmark, Query, SortKey, SortOrderSet, Table, TableRow};
use mapix_core::{Contents, Folder, Mapi, Result};

use super::read::folders;
use crate::cases::cases;
use crate::plain::Plain;
use crate::{Need, Outcome, Subject, walk};

cases! {
    "session";
    tables_are_the_same_whatever_the_store_answers: Need::Nothing;
    tables_group_rows_into_categories: Need::Able(Capability::WRITE);
}

const COLUMNS: [PropTag; 6] = [
    tags::ENTRYID,
    tags::INSTANCE_KEY,
    tags::PARENT_ENTRYID,
    tags::SUBJECT,
    tags::MESSAGE_FLAGS,
    tags::MESSAGE_DELIVERY_TIME,
];

/// Sections 19 and 23.
fn tables_are_the_same_whatever_the_store_answers(subject: &dyn Subject) -> Outcome {
    let inner = subject.stocked()?;
    let source = RowSource::Contents(inner.info().root);
    let nothing = RowQuery { source: &source, restriction: None, sort: &[], limit: Some(0) };
    if inner.query(&nothing)?.is_none() {
        // It leaves everything to the core.
        return Ok(());
    }
    let session = Mapi::with_providers(Vec::new()).session();
    let quick = session.attach(inner.clone(), false)?;
    let plain_session = Mapi::with_providers(Vec::new()).session();
    let plain = plain_session.attach(Arc::new(Plain(inner)), false)?;
    let sorts = [
        vec![],
        vec![SortKey::descending(tags::MESSAGE_DELIVERY_TIME)],
        vec![SortKey::ascending(tags::SUBJECT), SortKey::descending(tags::MESSAGE_SIZE)],
        vec![SortKey::ascending(tags::NORMALIZED_SUBJECT)],
        vec![SortKey::descending(tags::ENTRYID)],
    ];
    let restrictions = [
        None,
        Some(Restriction::contains(tags::SUBJECT, "e")),
        Some(Restriction::property(tags::MESSAGE_FLAGS, RelOp::Ge, 1)),
        Some(Restriction::equals(tags::HASATTACH, true)),
    ];
    for folder in folders(&quick)?.into_iter().take(12) {
        let other = plain.open_folder(folder.id())?;
        for which in [Contents::Normal, Contents::Associated, Contents::Deleted] {
            for sort in &sorts {
                for restriction in &restrictions {
                    let pair = [folder.contents_table(which)?, other.contents_table(which)?];
                    compare(&pair, sort, restriction.as_ref())?;
                }
            }
        }
    }
    Ok(())
}

fn compare(pair: &[Table; 2], sort: &[SortKey], restriction: Option<&Restriction>) -> Outcome {
    let both = |ask: &dyn Fn(&Table) -> Result<String>| -> Outcome {
        let [quick, plain] = pair;
        assert_eq!(ask(quick)?, ask(plain)?, "{sort:?} {restriction:?}");
        Ok(())
    };
    let text = |rows: Vec<TableRow>| format!("{rows:?}");
    if walk::readable(pair[0].row_count())?.is_none() {
        return Ok(());
    }
    for table in pair {
        table.set_columns(&COLUMNS)?;
        table.sort(SortOrderSet::new(sort.iter().copied()))?;
        table.restrict(restriction)?;
    }
    both(&|table| table.query_rows(3, false).map(text))?;
    both(&|table| table.query_rows(-2, true).map(text))?;
    for backward in [false, true] {
        let search = Restriction::contains(tags::SUBJECT, "a");
        let origin = if backward { Bookmark::END } else { Bookmark::BEGINNING };
        both(&|table| Ok(format!("{:?}", table.find(&search, origin, backward).ok())))?;
    }
    both(&|table| table.position().map(|position| format!("{position:?}")))?;
    both(&|table| table.seek(Bookmark::END, -2).map(|found| format!("{found:?}")))?;
    both(&|table| table.query_rows(2, false).map(text))?;
    both(&|table| table.query_all(Query::default()).map(text))
}

/// Section 19.
fn tables_group_rows_into_categories(subject: &dyn Subject) -> Outcome {
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(subject.open()?, true)?;
    let folder = store.root()?.create_folder("Inbox", false)?;
    for (subject, importance, read) in [("a", 2, true), ("b", 0, false), ("c", 2, false)] {
        let message = folder.create_message()?;
        message.set(tags::SUBJECT, subject)?;
        message.set(tags::IMPORTANCE, importance)?;
        message.set(tags::MESSAGE_FLAGS, i32::from(read))?;
        message.save()?;
    }
    let table = grouped(&folder)?;
    let lines = |table: &Table| -> Result<Vec<String>> {
        Ok(table.query_all(Query::default())?.iter().map(line).collect())
    };
    let headings = ["2 4 2 1 -", "0 4 1 1 -"];
    assert_eq!(lines(&table)?, headings);
    let first = table.rows().next().ok_or("the table has no rows")??;
    let key = first.get(tags::INSTANCE_KEY).and_then(Value::as_bytes).ok_or("it has no key")?;
    let found = table.expand(key, 5)?;
    assert_eq!((found.added, found.rows.len()), (2, 2));
    let expanded = ["2 3 2 1 -", "- 1 - - \"a\"", "- 1 - - \"c\"", "0 4 1 1 -"];
    assert_eq!(lines(&table)?, expanded);
    let state = table.collapse_state(key)?;
    let again = grouped(&folder)?;
    again.set_collapse_state(&state)?;
    assert_eq!(lines(&again)?, expanded, "another table shows what the state says");
    assert_eq!(table.collapse(key)?, 2);
    assert_eq!(lines(&table)?, headings);
    Ok(())
}

fn grouped(folder: &Folder) -> Result<Table> {
    let table = folder.contents_table(Contents::Normal)?;
    table.set_columns(&[
        tags::IMPORTANCE,
        tags::ROW_TYPE,
        tags::CONTENT_COUNT,
        tags::CONTENT_UNREAD,
        tags::SUBJECT,
        tags::INSTANCE_KEY,
    ])?;
    let keys = vec![SortKey::descending(tags::IMPORTANCE), SortKey::ascending(tags::SUBJECT)];
    table.sort(SortOrderSet { keys, categories: 1, expanded: 0 })?;
    Ok(table)
}

fn line(row: &TableRow) -> String {
    let shown = row.values[..5].iter().map(|prop| match &prop.value {
        Value::Error(_) => "-".to_owned(),
        Value::I32(number) => number.to_string(),
        other => format!("{:?}", other.as_text().unwrap_or_default()),
    });
    shown.collect::<Vec<_>>().join(" ")
}
