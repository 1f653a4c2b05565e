//! The store contract over an open file.

use std::ops::ControlFlow;

use mapix_core::prop::{PropBag, PropName, PropTag};
use mapix_core::store::{
    Change, Changes, Commit, Diagnostic, InventoryItem, ItemKind, MessageStore, ObjectRef, Parts,
    Row, RowSource, StoreInfo, ValueStream,
};
use mapix_core::{Context, EntryId, Error, ErrorCode, Result};

use crate::messaging::{Pst, read_only};
use crate::ndb::{Nid, NidKind};

impl MessageStore for Pst {
    fn info(&self) -> &StoreInfo {
        self.store_info()
    }

    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag> {
        self.object_props(object, inline)
    }

    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        self.object_stream(object, tag)
    }

    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.visit_rows(source, columns, each)
    }

    fn table_columns(&self, source: &RowSource) -> Result<Option<Vec<PropTag>>> {
        self.row_columns(source)
    }

    fn stamp(&self, id: u64) -> Result<u64> {
        self.parent_of(id).map(|_| 0)
    }

    fn kind(&self, id: u64) -> Result<ItemKind> {
        self.parent_of(id)?;
        let kind = u32::try_from(id).ok().and_then(|nid| item_kind(Nid(nid).kind()));
        kind.ok_or_else(|| Error::not_found(format!("{id:#x} is no such object")))
    }

    fn parent(&self, id: u64) -> Result<Option<u64>> {
        self.parent_of(id)
    }

    fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()> {
        for node in self.ndb().nodes() {
            let node = match node {
                Ok(node) => node,
                Err(error) => {
                    self.ndb().diagnostics.error(None, "inventory", error);
                    continue;
                }
            };
            let Some(kind) = item_kind(node.nid.kind()) else { continue };
            let parent = (node.parent != node.nid && node.parent != Nid::default())
                .then(|| node.parent.0.into());
            if each(InventoryItem { id: node.nid.0.into(), kind, parent }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn parts(&self, message: u64) -> Result<Parts> {
        self.count_parts(message).context(|| format!("message {message:#x}"))
    }

    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId> {
        let nid = match object {
            ObjectRef::Store => return Ok(self.nid_entry_id(Nid::STORE)),
            ObjectRef::Folder(id) => self.folder_nid(*id)?,
            ObjectRef::Message(message) if message.embedded.is_empty() => {
                self.message_nid(message.id)?
            }
            ObjectRef::Message(_) | ObjectRef::Attachment(..) => {
                return Err(Error::no_support("attachments have no entry IDs"));
            }
        };
        Ok(self.nid_entry_id(nid))
    }

    fn resolve(&self, entry_id: &EntryId) -> Result<ObjectRef> {
        let nid = match self.entry_id_nid(entry_id) {
            Ok(nid) => nid,
            Err(error) => return self.by_server_entry_id(entry_id).ok_or(error),
        };
        if nid == Nid::STORE {
            return Ok(ObjectRef::Store);
        }
        match item_kind(nid.kind()) {
            Some(ItemKind::Folder | ItemKind::SearchFolder) => {
                self.folder_nid(nid.0.into()).map(|nid| ObjectRef::Folder(nid.0.into()))
            }
            Some(ItemKind::Message | ItemKind::Associated) => {
                self.message_nid(nid.0.into()).map(|nid| ObjectRef::message(nid.0.into()))
            }
            None => Err(Error::new(
                ErrorCode::INVALID_ENTRYID,
                format!("{nid:?} is neither a folder nor a message"),
            )),
        }
    }

    fn names(&self, ids: &[u16]) -> Result<Vec<Option<PropName>>> {
        let map = self.name_map();
        Ok(ids.iter().map(|id| map.name(*id).cloned()).collect())
    }

    fn name_ids(&self, names: &[PropName], create: bool) -> Result<Vec<Option<u16>>> {
        let map = self.name_map();
        let ids: Vec<Option<u16>> = names.iter().map(|name| map.id(name)).collect();
        if create && ids.contains(&None) {
            return Err(read_only());
        }
        Ok(ids)
    }

    fn all_names(&self) -> Result<Vec<(u16, PropName)>> {
        Ok(self.name_map().iter().map(|(id, name)| (id, name.clone())).collect())
    }

    fn commit(&self, _: Vec<Change>) -> Result<Commit> {
        Err(read_only())
    }

    fn changes_since(&self, _cursor: u64) -> Result<Changes> {
        Ok(Changes::default())
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        self.found()
    }

    /// There is nothing to save; but what was read of a file that somebody wrote to meanwhile may
    /// be half old and half new, and that is said.
    fn logoff(&self) -> Result<()> {
        if self.ndb().has_changed()? {
            return Err(Error::new(
                ErrorCode::OBJECT_CHANGED,
                "the file changed while it was read; read it again",
            ));
        }
        Ok(())
    }
}

fn item_kind(kind: NidKind) -> Option<ItemKind> {
    Some(match kind {
        NidKind::FOLDER => ItemKind::Folder,
        NidKind::SEARCH_FOLDER => ItemKind::SearchFolder,
        NidKind::MESSAGE => ItemKind::Message,
        NidKind::ASSOCIATED => ItemKind::Associated,
        _ => return None,
    })
}
