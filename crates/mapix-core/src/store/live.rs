//! What search folders find, for the stores that keep them.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::io::Read;
use std::ops::ControlFlow;

use super::{ItemKind, ObjectRef, Row, RowSource, SearchCriteria, ValueStream};
use crate::object::computed;
use crate::prop::{CodePage, PropBag, PropTag, Value, tags};
use crate::restriction::{Candidate, Matcher};
use crate::{EntryId, Error, ErrorCode, Result};

/// The criteria of one search folder, ready to be asked of messages.
///
/// A store with [`Capability::SEARCH`](super::Capability::SEARCH) keeps one for each search folder
/// whose criteria are live, and asks it in every commit, when all changes are made, about each
/// message that was made, restored, changed or moved, also with a folder: a message that is now
/// [found](Self::finds) is linked to the search folder, any other is not. What was deleted,
/// softly or for good, is not found. Stores that ask here find the same as the memory store does,
/// and as a table with the same restriction.
///
/// [`Restriction::Count`](crate::restriction::Restriction::Count) limits nothing here. A message
/// that cannot be evaluated is not found; the store says so in its diagnostics if it can.
#[derive(Debug)]
pub struct LiveSearch {
    criteria: SearchCriteria,
    matcher: Matcher,
    /// Whether entry IDs are asked for.
    identity: bool,
}

/// What a store is asked while it evaluates criteria in the midst of a commit: the methods of
/// [`MessageStore`](super::MessageStore) of the same names, answered as of now.
pub trait SearchReader {
    /// All properties that are stored for an object.
    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag>;

    /// Opens the bytes of one property.
    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>>;

    /// Visits the recipients or the attachments of a message, all columns.
    fn rows(
        &self,
        source: &RowSource,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()>;

    /// What a number stands for; an error also for a message that is softly deleted.
    fn kind(&self, id: u64) -> Result<ItemKind>;

    /// The folder that holds a folder or a message.
    fn parent(&self, id: u64) -> Result<Option<u64>>;

    /// The entry ID of an object.
    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId>;
}

impl LiveSearch {
    /// Checks criteria and prepares them.
    ///
    /// # Errors
    /// Those of [`Matcher::new`].
    pub fn new(criteria: SearchCriteria) -> Result<Self> {
        let matcher = Matcher::new(&criteria.restriction)?;
        let columns = criteria.restriction.columns();
        let identity = columns.iter().any(|tag| computed::is_identity(*tag));
        Ok(Self { criteria, matcher, identity })
    }

    /// What it was made from.
    pub fn criteria(&self) -> &SearchCriteria {
        &self.criteria
    }

    /// Whether messages in a folder are looked at: a folder of the criteria, or one below it if
    /// they are [deep](SearchCriteria::deep).
    pub fn covers(&self, reader: &dyn SearchReader, folder: u64) -> Result<bool> {
        /// Hierarchies deeper than this are taken for circles.
        const DEEPEST: usize = 1000;
        let mut here = folder;
        for _ in 0..DEEPEST {
            if self.criteria.folders.contains(&here) {
                return Ok(true);
            }
            match reader.parent(here)? {
                Some(parent) if self.criteria.deep => here = parent,
                _ => break,
            }
        }
        Ok(false)
    }

    /// Whether the search folder shows a message: a normal one, in one of its folders, that fits.
    /// A number that stands for anything else, or for nothing, is not found.
    pub fn finds(&self, reader: &dyn SearchReader, message: u64) -> bool {
        let is_message = matches!(reader.kind(message), Ok(ItemKind::Message));
        is_message && self.fits(reader, message).unwrap_or(false)
    }

    fn fits(&self, reader: &dyn SearchReader, message: u64) -> Result<bool> {
        let Some(folder) = reader.parent(message)? else { return Ok(false) };
        if !self.covers(reader, folder)? {
            return Ok(false);
        }
        let object = ObjectRef::message(message);
        let stored =
            Stored { reader, folder, object, identity: self.identity, bag: OnceCell::new() };
        self.matcher.matches(&stored)
    }
}

/// How large the values are that are read with the others.
const INLINE: u64 = 4096;

/// A message or an attachment as the criteria see it.
struct Stored<'a> {
    reader: &'a dyn SearchReader,
    folder: u64,
    object: ObjectRef,
    identity: bool,
    bag: OnceCell<PropBag>,
}

impl Stored<'_> {
    fn bag(&self) -> Result<&PropBag> {
        if let Some(bag) = self.bag.get() {
            return Ok(bag);
        }
        let mut bag = self.reader.properties(&self.object, INLINE)?;
        if let ObjectRef::Message(_) = self.object {
            if self.identity {
                computed::set_identity(&mut bag, &self.reader.entry_id(&self.object)?);
                let parent = self.reader.entry_id(&ObjectRef::Folder(self.folder))?;
                bag.set(tags::PARENT_ENTRYID, parent.as_bytes());
            }
            computed::message_defaults(&mut bag);
        }
        Ok(self.bag.get_or_init(|| bag))
    }
}

impl Candidate for Stored<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        self.bag()?.value(tag)
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        let Some(prop) = self.bag()?.find(tag.id()) else {
            return Err(Error::not_found("the message does not have it").context(tag));
        };
        let kind = prop.value.prop_type();
        if kind.is_multi() {
            let whole = self.reader.properties(&self.object, u64::MAX)?;
            let found = whole.find(tag.id()).map(|prop| prop.value.clone());
            return found.ok_or_else(|| Error::not_found("it is gone").context(tag));
        }
        let code_page = self.bag()?.i32(tags::MESSAGE_CODEPAGE).and_then(CodePage::from_property);
        let mut bytes = Vec::new();
        self.reader.open_stream(&self.object, tag)?.read_to_end(&mut bytes)?;
        Ok(Value::from_bytes(kind, &bytes, code_page.unwrap_or(CodePage::WESTERN)))
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.reader.open_stream(&self.object, tag)?))
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let ObjectRef::Message(message) = &self.object else {
            return Err(Error::new(ErrorCode::TOO_COMPLEX, "attachments hold none of their own"));
        };
        let recipients = tag.id() == tags::MESSAGE_RECIPIENTS.id();
        let source = if recipients {
            RowSource::Recipients(message.clone())
        } else {
            RowSource::Attachments(message.clone())
        };
        let mut result = Ok(());
        self.reader.rows(&source, &mut |row| {
            let next = row.and_then(|row| {
                if recipients {
                    return each(&row.props);
                }
                let object = ObjectRef::Attachment(message.clone(), row.id as u32);
                let bag = OnceCell::new();
                each(&Stored { object, bag, folder: self.folder, identity: false, ..*self })
            });
            next.unwrap_or_else(|error| {
                result = Err(error);
                ControlFlow::Break(())
            })
        })?;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader with a chain of folders, each in the one before, that goes round in a circle.
    struct Circle;

    impl SearchReader for Circle {
        fn properties(&self, _: &ObjectRef, _: u64) -> Result<PropBag> {
            Ok(PropBag::new())
        }

        fn open_stream(&self, _: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
            Err(Error::not_found("nothing is stored").context(tag))
        }

        fn rows(
            &self,
            _: &RowSource,
            _: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
        ) -> Result<()> {
            Ok(())
        }

        fn kind(&self, _: u64) -> Result<ItemKind> {
            Ok(ItemKind::Message)
        }

        fn parent(&self, id: u64) -> Result<Option<u64>> {
            Ok(Some(if id == 9 { 2 } else { id + 1 }))
        }

        fn entry_id(&self, _: &ObjectRef) -> Result<EntryId> {
            Err(Error::no_support("there are none"))
        }
    }

    #[test]
    fn a_circle_of_folders_ends() {
        let search = |folders: Vec<u64>, deep| {
            let restriction = crate::restriction::Restriction::and([]);
            LiveSearch::new(SearchCriteria { restriction, folders, deep, live: true }).unwrap()
        };
        assert!(search(vec![5], true).finds(&Circle, 2));
        assert!(!search(vec![5], false).finds(&Circle, 2));
        assert!(search(vec![3], false).finds(&Circle, 2));
        assert!(!search(vec![77], true).finds(&Circle, 2), "and is not searched for ever");
    }
}
