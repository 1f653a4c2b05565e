//! What fits a query, found out in the most simple way: every message is read whole.

use std::cmp::Ordering;

use mapix_core::prop::{PropBag, PropTag, Value, tags};
use mapix_core::query::{Held, Importance, Mark, Property, Query, Test, Text, TextField, Whole};
use mapix_core::restriction::RelOp;
use mapix_core::{Contents, Folder, Store};

/// A message with all that is in it.
pub(crate) struct Mail {
    pub(crate) id: u64,
    path: Vec<String>,
    pub(crate) held: Held,
    props: PropBag,
    body: Option<String>,
    recipients: Vec<PropBag>,
    files: Vec<PropBag>,
    keywords: Vec<String>,
}

/// All messages that the tables show, in the order of a search.
pub(crate) fn mails(store: &Store) -> Vec<Mail> {
    let mut mails = Vec::new();
    gather(store, &store.root().unwrap(), &[], &mut mails);
    mails
}

fn gather(store: &Store, folder: &Folder, path: &[String], mails: &mut Vec<Mail>) {
    let tables = [
        (Contents::Normal, Held::Normal),
        (Contents::Associated, Held::Hidden),
        (Contents::Deleted, Held::Deleted),
    ];
    for (contents, held) in tables {
        for message in folder.messages(contents).unwrap() {
            let message = message.unwrap();
            let name = mapix_core::prop::PropName::name(
                mapix_core::prop::guids::PS_PUBLIC_STRINGS,
                "Keywords",
            );
            let tag = store.ids_of(&[name], false).unwrap()[0];
            let keywords = tag.and_then(|tag| message.get(tag).unwrap());
            let text = |value: &Value| value.as_text().map(String::from);
            mails.push(Mail {
                id: message.id().unwrap(),
                path: path.to_vec(),
                held,
                props: message.props().unwrap(),
                body: message.text(tags::BODY).unwrap(),
                recipients: message.recipients().unwrap().iter().map(|r| r.props.clone()).collect(),
                files: message.attachments().unwrap().iter().map(|a| a.props().unwrap()).collect(),
                keywords: keywords
                    .iter()
                    .flat_map(|all| all.each().filter_map(|one| text(&one)).collect::<Vec<_>>())
                    .collect(),
            });
        }
    }
    for child in folder.folders().unwrap() {
        let mut path = path.to_vec();
        path.push(child.name().unwrap());
        gather(store, &child, &path, mails);
    }
}

pub(crate) fn fits(query: &Query, mail: &Mail) -> bool {
    let number = |tag: PropTag| mail.props.i32(tag);
    let flags = number(tags::MESSAGE_FLAGS).unwrap_or(0);
    let whole = |whole: &Whole, text: &str| match whole {
        Whole::Anything => !text.is_empty(),
        Whole::Is(wanted) => fold(text) == fold(wanted),
        Whole::StartsWith(wanted) => fold(text).starts_with(&fold(wanted)),
    };
    match query {
        Query::All => true,
        Query::And(all) => all.iter().all(|query| fits(query, mail)),
        Query::Or(any) => any.iter().any(|query| fits(query, mail)),
        Query::Not(inner) => !fits(inner, mail),
        Query::Text { field, text } => match field {
            TextField::Any => TextField::ALL[1..].iter().any(|field| has(mail, *field, text)),
            TextField::Participants => {
                has(mail, TextField::From, text)
                    || mail.recipients.iter().any(|bag| named(bag, &TextField::RECIPIENT, text))
            }
            field => has(mail, *field, text),
        },
        Query::Class(class) => {
            let own = mail.props.text(tags::MESSAGE_CLASS).unwrap_or_default();
            let below = match class {
                Whole::Is(text) => fold(&own).starts_with(&format!("{}.", fold(text))),
                _ => false,
            };
            whole(class, &own) || below
        }
        Query::Category(category) => mail.keywords.iter().any(|text| whole(category, text)),
        Query::MessageId(id) => {
            let own = mail.props.text(tags::INTERNET_MESSAGE_ID).unwrap_or_default();
            own.trim_matches(['<', '>']).eq_ignore_ascii_case(id)
        }
        Query::Date { field, span } => mail.props.time(field.tag()).is_some_and(|time| {
            span.from.is_none_or(|from| from <= time) && span.until.is_none_or(|end| time < end)
        }),
        Query::Size(range) => number(tags::MESSAGE_SIZE).is_some_and(|size| {
            let size = size as u64;
            range.min.is_none_or(|min| min <= size) && range.max.is_none_or(|max| size <= max)
        }),
        Query::Importance(wanted) => {
            let own = number(tags::IMPORTANCE).unwrap_or(Importance::Normal as i32);
            own == *wanted as i32
        }
        Query::Mark(mark) => {
            let verb = number(PropTag(0x1081_0003)).unwrap_or(0);
            let status = number(PropTag(0x1090_0003)).unwrap_or(0);
            match mark {
                Mark::Read => flags & 1 != 0,
                Mark::Unread => flags & 1 == 0,
                Mark::Draft => flags & 8 != 0,
                Mark::Attachment => flags & 16 != 0,
                Mark::Flagged => status == 2,
                Mark::Complete => status == 1,
                Mark::Replied => verb == 102 || verb == 103,
                Mark::Forwarded => verb == 104,
                other => panic!("{other:?}"),
            }
        }
        Query::Held(held) => mail.held == *held,
        Query::Folder(pattern) => {
            // The patterns of these tests are one name without stars.
            let name = fold(pattern.names().next().unwrap());
            let is = |folder: &String| fold(folder) == name;
            if pattern.is_exact() {
                mail.path.last().is_some_and(is)
            } else {
                mail.path.iter().any(is)
            }
        }
        Query::Property { property: Property::Tag(tag), test } => {
            let value = mail.props.get(*tag);
            value.is_some_and(|value| match test {
                Test::Exists => true,
                Test::Is(op, wanted) => match (value.as_text(), wanted.as_text()) {
                    (Some(value), Some(wanted)) => {
                        holds(*op, value.to_lowercase().cmp(&wanted.to_lowercase()))
                    }
                    _ => holds(*op, value.as_i32().cmp(&wanted.as_i32())),
                },
                Test::Contains(wanted) => {
                    fold(&value.as_text().unwrap()).contains(&fold(&wanted.as_text().unwrap()))
                }
                Test::Bits(bits) => value.as_i32().unwrap() as u32 & bits != 0,
                other => panic!("{other:?}"),
            })
        }
        other => panic!("{other:?}"),
    }
}

fn holds(op: RelOp, order: Ordering) -> bool {
    match op {
        RelOp::Lt => order.is_lt(),
        RelOp::Le => order.is_le(),
        RelOp::Gt => order.is_gt(),
        RelOp::Ge => order.is_ge(),
        RelOp::Eq => order.is_eq(),
        _ => order.is_ne(),
    }
}

fn has(mail: &Mail, field: TextField, text: &Text) -> bool {
    let to = |kind: i32| {
        let is_kind = |bag: &&PropBag| bag.i32(tags::RECIPIENT_TYPE).unwrap_or(1) & 0xFF == kind;
        let mut recipients = mail.recipients.iter().filter(is_kind);
        recipients.any(|bag| *text == Text::Anything || named(bag, &TextField::RECIPIENT, text))
    };
    match field {
        TextField::Subject => named(&mail.props, &[tags::SUBJECT], text),
        TextField::From => named(&mail.props, &TextField::SENDER, text),
        TextField::To => to(1),
        TextField::Cc => to(2),
        TextField::Bcc => to(3),
        TextField::Body => mail.body.as_ref().is_some_and(|body| found(body, text)),
        TextField::Attachment if *text == Text::Anything => !mail.files.is_empty(),
        // Nobody reads files here.
        TextField::Filename | TextField::Attachment => {
            mail.files.iter().any(|file| named(file, &TextField::ATTACHMENT, text))
        }
        _ => mail.recipients.iter().any(|bag| named(bag, &TextField::RECIPIENT, text)),
    }
}

fn named(bag: &PropBag, tags: &[PropTag], text: &Text) -> bool {
    tags.iter().filter_map(|tag| bag.text(*tag)).any(|value| found(&value, text))
}

fn found(value: &str, text: &Text) -> bool {
    let (wanted, goes_on) = match text {
        Text::Anything => return !value.is_empty(),
        Text::Word(text) | Text::Phrase(text) => (text, false),
        Text::Prefix(text) => (text, true),
    };
    let (value, wanted) = (words(value), words(wanted));
    value.windows(wanted.len()).any(|window| {
        let last = wanted.len() - 1;
        window[..last] == wanted[..last]
            && if goes_on {
                window[last].starts_with(&wanted[last])
            } else {
                window[last] == wanted[last]
            }
    })
}

fn words(text: &str) -> Vec<String> {
    let text = fold(text);
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(String::from).collect()
}

/// Without case, and without the accents that these tests have.
fn fold(text: &str) -> String {
    let plain = |letter| match letter {
        '\u{e9}' | '\u{eb}' => 'e',
        '\u{e0}' => 'a',
        '\u{fc}' => 'u',
        letter => letter,
    };
    text.to_lowercase().chars().map(plain).collect()
}
