//! What calendar items, contacts, tasks and lists have beside a subject and a body.

use mapix::names;
use mapix::prop::{Guid, Prop, PropTag, PropType, Value};
use mapix::{EntryId, Message};

use super::fact;
use crate::exit::Outcome;
use crate::output::Output;
use crate::render::value;
use crate::source::Source;

/// Names of facts, and the properties they are in. Those that a message does not have are not
/// shown.
const FACTS: [(&str, &str); 29] = [
    ("starts", "PidLidAppointmentStartWhole"),
    ("ends", "PidLidAppointmentEndWhole"),
    ("location", "PidLidLocation"),
    ("busy", "PidLidBusyStatus"),
    ("recurs", "PidLidRecurrencePattern"),
    ("start date", "PidLidTaskStartDate"),
    ("due", "PidLidTaskDueDate"),
    ("status", "PidLidTaskStatus"),
    ("complete", "PidLidPercentComplete"),
    ("owner", "PidLidTaskOwner"),
    ("company", "PR_COMPANY_NAME"),
    ("title", "PR_TITLE"),
    ("department", "PR_DEPARTMENT_NAME"),
    ("e-mail", "PidLidEmail1EmailAddress"),
    ("e-mail 2", "PidLidEmail2EmailAddress"),
    ("e-mail 3", "PidLidEmail3EmailAddress"),
    ("work", "PR_BUSINESS_TELEPHONE_NUMBER"),
    ("home", "PR_HOME_TELEPHONE_NUMBER"),
    ("mobile", "PR_MOBILE_TELEPHONE_NUMBER"),
    ("fax", "PR_BUSINESS_FAX_NUMBER"),
    ("work addr.", "PidLidWorkAddress"),
    ("home addr.", "PidLidHomeAddress"),
    ("birthday", "PR_BIRTHDAY"),
    ("list", "PidLidDistributionListName"),
    ("members", "PidLidDistributionListOneOffMembers"),
    ("journal", "PidLidLogType"),
    ("categories", "PidNameKeywords"),
    ("message ID", "PR_INTERNET_MESSAGE_ID"),
    ("reminder", "PidLidReminderTime"),
];

/// Outlook's value for a date that is not set: 1 January 4501.
const NO_DATE: i64 = 0x0CB3_4557_A3DD_4000;

/// Prints the facts that a message has.
pub(super) fn print(output: &mut Output, source: &Source, message: &Message) -> Outcome<()> {
    let props = message.props()?;
    for (name, property) in FACTS {
        let Some(tag) = tag(source, property) else { continue };
        let Some(value) = props.get(tag) else { continue };
        let text = match value {
            Value::MvBinary(entries) => members(entries),
            Value::Time(time) if time.0 >= NO_DATE || time.0 <= 0 => continue,
            Value::F64(part) => format!("{:.0} %", part * 100.0),
            value => {
                let prop = Prop { tag, value: value.clone() };
                value::meaning(&prop, source.names.name(tag)).unwrap_or_else(|| value::text(value))
            }
        };
        fact(output, name, &text)?;
    }
    Ok(())
}

fn tag(source: &Source, property: &str) -> Option<PropTag> {
    let any = |tag: PropTag| tag.with_type(PropType::UNSPECIFIED);
    if let Some((name, _)) = names::named_by_name(property) {
        return source.store.ids_of(&[name], false).ok()?.pop().flatten().map(any);
    }
    names::parse_tag(property).ok().map(any)
}

/// The members of a distribution list, from their one-off entry IDs.
fn members(entries: &[Box<[u8]>]) -> String {
    let known: Vec<String> = entries.iter().filter_map(|bytes| one_off(bytes)).collect();
    let rest = entries.len() - known.len();
    let mut list = known.join("; ");
    if rest > 0 {
        let other = if list.is_empty() { "" } else { "; and " };
        list += &format!("{other}{rest} in another form");
    }
    list
}

/// `Name <address>` out of a one-off entry ID (MS-OXCDATA, 2.2.5.1).
fn one_off(bytes: &[u8]) -> Option<String> {
    const ONE_OFF: Guid =
        Guid::new(0xA41F_2B81, 0xA3BE, 0x1910, [0x9D, 0x6E, 0, 0xDD, 1, 0x0F, 0x54, 2]);
    const UNICODE: u16 = 0x8000;
    let id = EntryId::from_bytes(bytes).ok().filter(|id| id.provider() == ONE_OFF)?;
    let (head, rest) = id.private().split_at_checked(4)?;
    let flags = u16::from_le_bytes([head[2], head[3]]);
    let texts: Vec<String> = if flags & UNICODE == 0 {
        rest.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into()).collect()
    } else {
        let units: Vec<u16> =
            rest.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        units.split(|unit| *unit == 0).map(String::from_utf16_lossy).collect()
    };
    let (name, address) = (texts.first()?, texts.get(2)?);
    Some(if name == address || name.is_empty() {
        address.clone()
    } else {
        format!("{name} <{address}>")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_has_a_property() {
        for (_, property) in FACTS {
            let known =
                names::named_by_name(property).is_some() || names::parse_tag(property).is_ok();
            assert!(known, "{property}");
        }
    }

    #[test]
    fn one_off_members() {
        let mut bytes = vec![0, 0, 0, 0];
        bytes.extend([0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19]);
        bytes.extend([0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02]);
        bytes.extend([0, 0, 1, 0x80]);
        bytes.extend("Ann\0SMTP\0ann@example.org\0".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(one_off(&bytes).unwrap(), "Ann <ann@example.org>");
        assert_eq!(
            members(&[bytes.into(), [1, 2].into()]),
            "Ann <ann@example.org>; and 1 in another form"
        );
    }
}
