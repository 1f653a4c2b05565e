//! The header fields of a mail or of a part of it, and their values.

use std::borrow::Cow;
use std::ops::Range;

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, ContentType, DateTime, HeaderValue};
use mapix_core::prop::FileTime;

use crate::charset::{Charset, guess};
use crate::eml::{Piece, decode, decode_words};

/// The most fields of one header that are looked at.
const FIELDS: usize = 1 << 17;

/// Of a field with parameters so many bytes are looked at.
const PARAMETERS: usize = 1 << 16;
/// A date stands within so many bytes.
const DATE: usize = 200;

/// The fields of one header, as bytes.
#[derive(Default, Debug)]
pub(crate) struct Fields {
    /// The header as it came, without the empty line.
    pub(crate) raw: Vec<u8>,
    fields: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    name: Range<usize>,
    /// With its folds and its last line end.
    value: Range<usize>,
}

/// The value of a field with parameters.
#[derive(Clone, Default, Debug)]
pub(crate) struct Parameters {
    /// What stands before a slash, and behind it.
    pub(crate) kind: String,
    pub(crate) sub: Option<String>,
    list: Vec<(String, String)>,
}

impl Parameters {
    fn of(found: &ContentType<'_>) -> Self {
        let list = found.attributes().unwrap_or_default().iter();
        Self {
            kind: found.ctype().to_ascii_lowercase(),
            sub: found.subtype().map(str::to_ascii_lowercase),
            list: list.map(|one| (one.name.to_string(), one.value.to_string())).collect(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.list.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }
}

/// What a line of a header is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LineKind {
    /// It begins a field.
    Field,
    /// It continues one.
    Fold,
    /// `From ` of a mailbox file, and what programs put before the header.
    Envelope,
    /// It has no place in a header.
    Other,
}

/// Looks at a line, or at its beginning, without its end.
pub(crate) fn line_kind(line: &[u8]) -> LineKind {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return LineKind::Fold;
    }
    if line.starts_with(b"From ") || line.starts_with(b">From ") {
        return LineKind::Envelope;
    }
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let trimmed = name.trim_ascii_end();
    let good = name.len() < line.len()
        && (1..=200).contains(&trimmed.len())
        && trimmed.iter().all(|byte| matches!(byte, 33..=126));
    if good { LineKind::Field } else { LineKind::Other }
}

impl Fields {
    /// Takes a header apart. Lines that are no fields are passed over; how many is given as well.
    pub(crate) fn parse(raw: Vec<u8>) -> (Self, u64) {
        let mut fields: Vec<Place> = Vec::new();
        let mut strange = 0;
        let mut at = 0;
        let mut open = false;
        for line in raw.split_inclusive(|byte| *byte == b'\n') {
            let (start, end) = (at, at + line.len());
            at = end;
            let content = line.trim_ascii_end();
            match line_kind(content) {
                // A line of spaces continues a field, too.
                LineKind::Fold => {
                    if let Some(last) = fields.last_mut().filter(|_| open) {
                        last.value.end = end;
                    }
                }
                LineKind::Field if fields.len() < FIELDS => {
                    let colon = line.iter().position(|byte| *byte == b':').unwrap_or(0);
                    let name = line[..colon].trim_ascii_end().len();
                    fields.push(Place { name: start..start + name, value: start + colon + 1..end });
                    open = true;
                }
                LineKind::Envelope => open = false,
                LineKind::Other if content.is_empty() => {
                    if line.trim_ascii().is_empty()
                        && line.len() > 2
                        && let Some(last) = fields.last_mut().filter(|_| open)
                    {
                        last.value.end = end;
                    }
                }
                LineKind::Field | LineKind::Other => {
                    strange += 1;
                    open = false;
                }
            }
        }
        (Self { raw, fields }, strange)
    }

    /// The header as it came, each field in the character set in which it is read; `None` if one
    /// of eight bits serves for all.
    pub(crate) fn unicode(&self, charset: Charset) -> Option<Cow<'_, str>> {
        if let Ok(text) = std::str::from_utf8(&self.raw) {
            return Some(text.into());
        }
        let value = |place: &Place| &self.raw[place.value.clone()];
        let is_utf8 = |bytes: &[u8]| !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok();
        if !self.fields.iter().any(|place| is_utf8(value(place))) {
            return None;
        }
        let mut text = String::with_capacity(self.raw.len());
        let mut at = 0;
        for place in &self.fields {
            text.push_str(&charset.decode(&self.raw[at..place.value.start]).0);
            text.push_str(&charset_of(value(place), charset).decode(value(place)).0);
            at = place.value.end;
        }
        text.push_str(&charset.decode(&self.raw[at..]).0);
        Some(text.into())
    }

    /// The values of all fields of a name, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let of_name = move |place: &&Place| {
            self.raw[place.name.clone()].eq_ignore_ascii_case(name.as_bytes())
        };
        self.fields.iter().filter(of_name).map(|place| &self.raw[place.value.clone()])
    }

    pub(crate) fn first<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The text of the first field of a name, unfolded, with encoded words decoded; `None` if it
    /// is empty or absent.
    pub(crate) fn text(&self, name: &str, charset: Charset) -> Option<String> {
        let value = self.first(name)?;
        let text = decode(&to_text(value, charset));
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The value of the first field of a name as lower-case ASCII, without comments: a keyword.
    pub(crate) fn keyword(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(self.first(name)?).to_ascii_lowercase();
        let text = text.split(['(', ';']).next().unwrap_or_default().trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// A field with parameters, such as `Content-Type` and `Content-Disposition`.
    pub(crate) fn parameters(&self, name: &str, charset: Charset) -> Option<Parameters> {
        let value = self.first(name)?;
        let value = ended(&to_text(&value[..value.len().min(PARAMETERS)], charset));
        match MessageStream::new(&value).parse_content_type() {
            HeaderValue::ContentType(found) => Some(Parameters::of(&found)),
            _ => None,
        }
    }

    /// Who stands in all fields of a name: groups are taken apart, and one without members stands
    /// for itself.
    pub(crate) fn people(&self, name: &str, charset: Charset) -> Vec<Addr<'static>> {
        let mut found = Vec::new();
        for value in self.all(name) {
            let value = ended(&quote_words(&to_text(value, charset)));
            match MessageStream::new(&value).parse_address() {
                HeaderValue::Address(Address::List(list)) => {
                    found.extend(list.into_iter().map(Addr::into_owned));
                }
                HeaderValue::Address(Address::Group(groups)) => {
                    for group in groups {
                        if group.addresses.is_empty() {
                            let name = group.name.map(|name| Cow::Owned(name.into_owned()));
                            found.push(Addr { name, address: None });
                        }
                        found.extend(group.addresses.into_iter().map(Addr::into_owned));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The first date among the fields of a name that can be one.
    pub(crate) fn date(&self, name: &str) -> Option<FileTime> {
        self.all(name).find_map(date)
    }
}

/// A date as mail has it; in `Received` it comes after a semicolon.
pub(crate) fn date(value: &[u8]) -> Option<FileTime> {
    let value = value.rsplit(|byte| *byte == b';').next()?;
    let value = &value[..value.len().min(DATE)];
    let value = ended(&String::from_utf8_lossy(value));
    match MessageStream::new(&value).parse_date() {
        HeaderValue::DateTime(date) => to_time(&date),
        _ => None,
    }
}

/// A date that exists, between 1970 and 2200: others are mistakes of clocks and programs.
fn to_time(date: &DateTime) -> Option<FileTime> {
    let seconds = i64::from(date.hour) * 3600 + i64::from(date.minute) * 60;
    let seconds = seconds + i64::from(date.second.min(59));
    let time = FileTime::from_civil(date.year.into(), date.month, date.day, seconds)?;
    let offset = i64::from(date.tz_hour) * 3600 + i64::from(date.tz_minute) * 60;
    let offset = if date.tz_before_gmt { -offset } else { offset };
    let unix = time.to_unix() - offset;
    (0..7_258_118_400).contains(&unix).then(|| FileTime::from_unix(unix))
}

/// The text of bytes that should be ASCII: UTF-8 if they can be, else what the mail is written in.
/// Folds are taken out; other control characters have no place in a header: they are spaces.
fn to_text(value: &[u8], charset: Charset) -> Cow<'_, str> {
    let text = charset_of(value, charset).decode(value).0;
    if !text.contains(char::is_control) {
        return text;
    }
    let text = text.replace("\r\n", "").replace('\n', "");
    text.replace(char::is_control, " ").into()
}

/// What a value is written in, if the mail is written in a character set.
fn charset_of(value: &[u8], charset: Charset) -> Charset {
    match guess(value) {
        guessed if guessed == Charset::UTF8 => guessed,
        guessed if charset == Charset::UTF8 || charset.is_wide() => guessed,
        _ => charset,
    }
}

/// Addresses with their encoded words as quoted strings, which the parser takes as they are.
fn quote_words(value: &str) -> String {
    if !value.contains("=?") {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let (mut quoted, mut escaped, mut comments) = (false, false, 0_u32);
    decode_words(value, |piece| match piece {
        Piece::Plain(text) => {
            for c in text.chars() {
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '"' => quoted = !quoted,
                    '(' if !quoted => comments += 1,
                    ')' if !quoted => comments = comments.saturating_sub(1),
                    _ => {}
                }
            }
            out.push_str(text);
        }
        Piece::Decoded(text) => {
            let open = if quoted || comments > 0 { "" } else { "\"" };
            out.push_str(open);
            for c in text.chars() {
                match c {
                    '"' | '\\' | '(' | ')' => out.extend(['\\', c]),
                    c if c.is_control() => out.push(' '),
                    c => out.push(c),
                }
            }
            out.push_str(open);
        }
    });
    out
}

/// The value as the parser wants it: it ends with a line end.
fn ended(value: &str) -> Vec<u8> {
    [value.trim_end().as_bytes(), b"\n"].concat()
}

/// The message IDs in a value, each in its brackets.
pub(crate) fn message_ids(value: &str) -> Vec<String> {
    let ids = value.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    let clean = |id: &str| id.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    ids.map(clean).filter(|id| !id.is_empty()).map(|id| format!("<{id}>")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        Fields::parse(text.as_bytes().to_vec()).0
    }

    #[test]
    fn fields_are_found() {
        let (all, strange) = Fields::parse(
            b"From x@y\r\nSubject : a\r\n b\r\nnonsense\r\n lost\r\nX-A:\r\n\t=?utf-8?Q?=C3=A9?=\r\nsubject: 2\r\n"
                .to_vec(),
        );
        assert_eq!(strange, 1);
        assert_eq!(all.text("subject", Charset::UTF8).unwrap(), "a b");
        assert_eq!(all.all("Subject").count(), 2);
        assert_eq!(all.text("x-a", Charset::UTF8).unwrap(), "\u{e9}");
        assert_eq!(all.text("x-b", Charset::UTF8), None);
    }

    #[test]
    fn eight_bit_headers_are_in_the_character_set_of_the_mail() {
        let (all, _) = Fields::parse(b"Subject: \xEF\xF0\xE8\r\nTo: \xEF <a@b>\r\n".to_vec());
        let cyrillic = Charset::of_label("windows-1251").unwrap();
        assert_eq!(all.text("Subject", cyrillic).unwrap(), "\u{43f}\u{440}\u{438}");
        assert_eq!(all.text("Subject", Charset::UTF8).unwrap(), "\u{ef}\u{f0}\u{e8}");
        assert_eq!(all.people("To", cyrillic)[0].name.as_deref(), Some("\u{43f}"));
    }

    #[test]
    fn people_in_all_forms() {
        let all = fields(
            "To: \"Lee, Ann\" <ann@a>, b@b (Bob)\r\nTo: g: c@c, D <d@d>;\r\nCc: Nobody:;\r\n",
        );
        let text = |one: &Addr<'_>| {
            let part = |part: &Option<Cow<'_, str>>| part.as_deref().unwrap_or("-").to_owned();
            format!("{}|{}", part(&one.name), part(&one.address))
        };
        let to: Vec<String> = all.people("To", Charset::UTF8).iter().map(text).collect();
        assert_eq!(to, ["Lee, Ann|ann@a", "Bob|b@b", "-|c@c", "D|d@d"]);
        let cc: Vec<String> = all.people("Cc", Charset::UTF8).iter().map(text).collect();
        assert_eq!(cc, ["Nobody|-"]);
    }

    #[test]
    fn dates() {
        let parse = |text: &str| date(text.as_bytes()).map(|time| time.to_string());
        let expected = Some("2024-02-29T23:59:58Z".to_owned());
        assert_eq!(parse(" Thu, 29 Feb 2024 23:59:58 +0000"), expected);
        assert_eq!(parse("29 Feb 2024 18:59:58 -0500 (EST)\r\n"), expected);
        assert_eq!(parse("from a by b; Thu, 29 Feb 2024 23:59:58 GMT"), expected);
        for wrong in ["", "yesterday", "31 Feb 2024 00:00:00 +0000", "1 Jan 1902 00:00:00 +0000"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ids() {
        assert_eq!(message_ids("<a@b>\r\n <c\r\n d>, e"), ["<a@b>", "<cd>"]);
        assert!(message_ids("a@b").is_empty());
    }
}
