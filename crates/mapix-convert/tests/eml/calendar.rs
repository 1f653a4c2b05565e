//! Appointments, meetings and tasks.

use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty};
use mapix_convert::LossKind;
use mapix_core::prop::{FileTime, PropTag, guids, tags};

use crate::{Box, recipient};

const MEETING: &str = "6ED8DA90-450B-101B-98DA-00AA003F1305";

fn time(text: &str) -> FileTime {
    FileTime::parse(text).unwrap()
}

/// Central European time, in the older form.
fn zone() -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [-60_i32, 0, -60] {
        bytes.extend(number.to_le_bytes());
    }
    for units in [[0_u16, 0, 10, 0, 5, 3, 0, 0, 0], [0, 0, 3, 0, 5, 2, 0, 0, 0]] {
        bytes.extend(units.into_iter().flat_map(u16::to_le_bytes));
    }
    bytes
}

/// The same as a definition, with a rule before it that holds no more.
fn definition() -> Vec<u8> {
    let name: Vec<u8> = "W. Europe".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = vec![2, 1];
    bytes.extend((6 + name.len() as u16).to_le_bytes());
    bytes.extend([2, 0]);
    bytes.extend((name.len() as u16 / 2).to_le_bytes());
    bytes.extend(&name);
    bytes.extend([2, 0]);
    for (flags, year, bias) in [(0_u16, 1601_u16, 0_i32), (2, 2000, -60)] {
        bytes.extend([2, 1, 0x3E, 0]);
        bytes.extend(flags.to_le_bytes());
        bytes.extend(year.to_le_bytes());
        bytes.extend([0; 14]);
        bytes.extend(bias.to_le_bytes());
        let old = zone();
        bytes.extend(&old[4..12]);
        bytes.extend(&old[14..30]);
        bytes.extend(&old[32..48]);
    }
    bytes
}

fn minutes(text: &str) -> u32 {
    (time(text).0 / 600_000_000) as u32
}

/// Every second Monday and Wednesday at 10:00 local, five times; one is gone, one is moved.
fn weekly() -> Vec<u8> {
    let mut blob = Vec::new();
    let mut words = |list: &[u16]| blob.extend(list.iter().flat_map(|word| word.to_le_bytes()));
    words(&[0x3004, 0x3004, 0x200B, 1, 0]);
    let numbers = [
        0,
        2,
        0,
        0b1010,
        0x2022,
        5,
        1,
        2,
        minutes("2024-03-06"),
        minutes("2024-03-18"),
        1,
        minutes("2024-03-19"),
        minutes("2024-03-04"),
        minutes("2024-04-01"),
        0x3006,
        0x3009,
        600,
        660,
    ];
    blob.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
    blob.extend(1_u16.to_le_bytes());
    let moved = ["2024-03-19T14:00:00Z", "2024-03-19T15:30:00Z", "2024-03-18T10:00:00Z"];
    blob.extend(moved.into_iter().flat_map(|text| minutes(text).to_le_bytes()));
    // Another subject, another place, free.
    blob.extend(0x31_u16.to_le_bytes());
    for text in ["New", "Hall"] {
        blob.extend((text.len() as u16 + 1).to_le_bytes());
        blob.extend((text.len() as u16).to_le_bytes());
        blob.extend(text.as_bytes());
        if text == "Hall" {
            blob.extend(0_u32.to_le_bytes());
        }
    }
    blob.extend(0_u32.to_le_bytes());
    // The extended exception: no highlights, the same in UTF-16.
    blob.extend([4_u32, 0, 0].into_iter().flat_map(u32::to_le_bytes));
    blob.extend([0; 12]);
    for text in ["N\u{e9}w", "Hall"] {
        blob.extend((text.encode_utf16().count() as u16).to_le_bytes());
        blob.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    }
    blob.extend([0; 8]);
    blob
}

fn ics(mail: &str) -> String {
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    let part = parsed
        .parts
        .iter()
        .find(|part| mail_parser::MimeHeaders::is_content_type(*part, "text", "calendar"));
    let text = String::from_utf8(part.expect("a calendar").contents().to_vec()).unwrap();
    let calendar = ICalendar::parse(&text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    assert_eq!(calendar.components[0].component_type, ICalendarComponentType::VCalendar);
    for component in &calendar.components {
        if component.component_type == ICalendarComponentType::VEvent {
            assert!(component.property(&ICalendarProperty::Dtstart).is_some());
            assert!(component.property(&ICalendarProperty::Uid).is_some());
        }
    }
    text.replace("\r\n ", "")
}

#[test]
fn a_meeting_that_repeats() {
    let store = Box::new();
    let message = store.message("IPM.Schedule.Meeting.Request");
    let set = guids::PSETID_APPOINTMENT;
    message.set(tags::SUBJECT, "Plan; next").unwrap();
    message.set(tags::BODY, "Bring\r\npaper").unwrap();
    message.set(tags::SENDER_NAME, "Ann").unwrap();
    message.set(tags::SENDER_SMTP_ADDRESS, "ann@example.org").unwrap();
    message.set(tags::CLIENT_SUBMIT_TIME, time("2024-03-01T08:00:00Z")).unwrap();
    store.set(&message, set, 0x820D, time("2024-03-04T09:00:00Z"));
    store.set(&message, set, 0x820E, time("2024-03-04T10:00:00Z"));
    store.set(&message, set, 0x8208, "Room 1");
    store.set(&message, set, 0x8205, 1);
    store.set(&message, set, 0x8217, 1);
    store.set(&message, set, 0x8223, true);
    store.set(&message, set, 0x8216, weekly());
    store.set(&message, set, 0x8260, definition());
    store.set(&message, guids::PSETID_COMMON, 0x8503, true);
    store.set(&message, guids::PSETID_COMMON, 0x8501, 10);
    let mut id =
        vec![4_u8, 0, 0, 0, 0x82, 0, 0xE0, 0, 0x74, 0xC5, 0xB7, 0x10, 0x1A, 0x82, 0xE0, 0x08];
    id.extend([7, 0xE8, 3, 4]);
    id.extend([0; 20]);
    store.set(&message, MEETING.parse().unwrap(), 3, id);
    let mut carl = recipient(1, "Carl", "carl@example.org");
    carl.set(PropTag(0x5FFF_0003), 3);
    message.set_recipients(vec![carl, recipient(2, "Eve", "eve@example.org")]).unwrap();
    let (mail, losses) = store.write(&message);
    assert!(losses.is_empty(), "{:?}", losses.iter().collect::<Vec<_>>());
    assert!(mail.contains("Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n"));
    let text = ics(&mail);
    let uid = format!("UID:040000008200E00074C5B7101A82E008{}", "0".repeat(48));
    for line in [
        "METHOD:REQUEST",
        "TZID:W. Europe",
        "DTSTART;TZID=W. Europe:20240304T100000",
        "DTEND;TZID=W. Europe:20240304T110000",
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=MO;COUNT=5",
        "EXDATE;TZID=W. Europe:20240306T100000",
        "RECURRENCE-ID;TZID=W. Europe:20240318T100000",
        "DTSTART;TZID=W. Europe:20240319T140000",
        "SUMMARY:Plan\\; next",
        "SUMMARY:N\u{e9}w",
        "LOCATION:Hall",
        "DESCRIPTION:Bring\\npaper",
        "ORGANIZER;CN=Ann:mailto:ann@example.org",
        "ATTENDEE;CN=Carl;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:carl@example.org",
        "ATTENDEE;CN=Eve;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:eve@example.org",
        uid.as_str(),
        "DTSTAMP:20240301T080000Z",
        "STATUS:TENTATIVE",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "TRIGGER:-PT10M",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn days_and_times() {
    let store = Box::new();
    let set = guids::PSETID_APPOINTMENT;
    let message = store.message("IPM.Appointment");
    store.set(&message, set, 0x820D, time("2024-07-01T22:00:00Z"));
    store.set(&message, set, 0x820E, time("2024-07-02T22:00:00Z"));
    store.set(&message, set, 0x8215, true);
    let text = ics(&store.write(&message).0);
    assert!(text.contains("DTSTART;VALUE=DATE:20240702\r\nDTEND;VALUE=DATE:20240703\r\n"));
    assert!(text.contains("METHOD:PUBLISH\r\n") && !text.contains("ORGANIZER"));
    store.set(&message, set, 0x8215, false);
    let text = ics(&store.write(&message).0);
    assert!(text.contains("DTSTART:20240701T220000Z\r\n"));
    store.set(&message, set, 0x8233, zone());
    store.set(&message, set, 0x8234, "Berlin");
    let text = ics(&store.write(&message).0);
    assert!(text.contains("DTSTART;TZID=Berlin:20240702T000000\r\n"), "{text}");
}

#[test]
fn answers_and_foreign_names() {
    let store = Box::new();
    let message = store.message("IPM.Schedule.Meeting.Resp.Neg");
    store.set(&message, guids::PSETID_APPOINTMENT, 0x820D, time("2024-07-01T22:00:00Z"));
    let mut id = vec![0; 40];
    id.extend(b"vCal-Uid\x01\0\0\0abc@example.org\0");
    store.set(&message, MEETING.parse().unwrap(), 0x23, id);
    message.set(tags::SENDER_NAME, "Ann").unwrap();
    message.set(tags::SENDER_SMTP_ADDRESS, "ann@example.org").unwrap();
    message.set_recipients(vec![recipient(1, "Carl", "carl@example.org")]).unwrap();
    let text = ics(&store.write(&message).0);
    assert!(text.contains("METHOD:REPLY\r\n") && text.contains("UID:abc@example.org\r\n"));
    assert!(text.contains("ATTENDEE;CN=Ann;PARTSTAT=DECLINED:mailto:ann@example.org\r\n"));
    assert!(text.contains("ORGANIZER;CN=Carl:mailto:carl@example.org\r\n"));
}

#[test]
fn patterns_that_cannot_be_read_are_losses() {
    let store = Box::new();
    let message = store.message("IPM.Appointment");
    store.set(&message, guids::PSETID_APPOINTMENT, 0x820D, time("2024-07-01T22:00:00Z"));
    store.set(&message, guids::PSETID_APPOINTMENT, 0x8216, vec![1_u8, 2, 3]);
    let (mail, losses) = store.write(&message);
    assert!(!ics(&mail).contains("RRULE"));
    assert_eq!((losses.count(LossKind::Calendar), losses.total()), (1, 1));
}

#[test]
fn tasks() {
    let store = Box::new();
    let message = store.message("IPM.Task");
    let set = guids::PSETID_TASK;
    message.set(tags::SUBJECT, "Paint").unwrap();
    store.set(&message, set, 0x8105, time("2024-07-02"));
    store.set(&message, set, 0x8101, 1);
    store.set(&message, set, 0x8102, 0.25);
    store.set(&message, set, 0x811F, "Ann");
    let (mail, losses) = store.write(&message);
    assert!(losses.is_empty(), "{losses}");
    let text = ics(&mail);
    for line in ["DUE;VALUE=DATE:20240702", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:25"] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
