//! The words of a message.

use std::borrow::Cow;
use std::ops::ControlFlow;

use mapix_core::prop::{PropBag, PropTag, Value, tags};
use mapix_core::query::{BodyText, TextField, WithBody};
use mapix_core::restriction::{Candidate, Matcher, Words};
use mapix_core::{RecipientKind, Result};

use super::COLUMNS;

/// A message as it was just stored.
pub(crate) struct Content<'a> {
    /// Its number.
    pub(crate) id: u64,
    /// Its properties; those that are stored apart as [`Value::Large`].
    pub(crate) props: &'a PropBag,
    /// Its recipients.
    pub(crate) recipients: &'a [PropBag],
    /// Its attachments.
    pub(crate) attachments: &'a [&'a dyn Candidate],
    /// Reads a property that is stored apart.
    pub(crate) load: &'a dyn Fn(PropTag) -> Result<Value>,
}

/// Longer words are cut. So long is none that anybody types, but data in the place of text is.
pub(super) const LONGEST_WORD: usize = 64;

/// A query word of so many bytes may have been cut, and so may the word that it finds.
pub(super) const SURE_WORD: usize = LONGEST_WORD - 4;

/// Longer texts are not put into the index; the messages are looked at instead.
const LONGEST_TEXT: u64 = 16 << 20;

/// Stands between two values, so that no phrase reaches from one to the next. It is no letter, so
/// that it is in no word.
const GAP: &str = "\u{E000}";

/// The words of a message, folded and with spaces between them, for each column.
pub(super) struct Document {
    pub(super) columns: [String; COLUMNS.len()],
    /// Whether there are words that are not here.
    pub(super) partial: bool,
}

impl Document {
    pub(super) fn new(content: &Content<'_>, bodies: &dyn BodyText) -> Self {
        let mut document = Self { columns: Default::default(), partial: false };
        let message = Stored(content);
        document.value(1, &message, tags::SUBJECT);
        for tag in TextField::SENDER {
            document.value(2, &message, tag);
        }
        for recipient in content.recipients {
            let kind = recipient.i32(tags::RECIPIENT_TYPE).unwrap_or(1);
            let column = match RecipientKind::from_mapi(kind) {
                RecipientKind::To => 3,
                RecipientKind::Cc => 4,
                RecipientKind::Bcc => 5,
                _ => 6,
            };
            for tag in TextField::RECIPIENT {
                document.value(column, recipient, tag);
            }
        }
        let body = WithBody::new(&message, bodies);
        document.value(0, &body, tags::BODY);
        document.partial |= body.has_unread_body();
        let files = body.subobjects(tags::MESSAGE_ATTACHMENTS, &mut |attachment| {
            for tag in TextField::ATTACHMENT {
                document.value(7, attachment, tag);
            }
            if document.columns[8].len() as u64 > LONGEST_TEXT {
                // There may be a thousand of them.
                document.partial = true;
            } else {
                document.value(8, attachment, tags::SEARCH_ATTACHMENTS);
            }
            Ok(ControlFlow::Continue(()))
        });
        document.partial |= files.is_err();
        document
    }

    /// How much memory it takes.
    pub(super) fn len(&self) -> usize {
        self.columns.iter().map(String::len).sum()
    }

    /// Adds the words of a property, if it is text.
    fn value(&mut self, column: usize, from: &dyn Candidate, tag: PropTag) {
        let found = from.value(tag).and_then(|value| match value.as_deref() {
            Some(Value::Large(_, size)) if *size > LONGEST_TEXT.min(Matcher::MAX_LOAD) => {
                self.partial = true;
                Ok(None)
            }
            Some(Value::Large(..) | Value::Error(_)) => from.load(tag).map(Cow::Owned).map(Some),
            _ => Ok(value),
        });
        match found {
            Ok(Some(value)) => {
                if let Some(text) = value.as_text() {
                    self.text(column, &text);
                }
            }
            Ok(None) => {}
            // It was stored a moment ago; a converter may fail.
            Err(_) => self.partial = true,
        }
    }

    fn text(&mut self, column: usize, text: &str) {
        let out = &mut self.columns[column];
        let start = out.len();
        for word in Words::new(text).iter() {
            if out.len() == start && start > 0 {
                out.push(' ');
                out.push_str(GAP);
            }
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(cut(word));
        }
        // The same name or address, once more: nothing new is found in it.
        let gap = GAP.len() + 2;
        if start > 0 && out.len() > start {
            let (before, value) = (&out[..start], &out[start + gap..]);
            let last = before.rsplit(GAP).next().unwrap_or(before).trim_start();
            if last == value {
                out.truncate(start);
            }
        }
    }
}

/// At most [`LONGEST_WORD`] bytes of a word.
pub(super) fn cut(word: &str) -> &str {
    let end = (0..=LONGEST_WORD.min(word.len())).rev().find(|at| word.is_char_boundary(*at));
    &word[..end.unwrap_or(0)]
}

/// What was just stored, as a restriction sees it.
struct Stored<'a>(&'a Content<'a>);

impl Candidate for Stored<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        self.0.props.value(tag)
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        (self.0.load)(tag)
    }

    fn subobjects(
        &self,
        _: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        for attachment in self.0.attachments {
            if each(*attachment)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}
