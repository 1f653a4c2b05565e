//! What the terms of a query are made of.

use super::DateSpan;
use crate::prop::{Folding, PropName, PropTag, Value, tags};
use crate::restriction::RelOp;

/// Where a text is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum TextField {
    /// In all that the others look at: a text without a field.
    Any,
    /// `subject:` `PR_SUBJECT`.
    Subject,
    /// `from:` [`TextField::SENDER`].
    From,
    /// `to:` Recipients of the kind `To`, which are those without a kind too; each of
    /// [`TextField::RECIPIENT`].
    To,
    /// `cc:` Recipients of the kind `Cc`.
    Cc,
    /// `bcc:` Recipients of the kind `Bcc`.
    Bcc,
    /// `participants:` The sender, and recipients of every kind.
    Participants,
    /// `body:` `PR_BODY`; see [`WithBody`](super::WithBody) for messages that have none.
    Body,
    /// `filename:` [`TextField::ATTACHMENT`] of an attachment.
    Filename,
    /// `attachment:` The same, and the text in it, which [`WithBody`](super::WithBody) gives.
    Attachment,
}

impl TextField {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Any,
        Self::Subject,
        Self::From,
        Self::To,
        Self::Cc,
        Self::Bcc,
        Self::Participants,
        Self::Body,
        Self::Filename,
        Self::Attachment,
    ];

    /// The properties of a message that name the sender, and on whose behalf it was sent.
    pub const SENDER: [PropTag; 6] = [
        tags::SENDER_NAME,
        tags::SENDER_EMAIL_ADDRESS,
        tags::SENDER_SMTP_ADDRESS,
        tags::SENT_REPRESENTING_NAME,
        tags::SENT_REPRESENTING_EMAIL_ADDRESS,
        tags::SENT_REPRESENTING_SMTP_ADDRESS,
    ];

    /// The properties of a recipient that name it.
    pub const RECIPIENT: [PropTag; 3] =
        [tags::DISPLAY_NAME, tags::EMAIL_ADDRESS, tags::SMTP_ADDRESS];

    /// The properties of an attachment that name it.
    pub const ATTACHMENT: [PropTag; 3] =
        [tags::ATTACH_LONG_FILENAME, tags::ATTACH_FILENAME, tags::DISPLAY_NAME];

    /// Its name, without the colon; empty for [`TextField::Any`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Subject => "subject",
            Self::From => "from",
            Self::To => "to",
            Self::Cc => "cc",
            Self::Bcc => "bcc",
            Self::Participants => "participants",
            Self::Body => "body",
            Self::Filename => "filename",
            Self::Attachment => "attachment",
        }
    }
}

/// What is looked for in a text.
///
/// Words are runs of letters and digits; what stands between them does not matter. Made by
/// [`Text::new`] and [`Text::prefix`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Text {
    /// `*`: the field is there and is not empty.
    Anything,
    /// A text without spaces. Mostly that is one word, but `ann@example.com` is three, which must
    /// follow each other.
    Word(Box<str>),
    /// Words that follow each other: `"quarterly report"`.
    Phrase(Box<str>),
    /// Words that follow each other, the last of which may go on: `rep*`, `"quarterly rep"*`.
    Prefix(Box<str>),
}

impl Text {
    /// A word, or a phrase if there are spaces in it; `None` if there is neither a letter nor a
    /// digit to look for.
    pub fn new(text: &str) -> Option<Self> {
        let text = tidy(text)?;
        Some(if text.contains(' ') { Self::Phrase(text) } else { Self::Word(text) })
    }

    /// Words the last of which may go on; `None` if there is neither a letter nor a digit.
    pub fn prefix(text: &str) -> Option<Self> {
        tidy(text).map(Self::Prefix)
    }
}

/// Single spaces only; `None` if nothing is left when letters lose their accents.
fn tidy(text: &str) -> Option<Box<str>> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let folding = Folding::LETTERS;
    folding.apply(&text).contains(char::is_alphanumeric).then(|| text.into())
}

/// A text that is compared whole, without regard to case and accents.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Whole {
    /// `*`: there is one, and it is not empty.
    Anything,
    /// It is this text.
    Is(Box<str>),
    /// It starts with this text: `IPM.No*`.
    StartsWith(Box<str>),
}

/// Which point in time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum DateField {
    /// `received:` `PR_MESSAGE_DELIVERY_TIME`.
    Received,
    /// `sent:` `PR_CLIENT_SUBMIT_TIME`.
    Sent,
    /// `modified:` `PR_LAST_MODIFICATION_TIME`.
    Modified,
    /// `created:` `PR_CREATION_TIME`.
    Created,
}

impl DateField {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Received, Self::Sent, Self::Modified, Self::Created];

    /// Its name, without the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
            Self::Modified => "modified",
            Self::Created => "created",
        }
    }

    /// The property that holds it.
    pub fn tag(self) -> PropTag {
        match self {
            Self::Received => tags::MESSAGE_DELIVERY_TIME,
            Self::Sent => tags::CLIENT_SUBMIT_TIME,
            Self::Modified => tags::LAST_MODIFICATION_TIME,
            Self::Created => tags::CREATION_TIME,
        }
    }
}

/// Sizes in bytes, both limits included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SizeRange {
    /// The smallest.
    pub min: Option<u64>,
    /// The largest.
    pub max: Option<u64>,
}

/// The importance of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Importance {
    /// `IMPORTANCE_LOW`.
    Low,
    /// `IMPORTANCE_NORMAL`.
    Normal,
    /// `IMPORTANCE_HIGH`.
    High,
}

impl Importance {
    /// All of them, by their MAPI numbers.
    pub const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    /// Its name: `low`, `normal`, `high`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// What is true of a message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Mark {
    /// `is:read` `MSGFLAG_READ`.
    Read,
    /// `is:unread` No `MSGFLAG_READ`.
    Unread,
    /// `is:draft` `MSGFLAG_UNSENT`.
    Draft,
    /// `is:flagged` `PR_FLAG_STATUS` is `followupFlagged` (2).
    Flagged,
    /// `is:complete` `PR_FLAG_STATUS` is `followupComplete` (1).
    Complete,
    /// `is:replied` `PR_LAST_VERB_EXECUTED` is a reply, to the sender (102) or to all (103).
    Replied,
    /// `is:forwarded` `PR_LAST_VERB_EXECUTED` is a forward (104).
    Forwarded,
    /// `has:attachment` `MSGFLAG_HASATTACH`: one that is not hidden.
    Attachment,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::Unread,
        Self::Draft,
        Self::Flagged,
        Self::Complete,
        Self::Replied,
        Self::Forwarded,
        Self::Attachment,
    ];

    /// Its name after `is:`, or after `has:` for [`Mark::Attachment`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Unread => "unread",
            Self::Draft => "draft",
            Self::Flagged => "flagged",
            Self::Complete => "complete",
            Self::Replied => "replied",
            Self::Forwarded => "forwarded",
            Self::Attachment => "attachment",
        }
    }
}

/// How a message is held by its store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Held {
    /// In the contents table of a folder.
    Normal,
    /// In the table of associated messages of a folder.
    Hidden,
    /// Deleted, yet still there: the store's index has it in a folder whose tables do not show it.
    Deleted,
    /// Its folder is not there, or is reached from no other folder.
    Orphan,
}

impl Held {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Hidden, Self::Deleted, Self::Orphan];

    /// Its name after `is:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Hidden => "hidden",
            Self::Deleted => "deleted",
            Self::Orphan => "orphan",
        }
    }
}

/// A property by its tag or by its name.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Property {
    /// A property with a fixed tag.
    Tag(PropTag),
    /// A named property; its type is that of [`named_info`](crate::names::named_info), or else
    /// whatever stands in the store.
    Named(PropName),
}

/// What must be true of a property.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Test {
    /// It is there.
    Exists,
    /// It stands in a relation to a value of its type, as
    /// [`Restriction::Property`](crate::restriction::Restriction::Property) compares. Where the
    /// type is not known the value is a text, which is compared with texts, and if it is a number
    /// with numbers too.
    Is(RelOp, Value),
    /// It contains a text (case and accents do not matter) or bytes.
    Contains(Value),
    /// One of these bits is set in it.
    Bits(u32),
    /// It is a time in a span.
    Within(DateSpan),
}
