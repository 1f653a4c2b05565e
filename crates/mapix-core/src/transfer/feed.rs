//! What messages come from.

use std::any::Any;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::names::TargetNames;
use super::parcel::Parcel;
use crate::ledger::{Kind, Ledger};
use crate::object::SpecialFolder;
use crate::prop::PropBag;
use crate::restriction::Restriction;
use crate::{EntryId, Result};

/// A source of messages: folders with items in them. Threads read from it at the same time.
pub trait Feed: Sync {
    /// The folders, each after the one in which it is. What is expected of them goes into the
    /// ledger, and so do folders that cannot be read or are left out. Items are expected here, or
    /// when they are visited if they are not known before.
    fn folders(&self, names: &TargetNames, ledger: &mut Ledger) -> Result<Vec<FeedFolder>>;

    /// Visits the items of a folder, given by its place in the list, in their order, until the
    /// visitor breaks. What cannot be listed, or is left out, goes into the ledger.
    fn items(
        &self,
        folder: usize,
        ledger: &mut Ledger,
        each: &mut dyn FnMut(FeedItem) -> ControlFlow<()>,
    ) -> Result<()>;

    /// Reads an item. What cannot be read of it is among its
    /// [troubles](super::Parcel::troubles); an error is one of the item as a whole.
    fn read(&self, item: &FeedItem, names: &TargetNames) -> Result<Parcel>;

    /// Where an item is, for the ledger; `None` if its folder and its entry ID say so.
    fn place(&self, item: &FeedItem) -> Option<String> {
        let _ = item;
        None
    }

    /// The entry ID of an item, for the ledger.
    fn entry_id(&self, item: &FeedItem) -> Option<EntryId> {
        let _ = item;
        None
    }
}

/// A folder of a source.
#[derive(Clone, Default, Debug)]
pub struct FeedFolder {
    /// The folder in which it is, by its place in the list.
    pub parent: Option<usize>,
    /// Its name.
    pub name: String,
    /// What it is called in the ledger.
    pub path: Arc<str>,
    /// Its role.
    pub role: Option<SpecialFolder>,
    /// What else it has, under the tags of the target.
    pub props: PropBag,
    /// Its entry ID, for the ledger.
    pub entry_id: Option<EntryId>,
    /// Whether it is here only for those below it, and holds no items.
    pub is_way: bool,
    /// What it finds if it is a search folder, which holds no items of its own.
    pub search: Option<FeedSearch>,
}

/// What a search folder of a source finds.
#[derive(Clone, Debug)]
pub struct FeedSearch {
    /// What messages must fit, under the tags of the target.
    pub restriction: Restriction,
    /// In which folders, by their places in the list.
    pub folders: Vec<usize>,
    /// Whether also in all folders below them.
    pub deep: bool,
    /// Whether it follows all changes, or holds what it finds when it is told.
    pub live: bool,
}

/// What a source keeps with an item.
pub type Detail = Arc<dyn Any + Send + Sync>;

/// An item of a source, not yet read.
#[derive(Clone, Default)]
pub struct FeedItem {
    /// Its number in the source.
    pub id: u64,
    /// Whether it is an associated (hidden) message.
    pub associated: bool,
    /// What tells it apart from all other items of all sources; empty if nothing does but what it
    /// holds. An item that changes has another identity.
    pub identity: Vec<u8>,
    /// About how many bytes of memory it takes until it is stored. Items that take many are read
    /// less far ahead.
    pub weight: u64,
    /// What the source wants to know when it is asked to read it.
    pub detail: Option<Detail>,
}

impl fmt::Debug for FeedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedItem").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FeedItem {
    pub(super) fn kind(&self) -> Kind {
        if self.associated { Kind::Associated } else { Kind::Message }
    }
}
