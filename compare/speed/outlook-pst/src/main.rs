//! Reads every property, table row and attachment of a Unicode PST file with `outlook-pst`, as
//! far as it can, and prints what it counted: `speed-outlook-pst FILE`. With `cells` as a second
//! argument it prints instead which cells each row of a table has, for `values.py`.
//!
//! It walks the folders from the root folder and takes the tables' word for what is in them, as
//! its interface has no other way. `root_hierarchy_table` is not called: version 1.2.0 never
//! returns from it.

use std::collections::HashSet;
use std::io;
use std::rc::Rc;

use outlook_pst::UnicodePstFile;
use outlook_pst::ltp::prop_context::PropertyValue;
use outlook_pst::ltp::table_context::{TableContext, TableRowColumnValue};
use outlook_pst::messaging::attachment::{Attachment, AttachmentData, UnicodeAttachment};
use outlook_pst::messaging::folder::{Folder, UnicodeFolder};
use outlook_pst::messaging::message::{Message, UnicodeMessage};
use outlook_pst::messaging::store::{EntryId, Store, UnicodeStore};
use outlook_pst::ndb::node_id::NodeId;

/// The root folder.
const ROOT: u32 = 0x122;

fn main() -> io::Result<()> {
    let path = std::env::args().nth(1).expect("usage: speed-outlook-pst FILE [cells]");
    let cells = std::env::args().nth(2).is_some_and(|word| word == "cells");
    let store = UnicodeStore::read(Rc::new(UnicodePstFile::open(path)?))?;
    let mut walk = Walk {
        store: store.clone(),
        count: Count { cells, ..Count::default() },
        seen: HashSet::new(),
    };
    walk.count.values(store.properties().iter());
    walk.folder(ROOT);
    if !cells {
        println!("{:?}", walk.count);
    }
    Ok(())
}

#[derive(Default, Debug)]
#[allow(dead_code)]
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
    /// Whether to print the cells.
    cells: bool,
}

struct Walk {
    store: Rc<UnicodeStore>,
    count: Count,
    seen: HashSet<u32>,
}

impl Walk {
    fn entry_id(&self, node: u32) -> Option<EntryId> {
        self.store.properties().make_entry_id(NodeId::from(node)).ok()
    }

    fn folder(&mut self, node: u32) {
        if !self.seen.insert(node) {
            return;
        }
        let Some(id) = self.entry_id(node) else { return };
        let Some(folder) = self.count.check(UnicodeFolder::read(self.store.clone(), &id)) else {
            return;
        };
        self.count.folders += 1;
        self.count.values(folder.properties().iter());
        let hierarchy =
            self.count.table(folder.hierarchy_table(), || format!("f{node:x}/hierarchy"));
        let contents = self.count.table(folder.contents_table(), || format!("f{node:x}/contents"));
        let associated =
            self.count.table(folder.associated_table(), || format!("f{node:x}/associated"));
        // A search folder holds links to what stands elsewhere.
        if node & 0x1F == 2 {
            contents.into_iter().for_each(|node| self.message(node));
            associated.into_iter().for_each(|node| self.message(node));
        }
        hierarchy.into_iter().for_each(|node| self.folder(node));
    }

    fn message(&mut self, node: u32) {
        if !self.seen.insert(node) {
            return;
        }
        let Some(id) = self.entry_id(node) else { return };
        let message = UnicodeMessage::read(self.store.clone(), &id, None);
        let Some(message) = self.count.check(message) else { return };
        match node & 0x1F {
            0x08 => self.count.associated += 1,
            _ => self.count.messages += 1,
        }
        self.count.message(&*message, || format!("m{node:x}/recipients"));
        let table = message.attachment_table();
        let attachments = self.count.table(table, || format!("m{node:x}/attachments"));
        for inside in attachments {
            let read = UnicodeAttachment::read(message.clone(), NodeId::from(inside), None);
            let Some(attachment) = self.count.check(read) else { continue };
            self.count.attachments += 1;
            self.count.values(attachment.properties().iter());
            // Its data is a copy of the property, so that it is not counted again.
            if let Some(AttachmentData::Message(inner)) = attachment.data() {
                self.count.embedded += 1;
                let name = || format!("m{node:x}/a{inside:x}/e/recipients");
                self.count.message(&**inner, name);
            }
        }
    }
}

impl Count {
    fn check<T>(&mut self, result: io::Result<T>) -> Option<T> {
        self.errors += u64::from(result.is_err());
        result.ok()
    }

    fn message(&mut self, message: &dyn Message, name: impl Fn() -> String) {
        self.values(message.properties().iter());
        self.recipients += self.table(message.recipient_table(), name).len() as u64;
    }

    fn values<'a>(&mut self, values: impl Iterator<Item = (&'a u16, &'a PropertyValue)>) {
        values.for_each(|(_, value)| self.value(value));
    }

    fn value(&mut self, value: &PropertyValue) {
        self.properties += 1;
        self.bytes += match value {
            PropertyValue::Unicode(text) => 2 * text.buffer().len() as u64,
            PropertyValue::String8(text) => text.buffer().len() as u64,
            PropertyValue::Binary(bytes) => bytes.buffer().len() as u64,
            _ => 8,
        };
    }

    /// Reads every cell; gives the numbers of the rows.
    fn table(
        &mut self,
        table: Option<&Rc<dyn TableContext>>,
        name: impl Fn() -> String,
    ) -> Vec<u32> {
        let Some(table) = table else { return Vec::new() };
        let mut numbers = Vec::new();
        for row in table.rows_matrix() {
            self.rows += 1;
            numbers.push(row.id().into());
            let Some(cells) = self.check(row.columns(table.context())) else { continue };
            if self.cells {
                let columns = table.context().columns().iter().zip(&cells);
                let columns = columns.filter(|(_, cell)| cell.is_some());
                let ids: Vec<u16> = columns.map(|(column, _)| column.prop_id()).collect();
                println!(r#"{{"o":"{}/{:x}","c":{ids:?}}}"#, name(), u32::from(row.id()));
            }
            for (column, cell) in table.context().columns().iter().zip(cells) {
                let Some(cell) = cell else { continue };
                match &cell {
                    TableRowColumnValue::Small(value) => self.value(value),
                    cell => {
                        let value = table.read_column(cell, column.prop_type());
                        if let Some(value) = self.check(value) {
                            self.value(&value);
                        }
                    }
                }
            }
        }
        numbers
    }
}
