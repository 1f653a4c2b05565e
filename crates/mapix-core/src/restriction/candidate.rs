//! What a restriction is evaluated on.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use super::operator::too_complex;
use crate::prop::{PropBag, PropTag, Value};
use crate::{ErrorCode, Result};

/// What a restriction is evaluated on: a row of a table, a message, a recipient.
///
/// Only [`Candidate::value`] must be there. It is asked first, and gives what is at hand; the
/// others are asked only where that is not enough to decide, so that a search over small
/// properties never touches a large one. Who cannot serve them leaves them out: restrictions that
/// need them then fail with `MAPI_E_TOO_COMPLEX`.
pub trait Candidate {
    /// The value under a tag.
    ///
    /// # Behavior
    /// - The type must fit that of the tag, but for the width of strings; `PT_UNSPECIFIED` takes
    ///   any. A row that is one instance of a multivalue may give its single value.
    /// - `None` if there is none. An error value and [`Value::Null`] count as none, but for
    ///   `MAPI_E_NOT_ENOUGH_MEMORY`: that value is there, and is loaded.
    /// - What is too large to be at hand is [`Value::Large`], with its size.
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>>;

    /// The text under a tag, where it can be lent: what [`Candidate::value`] would give, without
    /// the copy. `None` says nothing.
    fn text(&self, tag: PropTag) -> Option<&str> {
        let _ = tag;
        None
    }

    /// The value that [`Candidate::value`] did not give because it is large.
    ///
    /// # Behavior
    /// - Never [`Value::Large`] again.
    /// - Not called for values that are larger than [`Matcher::MAX_LOAD`](super::Matcher::MAX_LOAD).
    fn load(&self, tag: PropTag) -> Result<Value> {
        Err(too_complex(format!("{tag} is too large to be evaluated here")))
    }

    /// The bytes of a large binary value, from its start. They are read only as far as needed.
    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        let value = self.load(tag)?;
        match value.as_bytes() {
            Some(bytes) => Ok(Box::new(Cursor::new(bytes.to_vec()))),
            None => Err(too_complex(format!("{tag} has no bytes to be read"))),
        }
    }

    /// Calls `each` with every recipient or attachment until it breaks; the tag is
    /// `PR_MESSAGE_RECIPIENTS` or `PR_MESSAGE_ATTACHMENTS`.
    ///
    /// # Behavior
    /// - An error of `each` ends it and is handed on.
    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let _ = each;
        Err(too_complex(format!("{tag} is not at hand here")))
    }
}

impl Candidate for PropBag {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        let found = match self.find(tag.id()) {
            Some(prop) if prop.value.as_error() == Some(ErrorCode::NOT_ENOUGH_MEMORY) => {
                Some(&prop.value)
            }
            _ => self.get(tag),
        };
        Ok(found.map(Cow::Borrowed))
    }
}
