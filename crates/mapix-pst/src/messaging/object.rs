//! Objects of every kind by their names, and the tables of the contract.

use std::io::Cursor;
use std::ops::ControlFlow;

use mapix_core::prop::{PropBag, PropTag};
use mapix_core::store::{ObjectRef, Row, RowSource, ValueStream};
use mapix_core::{Context, Result};

use super::Pst;
use super::folder::Rows;
use super::message::no_such_property;
use super::store::describe;
use crate::ltp::PropContext;
use crate::ndb::{Nid, NidKind, Node};

impl Pst {
    pub(crate) fn object_props(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        let plain = |node: Result<Node>| {
            let node = node?;
            let props = PropContext::open(&self.ndb, &node)?;
            let code_page = props.code_page().unwrap_or(self.code_page);
            Ok(self.bag(object, &props, code_page, inline, |_| true))
        };
        let bag = match object {
            ObjectRef::Store => plain(self.ndb.node(Nid::STORE)).map(|mut bag| {
                self.name_well_known(&mut bag);
                bag
            }),
            ObjectRef::Folder(id) => plain(self.folder_node(*id)),
            ObjectRef::Message(message) => self.message_props(message, inline),
            ObjectRef::Attachment(message, number) => {
                self.attachment_props(message, *number, inline)
            }
        };
        bag.context(|| describe(object))
    }

    pub(crate) fn object_stream(
        &self,
        object: &ObjectRef,
        tag: PropTag,
    ) -> Result<Box<dyn ValueStream>> {
        let plain = |node: Result<Node>| {
            let node = node?;
            let props = PropContext::open(&self.ndb, &node)?;
            let entry = props.find(tag.id()).ok_or_else(|| no_such_property(tag.id()))?;
            props.stream(&self.ndb, entry)
        };
        let stream = match object {
            ObjectRef::Store => plain(self.ndb.node(Nid::STORE)).or_else(|error| {
                let mut named = PropBag::new();
                self.name_well_known(&mut named);
                let bytes = named.bytes(tag).map(<[u8]>::to_vec).ok_or(error)?;
                Ok(Box::new(Cursor::new(bytes)) as Box<dyn ValueStream>)
            }),
            ObjectRef::Folder(id) => plain(self.folder_node(*id)),
            ObjectRef::Message(message) => self.message_stream(message, tag.id()),
            ObjectRef::Attachment(message, number) => {
                self.attachment_stream(message, *number, tag.id())
            }
        };
        stream.context(|| format!("{}: property {tag:?}", describe(object)))
    }

    pub(crate) fn visit_rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let rows = &mut Rows { columns, each };
        match source {
            RowSource::Hierarchy(id) => self.folder_rows(*id, NidKind::HIERARCHY, rows),
            RowSource::Contents(id) => self.folder_rows(*id, NidKind::CONTENTS, rows),
            RowSource::Associated(id) => self.folder_rows(*id, NidKind::ASSOCIATED_CONTENTS, rows),
            RowSource::Deleted(id) => self.deleted_rows(*id, rows),
            RowSource::Recipients(message) => self.recipient_rows(message, rows),
            RowSource::Attachments(message) => self.attachment_rows(message, rows),
            RowSource::ReceiveFolders => self.receive_rows(rows),
        }
        .context(|| format!("{source:?}"))
    }

    pub(crate) fn row_columns(&self, source: &RowSource) -> Result<Option<Vec<PropTag>>> {
        match source {
            RowSource::Hierarchy(id) => self.folder_columns(*id, NidKind::HIERARCHY),
            RowSource::Contents(id) => self.folder_columns(*id, NidKind::CONTENTS),
            RowSource::Associated(id) => self.folder_columns(*id, NidKind::ASSOCIATED_CONTENTS),
            _ => Ok(None),
        }
    }
}
