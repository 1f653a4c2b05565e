//! Bodies and attachments as plain text, whatever a message has.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::io::Read;
use std::ops::ControlFlow;

use super::AttachedFile;
use super::attached::WithText;
use crate::Result;
use crate::prop::{CodePage, PropTag, PropType, Value, tags};
use crate::restriction::Candidate;

/// Makes plain text of bodies that are none, and of attachments. Whoever can convert HTML and RTF
/// implements it, and whoever can read documents.
///
/// An index and a search by it must be given the same one: what it cannot read is not found. A
/// program that reads one kind of file more leaves the others to the one that is there:
///
/// ```
/// use std::io::Read;
/// use std::sync::Arc;
///
/// use mapix_core::Result;
/// use mapix_core::query::{AttachedFile, BodyText, PlainOnly, RichBody};
///
/// /// Reads recipes, and what another converter reads.
/// struct Recipes(Arc<dyn BodyText>);
///
/// impl BodyText for Recipes {
///     fn text(&self, body: &RichBody) -> Result<Option<String>> {
///         self.0.text(body)
///     }
///
///     fn attachment(&self, file: &AttachedFile<'_>) -> Result<Option<String>> {
///         if file.mime_type() != "application/x-recipe" {
///             return self.0.attachment(file);
///         }
///         let mut bytes = Vec::new();
///         file.open()?.take(1 << 20).read_to_end(&mut bytes)?;
///         Ok(Some(String::from_utf8_lossy(&bytes).replace(';', "\n")))
///     }
/// }
///
/// let converter = Recipes(Arc::new(PlainOnly));
/// // For the index: `LocalProvider::new(Arc::new(converter))`, or `LocalStore::with_body_text`;
/// // for a search without one: `Searcher::with_body_text`.
/// # let _ = converter;
/// ```
pub trait BodyText: Send + Sync {
    /// Who it is, in one line. It changes when the texts change that it gives, so that a store can
    /// tell when its index was made with another one. Without a line, the type says who it is.
    fn name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// The text that a reader of the body sees; `None` if it cannot read this kind of body.
    ///
    /// # Errors
    /// Whatever is wrong with the body. The message then counts as one that could not be
    /// searched.
    fn text(&self, body: &RichBody) -> Result<Option<String>>;

    /// The text in an attachment; `None` if it cannot read this kind of file, of which then only
    /// the name is searched. It must be the same each time. Whoever implements it bounds how much
    /// it reads; of its text the first 4 MiB count.
    ///
    /// # Errors
    /// Whatever is wrong with the file. The message then counts as one that could not be searched.
    fn attachment(&self, file: &AttachedFile<'_>) -> Result<Option<String>> {
        let _ = file;
        Ok(None)
    }
}

/// A body that is not plain text.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RichBody {
    /// `PR_HTML`.
    Html {
        /// As it is stored; of a string property in UTF-8.
        html: Vec<u8>,
        /// In which its bytes are, unless it says so itself.
        code_page: CodePage,
    },
    /// `PR_RTF_COMPRESSED`, as it is stored.
    CompressedRtf(Vec<u8>),
}

/// Converts nothing: only plain bodies are searched.
#[derive(Clone, Copy, Default, Debug)]
pub struct PlainOnly;

impl BodyText for PlainOnly {
    fn name(&self) -> &'static str {
        "plain bodies only"
    }

    fn text(&self, _: &RichBody) -> Result<Option<String>> {
        Ok(None)
    }
}

/// A message whose `PR_BODY` is the text of its HTML, or else of its RTF, where it has no plain
/// body or an empty one, and whose attachments have their text as `PR_SEARCH_ATTACHMENTS`.
/// Everything else is as the message has it.
///
/// A text is only made when it is needed, and then once.
pub struct WithBody<'a> {
    message: &'a dyn Candidate,
    convert: &'a dyn BodyText,
    /// The body once it has been loaded.
    loaded: OnceCell<Value>,
    unread: Cell<bool>,
}

impl<'a> WithBody<'a> {
    /// Wraps a message.
    pub fn new(message: &'a dyn Candidate, convert: &'a dyn BodyText) -> Self {
        Self { message, convert, loaded: OnceCell::new(), unread: Cell::new(false) }
    }

    /// Whether a body was needed that could not be converted, so that it was not looked into.
    pub fn has_unread_body(&self) -> bool {
        self.unread.get()
    }

    /// The HTML or RTF, perhaps as [`Value::Large`], under the tag that has its type.
    fn rich(&self) -> Result<Option<(PropTag, Cow<'_, Value>)>> {
        for tag in [tags::HTML, tags::RTF_COMPRESSED] {
            let found = self.message.value(tag.with_type(PropType::UNSPECIFIED))?;
            if let Some(value) = found.filter(|value| is_filled(value)) {
                return Ok(Some((tag.with_type(value.prop_type()), value)));
            }
        }
        Ok(None)
    }

    fn convert(&self) -> Result<Value> {
        let Some((tag, value)) = self.rich()? else { return Ok(Value::Null) };
        let value = match &*value {
            Value::Large(..) => Cow::Owned(self.message.load(tag)?),
            _ => value,
        };
        let bytes = match value.as_text() {
            Some(text) => text.into_owned().into_bytes(),
            None => value.as_bytes().unwrap_or_default().to_vec(),
        };
        let body = if tag.id() == tags::RTF_COMPRESSED.id() {
            RichBody::CompressedRtf(bytes)
        } else {
            let code_page = match value.as_text() {
                Some(_) => CodePage::UTF8,
                None => self.code_page()?,
            };
            RichBody::Html { html: bytes, code_page }
        };
        let text = self.convert.text(&body)?;
        self.unread.set(text.is_none());
        Ok(text.map_or(Value::Null, Value::from))
    }

    fn code_page(&self) -> Result<CodePage> {
        for tag in [tags::INTERNET_CPID, tags::MESSAGE_CODEPAGE] {
            let number = self.message.value(tag)?.and_then(|value| value.as_i32());
            if let Some(found) = number.and_then(CodePage::from_property) {
                return Ok(found);
            }
        }
        Ok(CodePage::WESTERN)
    }
}

/// Whether something stands there, and is not empty.
fn is_filled(value: &Value) -> bool {
    value.as_error().is_none() && value.size() > 0
}

impl Candidate for WithBody<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        if tag.id() != tags::BODY.id() {
            return self.message.value(tag);
        }
        if let Some(loaded) = self.loaded.get() {
            return Ok(Some(Cow::Borrowed(loaded)));
        }
        let plain = self.message.value(tag)?;
        if plain.as_ref().is_some_and(|value| is_filled(value)) {
            return Ok(plain);
        }
        Ok(match self.rich()? {
            // It is made when it is loaded; its size is not known before.
            Some((_, rich)) => Some(Cow::Owned(Value::Large(PropType::UNICODE, rich.size()))),
            None => plain,
        })
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        if tag.id() != tags::BODY.id() {
            return self.message.load(tag);
        }
        if let Some(loaded) = self.loaded.get() {
            return Ok(loaded.clone());
        }
        let plain = self.message.value(tag)?;
        let loaded = match plain.as_deref() {
            Some(value) if is_filled(value) => self.message.load(tag)?,
            Some(Value::Error(_)) if self.rich()?.is_none() => self.message.load(tag)?,
            _ => self.convert()?,
        };
        Ok(self.loaded.get_or_init(|| loaded).clone())
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        self.message.open(tag)
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        if tag.id() != tags::MESSAGE_ATTACHMENTS.id() {
            return self.message.subobjects(tag, each);
        }
        let code_page = self.code_page()?;
        self.message
            .subobjects(tag, &mut |file| each(&WithText::new(file, self.convert, code_page)))
    }
}

impl std::fmt::Debug for WithBody<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WithBody").field("unread", &self.unread).finish_non_exhaustive()
    }
}
