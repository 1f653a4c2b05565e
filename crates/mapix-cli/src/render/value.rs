//! Property values as text and as JSON.

use std::io;

use mapix::prop::{FileTime, Prop, PropName, PropType, Value, tags};
use mapix::{EntryId, names};

use crate::output::{Json, text};

/// A value on one line, without flags in words; nothing is cut.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::F32(value) => value.to_string(),
        Value::F64(value) => value.to_string(),
        Value::Currency(value) => currency(*value),
        Value::AppTime(days) => app_time(*days).map_or(days.to_string(), |time| time.to_string()),
        Value::Error(code) => code.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Guid(guid) => guid.to_string(),
        Value::Restriction(restriction) => restriction.to_string(),
        Value::Large(_, size) => format!("({})", text::size(*size)),
        _ if value.multi_len().is_some() => {
            value.each().map(|one| self::text(&one)).collect::<Vec<_>>().join("; ")
        }
        _ => match (value.as_i64(), value.as_text(), value.as_bytes()) {
            (Some(number), ..) => number.to_string(),
            (_, Some(text), _) => text.into_owned(),
            (.., bytes) => hex(bytes.unwrap_or_default()),
        },
    }
}

/// A value as JSON; `mapix help props` documents the form.
pub(crate) fn write_json(json: &mut Json<'_>, value: &Value) -> io::Result<()> {
    match value {
        Value::Null | Value::Object(_) | Value::Large(..) => json.null(),
        Value::Bool(value) => json.bool(*value),
        Value::F32(value) => json.float((*value).into()),
        Value::F64(value) | Value::AppTime(value) => json.float(*value),
        Value::Error(code) => {
            json.begin_object()?;
            json.field("error", &code.to_string())?;
            json.end_object()
        }
        Value::Time(_) | Value::Guid(_) | Value::Restriction(_) => json.string(&text(value)),
        _ if value.multi_len().is_some() => {
            json.begin_array()?;
            value.each().try_for_each(|one| write_json(json, &one))?;
            json.end_array()
        }
        _ => match (value.as_i64(), value.as_text(), value.as_bytes()) {
            (Some(number), ..) => json.int(number),
            (_, Some(text), _) => json.string(&text),
            (.., bytes) => json.hex(bytes.unwrap_or_default()),
        },
    }
}

/// What a value means: flags in words, the name of a GUID, a time.
pub(crate) fn meaning(prop: &Prop, name: Option<&PropName>) -> Option<String> {
    let flags = match name {
        Some(name) => names::describe_value(name, &prop.value),
        None => names::describe_value(prop.tag, &prop.value),
    };
    flags.or_else(|| match &prop.value {
        Value::Guid(guid) => names::guid_name(*guid).map(Into::into),
        Value::Currency(value) => Some(currency(*value)),
        Value::AppTime(days) => app_time(*days).map(|time| time.to_string()),
        Value::Error(code) => names::error_meaning(*code).map(Into::into),
        Value::I32(code) if is_code_page(prop) => code_page_name(*code).map(Into::into),
        _ => None,
    })
}

/// Bytes that are plain text all the same, such as a search key or HTML.
pub(crate) fn printable(bytes: &[u8]) -> Option<&str> {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t');
    let text = std::str::from_utf8(bytes).ok()?;
    (bytes.len() >= 4 && bytes.iter().all(is_text)).then_some(text)
}

/// The entry ID in a binary value whose tag says that it is one.
pub(crate) fn entry_id(prop: &Prop) -> Option<EntryId> {
    let name = names::tag_name(prop.tag)?;
    if !name.contains("ENTRYID") || prop.value.prop_type() != PropType::BINARY {
        return None;
    }
    EntryId::from_bytes(prop.value.as_bytes()?).ok()
}

/// Upper-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use std::fmt::Write;
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Ten-thousandths as a decimal number.
fn currency(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    format!("{sign}{}.{:04}", value / 10_000, value % 10_000)
}

/// Days since 30 December 1899 as a time, to the second.
fn app_time(days: f64) -> Option<FileTime> {
    /// From 30 December 1899 to 1970.
    const DAYS: f64 = 25_569.0;
    let seconds = (days - DAYS) * 86_400.0;
    (seconds.is_finite() && seconds.abs() < 1e11)
        .then(|| FileTime::from_unix(seconds.round() as i64))
}

fn is_code_page(prop: &Prop) -> bool {
    [tags::INTERNET_CPID, tags::MESSAGE_CODEPAGE].iter().any(|tag| tag.id() == prop.tag.id())
}

fn code_page_name(number: i32) -> Option<&'static str> {
    Some(match number {
        932 => "Shift JIS",
        936 => "GBK",
        949 => "Korean",
        950 => "Big5",
        1250 => "windows-1250, Central European",
        1251 => "windows-1251, Cyrillic",
        1252 => "windows-1252, Western European",
        20127 => "US-ASCII",
        20866 => "KOI8-R",
        28591 => "ISO 8859-1",
        28592 => "ISO 8859-2",
        28605 => "ISO 8859-15",
        50220 => "ISO-2022-JP",
        65001 => "UTF-8",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_text() {
        for (value, expected) in [
            (Value::I32(-5), "-5"),
            (Value::Currency(-12_345), "-1.2345"),
            (Value::AppTime(25_569.5), "1970-01-01T12:00:00Z"),
            (Value::from("text"), "text"),
            (Value::from(&[0xAB, 1][..]), "AB01"),
            (Value::from(vec![1, 2]), "1; 2"),
            (Value::Large(PropType::BINARY, 5000), "(5.0 kB)"),
        ] {
            assert_eq!(text(&value), expected);
        }
    }

    #[test]
    fn what_is_printable() {
        assert_eq!(printable(b"SMTP:ANN@EXAMPLE.ORG\0"), Some("SMTP:ANN@EXAMPLE.ORG"));
        assert_eq!(printable(b"abc"), None);
        assert_eq!(printable(b"\x01abcd"), None);
    }
}
