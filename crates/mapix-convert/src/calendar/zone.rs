//! Time zones (MS-OXOCAL, sections 2.2.1.39 and 2.2.1.41) as `VTIMEZONE`.

use mapix_core::prop::FileTime;

use super::bytes::Bytes;
use super::line::Lines;

/// A time zone with at most one summer time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Zone {
    pub(super) id: String,
    /// Minutes that are added to UTC.
    standard: i64,
    daylight: i64,
    /// When standard time begins, and when summer time; `None` if there is no summer time.
    changes: Option<(Change, Change)>,
}

/// When the clock changes each year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Change {
    month: u8,
    /// 0 is Sunday.
    weekday: u8,
    /// Which of these weekdays in the month, or which day of it; 5 is the last week.
    day: u8,
    relative: bool,
    seconds: i64,
}

impl Zone {
    /// From a time zone definition: its name, and the rule that holds in a year.
    pub(super) fn from_definition(bytes: &[u8], year: i64) -> Option<Self> {
        const CURRENT: u16 = 0x2;
        let mut head = Bytes(bytes);
        head.u16()?;
        let size = usize::from(head.u16()?);
        let mut inner = Bytes(head.take(size)?);
        inner.u16()?;
        let length = usize::from(inner.u16()?);
        let id = inner.wide(length)?;
        let count = inner.u16()?;
        let mut best: Option<(bool, i64, Self)> = None;
        for _ in 0..count {
            let mut rule = Bytes(head.take(66)?);
            rule.u32()?;
            let (flags, from) = (rule.u16()?, i64::from(rule.u16()?));
            rule.take(14)?;
            let (bias, standard, daylight) = (rule.i32()?, rule.i32()?, rule.i32()?);
            let (winter, summer) = (change(rule.take(16)?), change(rule.take(16)?));
            let zone = Self::new(&id, bias, standard, daylight, winter.zip(summer))?;
            // The rule of the year if the years tell them apart, else the one that is marked.
            let fits = from <= year;
            let rank = (fits, if fits { from } else { -from });
            let current = i64::from(flags & CURRENT != 0);
            let better = best
                .as_ref()
                .is_none_or(|(fit, old, _)| (rank.0, rank.1 * 2 + current) > (*fit, *old));
            if better {
                best = Some((rank.0, rank.1 * 2 + current, zone));
            }
        }
        best.map(|(.., zone)| zone)
    }

    /// From the older structure, which has no name of its own.
    pub(super) fn from_struct(bytes: &[u8], id: &str) -> Option<Self> {
        let mut rule = Bytes(bytes);
        let (bias, standard, daylight) = (rule.i32()?, rule.i32()?, rule.i32()?);
        rule.u16()?;
        let winter = change(rule.take(16)?);
        rule.u16()?;
        let summer = change(rule.take(16)?);
        Self::new(id, bias, standard, daylight, winter.zip(summer))
    }

    fn new(
        id: &str,
        bias: i32,
        standard: i32,
        daylight: i32,
        changes: Option<(Change, Change)>,
    ) -> Option<Self> {
        let sum = |more: i32| {
            let minutes = -(i64::from(bias) + i64::from(more));
            (minutes.abs() < 24 * 60).then_some(minutes)
        };
        let standard = sum(standard)?;
        let daylight = sum(daylight).filter(|_| changes.is_some()).unwrap_or(standard);
        let id: String = id.chars().filter(|c| !c.is_control() && *c != '"').collect();
        let id = if id.trim().is_empty() { "Local".to_owned() } else { id.trim().to_owned() };
        Some(Self { id, standard, daylight, changes })
    }

    /// The local time at a moment, both in seconds since 1970.
    pub(super) fn local(&self, utc: i64) -> i64 {
        utc + self.offset(utc) * 60
    }

    /// The moment of a local time; the earlier one where the clock shows it twice.
    pub(super) fn utc(&self, local: i64) -> i64 {
        let (first, second) = (local - self.daylight * 60, local - self.standard * 60);
        if self.local(first) == local { first } else { second }
    }

    fn offset(&self, utc: i64) -> i64 {
        let Some((winter, summer)) = self.changes else { return self.standard };
        let (year, ..) = FileTime::from_unix(utc + self.standard * 60).to_civil();
        let starts = summer.in_year(year) - self.standard * 60;
        let ends = winter.in_year(year) - self.daylight * 60;
        let is_summer = match starts < ends {
            true => (starts..ends).contains(&utc),
            false => !(ends..starts).contains(&utc),
        };
        if is_summer { self.daylight } else { self.standard }
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        lines.raw("BEGIN", "VTIMEZONE");
        lines.text("TZID", &self.id);
        let (winter, summer) = self.changes.unzip();
        Self::part(lines, "STANDARD", (self.daylight, self.standard), winter);
        if summer.is_some() {
            Self::part(lines, "DAYLIGHT", (self.standard, self.daylight), summer);
        }
        lines.raw("END", "VTIMEZONE");
    }

    fn part(lines: &mut Lines, name: &str, (from, to): (i64, i64), change: Option<Change>) {
        lines.raw("BEGIN", name);
        let first = change.map_or(FileTime(0).to_unix(), |change| change.in_year(1970));
        lines.raw("DTSTART", &super::local_time(first));
        if let Some(change) = change {
            lines.raw("RRULE", &change.rule());
        }
        lines.raw("TZOFFSETFROM", &offset(from));
        lines.raw("TZOFFSETTO", &offset(to));
        lines.raw("END", name);
    }
}

fn offset(minutes: i64) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// A `SYSTEMTIME`; `None` if it stands for no change.
fn change(bytes: &[u8]) -> Option<Change> {
    let mut bytes = Bytes(bytes);
    let (year, month, weekday) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
    let (day, hour) = (bytes.u16()?, bytes.u16()?);
    let (minute, second) = (bytes.u16()?, bytes.u16()?);
    if !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    let relative = year == 0;
    let sound =
        if relative { (1..=5).contains(&day) && weekday < 7 } else { (1..=31).contains(&day) };
    let (month, weekday, day) = (month as u8, weekday as u8, day as u8);
    sound.then_some(Change { month, weekday, day, relative, seconds })
}

impl Change {
    /// The local time of the change, in seconds since 1970.
    fn in_year(self, year: i64) -> i64 {
        let day_of =
            |day: u8| FileTime::from_civil(year, self.month, day, 0).map(FileTime::to_unix);
        let found = if self.relative {
            // 1 January 1970 was a Thursday.
            let weekday = |unix: i64| (unix.div_euclid(86_400) + 4).rem_euclid(7);
            let days = (1..=31).filter_map(day_of);
            let mut days = days.filter(|unix| weekday(*unix) == i64::from(self.weekday));
            match self.day {
                5 => days.next_back(),
                nth => days.nth(usize::from(nth) - 1),
            }
        } else {
            (1..=self.day).rev().find_map(day_of)
        };
        found.unwrap_or_default() + self.seconds
    }

    fn rule(self) -> String {
        const DAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
        if !self.relative {
            return format!("FREQ=YEARLY;BYMONTH={};BYMONTHDAY={}", self.month, self.day);
        }
        let nth = if self.day == 5 { -1 } else { i32::from(self.day) };
        let day = DAYS[usize::from(self.weekday) % 7];
        format!("FREQ=YEARLY;BYDAY={nth}{day};BYMONTH={}", self.month)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The older structure for central Europe.
    pub(crate) fn central_europe() -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [-60_i32, 0, -60] {
            bytes.extend(number.to_le_bytes());
        }
        for units in [[0_u16, 0, 10, 0, 5, 3, 0, 0, 0], [0, 0, 3, 0, 5, 2, 0, 0, 0]] {
            bytes.extend(units.into_iter().flat_map(u16::to_le_bytes));
        }
        bytes
    }

    #[test]
    fn summer_and_winter() {
        let zone = Zone::from_struct(&central_europe(), "Berlin").unwrap();
        let unix = |text: &str| FileTime::parse(text).unwrap().to_unix();
        for (utc, local) in [
            ("2024-01-15T11:00:00Z", "2024-01-15T12:00:00Z"),
            ("2024-07-15T11:00:00Z", "2024-07-15T13:00:00Z"),
            ("2024-03-31T00:59:59Z", "2024-03-31T01:59:59Z"),
            ("2024-03-31T01:00:00Z", "2024-03-31T03:00:00Z"),
            ("2024-10-27T01:00:00Z", "2024-10-27T02:00:00Z"),
        ] {
            assert_eq!(zone.local(unix(utc)), unix(local), "{utc}");
        }
        assert_eq!(zone.utc(unix("2024-07-15T13:00:00Z")), unix("2024-07-15T11:00:00Z"));
        let mut lines = Lines::default();
        zone.write(&mut lines);
        let text = lines.finish();
        assert!(
            text.contains("DTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n")
        );
        assert!(text.contains("TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\n"));
    }

    #[test]
    fn broken_zones_are_none() {
        assert_eq!(Zone::from_struct(&[0; 10], "x"), None);
        assert_eq!(Zone::from_definition(&[0xFF; 100], 2024), None);
        assert_eq!(Zone::from_definition(&[], 2024), None);
        let mut wild = central_europe();
        wild[0..4].copy_from_slice(&i32::MIN.to_le_bytes());
        assert_eq!(Zone::from_struct(&wild, "x"), None);
    }
}
