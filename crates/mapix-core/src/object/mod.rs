//! The objects that clients hold: store, folder, message, attachment, recipient.
//!
//! Each handle belongs to a logon: every call passes the logon's gate, and after logoff answers
//! `MAPI_E_INVALID_OBJECT`. What MAPI says about the behaviour of objects is done here, once,
//! over the [store contract](crate::store).

mod attachment;
mod batch;
pub(crate) mod computed;
mod copy;
mod copy_folder;
mod criteria;
mod expand;
mod folder;
mod listing;
mod message;
mod outgoing;
mod pending;
mod progress;
mod property;
pub(crate) mod queue;
mod recipient;
mod special;
mod store;
mod stream;
mod submit;
mod tables;

pub use attachment::{AttachMethod, Attachment};
pub use batch::{Completion, DeleteMessages, EmptyFolder};
pub(crate) use computed::{DEFAULT_STORE_NEEDS, LIBRARY};
pub use computed::{is_computed_column, subject_parts};
pub use copy_folder::CopiedFolder;
pub use criteria::{SearchRun, SearchSettings, SearchState};
pub use expand::expand_recipients;
pub use folder::{Contents, DeleteFolder, Folder, FolderKind};
pub use listing::Listing;
pub use message::{KeepOpen, Message};
pub use progress::Progress;
pub(crate) use progress::Steps;
pub use property::Problem;
pub use queue::QueueState;
pub use recipient::{Recipient, RecipientKind, display_list, smtp_address};
pub use special::SpecialFolder;
pub(crate) use special::find as special_folder_number;
pub use store::Store;
pub(crate) use store::{read_only, receive_folders};
pub use stream::PropertyStream;
pub(crate) use stream::SharedStream;
pub use submit::{LockState, Queued, prepare_recipients};

use crate::prop::{Value, value_bytes};

/// Whatever an entry ID can stand for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Object {
    /// The store itself.
    Store(Store),
    /// A folder.
    Folder(Folder),
    /// A message.
    Message(Message),
    /// An attachment of a message.
    Attachment(Attachment),
}

/// The bytes that a stream of a held value gives; `None` for values that have no stream.
fn stored_bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Large(..) | Value::Error(_) => None,
        value => value_bytes(value),
    }
}
