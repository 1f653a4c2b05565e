//! From a query to a restriction.

use super::property::guesses;
use super::{
    DateSpan, Held, Importance, Mark, Property, Query, SizeRange, Test, Text, TextField, Whole,
};
use crate::object::Store;
use crate::prop::{PropName, PropTag, PropType, Value, guids, tags};
use crate::restriction::{FuzzyLevel, RelOp, Restriction};
use crate::{Error, ErrorCode, Result};

/// Who knows the named properties of a store.
pub trait Names {
    /// The ID that a name has in the store; `None` if it has none, so that no message has the
    /// property.
    fn id_of(&self, name: &PropName) -> Result<Option<u16>>;
}

impl Names for Store {
    fn id_of(&self, name: &PropName) -> Result<Option<u16>> {
        let found = self.ids_of(std::slice::from_ref(name), false)?;
        Ok(found.first().copied().flatten().map(PropTag::id))
    }
}

/// A store without named properties.
#[derive(Clone, Copy, Default, Debug)]
pub struct NoNames;

impl Names for NoNames {
    fn id_of(&self, _: &PropName) -> Result<Option<u16>> {
        Ok(None)
    }
}

/// Where a message is. It decides the terms of which a restriction knows nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place<'a> {
    /// The path of its folder, as [`FolderPattern`](super::FolderPattern) understands it; `None`
    /// if it is in none, or if that is not known: no [`Query::Folder`] holds then.
    pub folder: Option<&'a [String]>,
    /// How it is held.
    pub held: Held,
}

impl Default for Place<'_> {
    /// A normal message whose folder is not known.
    fn default() -> Self {
        Self { folder: None, held: Held::Normal }
    }
}

/// Case and accents do not matter.
const FOLD: FuzzyLevel = FuzzyLevel(FuzzyLevel::IGNORE_CASE.0 | FuzzyLevel::IGNORE_NON_SPACE.0);

const FLAG_STATUS: PropTag = PropTag(0x1090_0003);
const LAST_VERB_EXECUTED: PropTag = PropTag(0x1081_0003);

const MSGFLAG_READ: u32 = 0x1;
const MSGFLAG_UNSENT: u32 = 0x8;
const MSGFLAG_HASATTACH: u32 = 0x10;

/// How many levels a term may have as a restriction.
const TERM_DEPTH: usize = 8;

impl Query {
    /// The restriction that messages at a place must fit. It is evaluated on messages, with
    /// [`WithBody`](super::WithBody) around them to look into bodies that are not plain text.
    ///
    /// `Restriction::Or` without anything in it, if no message at the place can fit.
    ///
    /// # Errors
    /// `MAPI_E_TOO_COMPLEX` if the query is deeper or larger than restrictions may be, which no
    /// parsed one is unless it holds a [`Query::Restriction`]; and those of the names.
    pub fn to_restriction(&self, names: &dyn Names, place: &Place<'_>) -> Result<Restriction> {
        for (count, (depth, ..)) in self.walk().enumerate() {
            if depth + TERM_DEPTH > Restriction::MAX_DEPTH || count >= Restriction::MAX_NODES {
                return Err(Error::new(
                    ErrorCode::TOO_COMPLEX,
                    "the query is too deep or too large",
                ));
            }
        }
        Compiler { names, place }.query(self)
    }
}

struct Compiler<'a> {
    names: &'a dyn Names,
    place: &'a Place<'a>,
}

impl Compiler<'_> {
    fn query(&self, query: &Query) -> Result<Restriction> {
        let each = |queries: &[Query]| -> Result<Vec<Restriction>> {
            queries.iter().map(|query| self.query(query)).collect()
        };
        Ok(match query {
            Query::All => always(),
            Query::And(queries) => all(each(queries)?),
            Query::Or(queries) => any(each(queries)?),
            Query::Not(inner) => not(self.query(inner)?),
            Query::Text { field, text } => text_in(*field, text),
            Query::Class(whole) => class(whole),
            Query::Category(whole) => {
                let keywords = PropName::name(guids::PS_PUBLIC_STRINGS, "Keywords");
                let id = self.names.id_of(&keywords)?;
                let tag = id.map(|id| PropTag::new(id, PropType::MV_UNICODE));
                tag.map_or_else(never, |tag| match whole {
                    Whole::Anything => not_empty(tag),
                    Whole::Is(text) => content(tag, FuzzyLevel::FULL_STRING, text),
                    Whole::StartsWith(text) => content(tag, FuzzyLevel::PREFIX, text),
                })
            }
            Query::MessageId(id) => any([format!("<{id}>"), id.to_string()]
                .map(|id| Restriction::equals(tags::INTERNET_MESSAGE_ID, id))
                .into()),
            Query::Date { field, span } => within(field.tag(), *span),
            Query::Size(range) => size(*range),
            Query::Importance(importance) => {
                let is = Restriction::equals(tags::IMPORTANCE, *importance as i32);
                match importance {
                    Importance::Normal => any(vec![not(Restriction::exists(tags::IMPORTANCE)), is]),
                    _ => is,
                }
            }
            Query::Mark(mark) => marked(*mark),
            Query::Held(held) => known(*held == self.place.held),
            Query::Folder(pattern) => {
                known(self.place.folder.is_some_and(|path| pattern.matches(path)))
            }
            Query::Property { property, test } => self.property(property, test)?,
            Query::Restriction(text) => Restriction::parse(text, self.names)?,
        })
    }

    fn property(&self, property: &Property, test: &Test) -> Result<Restriction> {
        let tag = match property {
            Property::Tag(tag) => *tag,
            Property::Named(name) => match self.names.id_of(name)? {
                Some(id) => PropTag::new(id, property.prop_type()),
                None => return Ok(never()),
            },
        };
        Ok(match test {
            Test::Exists => Restriction::exists(tag.with_type(PropType::UNSPECIFIED)),
            Test::Is(op, Value::Unicode(text)) if tag.prop_type() == PropType::UNSPECIFIED => {
                let guesses = guesses(text).into_iter();
                any(guesses.map(|value| Restriction::property(tag, *op, value)).collect())
            }
            Test::Is(op, value) => Restriction::property(tag, *op, value.clone()),
            Test::Contains(value) => Restriction::Content {
                tag,
                fuzzy: FuzzyLevel::SUBSTRING | FOLD,
                value: value.clone(),
            },
            Test::Bits(mask) => Restriction::BitMask { tag, mask: *mask, non_zero: true },
            Test::Within(span) => within(tag, *span),
        })
    }
}

fn text_in(field: TextField, text: &Text) -> Restriction {
    let find = |tag: PropTag| match text {
        Text::Anything => not_empty(tag),
        Text::Word(text) | Text::Phrase(text) => content(tag, FuzzyLevel::PHRASE_MATCH, text),
        Text::Prefix(text) => content(tag, FuzzyLevel::PREFIX_ON_ANY_WORD, text),
    };
    let one_of = |tags: &[PropTag]| any(tags.iter().copied().map(find).collect());
    let recipients = |kind: Option<u32>| Restriction::Sub {
        subobject: tags::MESSAGE_RECIPIENTS,
        restriction: Box::new(all(vec![
            kind.map_or_else(always, of_kind),
            if *text == Text::Anything { always() } else { one_of(&TextField::RECIPIENT) },
        ])),
    };
    let files = |restriction: Restriction| Restriction::Sub {
        subobject: tags::MESSAGE_ATTACHMENTS,
        restriction: Box::new(restriction),
    };
    let names = || one_of(&TextField::ATTACHMENT);
    let names_and_text = || match text {
        // Whether there is text in it, only who makes it knows.
        Text::Anything => files(always()),
        _ => files(any(vec![names(), find(tags::SEARCH_ATTACHMENTS)])),
    };
    match field {
        TextField::Any if *text == Text::Anything => always(),
        TextField::Any => {
            let here = [tags::SUBJECT].into_iter().chain(TextField::SENDER).chain([tags::BODY]);
            any(here.map(find).chain([recipients(None), names_and_text()]).collect())
        }
        TextField::Subject => find(tags::SUBJECT),
        TextField::From => one_of(&TextField::SENDER),
        TextField::To => recipients(Some(1)),
        TextField::Cc => recipients(Some(2)),
        TextField::Bcc => recipients(Some(3)),
        TextField::Participants => any(vec![one_of(&TextField::SENDER), recipients(None)]),
        TextField::Body => find(tags::BODY),
        TextField::Filename => files(names()),
        TextField::Attachment => names_and_text(),
    }
}

/// Recipients of a kind, without regard to `MAPI_P1` and `MAPI_SUBMITTED`. Who has no kind is a
/// `To`.
fn of_kind(kind: u32) -> Restriction {
    const FLAGS: u32 = 0xF000_0000;
    const TO: u32 = 1;
    let tag = tags::RECIPIENT_TYPE;
    let bits = |mask: u32, non_zero: bool| Restriction::BitMask { tag, mask, non_zero };
    let ones = (0..28).map(|bit| 1 << bit).filter(|bit| kind & bit != 0);
    let mut parts: Vec<Restriction> = ones.map(|bit| bits(bit, true)).collect();
    parts.push(bits(!kind & !FLAGS, false));
    let is_kind = all(parts);
    if kind == TO { any(vec![not(Restriction::exists(tag)), is_kind]) } else { is_kind }
}

fn class(whole: &Whole) -> Restriction {
    let tag = tags::MESSAGE_CLASS;
    match whole {
        Whole::Anything => not_empty(tag),
        Whole::Is(text) => any(vec![
            content(tag, FuzzyLevel::FULL_STRING, text),
            content(tag, FuzzyLevel::PREFIX, &format!("{text}.")),
        ]),
        Whole::StartsWith(text) => content(tag, FuzzyLevel::PREFIX, text),
    }
}

fn marked(mark: Mark) -> Restriction {
    let flag = |mask, non_zero| Restriction::BitMask { tag: tags::MESSAGE_FLAGS, mask, non_zero };
    match mark {
        Mark::Read => flag(MSGFLAG_READ, true),
        Mark::Unread => flag(MSGFLAG_READ, false),
        Mark::Draft => flag(MSGFLAG_UNSENT, true),
        Mark::Attachment => flag(MSGFLAG_HASATTACH, true),
        Mark::Complete => Restriction::equals(FLAG_STATUS, 1),
        Mark::Flagged => Restriction::equals(FLAG_STATUS, 2),
        Mark::Replied => {
            any([102, 103].map(|verb| Restriction::equals(LAST_VERB_EXECUTED, verb)).into())
        }
        Mark::Forwarded => Restriction::equals(LAST_VERB_EXECUTED, 104),
    }
}

/// Stores keep the size as 32 or 64 bits.
fn size(range: SizeRange) -> Restriction {
    let (short, long) = (tags::MESSAGE_SIZE, tags::MESSAGE_SIZE_EXTENDED);
    let limit = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let min = range.min.unwrap_or(0);
    let mut as_long = vec![Restriction::property(long, RelOp::Ge, limit(min))];
    as_long.extend(range.max.map(|max| Restriction::property(long, RelOp::Le, limit(max))));
    let Ok(min) = i32::try_from(min) else { return all(as_long) };
    let mut as_short = vec![Restriction::property(short, RelOp::Ge, min)];
    let max = range.max.and_then(|max| i32::try_from(max).ok());
    as_short.extend(max.map(|max| Restriction::property(short, RelOp::Le, max)));
    any(vec![all(as_short), all(as_long)])
}

fn within(tag: PropTag, span: DateSpan) -> Restriction {
    let from = span.from.map(|from| Restriction::property(tag, RelOp::Ge, from));
    let until = span.until.map(|until| Restriction::property(tag, RelOp::Lt, until));
    match (from, until) {
        (None, None) => Restriction::exists(tag),
        (from, until) => all(from.into_iter().chain(until).collect()),
    }
}

fn content(tag: PropTag, how: FuzzyLevel, text: &str) -> Restriction {
    Restriction::Content { tag, fuzzy: how | FOLD, value: text.into() }
}

/// It is there, and not empty.
fn not_empty(tag: PropTag) -> Restriction {
    Restriction::Size { op: RelOp::Gt, tag, size: 0 }
}

fn always() -> Restriction {
    Restriction::And(Vec::new())
}

fn never() -> Restriction {
    Restriction::Or(Vec::new())
}

fn known(holds: bool) -> Restriction {
    if holds { always() } else { never() }
}

/// What is known of some is drawn out of all, so that places where nothing fits are seen at once.
fn all(mut parts: Vec<Restriction>) -> Restriction {
    parts.retain(|part| *part != always());
    match parts.len() {
        1 => parts.remove(0),
        _ if parts.contains(&never()) => never(),
        _ => Restriction::And(parts),
    }
}

fn any(mut parts: Vec<Restriction>) -> Restriction {
    parts.retain(|part| *part != never());
    match parts.len() {
        1 => parts.remove(0),
        _ if parts.contains(&always()) => always(),
        _ => Restriction::Or(parts),
    }
}

fn not(inner: Restriction) -> Restriction {
    match inner {
        inner if inner == always() => never(),
        inner if inner == never() => always(),
        inner => Restriction::not(inner),
    }
}
