//! Query text: what people type to find messages.
//!
//! A [`Query`] is a tree of terms, made from text by [`Query::parse`] and printed back as text
//! that means the same. [`Query::to_restriction`] turns it into a MAPI
//! [`Restriction`](crate::restriction::Restriction); a [`Searcher`] finds what fits in a store.
//! The language stands on one page in `docs/query.md`.
//!
//! ```
//! use mapix_core::prop::FileTime;
//! use mapix_core::query::{Context, Query};
//!
//! let context = Context { now: FileTime::parse("2024-05-15T12:00:00Z")? };
//! let query = Query::parse("report from:ann (has:attachment OR size:>1m)", &context)?;
//! assert_eq!(query.to_string(), "report from:ann (has:attachment OR size:1048577..)");
//!
//! let text = "from:ann recieved:2024";
//! let error = Query::parse(text, &context).unwrap_err();
//! assert_eq!(
//!     error.render(text, 80),
//!     "from:ann recieved:2024\n         ^^^^^^^^\n\
//!      `recieved:` is not a field (did you mean `received:`?)",
//! );
//! # Ok::<(), mapix_core::Error>(())
//! ```
//!
//! # What a query means
//!
//! The tree means the same wherever it is evaluated, in memory or compiled to something else:
//!
//! - A term about a property that a message does not have does not hold; its negation does.
//! - Words, phrases and prefixes ([`Text`]) are found as
//!   [`FuzzyLevel::PHRASE_MATCH`](crate::restriction::FuzzyLevel::PHRASE_MATCH) and
//!   [`FuzzyLevel::PREFIX_ON_ANY_WORD`](crate::restriction::FuzzyLevel::PREFIX_ON_ANY_WORD) find
//!   them, with case and accents ignored, within one value of one property. [`TextField`] tells
//!   which properties those are.
//! - Dates are in UTC. What is relative to now was made absolute when the text was read.
//! - [`Query::Held`] and [`Query::Folder`] are about where a message is, which no restriction can
//!   say: see [`Place`].

mod attached;
mod body;
mod candidate;
mod compile;
mod date;
mod display;
mod error;
mod field;
mod folder;
mod indexed;
mod parse;
mod plan;
mod property;
mod restriction;
mod scan;
mod search;
mod snippet;
mod term;
mod tree;

pub use attached::AttachedFile;
pub use body::{BodyText, PlainOnly, RichBody, WithBody};
pub use compile::{Names, NoNames, Place};
pub use date::DateSpan;
pub use error::QueryError;
pub use folder::FolderPattern;
pub(crate) use folder::encode;
pub use plan::Chunk;
pub use search::{Hit, Searcher};
pub use snippet::Snippet;
pub use term::{
    DateField, Held, Importance, Mark, Property, SizeRange, Test, Text, TextField, Whole,
};

use crate::prop::FileTime;

/// A query: which messages are wanted.
///
/// What [`Query::parse`] gives, and what [`Query::and`], [`Query::or`] and [`Query::negate`] make
/// of it, is *plain*: no `And` stands in an `And` and no `Or` in an `Or`, both hold at least two
/// queries, no `Not` stands in a `Not`, and [`Query::All`] stands in no `And`. A plain query
/// prints as text that parses to the same query; any other one prints as text that means the
/// same.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Query {
    /// Every message: `*`, or an empty text.
    All,
    /// All of them hold; true if there are none.
    And(Vec<Self>),
    /// One of them holds; false if there are none.
    Or(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A word, phrase or prefix: `report`, `subject:"quarterly report"`, `from:ann*`.
    Text {
        /// Where it is looked for.
        field: TextField,
        /// What is looked for.
        text: Text,
    },
    /// The message class, with all classes below it: `class:IPM.Note` holds for
    /// `IPM.Note.SMIME` too. `PR_MESSAGE_CLASS`.
    Class(Whole),
    /// One of the categories, whole: `category:"Key customers"`. The named property `Keywords`.
    Category(Whole),
    /// The internet message ID without its angle brackets: `message-id:<1@example.com>`.
    /// `PR_INTERNET_MESSAGE_ID`, with or without them, without regard to case.
    MessageId(Box<str>),
    /// A point in time: `received:2024-01..2024-06`.
    Date {
        /// Which one.
        field: DateField,
        /// The span in which it lies.
        span: DateSpan,
    },
    /// The size: `size:>1m`. `PR_MESSAGE_SIZE`.
    Size(SizeRange),
    /// The importance: `importance:high`. `PR_IMPORTANCE`; a message without it is normal.
    Importance(Importance),
    /// What is true of a message: `is:unread`, `has:attachment`.
    Mark(Mark),
    /// How a message is held: `is:hidden`, `is:deleted`.
    Held(Held),
    /// The folder: `folder:Inbox/Projects`.
    Folder(FolderPattern),
    /// Any property: `prop:PR_SENSITIVITY=2`.
    Property {
        /// The property.
        property: Property,
        /// What must be true of it.
        test: Test,
    },
    /// What a restriction says, in the text that
    /// [`Restriction::parse`](crate::restriction::Restriction::parse) reads:
    /// `restriction:"PR_SUBJECT exists"`.
    Restriction(Box<str>),
}

/// What the meaning of a text depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    /// The moment from which `today` and `7d` are counted.
    pub now: FileTime,
}

impl Context {
    /// As of this moment.
    pub fn now() -> Self {
        Self { now: FileTime::now() }
    }
}

impl Query {
    /// The longest text that is read, in bytes.
    pub const MAX_LENGTH: usize = 256 * 1024;

    /// The most terms that a text may have. So many always fit into a restriction.
    pub const MAX_TERMS: usize = 2500;

    /// The most parentheses that may be open at once.
    pub const MAX_NESTING: usize = 64;

    /// Reads a query. A text without terms is [`Query::All`].
    ///
    /// # Errors
    /// What is wrong with the text, and where: also if it is longer, has more terms or is nested
    /// deeper than [`Query::MAX_LENGTH`], [`Query::MAX_TERMS`] and [`Query::MAX_NESTING`] allow.
    pub fn parse(text: &str, context: &Context) -> Result<Self, QueryError> {
        parse::parse(text, context)
    }
}
