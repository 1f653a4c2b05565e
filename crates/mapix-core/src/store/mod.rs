//! The store contract: what a message store must give so that MAPI can be built on it.
//!
//! A store gives *data*: objects by number, property bags, rows, streams, and one atomic
//! [`commit`](MessageStore::commit). All of MAPI's behaviour (snapshots, conflicts, tables,
//! computed properties, notifications, the lifecycle) is built on it once, in this crate.
//!
//! Client programs use [`Session`](crate::Session) and [`Store`](crate::Store) instead; this
//! module is for those who write stores. The suite in `mapix-conformance` has one case for each
//! bullet of each `# Behavior` section, under the same name.

mod capability;
mod change;
mod diagnostic;
mod events;
mod faulty;
mod live;
mod memory;
mod request;

use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::time::Duration;

pub use capability::Capability;
pub use change::{
    AttachmentChange, AttachmentUpdate, Change, ChangeEvent, Changes, Commit, MessageUpdate,
    ObjectChange, StreamUpdate,
};
pub use diagnostic::{Diagnostic, Severity};
pub use events::CommitEvents;
pub use faulty::Faulty;
pub use live::{LiveSearch, SearchReader};
pub use memory::MemoryStore;
pub use request::{RowQuery, SearchCriteria, SearchHit, SearchPlan, SearchRequest};

use crate::prop::{Guid, PropBag, PropName, PropTag};
use crate::{EntryId, Result};

/// A message store as data. `&self`, `Send + Sync`, synchronous, plain types.
///
/// Numbers of folders and messages are the store's own; they are never 0, never reused while
/// the store is open, and folders and messages share one number space. An object that does not
/// exist is `MAPI_E_NOT_FOUND` everywhere.
pub trait MessageStore: Send + Sync {
    /// What kind of store this is, and what it can do.
    ///
    /// # Behavior
    /// - `info_is_constant`: two calls give the same answer, whatever happened in between.
    /// - `root_is_a_folder`: `root` is the number of a folder whose parent is itself or none.
    fn info(&self) -> &StoreInfo;

    /// All properties that are stored for an object.
    ///
    /// # Behavior
    /// - `properties_are_complete`: every stored property is there, under its stored type.
    /// - `large_values_are_marked`: a value of more than `inline` bytes may be given as
    ///   [`Value::Large`](crate::prop::Value::Large) with its type and its size, and is then
    ///   read with [`open_stream`](Self::open_stream); a value of at most `inline` bytes never
    ///   is. Multivalues have the size in which the store packs them, and are read by asking
    ///   again with a larger `inline`.
    /// - `missing_object_is_not_found`: an object that does not exist is `MAPI_E_NOT_FOUND`.
    /// - `damage_costs_only_itself`: a property that cannot be read is given as
    ///   [`Value::Error`](crate::prop::Value::Error) under its tag, and adds a diagnostic.
    fn properties(&self, object: &ObjectRef, inline: u64) -> Result<PropBag>;

    /// Opens the bytes of one property as a stream: text as UTF-16 or in its code page, numbers
    /// little-endian, as stored.
    ///
    /// # Behavior
    /// - `stream_equals_value`: it gives the bytes of the value that
    ///   [`properties`](Self::properties) gives or marks as large, for strings and binaries.
    /// - `stream_seeks`: seeking from the start, the end and the position works, also past the
    ///   end, where reading gives nothing.
    /// - `missing_property_is_not_found`: a property that is not stored is `MAPI_E_NOT_FOUND`.
    fn open_stream(&self, object: &ObjectRef, tag: PropTag) -> Result<Box<dyn ValueStream>>;

    /// Visits the rows of a table in the store's own order, until the visitor breaks.
    ///
    /// `columns` names the properties that are wanted (by ID; the type does not matter); `None`
    /// wants all. Values follow the rules of [`properties`](Self::properties) with `inline` 4096
    /// at least; recipients and receive folders, which cannot be opened, are given whole. The
    /// visitor may call the store.
    ///
    /// # Behavior
    /// - `rows_have_the_columns`: each row holds all wanted properties that the object has; a
    ///   store may leave out what it would have to open the object for, and says so by not
    ///   having [`Capability::FULL_ROWS`].
    /// - `rows_hold_nothing_else`: with `columns` given, a row holds no other property.
    /// - `rows_stop_when_told`: after the visitor breaks, it is not called again.
    /// - `a_broken_row_costs_only_itself`: it is given as an error, and the visit goes on.
    /// - `rows_of_a_missing_object_are_not_found`: the same code as for its properties.
    fn rows(
        &self,
        source: &RowSource,
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()>;

    /// The columns that the rows of a folder's table have of themselves; `None` if they have
    /// every property of their objects. What is not among them is read from the objects, one by
    /// one. A store without [`Capability::FULL_ROWS`] tells them.
    ///
    /// # Behavior
    /// - `table_columns_hold_what_rows_hold`: no row of a folder or a message has a property that
    ///   is not among them.
    fn table_columns(&self, source: &RowSource) -> Result<Option<Vec<PropTag>>> {
        let _ = source;
        let full = self.info().capability.has(Capability::FULL_ROWS);
        Ok(if full { None } else { Some(Vec::new()) })
    }

    /// Visits rows of a table by their numbers, in the order of the numbers, until the visitor
    /// breaks: what [`rows`](Self::rows) would give of them. Only of folders' tables.
    ///
    /// # Behavior
    /// - `rows_of_equals_rows`: each row is that which [`rows`](Self::rows) gives.
    /// - `rows_of_leaves_out_what_is_gone`: a number that is not in the table is passed over.
    ///
    /// Rows that cannot be read may be those that were asked for: their errors come last, if any
    /// number is not found.
    fn rows_of(
        &self,
        source: &RowSource,
        ids: &[u64],
        columns: Option<&[PropTag]>,
        each: &mut dyn FnMut(Result<Row>) -> ControlFlow<()>,
    ) -> Result<()> {
        let wanted: std::collections::HashSet<u64> = ids.iter().copied().collect();
        let mut found = std::collections::HashMap::new();
        let mut errors = Vec::new();
        self.rows(source, columns, &mut |row| {
            match row {
                Ok(row) if wanted.contains(&row.id) => drop(found.insert(row.id, row)),
                Ok(_) => {}
                Err(error) => errors.push(error),
            }
            if found.len() < wanted.len() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        errors.truncate(wanted.len() - found.len());
        let rows = ids.iter().filter_map(|id| found.get(id)).cloned().map(Ok);
        let _ = rows.chain(errors.into_iter().map(Err)).try_for_each(each);
        Ok(())
    }

    /// The numbers of the rows of a folder's table that fit, in order; `None` if the store cannot
    /// tell better than by its [`rows`](Self::rows), and the core has to evaluate them.
    ///
    /// A store that answers a query for nothing (without restriction and keys, with a limit of 0)
    /// finds rows by their numbers, quickly, with [`rows_of`](Self::rows_of), and has the rows of
    /// that table in ascending order of their numbers. Tables then keep numbers, not rows.
    ///
    /// # Behavior
    /// - `query_equals_the_core`: the rows and their order are those of a
    ///   [`Table`](crate::table::Table) that evaluates the same in memory.
    /// - `query_stops_at_the_limit`: with a limit, they are the first so many.
    fn query(&self, query: &RowQuery<'_>) -> Result<Option<Vec<u64>>> {
        let _ = query;
        Ok(None)
    }

    /// How many rows a folder's table has, if the store knows without visiting them.
    ///
    /// # Behavior
    /// - `counts_equal_rows`: it is what a visit of the rows would count.
    fn row_count(&self, source: &RowSource) -> Result<Option<u64>> {
        let _ = source;
        Ok(None)
    }

    /// Visits the messages that fit a query, in the order in which they were received, the newest
    /// first, until the visitor breaks; `None`, without a visit, if the store has no index for
    /// it. Search folders are passed over; what is embedded is not looked into.
    ///
    /// # Behavior
    /// - `search_equals_the_core`: with those that are not certain looked at, the messages are
    ///   those that a walk finds.
    fn search(
        &self,
        request: &SearchRequest<'_>,
        each: &mut dyn FnMut(SearchHit) -> ControlFlow<()>,
    ) -> Result<Option<SearchPlan>> {
        let _ = (request, each);
        Ok(None)
    }

    /// What a search folder finds; `None` if it was not told, or the store keeps no such thing.
    ///
    /// # Behavior
    /// - `search_criteria_are_kept`: they are what [`Change::SetSearch`] said.
    fn search_criteria(&self, folder: u64) -> Result<Option<SearchCriteria>> {
        let _ = folder;
        Ok(None)
    }

    /// A number that changes with every commit that changes the object itself (a move is a
    /// change of what is moved; what happens in a folder does not change the folder); 0 in a
    /// store that never changes.
    ///
    /// # Behavior
    /// - `stamp_changes_with_the_object`: saving a message changes its stamp.
    /// - `stamp_stays_otherwise`: changing another object does not.
    fn stamp(&self, id: u64) -> Result<u64>;

    /// What the number of a folder or a message stands for.
    ///
    /// # Behavior
    /// - `kinds_agree_with_the_inventory`: [`inventory`](Self::inventory) says the same.
    fn kind(&self, id: u64) -> Result<ItemKind>;

    /// The folder that holds a folder or a message; `None` for the root and for orphans.
    ///
    /// # Behavior
    /// - `parent_of_a_new_object`: it is the folder in which the object was made.
    /// - `root_has_no_parent`: the root gives `None`.
    fn parent(&self, id: u64) -> Result<Option<u64>>;

    /// Visits every folder and message by the store's own index of objects, not by the folders'
    /// tables: the second route by which completeness is proved.
    ///
    /// # Behavior
    /// - `inventory_is_complete`: every object that the tables show is visited, once.
    /// - `inventory_needs_no_table`: an object whose row is missing in its folder is visited.
    fn inventory(&self, each: &mut dyn FnMut(InventoryItem) -> ControlFlow<()>) -> Result<()>;

    /// Counts what a message holds, at every depth, by the same route as
    /// [`inventory`](Self::inventory).
    ///
    /// # Behavior
    /// - `parts_are_counted_at_every_depth`: attachments of embedded messages are counted.
    fn parts(&self, message: u64) -> Result<Parts>;

    /// The long-term entry ID of an object.
    ///
    /// # Behavior
    /// - `parts_have_no_entry_id`: for attachments and embedded messages it is
    ///   `MAPI_E_NO_SUPPORT`.
    /// - `entry_ids_resolve`: [`resolve`](Self::resolve) gives the object back.
    /// - `entry_ids_are_stable`: the same object has the same entry ID when the store is opened
    ///   again.
    fn entry_id(&self, object: &ObjectRef) -> Result<EntryId>;

    /// The entry ID that a folder or a message had which is deleted, if the store can tell; for
    /// those who are told of the deletion.
    ///
    /// # Behavior
    /// - `former_entry_ids_are_remembered`: it is what [`entry_id`](Self::entry_id) gave while the
    ///   object was there, or nothing.
    fn former_entry_id(&self, object: &ObjectRef) -> Option<EntryId> {
        let _ = object;
        None
    }

    /// The object behind an entry ID.
    ///
    /// # Behavior
    /// - `foreign_entry_ids_are_unknown`: another provider's entry ID is
    ///   `MAPI_E_UNKNOWN_ENTRYID`.
    /// - `malformed_entry_ids_are_invalid`: a private part that cannot be is
    ///   `MAPI_E_INVALID_ENTRYID`.
    /// - `entry_ids_of_missing_objects_are_not_found`: `MAPI_E_NOT_FOUND`.
    fn resolve(&self, entry_id: &EntryId) -> Result<ObjectRef>;

    /// The names behind property IDs from `0x8000`, in the order asked; `None` where there is
    /// no name.
    ///
    /// # Behavior
    /// - `names_go_both_ways`: [`name_ids`](Self::name_ids) gives IDs back that have the same
    ///   names.
    fn names(&self, ids: &[u16]) -> Result<Vec<Option<PropName>>>;

    /// The IDs of names, in the order asked; `None` where the name has no ID and `create` is
    /// false.
    ///
    /// # Behavior
    /// - `names_are_created_once`: asking twice with `create` gives the same ID.
    /// - `names_are_compared_letter_by_letter`: `Keywords` and `keywords` are two names.
    /// - `read_only_stores_create_no_names`: `create` is `MAPI_E_NO_ACCESS` for a new name.
    fn name_ids(&self, names: &[PropName], create: bool) -> Result<Vec<Option<u16>>>;

    /// The whole map of names, by ID.
    fn all_names(&self) -> Result<Vec<(u16, PropName)>>;

    /// Makes all the changes, or none.
    ///
    /// Streams are read before anything is changed; they may be streams of this very store.
    ///
    /// # Behavior
    /// - `commit_is_atomic`: when one change cannot be made or one stream cannot be read, none
    ///   is; the code is that of the failure.
    /// - `commit_sets_what_it_is_given`: what [`properties`](Self::properties) and
    ///   [`rows`](Self::rows) then give is what was set, and what was not spoken of stays.
    /// - `values_are_checked`: a value whose type is not that of its tag, `Value::Error`,
    ///   `Value::Large`, and recipients without a `PR_ROWID` of their own are
    ///   `MAPI_E_INVALID_PARAMETER`.
    /// - `commit_is_durable`: what it did is there when the store is opened again.
    /// - `commit_gives_the_new_numbers`: one for each object made, in the order of the changes.
    /// - `first_save_wins`: an update that expects another stamp is `MAPI_E_OBJECT_CHANGED`.
    /// - `updates_of_deleted_objects_fail`: any change of one, and in a deleted folder, is
    ///   `MAPI_E_OBJECT_DELETED`.
    /// - `moving_keeps_the_number`: and the entry ID, and what is in it.
    /// - `deleting_a_folder_deletes_what_is_in_it`: at every depth.
    /// - `folders_do_not_hold_themselves`: a move that would is `MAPI_E_FOLDER_CYCLE`.
    /// - `the_root_stays`: deleting it is `MAPI_E_NO_ACCESS`, moving it `MAPI_E_FOLDER_CYCLE`.
    /// - `search_folders_hold_nothing`: making or moving something into one is
    ///   `MAPI_E_NO_ACCESS`.
    /// - `embedding_ends`: below [`MessageRef::MAX_DEPTH`] it is `MAPI_E_TOO_COMPLEX`.
    /// - `receive_folders_are_folders`: a class is set to a folder of this store, or to none.
    /// - `soft_deletes_can_be_restored`: a softly deleted message is in the table
    ///   [`RowSource::Deleted`] of its folder and in no other, and comes back as it was.
    /// - `status_is_not_a_change`: [`Change::SetMessageStatus`] leaves the stamp and every other
    ///   property as they are.
    /// - `counts_are_true`: `PR_CONTENT_COUNT`, `PR_CONTENT_UNREAD`, `PR_ASSOC_CONTENT_COUNT` and
    ///   `PR_SUBFOLDERS` of a folder say at any time what its tables hold, whatever is set.
    /// - `search_folders_find`: a search folder holds what fits its criteria, at once.
    /// - `live_searches_follow`: and does so after each commit, whoever makes it.
    /// - `static_searches_stay`: or only what fitted at first, as long as that is there.
    /// - `read_only_stores_refuse`: `MAPI_E_NO_ACCESS`, nothing changed.
    fn commit(&self, changes: Vec<Change>) -> Result<Commit>;

    /// What was committed after a cursor, by anybody. A store that never changes gives nothing.
    ///
    /// # Behavior
    /// - `changes_name_every_object`: every object that a commit made, changed, moved or deleted
    ///   is named, and every folder that held or holds it.
    /// - `changes_start_at_the_cursor`: with the cursor of the last answer, nothing is repeated;
    ///   with [`Changes::LATEST`], there is nothing but the cursor to go on with.
    /// - `changes_tell_what_happened`: each object is named once for each commit, with what
    ///   happened to it: a new object that is changed in the same commit is `Created`, and a
    ///   folder that is changed itself is `Modified` whatever happens in it. Only what search
    ///   folders found and lost comes on top.
    /// - `changes_say_what_was_lost`: a cursor from before what the store remembers gives
    ///   [`Changes::lost`]; the cursor 0 may.
    fn changes_since(&self, cursor: u64) -> Result<Changes>;

    /// Waits until something was committed after a cursor, by anybody, at most so long. Gives
    /// whether something was. A store without [`Capability::NOTIFY`] says no at once.
    ///
    /// # Behavior
    /// - `waiting_ends_with_a_commit`: also with one from another thread.
    /// - `waiting_ends_in_time`: if nothing is committed.
    /// - `waiting_ends_with_the_store`: [`logoff`](Self::logoff) ends it, and whoever waits then
    ///   or later is told no, or an error, at once.
    fn wait_for_changes(&self, cursor: u64, timeout: Duration) -> Result<bool> {
        let _ = (cursor, timeout);
        Ok(false)
    }

    /// What was found to be wrong with the store so far, without repetition.
    fn diagnostics(&self) -> Vec<Diagnostic>;

    /// Ends the store's life: saves what is still to be saved, drops connections. Called once,
    /// after the last other call but [`wait_for_changes`](Self::wait_for_changes), which it ends;
    /// an error is reported, but the store is closed all the same.
    #[doc(alias = "IMSLogon::Logoff")]
    fn logoff(&self) -> Result<()> {
        Ok(())
    }
}

/// What can be read from a stream of a property's bytes.
pub trait ValueStream: Read + Seek + Send {}

impl<T: Read + Seek + Send> ValueStream for T {}

/// Names an object in a store.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ObjectRef {
    /// The store itself.
    Store,
    /// A folder by its number.
    Folder(u64),
    /// A message, also an embedded one.
    Message(MessageRef),
    /// An attachment of a message by its number.
    Attachment(MessageRef, u32),
}

impl ObjectRef {
    /// A message that stands in a folder.
    pub fn message(id: u64) -> Self {
        Self::Message(MessageRef::new(id))
    }
}

/// Names a message: the number of the one that stands in a folder, and the numbers of the
/// attachments to step through to an embedded one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct MessageRef {
    /// The number of the message in the folder.
    pub id: u64,
    /// Attachment numbers, outermost first; empty for the message in the folder itself.
    pub embedded: Vec<u32>,
}

impl MessageRef {
    /// How deep messages may be embedded in each other; deeper ones are not opened.
    pub const MAX_DEPTH: usize = 64;

    /// A message that stands in a folder.
    pub fn new(id: u64) -> Self {
        Self { id, embedded: Vec::new() }
    }

    /// The message embedded in one of its attachments.
    pub fn inside(&self, attachment: u32) -> Self {
        let mut embedded = self.embedded.clone();
        embedded.push(attachment);
        Self { id: self.id, embedded }
    }
}

/// A table of the contract.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum RowSource {
    /// The folders in a folder. [`Row::id`] is the folder's number.
    Hierarchy(u64),
    /// The normal messages in a folder, or those that a search folder has found. [`Row::id`] is
    /// the message's number.
    Contents(u64),
    /// The associated (hidden) messages of a folder. [`Row::id`] is the message's number.
    Associated(u64),
    /// Messages that the store's index of objects has below the folder, but its contents tables
    /// do not show: deleted, yet still there. [`Row::id`] is the message's number.
    Deleted(u64),
    /// The recipients of a message. [`Row::id`] is the row's number, `PR_ROWID`.
    Recipients(MessageRef),
    /// The attachments of a message. [`Row::id`] is the attachment's number, `PR_ATTACH_NUM`.
    Attachments(MessageRef),
    /// The receive folders of the store: rows with `PR_MESSAGE_CLASS` and `PR_ENTRYID`.
    /// [`Row::id`] is a number of the store's choice.
    ReceiveFolders,
}

/// A row of a table.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The number of what the row stands for: see [`RowSource`].
    pub id: u64,
    /// The columns that are there.
    pub props: PropBag,
}

/// What an object of the inventory is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ItemKind {
    /// A folder that holds messages.
    Folder,
    /// A folder that holds links to the messages that a search found.
    SearchFolder,
    /// A normal message.
    Message,
    /// An associated (hidden) message.
    Associated,
}

/// An object of the store's own index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InventoryItem {
    /// Its number.
    pub id: u64,
    /// What it is.
    pub kind: ItemKind,
    /// The folder that the index names as its parent, which need not exist; `None` for the root
    /// and for objects without a parent.
    pub parent: Option<u64>,
}

/// What a message holds, at every depth.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Parts {
    /// Attachments.
    pub attachments: u64,
    /// Embedded messages.
    pub embedded: u64,
}

/// What kind of store it is.
#[derive(Clone, PartialEq, Debug)]
pub struct StoreInfo {
    /// The UID that stands in the entry IDs of its objects. It is the store's record key.
    pub uid: Guid,
    /// The name of the provider, such as `MAPIX_PST`.
    pub provider: &'static str,
    /// What to call it: a file name, a mailbox name.
    pub display_name: String,
    /// The format in words, such as `PST, Unicode`.
    pub format: String,
    /// The number of the root folder.
    pub root: u64,
    /// What it can do.
    pub capability: Capability,
    /// Facts for people, as name and value, such as `encryption`: `permute`.
    pub details: Vec<(&'static str, String)>,
}
