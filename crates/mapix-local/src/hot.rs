//! The properties of messages that have a column of their own in the table `msg`.

use mapix_core::prop::{FileTime, PropTag, PropType, Value, tags};
use rusqlite::types::ValueRef;

/// A property with a column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hot {
    /// The name of the column.
    pub(crate) column: &'static str,
    /// The property. Only a value of exactly this type is in the column.
    pub(crate) tag: PropTag,
}

/// The columns. The n-th has bit n in the column `odd`, which is set when a message has the
/// property, but the column cannot show it.
pub(crate) const HOT: [Hot; 21] = [
    hot("received", tags::MESSAGE_DELIVERY_TIME),
    hot("submit", tags::CLIENT_SUBMIT_TIME),
    hot("modified", tags::LAST_MODIFICATION_TIME),
    hot("created", tags::CREATION_TIME),
    hot("size", tags::MESSAGE_SIZE),
    hot("flags", tags::MESSAGE_FLAGS),
    hot("importance", tags::IMPORTANCE),
    hot("sensitivity", tags::SENSITIVITY),
    hot("attached", tags::HASATTACH),
    hot("icon", PropTag::new(0x1080, PropType::I32)),
    hot("flag", PropTag::new(0x1090, PropType::I32)),
    hot("status", tags::MSG_STATUS),
    hot("class", tags::MESSAGE_CLASS),
    hot("subject", tags::SUBJECT),
    hot("prefix", tags::SUBJECT_PREFIX),
    hot("normal", tags::NORMALIZED_SUBJECT),
    hot("sender", tags::SENDER_NAME),
    hot("address", tags::SENDER_EMAIL_ADDRESS),
    hot("author", tags::SENT_REPRESENTING_NAME),
    hot("shown_to", tags::DISPLAY_TO),
    hot("conversation", tags::CONVERSATION_INDEX),
];

/// The place of `PR_MSG_STATUS` among the columns: it is in no bag, only here and in `item`.
pub(crate) const STATUS: usize = 11;

/// The longest text and the longest binary in a column, in bytes.
const LONGEST: usize = 255;

const fn hot(column: &'static str, tag: PropTag) -> Hot {
    Hot { column, tag }
}

/// The column of a property, by its ID.
pub(crate) fn position(id: u16) -> Option<usize> {
    HOT.iter().position(|hot| hot.tag.id() == id)
}

/// A value as it stands in a column; `None` if the column cannot show it.
pub(crate) fn to_column<'a>(hot: &Hot, value: &'a Value) -> Option<ValueRef<'a>> {
    if value.prop_type() != hot.tag.prop_type() {
        return None;
    }
    Some(match value {
        Value::I32(number) => ValueRef::Integer((*number).into()),
        Value::Bool(is) => ValueRef::Integer((*is).into()),
        Value::Time(time) => ValueRef::Integer(time.0),
        Value::Unicode(text) if text.len() <= LONGEST && !text.contains('\0') => {
            ValueRef::Text(text.as_bytes())
        }
        Value::Binary(bytes) if bytes.len() <= LONGEST => ValueRef::Blob(bytes),
        _ => return None,
    })
}

/// The value that a column shows.
pub(crate) fn from_column(hot: &Hot, column: ValueRef<'_>) -> Option<Value> {
    Some(match (hot.tag.prop_type(), column) {
        (PropType::I32, ValueRef::Integer(number)) => Value::I32(i32::try_from(number).ok()?),
        (PropType::BOOL, ValueRef::Integer(number)) => Value::Bool(number != 0),
        (PropType::TIME, ValueRef::Integer(number)) => Value::Time(FileTime(number)),
        (PropType::UNICODE, ValueRef::Text(text)) => {
            Value::Unicode(std::str::from_utf8(text).ok()?.into())
        }
        (PropType::BINARY, ValueRef::Blob(bytes)) => Value::Binary(bytes.into()),
        _ => return None,
    })
}
