//! What a client of MAPI calls: sessions, stores, folders, messages, tables.
//!
//! Each object of C holds one of the core, which does the work and knows the rules; here arguments
//! are checked, and what C has and Rust has not is added: access that must be asked for
//! (`MAPI_MODIFY`), the last error, counted buffers, and the end of a logon with the last
//! reference to its store object. Each interface is in the file of its name.

mod access;
mod connections;
mod copy;
mod held;
pub(crate) mod iaddrbook;
mod iattach;
mod imapiclientshutdown;
mod imapifolder;
pub(crate) mod imapiinitmonitor;
mod imapiprogress;
mod imapiprop;
pub(crate) mod imapisession;
mod imapistatus;
pub(crate) mod imapitable;
mod imessage;
mod imsgserviceadmin;
pub(crate) mod imsgstore;
pub(crate) mod iprofadmin;
mod iprofsect;
pub(crate) mod ipropdata;
mod iprovideradmin;
pub(crate) mod istream;
pub(crate) mod istream_file;
pub(crate) mod istream_rtf;
pub(crate) mod itabledata;
pub(crate) mod open;
mod position;
mod rows;
mod source;
mod spool;
pub(crate) mod subsystem;

pub(crate) use imapiprogress::Teller;
pub(crate) use imsgstore::StoreObject;
pub(crate) use open::{Home, wants};
