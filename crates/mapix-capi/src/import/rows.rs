//! The rows of a provider's tables as the session sees them, and the walk over its folders.

use std::ops::ControlFlow;

use mapix::prop::{Prop, PropBag, PropTag, tags};
use mapix::store::{
    Diagnostic, InventoryItem, ItemKind, MessageRef, MessageStore, ObjectRef, Row, RowSource,
    Severity,
};
use mapix::{Error, ErrorCode, Result};

use super::call::ask;
use super::objects::{Opened, attachment};
use super::parts::{attachment_numbers, recipients};
use super::store::ForeignStore;
use super::{submission, tables};
use crate::com::Ptr;
use crate::flags::MAPI_ASSOCIATED;
use crate::iface::{IMAPIProp, IMAPITable};

/// How deep folders are followed.
const DEEPEST: usize = 1024;
/// The largest value that rows hold.
const ROW_INLINE: u64 = 4096;

impl ForeignStore {
    /// The table of a folder.
    pub(super) fn folder_table(&self, source: &RowSource) -> Result<Option<Ptr<IMAPITable>>> {
        let contents = |number: &u64, flags: u32| {
            let folder = self.objects.folder(*number)?;
            let prop: &Ptr<IMAPIProp> = &folder;
            tables::open(
                "IMAPIContainer::GetContentsTable",
                // SAFETY: the folder is alive.
                |width, table| unsafe { folder.GetContentsTable(width | flags, table) },
                |result| ask(prop, result, "IMAPIContainer::GetContentsTable"),
            )
        };
        Ok(Some(match source {
            RowSource::Hierarchy(number) => {
                let folder = self.objects.folder(*number)?;
                let prop: &Ptr<IMAPIProp> = &folder;
                tables::open(
                    "IMAPIContainer::GetHierarchyTable",
                    // SAFETY: the folder is alive.
                    |width, table| unsafe { folder.GetHierarchyTable(width, table) },
                    |result| ask(prop, result, "IMAPIContainer::GetHierarchyTable"),
                )?
            }
            RowSource::Contents(number) => contents(number, 0)?,
            RowSource::Associated(number) => match contents(number, MAPI_ASSOCIATED) {
                // A store need not have hidden messages.
                Err(error)
                    if matches!(error.code(), ErrorCode::NO_SUPPORT | ErrorCode::UNKNOWN_FLAGS) =>
                {
                    return Ok(None);
                }
                table => table?,
            },
            RowSource::Deleted(number) => {
                self.objects.folder(*number)?;
                return Ok(None);
            }
            _ => return Err(Error::no_support("this is no table of a folder")),
        }))
    }

    /// The rows of a folder's table: number and raw properties.
    pub(super) fn folder_rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<(u64, Vec<Prop>)>) -> ControlFlow<()>,
    ) -> Result<()> {
        let Some(table) = self.folder_table(source)? else { return Ok(()) };
        let mut wanted = tables::columns(&table)?;
        if let Some(columns) = columns {
            wanted.retain(|tag| columns.iter().any(|column| column.id() == tag.id()));
        }
        wanted.retain(|tag| tag.id() != tags::ENTRYID.id() && tag.id() != submission::KEPT.id());
        wanted.push(tags::ENTRYID);
        if wanted.contains(&tags::MESSAGE_FLAGS) {
            wanted.push(submission::KEPT);
        }
        let folder = match source {
            RowSource::Hierarchy(folder)
            | RowSource::Contents(folder)
            | RowSource::Associated(folder) => *folder,
            _ => return Ok(()),
        };
        tables::visit(&table, &wanted, &mut |row| {
            let row = row.and_then(|mut row| {
                submission::show_in_row(&mut row);
                let number = self.objects.row_number(&tables::entry_id(&row)?)?;
                match source {
                    RowSource::Contents(_) => self.objects.note(number, ItemKind::Message, None),
                    RowSource::Associated(_) => {
                        self.objects.note(number, ItemKind::Associated, Some(folder));
                    }
                    _ => {}
                }
                Ok((number, row))
            });
            each(row)
        })
    }

    /// What tables leave out or may have cut off is read from the object.
    pub(super) fn completed(
        &self,
        object: &ObjectRef,
        row: &[Prop],
        columns: Option<&[PropTag]>,
    ) -> PropBag {
        let (mut bag, cut) = tables::stored(row, columns);
        if cut.is_empty() {
            return bag;
        }
        match self.bag(object, ROW_INLINE, Some(&cut)) {
            Ok(whole) => bag.merge(&whole),
            Err(error) => {
                for tag in cut {
                    self.report(object, tag, &error);
                    let value = mapix::prop::Value::Error(error.code());
                    bag.insert(Prop { tag, value });
                }
            }
        }
        bag
    }

    pub(super) fn recipients(
        &self,
        at: &MessageRef,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let opened = self.objects.message(at)?;
        for recipient in recipients(&opened.message)? {
            let row = recipient.map(|(id, mut props)| {
                if let Some(columns) = columns {
                    let wanted = |prop: &&Prop| columns.iter().any(|tag| tag.id() == prop.tag.id());
                    props = props.iter().filter(wanted).cloned().collect();
                }
                Row { id: id.into(), props }
            });
            if each(row).is_break() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn attachments(
        &self,
        at: &MessageRef,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let opened = self.objects.message(at)?;
        for number in attachment_numbers(&opened.message)? {
            let row = number.and_then(|number| {
                let mut above = opened.above.clone();
                above.push(opened.message.clone().upcast());
                let prop = attachment(&opened.message, number, 0)?.upcast();
                let object = ObjectRef::Attachment(at.clone(), number);
                let opened = Opened { prop, above };
                let props = self.bag_of(&object, &opened, ROW_INLINE, columns)?;
                Ok(Row { id: number.into(), props })
            });
            if each(row).is_break() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn receive_folders(
        &self,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let store = self.objects.live()?.store;
        let prop: &Ptr<IMAPIProp> = &store;
        let table = tables::open(
            "IMsgStore::GetReceiveFolderTable",
            // SAFETY: the store is alive.
            |width, table| unsafe { store.GetReceiveFolderTable(width, table) },
            |result| ask(prop, result, "IMsgStore::GetReceiveFolderTable"),
        );
        let table = match table {
            Err(error) if error.code() == ErrorCode::NO_SUPPORT => return Ok(()),
            table => table?,
        };
        let mut id = 0;
        tables::visit(&table, &[tags::MESSAGE_CLASS, tags::ENTRYID], &mut |row| {
            id += 1;
            let row = row.map(|row| {
                let wanted = |prop: &&Prop| {
                    prop.value.as_error().is_none()
                        && columns.is_none_or(|all| all.iter().any(|tag| tag.id() == prop.tag.id()))
                };
                Row { id, props: row.iter().filter(wanted).cloned().collect() }
            });
            each(row)
        })
    }

    pub(super) fn walk(
        &self,
        folder: u64,
        kind: ItemKind,
        depth: usize,
        each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let root = folder == self.info().root;
        let parent = if root { None } else { self.parent(folder)? };
        if each(InventoryItem { id: folder, kind, parent }).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if depth > DEEPEST {
            return Err(Error::new(ErrorCode::TOO_COMPLEX, "folders are nested too deep"));
        }
        if kind == ItemKind::Folder {
            let tables = [
                (RowSource::Contents(folder), ItemKind::Message),
                (RowSource::Associated(folder), ItemKind::Associated),
            ];
            for (source, kind) in tables {
                for id in self.numbers(&source)? {
                    if each(InventoryItem { id, kind, parent: Some(folder) }).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
        }
        for id in self.numbers(&RowSource::Hierarchy(folder))? {
            let kind = self.objects.kind(id)?;
            if self.walk(id, kind, depth + 1, each)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The numbers in a folder's table. A row that cannot be read is a diagnostic.
    pub(super) fn numbers(&self, source: &RowSource) -> Result<Vec<u64>> {
        let mut numbers = Vec::new();
        self.folder_rows(source, Some(&[]), &mut |row| {
            match row {
                Ok((number, _)) => numbers.push(number),
                Err(error) => self.add_diagnostic(Diagnostic {
                    severity: Severity::Error,
                    object: None,
                    place: format!("a row of {source:?}"),
                    cause: error.to_string(),
                }),
            }
            ControlFlow::Continue(())
        })?;
        Ok(numbers)
    }
}
