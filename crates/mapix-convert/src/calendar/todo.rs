//! Tasks as `VTODO`.

use mapix_core::prop::{FileTime, PropTag, PropType, Value, guids, tags};

use super::recurrence::Recurrence;
use super::{Lines, alarm, description, lines_of, local_time, marks, utc_time};
use crate::LossKind;
use crate::eml::{People, Text};
use crate::item::{Item, hex};

pub(super) fn write(item: &Item<'_>, people: &People, body: Option<&Text>) -> Lines {
    let tag = |id: u32, prop_type: PropType| item.named(guids::PSETID_TASK, id, prop_type);
    let number = |id: u32| tag(id, PropType::I32).and_then(|tag| item.i32(tag));
    let time = |id: u32| tag(id, PropType::TIME).and_then(|tag| item.time(tag));
    let common = |id: u32, prop_type: PropType| item.named(guids::PSETID_COMMON, id, prop_type);
    // The same dates under other names.
    for id in [0x8516, 0x8517, 0x8502, 0x8560, 0x85A0] {
        common(id, PropType::TIME).into_iter().for_each(|tag| item.mark(tag));
    }
    let mut lines = Lines::default();
    lines.raw("BEGIN", "VTODO");
    let key = item.bytes(tags::SEARCH_KEY).or_else(|| item.bytes(tags::ENTRYID));
    lines.raw("UID", &hex(&key.unwrap_or_else(|| b"mapix".to_vec())));
    let stamp = item.time(tags::LAST_MODIFICATION_TIME).or_else(|| item.time(tags::CREATION_TIME));
    lines.raw("DTSTAMP", &utc_time(stamp.map_or(0, FileTime::to_unix)));
    lines.text("SUMMARY", &item.text(tags::SUBJECT).unwrap_or_default());
    if let Some(body) = description(body) {
        lines.text("DESCRIPTION", body);
    }
    // Days as they were shown, without a time zone.
    for (name, id) in [("DTSTART", 0x8104), ("DUE", 0x8105)] {
        if let Some(time) = time(id) {
            lines.raw(&format!("{name};VALUE=DATE"), &local_time(time.to_unix())[..8]);
        }
    }
    let done = tag(0x811C, PropType::BOOL).and_then(|tag| item.bool(tag)) == Some(true);
    let state = number(0x8101);
    lines.raw(
        "STATUS",
        match state {
            _ if done => "COMPLETED",
            Some(1) => "IN-PROCESS",
            Some(2) => "COMPLETED",
            Some(4) => "CANCELLED",
            _ => "NEEDS-ACTION",
        },
    );
    if let Some(time) = time(0x810F) {
        lines.raw("COMPLETED", &utc_time(time.to_unix()));
    }
    let percent = tag(0x8102, PropType::F64).and_then(|tag| part(item, tag));
    if let Some(percent) = percent {
        lines.raw("PERCENT-COMPLETE", &percent.to_string());
    }
    if let Some(rule) = rule(item, tag(0x8116, PropType::BINARY)) {
        lines.raw("RRULE", &rule);
    }
    let text = |id: u32| tag(id, PropType::UNICODE).and_then(|tag| item.text(tag));
    lines.some("X-MAPI-TASK-OWNER", text(0x811F));
    lines.some("X-MAPI-TASK-ASSIGNER", text(0x8121));
    for (name, id) in
        [("X-MAPI-TASK-MINUTES-SPENT", 0x8110), ("X-MAPI-TASK-MINUTES-ESTIMATED", 0x8111)]
    {
        if let Some(minutes) = number(id).filter(|minutes| *minutes != 0) {
            lines.raw(name, &minutes.to_string());
        }
    }
    if !people.to.is_empty() {
        lines_of(&mut lines, "ORGANIZER", "", people.from.as_ref());
        people.to.iter().for_each(|one| lines_of(&mut lines, "ATTENDEE", "", Some(one)));
    }
    marks(item, &mut lines);
    if common(0x8503, PropType::BOOL).and_then(|tag| item.bool(tag)) == Some(true) {
        let minutes = common(0x8501, PropType::I32).and_then(|tag| item.i32(tag));
        alarm(&mut lines, minutes.unwrap_or(0));
    }
    lines.raw("END", "VTODO");
    lines
}

fn part(item: &Item<'_>, tag: PropTag) -> Option<u32> {
    match item.value(tag)? {
        Value::F64(part) if part.is_finite() => Some((part.clamp(0.0, 1.0) * 100.0).round() as u32),
        _ => None,
    }
}

fn rule(item: &Item<'_>, tag: Option<PropTag>) -> Option<String> {
    let bytes = item.bytes(tag?).filter(|bytes| !bytes.is_empty())?;
    let found = Recurrence::read(&bytes);
    let rule = found.and_then(|found| found.rule(&local_time(found.last())[..8]));
    if rule.is_none() {
        item.lose(LossKind::Calendar, "the recurrence pattern cannot be expressed");
    }
    rule
}
