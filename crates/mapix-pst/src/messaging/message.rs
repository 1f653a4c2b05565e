//! Messages, also embedded ones, their recipients and attachments.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use mapix_core::prop::{CodePage, PropBag, PropType, tags};
use mapix_core::store::{MessageRef, ObjectRef, Parts, Row, ValueStream};
use mapix_core::{Context, Error, ErrorCode, Result};

use super::Pst;
use super::folder::{ROW_INLINE, Rows};
use super::store::describe;
use super::subject::{self, Part};
use crate::bytes::u32_at;
use crate::ltp::prop::PropEntry;
use crate::ltp::value::text_end;
use crate::ltp::{PropContext, Table};
use crate::ndb::cache::Cache;
use crate::ndb::{Bid, DataStream, DataTree, Nid, NidKind, Node, subnode};

/// A message that has been found.
pub(super) struct OpenMessage {
    pub(super) node: Node,
    /// The data of the messages around it, by which a message that holds itself is found out.
    around: Vec<Bid>,
    code_page: OnceLock<CodePage>,
    attachments: OnceLock<Vec<Attachment>>,
}

/// An attachment of a message. Its number is its place in the list.
pub(super) struct Attachment {
    nid: Nid,
    /// Its node, unless it is only listed.
    node: Option<Node>,
}

/// Messages that were opened lately.
pub(super) struct OpenMessages(Cache<(MessageRef, Arc<OpenMessage>)>);

impl OpenMessages {
    const SLOTS: usize = 32;

    pub(super) fn new() -> Self {
        Self(Cache::new(Self::SLOTS))
    }

    fn get(&self, reference: &MessageRef) -> Option<Arc<OpenMessage>> {
        let found = self.0.with(Self::key(reference), |(known, message)| {
            (known == reference).then(|| message.clone())
        });
        found.flatten()
    }

    fn put(&self, reference: &MessageRef, message: &Arc<OpenMessage>) {
        self.0.put(Self::key(reference), (reference.clone(), message.clone()));
    }

    /// Need not be different for different messages.
    fn key(reference: &MessageRef) -> u64 {
        let numbers = reference.embedded.iter();
        numbers.fold(reference.id, |key, number| {
            key.wrapping_mul(31).wrapping_add(u64::from(*number) + 1)
        })
    }
}

impl Pst {
    const MESSAGES: [NidKind; 2] = [NidKind::MESSAGE, NidKind::ASSOCIATED];
    /// `PR_ATTACH_METHOD` of embedded messages and of OLE objects.
    const METHOD_EMBEDDED: i32 = 5;
    const METHOD_OLE: i32 = 6;

    /// The number of a message that exists.
    pub(crate) fn message_nid(&self, id: u64) -> Result<Nid> {
        self.object_node(id, &Self::MESSAGES).map(|node| node.nid)
    }

    pub(super) fn message(&self, reference: &MessageRef) -> Result<Arc<OpenMessage>> {
        if let Some(message) = self.messages.get(reference) {
            return Ok(message);
        }
        if reference.embedded.len() > MessageRef::MAX_DEPTH {
            return Err(Error::new(ErrorCode::TOO_COMPLEX, "messages are nested too deeply"));
        }
        let mut node = self.object_node(reference.id, &Self::MESSAGES)?;
        let mut message = Arc::new(OpenMessage::new(node, Vec::new()));
        for (depth, number) in reference.embedded.iter().enumerate() {
            let known =
                MessageRef { id: reference.id, embedded: reference.embedded[..depth].to_vec() };
            message = self.messages.get(&known).unwrap_or(message);
            let inner = || {
                let attachment = self.attachment(&message, *number)?;
                self.embedded_in(&message, &attachment)?.ok_or_else(|| {
                    Error::not_found(format!("attachment {number} holds no message"))
                })
            };
            node = inner().context(|| describe(&ObjectRef::Message(known.clone())))?;
            let mut around = message.around.clone();
            around.push(message.node.data);
            message = Arc::new(OpenMessage::new(node, around));
        }
        self.messages.put(reference, &message);
        Ok(message)
    }

    pub(super) fn message_props(&self, reference: &MessageRef, inline: u64) -> Result<PropBag> {
        let message = self.message(reference)?;
        let props = PropContext::open(&self.ndb, &message.node)?;
        let code_page =
            *message.code_page.get_or_init(|| props.code_page().unwrap_or(self.code_page));
        let object = ObjectRef::Message(reference.clone());
        let mut bag = self.bag(&object, &props, code_page, inline, |_| true);
        subject::clean(&mut bag, true);
        Ok(bag)
    }

    /// The code page of the strings of a message and of all that it holds.
    fn code_page_of(&self, message: &OpenMessage) -> CodePage {
        *message.code_page.get_or_init(|| {
            let props = PropContext::open(&self.ndb, &message.node);
            props.ok().and_then(|props| props.code_page()).unwrap_or(self.code_page)
        })
    }

    pub(super) fn attachment_props(
        &self,
        reference: &MessageRef,
        number: u32,
        inline: u64,
    ) -> Result<PropBag> {
        let message = self.message(reference)?;
        let node = self.attachment(&message, number)?;
        let props = PropContext::open(&self.ndb, &node)?;
        let object = ObjectRef::Attachment(reference.clone(), number);
        Ok(self.bag(&object, &props, self.code_page_of(&message), inline, |_| true))
    }

    pub(super) fn message_stream(
        &self,
        reference: &MessageRef,
        id: u16,
    ) -> Result<Box<dyn ValueStream>> {
        let message = self.message(reference)?;
        let props = PropContext::open(&self.ndb, &message.node)?;
        let tag = mapix_core::prop::PropTag::new(id, PropType::UNSPECIFIED);
        // The subject's properties are given without the mark, if they are short.
        if let Some(part) = Part::by_tag(tag)
            && let Some(subject) = props.find(tags::SUBJECT.id())
            && subject.value & 0x1F == 0
            && (part == Part::Whole || props.find(id).is_none())
        {
            let unicode = subject.tag.prop_type() == PropType::UNICODE;
            let mut stored = props.bytes(subject, ROW_INLINE)?;
            stored.truncate(text_end(subject.tag.prop_type(), &stored).unwrap_or(stored.len()));
            let bytes = part.cut(&stored, unicode);
            let bytes = bytes.ok_or_else(|| no_such_property(id))?;
            return Ok(Box::new(std::io::Cursor::new(bytes)));
        }
        let entry = props.find(id).ok_or_else(|| no_such_property(id))?;
        props.stream(&self.ndb, entry)
    }

    pub(super) fn attachment_stream(
        &self,
        reference: &MessageRef,
        number: u32,
        id: u16,
    ) -> Result<Box<dyn ValueStream>> {
        let message = self.message(reference)?;
        let node = self.attachment(&message, number)?;
        let props = PropContext::open(&self.ndb, &node)?;
        let entry = props.find(id).ok_or_else(|| no_such_property(id))?;
        if entry.tag != tags::ATTACH_DATA_OBJ {
            return props.stream(&self.ndb, entry);
        }
        if self.embedded_in(&message, &node)?.is_some() {
            return Err(Error::new(
                ErrorCode::INTERFACE_NOT_SUPPORTED,
                "the attachment is a message, which is opened and not read",
            ));
        }
        let object = self.object_in(&message, &node, &props, entry)?;
        let tree = DataTree::open(&self.ndb, object.data)?;
        Ok(Box::new(DataStream::new(self.ndb.clone(), tree)))
    }

    pub(super) fn recipient_rows(&self, reference: &MessageRef, rows: &mut Rows<'_>) -> Result<()> {
        let message = self.message(reference)?;
        let Some(node) = subnode::find(&self.ndb, message.node.sub, Nid::RECIPIENTS)? else {
            return Ok(());
        };
        let table = Table::open(&self.ndb, &node)?;
        let object = ObjectRef::Message(reference.clone());
        self.table_rows(&object, &table, self.code_page_of(&message), rows);
        Ok(())
    }

    pub(super) fn attachment_rows(
        &self,
        reference: &MessageRef,
        rows: &mut Rows<'_>,
    ) -> Result<()> {
        let message = self.message(reference)?;
        let code_page = self.code_page_of(&message);
        let attachments = self.attachments(&message)?;
        let mut number: u32 = 0;
        let mut more = true;
        if let Some(table) = self.attachment_table(&message)? {
            let object = ObjectRef::Message(reference.clone());
            let columns = rows.columns;
            let mut each = |row: Result<Row>| {
                let row = row.map(|row| Row { id: number.into(), ..row });
                number += 1;
                more = rows.give(row);
                if more {
                    std::ops::ControlFlow::Continue(())
                } else {
                    std::ops::ControlFlow::Break(())
                }
            };
            let mut numbered = Rows { columns, each: &mut each };
            self.table_rows(&object, &table, code_page, &mut numbered);
        }
        // What the table does not list is there nevertheless.
        for attachment in attachments.iter().skip(number as usize) {
            if !more {
                break;
            }
            let object = ObjectRef::Attachment(reference.clone(), number);
            let row = attachment.node().and_then(|node| {
                let props = PropContext::open(&self.ndb, &node)?;
                let wanted = |tag| rows.wants(tag);
                let props = self.bag(&object, &props, code_page, ROW_INLINE, wanted);
                Ok(Row { id: number.into(), props })
            });
            more = rows.give(row);
            number += 1;
        }
        Ok(())
    }

    /// Counts attachments and embedded messages by the trees of subnodes.
    pub(crate) fn count_parts(&self, id: u64) -> Result<Parts> {
        let node = self.object_node(id, &Self::MESSAGES)?;
        let mut parts = Parts::default();
        let mut open = vec![OpenMessage::new(node, Vec::new())];
        // Each attachment is a node with blocks of its own: more than the file has blocks are a
        // loop in disguise.
        let mut left = self.ndb.most_blocks();
        while let Some(message) = open.pop() {
            for node in subnode::all(&self.ndb, message.node.sub)? {
                if node.nid.kind() != NidKind::ATTACHMENT {
                    continue;
                }
                left = left.checked_sub(1).ok_or_else(|| {
                    Error::new(ErrorCode::TOO_COMPLEX, "attachments are used more than once")
                })?;
                parts.attachments += 1;
                match self.embedded_in(&message, &node) {
                    Ok(None) => {}
                    Ok(Some(inner)) => {
                        parts.embedded += 1;
                        let mut around = message.around.clone();
                        around.push(message.node.data);
                        if around.len() <= MessageRef::MAX_DEPTH {
                            open.push(OpenMessage::new(inner, around));
                        }
                    }
                    Err(error) => {
                        let place = format!("message {id:#x}: attachment {:?}", node.nid);
                        self.ndb.diagnostics.error(Some(&ObjectRef::message(id)), place, error);
                    }
                }
            }
        }
        Ok(parts)
    }

    fn attachment(&self, message: &OpenMessage, number: u32) -> Result<Node> {
        let attachments = self.attachments(message)?;
        match attachments.get(number as usize) {
            Some(attachment) => attachment.node(),
            None => Err(Error::not_found(format!("there is no attachment {number}"))),
        }
    }

    /// The attachments in the order of their table, then those that it does not list.
    fn attachments<'a>(&self, message: &'a OpenMessage) -> Result<&'a [Attachment]> {
        if let Some(found) = message.attachments.get() {
            return Ok(found);
        }
        let mut nodes: HashMap<Nid, Node> = HashMap::new();
        let mut unlisted = Vec::new();
        for node in subnode::all(&self.ndb, message.node.sub)? {
            if node.nid.kind() == NidKind::ATTACHMENT {
                nodes.insert(node.nid, node);
                unlisted.push(node.nid);
            }
        }
        let mut found = Vec::with_capacity(nodes.len());
        if let Some(table) = self.attachment_table(message)? {
            let rows = table.rows().iter().map(|row| Nid(row.id));
            found.extend(rows.map(|nid| Attachment { nid, node: nodes.remove(&nid) }));
        }
        unlisted.retain(|nid| nodes.contains_key(nid));
        found.extend(unlisted.iter().map(|nid| Attachment { nid: *nid, node: nodes.remove(nid) }));
        Ok(message.attachments.get_or_init(|| found))
    }

    /// The attachment table; `None` if there is none, or if it cannot be opened, which is a
    /// diagnostic.
    fn attachment_table(&self, message: &OpenMessage) -> Result<Option<Table<'_>>> {
        let Some(node) = subnode::find(&self.ndb, message.node.sub, Nid::ATTACHMENTS)? else {
            return Ok(None);
        };
        match Table::open(&self.ndb, &node) {
            Ok(table) => Ok(Some(table)),
            Err(error) => {
                let place = format!("attachments of message {:?}", message.node.nid);
                self.ndb.diagnostics.error(None, place, error);
                Ok(None)
            }
        }
    }

    /// The message that is embedded in an attachment, if one is.
    fn embedded_in(&self, message: &OpenMessage, attachment: &Node) -> Result<Option<Node>> {
        let props = PropContext::open(&self.ndb, attachment)?;
        let Some(entry) = props.find(tags::ATTACH_DATA_OBJ.id()) else { return Ok(None) };
        let method = props.i32(tags::ATTACH_METHOD);
        if entry.tag != tags::ATTACH_DATA_OBJ || method == Some(Self::METHOD_OLE) {
            return Ok(None);
        }
        let inner = match self.object_in(message, attachment, &props, entry) {
            Err(_) if method != Some(Self::METHOD_EMBEDDED) => return Ok(None),
            inner => inner?,
        };
        if method != Some(Self::METHOD_EMBEDDED) && PropContext::open(&self.ndb, &inner).is_err() {
            return Ok(None);
        }
        if inner.data == message.node.data || message.around.contains(&inner.data) {
            return Err(Error::corrupt("the message holds itself"));
        }
        Ok(Some(inner))
    }

    /// The subnode that an object property refers to:
    /// [2.3.3.5](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/294c83c6-ff92-42f5-b6b6-876c29fa9737).
    /// It stands below the attachment, or in some files below the message.
    fn object_in(
        &self,
        message: &OpenMessage,
        attachment: &Node,
        props: &PropContext<'_>,
        entry: &PropEntry,
    ) -> Result<Node> {
        let bytes = props.bytes(entry, ROW_INLINE)?;
        let nid = u32_at(&bytes, 0).map(Nid);
        let nid = nid.ok_or_else(|| Error::corrupt("the reference to the object is cut off"))?;
        for tree in [attachment.sub, message.node.sub] {
            if let Some(node) = subnode::find(&self.ndb, tree, nid)? {
                return Ok(node);
            }
        }
        Err(Error::corrupt(format!("the object's subnode {nid:?} is missing")))
    }
}

impl OpenMessage {
    fn new(node: Node, around: Vec<Bid>) -> Self {
        Self { node, around, code_page: OnceLock::new(), attachments: OnceLock::new() }
    }
}

impl Attachment {
    fn node(&self) -> Result<Node> {
        self.node.ok_or_else(|| {
            Error::corrupt(format!("the attachment's subnode {:?} is missing", self.nid))
        })
    }
}

pub(super) fn no_such_property(id: u16) -> Error {
    Error::not_found(format!("the property {id:#06x} is not stored"))
}
