//! Stores as files: opened again, read-only, damaged, of other versions, checked, compacted and
//! copied.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mapix_conformance::{image, sample, walk};
use mapix_core::prop::tags;
use mapix_core::query::{BodyText, PlainOnly, RichBody};
use mapix_core::query::{Context, Query};
use mapix_core::store::{
    AttachmentChange, Capability, Change, MessageRef, MessageStore, MessageUpdate, ObjectRef,
    RowSource, SearchRequest, Severity,
};
use mapix_core::{ErrorCode, OpenOptions, StoreProvider};
use mapix_local::{LocalProvider, LocalStore, care};
use rusqlite::Connection;
use tempfile::TempDir;

fn scratch() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.mapix");
    (directory, path)
}

fn filled() -> (TempDir, PathBuf, LocalStore, sample::Sample) {
    let (directory, path) = scratch();
    let store = LocalStore::create(&path).unwrap();
    let sample = sample::fill(&store).unwrap();
    (directory, path, store, sample)
}

fn check(path: &Path) -> Vec<String> {
    let report =
        care::check(path, false, 100, Some(&PlainOnly), &mut || ControlFlow::Continue(())).unwrap();
    assert_eq!(report.ok(), report.findings.is_empty(), "{:?}", report.findings);
    report.findings.iter().map(|found| found.rule.id.to_owned()).collect()
}

#[test]
fn a_filled_store_is_as_it_should_be_and_stays_so() {
    let (_directory, path, store, sample) = filled();
    assert_eq!(check(&path), [""; 0]);
    store
        .commit(vec![
            Change::DeleteMessage { message: sample.report, soft: true },
            Change::DeleteMessage { message: sample.forwarded, soft: false },
            Change::MoveMessage { message: sample.note, to: sample.empty },
            Change::DeleteFolder { folder: sample.archive },
            Change::SetMessageStatus { message: sample.note, mask: -1, status: 5 },
        ])
        .unwrap();
    assert_eq!(check(&path), [""; 0]);
    store.commit(vec![Change::RestoreMessage { message: sample.report }]).unwrap();
    store.commit(vec![Change::DeleteFolder { folder: sample.inbox }]).unwrap();
    assert_eq!(check(&path), [""; 0]);
}

#[test]
fn equal_attachments_are_stored_once() {
    let (_directory, path, store, sample) = filled();
    let attach = |number| MessageUpdate {
        attachments: vec![AttachmentChange::Put(
            number,
            Box::new(sample::file("same.bin", &sample::noise(3_000_000))),
        )],
        ..sample::note("with a file")
    };
    let make = |number| Change::CreateMessage {
        folder: sample.empty,
        associated: false,
        content: attach(number),
    };
    let created = store.commit((0..10).map(make).collect()).unwrap().created;
    let data = |message: u64, number| {
        let object = ObjectRef::Attachment(MessageRef::new(message), number);
        walk::stream(&store, &object, tags::ATTACH_DATA_BIN).unwrap()
    };
    assert!(data(created[0], 0) == sample::noise(3_000_000));
    // Nine are deleted, one with its folder's table in between, and the tenth is still whole.
    for message in &created[..9] {
        store.commit(vec![Change::DeleteMessage { message: *message, soft: false }]).unwrap();
    }
    assert!(data(created[9], 9) == sample::noise(3_000_000));
    assert_eq!(check(&path), [""; 0]);
    drop(store);
    care::compact(&path).unwrap();
    let size = fs::metadata(&path).unwrap().len();
    assert!(size < 6_000_000, "{size}");
}

#[test]
fn compacting_gives_space_back_and_loses_nothing() {
    let (_directory, path, store, sample) = filled();
    let set = sample::noise(5_000_000);
    let mut content = sample::note("large");
    content.streams.push(sample::stream(tags::HTML, set));
    let large = sample::message(&store, sample.empty, content).unwrap();
    store.commit(vec![Change::DeleteMessage { message: large, soft: false }]).unwrap();
    let before = image::of(&store).unwrap();
    // The store is open elsewhere all the while.
    let done = care::compact(&path).unwrap();
    assert!(done.after + 4_000_000 < done.before, "{done:?}");
    image::assert_same(&before, &image::of(&store).unwrap());
    sample::message(&store, sample.empty, sample::note("later")).unwrap();
    assert_eq!(check(&path), [""; 0]);
}

#[test]
fn a_backup_is_the_store_as_it_was() {
    let (directory, path, store, sample) = filled();
    let before = image::of(&store).unwrap();
    let copy = directory.path().join("copy.mapix");
    let mut steps = 0;
    care::backup(&path, &copy, &mut |_, _| {
        steps += 1;
        // What is committed meanwhile is not in it.
        sample::message(&store, sample.empty, sample::note("meanwhile")).unwrap();
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(steps > 0);
    assert_eq!(check(&copy), [""; 0]);
    let opened = LocalStore::open_for_writing(&copy).unwrap();
    image::assert_same(&before, &image::of(&opened).unwrap());
    sample::message(&opened, sample.empty, sample::note("later")).unwrap();
    let again = care::backup(&path, &copy, &mut |_, _| ControlFlow::Continue(()));
    assert_eq!(again.unwrap_err().code(), ErrorCode::COLLISION);
    let other = directory.path().join("other.mapix");
    let cancelled = care::backup(&path, &other, &mut |_, _| ControlFlow::Break(()));
    assert_eq!(cancelled.unwrap_err().code(), ErrorCode::CANCEL);
    assert!(!other.exists());
}

#[test]
fn a_new_store_has_the_folders_of_a_mailbox() {
    let (_directory, path) = scratch();
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    let made = LocalProvider::default().open(&path, &options).unwrap();
    let props = made.properties(&ObjectRef::Store, 1 << 16).unwrap();
    assert_eq!(props.i32(tags::VALID_FOLDER_MASK), Some(0xFF));
    for tag in [
        tags::IPM_SUBTREE_ENTRYID,
        tags::IPM_OUTBOX_ENTRYID,
        tags::IPM_WASTEBASKET_ENTRYID,
        tags::IPM_SENTMAIL_ENTRYID,
        tags::VIEWS_ENTRYID,
        tags::COMMON_VIEWS_ENTRYID,
        tags::FINDER_ENTRYID,
    ] {
        let id = mapix_core::EntryId::from_bytes(props.bytes(tag).unwrap()).unwrap();
        assert!(matches!(made.resolve(&id).unwrap(), ObjectRef::Folder(_)), "{tag}");
    }
}

#[test]
fn providers_know_their_files() {
    let (directory, path, store, _) = filled();
    drop(store);
    assert!(care::is_store(&path).unwrap());
    let provider = LocalProvider::default();
    assert!(provider.creates(Path::new("x.mapix")) && !provider.creates(Path::new("x")));
    let other = directory.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(!care::is_store(&other).unwrap());
    let error = LocalStore::open(&other).unwrap_err();
    assert_eq!(error.code(), ErrorCode::CORRUPT_STORE, "{error}");
    let missing = provider.open(&directory.path().join("no.mapix"), &OpenOptions::default());
    assert_eq!(missing.map(drop).unwrap_err().code(), ErrorCode::NOT_FOUND);
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    let made = provider.open(&directory.path().join("new.mapix"), &options).unwrap();
    assert!(made.info().capability.has(Capability::WRITE));
    // Making a store that is there opens it.
    let opened = provider.open(&path, &options).unwrap();
    assert!(walk::tree(opened.as_ref()).unwrap().messages.len() > 3);
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().flatten().collect();
    assert!(left.iter().all(|file| !file.file_name().to_string_lossy().contains("-new-")));
}

#[test]
fn newer_formats_are_refused() {
    let (_directory, path, store, _) = filled();
    drop(store);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for result in [LocalStore::open(&path), LocalStore::open_for_writing(&path)] {
        let error = result.unwrap_err();
        assert_eq!(error.code(), ErrorCode::VERSION);
        assert!(error.to_string().contains("format 99"), "{error}");
    }
    assert_eq!(check(&path), ["LOC-FILE-001"]);
}

#[test]
fn a_store_that_a_newer_program_renewed_is_left_alone() {
    let (_directory, path, store, sample) = filled();
    let reading = LocalStore::open(&path).unwrap();
    // What it did to the tables this program cannot know.
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 4).unwrap();
    let saved = sample::message(&store, sample.inbox, sample::note("too late"));
    let object = ObjectRef::message(sample.report);
    let errors = [
        saved.unwrap_err(),
        store.properties(&object, 4096).unwrap_err(),
        reading.properties(&object, 4096).unwrap_err(),
        reading
            .rows(&RowSource::Contents(sample.inbox), None, &mut |_| unreachable!())
            .unwrap_err(),
        LocalStore::open(&path).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.code(), ErrorCode::VERSION, "{error}");
        assert!(error.to_string().contains("format 4"), "{error}");
    }
    drop((store, reading));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 3).unwrap();
    assert_eq!(check(&path), [""; 0]);
    let store = LocalStore::open(&path).unwrap();
    assert_eq!(search(&store, "\"too late\""), 0, "nothing was written");
}

#[test]
fn companions_that_are_missing_cost_only_what_was_in_them() {
    let (directory, path, store, sample) = filled();
    let left = directory.path().join("left.mapix");
    let beside = |path: &Path, end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    // As after a crash: the log is not in the file yet.
    let before = image::of(&store).unwrap();
    drop(store);
    let store = LocalStore::open_for_writing(&path).unwrap();
    sample::message(&store, sample.inbox, sample::note("only in the log")).unwrap();
    let with_log = image::of(&store).unwrap();
    for missing in [["-shm", "-lock"].as_slice(), &["-wal"], &["-wal", "-shm", "-lock"]] {
        for end in ["", "-wal", "-shm", "-lock"] {
            let to = beside(&left, end);
            if missing.contains(&end) {
                let _ = fs::remove_file(to);
            } else {
                fs::copy(beside(&path, end), to).unwrap();
            }
        }
        let opened = LocalStore::open_for_writing(&left).unwrap();
        let found = image::of(&opened).unwrap();
        let expected = if missing.contains(&"-wal") { &before } else { &with_log };
        image::assert_same(expected, &found);
        sample::message(&opened, sample.inbox, sample::note("it goes on")).unwrap();
        drop(opened);
        assert_eq!(check(&left), [""; 0], "without {missing:?}");
    }
}

/// The names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let all = fs::read_dir(directory).unwrap().flatten();
    let mut names: Vec<_> =
        all.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn no_log_stays_behind_the_last_who_has_a_store_open() {
    let (directory, path, store, _) = filled();
    drop(store);
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let alone = [name.clone(), format!("{name}-lock")];
    assert_eq!(names(directory.path()), alone, "after a writer");
    let before = fs::read(&path).unwrap();
    let (one, two) = (LocalStore::open(&path).unwrap(), LocalStore::open(&path).unwrap());
    walk::tree(&one).unwrap();
    drop(one);
    walk::tree(&two).unwrap();
    drop(two);
    assert_eq!(names(directory.path()), alone, "after readers");
    assert_eq!(fs::read(&path).unwrap(), before);

    // A reader that outlives the writer takes nothing away that is needed.
    let reader = LocalStore::open(&path).unwrap();
    let store = LocalStore::open_for_writing(&path).unwrap();
    let made = sample::message(&store, 1, sample::note("last")).unwrap();
    drop(store);
    drop(reader);
    let reader = LocalStore::open(&path).unwrap();
    reader.properties(&ObjectRef::message(made), 4096).unwrap();
    drop(reader);
    assert_eq!(check(&path), [""; 0]);
}

#[test]
fn words_that_are_not_those_of_the_messages_are_found_and_mended() {
    let (_directory, path, store, _) = filled();
    drop(store);
    let damage = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    for sql in [
        // Words of nobody, and no words.
        "CREATE TEMP TABLE r AS SELECT max(id) AS id FROM fts_docsize;
         DELETE FROM fts WHERE rowid = (SELECT id FROM r);
         INSERT INTO fts (rowid, body) SELECT id, 'nobody wrote this' FROM r;",
        "CREATE TEMP TABLE r AS SELECT max(id) AS id FROM fts_docsize;
         DELETE FROM fts WHERE rowid = (SELECT id FROM r);
         INSERT INTO fts (rowid, subject) SELECT id, '' FROM r;",
    ] {
        damage(sql);
        assert_eq!(check(&path), ["LOC-FTS-002"]);
        care::reindex(&path, std::sync::Arc::new(PlainOnly)).unwrap();
        assert_eq!(check(&path), [""; 0]);
    }
}

fn search(store: &LocalStore, text: &str) -> usize {
    let query = Query::parse(text, &Context::now()).unwrap();
    let request = SearchRequest { query: &query, held: &query.held(), below: None };
    let mut found = 0;
    let plan = store.search(&request, &mut |_| {
        found += 1;
        ControlFlow::Continue(())
    });
    assert!(plan.unwrap().is_some(), "{text}");
    found
}

/// A converter that gives HTML as it is.
struct AsItIs(&'static str);

impl BodyText for AsItIs {
    fn name(&self) -> &'static str {
        self.0
    }

    fn text(&self, body: &RichBody) -> mapix_core::Result<Option<String>> {
        match body {
            RichBody::Html { html, .. } => Ok(Some(String::from_utf8_lossy(html).into_owned())),
            _ => Ok(None),
        }
    }
}

#[test]
fn an_index_of_another_converter_is_noticed() {
    let (_directory, path) = scratch();
    let open = |name| LocalStore::create(&path).unwrap().with_body_text(Arc::new(AsItIs(name)));
    let found = |name| {
        let report =
            care::check(&path, true, 10, Some(&AsItIs(name)), &mut || ControlFlow::Continue(()));
        report.unwrap().findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let old = open("old 1");
    // A plain body is the same for all.
    sample::message(&old, 1, sample::note("plain")).unwrap();
    assert_eq!(found("new 1"), [""; 0]);
    let mut rich = sample::note("rich");
    rich.set.remove(tags::BODY.id());
    rich.set.set(tags::HTML, &b"<p>rich</p>"[..]);
    sample::message(&old, 1, rich).unwrap();
    assert_eq!(found("old 1"), [""; 0]);
    drop(old);
    let store = open("new 1");
    assert_eq!(store.diagnostics(), []);
    search(&store, "rich");
    search(&store, "plain");
    let warnings = store.diagnostics();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].severity, Severity::Warning);
    let wrong = "LOC-FTS-003 warning: full-text index: another converter made texts for the \
                 full-text index: \"old 1\", not \"new 1\"; mapix compact --reindex";
    assert_eq!(found("new 1"), [wrong]);
    store.reindex().unwrap();
    assert_eq!(found("new 1"), [""; 0]);
}

/// One small file of every format that was ever released.
#[test]
fn stores_of_every_version_open() {
    let (_directory, path) = scratch();
    let versions: &[(u32, &[u8])] = &[
        (1, include_bytes!("versions/v1.mapix")),
        (2, include_bytes!("versions/v2.mapix")),
        (3, include_bytes!("versions/v3.mapix")),
    ];
    for (version, bytes) in versions {
        fs::write(&path, bytes).unwrap();
        assert_eq!(check(&path), [""; 0], "version {version}");
        let store = LocalStore::open_for_writing(&path).unwrap();
        assert_eq!(check(&path), [""; 0], "version {version}, brought up to date");
        assert_eq!(search(&store, "\"kept since then\""), 1, "version {version}");
        let tree = walk::tree(&store).unwrap();
        let subject = |id: &u64| {
            let bag = store.properties(&ObjectRef::message(*id), 4096).unwrap();
            bag.text(tags::SUBJECT).unwrap_or_default()
        };
        let subjects: Vec<String> = tree.messages.iter().map(subject).collect();
        assert!(subjects.contains(&"kept since then".to_owned()), "{subjects:?}");
        sample::message(&store, 1, sample::note("new")).unwrap();
        assert_eq!(store.reindex().unwrap(), tree.messages.len() as u64 + 1);
        drop(store);
        assert_eq!(check(&path), [""; 0], "version {version}, renewed");
        fs::remove_file(&path).unwrap();
    }
}

/// Makes the file of this version anew: `cargo test --test files -- --ignored`.
#[test]
#[ignore = "writes into the source tree"]
fn write_the_file_of_this_version() {
    let (_directory, path) = scratch();
    let store = LocalStore::create(&path).unwrap();
    let folder = sample::folder(&store, 1, "Kept").unwrap();
    let mut content = sample::note("kept since then");
    content.attachments =
        vec![AttachmentChange::Put(0, Box::new(sample::file("a.bin", &sample::noise(2000))))];
    sample::message(&store, folder, content).unwrap();
    drop(store);
    care::compact(&path).unwrap();
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/versions/v3.mapix");
    fs::copy(path, to).unwrap();
}

#[test]
fn a_store_is_read_where_nothing_can_be_written() {
    let (directory, path, store, _) = filled();
    let before = image::of(&store).unwrap();
    drop(store);
    // Only the file itself, as on a medium.
    let medium = directory.path().join("medium");
    fs::create_dir(&medium).unwrap();
    let there = medium.join("test.mapix");
    fs::copy(&path, &there).unwrap();
    let set = |path: &Path, writable: bool| {
        let mut permissions = fs::metadata(path).unwrap().permissions();
        permissions.set_readonly(!writable);
        fs::set_permissions(path, permissions).unwrap();
    };
    set(&there, false);
    set(&medium, false);
    let store = LocalStore::open(&there);
    // Whoever may write everywhere sees a store that is open for reading all the same.
    let may_write_everywhere = fs::File::create(medium.join("probe")).is_ok();
    let written = LocalStore::open_for_writing(&there);
    set(&medium, true);
    set(&there, true);
    let store = store.unwrap();
    image::assert_same(&before, &image::of(&store).unwrap());
    let refused = store.commit(vec![Change::DeleteMessage { message: 1, soft: false }]);
    assert_eq!(refused.unwrap_err().code(), ErrorCode::NO_ACCESS);
    if !may_write_everywhere {
        assert_eq!(written.unwrap_err().code(), ErrorCode::NO_ACCESS);
    }
}

const PAGE: usize = 16384;

/// Damages one page after the other: whatever happens is an error or a value, the rest can still
/// be read, and the check finds it.
#[test]
fn damage_is_told_and_costs_only_itself() {
    let (_directory, path, store, _) = filled();
    drop(store);
    care::compact(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    let pages = whole.len() / PAGE;
    let mut readable = 0;
    for page in 1..pages {
        let mut bytes = whole.clone();
        bytes[page * PAGE..(page + 1) * PAGE].fill(0x5A);
        fs::write(&path, &bytes).unwrap();
        let Ok(store) = LocalStore::open(&path) else { continue };
        let mut seen = 0;
        let root = store.info().root;
        let result = store.rows(&RowSource::Hierarchy(root), None, &mut |_| {
            seen += 1;
            ControlFlow::Continue(())
        });
        if let Err(error) = result {
            assert!(
                [ErrorCode::CORRUPT_STORE, ErrorCode::CORRUPT_DATA, ErrorCode::NOT_FOUND]
                    .contains(&error.code()),
                "page {page}: {error}"
            );
            assert!(!store.diagnostics().is_empty(), "page {page}");
        } else {
            readable += usize::from(seen >= 4);
        }
        drop(store);
        assert_ne!(check(&path), [""; 0], "page {page}");
    }
    assert!(readable * 2 > pages, "{readable} of {pages}");
}

#[test]
fn a_changed_byte_in_a_large_value_is_found() {
    let (_directory, path, store, _) = filled();
    drop(store);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute(
            "UPDATE chunk SET data = zeroblob(length(data)) WHERE id = (SELECT min(id) FROM chunk)",
            [],
        )
        .unwrap();
    connection.execute("UPDATE lob SET refs = refs + 1 WHERE id = 2", []).unwrap();
    connection.execute("UPDATE folder SET content = 77 WHERE content > 2", []).unwrap();
    connection
        .execute("UPDATE msg SET subject = 'x' WHERE id = (SELECT min(id) FROM msg)", [])
        .unwrap();
    drop(connection);
    let found = check(&path);
    assert_eq!(found, ["LOC-FLD-004", "LOC-MSG-003", "LOC-LOB-002", "LOC-LOB-003"]);
}

/// Memory stays small, the bytes stay the same, and other writers get their turn in between.
#[test]
fn large_values_pass_through() {
    let (_directory, path, store, sample) = filled();
    let size = 40 << 20;
    let mut content = sample::note("large");
    let data = Box::new(Noise { position: 0, size });
    content.attachments = vec![AttachmentChange::Put(0, {
        let mut file = sample::file("large.bin", &[]);
        file.set.remove(tags::ATTACH_DATA_BIN.id());
        file.streams.push(mapix_core::store::StreamUpdate { tag: tags::ATTACH_DATA_BIN, data });
        Box::new(file)
    })];
    let message = sample::message(&store, sample.empty, content).unwrap();
    let object = ObjectRef::Attachment(MessageRef::new(message), 0);
    let mut stream = store.open_stream(&object, tags::ATTACH_DATA_BIN).unwrap();
    assert_eq!(stream.seek(SeekFrom::End(0)).unwrap(), size);
    stream.rewind().unwrap();
    let mut expected = Noise { position: 0, size };
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    for _ in 0..size >> 20 {
        stream.read_exact(&mut left).unwrap();
        expected.read_exact(&mut right).unwrap();
        assert!(left == right);
    }
    // A copy of itself, read while it is written, is the same value.
    let copy = store.open_stream(&object, tags::ATTACH_DATA_BIN).unwrap();
    let mut content = sample::note("copy");
    content.streams.push(mapix_core::store::StreamUpdate { tag: tags::HTML, data: copy });
    sample::message(&store, sample.empty, content).unwrap();
    assert_eq!(check(&path), [""; 0]);
    let file = fs::metadata(&path).unwrap().len();
    assert!(file < 2 * size + (8 << 20), "{file}");
}

/// Bytes that depend on their place.
struct Noise {
    position: u64,
    size: u64,
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = (self.size - self.position).min(buffer.len() as u64) as usize;
        for byte in &mut buffer[..len] {
            *byte = (self.position.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8;
            self.position += 1;
        }
        Ok(len)
    }
}

impl Seek for Noise {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        if let SeekFrom::Start(position) = to {
            self.position = position;
        }
        Ok(self.position)
    }
}

#[test]
fn what_is_not_a_store_is_refused() {
    let (_directory, path) = scratch();
    for bytes in
        [&b""[..], b"SQLite format 3\0", b"garbage that is longer than a header".as_slice()]
    {
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(bytes).unwrap();
        drop(file);
        let error = LocalStore::open(&path).unwrap_err();
        assert_eq!(error.code(), ErrorCode::CORRUPT_STORE, "{error}");
        assert!(error.to_string().contains("test.mapix"), "{error}");
    }
}
