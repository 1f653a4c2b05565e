//! Stores that hold more than anybody can write down: messages that hold themselves, bodies of
//! half a gigabyte, a hundred thousand recipients.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use mapix_convert::{Budget, EmlOptions, LossKind, Names, write_eml};
use mapix_core::prop::{Prop, PropBag, PropTag, Value, tags};
use mapix_core::store::{
    MemoryStore, MessageRef, MessageStore, ObjectRef, Row, RowSource, ValueStream,
};
use mapix_core::{AttachMethod, Mapi, Message, Result, Session};

use crate::{attach, recipient};

/// A store in which each embedded message is the one in which it is embedded, and in which HTML
/// bodies have as many bytes as they are told to have.
struct Odd {
    inner: MemoryStore,
    html: u64,
}

/// The same without what it is embedded in.
fn outermost(object: &ObjectRef) -> ObjectRef {
    let top = |place: &MessageRef| MessageRef::new(place.id);
    match object {
        ObjectRef::Message(place) => ObjectRef::Message(top(place)),
        ObjectRef::Attachment(place, number) => ObjectRef::Attachment(top(place), *number),
        other => other.clone(),
    }
}

/// HTML of any length, made as it is read.
struct Html {
    at: u64,
    size: u64,
}

const LINE: &[u8; 64] = b"<p>All of this is said again and again, and again, and again.\r\n ";

impl Read for Html {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size - self.at).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        for (offset, byte) in buffer[..count].iter_mut().enumerate() {
            *byte = LINE[(self.at as usize + offset) % LINE.len()];
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Html {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.size.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        }
        .min(self.size);
        Ok(self.at)
    }
}

impl MessageStore for Odd {
    mapix_conformance::hand_on!(inner: info stamp kind parent inventory parts entry_id resolve
        names name_ids all_names commit changes_since diagnostics);

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        let mut bag = self.inner.properties(&outermost(object), inline)?;
        if matches!(object, ObjectRef::Message(_)) && self.html > 0 {
            let value = Value::Large(tags::HTML.prop_type(), self.html);
            bag.insert(Prop { tag: tags::HTML, value });
        }
        Ok(bag)
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        if tag.id() == tags::HTML.id() {
            return Ok(Box::new(Html { at: 0, size: self.html }));
        }
        self.inner.open_stream(&outermost(object), tag)
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let top = |place: &MessageRef| MessageRef::new(place.id);
        let source = match source {
            RowSource::Recipients(place) => RowSource::Recipients(top(place)),
            RowSource::Attachments(place) => RowSource::Attachments(top(place)),
            other => other.clone(),
        };
        self.inner.rows(&source, columns, each)
    }

    fn logoff(&self) -> Result<()> {
        self.inner.logoff()
    }
}

/// A message in such a store.
fn message(html: u64, fill: impl FnOnce(&Message)) -> (Session, Message) {
    let session = Mapi::with_providers(vec![]).session();
    let odd = Odd { inner: MemoryStore::new("t"), html };
    let store = session.attach(Arc::new(odd), true).unwrap();
    let message = store.root().unwrap().create_message().unwrap();
    message.set(tags::SUBJECT, "again").unwrap();
    fill(&message);
    message.save().unwrap();
    let id = message.id().unwrap();
    (session, store.open_message(id).unwrap())
}

fn embed(message: &Message) {
    let attachment = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
    let inner = attachment.create_embedded().unwrap();
    inner.set(tags::SUBJECT, "inner").unwrap();
    inner.save().unwrap();
    attachment.save().unwrap();
}

/// Counts bytes and forgets them.
#[derive(Default)]
struct Sink {
    bytes: u64,
    lines: u64,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        self.lines += bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn messages_that_hold_themselves_end() {
    let (_session, message) = message(0, |message| (0..3).for_each(|_| embed(message)));
    let mut options = EmlOptions::new(Names::default());
    for (budget, most) in [
        (Budget::new(200, u64::MAX), 201),
        (Budget::new(u64::MAX, 50_000), 300),
        (Budget::new(0, u64::MAX), 1),
    ] {
        options.budget = budget;
        let mut mail = Vec::new();
        let losses = write_eml(&message, &options, &mut mail).unwrap();
        let count = String::from_utf8(mail).unwrap().matches("Subject: again\r\n").count();
        assert!(count > most / 5 && count <= most, "{count}");
        assert!(losses.count(LossKind::TooMany) > 0, "{losses}");
        let named = losses.iter().find(|loss| loss.kind == LossKind::TooMany).unwrap();
        assert!(named.what.contains("the rest is left out"), "{named}");
    }
    let mut sink = Sink::default();
    options.budget = Budget::default();
    let losses = write_eml(&message, &options, &mut sink).unwrap();
    assert!(losses.count(LossKind::TooMany) > 0 && sink.bytes < 1 << 30, "{}", sink.bytes);
}

/// The most memory that this process ever had, in bytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

#[test]
fn a_very_large_message_is_written_as_it_is_read() {
    let slow = std::env::var_os("MAPIX_SLOW").is_some();
    let (html, people) = if slow { (500 << 20, 100_000) } else { (20 << 20, 2_000) };
    let (_session, message) = message(html, |message| {
        let one = |number: i32| recipient(1, "Somebody", &format!("n{number}@example.org"));
        message.set_recipients((0..people).map(one).collect()).unwrap();
        attach(message, "a.txt", b"the end", &[]);
    });
    let before = peak();
    let mut sink = Sink::default();
    let losses = write_eml(&message, &EmlOptions::new(Names::default()), &mut sink).unwrap();
    assert!(losses.is_empty(), "{losses}");
    // Base64 in lines of 76, with their ends.
    let body = html.div_ceil(57) * 78;
    assert!(sink.bytes > body && sink.bytes < body + people as u64 * 60 + 10_000, "{}", sink.bytes);
    assert!(sink.lines > html / 57 + people as u64 / 10);
    if let (true, Some(before), Some(after)) = (slow, before, peak()) {
        assert!(after - before < 256 << 20, "{} MB more", (after - before) >> 20);
    }
}
