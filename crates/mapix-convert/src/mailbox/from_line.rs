//! The line that begins a mail in a mailbox file: `From ann@example.org Thu May  2 10:00:00 2024`.

use mapix_core::prop::FileTime;

use crate::read::{LineKind, line_kind};

/// What the line says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct FromLine {
    pub(crate) sender: Option<String>,
    /// When the mail came. The line has no time zone as a rule; UTC is taken.
    pub(crate) date: Option<FileTime>,
}

/// Fields with which the header of a mail begins, by their first letters.
const FIRST_FIELDS: [&str; 24] = [
    "arc-",
    "authentication-results",
    "bcc:",
    "cc:",
    "content-",
    "date:",
    "delivered-to",
    "delivery-date",
    "dkim-",
    "envelope-to",
    "from:",
    "importance:",
    "message-id:",
    "mime-version",
    "received",
    "reply-to",
    "return-path",
    "sender:",
    "status:",
    "subject:",
    "thread-",
    "to:",
    "user-agent",
    "x-",
];

impl FromLine {
    /// Reads a line; `None` if it does not begin with `From `.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(line.strip_prefix(b"From ")?);
        let sender = text.split_whitespace().next().filter(|word| *word != "-");
        Some(Self { sender: sender.map(Into::into), date: date(&text) })
    }

    /// Whether it begins a mail rather than a sentence: what comes before it and after it must
    /// fit, the less sure the line itself is.
    pub(crate) fn begins_a_mail(&self, after_blank: bool, next: &[u8]) -> bool {
        let next = next.trim_ascii_end();
        let lower = next.to_ascii_lowercase();
        let is_field = line_kind(next) == LineKind::Field;
        let known = FIRST_FIELDS.iter().any(|field| lower.starts_with(field.as_bytes()));
        let known = known && is_field;
        let envelope = line_kind(next) == LineKind::Envelope;
        match (self.date.is_some(), after_blank) {
            (true, true) => next.is_empty() || envelope || is_field,
            (true, false) => known,
            (false, true) => known && self.sender.is_some(),
            (false, false) => false,
        }
    }
}

/// A date as `ctime` writes it, with or without a weekday, seconds, and a time zone on either side
/// of the year.
fn date(text: &str) -> Option<FileTime> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let words: Vec<&str> = text.split_whitespace().skip(1).take(12).collect();
    let month_of = |word: &str| {
        let head = word.get(..3)?.to_ascii_lowercase();
        MONTHS.iter().position(|month| *month == head).filter(|_| word.len() <= 9)
    };
    let clock_at = words.iter().position(|word| clock(word).is_some())?;
    let seconds = clock(words[clock_at])?;
    let (mut month, mut day) = (None, None);
    for word in &words[..clock_at] {
        month = month.or_else(|| month_of(word));
        let number = word.trim_end_matches(',').parse::<u8>().ok();
        day = day.or(number.filter(|_| word.len() <= 3));
    }
    let (mut year, mut offset) = (None, 0);
    for word in words[..clock_at].iter().chain(&words[clock_at + 1..]) {
        match (word.as_bytes(), word.parse::<i64>()) {
            ([b'+' | b'-', ..], Ok(zone)) if word.len() == 5 => {
                offset = (zone / 100 * 60 + zone % 100) * 60;
            }
            ([b'0'..=b'9', ..], Ok(number)) if word.len() == 4 => year = year.or(Some(number)),
            _ => {}
        }
    }
    let month = month? as u8 + 1;
    let time = FileTime::from_civil(year?, month, day?, seconds)?;
    Some(FileTime::from_unix(time.to_unix() - offset)).filter(|time| time.to_unix() >= 0)
}

/// `10:00` or `10:00:59`, in seconds of the day.
fn clock(word: &str) -> Option<i64> {
    let mut parts = word.split(':').map(|part| {
        let good = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| good)
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?.min(59);
    let good = parts.next().is_none() && hour < 24 && minute < 60;
    good.then_some(hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let date = |line: &str| {
            let found = FromLine::parse(line.as_bytes()).unwrap();
            found.date.map(|date| date.to_string())
        };
        let expected = Some("2024-05-02T10:00:00Z".to_owned());
        for line in [
            "From ann@example.org Thu May  2 10:00:00 2024",
            "From - Thu May 2 10:00:00 2024",
            "From ann@example.org Thu May 02 12:00:00 +0200 2024",
            "From ann@example.org Thu May  2 10:00 2024",
            "From ann@example.org Thu May  2 10:00:00 UTC 2024",
            "From ann@example.org  2 May 2024 10:00:00 +0000",
            "From ann@example.org Thu, 2 May 2024 10:00:00",
        ] {
            assert_eq!(date(line), expected, "{line}");
        }
        for line in ["From what I know, it was May 2024", "From ", "From x y:z 25:00 99:99"] {
            assert_eq!(date(line), None, "{line}");
        }
    }

    #[test]
    fn lines_that_lie() {
        let begins = |line: &str, after_blank: bool, next: &str| {
            FromLine::parse(line.as_bytes()).unwrap().begins_a_mail(after_blank, next.as_bytes())
        };
        let real = "From ann@example.org Thu May  2 10:00:00 2024";
        assert!(begins(real, true, "Received: x") && begins(real, false, "Subject: x"));
        assert!(begins(real, true, "") && begins(real, true, ">From other"));
        assert!(!begins(real, true, "and so on") && !begins(real, false, "Note: x"));
        assert!(begins("From ann@example.org", true, "Return-Path: <x>"));
        assert!(!begins("From what I know", true, "Note: this"));
        assert!(!begins("From what I know", false, "Subject: x"));
    }
}
