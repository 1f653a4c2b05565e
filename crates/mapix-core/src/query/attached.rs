//! The text inside attachments.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use super::BodyText;
use crate::object::AttachMethod;
use crate::prop::{CodePage, PropTag, PropType, Value, tags};
use crate::restriction::Candidate;
use crate::{Error, Result};

/// An attachment whose bytes are in the message, for whoever makes text of it.
pub struct AttachedFile<'a> {
    file: &'a dyn Candidate,
    name: String,
    mime_type: String,
    charset: Option<String>,
    code_page: CodePage,
}

impl AttachedFile<'_> {
    /// Its file name, or an empty text.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its type, in lower case and without parameters, such as `text/html`; empty if it is not
    /// known.
    pub fn mime_type(&self) -> &str {
        &self.mime_type
    }

    /// What follows the last dot of its name, in lower case.
    pub fn extension(&self) -> Option<String> {
        self.name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase())
    }

    /// The name of the character set of its text, if the attachment tells
    /// (`PidTagTextAttachmentCharset`).
    pub fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    /// The code page of the message: the best guess where nothing else is known.
    pub fn code_page(&self) -> CodePage {
        self.code_page
    }

    /// Opens its bytes, from the first on. They are only read as far as they are asked for.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(&self) -> Result<Box<dyn Read + '_>> {
        let tag = tags::ATTACH_DATA_BIN;
        match self.file.value(tag)?.as_deref() {
            Some(Value::Binary(bytes)) => Ok(Box::new(Cursor::new(bytes.to_vec()))),
            Some(_) => self.file.open(tag),
            None => Err(Error::not_found("the attachment has no bytes")),
        }
    }
}

impl fmt::Debug for AttachedFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachedFile").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How much text of one attachment is looked through, in bytes of UTF-8.
pub(super) const MAX_TEXT: usize = 4 << 20;

const TEXT_ATTACHMENT_CHARSET: PropTag = PropTag(0x371B_001F);

/// An attachment with its text as `PR_SEARCH_ATTACHMENTS`, which is only made when it is needed,
/// and then once.
pub(super) struct WithText<'a> {
    file: &'a dyn Candidate,
    convert: &'a dyn BodyText,
    code_page: CodePage,
    loaded: OnceCell<Value>,
}

impl<'a> WithText<'a> {
    pub(super) fn new(
        file: &'a dyn Candidate,
        convert: &'a dyn BodyText,
        code_page: CodePage,
    ) -> Self {
        Self { file, convert, code_page, loaded: OnceCell::new() }
    }

    fn text(&self, tag: PropTag) -> Result<Option<String>> {
        let value = match self.file.value(tag)? {
            Some(value) if matches!(*value, Value::Large(..)) => Cow::Owned(self.file.load(tag)?),
            Some(value) => value,
            None => return Ok(None),
        };
        Ok(value.as_text().map(Cow::into_owned).filter(|text| !text.is_empty()))
    }

    fn convert(&self) -> Result<Value> {
        let mut name = None;
        for tag in super::TextField::ATTACHMENT {
            name = name.or(self.text(tag)?);
        }
        let mime_type = self.text(tags::ATTACH_MIME_TAG)?.unwrap_or_default();
        let mime_type = mime_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        let file = AttachedFile {
            file: self.file,
            name: name.unwrap_or_default(),
            mime_type,
            charset: self.text(TEXT_ATTACHMENT_CHARSET)?,
            code_page: self.code_page,
        };
        let Some(mut text) = self.convert.attachment(&file)? else { return Ok(Value::Null) };
        let most = MAX_TEXT.min(text.len());
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
        Ok(Value::from(text))
    }

    /// The size of the bytes of a file, if it is one.
    fn size(&self) -> Result<Option<u64>> {
        let method = self.file.value(tags::ATTACH_METHOD)?.and_then(|value| value.as_i32());
        if method.is_some_and(|method| AttachMethod::from_mapi(method) != AttachMethod::ByValue) {
            return Ok(None);
        }
        let bytes = self.file.value(tags::ATTACH_DATA_BIN)?;
        Ok(bytes.map(|bytes| bytes.size()).filter(|size| *size > 0))
    }
}

impl Candidate for WithText<'_> {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        if tag.id() != tags::SEARCH_ATTACHMENTS.id() {
            return self.file.value(tag);
        }
        if let Some(loaded) = self.loaded.get() {
            return Ok(Some(Cow::Borrowed(loaded)));
        }
        // It is made when it is loaded; its size is not known before.
        let size = self.size()?.map(|size| size.min(MAX_TEXT as u64));
        Ok(size.map(|size| Cow::Owned(Value::Large(PropType::UNICODE, size))))
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        if tag.id() != tags::SEARCH_ATTACHMENTS.id() {
            return self.file.load(tag);
        }
        if let Some(loaded) = self.loaded.get() {
            return Ok(loaded.clone());
        }
        let loaded = self.convert()?;
        Ok(self.loaded.get_or_init(|| loaded).clone())
    }

    fn open(&self, tag: PropTag) -> Result<Box<dyn Read + '_>> {
        self.file.open(tag)
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.file.subobjects(tag, each)
    }
}
