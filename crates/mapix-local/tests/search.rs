//! Searches by the index find what walks over the store find.

use std::ops::ControlFlow;
use std::sync::Arc;

use mapix_core::ledger::Ledger;
use mapix_core::prop::{FileTime, PropBag, Value, tags};
use mapix_core::query::{BodyText, Context, Hit, Query, RichBody, Searcher};
use mapix_core::store::{Change, MessageStore, MessageUpdate, SearchRequest};
use mapix_core::{AttachMethod, Contents, DeleteFolder, ErrorCode, Folder, Mapi, Result, Store};
use mapix_local::LocalStore;

fn context() -> Context {
    Context { now: FileTime::parse("2024-05-15T12:00:00Z").unwrap() }
}

fn save(folder: &Folder, subject: &str, body: &str, day: Option<i64>) -> u64 {
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, subject).unwrap();
    message.set(tags::BODY, body).unwrap();
    message.set(tags::SENDER_NAME, "Zo\u{eb} Bell").unwrap();
    if let Some(day) = day {
        let time = FileTime(133_000_000_000_000_000 + day * 864_000_000_000);
        message.set(tags::MESSAGE_DELIVERY_TIME, Value::Time(time)).unwrap();
    }
    message.save().unwrap();
    message.id().unwrap()
}

/// The messages that a query finds, by the index; the same as those of a walk.
#[track_caller]
fn find(store: &Store, text: &str) -> Vec<u64> {
    let query = Query::parse(text, &context()).unwrap();
    let searcher = Searcher::new(store, query);
    let mut walked = Vec::new();
    let mut visit = |hit: Hit| {
        walked.push((hit.message, hit.path.clone(), hit.held));
        ControlFlow::Continue(())
    };
    let _ = searcher.run(&mut Ledger::new(), &mut visit).unwrap();
    let mut found = Vec::new();
    let mut visit = |hit: Hit| {
        assert!(hit.position.is_none() && !searcher.why(&hit).unwrap().is_empty() || text == "*");
        found.push((hit.message, hit.path.clone(), hit.held));
        ControlFlow::Continue(())
    };
    let mut ledger = Ledger::new();
    let (plan, _) = searcher.run_index(&mut ledger, &mut visit).unwrap().unwrap();
    assert!(!plan.steps.is_empty());
    let order = found.iter().map(|hit| hit.0).collect();
    walked.sort();
    found.sort();
    assert_eq!(found, walked, "{text}");
    order
}

#[test]
fn the_index_follows_every_change() {
    let directory = tempfile::tempdir().unwrap();
    let local = LocalStore::create(directory.path().join("mail.mapix")).unwrap();
    let session = Mapi::with_providers(vec![]).session();
    let store = session.attach(Arc::new(local), true).unwrap();
    let top = store.ipm_subtree().unwrap();
    let work = top.create_folder("Work", false).unwrap();
    let old = work.create_folder("Old", false).unwrap();
    let a = save(&work, "Quarterly report", "the larch", Some(1));
    let b = save(&old, "Re: report", "an oak, a report", Some(3));
    let c = save(&top, "Lunch", "no reports", None);

    assert_eq!(find(&store, "report"), [b, a]);
    assert_eq!(find(&store, "report*"), [b, a, c]);
    assert_eq!(find(&store, "from:zoe -report"), [c]);
    assert_eq!(find(&store, "folder:Work report"), [b, a]);
    assert_eq!(find(&store, "folder:=Work OR subject:lunch"), [a, c]);
    assert_eq!(find(&store, "folder:Work/Old larch"), []);
    assert_eq!(find(&store, "*"), [b, a, c]);

    // Changed, received later, moved, deleted softly and for good.
    let message = store.open_message(a).unwrap();
    message.set(tags::BODY, "the birch, the report").unwrap();
    let later = FileTime(133_100_000_000_000_000);
    message.set(tags::MESSAGE_DELIVERY_TIME, Value::Time(later)).unwrap();
    message.save().unwrap();
    assert_eq!(find(&store, "larch"), []);
    assert_eq!(find(&store, "birch"), [a]);
    assert_eq!(find(&store, "report"), [a, b]);
    let mut recipient = PropBag::new();
    recipient.set(tags::DISPLAY_NAME, "Carla");
    message.set_recipients(vec![recipient]).unwrap();
    message.save().unwrap();
    assert_eq!(find(&store, "to:carla"), [a]);
    let file = message.create_attachment(AttachMethod::ByValue).unwrap();
    file.set(tags::ATTACH_LONG_FILENAME, "larch.pdf").unwrap();
    file.save().unwrap();
    message.save().unwrap();
    assert_eq!(find(&store, "filename:larch"), [a]);
    assert_eq!(find(&store, "filename:larch size:>0"), [a]);
    work.delete_folder(&old, DeleteFolder { messages: true, folders: true }).unwrap();
    assert_eq!(find(&store, "report"), [a]);
    assert_eq!(work.messages(Contents::Normal).unwrap().count(), 1);
}

/// Takes the marks out of HTML.
struct Tags;

impl BodyText for Tags {
    fn text(&self, body: &RichBody) -> Result<Option<String>> {
        let RichBody::Html { html, .. } = body else { return Ok(None) };
        Ok(Some(String::from_utf8_lossy(html).replace("<p>", " ")))
    }
}

#[test]
fn an_index_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mail.mapix");
    let made = LocalStore::create(&path).unwrap();
    let mut set = PropBag::new();
    set.set(tags::SUBJECT, "Report");
    set.set(tags::HTML, &b"<p>hidden treasure"[..]);
    let content = || MessageUpdate { set: set.clone(), ..MessageUpdate::default() };
    let folder = made.info().root;
    let create = || Change::CreateMessage { folder, associated: false, content: content() };
    let created = made.commit(vec![create(), create()]).unwrap().created;
    made.commit(vec![Change::DeleteMessage { message: created[0], soft: false }]).unwrap();
    drop(made);

    let hits = |store: &LocalStore, text: &str| {
        let query = Query::parse(text, &context()).unwrap();
        let held = query.held();
        let request = SearchRequest { query: &query, held: &held, below: None };
        let mut hits = Vec::new();
        let visited = store.search(&request, &mut |hit| {
            hits.push((hit.message, hit.certain));
            ControlFlow::Continue(())
        });
        visited.unwrap().unwrap();
        hits
    };
    let store = LocalStore::open_for_writing(&path).unwrap().with_body_text(Arc::new(Tags));
    let id = created[1];
    assert_eq!(hits(&store, "treasure"), [(id, false)], "nobody has read the body yet");
    for _ in 0..2 {
        assert_eq!(store.reindex().unwrap(), 1);
        assert_eq!(hits(&store, "treasure"), [(id, true)]);
        assert_eq!(hits(&store, "report -treasure"), []);
        assert_eq!(hits(&store, "*"), [(id, true)]);
    }
    store.commit(vec![Change::DeleteMessage { message: id, soft: false }]).unwrap();
    assert_eq!(hits(&store, "*"), []);
    let read_only = LocalStore::open(&path).unwrap();
    assert_eq!(read_only.reindex().unwrap_err().code(), ErrorCode::NO_ACCESS);
}
