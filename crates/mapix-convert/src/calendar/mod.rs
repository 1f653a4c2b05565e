//! Appointments, meetings and tasks as iCalendar (RFC 5545, RFC 5546), after MS-OXCICAL.

mod bytes;
mod line;
mod recurrence;
mod todo;
mod zone;

use mapix_core::prop::{FileTime, Guid, PropType, guids, tags};
use mapix_core::{Recipient, RecipientKind};

pub(crate) use line::{Lines, escape, parameter};

use crate::LossKind;
use crate::eml::{Address, People, Text, categories, is_class};
use crate::item::{Item, hex};
use crate::tags::{self as more, PSETID_MEETING};
use recurrence::{Exception, Recurrence, unix};
use zone::Zone;

/// A longer body is not repeated in the calendar.
const DESCRIPTION: usize = 256 * 1024;
/// The class of an exception that is embedded in its series.
const EXCEPTION_CLASS: &str = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}";

/// A calendar part.
pub(crate) struct Calendar {
    pub(crate) text: String,
    pub(crate) method: Option<&'static str>,
}

/// The calendar part of an item; `None` if it is not of a calendar, or has no time.
pub(crate) fn write(
    item: &Item<'_>,
    class: &str,
    recipients: &[Recipient],
    people: &People,
    body: Option<&Text>,
) -> Option<Calendar> {
    let (method, component) = if is_class(class, "IPM.Task") {
        (None, todo::write(item, people, body))
    } else {
        let method = method(class)?;
        (Some(method), Event { item, recipients, people, body, method }.write()?)
    };
    let mut lines = Lines::default();
    lines.raw("BEGIN", "VCALENDAR");
    lines.raw("PRODID", "-//mapix//mapix-convert//EN");
    lines.raw("VERSION", "2.0");
    if let Some(method) = method {
        lines.raw("METHOD", method);
    }
    lines.append(&component);
    lines.raw("END", "VCALENDAR");
    Some(Calendar { text: lines.finish(), method })
}

fn method(class: &str) -> Option<&'static str> {
    let meeting = "IPM.Schedule.Meeting";
    if is_class(class, "IPM.Appointment") || class.eq_ignore_ascii_case(EXCEPTION_CLASS) {
        return Some("PUBLISH");
    }
    if !is_class(class, meeting) {
        return None;
    }
    Some(match class.get(meeting.len()..).unwrap_or_default().to_ascii_lowercase().as_str() {
        kind if kind.starts_with(".cancel") => "CANCEL",
        kind if kind.starts_with(".resp") => "REPLY",
        _ => "REQUEST",
    })
}

struct Event<'a> {
    item: &'a Item<'a>,
    recipients: &'a [Recipient],
    people: &'a People,
    body: Option<&'a Text>,
    method: &'static str,
}

/// When something is, in seconds since 1970.
struct When<'a> {
    zone: Option<&'a Zone>,
    all_day: bool,
}

impl When<'_> {
    /// Writes a time that is given in UTC.
    fn utc(&self, lines: &mut Lines, name: &str, utc: i64) {
        match self.zone {
            Some(zone) => self.local(lines, name, zone.local(utc)),
            // Midnight somewhere is nearest to midnight here.
            None if self.all_day => self.local(lines, name, utc + 12 * 3600),
            None => lines.raw(name, &utc_time(utc)),
        }
    }

    /// Writes a time that is given as the clock showed it.
    fn local(&self, lines: &mut Lines, name: &str, local: i64) {
        if self.all_day {
            lines.raw(&format!("{name};VALUE=DATE"), &local_time(local)[..8]);
            return;
        }
        match self.zone {
            Some(zone) => {
                let id = parameter(&zone.id);
                lines.raw(&format!("{name};TZID={id}"), &local_time(local));
            }
            None => lines.raw(name, &local_time(local)),
        }
    }
}

impl<'a> Event<'a> {
    fn named<T>(
        &self,
        set: Guid,
        id: u32,
        prop_type: PropType,
        get: impl Fn(&Item<'a>, mapix_core::prop::PropTag) -> Option<T>,
    ) -> Option<T> {
        get(self.item, self.item.named(set, id, prop_type)?)
    }

    fn time(&self, id: u32) -> Option<FileTime> {
        self.named(guids::PSETID_APPOINTMENT, id, PropType::TIME, Item::time)
    }

    fn number(&self, set: Guid, id: u32) -> Option<i32> {
        self.named(set, id, PropType::I32, Item::i32)
    }

    fn flag(&self, set: Guid, id: u32) -> Option<bool> {
        self.named(set, id, PropType::BOOL, Item::bool)
    }

    fn text(&self, set: Guid, id: u32) -> Option<String> {
        self.named(set, id, PropType::UNICODE, Item::text)
    }

    fn bytes(&self, set: Guid, id: u32) -> Option<Vec<u8>> {
        self.named(set, id, PropType::BINARY, Item::bytes)
    }

    fn write(&self) -> Option<Lines> {
        const SET: Guid = guids::PSETID_APPOINTMENT;
        // The same times under other names.
        for id in [0x8516, 0x8517] {
            self.named(guids::PSETID_COMMON, id, PropType::TIME, Item::time);
        }
        self.text(PSETID_MEETING, 0x0002);
        let start = self.time(0x820D).or_else(|| self.item.time(tags::START_DATE))?.to_unix();
        let end = self.time(0x820E).or_else(|| self.item.time(tags::END_DATE));
        let end = end.map_or(start, |end| end.to_unix().max(start));
        let all_day = self.flag(SET, 0x8215) == Some(true);
        let zone = self.zone(start);
        let when = When { zone: zone.as_ref(), all_day };
        let series = self.series();
        let mut event = Lines::default();
        event.raw("BEGIN", "VEVENT");
        let uid = self.uid();
        let mut common = Lines::default();
        common.text("UID", &uid);
        common.raw("DTSTAMP", &utc_time(self.stamp()));
        common.raw("SEQUENCE", &self.number(SET, 0x8201).unwrap_or(0).max(0).to_string());
        event.append(&common);
        when.utc(&mut event, "DTSTART", start);
        when.utc(&mut event, "DTEND", end);
        if let Some(series) = &series {
            self.repeat(&mut event, &when, series);
        } else if let Some(replaced) = self.time(0x8228) {
            when.utc(&mut event, "RECURRENCE-ID", replaced.to_unix());
        }
        let subject = self.item.text(tags::SUBJECT).unwrap_or_default();
        event.text("SUMMARY", &subject);
        let location = self.text(SET, 0x8208).or_else(|| self.text(PSETID_MEETING, 0x0002));
        event.some("LOCATION", location.clone());
        if let Some(body) = description(self.body) {
            event.text("DESCRIPTION", body);
        }
        let people = self.who();
        event.append(&people);
        let busy = self.number(SET, 0x8205).unwrap_or(2);
        self.state(&mut event, busy);
        marks(self.item, &mut event);
        let reminder = self.flag(guids::PSETID_COMMON, 0x8503) == Some(true);
        let minutes = self.number(guids::PSETID_COMMON, 0x8501).unwrap_or(15);
        for id in [0x8502, 0x8560] {
            self.named(guids::PSETID_COMMON, id, PropType::TIME, Item::time);
        }
        if reminder {
            alarm(&mut event, minutes);
        }
        event.raw("END", "VEVENT");
        for exception in series.iter().flat_map(|series| &series.exceptions) {
            let summary = exception.subject.as_ref().unwrap_or(&subject);
            event.raw("BEGIN", "VEVENT");
            event.append(&common);
            Self::exception(&mut event, &when, series.as_ref()?, exception);
            event.text("SUMMARY", summary);
            event.some("LOCATION", exception.location.clone().or_else(|| location.clone()));
            event.append(&people);
            self.state(&mut event, exception.busy.map_or(busy, |busy| busy as i32));
            if exception.reminder.unwrap_or(reminder) {
                let minutes = exception.reminder_minutes.map_or(minutes, |minutes| minutes as i32);
                alarm(&mut event, minutes);
            }
            event.raw("END", "VEVENT");
        }
        let mut lines = Lines::default();
        if let Some(zone) = zone.filter(|_| !all_day) {
            zone.write(&mut lines);
        }
        lines.append(&event);
        Some(lines)
    }

    /// The time zone: of the series, of the start, or in the older form.
    fn zone(&self, start: i64) -> Option<Zone> {
        const SET: Guid = guids::PSETID_APPOINTMENT;
        let (year, ..) = FileTime::from_unix(start).to_civil();
        let name = self.text(SET, 0x8234);
        let older = self.bytes(SET, 0x8233);
        let repeats = self.flag(SET, 0x8223) == Some(true);
        let order = if repeats { [0x8260, 0x825E, 0x825F] } else { [0x825E, 0x8260, 0x825F] };
        let definitions: Vec<Vec<u8>> =
            order.into_iter().filter_map(|id| self.bytes(SET, id)).collect();
        let found = definitions.iter().find_map(|bytes| Zone::from_definition(bytes, year));
        let damaged = !definitions.is_empty() && found.is_none();
        let name = name.as_deref().unwrap_or("Local");
        let found = found.or_else(|| Zone::from_struct(&older?, name));
        if damaged && found.is_none() {
            self.item.lose(LossKind::Calendar, "the time zone cannot be read; times are in UTC");
        }
        found
    }

    fn series(&self) -> Option<Recurrence> {
        let bytes = self.bytes(guids::PSETID_APPOINTMENT, 0x8216)?;
        if bytes.is_empty() {
            return None;
        }
        let found = Recurrence::read(&bytes);
        if found.is_none() {
            self.item.lose(LossKind::Calendar, "the recurrence pattern cannot be read");
        }
        found
    }

    fn repeat(&self, event: &mut Lines, when: &When<'_>, series: &Recurrence) {
        let last = series.last();
        let until = match when.zone {
            _ if when.all_day => local_time(last)[..8].to_owned(),
            Some(zone) => utc_time(zone.utc(last)),
            None => utc_time(last),
        };
        if let Some(rule) = series.rule(&until) {
            event.raw("RRULE", &rule);
        } else {
            self.item.lose(LossKind::Calendar, "iCalendar cannot express the recurrence pattern");
        }
        for start in series.removed() {
            when.local(event, "EXDATE", start);
        }
    }

    fn exception(event: &mut Lines, when: &When<'_>, series: &Recurrence, exception: &Exception) {
        let day = unix(exception.original / 1440 * 1440);
        let original = day + i64::from(series.start_offset) * 60;
        when.local(event, "RECURRENCE-ID", original);
        let when = When { zone: when.zone, all_day: exception.all_day.unwrap_or(when.all_day) };
        when.local(event, "DTSTART", unix(exception.start));
        when.local(event, "DTEND", unix(exception.end.max(exception.start)));
    }

    /// What makes the item known in other calendars.
    fn uid(&self) -> String {
        const FOREIGN: &[u8] = b"vCal-Uid\x01\0\0\0";
        let id = self.bytes(PSETID_MEETING, 0x0023).or_else(|| self.bytes(PSETID_MEETING, 0x0003));
        let Some(mut id) = id.filter(|id| !id.is_empty()) else {
            let key = self.item.bytes(tags::SEARCH_KEY).or_else(|| self.item.bytes(tags::ENTRYID));
            return hex(&key.unwrap_or_else(|| b"mapix".to_vec()));
        };
        if let Some(foreign) = id.get(40..).and_then(|data| data.strip_prefix(FOREIGN)) {
            let text = String::from_utf8_lossy(foreign);
            return text.trim_end_matches('\0').to_owned();
        }
        // The date of one occurrence does not belong to the name of the series.
        if let Some(date) = id.get_mut(16..20) {
            date.fill(0);
        }
        hex(&id)
    }

    /// When the item was last changed by its organizer, else by anybody.
    fn stamp(&self) -> i64 {
        let changed = self.named(PSETID_MEETING, 0x001A, PropType::TIME, Item::time);
        let tags = [
            tags::CLIENT_SUBMIT_TIME,
            tags::LAST_MODIFICATION_TIME,
            tags::CREATION_TIME,
            tags::MESSAGE_DELIVERY_TIME,
        ];
        let changed = changed.or_else(|| tags.into_iter().find_map(|tag| self.item.time(tag)));
        changed.map_or(0, FileTime::to_unix)
    }

    fn who(&self) -> Lines {
        const ORGANIZER: i32 = 0x2;
        let mut lines = Lines::default();
        let meeting = self.number(guids::PSETID_APPOINTMENT, 0x8217).unwrap_or(0) & 1 != 0;
        if !meeting && self.method == "PUBLISH" {
            return lines;
        }
        if self.method == "REPLY" {
            let organizer = self.people.to.first();
            lines_of(&mut lines, "ORGANIZER", "", organizer);
            let class =
                self.item.text(tags::MESSAGE_CLASS).unwrap_or_default().to_ascii_lowercase();
            let answer = match class.rsplit('.').next() {
                Some("pos") => "ACCEPTED",
                Some("neg") => "DECLINED",
                _ => "TENTATIVE",
            };
            lines_of(
                &mut lines,
                "ATTENDEE",
                &format!(";PARTSTAT={answer}"),
                self.people.from.as_ref(),
            );
            return lines;
        }
        let is_organizer =
            |one: &Recipient| one.props.i32(more::RECIPIENT_FLAGS).unwrap_or(0) & ORGANIZER != 0;
        let organizer = self.recipients.iter().find(|one| is_organizer(one));
        let organizer = organizer.and_then(|one| Address::of_recipient(&one.props));
        let organizer = organizer.or_else(|| self.people.from.clone());
        lines_of(&mut lines, "ORGANIZER", "", organizer.as_ref());
        for recipient in self.recipients.iter().filter(|one| !is_organizer(one)) {
            let role = match recipient.kind() {
                RecipientKind::Cc => ";ROLE=OPT-PARTICIPANT",
                RecipientKind::Bcc => ";CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT",
                RecipientKind::Originator => continue,
                _ => ";ROLE=REQ-PARTICIPANT",
            };
            let answer = match recipient.props.i32(more::RECIPIENT_TRACKSTATUS) {
                Some(2) => "TENTATIVE",
                Some(3) => "ACCEPTED",
                Some(4) => "DECLINED",
                _ => "NEEDS-ACTION",
            };
            let answer = format!("{role};PARTSTAT={answer}");
            let address = Address::of_recipient(&recipient.props);
            lines_of(&mut lines, "ATTENDEE", &answer, address.as_ref());
        }
        lines
    }

    fn state(&self, event: &mut Lines, busy: i32) {
        let (transparent, name) = match busy {
            0 => ("TRANSPARENT", "FREE"),
            1 => ("OPAQUE", "TENTATIVE"),
            3 => ("OPAQUE", "OOF"),
            4 => ("TRANSPARENT", "WORKINGELSEWHERE"),
            _ => ("OPAQUE", "BUSY"),
        };
        event.raw("TRANSP", transparent);
        event.raw("X-MICROSOFT-CDO-BUSYSTATUS", name);
        let status = match (self.method, busy) {
            ("CANCEL", _) => "CANCELLED",
            (_, 1) => "TENTATIVE",
            _ => "CONFIRMED",
        };
        event.raw("STATUS", status);
    }
}

/// A person as a line; nobody without an address can be one.
fn lines_of(lines: &mut Lines, name: &str, parameters: &str, address: Option<&Address>) {
    let Some(address) = address else { return };
    let named = match address.name.is_empty() {
        true => String::new(),
        false => format!(";CN={}", parameter(&address.name)),
    };
    let target = address.address().unwrap_or_else(|| "unknown@mapix.invalid".into());
    lines.raw(&format!("{name}{named}{parameters}"), &format!("mailto:{target}"));
}

/// Importance, sensitivity, categories and dates.
fn marks(item: &Item<'_>, lines: &mut Lines) {
    match item.i32(tags::IMPORTANCE) {
        Some(0) => lines.raw("PRIORITY", "9"),
        Some(2) => lines.raw("PRIORITY", "1"),
        _ => {}
    }
    lines.raw(
        "CLASS",
        match item.i32(tags::SENSITIVITY) {
            Some(1 | 2) => "PRIVATE",
            Some(3) => "CONFIDENTIAL",
            _ => "PUBLIC",
        },
    );
    let categories: Vec<String> = categories(item).iter().map(|text| escape(text)).collect();
    if !categories.is_empty() {
        lines.raw("CATEGORIES", &categories.join(","));
    }
    for (name, tag) in
        [("CREATED", tags::CREATION_TIME), ("LAST-MODIFIED", tags::LAST_MODIFICATION_TIME)]
    {
        if let Some(time) = item.time(tag) {
            lines.raw(name, &utc_time(time.to_unix()));
        }
    }
}

fn alarm(lines: &mut Lines, minutes: i32) {
    let sign = if minutes < 0 { "" } else { "-" };
    lines.raw("BEGIN", "VALARM");
    lines.raw("ACTION", "DISPLAY");
    lines.raw("DESCRIPTION", "Reminder");
    lines.raw("TRIGGER", &format!("{sign}PT{}M", minutes.unsigned_abs()));
    lines.raw("END", "VALARM");
}

/// The body, if it is not too long to be said twice.
fn description(body: Option<&Text>) -> Option<&str> {
    match body.filter(|body| body.is_short(DESCRIPTION))? {
        Text::Whole(text) => Some(text),
        Text::Stored(..) => None,
    }
}

/// Seconds since 1970 as a date and a time: `20240501T120000`.
fn local_time(seconds: i64) -> String {
    let (year, month, day, ticks) = FileTime::from_unix(seconds).to_civil();
    let seconds = ticks / 10_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}")
}

fn utc_time(seconds: i64) -> String {
    format!("{}Z", local_time(seconds))
}
