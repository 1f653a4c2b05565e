//! What a commit changes.

use std::fmt;

use super::{ItemKind, SearchCriteria, ValueStream};
use crate::EntryId;
use crate::prop::{PropBag, PropTag};

/// One change of a [`commit`](super::MessageStore::commit). The changes of one commit are made
/// together or not at all, in order.
#[derive(Debug)]
#[non_exhaustive]
pub enum Change {
    /// Sets and deletes properties of the store itself.
    UpdateStore {
        /// Properties to set.
        set: PropBag,
        /// IDs of properties to delete.
        delete: Vec<u16>,
    },
    /// Makes a folder.
    CreateFolder {
        /// The folder in which it is made.
        parent: u64,
        /// Whether it is a search folder.
        search: bool,
        /// Its properties.
        properties: PropBag,
        /// The folder of the store of which it is a copy: for [`ObjectChange::Copied`], and for
        /// nothing else.
        copy_of: Option<u64>,
    },
    /// Sets and deletes properties of a folder.
    UpdateFolder {
        /// The folder.
        folder: u64,
        /// Properties to set.
        set: PropBag,
        /// IDs of properties to delete.
        delete: Vec<u16>,
    },
    /// Moves a folder with all that is in it.
    MoveFolder {
        /// The folder.
        folder: u64,
        /// Its new parent.
        to: u64,
    },
    /// Deletes a folder with all that is in it.
    DeleteFolder {
        /// The folder.
        folder: u64,
    },
    /// Makes a message.
    CreateMessage {
        /// The folder in which it is made.
        folder: u64,
        /// Whether it is an associated (hidden) message.
        associated: bool,
        /// Its contents.
        content: MessageUpdate,
    },
    /// Changes a message.
    UpdateMessage {
        /// The message.
        message: u64,
        /// The stamp that it must have; `None` takes any (`FORCE_SAVE`).
        expected: Option<u64>,
        /// What changes.
        update: MessageUpdate,
    },
    /// Moves a message.
    MoveMessage {
        /// The message.
        message: u64,
        /// The folder it goes to.
        to: u64,
    },
    /// Deletes a message.
    DeleteMessage {
        /// The message.
        message: u64,
        /// Whether it stays behind to be restored, in the table [`RowSource::Deleted`] of its
        /// folder, where it can only be restored, or deleted once more, which is for good;
        /// anything else is `MAPI_E_OBJECT_DELETED`. In a store without
        /// [`Capability::SOFT_DELETE`] every message is gone at once.
        ///
        /// [`RowSource::Deleted`]: super::RowSource::Deleted
        /// [`Capability::SOFT_DELETE`]: super::Capability::SOFT_DELETE
        soft: bool,
    },
    /// Brings a message back that was deleted softly, into the folder in which it was. One that
    /// is not deleted is `MAPI_E_NOT_FOUND`.
    RestoreMessage {
        /// The message.
        message: u64,
    },
    /// Changes bits of `PR_MSG_STATUS`: a property of the message in its folder's table, not of
    /// the message, so that neither its stamp nor its modification time changes.
    #[doc(alias = "IMAPIFolder::SetMessageStatus")]
    SetMessageStatus {
        /// The message.
        message: u64,
        /// The bits to change.
        mask: i32,
        /// Their new values.
        status: i32,
    },
    /// Says what a search folder finds, and finds it in the same commit; `None` ends the search
    /// and empties the folder. [`LiveSearch`] says what is found. A folder that is not a search
    /// folder, and criteria that name one as a place to search, are `MAPI_E_NO_SUPPORT`.
    ///
    /// [`LiveSearch`]: super::LiveSearch
    #[doc(alias = "IMAPIContainer::SetSearchCriteria")]
    SetSearch {
        /// The search folder.
        folder: u64,
        /// What it finds.
        criteria: Option<SearchCriteria>,
    },
    /// Makes a folder the receive folder of a message class, or removes the class.
    SetReceiveFolder {
        /// The message class prefix; empty for the default.
        class: String,
        /// The folder; `None` removes the mapping.
        folder: Option<EntryId>,
    },
}

/// What changes in a message; for a new message, what it holds. Properties are deleted first,
/// then set, then set from streams.
#[derive(Default, Debug)]
pub struct MessageUpdate {
    /// Properties to set.
    pub set: PropBag,
    /// Large properties to set, read while the commit runs.
    pub streams: Vec<StreamUpdate>,
    /// IDs of properties to delete.
    pub delete: Vec<u16>,
    /// All recipients anew, each with its `PR_ROWID`; `None` leaves them.
    pub recipients: Option<Vec<PropBag>>,
    /// Attachments to make, change or delete.
    pub attachments: Vec<AttachmentChange>,
    /// Of a new message, the message of the store of which it is a copy: for
    /// [`ObjectChange::Copied`], and for nothing else.
    pub copy_of: Option<u64>,
}

/// A property whose value is read from a stream: a string, a binary, or another value that is
/// stored as bytes. Text is UTF-16, or in the code page of its message, `PR_MESSAGE_CODEPAGE`
/// (Windows-1252 without one); bytes are taken as they are.
pub struct StreamUpdate {
    /// The property.
    pub tag: PropTag,
    /// Its bytes, from the position at which the stream stands to its end.
    pub data: Box<dyn ValueStream>,
}

impl fmt::Debug for StreamUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamUpdate").field("tag", &self.tag).finish_non_exhaustive()
    }
}

/// A change to one attachment of a message.
#[derive(Debug)]
pub enum AttachmentChange {
    /// Makes the attachment with this number, or changes it if it is there.
    Put(u32, Box<AttachmentUpdate>),
    /// Deletes the attachment, if it is there.
    Delete(u32),
}

/// What changes in an attachment; for a new one, what it holds.
#[derive(Default, Debug)]
pub struct AttachmentUpdate {
    /// Properties to set.
    pub set: PropBag,
    /// Large properties to set.
    pub streams: Vec<StreamUpdate>,
    /// IDs of properties to delete.
    pub delete: Vec<u16>,
    /// What changes in the embedded message, which is made if there is none.
    pub embedded: Option<Box<MessageUpdate>>,
}

/// What a commit did.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Commit {
    /// The numbers of the folders and messages that were made, in the order of the changes.
    pub created: Vec<u64>,
    /// The cursor after this commit, for [`changes_since`](super::MessageStore::changes_since).
    pub cursor: u64,
}

/// What was committed after a cursor.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Changes {
    /// What happened, in the order of the commits.
    pub events: Vec<ChangeEvent>,
    /// The cursor to ask with next.
    pub cursor: u64,
    /// Whether events are missing, because the store no longer remembers what came right after
    /// the cursor. Whoever follows the store has to read it anew.
    pub lost: bool,
}

impl Changes {
    /// A cursor after every commit: with it, the answer is only where the store is now.
    pub const LATEST: u64 = i64::MAX as u64;

    /// The numbers of all objects that are named, each once, in ascending order.
    pub fn objects(&self) -> Vec<u64> {
        let mut objects: Vec<u64> = self.events.iter().map(|event| event.object).collect();
        objects.sort_unstable();
        objects.dedup();
        objects
    }
}

/// What one commit did to one object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ChangeEvent {
    /// The folder or the message; 0 for the store itself: its properties, its receive folders.
    pub object: u64,
    /// What the object is; `None` for the store itself.
    pub kind: Option<ItemKind>,
    /// What happened to it. [`ObjectChange::Found`] and [`ObjectChange::Lost`] come on top of
    /// what else happened to a message, once for each search folder, after all others of the
    /// commit.
    pub change: ObjectChange,
    /// The folder in which it is, or was when it was deleted; for [`ObjectChange::Found`] and
    /// [`ObjectChange::Lost`] the search folder.
    pub parent: Option<u64>,
}

/// What happened to an object in one commit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ObjectChange {
    /// It was made, or restored.
    Created,
    /// It was made as a copy of another one of the store.
    Copied {
        /// That other message or folder.
        from: u64,
    },
    /// It was changed itself.
    Modified,
    /// It was moved.
    Moved {
        /// The folder in which it was.
        from: u64,
    },
    /// It was deleted, softly or for good.
    Deleted,
    /// It is a search folder that was told what to find, or to find nothing any more, and has
    /// done so. Counts as a change of the folder itself.
    Searched,
    /// What the folder holds was changed, and with it its counts; of a search folder also what it
    /// shows.
    Contents,
    /// A search folder shows the message from now on.
    Found,
    /// A search folder does not show the message any more.
    Lost,
}

impl ObjectChange {
    /// What happens to a new object that is a copy of this one, if it is of any.
    pub fn of_new(copy_of: Option<u64>) -> Self {
        copy_of.map_or(Self::Created, |from| Self::Copied { from })
    }
}
