//! The text inside attachments is found, by the index and by a walk alike.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use mapix::ledger::Ledger;
use mapix::prop::{FileTime, PropTag, Value, tags};
use mapix::query::{AttachedFile, BodyText, Context, Query, RichBody, Searcher};
use mapix::store::MemoryStore;
use mapix::{AttachMethod, Mapi, Message, OpenOptions, Result, Store};
use mapix_convert::Bodies;

const CHARSET: PropTag = PropTag(0x371B_001F);

fn attach(message: &Message, name: &str, mime: &str, bytes: &[u8], charset: Option<&str>) {
    let file = message.create_attachment(AttachMethod::ByValue).unwrap();
    file.set(tags::ATTACH_LONG_FILENAME, name).unwrap();
    file.set(tags::ATTACH_MIME_TAG, mime).unwrap();
    file.set(tags::ATTACH_DATA_BIN, Value::from(bytes)).unwrap();
    if let Some(charset) = charset {
        file.set(CHARSET, charset).unwrap();
    }
    file.save().unwrap();
}

/// Messages with one attachment each; gives their numbers.
fn fill(store: &Store) -> Vec<u64> {
    let folder = store.root().unwrap().create_folder("Files", true).unwrap();
    let wide: Vec<u8> = "\u{feff}quince".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut long = "filler text ".repeat(20_000).into_bytes();
    long.extend_from_slice(b"needle");
    let mut cut = "filler text ".repeat(400_000).into_bytes();
    cut.extend_from_slice(b"beyond");
    let html = b"<meta charset=\"koi8-r\"><p title=\"hidden\">\xD7\xC9\xDB\xCE\xD1";
    let files: [(&str, &str, &[u8], Option<&str>); 9] = [
        ("a.txt", "text/plain", b"caf\xE9", None),
        ("b.txt", "text/plain", b"\xEF\xF0", Some("koi8-r")),
        ("c.txt", "application/octet-stream", &wide, None),
        ("d.html", "text/html", html, None),
        ("long.csv", "text/csv", &long, None),
        ("cut.log", "text/plain", &cut, None),
        ("picture.png", "image/png", b"walnut", None),
        ("page.htm", "", b"&Uuml;ber<b>all</b>", None),
        ("soup.recipe", "application/x-recipe", b"leek;thyme", None),
    ];
    let save = |(name, mime, bytes, charset): (&str, &str, &[u8], Option<&str>)| {
        let message = folder.create_message().unwrap();
        attach(&message, name, mime, bytes, charset);
        message.save().unwrap();
        message.id().unwrap()
    };
    files.map(save).into()
}

/// What a query finds, as places in the list of messages.
fn find(store: &Store, ids: &[u64], text: &str, convert: Arc<dyn BodyText>) -> Vec<usize> {
    let query = Query::parse(text, &Context { now: FileTime(0) }).unwrap();
    let searcher = Searcher::new(store, query).with_body_text(convert);
    let place = |id: u64| ids.iter().position(|known| *known == id).unwrap();
    let mut walked = Vec::new();
    let mut ledger = Ledger::new();
    let end = searcher.run(&mut ledger, &mut |hit| {
        walked.push(place(hit.message));
        ControlFlow::Continue(())
    });
    assert!(end.unwrap().is_continue() && ledger.total().failed == 0);
    let mut found = Vec::new();
    let indexed = searcher.run_index(&mut ledger, &mut |hit| {
        found.push(place(hit.message));
        ControlFlow::Continue(())
    });
    if indexed.unwrap().is_some() {
        found.sort_unstable();
        assert_eq!(found, walked, "{text}");
    }
    walked
}

const FOUND: [(&str, &[usize]); 15] = [
    ("attachment:cafe", &[0]),
    ("cafe", &[0]),
    ("\u{43e}\u{43f}", &[1]),
    ("\u{41e}\u{41f}", &[1]),
    ("attachment:\u{43e}*", &[1]),
    ("attachment:quince", &[2]),
    ("\u{432}\u{438}\u{448}\u{43d}\u{44f}", &[3]),
    ("hidden", &[]),
    ("needle", &[4]),
    ("attachment:\"text needle\"", &[4]),
    ("beyond", &[]),
    ("walnut", &[]),
    ("attachment:picture", &[6]),
    ("uberall", &[7]),
    ("filename:cafe", &[]),
];

#[test]
fn texts_are_found_in_an_embedded_store_and_in_any_other() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attachments.mapix");
    for suffix in ["", "-wal", "-shm", "-lock"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let session = mapix::initialize().session();
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    let local = session.open_store(&path, &options).unwrap();
    let memory = session.attach(Arc::new(MemoryStore::new("memory")), true).unwrap();
    let (first, second) = (fill(&local), fill(&memory));
    for (query, expected) in FOUND {
        assert_eq!(find(&local, &first, query, Arc::new(Bodies)), expected, "{query}");
        assert_eq!(find(&memory, &second, query, Arc::new(Bodies)), expected, "{query}");
    }

    // Another text in the place of one, and none.
    let message = local.open_message(first[4]).unwrap();
    let number = message.attachments().unwrap().into_parts().0[0].number();
    message.delete_attachment(number).unwrap();
    attach(&message, "new.txt", "text/plain", b"haystack", None);
    message.save().unwrap();
    let bodies: Arc<dyn BodyText> = Arc::new(Bodies);
    assert_eq!(find(&local, &first, "needle", Arc::clone(&bodies)), [0; 0]);
    assert_eq!(find(&local, &first, "haystack", bodies), [4]);
}

/// Reads recipes, too.
struct Recipes;

impl BodyText for Recipes {
    fn text(&self, body: &RichBody) -> Result<Option<String>> {
        Bodies.text(body)
    }

    fn attachment(&self, file: &AttachedFile<'_>) -> Result<Option<String>> {
        if file.extension().as_deref() != Some("recipe") {
            return Bodies.attachment(file);
        }
        let mut text = String::new();
        file.open()?.read_to_string(&mut text)?;
        Ok(Some(format!("{} {}", file.mime_type(), text.replace(';', " and "))))
    }
}

#[test]
fn a_program_may_read_more_kinds_of_files() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recipes.mapix");
    for suffix in ["", "-wal", "-shm", "-lock"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    let provider = mapix_local::LocalProvider::new(Arc::new(Recipes));
    let session = Mapi::with_providers(vec![Arc::new(provider)]).session();
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    let store = session.open_store(&path, &options).unwrap();
    let ids = fill(&store);
    let recipes: Arc<dyn BodyText> = Arc::new(Recipes);
    assert_eq!(find(&store, &ids, "\"leek and thyme\"", Arc::clone(&recipes)), [8]);
    assert_eq!(find(&store, &ids, "cafe", recipes), [0]);
}
