//! Properties and their bytes.

use std::io::{self, Read, Seek, SeekFrom};

use mapix::prop::{CodePage, Prop, PropBag, PropTag, PropType, Value, tags, value_bytes};
use mapix::store::ValueStream;
use mapix::{Error, ErrorCode, Result};

use super::call::{Block, answered, ask, done, object};
use super::objects::{Opened, get};
use crate::arg::{In, Out};
use crate::com::{Interface, Ptr};
use crate::convert::{MAPI_UNICODE, read_tags};
use crate::iface::{IMAPIProp, IStream, IUnknown};
use crate::types::{LARGE_INTEGER, SPropTagArray, ULARGE_INTEGER};

/// The largest value that is read whole when a provider gives it only as a stream.
const MOST: u64 = 1 << 30;

/// What the session makes itself, and what only stands for something to be opened.
const NOT_STORED: [PropTag; 18] = [
    tags::ENTRYID,
    tags::PARENT_ENTRYID,
    tags::STORE_ENTRYID,
    tags::STORE_RECORD_KEY,
    tags::RECORD_KEY,
    tags::INSTANCE_KEY,
    tags::MAPPING_SIGNATURE,
    tags::OBJECT_TYPE,
    tags::STORE_SUPPORT_MASK,
    tags::MDB_PROVIDER,
    tags::ACCESS,
    tags::ACCESS_LEVEL,
    tags::FOLDER_TYPE,
    tags::MESSAGE_RECIPIENTS,
    tags::MESSAGE_ATTACHMENTS,
    tags::CONTAINER_CONTENTS,
    tags::CONTAINER_HIERARCHY,
    tags::FOLDER_ASSOCIATED_CONTENTS,
];

pub(crate) fn is_stored(id: u16) -> bool {
    // PR_NULL is no property.
    id != 0 && !NOT_STORED.iter().any(|tag| tag.id() == id)
}

/// The tags of an object's properties that are kept in it.
pub(super) fn list(prop: &Ptr<IMAPIProp>) -> Result<Vec<PropTag>> {
    let mut tags = all_tags(prop)?;
    tags.retain(|tag| is_stored(tag.id()));
    Ok(tags)
}

/// The tags of an object's properties, each ID once.
pub(crate) fn all_tags(prop: &Ptr<IMAPIProp>) -> Result<Vec<PropTag>> {
    let ask_with = |flags| {
        let mut raw = std::ptr::null_mut();
        // SAFETY: the object is alive.
        let result = unsafe { prop.GetPropList(flags, Out::new(&mut raw)) };
        ask(prop, result, "IMAPIProp::GetPropList")?;
        tag_array(raw)
    };
    let mut tags = match ask_with(MAPI_UNICODE) {
        Err(error) if error.code() == ErrorCode::BAD_CHARWIDTH => ask_with(0),
        found => found,
    }?;
    tags.sort_unstable();
    tags.dedup_by_key(|tag| tag.id());
    Ok(tags)
}

/// The tags of a buffer.
pub(super) fn tag_array(raw: *mut SPropTagArray) -> Result<Vec<PropTag>> {
    let block = Block::take(raw)?;
    let count = block.bytes(4)?.first_chunk().map_or(0, |count| u32::from_ne_bytes(*count));
    if !block.reaches((count as usize + 1).saturating_mul(4)) {
        return Err(Error::new(
            ErrorCode::CALL_FAILED,
            "the provider gave fewer tags than it says",
        ));
    }
    Ok(read_tags(block.to_in())?.unwrap_or_default())
}

/// All properties that an object has for its own. What is too large for the provider to give whole
/// is read as a stream, or marked if it has more than `inline` bytes. `broken` is told of what
/// cannot be read.
pub(super) fn properties(
    opened: &Opened,
    inline: u64,
    wanted: Option<&[PropTag]>,
    broken: &mut dyn FnMut(PropTag, &Error),
) -> Result<PropBag> {
    let prop = &opened.prop;
    let mut tags = list(prop)?;
    if let Some(wanted) = wanted {
        tags.retain(|tag| wanted.iter().any(|wanted| wanted.id() == tag.id()));
    }
    if tags.is_empty() {
        return Ok(PropBag::new());
    }
    let method = tags.iter().any(|tag| tag.id() == tags::ATTACH_METHOD.id());
    let holds_message = method && {
        let found = get(prop, &[tags::ATTACH_METHOD])?;
        found.first().and_then(|prop| prop.value.as_i32()) == Some(ATTACH_EMBEDDED_MSG)
    };
    let mut bag = PropBag::new();
    for (tag, found) in tags.iter().copied().zip(get(prop, &tags)?) {
        if tag == tags::ATTACH_DATA_OBJ && holds_message {
            continue;
        }
        let Some(found) = answered(tag, found) else { continue };
        let found = match found.value {
            Value::Error(code) if is_large(code) || tag.prop_type() == PropType::OBJECT => {
                large(opened, tag, inline, broken)
            }
            Value::Object(_) => large(opened, tag, inline, broken),
            Value::Error(code) => {
                broken(tag, &Error::new(code, "the provider gives no value"));
                Some(Prop { tag, value: Value::Error(code) })
            }
            // Multivalues have no stream, and are given whole.
            ref value if value.size() > inline && value.multi_len().is_none() => {
                let value = Value::Large(value.prop_type(), value.size());
                Some(Prop { tag: found.tag, value })
            }
            _ => Some(found),
        };
        if let Some(found) = found {
            bag.insert(found);
        }
    }
    Ok(bag)
}

const ATTACH_EMBEDDED_MSG: i32 = 5;

/// What a provider says of a value that is to be opened.
fn is_large(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::NOT_ENOUGH_MEMORY | ErrorCode::TOO_BIG)
}

/// A property by its stream.
fn large(
    opened: &Opened,
    tag: PropTag,
    inline: u64,
    broken: &mut dyn FnMut(PropTag, &Error),
) -> Option<Prop> {
    let read = || {
        let mut stream = Stream::open(opened, tag)?;
        let size = stream.seek(SeekFrom::End(0))?;
        if size > inline.min(MOST) {
            return Ok(Value::Large(tag.prop_type(), size));
        }
        stream.rewind()?;
        let mut bytes = Vec::new();
        stream.take(MOST).read_to_end(&mut bytes)?;
        Ok(Value::from_bytes(tag.prop_type(), &bytes, CodePage::UTF8))
    };
    match read() {
        Ok(value) => Some(Prop { tag, value }),
        Err(error) => {
            let error: Error = error;
            // A folder's or a message's own objects have no bytes.
            if tag.prop_type() == PropType::OBJECT {
                return None;
            }
            broken(tag, &error);
            Some(Prop { tag, value: Value::Error(error.code()) })
        }
    }
}

/// The bytes of one property: as a stream, or of its value if the provider has no stream for it.
pub(super) fn open_stream(opened: &Opened, tag: PropTag) -> Result<Box<dyn ValueStream>> {
    let listed = list(&opened.prop)?.into_iter().find(|found| found.id() == tag.id());
    let Some(listed) = listed else {
        return Err(Error::not_found(format!("{tag} is not there")));
    };
    let kind = listed.prop_type();
    let is_long =
        matches!(kind, PropType::BINARY | PropType::UNICODE | PropType::STRING8 | PropType::OBJECT);
    let mut why = None;
    if is_long {
        match Stream::open(opened, listed) {
            Ok(stream) => return Ok(Box::new(stream)),
            Err(error) => why = Some(error),
        }
    }
    let found = get(&opened.prop, &[listed])?.into_iter().next();
    let value = found.map_or(Value::Error(ErrorCode::NOT_FOUND), |prop| prop.value);
    match (value.as_error(), why) {
        (Some(code), Some(why)) if is_large(code) => return Err(why),
        (Some(code), _) => return Err(Error::new(code, format!("{tag} cannot be read"))),
        (None, _) => {}
    }
    let bytes = value_bytes(&value);
    let bytes = bytes.ok_or_else(|| Error::no_support(format!("{tag} has no stream")))?;
    Ok(Box::new(io::Cursor::new(bytes)))
}

/// A stream of a provider's.
pub(crate) struct Stream {
    stream: Ptr<IStream>,
    /// What must stay open meanwhile.
    _above: Vec<Ptr<IUnknown>>,
}

impl Stream {
    pub(crate) fn open(opened: &Opened, tag: PropTag) -> Result<Self> {
        let mut above = opened.above.clone();
        above.push(opened.prop.clone().upcast());
        Ok(Self { stream: property_stream(&opened.prop, tag, 0, 0)?, _above: above })
    }
}

/// Opens a property as a stream.
pub(crate) fn property_stream(
    prop: &Ptr<IMAPIProp>,
    tag: PropTag,
    mode: u32,
    flags: u32,
) -> Result<Ptr<IStream>> {
    let mut raw = std::ptr::null_mut();
    // SAFETY: the object is alive.
    let result = unsafe {
        prop.OpenProperty(tag.0, In::new(&IStream::IID), mode, flags, Out::new(&mut raw))
    };
    ask(prop, result, "IMAPIProp::OpenProperty")?;
    object(raw.cast(), "IMAPIProp::OpenProperty")
}

fn failed(error: Error) -> io::Error {
    io::Error::other(error)
}

impl Read for Stream {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let size = u32::try_from(target.len()).unwrap_or(u32::MAX).min(1 << 20);
        let mut count = 0;
        // SAFETY: there is room for so many bytes.
        let result = unsafe {
            self.stream.Read(Out::from_raw(target.as_mut_ptr()), size, Out::new(&mut count))
        };
        done(result, "IStream::Read").map_err(failed)?;
        if count > size {
            let error = Error::new(ErrorCode::CALL_FAILED, "IStream::Read gave too much");
            return Err(failed(error));
        }
        Ok(count as usize)
    }
}

impl Seek for Stream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let beyond = |_| io::Error::from(io::ErrorKind::InvalidInput);
        let (distance, origin) = match to {
            SeekFrom::Start(at) => (i64::try_from(at).map_err(beyond)?, 0),
            SeekFrom::Current(by) => (by, 1),
            SeekFrom::End(by) => (by, 2),
        };
        let mut position = ULARGE_INTEGER { QuadPart: 0 };
        let distance = LARGE_INTEGER { QuadPart: distance };
        // SAFETY: the stream is alive.
        let result = unsafe { self.stream.Seek(distance, origin, Out::new(&mut position)) };
        done(result, "IStream::Seek").map_err(failed)?;
        Ok(position.QuadPart)
    }
}
