//! Folders and their tables.

use std::collections::HashSet;
use std::ops::ControlFlow;

use mapix_core::prop::{CodePage, PropTag, tags};
use mapix_core::store::{ObjectRef, Row};
use mapix_core::{EntryId, Error, ErrorCode, Result};

use super::children::{is_folder, is_message};
use super::store::describe;
use super::{Pst, subject};
use crate::ltp::{PropContext, Table};
use crate::ndb::{FormatKind, Nid, NidKind, Node};

/// Values in rows that have a subnode of their own are given up to this size.
pub(super) const ROW_INLINE: u64 = 4096;

/// What takes the rows.
pub(super) struct Rows<'a> {
    pub(super) columns: Option<&'a [PropTag]>,
    pub(super) each: &'a mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
}

impl Rows<'_> {
    pub(super) fn wants(&self, tag: PropTag) -> bool {
        self.columns.is_none_or(|columns| columns.iter().any(|column| column.id() == tag.id()))
    }

    /// Gives a row; false if no more are wanted.
    pub(super) fn give(&mut self, row: Result<Row>) -> bool {
        (self.each)(row).is_continue()
    }
}

impl Pst {
    const FOLDERS: [NidKind; 2] = [NidKind::FOLDER, NidKind::SEARCH_FOLDER];

    /// The number of a folder that exists.
    pub(crate) fn folder_nid(&self, id: u64) -> Result<Nid> {
        self.folder_node(id).map(|node| node.nid)
    }

    pub(super) fn folder_node(&self, id: u64) -> Result<Node> {
        self.object_node(id, &Self::FOLDERS)
    }

    /// The rows of one of the tables of a folder.
    ///
    /// Where a folder that should have the table has none, or it cannot be opened, the node
    /// B-tree says what is in the folder.
    pub(super) fn folder_rows(
        &self,
        folder: u64,
        table: NidKind,
        rows: &mut Rows<'_>,
    ) -> Result<()> {
        let node = self.folder_node(folder)?;
        let search = node.nid.kind() == NidKind::SEARCH_FOLDER;
        let table = match table {
            NidKind::CONTENTS if search => NidKind::SEARCH_CONTENTS,
            other => other,
        };
        match self.folder_table(node.nid, table) {
            Ok(found) => {
                let more =
                    self.table_rows(&ObjectRef::Folder(folder), &found, self.code_page, rows);
                if table == NidKind::HIERARCHY && more {
                    self.unlisted_folders(node.nid, &found, rows);
                }
            }
            Err(error) if search && error.code() == ErrorCode::NOT_FOUND => {}
            Err(error) => {
                let object = ObjectRef::Folder(folder);
                self.ndb.diagnostics.error(Some(&object), describe(&object), error);
                let fits = move |kind: NidKind| match table {
                    NidKind::HIERARCHY => is_folder(kind),
                    NidKind::CONTENTS => kind == NidKind::MESSAGE,
                    NidKind::ASSOCIATED_CONTENTS => kind == NidKind::ASSOCIATED,
                    _ => false,
                };
                self.node_rows(self.children_of(node.nid, fits), rows);
            }
        }
        Ok(())
    }

    /// Folders that the node B-tree has in a folder, but its table does not show: nothing else
    /// would lead to what they hold.
    fn unlisted_folders(&self, folder: Nid, table: &Table<'_>, rows: &mut Rows<'_>) {
        let listed: HashSet<u32> = table.rows().iter().map(|row| row.id).collect();
        let unlisted: Vec<Nid> =
            self.children_of(folder, is_folder).filter(|nid| !listed.contains(&nid.0)).collect();
        for nid in &unlisted {
            let place = describe(&ObjectRef::Folder(folder.0.into()));
            self.ndb.diagnostics.warn(place, format!("its table does not show folder {nid:?}"));
        }
        self.node_rows(unlisted.into_iter(), rows);
    }

    fn folder_table(&self, folder: Nid, table: NidKind) -> Result<Table<'_>> {
        Table::open(&self.ndb, &self.ndb.node(folder.with_kind(table))?)
    }

    /// The rows of a table whose row numbers are the numbers of its objects; whether more are
    /// wanted.
    pub(super) fn table_rows(
        &self,
        object: &ObjectRef,
        table: &Table<'_>,
        code_page: CodePage,
        rows: &mut Rows<'_>,
    ) -> bool {
        let mut more = true;
        table.visit(|entry, row| {
            let row = row.map(|row| {
                let mut props = table.bag(
                    row,
                    code_page,
                    ROW_INLINE,
                    |tag| rows.wants(tag) && self.is_good_column(tag),
                    |tag, error| {
                        self.report(object, tag, &error.context(format!("row {:#x}", entry.id)));
                    },
                );
                subject::clean(&mut props, false);
                Row { id: entry.id.into(), props }
            });
            more = rows.give(row);
            more
        });
        more
    }

    /// Messages that the node B-tree has in a folder, but its contents tables do not show.
    pub(super) fn deleted_rows(&self, folder: u64, rows: &mut Rows<'_>) -> Result<()> {
        let node = self.folder_node(folder)?;
        let mut listed = HashSet::new();
        let tables = [
            (NidKind::CONTENTS, NidKind::MESSAGE),
            (NidKind::ASSOCIATED_CONTENTS, NidKind::ASSOCIATED),
        ];
        for (table, message) in tables {
            match self.folder_table(node.nid, table) {
                Ok(table) => listed.extend(table.rows().iter().map(|row| Nid(row.id))),
                // Without the table, the folder's rows are all that the node B-tree has.
                Err(_) => listed.extend(self.children_of(node.nid, |kind| kind == message)),
            }
        }
        let unlisted = self.children_of(node.nid, is_message);
        self.node_rows(unlisted.filter(|nid| !listed.contains(nid)), rows);
        Ok(())
    }

    /// Rows made of the properties of the objects themselves.
    fn node_rows(&self, nids: impl Iterator<Item = Nid>, rows: &mut Rows<'_>) {
        for nid in nids {
            let row = self.node_row(nid, rows);
            if !rows.give(row) {
                break;
            }
        }
    }

    fn node_row(&self, nid: Nid, rows: &Rows<'_>) -> Result<Row> {
        let node = self.ndb.node(nid)?;
        let props = PropContext::open(&self.ndb, &node)?;
        let id = nid.0.into();
        let object =
            if is_folder(nid.kind()) { ObjectRef::Folder(id) } else { ObjectRef::message(id) };
        let code_page = props.code_page().unwrap_or(self.code_page);
        let mut props = self.bag(&object, &props, code_page, ROW_INLINE, |tag| rows.wants(tag));
        subject::clean(&mut props, false);
        Ok(Row { id, props })
    }

    /// The columns of one of the tables of a folder; `None` where its rows are made of the
    /// objects themselves.
    pub(super) fn folder_columns(
        &self,
        folder: u64,
        table: NidKind,
    ) -> Result<Option<Vec<PropTag>>> {
        let nid = self.folder_nid(folder)?;
        let search = nid.kind() == NidKind::SEARCH_FOLDER && table == NidKind::CONTENTS;
        let table = if search { NidKind::SEARCH_CONTENTS } else { table };
        let columns = |table: Table<'_>| {
            let tags = table.columns().iter().map(|column| column.tag);
            tags.filter(|tag| self.is_good_column(*tag)).collect()
        };
        Ok(self.folder_table(nid, table).ok().map(columns))
    }

    /// Whether the cells of a column are what they say. In the contents tables of 4K files
    /// `PR_SENT_REPRESENTING_NAME` names pieces of the heap that belong to other columns; the
    /// messages have the right value.
    fn is_good_column(&self, tag: PropTag) -> bool {
        tag.id() != tags::SENT_REPRESENTING_NAME.id()
            || self.ndb.format().kind != FormatKind::Unicode4k
    }

    /// Which folder receives which class of messages.
    pub(super) fn receive_rows(&self, rows: &mut Rows<'_>) -> Result<()> {
        let node = match self.ndb.node(Nid::RECEIVE_FOLDERS) {
            Err(error) if error.code() == ErrorCode::NOT_FOUND => return Ok(()),
            node => node?,
        };
        let table = Table::open(&self.ndb, &node)?;
        table.visit(|entry, row| {
            let id = entry.index.into();
            let row = row.map(|row| {
                let folder = |tag: PropTag| tag.id() == RECEIVE_FOLDER.id();
                let take = |tag: PropTag| rows.wants(tag) || folder(tag);
                let broken = |tag, error| self.report(&ObjectRef::Store, tag, &error);
                let mut props = table.bag(row, self.code_page, ROW_INLINE, take, broken);
                let nid = props.i32(RECEIVE_FOLDER).map_or(entry.id, |nid| nid as u32);
                if rows.wants(tags::ENTRYID) {
                    let entry_id = self.nid_entry_id(Nid(nid));
                    props.set(tags::ENTRYID, entry_id.as_bytes());
                }
                if !rows.wants(RECEIVE_FOLDER) {
                    props.remove(RECEIVE_FOLDER.id());
                }
                Row { id, props }
            });
            rows.give(row)
        });
        Ok(())
    }

    /// An entry ID:
    /// [2.4.3.2](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/aa0539bd-e7bf-4cec-8bde-0b87c2a86baf).
    pub(crate) fn nid_entry_id(&self, nid: Nid) -> EntryId {
        EntryId::new(self.store_info().uid, &nid.0.to_le_bytes())
    }

    /// The node that an entry ID names.
    pub(crate) fn entry_id_nid(&self, entry_id: &EntryId) -> Result<Nid> {
        if entry_id.provider() != self.store_info().uid {
            return Err(Error::new(
                ErrorCode::UNKNOWN_ENTRYID,
                "the entry ID belongs to another store",
            ));
        }
        match <[u8; 4]>::try_from(entry_id.private()) {
            Ok(bytes) => Ok(Nid(u32::from_le_bytes(bytes))),
            Err(_) => Err(Error::new(
                ErrorCode::INVALID_ENTRYID,
                format!("the private part has {} bytes, not 4", entry_id.private().len()),
            )),
        }
    }
}

/// The number of the folder in a row of the table of receive folders.
const RECEIVE_FOLDER: PropTag = PropTag(0x6605_0003);
