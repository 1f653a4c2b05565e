//! Attachments as MIME parts.

use std::collections::HashSet;
use std::io::Write;

use mapix_core::prop::{PropType, Value, tags};
use mapix_core::{AttachMethod, Attachment, Error, Result};

use super::encode::Base64Lines;
use super::headers::date;
use super::mime_type;
use super::param;
use super::word::{Field, unstructured};
use crate::item::{Conversion, Item};
use crate::tags as more;
use crate::{LossKind, Watch};

/// `ATT_MHTML_REF`: the HTML body refers to it.
const MHTML_REF: i32 = 0x4;

/// An attachment that is about to become a part.
pub(crate) struct Part<'a> {
    pub(crate) attachment: Attachment,
    pub(crate) item: Item<'a>,
    pub(crate) method: AttachMethod,
    /// The content ID, without brackets.
    pub(crate) content_id: Option<String>,
    pub(crate) location: Option<String>,
    /// Whether it belongs to the HTML body.
    pub(crate) inline: bool,
}

impl<'a> Part<'a> {
    pub(crate) fn of(
        conversion: &'a Conversion<'a>,
        attachment: Attachment,
        place: String,
    ) -> Result<Self> {
        let item = Item::attachment(conversion, &attachment, place)?;
        let method = AttachMethod::from_mapi(item.i32(tags::ATTACH_METHOD).unwrap_or(0));
        let content_id = item.text(tags::ATTACH_CONTENT_ID).and_then(|id| printable(&id));
        let location = item.text(more::ATTACH_CONTENT_LOCATION).and_then(|url| printable(&url));
        Ok(Self { attachment, item, method, content_id, location, inline: false })
    }

    /// Whether it belongs to the HTML that mentions these content IDs and locations.
    pub(crate) fn belongs_to_html(&self, mentioned: &HashSet<String>) -> bool {
        if self.method == AttachMethod::EmbeddedMessage {
            return false;
        }
        let flags = self.item.i32(tags::ATTACH_FLAGS).unwrap_or(0);
        let hidden = self.item.bool(tags::ATTACHMENT_HIDDEN) == Some(true);
        match (&self.content_id, &self.location) {
            (Some(id), _) if mentioned.contains(id) => true,
            (_, Some(url)) if mentioned.contains(url) => true,
            (Some(_), _) => flags & MHTML_REF != 0 && hidden,
            _ => false,
        }
    }

    /// The name of the file; made up where there is none.
    fn name(&self) -> Option<String> {
        let names = [tags::ATTACH_LONG_FILENAME, tags::ATTACH_FILENAME, tags::DISPLAY_NAME];
        let mut names = names.map(|tag| self.item.text(tag)).into_iter().flatten();
        names.next().or_else(|| {
            let paths = [tags::ATTACH_LONG_PATHNAME, tags::ATTACH_PATHNAME];
            let path = paths.into_iter().find_map(|tag| self.item.text(tag))?;
            path.rsplit(['\\', '/']).next().filter(|name| !name.is_empty()).map(Into::into)
        })
    }

    /// The header fields of the part but the transfer encoding, and what it says of its type.
    pub(crate) fn write_head(&self, mime_type: &str, out: &mut dyn Write) -> Result<()> {
        let item = &self.item;
        let name = self.name().map(|name| match mime_type {
            "message/rfc822" if !name.to_ascii_lowercase().ends_with(".eml") => {
                format!("{name}.eml")
            }
            _ => name,
        });
        let mut head = Field::new("Content-Type");
        head.atom(mime_type);
        if let Some(name) = &name {
            param::add_legacy(&mut head, "name", name);
        }
        out.write_all(head.finish().as_bytes())?;
        let mut head = Field::new("Content-Disposition");
        head.atom(if self.inline { "inline" } else { "attachment" });
        if let Some(name) = &name {
            param::add(&mut head, "filename", name);
        }
        for (name, tag) in [
            ("creation-date", tags::CREATION_TIME),
            ("modification-date", tags::LAST_MODIFICATION_TIME),
        ] {
            if let Some(time) = item.time(tag) {
                param::add(&mut head, name, &date(time));
            }
        }
        out.write_all(head.finish().as_bytes())?;
        if let Some(id) = &self.content_id {
            out.write_all(format!("Content-ID: <{id}>\r\n").as_bytes())?;
        }
        if let Some(url) = &self.location {
            out.write_all(unstructured("Content-Location", url).as_bytes())?;
        }
        let description = item.text(tags::DISPLAY_NAME).filter(|text| Some(text) != name.as_ref());
        let described = description.filter(|text| {
            name.as_ref().is_none_or(|name| name.strip_suffix(".eml") != Some(text))
        });
        if let Some(description) = described {
            out.write_all(unstructured("Content-Description", &description).as_bytes())?;
        }
        Ok(())
    }

    /// The content type of the bytes.
    fn mime_type(&self) -> String {
        let tag = self.item.text(tags::ATTACH_MIME_TAG);
        let extension = self.item.text(tags::ATTACH_EXTENSION);
        let declared = tag.as_deref().and_then(mime_type::declared);
        if let Some(declared) = declared.filter(|declared| mime_type::is_leaf(declared)) {
            return declared;
        }
        let by_name = self.name().map_or(mime_type::BINARY, |name| mime_type::of_name(&name));
        match extension {
            Some(extension) if by_name == mime_type::BINARY => mime_type::of_name(&extension),
            _ => by_name,
        }
        .to_owned()
    }

    /// Writes an attachment that is not a message, as base64.
    pub(crate) fn write(&self, watch: &mut dyn Watch, out: &mut dyn Write) -> Result<()> {
        let item = &self.item;
        item.mark(tags::ATTACH_RENDERING);
        self.write_head(&self.mime_type(), out)?;
        if let Some(tag) = item.text(tags::ATTACH_MIME_TAG).filter(|tag| {
            mime_type::declared(tag).is_none_or(|declared| !mime_type::is_leaf(&declared))
        }) {
            out.write_all(unstructured("X-MAPI-Attach-Mime-Tag", &tag).as_bytes())?;
        }
        match self.method {
            AttachMethod::Ole => {
                out.write_all(b"X-MAPI-Attach-Method: OLE\r\n")?;
                item.lose(LossKind::Ole, "an OLE object is kept as bytes");
            }
            AttachMethod::ByReference(_) | AttachMethod::WebReference => {
                let paths = [tags::ATTACH_LONG_PATHNAME, tags::ATTACH_PATHNAME];
                let path = paths.into_iter().find_map(|tag| item.text(tag)).unwrap_or_default();
                out.write_all(unstructured("X-MAPI-Attach-Pathname", &path).as_bytes())?;
                item.lose(LossKind::Reference, format!("the attachment is elsewhere: {path}"));
            }
            _ => {}
        }
        out.write_all(b"Content-Transfer-Encoding: base64\r\n\r\n")?;
        self.write_data(watch, out)
    }

    fn write_data(&self, watch: &mut dyn Watch, out: &mut dyn Write) -> Result<()> {
        let item = &self.item;
        let any = tags::ATTACH_DATA_BIN.with_type(PropType::UNSPECIFIED);
        item.mark(any);
        // An object whose bytes the store does not hold is opened all the same.
        let held =
            item.bag.get(any).filter(|value| !matches!(value, Value::Large(..) | Value::Object(_)));
        if let Some(bytes) = held.and_then(Value::as_bytes) {
            watch.begin(&item.place);
            watch.bytes(bytes);
            watch.end();
            let mut writer = Base64Lines::new(out);
            writer.push(bytes)?;
            return Ok(writer.finish()?);
        }
        let mut stream = match item.open(any) {
            Ok(stream) => stream,
            Err(error) => return self.no_data(error),
        };
        watch.begin(&item.place);
        let mut writer = Base64Lines::new(out);
        let is_whole = item.read("PR_ATTACH_DATA_BIN", &mut stream, &mut |bytes| {
            watch.bytes(bytes);
            Ok(writer.push(bytes)?)
        })?;
        if is_whole {
            watch.end();
        }
        Ok(writer.finish()?)
    }

    fn no_data(&self, error: Error) -> Result<()> {
        let any = tags::ATTACH_DATA_BIN.with_type(PropType::UNSPECIFIED);
        let elsewhere =
            matches!(self.method, AttachMethod::ByReference(_) | AttachMethod::WebReference);
        if self.item.has(any) {
            // One that is damaged as a whole is reported as such.
            return match self.item.bag.get(any) {
                Some(_) => self.item.failed("PR_ATTACH_DATA_BIN", error),
                None => Ok(()),
            };
        }
        if !elsewhere {
            self.item.lose(LossKind::Attachment, "the attachment has no data");
        }
        Ok(())
    }
}

/// A content ID or a URL, fit to be written; `None` if nothing of it is.
fn printable(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('<').trim_end_matches('>');
    let fit = !text.is_empty()
        && text.len() <= 900
        && text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !b"<>\"".contains(&byte));
    fit.then(|| text.to_owned())
}
