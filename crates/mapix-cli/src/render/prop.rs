//! One property as JSON. A value that stays in the store passes through as a stream.

use std::cell::{RefCell, RefMut};
use std::collections::HashMap;
use std::io::{self, Read};

use mapix::prop::{NameKind, Prop, PropBag, PropName, PropTag, PropType, Value, tags};
use mapix::{AttachMethod, Object, PropertyStream, names};
use mapix_convert::Watch;

use super::value;
use crate::output::Json;

/// The names of a store's named properties.
pub(crate) struct Names(HashMap<u16, PropName>);

impl Names {
    pub(crate) fn new(all: Vec<(u16, PropName)>) -> Self {
        Self(all.into_iter().collect())
    }

    /// The name behind a tag, if it has one.
    pub(crate) fn name(&self, tag: PropTag) -> Option<&PropName> {
        self.0.get(&tag.id()).filter(|_| tag.is_named())
    }

    /// What a property is called: `PR_SUBJECT`, `PidLidLocation`, or the string it is named by.
    pub(crate) fn title(&self, tag: PropTag) -> Option<String> {
        if let Some(name) = self.name(tag) {
            let known = names::named_name(name).map(Into::into);
            return known.or_else(|| match &name.kind {
                NameKind::Name(name) => Some(name.to_string()),
                NameKind::Id(_) => None,
            });
        }
        // A name that does not depend on the width in which a text is stored.
        let prop_type = match tag.prop_type() {
            PropType::STRING8 => PropType::UNICODE,
            PropType::MV_STRING8 => PropType::MV_UNICODE,
            other => other,
        };
        names::tag_name(tag.with_type(prop_type)).map(Into::into)
    }
}

/// Where the large values of a bag are read: an object, or nowhere for rows of a table.
pub(crate) struct Large<'a> {
    object: Option<&'a Object>,
    data: Option<&'a Data<'a>>,
}

/// The data of an attachment, which a watch sees when it is read to be written.
pub(crate) struct Data<'a> {
    /// The place of the attachment, for the watch.
    pub(crate) place: &'a str,
    pub(crate) watch: RefCell<&'a mut dyn Watch>,
}

impl<'a> Large<'a> {
    pub(crate) fn of(object: &'a Object) -> Self {
        Self { object: Some(object), data: None }
    }

    pub(crate) fn nowhere() -> Self {
        Self { object: None, data: None }
    }

    /// With a watch for the data of the attachment.
    pub(crate) fn with_data(self, data: &'a Data<'a>) -> Self {
        Self { data: Some(data), ..self }
    }

    /// Reads a value whole.
    pub(crate) fn load(&self, tag: PropTag) -> mapix::Result<Option<Value>> {
        match self.object {
            None => Ok(None),
            Some(Object::Store(store)) => store.get(tag),
            Some(Object::Folder(folder)) => folder.get(tag),
            Some(Object::Message(message)) => message.get(tag),
            Some(Object::Attachment(attachment)) => attachment.get(tag),
            Some(_) => Ok(None),
        }
    }

    /// Opens a value as a stream.
    pub(crate) fn open(&self, tag: PropTag) -> mapix::Result<PropertyStream> {
        match self.object {
            Some(Object::Store(store)) => store.open_property(tag),
            Some(Object::Folder(folder)) => folder.open_property(tag),
            Some(Object::Message(message)) => message.open_property(tag),
            Some(Object::Attachment(attachment)) => attachment.open_property(tag),
            _ => Err(mapix::Error::no_support("there is nothing to open")),
        }
    }

    /// Opens a value to write it; its length in bytes.
    fn read(&self, tag: PropTag) -> mapix::Result<(u64, Box<dyn Read + '_>)> {
        let mut stream = self.open(tag)?;
        let length = stream.len()?;
        let Some(data) = self.data_of(tag) else { return Ok((length, Box::new(stream))) };
        let mut watch = data.watch.borrow_mut();
        watch.begin(data.place);
        Ok((length, Box::new(Watched { stream, watch })))
    }

    /// Shows a value that is held to the watch, if it is the data.
    fn seen(&self, prop: &Prop) {
        if let (Some(data), Value::Binary(bytes)) = (self.data_of(prop.tag), &prop.value) {
            let mut watch = data.watch.borrow_mut();
            watch.begin(data.place);
            watch.bytes(bytes);
            watch.end();
        }
    }

    fn data_of(&self, tag: PropTag) -> Option<&Data<'a>> {
        self.data.filter(|_| tag.id() == tags::ATTACH_DATA_BIN.id())
    }

    /// Whether an object is the data of an attachment: an OLE object. Others are opened as what they
    /// are, a message or a table.
    fn is_data(&self, tag: PropTag) -> bool {
        let Some(Object::Attachment(attachment)) = self.object else { return false };
        let is_ole = |method: AttachMethod| method == AttachMethod::Ole;
        tag.id() == tags::ATTACH_DATA_OBJ.id() && attachment.method().is_ok_and(is_ole)
    }
}

/// Shows a watch what is read.
struct Watched<'a, 'b> {
    stream: PropertyStream,
    watch: RefMut<'b, &'a mut dyn Watch>,
}

impl Read for Watched<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        match count {
            0 if !buffer.is_empty() => self.watch.end(),
            _ => self.watch.bytes(&buffer[..count]),
        }
        Ok(count)
    }
}

/// The properties of an object, whatever it is.
pub(crate) fn bag(object: &Object) -> mapix::Result<PropBag> {
    match object {
        Object::Store(store) => store.props(),
        Object::Folder(folder) => folder.props(),
        Object::Message(message) => message.props(),
        Object::Attachment(attachment) => attachment.props(),
        _ => Err(mapix::Error::no_support("an object of an unknown kind")),
    }
}

/// Writes properties as an array. What could not be read is told to `failed`.
pub(crate) fn write_all(
    json: &mut Json<'_>,
    bag: &PropBag,
    names: &Names,
    large: &Large<'_>,
    limit: Option<u64>,
    failed: &mut dyn FnMut(PropTag, String),
) -> io::Result<()> {
    json.begin_array()?;
    for prop in bag {
        if let Some(reason) = write(json, prop, names, large, limit, None)? {
            failed(prop.tag, reason);
        }
    }
    json.end_array()
}

/// Writes a property as an object, after a field that says what it belongs to. Gives the reason
/// if its value could not be read.
pub(crate) fn write(
    json: &mut Json<'_>,
    prop: &Prop,
    names: &Names,
    large: &Large<'_>,
    limit: Option<u64>,
    lead: Option<(&str, u64)>,
) -> io::Result<Option<String>> {
    json.begin_object()?;
    if let Some((key, number)) = lead {
        json.field_uint(key, number)?;
    }
    json.field("tag", &format!("{:?}", prop.tag))?;
    json.key("name")?;
    json.optional(names.title(prop.tag).as_deref())?;
    json.field("type", &prop.tag.prop_type().to_string())?;
    let name = names.name(prop.tag);
    if let Some(name) = name {
        write_name(json, name)?;
    }
    json.key("value")?;
    let reason = write_value(json, prop, large, limit)?;
    if let Some(text) = value::meaning(prop, name) {
        json.field("text", &text)?;
    }
    if let Some(reason) = &reason {
        json.field("error", reason)?;
    }
    json.end_object()?;
    Ok(reason)
}

fn write_name(json: &mut Json<'_>, name: &PropName) -> io::Result<()> {
    json.key("named")?;
    json.begin_object()?;
    json.field("set", &name.set.to_string())?;
    json.key("set_name")?;
    json.optional(names::guid_name(name.set))?;
    match &name.kind {
        NameKind::Id(id) => json.field("id", &format!("0x{id:04X}"))?,
        NameKind::Name(text) => json.field("name", text)?,
    }
    json.key("canonical")?;
    json.optional(names::named_name(name))?;
    json.end_object()
}

/// Writes the value and, if it was cut, `size` and `truncated` after it.
fn write_value(
    json: &mut Json<'_>,
    prop: &Prop,
    large: &Large<'_>,
    limit: Option<u64>,
) -> io::Result<Option<String>> {
    let mut size = prop.value.size();
    let mut reason = None;
    let mut failed = |json: &mut Json<'_>, error: mapix::Error| {
        reason = Some(error.to_string());
        value::write_json(json, &Value::Error(error.code()))
    };
    match &prop.value {
        Value::Large(prop_type, _) if prop_type.is_multi() || *prop_type == PropType::STRING8 => {
            // Only the store knows how it packs these, so they are read whole.
            match large.load(prop.tag) {
                Ok(Some(value)) => write_cut(json, &value, limit)?,
                Ok(None) => json.null()?,
                Err(error) => failed(json, error)?,
            }
        }
        Value::Large(..) => match large.read(prop.tag) {
            Ok((_, stream)) => reason = stream_value(json, stream, prop.tag.prop_type(), limit)?,
            Err(error) => failed(json, error)?,
        },
        Value::Object(_) if large.is_data(prop.tag) => match large.read(prop.tag) {
            Ok((length, stream)) => {
                size = length;
                reason = stream_value(json, stream, PropType::BINARY, limit)?;
            }
            Err(error) => failed(json, error)?,
        },
        Value::Error(code) => {
            value::write_json(json, &prop.value)?;
            reason = Some(code.to_string());
        }
        value => {
            large.seen(prop);
            write_cut(json, value, limit.filter(|limit| size > *limit))?;
        }
    }
    if limit.is_some_and(|limit| size > limit) {
        json.field_uint("size", size)?;
        json.key("truncated")?;
        json.bool(true)?;
    }
    Ok(reason)
}

/// Writes a value that is held, cut to so many bytes.
fn write_cut(json: &mut Json<'_>, value: &Value, limit: Option<u64>) -> io::Result<()> {
    let Some(limit) = limit else { return value::write_json(json, value) };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if value.multi_len().is_some() {
        let mut left = limit as u64;
        json.begin_array()?;
        for one in value.each() {
            if one.size() > left {
                break;
            }
            left -= one.size();
            value::write_json(json, &one)?;
        }
        return json.end_array();
    }
    match (value.as_text(), value.as_bytes()) {
        (Some(text), _) => {
            let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= limit);
            json.string(&text[..end.unwrap_or(text.len())])
        }
        (_, Some(bytes)) => json.hex(&bytes[..limit.min(bytes.len())]),
        _ => value::write_json(json, value),
    }
}

/// Writes a stream as a string: UTF-16 as text, anything else as hexadecimal digits. A stream
/// that breaks ends the string; the reason is given.
fn stream_value(
    json: &mut Json<'_>,
    stream: impl Read,
    prop_type: PropType,
    limit: Option<u64>,
) -> io::Result<Option<String>> {
    let mut stream = stream.take(limit.unwrap_or(u64::MAX));
    let mut decoder = (prop_type == PropType::UNICODE).then(Utf16::default);
    let mut buffer = vec![0; 1 << 16];
    json.begin_string()?;
    let reason = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break None,
            Ok(count) => match &mut decoder {
                Some(decoder) => json.push_text(&decoder.decode(&buffer[..count]))?,
                None => json.push_hex(&buffer[..count])?,
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(mapix::Error::from(error).to_string()),
        }
    };
    if let Some(decoder) = decoder {
        json.push_text(&decoder.finish())?;
    }
    json.end_string()?;
    Ok(reason)
}

/// Decodes UTF-16 that comes in parts; what is broken becomes U+FFFD.
#[derive(Default)]
struct Utf16 {
    /// The first byte of a unit whose second has not come yet.
    odd: Option<u8>,
    /// The first half of a pair whose second has not come yet.
    high: Option<u16>,
}

impl Utf16 {
    fn decode(&mut self, bytes: &[u8]) -> String {
        let all: Vec<u8> = self.odd.take().into_iter().chain(bytes.iter().copied()).collect();
        let (pairs, odd) = all.as_chunks::<2>();
        self.odd = odd.first().copied();
        let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
        let mut units: Vec<u16> = self.high.take().into_iter().chain(units).collect();
        self.high = units.pop_if(|unit| (0xD800..0xDC00).contains(unit));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }

    fn finish(self) -> String {
        let broken = self.odd.is_some() || self.high.is_some();
        if broken { char::REPLACEMENT_CHARACTER.into() } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_in_parts() {
        let text = "a\u{e9}\u{1f600}z";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for size in 1..=bytes.len() {
            let mut decoder = Utf16::default();
            let mut decoded: String = bytes.chunks(size).map(|part| decoder.decode(part)).collect();
            decoded += &decoder.finish();
            assert_eq!(decoded, text, "parts of {size}");
        }
        let mut decoder = Utf16::default();
        assert_eq!(decoder.decode(&[0x00, 0xD8, 0x41, 0x00, 0x42]), "\u{fffd}A");
        assert_eq!(decoder.finish(), "\u{fffd}");
    }
}
