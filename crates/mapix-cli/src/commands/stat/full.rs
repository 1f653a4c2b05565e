//! Reading everything: properties, tables, streams, at every depth.

use std::io::Read as _;
use std::sync::Arc;

use mapix::ledger::{Kind, Ledger};
use mapix::prop::{PropBag, PropTag, PropType, Value, tags};
use mapix::store::Row;
use mapix::{AttachMethod, Attachment, Contents, Folder, Message, Object};
use mapix_convert::Budget;

use crate::exit::Outcome;
use crate::folders::Node;
use crate::interrupt;
use crate::render::prop::Large;
use crate::source::Source;

/// What was read.
#[derive(Clone, Default, Debug)]
pub(crate) struct Read {
    pub(crate) properties: u64,
    pub(crate) rows: u64,
    pub(crate) recipients: u64,
    pub(crate) attachments: u64,
    pub(crate) embedded: u64,
    /// Bytes of values.
    pub(crate) bytes: u64,
}

impl Read {
    pub(crate) fn add(&mut self, other: &Self) {
        self.properties += other.properties;
        self.rows += other.rows;
        self.recipients += other.recipients;
        self.attachments += other.attachments;
        self.embedded += other.embedded;
        self.bytes += other.bytes;
    }
}

/// The properties of the store itself.
pub(super) fn store(source: &Source, ledger: &mut Ledger) -> Outcome<Read> {
    let mut read = Read::default();
    ledger.expect(Kind::Store, 1);
    let before = ledger.total().failed;
    let path: Arc<str> = source.location.as_str().into();
    let object = Object::Store(source.store.clone());
    values(&source.store.props()?, &Large::of(&object), &path, &mut read, ledger);
    if ledger.total().failed == before {
        ledger.done(Kind::Store, source.store.entry_id().ok(), path);
    } else {
        ledger.failed(Kind::Store, None, path, "not all of it can be read");
    }
    Ok(read)
}

/// The rows of a table: with all their columns, or only their numbers.
pub(super) fn rows(
    folder: &Folder,
    contents: Contents,
    is_full: bool,
    read: &mut Read,
) -> mapix::Result<Vec<mapix::Result<Row>>> {
    let columns: Vec<PropTag> =
        if is_full { folder.contents_table(contents)?.all_columns()? } else { Vec::new() };
    let rows = folder.message_rows(contents, &columns)?;
    if is_full {
        for row in rows.iter().flatten() {
            read.rows += 1;
            read.bytes += row.props.iter().map(|prop| prop.value.size()).sum::<u64>();
        }
    }
    Ok(rows)
}

/// Properties of a folder.
pub(super) fn folder(node: &Node, read: &mut Read, ledger: &mut Ledger) {
    let object = Object::Folder(node.folder.clone());
    values(&node.props, &Large::of(&object), &node.path, read, ledger);
}

/// A message with all that is in it. What cannot be read is entered into the ledger, and so is what
/// is beyond the budget.
pub(super) fn message(
    message: &Message,
    path: &Arc<str>,
    budget: &mut Budget,
    read: &mut Read,
    ledger: &mut Ledger,
) {
    let object = Object::Message(message.clone());
    match message.props() {
        Ok(bag) => values(&bag, &Large::of(&object), path, read, ledger),
        Err(error) => ledger.failed(Kind::Property, None, Arc::clone(path), error),
    }
    recipients(message, path, read, ledger);
    let (attachments, errors) = match message.attachments() {
        Ok(found) => found.into_parts(),
        Err(error) => (Vec::new(), vec![error]),
    };
    for error in errors {
        ledger.failed(Kind::Attachment, message.entry_id().ok(), Arc::clone(path), error);
    }
    for one in attachments {
        if interrupt::requested() {
            return;
        }
        attachment(one, path, budget, read, ledger);
    }
}

fn recipients(message: &Message, path: &Arc<str>, read: &mut Read, ledger: &mut Ledger) {
    let (found, errors) = match message.recipients() {
        Ok(found) => found.into_parts(),
        Err(error) => (Vec::new(), vec![error]),
    };
    ledger.expect(Kind::Recipient, (found.len() + errors.len()) as u64);
    ledger.count_done(Kind::Recipient, found.len() as u64);
    for one in &found {
        read.recipients += 1;
        values(&one.props, &Large::nowhere(), path, read, ledger);
    }
    for error in errors {
        ledger.failed(Kind::Recipient, message.entry_id().ok(), Arc::clone(path), error);
    }
}

fn attachment(
    attachment: Attachment,
    path: &Arc<str>,
    budget: &mut Budget,
    read: &mut Read,
    ledger: &mut Ledger,
) {
    let before = ledger.total().failed;
    let method = attachment.method().unwrap_or(AttachMethod::None);
    let embedded = (method == AttachMethod::EmbeddedMessage)
        .then(|| budget.enter().and_then(|()| attachment.embedded()));
    let object = Object::Attachment(attachment);
    match crate::render::prop::bag(&object) {
        Ok(bag) => {
            values(&bag, &Large::of(&object), path, read, ledger);
            if method == AttachMethod::Ole {
                stream(tags::ATTACH_DATA_OBJ, &Large::of(&object), path, read, ledger);
            }
        }
        Err(error) => ledger.failed(Kind::Property, None, Arc::clone(path), error),
    }
    match embedded {
        Some(Ok(inside)) => {
            let (before, bytes) = (ledger.total().failed, read.bytes);
            message(&inside, path, budget, read, ledger);
            budget.spend(read.bytes - bytes);
            read.embedded += 1;
            finish(Kind::Embedded, before, path, ledger);
        }
        Some(Err(error)) => ledger.failed(Kind::Embedded, None, Arc::clone(path), error),
        None => {}
    }
    read.attachments += 1;
    finish(Kind::Attachment, before, path, ledger);
}

fn finish(kind: Kind, before: u64, path: &Arc<str>, ledger: &mut Ledger) {
    if ledger.total().failed == before {
        ledger.done(kind, None, Arc::clone(path));
    } else {
        ledger.failed(kind, None, Arc::clone(path), "not all of it can be read");
    }
}

fn values(bag: &PropBag, large: &Large<'_>, path: &Arc<str>, read: &mut Read, ledger: &mut Ledger) {
    ledger.expect(Kind::Property, bag.len() as u64);
    for prop in bag {
        match &prop.value {
            Value::Error(code) => {
                let place = format!("{path}: {}", prop.tag);
                ledger.failed(Kind::Property, None, place, code);
                continue;
            }
            Value::Large(kind, _) if kind.is_multi() || *kind == PropType::STRING8 => {
                match large.load(prop.tag) {
                    Ok(value) => read.bytes += value.map_or(0, |value| value.size()),
                    Err(error) => {
                        let place = format!("{path}: {}", prop.tag);
                        ledger.failed(Kind::Property, None, place, error);
                        continue;
                    }
                }
            }
            Value::Large(..) => {
                if !stream(prop.tag, large, path, read, ledger) {
                    continue;
                }
            }
            value => read.bytes += value.size(),
        }
        read.properties += 1;
        ledger.count_done(Kind::Property, 1);
    }
}

/// Reads a stream to its end; gives whether that worked.
fn stream(
    tag: PropTag,
    large: &Large<'_>,
    path: &Arc<str>,
    read: &mut Read,
    ledger: &mut Ledger,
) -> bool {
    let drain = || -> mapix::Result<u64> {
        let mut stream = large.open(tag)?;
        let mut buffer = vec![0; 1 << 16];
        let mut total = 0;
        loop {
            match stream.read(&mut buffer)? {
                0 => return Ok(total),
                count => total += count as u64,
            }
        }
    };
    match drain() {
        Ok(bytes) => {
            read.bytes += bytes;
            true
        }
        Err(error) => {
            ledger.failed(Kind::Property, None, format!("{path}: {tag}"), error);
            false
        }
    }
}
