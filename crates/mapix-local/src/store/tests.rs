use mapix_conformance::{image, sample};
use mapix_core::ErrorCode;
use mapix_core::prop::tags;
use mapix_core::store::{Change, MessageStore as _};

use super::LocalStore;
use crate::error::Sql;

#[test]
fn a_full_disk_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::create(directory.path().join("full.mapix")).unwrap();
    let sample = sample::fill(&store).unwrap();
    // A limit on the pages is what a full disk is to SQLite.
    let limit = |connection: &rusqlite::Connection| {
        let pages: i64 = connection.pragma_query_value(None, "page_count", |r| r.get(0)).sql()?;
        let set = format!("PRAGMA max_page_count = {}", pages + 2);
        connection.query_row(&set, [], |_| Ok(())).sql()
    };
    store.db.exclusive(limit).unwrap();
    let before = image::of(&store).unwrap();
    for size in [200_000, 20_000_000] {
        let mut content = sample::note("large");
        content.streams.push(sample::stream(tags::HTML, sample::noise(size)));
        let change = Change::CreateMessage { folder: sample.empty, associated: false, content };
        let error = store.commit(vec![change]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NOT_ENOUGH_DISK, "{error}");
        image::assert_same(&before, &image::of(&store).unwrap());
    }
}
