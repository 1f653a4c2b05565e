//! Times as MAPI stores them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Error, Result};

/// A point in time: 100-nanosecond ticks since 1 January 1601, UTC (`FILETIME`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[doc(alias = "FILETIME")]
pub struct FileTime(pub i64);

const TICKS_PER_SECOND: i64 = 10_000_000;
/// From 1601 to 1970.
const UNIX_SECONDS: i64 = 11_644_473_600;

impl FileTime {
    /// This moment.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self((since.as_nanos() / 100) as i64 + UNIX_SECONDS * TICKS_PER_SECOND)
    }

    /// From seconds since 1970.
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.saturating_add(UNIX_SECONDS).saturating_mul(TICKS_PER_SECOND))
    }

    /// Whole seconds since 1970, rounded down.
    pub fn to_unix(self) -> i64 {
        self.0.div_euclid(TICKS_PER_SECOND) - UNIX_SECONDS
    }

    /// From a date and a time of day in UTC; `None` if the date does not exist.
    pub fn from_civil(year: i64, month: u8, day: u8, seconds_of_day: i64) -> Option<Self> {
        if !(1..=12).contains(&month)
            || day == 0
            || day > days_in_month(year, month)
            || !(0..86_400).contains(&seconds_of_day)
            || !(1601..=30_000).contains(&year)
        {
            return None;
        }
        Some(Self::from_unix(days_from_civil(year, month, day) * 86_400 + seconds_of_day))
    }

    /// Year, month and day in UTC, and the ticks since midnight.
    pub fn to_civil(self) -> (i64, u8, u8, i64) {
        const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;
        let days = self.0.div_euclid(TICKS_PER_DAY) - UNIX_SECONDS / 86_400;
        let (year, month, day) = civil_from_days(days);
        (year, month, day, self.0.rem_euclid(TICKS_PER_DAY))
    }

    /// Reads ISO 8601: `2024-05-01`, `2024-05-01T10:20:30Z`, with a fraction or an offset.
    /// Without an offset the time is UTC.
    pub fn parse(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| Error::invalid_parameter(format!("`{text}` is not a date")))
    }
}

impl fmt::Display for FileTime {
    /// ISO 8601 in UTC; with a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, ticks) = self.to_civil();
        let (seconds, fraction) = (ticks / TICKS_PER_SECOND, ticks % TICKS_PER_SECOND);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if fraction != 0 {
            let digits = format!("{fraction:07}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn parse(text: &str) -> Option<FileTime> {
    let (date, rest) = match text.split_once(['T', ' ']) {
        Some((date, rest)) => (date, rest),
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2)? as u8;
    let day = number(parts.next()?, 2)? as u8;
    if parts.next().is_some() {
        return None;
    }
    let (clock, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, ""),
    };
    let (seconds, ticks) = if clock.is_empty() { (0, 0) } else { parse_clock(clock)? };
    let offset = match offset {
        "" | "Z" | "z" => 0,
        _ => {
            let sign = if offset.starts_with('-') { -1 } else { 1 };
            let digits: String = offset[1..].chars().filter(|c| *c != ':').collect();
            let all = number(&digits, 4)?;
            sign * (all / 100 * 3600 + all % 100 * 60)
        }
    };
    let time = FileTime::from_civil(year, month, day, seconds)?;
    Some(FileTime(time.0 + ticks - offset * TICKS_PER_SECOND))
}

/// Seconds of the day and the ticks of the fraction.
fn parse_clock(clock: &str) -> Option<(i64, i64)> {
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = parts.next().map_or(Some(0), |text| number(text, 2))?;
    let second = parts.next().map_or(Some(0), |text| number(text, 2))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let ticks = if fraction.is_empty() {
        0
    } else {
        let digits: String = fraction.chars().chain("0000000".chars()).take(7).collect();
        number(&digits, 7)?
    };
    Some((hour * 3600 + minute * 60 + second, ticks))
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 in the proleptic Gregorian calendar: years begin in March, eras have 400 years.
fn days_from_civil(year: i64, month: u8, day: u8) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u8;
    let month = (if shifted < 10 { shifted + 3 } else { shifted - 9 }) as u8;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(FileTime(0).to_string(), "1601-01-01T00:00:00Z");
        assert_eq!(FileTime::from_unix(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(FileTime::from_unix(951_782_400).to_string(), "2000-02-29T00:00:00Z");
        assert_eq!(FileTime(i64::MAX).to_string(), "30828-09-14T02:48:05.4775807Z");
        assert_eq!(FileTime(-1).to_string(), "1600-12-31T23:59:59.9999999Z");
    }

    #[test]
    fn text_goes_both_ways() {
        for ticks in [0, 1, 126_227_808_000_000_000, 133_000_000_123_456_700, 5 * 864_000_000_000] {
            let text = FileTime(ticks).to_string();
            assert_eq!(FileTime::parse(&text).unwrap(), FileTime(ticks), "{text}");
        }
        assert_eq!(
            FileTime::parse("2024-05-01T12:00:00+02:00").unwrap(),
            FileTime::parse("2024-05-01 10:00Z").unwrap()
        );
        for wrong in ["", "2024", "2024-02-30", "2024-13-01", "2024-05-01T25:00", "2024-5-1", "x"] {
            assert!(FileTime::parse(wrong).is_err(), "{wrong}");
        }
    }
}
