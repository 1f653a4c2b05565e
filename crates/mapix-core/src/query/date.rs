//! Dates: from words and numbers to spans of time, and back.

use std::fmt;
use std::ops::Range;

use super::field::value;
use super::scan::{Scanner, shown};
use super::{Context, QueryError};
use crate::prop::FileTime;

/// A span of time in UTC.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DateSpan {
    /// Its start, which is in it; `None` for no limit.
    pub from: Option<FileTime>,
    /// Its end, which is not in it; `None` for no limit.
    pub until: Option<FileTime>,
}

/// What stands before a date or a size that is a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Limit {
    Less,
    AtMost,
    More,
    AtLeast,
}

const SECOND: i64 = 10_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 1601-01-01: a Monday, so that weeks begin with a multiple of seven days.
const FIRST: FileTime = FileTime(0);
const LAST_YEAR: i64 = 9999;

impl DateSpan {
    /// Any time at all.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// From a date or a range of dates, as it is written after `received:`.
    pub(super) fn parse(text: &str, context: &Context) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::ALWAYS);
        }
        let Some((from, until)) = text.split_once("..") else {
            let moment = Moment::parse(text, context)?;
            let until = (moment.start != moment.end).then_some(moment.end);
            return Self { from: Some(moment.start), until }.check();
        };
        if from.is_empty() && until.is_empty() {
            return Err("a range needs a start or an end".into());
        }
        let parse = |text: &str| match text {
            "" => Ok(None),
            text => Moment::parse(text, context).map(Some),
        };
        let (from, until) = (parse(from)?, parse(until)?);
        Self { from: from.map(|m| m.start), until: until.map(|m| m.end) }.check()
    }

    /// From a date after `<`, `<=`, `>` or `>=`.
    pub(super) fn limit(limit: Limit, text: &str, context: &Context) -> Result<Self, String> {
        let moment = Moment::parse(text, context)?;
        let (from, until) = match limit {
            Limit::Less => (None, Some(moment.start)),
            Limit::AtMost => (None, Some(moment.end)),
            Limit::More => (Some(moment.end), None),
            Limit::AtLeast => (Some(moment.start), None),
        };
        Self { from, until }.check()
    }

    fn check(self) -> Result<Self, String> {
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from >= until
        {
            return Err("the range ends before it starts".into());
        }
        if self.until.is_some_and(|until| until <= FIRST) {
            return Err("no date is before 1601".into());
        }
        if self.from.is_some_and(|from| from >= last()) {
            return Err(format!("no date is after {LAST_YEAR}"));
        }
        Ok(self)
    }
}

/// The end of the last year.
fn last() -> FileTime {
    FileTime::from_civil(LAST_YEAR + 1, 1, 1, 0).unwrap_or(FileTime(i64::MAX))
}

/// What one date stands for: a year, a day, a minute; or a point, where both are the same.
#[derive(Clone, Copy)]
struct Moment {
    start: FileTime,
    end: FileTime,
}

impl Moment {
    fn parse(text: &str, context: &Context) -> Result<Self, String> {
        let word = text.trim().to_ascii_lowercase().replace(' ', "-");
        let found = Self::calendar(text.trim())
            .or_else(|| Self::relative(&word, context.now))
            .or_else(|| Self::ago(&word, context.now));
        let is_known = |moment: &Self| moment.start >= FIRST && moment.end <= last();
        found.filter(is_known).ok_or_else(|| format!("{} is not a date", shown(text)))
    }

    fn new(start: Option<FileTime>, end: Option<FileTime>) -> Option<Self> {
        Some(Self { start: start?, end: end? })
    }

    /// `2024`, `2024-05`, `2024-05-31`, `2024-05-31T12:30:00Z`.
    fn calendar(text: &str) -> Option<Self> {
        if let Some((_, clock)) = text.split_once(['T', ' ']) {
            let start = FileTime::parse(text).ok()?;
            let clock = clock.split(['Z', 'z', '+', '-']).next()?;
            let unit = match (clock.split_once('.'), clock.matches(':').count()) {
                (Some((_, digits)), _) if !digits.is_empty() => {
                    SECOND / 10_i64.pow(digits.len().min(7) as u32)
                }
                (_, 0) => 3600 * SECOND,
                (_, 1) => 60 * SECOND,
                _ => SECOND,
            };
            return Self::new(Some(start), start.0.checked_add(unit).map(FileTime));
        }
        let number = |text: &str, len: usize| -> Option<i64> {
            let fits = text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
            fits.then(|| text.parse().ok())?
        };
        let mut parts = text.split('-');
        let year = number(parts.next()?, 4)?;
        let Some(month) = parts.next() else { return Self::months(year, 1, 12) };
        let month = number(month, 2).filter(|month| (1..=12).contains(month))?;
        let Some(day) = parts.next() else { return Self::months(year, month, 1) };
        let start = FileTime::from_civil(year, month as u8, number(day, 2)? as u8, 0)?;
        parts.next().is_none().then(|| Self::days(start, 0, 1))
    }

    /// `today`, `this-week`, `last-month`.
    fn relative(word: &str, now: FileTime) -> Option<Self> {
        let today = FileTime(now.0.div_euclid(DAY).saturating_mul(DAY));
        let weekday = now.0.div_euclid(DAY).rem_euclid(7);
        let (year, month, ..) = now.to_civil();
        let month = i64::from(month);
        Some(match word {
            "now" => Self { start: now, end: now },
            "today" => Self::days(today, 0, 1),
            "yesterday" => Self::days(today, -1, 1),
            "tomorrow" => Self::days(today, 1, 1),
            "this-week" => Self::days(today, -weekday, 7),
            "last-week" => Self::days(today, -weekday - 7, 7),
            "next-week" => Self::days(today, 7 - weekday, 7),
            "this-month" => Self::months(year, month, 1)?,
            "last-month" => Self::months(year, month - 1, 1)?,
            "next-month" => Self::months(year, month + 1, 1)?,
            "this-year" => Self::months(year, 1, 12)?,
            "last-year" => Self::months(year - 1, 1, 12)?,
            "next-year" => Self::months(year + 1, 1, 12)?,
            _ => return None,
        })
    }

    /// `7d`: so long before now.
    fn ago(word: &str, now: FileTime) -> Option<Self> {
        let unit = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let count: i64 = word[..word.len() - unit.len()].parse().ok()?;
        let months = |count: i64| {
            let (year, month, day, ticks) = now.to_civil();
            let whole = Self::months(year, i64::from(month).checked_sub(count)?, 1)?;
            // The 31st becomes the last day of a shorter month.
            let last = FileTime(whole.end.0 - DAY);
            let same = FileTime(whole.start.0 + (i64::from(day) - 1) * DAY);
            Some(FileTime(same.min(last).0 + ticks))
        };
        let ticks = |unit: i64| Some(FileTime(now.0.checked_sub(count.checked_mul(unit)?)?));
        let moment = match unit {
            "h" => ticks(3600 * SECOND),
            "d" => ticks(DAY),
            "w" => ticks(7 * DAY),
            "mo" => months(count),
            "y" => months(count.checked_mul(12)?),
            _ => None,
        };
        Self::new(moment, moment)
    }

    /// So many days, beginning so many days after another one.
    fn days(day: FileTime, after: i64, count: i64) -> Self {
        let start = day.0.saturating_add(after * DAY);
        Self { start: FileTime(start), end: FileTime(start.saturating_add(count * DAY)) }
    }

    /// So many months; the first one may have any number, counted from January of the year.
    fn months(year: i64, first: i64, count: i64) -> Option<Self> {
        let month = |number: i64| {
            let number = year.checked_mul(12)?.checked_add(number - 1)?;
            let month = (number.rem_euclid(12) + 1) as u8;
            FileTime::from_civil(number.div_euclid(12), month, 1, 0)
        };
        Self::new(month(first), month(first.checked_add(count)?))
    }
}

/// How exactly a time has to be written: a year, or at most a part of a second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Year,
    Month,
    Day,
    Minute,
    Second,
    Tick,
}

impl Unit {
    /// The largest that begins at a time.
    fn of(time: FileTime) -> Self {
        match time.to_civil() {
            (_, 1, 1, 0) => Self::Year,
            (_, _, 1, 0) => Self::Month,
            (.., 0) => Self::Day,
            (.., ticks) if ticks % (60 * SECOND) == 0 => Self::Minute,
            (.., ticks) if ticks % SECOND == 0 => Self::Second,
            _ => Self::Tick,
        }
    }

    /// The one in which a time lies.
    fn write(self, time: FileTime) -> String {
        let (year, month, day, ticks) = time.to_civil();
        let (seconds, fraction) = (ticks / SECOND, ticks % SECOND);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match self {
            Self::Year => format!("{year:04}"),
            Self::Month => format!("{year:04}-{month:02}"),
            Self::Day => format!("{year:04}-{month:02}-{day:02}"),
            Self::Minute => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}"),
            Self::Second => {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
            }
            Self::Tick => format!("{}.{fraction:07}", Self::Second.write(time)),
        }
    }
}

impl fmt::Display for DateSpan {
    /// As it is written after `received:`, such as `2024-01..2024-06`. Limits before 1601 or
    /// after 9999 are left out: there are no such dates.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_known = |time: &FileTime| *time > FIRST && *time <= last();
        let from = self.from.filter(|from| *from >= FIRST && *from < last());
        let until = self.until.filter(is_known);
        let before = |until: FileTime| FileTime(until.0 - 1);
        match (from, until) {
            (None, None) => f.write_str("*"),
            (Some(from), None) => write!(f, "{}..", Unit::of(from).write(from)),
            (None, Some(until)) => write!(f, "..{}", Unit::of(until).write(before(until))),
            (Some(from), Some(until)) => {
                let unit = Unit::of(from).max(Unit::of(until));
                let (from, until) = (unit.write(from), unit.write(before(until)));
                f.write_str(&from)?;
                if from == until { Ok(()) } else { write!(f, "..{until}") }
            }
        }
    }
}

/// How to write a date.
pub(super) const HINT: &str =
    "write 2024, 2024-05, 2024-05-31, 2024-05-31T12:30, today, last-week, 7d, 3mo or A..B";

/// The limit that stands at the scanner, if any.
pub(super) fn limit(scan: &mut Scanner<'_>) -> Option<Limit> {
    let limits = [
        ("<=", Some(Limit::AtMost)),
        ("<", Some(Limit::Less)),
        (">=", Some(Limit::AtLeast)),
        (">", Some(Limit::More)),
        ("=", None),
    ];
    scan.eat_any(&limits).flatten()
}

/// The date or range that must stand here.
pub(super) fn span(
    scan: &mut Scanner<'_>,
    field: Range<usize>,
    context: &Context,
) -> Result<DateSpan, QueryError> {
    let limit = limit(scan);
    let token = value(scan, field)?;
    let span = match limit {
        None => DateSpan::parse(&token.text, context),
        Some(limit) => DateSpan::limit(limit, &token.text, context),
    };
    span.map_err(|message| scan.error(token.span, message).suggest(HINT))
}
