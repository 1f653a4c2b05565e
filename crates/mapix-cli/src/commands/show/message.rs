//! A message for people: heading, attachments, body.

use mapix::ledger::{Kind, Ledger};
use mapix::prop::{PropBag, PropTag, tags};
use mapix::{Message, Recipient, RecipientKind, smtp_address};

use super::{fact, facts, kind_of};
use crate::args::{Body, Show};
use crate::exit::Outcome;
use crate::folders;
use crate::output::text::{self, safe, safe_lines};
use crate::output::{Cell, Column, Output, Rows, Style, Width};
use crate::render::body::{self, Found};
use crate::source::Source;

/// More recipients of one kind are only counted.
const MAX_RECIPIENTS: usize = 40;

/// Prints a message.
pub(crate) fn show(
    args: &Show,
    output: &mut Output,
    source: &Source,
    message: &Message,
    ledger: &mut Ledger,
) -> Outcome<()> {
    let props = message.props()?;
    ledger.expect(Kind::Message, 1);
    heading(output, &props)?;
    recipients(output, message, ledger)?;
    dates(output, &props)?;
    fact(output, "flags", &flags(&props))?;
    facts::print(output, source, message)?;
    place(output, source, message, &props)?;
    attachments(output, message, ledger)?;
    if args.headers {
        section(output, "Internet headers")?;
        let headers = message.text(tags::TRANSPORT_MESSAGE_HEADERS)?;
        let headers = headers.unwrap_or_else(|| "(it has none)".into()).replace("\r\n", "\n");
        lines(output, headers.trim_end())?;
    }
    if args.body != Body::None {
        match body::body(message, &props, args.body) {
            Ok(found) => print_body(output, found)?,
            Err(error) => {
                ledger.failed(Kind::Message, message.entry_id().ok(), "body", error);
                return Ok(());
            }
        }
    }
    ledger.count_done(Kind::Message, 1);
    Ok(())
}

fn print_body(output: &mut Output, found: Option<Found>) -> Outcome<()> {
    let Some(found) = found else {
        output.line("")?;
        let none = output.style(Style::Dim, "(no body)");
        return Ok(output.line(none)?);
    };
    if found.from == "text" {
        output.line("")?;
    } else {
        section(output, &format!("Body, from {}", found.from))?;
    }
    lines(output, &found.text)
}

/// Text of the message, wrapped.
fn lines(output: &mut Output, text: &str) -> Outcome<()> {
    for line in text::wrap(&safe_lines(text), output.width) {
        output.line(line)?;
    }
    Ok(())
}

fn section(output: &mut Output, title: &str) -> Outcome<()> {
    output.line("")?;
    let title = output.style(Style::Dim, format!("-- {title} --"));
    Ok(output.line(title)?)
}

fn heading(output: &mut Output, props: &PropBag) -> Outcome<()> {
    let subject = props.text(tags::SUBJECT).filter(|subject| !subject.is_empty());
    let subject = subject.unwrap_or_else(|| "(no subject)".into());
    for line in text::wrap(&safe(&subject), output.width) {
        let line = output.style(Style::Bold, line);
        output.line(line)?;
    }
    let from = person(
        props,
        tags::SENT_REPRESENTING_NAME,
        tags::SENT_REPRESENTING_SMTP_ADDRESS,
        tags::SENT_REPRESENTING_ADDRTYPE,
        tags::SENT_REPRESENTING_EMAIL_ADDRESS,
    );
    let sender = person(
        props,
        tags::SENDER_NAME,
        tags::SENDER_SMTP_ADDRESS,
        tags::SENDER_ADDRTYPE,
        tags::SENDER_EMAIL_ADDRESS,
    );
    let is_same = from.is_empty() || from == sender;
    fact(output, "from", if from.is_empty() { &sender } else { &from })?;
    fact(output, "sent by", if is_same { "" } else { &sender })
}

/// `Name <address>`.
fn person(
    props: &PropBag,
    name: PropTag,
    smtp: PropTag,
    kind: PropTag,
    address: PropTag,
) -> String {
    let name = props.text(name).unwrap_or_default();
    let address = smtp_address(props, smtp, kind, address).or_else(|| props.text(address));
    with_address(name, address)
}

fn with_address(name: String, address: Option<String>) -> String {
    match address.filter(|address| !address.is_empty()) {
        Some(address) if name.is_empty() || name == address => address,
        Some(address) => format!("{name} <{address}>"),
        None => name,
    }
}

fn recipients(output: &mut Output, message: &Message, ledger: &mut Ledger) -> Outcome<()> {
    let (found, errors) = message.recipients()?.into_parts();
    ledger.expect(Kind::Recipient, (found.len() + errors.len()) as u64);
    ledger.count_done(Kind::Recipient, found.len() as u64);
    for error in errors {
        ledger.failed(Kind::Recipient, message.entry_id().ok(), "recipients", error);
    }
    let kinds = [
        (RecipientKind::Originator, "originator"),
        (RecipientKind::To, "to"),
        (RecipientKind::Cc, "cc"),
        (RecipientKind::Bcc, "bcc"),
    ];
    for (kind, name) in kinds {
        let these: Vec<&Recipient> = found.iter().filter(|one| one.kind() == kind).collect();
        people(output, name, &these)?;
    }
    let is_other = |one: &&Recipient| matches!(one.kind(), RecipientKind::Other(_));
    people(output, "others", &found.iter().filter(is_other).collect::<Vec<_>>())
}

fn people(output: &mut Output, name: &str, these: &[&Recipient]) -> Outcome<()> {
    let shown = these.iter().take(MAX_RECIPIENTS);
    let mut list: Vec<String> = shown.map(|one| with_address(one.name(), one.address())).collect();
    if these.len() > MAX_RECIPIENTS {
        list.push(format!("and {} more", these.len() - MAX_RECIPIENTS));
    }
    fact(output, name, &list.join("; "))
}

fn dates(output: &mut Output, props: &PropBag) -> Outcome<()> {
    let time = |tag| props.time(tag).filter(|time| time.0 > 0).map(|time| time.to_string());
    let (sent, received) = (time(tags::CLIENT_SUBMIT_TIME), time(tags::MESSAGE_DELIVERY_TIME));
    if sent.is_none() && received.is_none() {
        return fact(output, "changed", &time(tags::LAST_MODIFICATION_TIME).unwrap_or_default());
    }
    let is_same = sent == received;
    fact(output, "sent", &sent.unwrap_or_default())?;
    fact(output, "received", &received.filter(|_| !is_same).unwrap_or_default())
}

fn flags(props: &PropBag) -> String {
    const UNSENT: i32 = 0x8;
    const ASSOCIATED: i32 = 0x40;
    let flags = props.i32(tags::MESSAGE_FLAGS).unwrap_or(1);
    let mut words = Vec::new();
    let mut add = |is: bool, word| {
        if is {
            words.push(word)
        }
    };
    add(flags & 1 == 0, "unread");
    add(flags & UNSENT != 0, "draft");
    add(flags & ASSOCIATED != 0, "hidden");
    add(props.i32(tags::IMPORTANCE) == Some(2), "important");
    add(props.i32(tags::IMPORTANCE) == Some(0), "unimportant");
    add(props.i32(tags::SENSITIVITY) == Some(1), "personal");
    add(props.i32(tags::SENSITIVITY) == Some(2), "private");
    add(props.i32(tags::SENSITIVITY) == Some(3), "confidential");
    words.join(", ")
}

/// What it is and where it is.
fn place(output: &mut Output, source: &Source, message: &Message, props: &PropBag) -> Outcome<()> {
    let mut words = vec![props.text(tags::MESSAGE_CLASS).unwrap_or_default()];
    if let Some(size) = props.get(tags::MESSAGE_SIZE.with_type(mapix::prop::PropType::UNSPECIFIED))
        && let Some(size) = size.as_i64().and_then(|size| u64::try_from(size).ok())
    {
        words.push(text::size(size));
    }
    if let Some(id) = message.id() {
        if let Some(folder) = folder_of(source, props) {
            words.push(format!("in {folder}"));
        }
        words.push(format!("nid:0x{id:X}"));
    } else {
        words.push("embedded".into());
    }
    fact(output, "item", &words.join(", "))
}

fn folder_of(source: &Source, props: &PropBag) -> Option<String> {
    let parent = mapix::EntryId::from_bytes(props.bytes(tags::PARENT_ENTRYID)?).ok()?;
    match source.store.open_entry(&parent).ok()? {
        mapix::Object::Folder(folder) => Some(folders::path_of(source, &folder)),
        _ => None,
    }
}

fn attachments(output: &mut Output, message: &Message, ledger: &mut Ledger) -> Outcome<()> {
    let (found, errors) = message.attachments()?.into_parts();
    ledger.expect(Kind::Attachment, (found.len() + errors.len()) as u64);
    for error in errors {
        ledger.failed(Kind::Attachment, message.entry_id().ok(), "attachments", error);
    }
    if found.is_empty() {
        return Ok(());
    }
    output.line("")?;
    let columns = vec![
        Column::new("attachment", Width::Fit(12)),
        Column::new("name", Width::Rest),
        Column::new("type", Width::Rest),
        Column::right("size", Width::Fit(10)),
    ];
    let mut rows = Rows::new(output, columns, false);
    for (index, attachment) in found.iter().enumerate() {
        let props = attachment.props()?;
        let embedded = attachment.embedded().ok();
        let subject = embedded.and_then(|message| message.text(tags::SUBJECT).ok().flatten());
        let name = attachment.name()?.or(subject).unwrap_or_else(|| "(no name)".into());
        let size = props.i32(tags::ATTACH_SIZE).and_then(|size| u64::try_from(size).ok());
        rows.push(vec![
            Cell::Text(format!("att:{}", index + 1)),
            Cell::Text(name),
            Cell::Text(kind_of(attachment)?),
            size.map_or(Cell::None, Cell::Size),
        ])?;
        ledger.count_done(Kind::Attachment, 1);
    }
    rows.finish()?;
    Ok(())
}
