//! Walks everything that a store holds, and counts it.

use std::io::Read;
use std::ops::ControlFlow;

use mapix_core::Result;
use mapix_core::prop::{PropBag, Value, tags};
use mapix_core::store::{ItemKind, MessageRef, MessageStore, ObjectRef, Row, RowSource};
use mapix_pst::Pst;

/// What was walked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Counts {
    pub(crate) folders: u64,
    pub(crate) search_folders: u64,
    pub(crate) messages: u64,
    pub(crate) associated: u64,
    pub(crate) attachments: u64,
    pub(crate) embedded: u64,
    pub(crate) recipients: u64,
    pub(crate) rows: u64,
    pub(crate) properties: u64,
    /// Bytes of values and of streams.
    pub(crate) value_bytes: u64,
    pub(crate) stream_bytes: u64,
    pub(crate) errors: u64,
    /// Objects that may still be visited; a hostile file can name one object many times.
    pub(crate) budget: u64,
}

impl Counts {
    /// With no limit.
    pub(crate) fn new() -> Self {
        Self { budget: u64::MAX, ..Self::default() }
    }

    #[allow(dead_code)]
    pub(crate) fn add(&mut self, other: &Self) {
        self.folders += other.folders;
        self.search_folders += other.search_folders;
        self.messages += other.messages;
        self.associated += other.associated;
        self.attachments += other.attachments;
        self.embedded += other.embedded;
        self.recipients += other.recipients;
        self.rows += other.rows;
        self.properties += other.properties;
        self.value_bytes += other.value_bytes;
        self.stream_bytes += other.stream_bytes;
        self.errors += other.errors;
    }

    fn check<T>(&mut self, what: &str, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                if std::env::var_os("PST_WALK_ERRORS").is_some() {
                    eprintln!("{what}: {error}");
                }
                self.errors += 1;
                None
            }
        }
    }

    fn bag(&mut self, pst: &Pst, object: &ObjectRef, bag: &PropBag) {
        for prop in bag {
            self.properties += 1;
            match &prop.value {
                Value::Large(..) => {
                    let stream = pst.open_stream(object, prop.tag);
                    self.stream("stream", stream);
                }
                Value::Error(_) => self.errors += 1,
                value => self.value_bytes += value.size(),
            }
        }
    }

    fn stream(&mut self, what: &str, stream: Result<Box<dyn mapix_core::store::ValueStream>>) {
        let Some(mut stream) = self.check(what, stream) else { return };
        let mut buffer = [0; 16384];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => self.stream_bytes += count as u64,
                Err(error) => {
                    self.check::<()>(what, Err(error.into()));
                    break;
                }
            }
        }
    }

    fn rows(&mut self, pst: &Pst, source: &RowSource, mut each: impl FnMut(&mut Self, &Row)) {
        let mut give = |row: Result<Row>| {
            if let Some(row) = self.check("row", row) {
                self.rows += 1;
                self.properties += row.props.len() as u64;
                self.value_bytes += row.props.iter().map(|prop| prop.value.size()).sum::<u64>();
                each(self, &row);
            }
            ControlFlow::Continue(())
        };
        let result = pst.rows(source, None, &mut give);
        self.check("rows", result);
    }

    pub(crate) fn item(&mut self, pst: &Pst, kind: ItemKind, id: u64) {
        match kind {
            ItemKind::Folder | ItemKind::SearchFolder => self.folder(pst, kind, id),
            ItemKind::Message => {
                self.messages += 1;
                self.message(pst, &MessageRef::new(id));
            }
            ItemKind::Associated => {
                self.associated += 1;
                self.message(pst, &MessageRef::new(id));
            }
        }
    }

    fn folder(&mut self, pst: &Pst, kind: ItemKind, id: u64) {
        match kind {
            ItemKind::Folder => self.folders += 1,
            _ => self.search_folders += 1,
        }
        let object = ObjectRef::Folder(id);
        let bag = pst.properties(&object, INLINE);
        if let Some(bag) = self.check("folder", bag) {
            self.bag(pst, &object, &bag);
        }
        self.rows(pst, &RowSource::Hierarchy(id), |_, _| {});
        self.rows(pst, &RowSource::Contents(id), |_, _| {});
        self.rows(pst, &RowSource::Associated(id), |_, _| {});
    }

    fn message(&mut self, pst: &Pst, message: &MessageRef) {
        if self.budget == 0 {
            return;
        }
        self.budget -= 1;
        let object = ObjectRef::Message(message.clone());
        let bag = pst.properties(&object, INLINE);
        if let Some(bag) = self.check("message", bag) {
            self.bag(pst, &object, &bag);
        }
        self.rows(pst, &RowSource::Recipients(message.clone()), |walk, _| walk.recipients += 1);
        let mut numbers = Vec::new();
        self.rows(pst, &RowSource::Attachments(message.clone()), |_, row| {
            numbers.push(row.id as u32);
        });
        for number in numbers {
            self.attachment(pst, message, number);
        }
    }

    fn attachment(&mut self, pst: &Pst, message: &MessageRef, number: u32) {
        self.attachments += 1;
        let object = ObjectRef::Attachment(message.clone(), number);
        let bag = pst.properties(&object, INLINE);
        let Some(bag) = self.check("attachment", bag) else { return };
        self.bag(pst, &object, &bag);
        if !matches!(bag.find(tags::ATTACH_DATA_OBJ.id()), Some(p) if p.tag == tags::ATTACH_DATA_OBJ)
        {
            return;
        }
        if bag.i32(tags::ATTACH_METHOD) == Some(6) {
            let stream = pst.open_stream(&object, tags::ATTACH_DATA_OBJ);
            self.stream("object", stream);
        } else if message.embedded.len() < MessageRef::MAX_DEPTH {
            self.embedded += 1;
            self.message(pst, &message.inside(number));
        }
    }
}

/// Larger values are read as streams.
pub(crate) const INLINE: u64 = 64 << 10;

/// Walks a store from its node B-tree.
#[allow(dead_code)]
pub(crate) fn walk(pst: &Pst, counts: &mut Counts) {
    let store = pst.properties(&ObjectRef::Store, INLINE);
    if let Some(bag) = counts.check("store", store) {
        counts.bag(pst, &ObjectRef::Store, &bag);
    }
    counts.rows(pst, &RowSource::ReceiveFolders, |_, _| {});
    let result = pst.all_names().map(|_| ());
    counts.check("names", result);
    let mut items = Vec::new();
    let result = pst.inventory(&mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    });
    counts.check("inventory", result);
    for item in items {
        counts.item(pst, item.kind, item.id);
        match item.kind {
            ItemKind::Folder | ItemKind::SearchFolder => {
                counts.rows(pst, &RowSource::Deleted(item.id), |_, _| {});
            }
            ItemKind::Message | ItemKind::Associated => {
                let result = pst.parts(item.id);
                counts.check("parts", result);
            }
        }
        let result = pst.parent(item.id);
        counts.check("parent", result);
    }
}
