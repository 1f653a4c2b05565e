//! What the index finds, beside what the core finds in the same messages.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::io::Read;
use std::ops::ControlFlow;

use mapix_core::Result;
use mapix_core::prop::{FileTime, PropBag, PropTag, Value, tags};
use mapix_core::query::{
    AttachedFile, BodyText, Context, Held, NoNames, PlainOnly, Query, RichBody, WithBody,
};
use mapix_core::restriction::{Candidate, Matcher};
use mapix_core::store::{SearchHit, SearchRequest};
use proptest::prelude::*;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, params, params_from_iter};

use super::document::Content;
use super::folders::Place;
use super::{Indexer, search};
use crate::hot::{HOT, to_column};

/// A message as it is put into the tables.
#[derive(Clone, Default, Debug)]
struct Mail {
    id: u64,
    folder: i64,
    shelf: i64,
    props: PropBag,
    recipients: Vec<PropBag>,
    files: Vec<PropBag>,
}

impl Candidate for Mail {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        self.props.value(tag)
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let all = if tag == tags::MESSAGE_RECIPIENTS { &self.recipients } else { &self.files };
        for one in all {
            if each(one)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn empty() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(include_str!("../schema.sql")).unwrap();
    super::create(&connection).unwrap();
    for (id, parent) in [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(1))] {
        connection
            .execute("INSERT INTO folder (id, parent) VALUES (?, ?)", params![id, parent])
            .unwrap();
    }
    connection
}

fn put(connection: &Connection, mails: &[Mail], bodies: &dyn BodyText) {
    let mut indexer = Indexer::new(connection, bodies);
    for mail in mails {
        let item = "INSERT OR REPLACE INTO item (id, parent, kind, stamp) VALUES (?, ?, ?, 1)";
        connection.execute(item, params![mail.id as i64, mail.folder, mail.shelf + 2]).unwrap();
        connection.execute("DELETE FROM msg WHERE id = ?", [mail.id as i64]).unwrap();
        let mut odd = 0;
        let mut values: Vec<ToSqlOutput<'_>> =
            [mail.folder, mail.shelf, mail.id as i64].map(ToSqlOutput::from).into();
        values.push(0.into());
        for (at, hot) in HOT.iter().enumerate() {
            let value = mail.props.find(hot.tag.id());
            let column = value.and_then(|prop| to_column(hot, &prop.value));
            if value.is_some() && column.is_none() {
                odd |= 1 << at;
            }
            values.push(ToSqlOutput::Borrowed(column.unwrap_or(rusqlite::types::ValueRef::Null)));
        }
        values[3] = ToSqlOutput::from(odd);
        let marks = ", ?".repeat(values.len() - 1);
        let sql = format!("INSERT INTO msg VALUES (?{marks})");
        connection.execute(&sql, params_from_iter(values)).unwrap();
        let attachments: Vec<&dyn Candidate> =
            mail.files.iter().map(|file| file as &dyn Candidate).collect();
        let content = Content {
            id: mail.id,
            props: &mail.props,
            recipients: &mail.recipients,
            attachments: &attachments,
            load: &|tag| panic!("{tag} is at hand"),
        };
        indexer.index(&content).unwrap();
    }
    indexer.finish().unwrap();
}

fn hits(connection: &Connection, query: &Query, below: Option<u64>, most: usize) -> Vec<SearchHit> {
    let held: BTreeSet<Held> = query.held().into_iter().filter(|h| *h != Held::Orphan).collect();
    let request = SearchRequest { query, held: &held, below };
    let mut found = Vec::new();
    let place = Place { root: 1, top: None };
    let plan = search(connection, place, &NoNames, &request, &mut |hit| {
        found.push(hit);
        if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(!plan.unwrap().unwrap().steps.is_empty());
    found
}

fn parse(text: &str) -> Query {
    Query::parse(text, &Context { now: FileTime::parse("2024-05-15T12:00:00Z").unwrap() }).unwrap()
}

/// Checks one query against the core; gives the numbers of what fits.
fn check(connection: &Connection, mails: &[Mail], query: &Query, below: Option<u64>) -> Vec<u64> {
    let mut expected: Vec<&Mail> = Vec::new();
    for mail in mails {
        let held = [Held::Normal, Held::Hidden, Held::Deleted, Held::Deleted][mail.shelf as usize];
        // The folders have no names.
        let path = vec![String::new(); if mail.folder == 3 { 2 } else { 1 }];
        let place = mapix_core::query::Place { folder: Some(&path), held };
        let restriction = query.to_restriction(&NoNames, &place).unwrap();
        let is_below = below.is_none_or(|below| {
            below == 1 || mail.folder as u64 == below || (below == 2 && mail.folder == 3)
        });
        let body = WithBody::new(mail, &Tags);
        let matches = Matcher::new(&restriction).unwrap().matches(&body).unwrap();
        if is_below && query.held().contains(&held) && matches {
            expected.push(mail);
        }
    }
    let received = |mail: &Mail| mail.props.time(tags::MESSAGE_DELIVERY_TIME);
    expected.sort_by_key(|mail| std::cmp::Reverse((received(mail), mail.id)));
    let expected: Vec<u64> = expected.iter().map(|mail| mail.id).collect();
    let fitting: HashSet<u64> = expected.iter().copied().collect();

    let found = hits(connection, query, below, usize::MAX);
    for hit in &found {
        let fits = fitting.contains(&hit.message);
        assert!(fits || !hit.certain, "{query} finds {} for certain", hit.message);
    }
    let kept = found.iter().map(|hit| hit.message).filter(|id| fitting.contains(id));
    assert_eq!(kept.collect::<Vec<_>>(), expected, "{query}");
    let first = hits(connection, query, below, 2);
    assert_eq!(first, found[..first.len()], "{query}");
    expected
}

fn mail(id: u64, props: &[(PropTag, Value)]) -> Mail {
    let mut mail = Mail { id, folder: 2, ..Mail::default() };
    mail.props.set(tags::MESSAGE_CLASS, "IPM.Note");
    mail.props.set(tags::MESSAGE_FLAGS, 0);
    props.iter().for_each(|(tag, value)| mail.props.set(*tag, value.clone()));
    mail
}

fn received(text: &str) -> (PropTag, Value) {
    (tags::MESSAGE_DELIVERY_TIME, Value::Time(FileTime::parse(text).unwrap()))
}

#[test]
fn phrases_stay_within_one_value() {
    let connection = empty();
    let recipient = |name: &str, address: &str| {
        let mut bag = PropBag::new();
        bag.set(tags::DISPLAY_NAME, name);
        bag.set(tags::SMTP_ADDRESS, address);
        bag
    };
    let mut one = mail(
        10,
        &[
            (tags::SUBJECT, "Quarterly \u{6771}\u{4eac}\u{90fd} Zo\u{eb}".into()),
            (tags::BODY, "report\0of x-y".into()),
        ],
    );
    one.recipients = vec![recipient("Ann Bell", "ann@example.com"), recipient("Carl", "ann bell")];
    put(&connection, &[one.clone()], &PlainOnly);
    let mails = [one];
    for (query, count) in [
        ("\"zoe report\"", 0),
        ("\"bell ann\"", 0),
        ("\"com carl\"", 0),
        ("to:\"ann bell\"", 1),
        ("cc:ann", 0),
        ("participants:carl", 1),
        ("\"report of\"", 1),
        ("\u{4eac}\u{90fd}", 1),
        ("\u{6771}\u{90fd}", 0),
        ("zoe", 1),
        ("x-y", 1),
        ("quarter*", 1),
        ("quarter", 0),
        ("\"repo*\"", 0),
        ("\"of x\"*", 1),
    ] {
        let found = check(&connection, &mails, &parse(query), None);
        assert_eq!(found.len(), count, "{query}");
        assert!(hits(&connection, &parse(query), None, 9).iter().all(|hit| hit.certain));
    }
}

#[test]
fn long_words_are_looked_at() {
    let connection = empty();
    let long = "y".repeat(100);
    let mails = [
        mail(10, &[(tags::BODY, format!("{long}a").into())]),
        mail(11, &[(tags::BODY, format!("{long}b").into())]),
    ];
    put(&connection, &mails, &PlainOnly);
    assert_eq!(check(&connection, &mails, &parse(&format!("{long}a")), None), [10]);
    assert_eq!(check(&connection, &mails, &parse(&format!("-{long}a")), None), [11]);
    assert_eq!(check(&connection, &mails, &parse(&format!("{long}*")), None), [11, 10]);
}

/// Takes the marks of paragraphs out.
struct Tags;

impl BodyText for Tags {
    fn text(&self, body: &RichBody) -> Result<Option<String>> {
        let RichBody::Html { html, .. } = body else { return Ok(None) };
        Ok(Some(String::from_utf8_lossy(html).replace("<p>", " ").replace("</p>", " ")))
    }

    /// Of text files.
    fn attachment(&self, file: &AttachedFile<'_>) -> Result<Option<String>> {
        if file.mime_type() != "text/plain" {
            return Ok(None);
        }
        let mut text = String::new();
        file.open()?.read_to_string(&mut text)?;
        Ok(Some(text))
    }
}

#[test]
fn bodies_that_nobody_converted_are_looked_at() {
    let html = Value::from(&b"<p>hidden treasure</p>"[..]);
    let mails = [mail(10, &[(tags::HTML, html)]), mail(11, &[(tags::BODY, "treasure".into())])];
    let find = |bodies: &dyn BodyText, query: &str| {
        let connection = empty();
        put(&connection, &mails, bodies);
        let found = hits(&connection, &parse(query), None, 9);
        found.into_iter().map(|hit| (hit.message, hit.certain)).collect::<Vec<_>>()
    };
    assert_eq!(find(&PlainOnly, "treasure"), [(11, true), (10, false)]);
    assert_eq!(find(&PlainOnly, "-treasure"), [(10, false)]);
    assert_eq!(find(&PlainOnly, "size:>1"), []);
    assert_eq!(find(&Tags, "treasure"), [(11, true), (10, true)]);
    assert_eq!(find(&Tags, "-treasure"), []);
}

#[test]
fn the_text_of_attachments_is_found() {
    let file = |name: &str, kind: &str, text: &str| {
        let mut bag = PropBag::new();
        bag.set(tags::ATTACH_LONG_FILENAME, name);
        bag.set(tags::ATTACH_MIME_TAG, kind);
        bag.set(tags::ATTACH_METHOD, 1);
        bag.set(tags::ATTACH_DATA_BIN, Value::from(text.as_bytes()));
        bag
    };
    let mut one = mail(10, &[(tags::SUBJECT, "larch".into())]);
    one.files = vec![
        file("oak.txt", "text/plain", "birch alder"),
        file("elm.bin", "image/png", "willow"),
        file("ash.txt", "text/plain", "rowan"),
    ];
    let mut embedded = file("mail", "text/plain", "poplar");
    embedded.set(tags::ATTACH_METHOD, 5);
    one.files.push(embedded);
    let connection = empty();
    put(&connection, &[one.clone()], &Tags);
    for (query, count) in [
        ("attachment:birch", 1),
        ("attachment:\"birch alder\"", 1),
        ("attachment:\"alder rowan\"", 0),
        ("attachment:ald*", 1),
        ("attachment:oak.txt", 1),
        ("attachment:elm", 1),
        ("attachment:willow", 0),
        ("attachment:poplar", 0),
        ("attachment:larch", 0),
        ("attachment:*", 1),
        ("filename:birch", 0),
        ("body:birch", 0),
        ("rowan", 1),
        ("-rowan", 0),
    ] {
        let found = check(&connection, &[one.clone()], &parse(query), None);
        assert_eq!(found.len(), count, "{query}");
    }
}

#[test]
fn the_newest_come_first() {
    let connection = empty();
    let mut mails = vec![
        mail(10, &[received("2024-05-01T00:00:00.000Z")]),
        mail(11, &[received("2024-05-01T00:00:03.000Z")]),
        mail(12, &[received("2024-05-01T00:00:01.000Z")]),
        mail(13, &[received("1950-01-01T00:00:00Z")]),
        mail(14, &[received("1951-01-01T00:00:00Z")]),
        mail(15, &[received("2600-01-01T00:00:00Z")]),
        mail(16, &[received("2500-01-01T00:00:00Z")]),
        mail(17, &[]),
        mail(18, &[]),
        mail(19, &[(tags::MESSAGE_DELIVERY_TIME, "yesterday".into())]),
    ];
    put(&connection, &mails, &PlainOnly);
    let order = [15, 16, 11, 12, 10, 14, 13, 19, 18, 17];
    assert_eq!(check(&connection, &mails, &parse("*"), None), order);
    assert_eq!(check(&connection, &mails, &parse("received:2024"), None), [11, 12, 10]);
    assert_eq!(check(&connection, &mails, &parse("received:..1950"), None), [13]);

    // A message that is received later, and one that is gone.
    mails[0] = mail(10, &[received("2024-06-01T00:00:00Z"), (tags::SUBJECT, "new".into())]);
    put(&connection, &mails[..1], &PlainOnly);
    Indexer::new(&connection, &PlainOnly).remove(11).unwrap();
    mails.remove(1);
    let order = [15, 16, 10, 12, 14, 13, 19, 18, 17];
    assert_eq!(check(&connection, &mails, &parse("*"), None), order);
    assert_eq!(check(&connection, &mails, &parse("new"), None), [10]);
}

#[test]
fn many_messages_of_which_few_fit_are_scanned() {
    let connection = empty();
    let mut mails = Vec::new();
    for number in 0..1200_u64 {
        let time = FileTime(133_000_000_000_000_000 + (number as i64 % 700) * 10_000_000);
        let size = if number % 100 == 0 { 5000 } else { 10 };
        let mut mail = mail(
            10 + number,
            &[
                (tags::MESSAGE_DELIVERY_TIME, Value::Time(time)),
                (tags::MESSAGE_SIZE, size.into()),
                (tags::SUBJECT, if number % 3 == 0 { "report draft" } else { "report" }.into()),
            ],
        );
        mail.folder = 2 + (number % 3) as i64;
        mails.push(mail);
    }
    put(&connection, &mails, &PlainOnly);
    for query in
        ["size:>4000", "report size:>4000", "report size:>4000 -draft", "draft OR size:>4000"]
    {
        for below in [None, Some(2)] {
            assert!(!check(&connection, &mails, &parse(query), below).is_empty());
        }
    }
}

const WORDS: [&str; 6] = ["report", "Ann", "R\u{e9}port", "\u{6771}\u{4eac}", "x1", "repo"];

fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(&WORDS[..]), 0..4)
        .prop_map(|words| words.join(" - "))
}

fn mails() -> impl Strategy<Value = Vec<Mail>> {
    let one = (
        (2_i64..5, 0_i64..4),
        (texts(), texts(), texts(), texts()),
        (texts(), proptest::bool::ANY),
        (proptest::option::of(0_i64..40), 0_i32..32, proptest::option::of(0_i32..3000)),
        (proptest::option::of(0_i32..4), proptest::option::of(0_i32..3)),
    );
    proptest::collection::vec(one, 0..12).prop_map(|all| {
        let each = all.into_iter().zip(10..).map(|(drawn, id)| {
            let (place, texts, (inside, readable), (time, flags, size), (kind, level)) = drawn;
            let ((folder, shelf), (subject, body, name, file)) = (place, texts);
            let mut mail = mail(id, &[(tags::MESSAGE_FLAGS, flags.into())]);
            (mail.folder, mail.shelf) = (folder, shelf);
            if !subject.is_empty() {
                mail.props.set(tags::SUBJECT, subject.as_str());
            }
            mail.props.set(tags::BODY, body.as_str());
            mail.props.set(tags::SENDER_NAME, name.as_str());
            if let Some(time) = time {
                let time = FileTime(133_500_000_000_000_000 + time * 10_000_000);
                mail.props.set(tags::MESSAGE_DELIVERY_TIME, Value::Time(time));
            }
            if let Some(size) = size {
                mail.props.set(tags::MESSAGE_SIZE, size);
            }
            if let Some(level) = level {
                mail.props.set(tags::IMPORTANCE, level);
            }
            let mut recipient = PropBag::new();
            recipient.set(tags::DISPLAY_NAME, file.as_str());
            recipient.set(tags::EMAIL_ADDRESS, name.as_str());
            if let Some(kind) = kind {
                recipient.set(tags::RECIPIENT_TYPE, kind);
            }
            let mut attachment = PropBag::new();
            attachment.set(tags::ATTACH_LONG_FILENAME, file.as_str());
            attachment.set(tags::ATTACH_METHOD, 1);
            attachment.set(tags::ATTACH_DATA_BIN, Value::from(inside.as_bytes()));
            if readable {
                attachment.set(tags::ATTACH_MIME_TAG, "Text/Plain; charset=utf-8");
            }
            mail.recipients.push(recipient);
            mail.files.push(attachment);
            mail
        });
        each.collect()
    })
}

fn queries() -> impl Strategy<Value = Query> {
    let fields = [
        "",
        "subject:",
        "from:",
        "to:",
        "cc:",
        "bcc:",
        "participants:",
        "body:",
        "filename:",
        "attachment:",
    ];
    let word = ["report", "ann", "repo*", "\u{4eac}", "\"report ann\"", "x1", "*"];
    let text = (proptest::sample::select(fields.to_vec()), proptest::sample::select(word.to_vec()))
        .prop_map(|(field, word)| format!("{field}{word}"));
    let other = proptest::sample::select(vec![
        "size:>1000",
        "is:unread",
        "has:attachment",
        "importance:high",
        "importance:normal",
        "class:IPM.Note",
        "category:x",
        "is:hidden",
        "is:deleted",
        "received:>=2024-01-17",
        "received:*",
        "prop:PR_SENSITIVITY",
        "prop:PR_SUBJECT~por",
        "message-id:1",
    ])
    .prop_map(String::from);
    let leaf = prop_oneof![3 => text, 2 => other].prop_map(|text| parse(&text));
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Query::and),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Query::or),
            inner.prop_map(Query::negate),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_index_finds_what_the_core_finds(
        mails in mails(),
        queries in proptest::collection::vec(queries(), 8),
        below in proptest::sample::select(vec![None, Some(2), Some(3)]),
    ) {
        let connection = empty();
        put(&connection, &mails, &Tags);
        for query in queries {
            check(&connection, &mails, &query, below);
        }
    }
}
