//! Folders (`IMAPIFolder`).

use std::fmt;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::batch::holds_submitted;
use super::computed::{self, MAPI_FOLDER};
use super::listing::Listing;
use super::message::Message;
use super::property::{HasProperties, INLINE, code_page, property_methods};
use super::queue::Queue;
use super::store::{Store, read_only};
use crate::prop::{Prop, PropBag, PropTag, Value, tags};
use crate::session::{Logon, Pass};
use crate::store::{Change, MessageRef, ObjectRef, Row, RowSource, ValueStream};
use crate::{EntryId, Error, ErrorCode, Result};

/// A folder. Its properties are not transacted: each change is stored at once. Cloning gives a
/// second handle on the same folder.
#[derive(Clone)]
#[doc(alias = "IMAPIFolder")]
pub struct Folder {
    logon: Arc<Logon>,
    id: u64,
}

/// What a folder is (`PR_FOLDER_TYPE`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum FolderKind {
    /// The root of a store (`FOLDER_ROOT`).
    Root,
    /// A folder that holds messages (`FOLDER_GENERIC`).
    Generic,
    /// A folder that holds links to what a search found (`FOLDER_SEARCH`).
    Search,
}

/// Which messages of a folder.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Contents {
    /// The normal ones.
    Normal,
    /// The associated (hidden) ones (`MAPI_ASSOCIATED`).
    Associated,
    /// Those that are deleted, yet still there (`SHOW_SOFT_DELETES`).
    Deleted,
}

/// What deleting a folder may take with it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct DeleteFolder {
    /// Messages in it (`DEL_MESSAGES`).
    pub messages: bool,
    /// Folders in it, with all that is in them (`DEL_FOLDERS`).
    pub folders: bool,
}

property_methods!(Folder);

impl Folder {
    pub(crate) fn open(logon: &Arc<Logon>, id: u64) -> Result<Self> {
        // Asking for the properties tells whether the folder is there.
        logon.enter()?.properties(&ObjectRef::Folder(id), 0)?;
        Ok(Self::known(logon, id))
    }

    fn known(logon: &Arc<Logon>, id: u64) -> Self {
        Self { logon: Arc::clone(logon), id }
    }

    /// Its number in the store.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its entry ID.
    pub fn entry_id(&self) -> Result<EntryId> {
        self.logon.enter()?.entry_id(&ObjectRef::Folder(self.id))
    }

    /// The store that it is in.
    #[doc(alias = "PR_STORE_ENTRYID")]
    pub fn store(&self) -> Store {
        Store::new(Arc::clone(&self.logon))
    }

    /// Its display name; empty if it has none.
    pub fn name(&self) -> Result<String> {
        Ok(self.text(tags::DISPLAY_NAME)?.unwrap_or_default())
    }

    /// What it is.
    pub fn kind(&self) -> Result<FolderKind> {
        Ok(match self.props()?.i32(tags::FOLDER_TYPE) {
            Some(0) => FolderKind::Root,
            Some(2) => FolderKind::Search,
            _ => FolderKind::Generic,
        })
    }

    /// The folder that holds it; `None` for the root and for orphans.
    pub fn parent(&self) -> Result<Option<Self>> {
        let parent = self.logon.enter()?.parent(self.id)?;
        parent.map(|id| Self::open(&self.logon, id)).transpose()
    }

    /// The names from below the root down to this folder.
    pub fn path(&self) -> Result<Vec<String>> {
        /// Deeper than any mailbox; a damaged one may go round in circles.
        const DEEPEST: usize = 1000;
        let mut names = Vec::new();
        let mut here = self.clone();
        while here.id != self.logon.info().root {
            names.push(here.name()?);
            match here.parent()? {
                Some(parent) if names.len() < DEEPEST => here = parent,
                _ => break,
            }
        }
        names.reverse();
        Ok(names)
    }

    /// The folders in it.
    #[doc(alias = "IMAPIContainer::GetHierarchyTable")]
    pub fn folders(&self) -> Result<Listing<Self>> {
        let open = |row: Row| Self::known(&self.logon, row.id);
        let rows = self.rows(&RowSource::Hierarchy(self.id), &[])?;
        Ok(rows.into_iter().map(|row| row.map(open)).collect())
    }

    /// The folder in it with this name, compared without case.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND`; if none of that name is found and some could not be read, the error of
    /// the first of those.
    pub fn folder(&self, name: &str) -> Result<Self> {
        let rows = self.rows(&RowSource::Hierarchy(self.id), &[tags::DISPLAY_NAME])?;
        let wanted = name.to_lowercase();
        let mut broken = None;
        for row in rows {
            let named = row.and_then(|row| match row.props.find(tags::DISPLAY_NAME.id()) {
                Some(Prop { value: Value::Error(code), .. }) => {
                    Err(Error::new(*code, format!("the name of folder {} cannot be read", row.id)))
                }
                _ => Ok((row.id, row.props.text(tags::DISPLAY_NAME))),
            });
            match named {
                Ok((id, Some(name))) if name.to_lowercase() == wanted => {
                    return Ok(Self::known(&self.logon, id));
                }
                Ok(_) => {}
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        Err(broken.unwrap_or_else(|| Error::not_found(format!("no folder `{name}`"))))
    }

    /// The rows of the table of what it holds: numbers of messages, and those of the columns
    /// that the store keeps in its table. An error stands for each broken row.
    ///
    /// [`Folder::contents_table`] gives any column, sorted and restricted.
    pub fn message_rows(&self, which: Contents, columns: &[PropTag]) -> Result<Vec<Result<Row>>> {
        self.rows(&which.source(self.id), columns)
    }

    /// The messages in it, opened one after the other as the iterator goes.
    #[doc(alias = "IMAPIContainer::GetContentsTable")]
    pub fn messages(
        &self,
        which: Contents,
    ) -> Result<impl Iterator<Item = Result<Message>> + use<>> {
        let logon = Arc::clone(&self.logon);
        let rows = self.message_rows(which, &[])?;
        Ok(rows.into_iter().map(move |row| Message::open(&logon, MessageRef::new(row?.id))))
    }

    /// Makes a folder in it.
    ///
    /// # Errors
    /// `MAPI_E_COLLISION` if there is one of that name, unless `open_if_exists` is set.
    #[doc(alias = "IMAPIFolder::CreateFolder")]
    pub fn create_folder(&self, name: &str, open_if_exists: bool) -> Result<Self> {
        self.create(name, false, open_if_exists, PropBag::new(), None)
    }

    pub(super) fn create(
        &self,
        name: &str,
        search: bool,
        open_if_exists: bool,
        mut properties: PropBag,
        copy_of: Option<u64>,
    ) -> Result<Self> {
        let pass = self.for_change()?;
        if name.is_empty() {
            return Err(Error::invalid_parameter("a folder needs a name"));
        }
        let collision =
            || Error::new(ErrorCode::COLLISION, format!("there is a folder `{name}` already"));
        match self.folder(name) {
            Ok(folder) if open_if_exists => {
                let same = (folder.kind()? == FolderKind::Search) == search;
                return if same { Ok(folder) } else { Err(collision()) };
            }
            Ok(_) => return Err(collision()),
            Err(error) if error.code() == ErrorCode::NOT_FOUND => {}
            Err(error) => return Err(error),
        }
        properties.set(tags::DISPLAY_NAME, name);
        let change = Change::CreateFolder { parent: self.id, search, properties, copy_of };
        let created = pass.commit(vec![change])?.created;
        let id = created.first().ok_or_else(|| {
            Error::new(ErrorCode::CALL_FAILED, "the store did not number the new folder")
        })?;
        Ok(Self::known(&self.logon, *id))
    }

    /// Deletes a folder in it.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if it is not in this folder; `MAPI_E_HAS_FOLDERS` or
    /// `MAPI_E_HAS_MESSAGES` if it is not empty and `what` does not say so; `MAPI_E_SUBMITTED` if a
    /// message in it, at whatever depth, waits to be sent.
    #[doc(alias = "IMAPIFolder::DeleteFolder")]
    pub fn delete_folder(&self, folder: &Self, what: DeleteFolder) -> Result<()> {
        let pass = self.for_change()?;
        if pass.parent(folder.id)? != Some(self.id) {
            return Err(Error::not_found("the folder is not in this one"));
        }
        if !what.folders && folder.holds(&RowSource::Hierarchy(folder.id))? {
            return Err(Error::new(ErrorCode::HAS_FOLDERS, "the folder holds folders"));
        }
        if !what.messages && folder.holds(&Contents::Normal.source(folder.id))? {
            return Err(Error::new(ErrorCode::HAS_MESSAGES, "the folder holds messages"));
        }
        if Queue(&*pass).holders()?.contains(&folder.id) {
            return Err(holds_submitted());
        }
        pass.commit(vec![Change::DeleteFolder { folder: folder.id }])?;
        Ok(())
    }

    /// Whether a table of it has rows. One that cannot be read is an error: it could be anything.
    fn holds(&self, source: &RowSource) -> Result<bool> {
        let first = self.rows(source, &[])?.into_iter().next().transpose()?;
        Ok(first.is_some())
    }

    /// Makes a message in it, which is stored when it is saved.
    #[doc(alias = "IMAPIFolder::CreateMessage")]
    pub fn create_message(&self) -> Result<Message> {
        drop(self.for_change()?);
        Message::create(&self.logon, self.id, false)
    }

    /// Makes an associated (hidden) message in it.
    pub fn create_associated(&self) -> Result<Message> {
        drop(self.for_change()?);
        Message::create(&self.logon, self.id, true)
    }

    /// Opens a message of the store by its number.
    pub(super) fn message(&self, id: u64) -> Result<Message> {
        Message::open(&self.logon, MessageRef::new(id))
    }

    /// Copies a message, of this store or of another one, into this folder, with recipients,
    /// attachments and embedded messages; named properties keep their names. Within a store,
    /// [`Notice::Copied`](crate::notify::Notice::Copied) tells of it.
    #[doc(alias = "IMAPIFolder::CopyMessages")]
    pub fn copy_message(&self, message: &Message) -> Result<Message> {
        let flags = message.props()?.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        let copy = if flags & computed::MSGFLAG_ASSOCIATED == 0 {
            self.create_message()?
        } else {
            self.create_associated()?
        };
        // The status belongs to the row of the original (section 25).
        message.copy_to(&copy, &[tags::MSG_STATUS])?;
        if Arc::ptr_eq(self.logon(), message.logon()) {
            copy.is_copy_of(message.id());
        }
        copy.save()?;
        Ok(copy)
    }

    pub(super) fn rows(&self, source: &RowSource, columns: &[PropTag]) -> Result<Vec<Result<Row>>> {
        let mut rows = Vec::new();
        self.logon.enter()?.rows(source, Some(columns), &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    pub(crate) fn is_same_store(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.logon, &other.logon)
    }

    pub(super) fn same_store(&self, other: &Self) -> Result<()> {
        if self.is_same_store(other) {
            return Ok(());
        }
        Err(Error::no_support("the folder is in another store"))
    }

    pub(super) fn for_change(&self) -> Result<Pass<'_>> {
        let pass = self.logon.enter()?;
        if self.logon.can_write() { Ok(pass) } else { Err(read_only()) }
    }
}

impl Contents {
    pub(super) fn source(self, folder: u64) -> RowSource {
        match self {
            Self::Normal => RowSource::Contents(folder),
            Self::Associated => RowSource::Associated(folder),
            Self::Deleted => RowSource::Deleted(folder),
        }
    }
}

impl HasProperties for Folder {
    fn logon(&self) -> &Arc<Logon> {
        &self.logon
    }

    fn is_writable(&self) -> bool {
        self.logon.can_write()
    }

    fn all(&self) -> Result<PropBag> {
        let pass = self.logon.enter()?;
        let mut bag = pass.properties(&ObjectRef::Folder(self.id), INLINE)?;
        computed::folder(&self.logon, &*pass, &mut bag, self.id)?;
        Ok(bag)
    }

    fn stream(&self, tag: PropTag) -> Result<Box<dyn ValueStream>> {
        self.logon.enter()?.open_stream(&ObjectRef::Folder(self.id), tag)
    }

    fn stored(&self) -> Option<ObjectRef> {
        Some(ObjectRef::Folder(self.id))
    }

    fn change(&self, set: Vec<Prop>, delete: Vec<u16>) -> Result<()> {
        let set = set.into_iter().collect();
        self.logon.enter()?.commit(vec![Change::UpdateFolder { folder: self.id, set, delete }])?;
        Ok(())
    }

    fn change_stream(&self, tag: PropTag, data: Box<dyn ValueStream>) -> Result<()> {
        set_from_stream(self, tag, data)
    }

    fn refuses(&self, tag: PropTag) -> Option<ErrorCode> {
        computed::refuses(MAPI_FOLDER, tag)
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folder").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Stores and folders hold no large values: the stream is read and set.
pub(super) fn set_from_stream(
    object: &dyn HasProperties,
    tag: PropTag,
    mut data: Box<dyn ValueStream>,
) -> Result<()> {
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes)?;
    let value = Value::from_bytes(tag.prop_type(), &bytes, code_page(&object.all()?));
    object.change(vec![Prop::new(tag, value)], Vec::new())
}
