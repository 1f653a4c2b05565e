//! What the layout of the file is worth, and many folders.

use std::path::Path;
use std::time::Instant;

use mapix_core::prop::{PropBag, tags};
use mapix_core::restriction::Restriction;
use mapix_core::store::Change;
use mapix_core::table::{Bookmark, SortKey, SortOrderSet};
use mapix_core::{Mapi, OpenOptions};
use mapix_local::LocalProvider;
use rusqlite::{Connection, OpenFlags};

use crate::{Outcome, ms, open, resident, say};

/// How many bytes the full-text index of a store takes.
pub(crate) fn index_size(path: &Path) -> Outcome {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // What FTS5 keeps apart from its data is the same for each message: some bytes of its number.
    let (data, messages): (i64, i64) = db.query_row(
        "SELECT (SELECT sum(length(block) + 12) FROM fts_data), (SELECT count(*) FROM place)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    const BESIDE: i64 = 45;
    say("bytes of the index", (data + messages * BESIDE) as f64);
    Ok(())
}

/// Copies the rows of a store, in the order in which the messages came, into a table in which a
/// folder has its rows where they came to lie.
pub(crate) fn unclustered(store: &Path, path: &Path) -> Outcome {
    let db = Connection::open(path)?;
    db.pragma_update(None, "page_size", 16384)?;
    db.execute("ATTACH ? AS store", [store.to_str().ok_or("the name")?])?;
    db.execute_batch(
        "CREATE TABLE loose AS SELECT * FROM store.msg ORDER BY id;
         CREATE INDEX loose_folder ON loose (folder, shelf, received);",
    )?;
    Ok(())
}

/// The first rows of the folder with the most, in an unusual order, from a table as it is.
pub(crate) fn folder(path: &Path, table: &str) -> Outcome {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let newest: i64 =
        db.query_row(&format!("SELECT max(folder) FROM {table}"), [], |row| row.get(0))?;
    let start = Instant::now();
    let sql = format!(
        "SELECT id FROM {table} WHERE folder = ? AND shelf = 0
         ORDER BY importance DESC, subject LIMIT 50"
    );
    let mut select = db.prepare(&sql)?;
    let rows = select.query_map([newest], |row| row.get::<_, i64>(0))?.count();
    say("first 50 of a folder", ms(start.elapsed()));
    say("rows", rows as f64);
    Ok(())
}

/// Makes folders, a hundred in each, and walks, sorts, searches and counts them.
pub(crate) fn folders(path: &Path, count: u64) -> Outcome {
    let start = Instant::now();
    {
        let store = open(path)?;
        let mut parents = vec![store.info().root];
        let (mut made, mut next) = (0, 0);
        while made < count {
            let mut changes = Vec::new();
            // A commit knows no folder that it makes itself.
            for parent in &parents[next..] {
                for _ in 0..100.min(count - made) {
                    let mut properties = PropBag::new();
                    let name = format!("folder {}", made.wrapping_mul(7919) % 1_000_003);
                    properties.set(tags::DISPLAY_NAME, name.as_str());
                    changes.push(Change::CreateFolder {
                        parent: *parent,
                        search: false,
                        properties,
                        copy_of: None,
                    });
                    made += 1;
                }
                next += 1;
                if changes.len() >= 1000 {
                    break;
                }
            }
            parents.extend(store.commit(changes)?.created);
        }
        store.logoff()?;
    }
    say("making them, s", start.elapsed().as_secs_f64());

    let session =
        Mapi::with_providers(vec![std::sync::Arc::new(LocalProvider::default())]).session();
    let root = session.open_store(path, &OpenOptions::default())?.root()?;
    let table = root.hierarchy_table(true)?;
    table.set_columns(&[tags::DISPLAY_NAME, tags::DEPTH, tags::CONTENT_COUNT])?;
    let start = Instant::now();
    let mut rows = 0;
    loop {
        let some = table.query_rows(1000, false)?;
        if some.is_empty() {
            break;
        }
        rows += some.len();
    }
    say("walking them, s", start.elapsed().as_secs_f64());
    say("folders walked", rows as f64);
    let start = Instant::now();
    table.sort(SortOrderSet::new([SortKey::ascending(tags::DISPLAY_NAME)]))?;
    table.seek(Bookmark::BEGINNING, 0)?;
    table.query_rows(50, false)?;
    say("first 50 by name, s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    table.restrict(Some(&Restriction::contains(tags::DISPLAY_NAME, "4711")))?;
    say("folders with 4711 in their names", table.row_count()?.value as f64);
    say("finding them, s", start.elapsed().as_secs_f64());
    resident("folders, peak MB")?;
    session.logoff();
    Ok(())
}
