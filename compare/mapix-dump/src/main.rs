//! Prints every property that mapix finds in a PST or OST file as JSON Lines, for `values.py`.
//!
//! One line is `{"o": object, "t": tag, "v": bytes}` with the stored bytes in hexadecimal digits;
//! a multivalue has a list in place of the bytes, what cannot be read has `"e"`, and text that
//! mapix gives only in part (a large cell of a table) has its size as `"n"`. Objects are named as
//! in `libpff/pff.c`; each has a line with nothing but its name.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{BufWriter, Read, Write};
use std::ops::ControlFlow;

use mapix_core::Result;
use mapix_core::prop::{NameKind, PropBag, PropTag, Value, tags};
use mapix_core::store::{ItemKind, MessageRef, MessageStore, ObjectRef, RowSource};
use mapix_pst::Pst;

/// The number of the row in a table, which is that of the node of its object.
const ROW_ID: PropTag = PropTag(0x67F2_0003);

fn main() -> std::process::ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: mapix-dump FILE");
        return 64.into();
    };
    match dump(&path) {
        Ok(()) => 0.into(),
        Err(error) => {
            eprintln!("{error}");
            1.into()
        }
    }
}

fn dump(path: &str) -> Result<()> {
    let pst = Pst::open(path)?;
    let out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let mut dump = Dump { pst: &pst, out };
    dump.object("store", &ObjectRef::Store)?;
    dump.names()?;
    let mut items = Vec::new();
    pst.inventory(&mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    })?;
    for item in items {
        match item.kind {
            ItemKind::Folder | ItemKind::SearchFolder => dump.folder(item.id)?,
            ItemKind::Message | ItemKind::Associated => {
                dump.message(&format!("m{:x}", item.id), &MessageRef::new(item.id))?;
            }
        }
    }
    for diagnostic in pst.diagnostics() {
        eprintln!("{diagnostic}");
    }
    Ok(dump.out.flush()?)
}

struct Dump<'a, W> {
    pst: &'a Pst,
    out: W,
}

impl<W: Write> Dump<'_, W> {
    fn names(&mut self) -> Result<()> {
        for (id, name) in self.pst.all_names()? {
            let kind = match &name.kind {
                NameKind::Id(number) => format!("00{number:08x}"),
                NameKind::Name(text) => format!("01{}", hex(text.as_bytes())),
            };
            let guid = hex(&name.set.0);
            writeln!(self.out, r#"{{"o":"names","t":"{id:04x}0000","v":"{guid}{kind}"}}"#)?;
        }
        Ok(())
    }

    fn folder(&mut self, id: u64) -> Result<()> {
        let path = format!("f{id:x}");
        self.object(&path, &ObjectRef::Folder(id))?;
        self.rows(&path, "hierarchy", &RowSource::Hierarchy(id))?;
        self.rows(&path, "contents", &RowSource::Contents(id))?;
        self.rows(&path, "associated", &RowSource::Associated(id))?;
        Ok(())
    }

    fn message(&mut self, path: &str, message: &MessageRef) -> Result<()> {
        self.object(path, &ObjectRef::Message(message.clone()))?;
        self.rows(path, "recipients", &RowSource::Recipients(message.clone()))?;
        let attachments =
            self.rows(path, "attachments", &RowSource::Attachments(message.clone()))?;
        for (number, nid) in attachments {
            let path = format!("{path}/a{nid:x}");
            let object = ObjectRef::Attachment(message.clone(), number as u32);
            let bag = self.object(&path, &object)?;
            let data = bag.find(tags::ATTACH_DATA_OBJ.id()).map(|prop| prop.tag);
            match bag.i32(tags::ATTACH_METHOD).filter(|_| data == Some(tags::ATTACH_DATA_OBJ)) {
                Some(5) => self.message(&format!("{path}/e"), &message.inside(number as u32))?,
                Some(6) => self.data(&format!("{path}/data"), &object)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The bytes of an OLE object.
    fn data(&mut self, path: &str, object: &ObjectRef) -> Result<()> {
        match self.stream(object, tags::ATTACH_DATA_OBJ) {
            Ok(bytes) => {
                let (tag, bytes) = (tags::ATTACH_DATA_BIN.0, hex(&bytes));
                Ok(writeln!(self.out, r#"{{"o":"{path}","t":"{tag:08x}","v":"{bytes}"}}"#)?)
            }
            Err(error) => self.failed(path, tags::ATTACH_DATA_BIN, &error),
        }
    }

    fn object(&mut self, path: &str, object: &ObjectRef) -> Result<PropBag> {
        writeln!(self.out, r#"{{"o":"{path}"}}"#)?;
        match self.pst.properties(object, 1 << 16) {
            Ok(bag) => {
                self.bag(path, &bag, Some(object))?;
                Ok(bag)
            }
            Err(error) => {
                self.failed(path, PropTag(0), &error)?;
                Ok(PropBag::new())
            }
        }
    }

    /// Gives the number and the node number of each row.
    fn rows(&mut self, path: &str, table: &str, source: &RowSource) -> Result<Vec<(u64, u32)>> {
        let mut rows = Vec::new();
        let result = self.pst.rows(source, None, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        });
        if let Err(error) = result {
            self.failed(&format!("{path}/{table}"), PropTag(0), &error)?;
        }
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        for row in rows {
            match row {
                Ok(row) => {
                    let nid = row.props.i32(ROW_ID).map_or(row.id as u32, |id| id as u32);
                    let path = format!("{path}/{table}/{nid:x}");
                    if !seen.insert(nid) {
                        self.failed(&path, ROW_ID, &"two rows have this number")?;
                    }
                    writeln!(self.out, r#"{{"o":"{path}"}}"#)?;
                    self.bag(&path, &row.props, None)?;
                    found.push((row.id, nid));
                }
                Err(error) => self.failed(&format!("{path}/{table}"), PropTag(0), &error)?,
            }
        }
        Ok(found)
    }

    fn bag(&mut self, path: &str, bag: &PropBag, object: Option<&ObjectRef>) -> Result<()> {
        for prop in bag {
            let tag = prop.tag;
            let value = match (&prop.value, object) {
                (Value::Large(_, size), None) => format!(r#""n":{size}"#),
                (Value::Large(..), Some(object)) => match self.stream(object, tag) {
                    Ok(bytes) => format!(r#""v":"{}""#, hex(&bytes)),
                    Err(error) => {
                        self.failed(path, tag, &error)?;
                        continue;
                    }
                },
                (Value::Error(code), _) if tag.prop_type() != mapix_core::prop::PropType::ERROR => {
                    self.failed(path, tag, code)?;
                    continue;
                }
                (value, _) => json(value),
            };
            writeln!(self.out, r#"{{"o":"{path}","t":"{:08x}",{value}}}"#, tag.0)?;
        }
        Ok(())
    }

    fn stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.pst.open_stream(object, tag)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn failed(&mut self, path: &str, tag: PropTag, error: &dyn std::fmt::Display) -> Result<()> {
        let plain = |c: char| if c.is_ascii_graphic() && c != '"' && c != '\\' { c } else { ' ' };
        let text: String = error.to_string().chars().map(plain).collect();
        Ok(writeln!(self.out, r#"{{"o":"{path}","t":"{:08x}","e":"{text}"}}"#, tag.0)?)
    }
}

fn json(value: &Value) -> String {
    match value.multi_len() {
        Some(_) => {
            let values: Vec<String> =
                value.each().map(|value| format!(r#""{}""#, hex(&bytes(&value)))).collect();
            format!(r#""v":[{}]"#, values.join(","))
        }
        None => format!(r#""v":"{}""#, hex(&bytes(value))),
    }
}

/// The bytes of a single value as they are stored.
fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::Null => Vec::new(),
        Value::I16(n) => n.to_le_bytes().to_vec(),
        Value::I32(n) => n.to_le_bytes().to_vec(),
        Value::F32(n) => n.to_le_bytes().to_vec(),
        Value::F64(n) | Value::AppTime(n) => n.to_le_bytes().to_vec(),
        Value::I64(n) | Value::Currency(n) => n.to_le_bytes().to_vec(),
        Value::Error(code) => code.0.to_le_bytes().to_vec(),
        Value::Bool(yes) => vec![u8::from(*yes)],
        Value::String8(text) => text.bytes.to_vec(),
        Value::Unicode(text) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Value::Time(time) => time.0.to_le_bytes().to_vec(),
        Value::Guid(guid) => guid.0.to_vec(),
        other => other.as_bytes().expect("all other single values are bytes").to_vec(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
