//! Notifications: what happens in a store, told to whoever asked (lifecycle rules, section 13).
//!
//! [`Store::advise`](crate::Store::advise) registers a *sink* and gives a [`Connection`]. Commits
//! of this process and those of others arrive by the same route: while anybody is advised, a
//! thread of the logon waits for changes of the store, and one thread of [`Mapi`](crate::Mapi)
//! calls the sinks, one after the other, each with a batch of [`Notice`]s in the order in which
//! things happened.
//!
//! What MAPI leaves open is decided here:
//!
//! - Delivery is asynchronous: the call that causes a notice returns first.
//! - Memory is bounded: a sink that falls more than [`MAX_QUEUED`] notices behind gets one
//!   [`Notice::Missed`] in their place. So does everybody when a store has forgotten what
//!   happened.
//! - No sink is called after the gate of its logon is shut, or after [`Connection::unadvise`] has
//!   returned on another thread. Logoff waits for a sink that is running, but only until its
//!   deadline.
//! - A sink may do anything: unadvise, release the last handle of the store, log off. One that
//!   panics is reported to the tracer, and is called again when there is more to tell.
//! - A copy of a message or a folder in the same store is [`Notice::Copied`], and not
//!   [`Notice::Created`] or new mail as well. What comes from another store is new.

mod build;
mod changes;
mod dispatch;
mod hub;
mod link;

use std::fmt;
use std::ops::BitOr;
use std::sync::Arc;

pub use changes::RowChanges;
pub use link::Connection;

pub(crate) use dispatch::Dispatcher;
pub(crate) use hub::Hub;
pub(crate) use link::Link;

use crate::EntryId;
use crate::prop::PropTag;
use crate::store::ItemKind;

/// How many notices may wait for one sink.
pub const MAX_QUEUED: usize = 10_000;

/// Whom to tell: called with what happened since it was last called, at least one notice.
#[doc(alias = "IMAPIAdviseSink")]
pub type Sink = dyn Fn(&[Notice]) + Send + Sync;

/// A set of kinds of notices.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventMask(pub u32);

impl EventMask {
    /// The store can no longer be followed.
    #[doc(alias = "fnevCriticalError")]
    pub const CRITICAL_ERROR: Self = Self(0x1);
    /// A message came in.
    #[doc(alias = "fnevNewMail")]
    pub const NEW_MAIL: Self = Self(0x2);
    /// An object was made.
    #[doc(alias = "fnevObjectCreated")]
    pub const CREATED: Self = Self(0x4);
    /// An object was deleted.
    #[doc(alias = "fnevObjectDeleted")]
    pub const DELETED: Self = Self(0x8);
    /// An object was changed.
    #[doc(alias = "fnevObjectModified")]
    pub const MODIFIED: Self = Self(0x10);
    /// An object was moved.
    #[doc(alias = "fnevObjectMoved")]
    pub const MOVED: Self = Self(0x20);
    /// An object was copied.
    #[doc(alias = "fnevObjectCopied")]
    pub const COPIED: Self = Self(0x40);
    /// A search folder has found what it was told to find.
    #[doc(alias = "fnevSearchComplete")]
    pub const SEARCH_COMPLETE: Self = Self(0x80);
    /// The session ends; of sessions only.
    #[doc(alias = "fnevExtended")]
    pub const EXTENDED: Self = Self(0x8000_0000);
    /// All that stores tell.
    pub const ALL: Self = Self(0xFF);

    /// Whether all of the other set are in this one.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for EventMask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for EventMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventMask(0x{:X})", self.0)
    }
}

/// What happened.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Notice {
    /// An unread message was made in a receive folder.
    NewMail {
        /// The message.
        message: Subject,
        /// Its class.
        class: Arc<str>,
        /// Its flags (`MSGFLAG_*`).
        flags: i32,
    },
    /// An object was made, or restored.
    Created(Subject),
    /// An object was deleted, softly or for good. Its entry ID is known if the store can still
    /// tell it.
    Deleted(Subject),
    /// An object was changed.
    Modified {
        /// The object.
        object: Subject,
        /// Which of its properties, if that is known: the counts of a folder whose contents
        /// changed.
        tags: Option<&'static [PropTag]>,
    },
    /// An object was moved.
    Moved {
        /// The object, in its new place.
        object: Subject,
        /// The number of the folder from which it came.
        from: u64,
        /// The entry ID of that folder.
        from_entry_id: Option<EntryId>,
    },
    /// A message or a folder was copied.
    Copied {
        /// The copy.
        object: Subject,
        /// The number of the object of which it is one.
        from: u64,
        /// The entry ID of that object.
        from_entry_id: Option<EntryId>,
    },
    /// A search folder has found what it was told to find.
    SearchComplete(Subject),
    /// The session ends, or is asked to end.
    SessionEnds {
        /// Whether all clients of a shared session are asked to log off.
        shared: bool,
    },
    /// Something was missed: everything may have changed.
    Missed {
        /// How many notices, if that is known.
        count: Option<u64>,
    },
    /// The store cannot be followed at the moment. It is tried again.
    Critical {
        /// Why, in one line.
        error: Arc<str>,
    },
}

impl Notice {
    /// Its kind. What was missed concerns everybody.
    pub fn kind(&self) -> EventMask {
        match self {
            Self::NewMail { .. } => EventMask::NEW_MAIL,
            Self::Created(_) => EventMask::CREATED,
            Self::Deleted(_) => EventMask::DELETED,
            Self::Modified { .. } => EventMask::MODIFIED,
            Self::Moved { .. } => EventMask::MOVED,
            Self::Copied { .. } => EventMask::COPIED,
            Self::SearchComplete(_) => EventMask::SEARCH_COMPLETE,
            Self::Missed { .. } => EventMask(0),
            Self::Critical { .. } => EventMask::CRITICAL_ERROR,
            Self::SessionEnds { .. } => EventMask::EXTENDED,
        }
    }

    /// What it is about.
    pub fn subject(&self) -> Option<&Subject> {
        match self {
            Self::NewMail { message: object, .. }
            | Self::Created(object)
            | Self::Deleted(object)
            | Self::Modified { object, .. }
            | Self::Moved { object, .. }
            | Self::Copied { object, .. }
            | Self::SearchComplete(object) => Some(object),
            Self::Missed { .. } | Self::Critical { .. } | Self::SessionEnds { .. } => None,
        }
    }
}

/// What a notice is about.
#[derive(Clone, PartialEq, Debug)]
pub struct Subject {
    /// The number of the object; 0 for the store itself.
    pub id: u64,
    /// What it is; `None` for the store itself.
    pub kind: Option<ItemKind>,
    /// Its entry ID.
    pub entry_id: Option<EntryId>,
    /// The number of the folder in which it is, or was.
    pub parent: Option<u64>,
    /// The entry ID of that folder.
    pub parent_entry_id: Option<EntryId>,
}
