//! The core of mapix: MAPI's data model, the store contract, the object layer and sessions.

pub mod check;
pub mod ledger;
pub mod names;
pub mod notify;
pub mod profile;
pub mod prop;
pub mod query;
pub mod restriction;
pub mod rule;
pub mod store;
pub mod table;
pub mod transfer;

mod entry_id;
mod error;
mod object;
mod one_off;
mod session;
mod sync;

pub use entry_id::EntryId;
pub use error::{Context, Error, ErrorCode, Result, Warning};
pub use object::{
    AttachMethod, Attachment, Completion, Contents, CopiedFolder, DeleteFolder, DeleteMessages,
    EmptyFolder, Folder, FolderKind, KeepOpen, Listing, LockState, Message, Object, Problem,
    Progress, PropertyStream, QueueState, Queued, Recipient, RecipientKind, SearchRun,
    SearchSettings, SearchState, SpecialFolder, Store, display_list, expand_recipients,
    is_computed_column, prepare_recipients, smtp_address, subject_parts,
};
pub use one_off::OneOff;
pub use session::{
    AddressTypes, Attempt, Configurer, EndMessage, Event, FastShutdown, FlushFlags, LogoffFlags,
    LogoffReport, LogonOptions, LogonRequest, Mapi, OpenOptions, OpenStore, Outcome, Preprocessor,
    ProfileSection, Provider, ProviderLogon, Recall, Report, Session, SessionConnection,
    SettingInfo, Settings, ShutdownPolicy, SpoolerNotify, StoreLogon, StoreProvider, Submission,
    Support, SyncSink, Tracer, TransportLogon, TransportNotify, TransportOption, TransportProvider,
    TransportSupport, Transports,
};
