//! Recurrence patterns (MS-OXOCAL, section 2.2.1.44) as `RRULE`.

use super::bytes::Bytes;

/// More occurrences than this are not named one by one.
const MOST_EXCEPTIONS: usize = 10_000;

/// What repeats, and what does not.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Recurrence {
    frequency: u16,
    pattern: u16,
    calendar: u16,
    period: u32,
    weekdays: u32,
    day: u32,
    nth: u32,
    end_type: u32,
    count: u32,
    first_weekday: u32,
    /// Days on which it does not happen, or not as usual; minutes since 1601, local.
    deleted: Vec<u32>,
    start: u32,
    end: u32,
    /// Minutes since midnight.
    pub(super) start_offset: u32,
    pub(super) end_offset: u32,
    pub(super) exceptions: Vec<Exception>,
}

/// An occurrence that is not as usual; times are minutes since 1601, local.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Exception {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) original: u32,
    flags: u16,
    pub(super) subject: Option<String>,
    pub(super) location: Option<String>,
    pub(super) reminder_minutes: Option<u32>,
    pub(super) reminder: Option<bool>,
    pub(super) busy: Option<u32>,
    pub(super) all_day: Option<bool>,
}

const SUBJECT: u16 = 0x1;
const MEETING_TYPE: u16 = 0x2;
const REMINDER_DELTA: u16 = 0x4;
const REMINDER: u16 = 0x8;
const LOCATION: u16 = 0x10;
const BUSY: u16 = 0x20;
const ATTACHMENT: u16 = 0x40;
const ALL_DAY: u16 = 0x80;
const COLOR: u16 = 0x100;

impl Recurrence {
    /// Reads a pattern, and the times and exceptions after it, as far as they are there.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        let mut found = Self::pattern(&mut bytes)?;
        // Tasks have no more than that; damage to the rest costs only the rest.
        let _ = found.read_times(&mut bytes);
        Some(found)
    }

    fn pattern(bytes: &mut Bytes<'_>) -> Option<Self> {
        let _versions = bytes.u32()?;
        let mut found = Self {
            frequency: bytes.u16()?,
            pattern: bytes.u16()?,
            calendar: bytes.u16()?,
            ..Self::default()
        };
        let _first = bytes.u32()?;
        found.period = bytes.u32()?;
        let _sliding = bytes.u32()?;
        match found.pattern {
            0 => {}
            1 => found.weekdays = bytes.u32()?,
            2 | 4 | 0xA | 0xC => found.day = bytes.u32()?,
            3 | 0xB => (found.weekdays, found.nth) = (bytes.u32()?, bytes.u32()?),
            _ => return None,
        }
        found.end_type = bytes.u32()?;
        found.count = bytes.u32()?;
        found.first_weekday = bytes.u32()?;
        found.deleted = bytes.list()?;
        let _modified = bytes.list()?;
        found.start = bytes.u32()?;
        found.end = bytes.u32()?;
        Some(found)
    }

    fn read_times(&mut self, bytes: &mut Bytes<'_>) -> Option<()> {
        let _reader = bytes.u32()?;
        let writer = bytes.u32()?;
        self.start_offset = bytes.u32()?;
        self.end_offset = bytes.u32()?;
        let count = usize::from(bytes.u16()?);
        for _ in 0..count {
            self.exceptions.push(Exception::read(bytes)?);
        }
        let reserved = bytes.u32()?;
        bytes.take(reserved as usize)?;
        for exception in &mut self.exceptions {
            exception.read_wide(bytes, writer)?;
        }
        Some(())
    }

    /// The rule; `None` if iCalendar has none like it. `until` is the last moment as it is to be
    /// written, which [`Recurrence::last`] gives.
    pub(super) fn rule(&self, until: &str) -> Option<String> {
        const WEEKDAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
        // Other calendars than the Gregorian one and its Japanese, Korean and Thai years.
        let gregorian = matches!(self.calendar, 0..=5 | 7 | 9..=12);
        let set = (0..7).filter(|bit| self.weekdays >> bit & 1 != 0).map(|bit| WEEKDAYS[bit]);
        let days = set.collect::<Vec<_>>().join(",");
        let nth = match self.nth {
            1..=4 => self.nth.to_string(),
            5 => "-1".to_owned(),
            _ => String::new(),
        };
        if !gregorian || self.pattern >= 0xA || self.period == 0 {
            return None;
        }
        let month_day = match (self.pattern, self.day) {
            (4, _) | (2, 31) => "BYMONTHDAY=-1".to_owned(),
            (2, 1..=28) => format!("BYMONTHDAY={}", self.day),
            // In shorter months it is the last day.
            (2, 29 | 30) => {
                let days: Vec<String> = (28..=self.day).map(|day| day.to_string()).collect();
                format!("BYMONTHDAY={};BYSETPOS=-1", days.join(","))
            }
            (3, _) if !days.is_empty() && !nth.is_empty() => format!("BYDAY={days};BYSETPOS={nth}"),
            (0 | 1, _) => String::new(),
            _ => return None,
        };
        let week_start = WEEKDAYS.get(self.first_weekday as usize).copied().unwrap_or("SU");
        let mut rule = match (self.frequency, self.pattern) {
            (0x200A, 0) => format!("FREQ=DAILY;INTERVAL={}", (self.period / 1440).max(1)),
            (0x200A | 0x200B, 1) if !days.is_empty() => {
                format!("FREQ=WEEKLY;INTERVAL={};BYDAY={days};WKST={week_start}", self.period)
            }
            (0x200C, 2..=4) => format!("FREQ=MONTHLY;INTERVAL={};{month_day}", self.period),
            (0x200D, 2..=4) => {
                let (_, month, ..) =
                    mapix_core::prop::FileTime::from_unix(unix(self.start)).to_civil();
                let years = (self.period / 12).max(1);
                format!("FREQ=YEARLY;INTERVAL={years};BYMONTH={month};{month_day}")
            }
            _ => return None,
        };
        match self.end_type {
            0x2021 => rule.extend([";UNTIL=", until]),
            0x2022 => rule.extend([";COUNT=", &self.count.max(1).to_string()]),
            _ => {}
        }
        Some(rule)
    }

    /// The start of the last occurrence, in local seconds since 1970.
    pub(super) fn last(&self) -> i64 {
        unix(self.end) + i64::from(self.start_offset) * 60
    }

    /// The starts of occurrences that do not happen, in local seconds since 1970.
    pub(super) fn removed(&self) -> Vec<i64> {
        let day = |minutes: u32| minutes / 1440;
        let moved: std::collections::BTreeSet<u32> =
            self.exceptions.iter().map(|exception| day(exception.original)).collect();
        let removed = self.deleted.iter().filter(|date| !moved.contains(&day(**date)));
        let start = |date: &u32| unix(*date) + i64::from(self.start_offset) * 60;
        removed.take(MOST_EXCEPTIONS).map(start).collect()
    }
}

impl Exception {
    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mut found = Self {
            start: bytes.u32()?,
            end: bytes.u32()?,
            original: bytes.u32()?,
            flags: bytes.u16()?,
            ..Self::default()
        };
        let flags = found.flags;
        let narrow = |bytes: &mut Bytes<'_>| {
            let _with_zero = bytes.u16()?;
            let length = usize::from(bytes.u16()?);
            Some(mapix_core::prop::CodePage::WESTERN.decode(bytes.take(length)?).into_owned())
        };
        let has = |flag: u16| flags & flag != 0;
        if has(SUBJECT) {
            found.subject = Some(narrow(bytes)?);
        }
        if has(MEETING_TYPE) {
            bytes.u32()?;
        }
        if has(REMINDER_DELTA) {
            found.reminder_minutes = Some(bytes.u32()?);
        }
        if has(REMINDER) {
            found.reminder = Some(bytes.u32()? != 0);
        }
        if has(LOCATION) {
            found.location = Some(narrow(bytes)?);
        }
        if has(BUSY) {
            found.busy = Some(bytes.u32()?);
        }
        if has(ATTACHMENT) {
            bytes.u32()?;
        }
        if has(ALL_DAY) {
            found.all_day = Some(bytes.u32()? != 0);
        }
        if has(COLOR) {
            bytes.u32()?;
        }
        Some(found)
    }

    /// The same texts in UTF-16.
    fn read_wide(&mut self, bytes: &mut Bytes<'_>, writer: u32) -> Option<()> {
        if writer >= 0x3009 {
            let size = bytes.u32()?;
            bytes.take(size as usize)?;
        }
        let reserved = bytes.u32()?;
        bytes.take(reserved as usize)?;
        if self.flags & (SUBJECT | LOCATION) == 0 {
            return Some(());
        }
        bytes.take(12)?;
        if self.flags & SUBJECT != 0 {
            let units = usize::from(bytes.u16()?);
            self.subject = Some(bytes.wide(units)?);
        }
        if self.flags & LOCATION != 0 {
            let units = usize::from(bytes.u16()?);
            self.location = Some(bytes.wide(units)?);
        }
        let reserved = bytes.u32()?;
        bytes.take(reserved as usize)?;
        Some(())
    }
}

/// Minutes since 1601 as seconds since 1970.
pub(super) fn unix(minutes: u32) -> i64 {
    i64::from(minutes) * 60 - 11_644_473_600
}
