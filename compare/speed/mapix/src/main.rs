//! Reads every property, table row and attachment of a PST or OST file with mapix, and prints
//! what it counted: `speed-mapix FILE [JOBS]`.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use mapix_core::Result;
use mapix_core::prop::{PropBag, Value, tags};
use mapix_core::store::{InventoryItem, ItemKind, MessageRef, MessageStore, ObjectRef, RowSource};
use mapix_pst::Pst;

/// Larger values are read as streams.
const INLINE: u64 = 64 << 10;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("usage: speed-mapix FILE [JOBS]");
    let jobs = arguments.next().and_then(|jobs| jobs.parse().ok()).unwrap_or(1);
    let pst = Pst::open(path)?;
    let mut total = Count::default();
    total.object(&pst, &ObjectRef::Store);
    let mut items = Vec::new();
    pst.inventory(&mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    })?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut count = Count::default();
        // Neighbours share pages and blocks.
        while let Some(rest) = items.get(next.fetch_add(16, Ordering::Relaxed)..) {
            rest.iter().take(16).for_each(|item| count.item(&pst, item));
        }
        count
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..jobs).map(|_| scope.spawn(work)).collect();
        total.add(&work());
        for thread in threads {
            total.add(&thread.join().expect("no thread panics"));
        }
    });
    total.errors += pst.diagnostics().len() as u64;
    println!("{total:?}");
    Ok(())
}

#[derive(Default, Debug)]
struct Count {
    folders: u64,
    messages: u64,
    associated: u64,
    attachments: u64,
    embedded: u64,
    recipients: u64,
    rows: u64,
    properties: u64,
    bytes: u64,
    errors: u64,
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.folders += other.folders;
        self.messages += other.messages;
        self.associated += other.associated;
        self.attachments += other.attachments;
        self.embedded += other.embedded;
        self.recipients += other.recipients;
        self.rows += other.rows;
        self.properties += other.properties;
        self.bytes += other.bytes;
        self.errors += other.errors;
    }

    fn item(&mut self, pst: &Pst, item: &InventoryItem) {
        match item.kind {
            ItemKind::Folder | ItemKind::SearchFolder => {
                self.folders += 1;
                self.object(pst, &ObjectRef::Folder(item.id));
                self.rows(pst, &RowSource::Hierarchy(item.id));
                self.rows(pst, &RowSource::Contents(item.id));
                self.rows(pst, &RowSource::Associated(item.id));
            }
            ItemKind::Message => {
                self.messages += 1;
                self.message(pst, &MessageRef::new(item.id));
            }
            ItemKind::Associated => {
                self.associated += 1;
                self.message(pst, &MessageRef::new(item.id));
            }
        }
    }

    fn message(&mut self, pst: &Pst, message: &MessageRef) {
        self.object(pst, &ObjectRef::Message(message.clone()));
        self.recipients += self.rows(pst, &RowSource::Recipients(message.clone())).len() as u64;
        for number in self.rows(pst, &RowSource::Attachments(message.clone())) {
            self.attachments += 1;
            let object = ObjectRef::Attachment(message.clone(), number as u32);
            let bag = self.object(pst, &object);
            let data = bag.find(tags::ATTACH_DATA_OBJ.id()).map(|prop| prop.tag);
            if data != Some(tags::ATTACH_DATA_OBJ) {
                continue;
            }
            match bag.i32(tags::ATTACH_METHOD) {
                Some(5) if message.embedded.len() < MessageRef::MAX_DEPTH => {
                    self.embedded += 1;
                    self.message(pst, &message.inside(number as u32));
                }
                Some(6) => self.stream(pst, &object, tags::ATTACH_DATA_OBJ),
                _ => {}
            }
        }
    }

    fn object(&mut self, pst: &Pst, object: &ObjectRef) -> PropBag {
        let bag = pst.properties(object, INLINE).unwrap_or_else(|_| {
            self.errors += 1;
            PropBag::new()
        });
        for prop in &bag {
            self.properties += 1;
            match &prop.value {
                Value::Large(..) => self.stream(pst, object, prop.tag),
                value => self.bytes += value.size(),
            }
        }
        bag
    }

    fn stream(&mut self, pst: &Pst, object: &ObjectRef, tag: mapix_core::prop::PropTag) {
        let Ok(mut stream) = pst.open_stream(object, tag) else {
            self.errors += 1;
            return;
        };
        let mut buffer = [0; 16384];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => self.bytes += count as u64,
                Err(_) => {
                    self.errors += 1;
                    break;
                }
            }
        }
    }

    /// Gives the numbers of the rows.
    fn rows(&mut self, pst: &Pst, source: &RowSource) -> Vec<u64> {
        let mut numbers = Vec::new();
        let result = pst.rows(source, None, &mut |row| {
            match row {
                Ok(row) => {
                    self.rows += 1;
                    self.properties += row.props.len() as u64;
                    self.bytes += row.props.iter().map(|prop| prop.value.size()).sum::<u64>();
                    numbers.push(row.id);
                }
                Err(_) => self.errors += 1,
            }
            ControlFlow::Continue(())
        });
        self.errors += u64::from(result.is_err());
        numbers
    }
}
