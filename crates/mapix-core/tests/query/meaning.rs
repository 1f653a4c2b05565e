//! What each field means: which messages of a mailbox fit.

use std::ops::ControlFlow;
use std::sync::Arc;

use mapix_conformance::sample;
use mapix_core::ledger::Ledger;
use mapix_core::prop::{FileTime, PropBag, PropName, PropTag, PropType, Value, guids, tags};
use mapix_core::query::{BodyText, RichBody, Searcher};
use mapix_core::store::{AttachmentChange, Change, MemoryStore, MessageStore, MessageUpdate};
use mapix_core::{Mapi, Result, Session, Store};

use crate::parse;
use crate::shaped::{Odd, Shaped};

/// A mailbox whose messages have one letter as `PR_COMMENT`.
pub(crate) fn mailbox() -> Shaped {
    let store = Shaped::new(MemoryStore::new("letters"));
    let root = store.info().root;
    let inbox = sample::folder(&store, root, "Inbox").unwrap();
    let projects = sample::folder(&store, inbox, "Projekte \u{dc}bersee").unwrap();
    let slashed = sample::folder(&store, root, "A/B").unwrap();
    let names = [
        PropName::name(guids::PS_PUBLIC_STRINGS, "Keywords"),
        PropName::id(guids::PSETID_COMMON, 0x8503),
        PropName::name(guids::PS_PUBLIC_STRINGS, "level"),
    ];
    let ids = store.name_ids(&names, true).unwrap();
    let tag = |index: usize, prop_type| PropTag::new(ids[index].unwrap(), prop_type);

    let mut figures = sample::note("The Quarterly Report, d\u{e9}j\u{e0} vu");
    figures.set.set(tag(0, PropType::MV_UNICODE), words(&["Key customers", "caf\u{e9}"]));
    figures.set.set(tag(1, PropType::BOOL), true);
    figures.set.set(tag(2, PropType::I32), 5);
    figures.set.set(PropTag(0x1090_0003), 2);
    figures.set.set(PropTag(0x1081_0003), 103);
    figures.set.set(tags::MESSAGE_FLAGS, 0x11);
    figures.set.set(tags::IMPORTANCE, 2);
    figures.set.set(tags::MESSAGE_SIZE, 2_000_000);
    figures.attachments =
        vec![AttachmentChange::Put(0, Box::new(sample::file("Q1 figures.xlsx", b"1")))];

    let mut meadow = sample::note("report of the quarterly meeting");
    meadow.set.set(tags::SENDER_NAME, "Zo\u{eb} Ng");
    meadow.set.set(tags::SENDER_EMAIL_ADDRESS, "/O=X/CN=ZNG");
    meadow.set.set(tags::SENDER_SMTP_ADDRESS, "zoe@example.org");
    meadow.set.set(tags::SENT_REPRESENTING_NAME, "The Boss");
    meadow.set.set(tags::MESSAGE_FLAGS, 0x8);
    meadow.set.set(tags::MESSAGE_CLASS, "IPM.Note.SMIME");
    meadow.set.set(tags::MESSAGE_SIZE, 1024);
    meadow.set.set(tags::INTERNET_MESSAGE_ID, "ABC@host");
    meadow.set.set(tag(2, PropType::UNICODE), "7");
    meadow.set.remove(tags::IMPORTANCE.id());
    meadow.set.remove(tags::BODY.id());
    meadow.set.set(tags::HTML, &b"<p>gr&uuml;n <b>meadow</b></p>"[..]);
    meadow.recipients = Some(vec![
        recipient(0, Some(1), &[(tags::DISPLAY_NAME, "Anna Smith")]),
        recipient(1, Some(0x1000_0002), &[(tags::EMAIL_ADDRESS, "carl@example.net")]),
        recipient(2, Some(3), &[(tags::SMTP_ADDRESS, "secret@example.net")]),
        recipient(3, None, &[(tags::DISPLAY_NAME, "Nobody Inparticular")]),
    ]);

    let mut minutes = sample::note("minutes");
    minutes.set.set(tags::MESSAGE_CLASS, "IPM.Notebook");
    minutes.set.set(tags::BODY, "reporting ".repeat(2000));
    minutes.set.set(tags::MESSAGE_DELIVERY_TIME, time("2023-12-31T23:59:59Z"));
    minutes.set.set(tags::CLIENT_SUBMIT_TIME, time("2023-12-31T23:59:00Z"));
    minutes.set.set(tags::MESSAGE_SIZE, 50_000);
    minutes.set.set(tags::IMPORTANCE, 0);
    minutes.set.set(PropTag(0x1090_0003), 1);
    minutes.set.set(PropTag(0x1081_0003), 104);
    minutes.recipients = Some(Vec::new());

    let mut contact = MessageUpdate::default();
    contact.set.set(tags::MESSAGE_CLASS, "IPM.Contact");
    contact.set.set(tags::SUBJECT, "\u{6771}\u{4eac}\u{90fd}");
    contact.set.set(tags::MESSAGE_FLAGS, 0x1);
    contact.set.set(tags::RTF_COMPRESSED, &b"squeezed"[..]);
    contact.set.set(tags::BODY, "");

    let mut rules = MessageUpdate::default();
    rules.set.set(tags::SUBJECT, "rules");
    rules.set.set(tags::MESSAGE_FLAGS, 0x40);
    let mut deleted = sample::note("thrown away report");
    deleted.set.set(tags::MESSAGE_DELIVERY_TIME, time("2024-05-15T08:00:00Z"));
    let lost = sample::note("lost report");

    let letters = [
        ("a", inbox, false, figures),
        ("b", inbox, false, meadow),
        ("c", projects, false, minutes),
        ("d", slashed, false, contact),
        ("e", inbox, true, rules),
        ("f", projects, false, deleted),
        ("g", inbox, false, lost),
    ];
    let changes = letters.map(|(letter, folder, associated, mut content)| {
        content.set.set(tags::COMMENT, letter);
        Change::CreateMessage { folder, associated, content }
    });
    let created = store.commit(changes.into()).unwrap().created;
    store.make(created[5], Odd::Deleted);
    store.make(created[6], Odd::Orphan);
    store
}

fn words(words: &[&str]) -> Vec<Box<str>> {
    words.iter().map(|word| (*word).into()).collect()
}

fn time(text: &str) -> FileTime {
    FileTime::parse(text).unwrap()
}

fn recipient(row: i32, kind: Option<i32>, props: &[(PropTag, &str)]) -> PropBag {
    let mut bag = PropBag::new();
    bag.set(tags::ROWID, row);
    kind.into_iter().for_each(|kind| bag.set(tags::RECIPIENT_TYPE, kind));
    props.iter().for_each(|(tag, text)| bag.set(*tag, *text));
    bag
}

/// Finds letters between tags. It does not read RTF.
pub(crate) struct Tags;

impl BodyText for Tags {
    fn text(&self, body: &RichBody) -> Result<Option<String>> {
        let RichBody::Html { html, code_page } = body else { return Ok(None) };
        let html = code_page.decode(html).replace("&uuml;", "\u{fc}");
        let pieces =
            html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
        Ok(Some(pieces.collect()))
    }
}

pub(crate) fn attach(store: Arc<dyn MessageStore>) -> (Session, Store) {
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(store, false).unwrap();
    (session, store)
}

/// The letters of what is found, in the order in which it is.
pub(crate) fn find(store: &Store, search: &Searcher, ledger: &mut Ledger) -> String {
    let mut found = String::new();
    let flow = search.run(ledger, &mut |hit| {
        let message = store.open_message(hit.message).unwrap();
        found += &message.text(tags::COMMENT).unwrap().unwrap();
        ControlFlow::Continue(())
    });
    assert!(flow.unwrap().is_continue());
    found
}

const TABLE: &[(&str, &str)] = &[
    // Words: whole, in any order, wherever they stand; phrases; prefixes; case and accents.
    ("", "abcd"),
    ("report", "ab"),
    ("REPORT quarterly", "ab"),
    ("\"quarterly report\"", "a"),
    ("\"report quarterly\"", ""),
    ("\"quarterly rep\"*", "a"),
    ("repor", ""),
    ("report*", "abc"),
    ("deja", "a"),
    ("d\u{e9}j\u{e0}-vu", "a"),
    ("ann", "ac"),
    ("zoe", "b"),
    ("example.net", "b"),
    ("secret", "b"),
    ("figures", "a"),
    ("meadow", "b"),
    ("grun", "b"),
    ("noon", "a"),
    ("\u{4eac}", "d"),
    ("\u{6771}\u{90fd}", ""),
    ("-report", "cd"),
    ("report -meeting", "a"),
    ("minutes OR figures", "ac"),
    // Texts in fields.
    ("subject:report", "ab"),
    ("subject:figures", ""),
    ("subject:*", "abcd"),
    ("from:ann", "ac"),
    ("from:ann@example.com", "ac"),
    ("from:zng", "b"),
    ("from:zoe@example.org", "b"),
    ("from:boss", "b"),
    ("from:*", "abc"),
    ("to:bob", "a"),
    ("to:anna", "b"),
    ("to:ann", ""),
    ("to:nobody", "b"),
    ("to:carl", ""),
    ("cc:carl", "b"),
    ("cc:muller", "a"),
    ("bcc:secret@example.net", "b"),
    ("bcc:*", "b"),
    ("to:*", "ab"),
    ("cc:anna", ""),
    ("participants:ann", "ac"),
    ("participants:secret", "b"),
    ("participants:*", "abc"),
    ("body:noon", "a"),
    ("body:reporting", "c"),
    ("body:report*", "c"),
    ("body:meadow", "b"),
    ("body:*", "abcd"),
    ("filename:figures", "a"),
    ("filename:.xlsx", "a"),
    ("filename:*", "a"),
    ("attachment:figures", "a"),
    ("attachment:*", "a"),
    ("has:attachment", "a"),
    // Whole values.
    ("class:IPM.Note", "ab"),
    ("class:ipm.note.smime", "b"),
    ("class:IPM.Note*", "abc"),
    ("class:IPM", "abcd"),
    ("class:note", ""),
    ("category:cafe", "a"),
    ("category:\"key customers\"", "a"),
    ("category:key", ""),
    ("category:key*", "a"),
    ("category:*", "a"),
    ("-category:*", "bcd"),
    ("message-id:1@example.com", "ac"),
    ("message-id:<abc@HOST>", "b"),
    // Dates, sizes, importance, marks.
    ("received:2024", "ab"),
    ("received:<2024", "c"),
    ("received:2023-12-31T23:59:59", "c"),
    ("received:2023-12-31T23:59:58", ""),
    ("received:2023..2024", "abc"),
    ("received:*", "abc"),
    ("received:2024-05-01T08:01", "ab"),
    ("sent:2023-12", "c"),
    ("-received:2024", "cd"),
    ("size:>1m", "a"),
    ("size:1k", "b"),
    ("size:1k..100k", "bc"),
    ("size:<=1k", "b"),
    ("size:>3g", ""),
    ("importance:high", "a"),
    ("importance:normal", "bd"),
    ("importance:low", "c"),
    ("is:read", "acd"),
    ("is:unread", "b"),
    ("is:draft", "b"),
    ("is:flagged", "a"),
    ("is:complete", "c"),
    ("is:replied", "a"),
    ("is:forwarded", "c"),
    // Where messages are.
    ("folder:Inbox", "abc"),
    ("folder:inbox/projekte*", "c"),
    ("folder:\"projekte ubersee\"", "c"),
    ("folder:=Inbox", "ab"),
    ("folder:/Inbox", "abc"),
    ("folder:/Projekte*", ""),
    ("folder:A%2FB", "d"),
    ("folder:?/?", ""),
    ("folder:???", "d"),
    ("folder:In*ox -folder:\"*see\"", "ab"),
    ("folder:A%2FB OR report", "abd"),
    ("is:hidden", "e"),
    ("is:deleted", "f"),
    ("is:orphan", "g"),
    ("is:deleted report", "f"),
    ("report (is:normal OR is:deleted OR is:orphan)", "abfg"),
    ("report OR is:hidden", "abe"),
    ("report -is:deleted", "ab"),
    ("is:orphan folder:Inbox", ""),
    ("is:deleted folder:Inbox", "f"),
    ("is:deleted received:today", "f"),
    // Any property.
    ("prop:PR_MESSAGE_DELIVERY_TIME", "abc"),
    ("prop:PR_SUBJECT=MINUTES", "c"),
    ("prop:PR_SUBJECT~\"port, D\u{c9}J\u{c0}\"", "a"),
    ("prop:PR_SUBJECT!=minutes", "abd"),
    ("prop:PR_SUBJECT<n", "c"),
    ("prop:PR_IMPORTANCE>=1", "a"),
    ("prop:PR_MESSAGE_FLAGS&0x18", "ab"),
    ("prop:PR_MESSAGE_DELIVERY_TIME=2024-05", "ab"),
    ("prop:PR_MESSAGE_DELIVERY_TIME!=2024-05", "c"),
    ("prop:PR_HTML~3C2F703E", "b"),
    ("prop:PidLidReminderSet=true", "a"),
    ("prop:PSETID_Common:0x8503", "a"),
    ("prop:PidLidReminderTime", ""),
    ("-prop:PidLidReminderTime", "abcd"),
    ("prop:PS_PUBLIC_STRINGS:level", "ab"),
    ("prop:PS_PUBLIC_STRINGS:level=5", "a"),
    ("prop:PS_PUBLIC_STRINGS:level=7", "b"),
    ("prop:PS_PUBLIC_STRINGS:level>=5", "ab"),
    ("prop:PS_PUBLIC_STRINGS:level~7", "b"),
    ("prop:PidNameKeywords=CAF\u{c9}", "a"),
    ("prop:PidNameKeywords~key", "a"),
];

#[test]
fn each_field_means_what_it_says() {
    let mut stores = vec![mailbox(), mailbox()];
    // As a PST has them: few columns, none of them from elsewhere.
    stores[1].columns = Some(vec![
        tags::SUBJECT,
        tags::MESSAGE_CLASS,
        tags::MESSAGE_FLAGS,
        tags::MESSAGE_SIZE,
        tags::MESSAGE_DELIVERY_TIME,
        tags::IMPORTANCE,
    ]);
    for shaped in stores {
        let (_session, store) = attach(Arc::new(shaped));
        for (text, letters) in TABLE {
            let search = Searcher::new(&store, parse(text)).with_body_text(Arc::new(Tags));
            let mut ledger = Ledger::new();
            assert_eq!(find(&store, &search, &mut ledger), *letters, "{text}");
            assert!(ledger.is_clean(), "{text}: {ledger}");
        }
    }
}

#[test]
fn a_value_of_any_width_fits() {
    let (_session, store) = attach(Arc::new(mailbox()));
    let restriction = |text: &str| {
        let place = mapix_core::query::Place::default();
        parse(text).to_restriction(&store, &place).unwrap()
    };
    let mut bag = PropBag::new();
    let cp = mapix_core::prop::CodePage::WESTERN;
    bag.set(tags::SUBJECT, mapix_core::prop::String8::new(&b"d\xE9j\xE0"[..], cp));
    bag.set(tags::MESSAGE_SIZE, Value::I64(5 << 30));
    for text in ["subject:DEJA", "size:>4g", "size:5g", "size:>1k", "-size:<4g"] {
        let matcher = mapix_core::restriction::Matcher::new(&restriction(text)).unwrap();
        assert!(matcher.matches(&bag).unwrap(), "{text}");
    }
}
