//! Names of tags, named properties, status codes, GUIDs and flags, both ways and offline.
//!
//! | what | number to name | name to number | search |
//! |---|---|---|---|
//! | [property tags](crate::prop::PropTag) | [`tag_name`], [`tag_canonical`], [`tag_info`] | [`parse_tag`], [`tags_named`] | [`search_tags`] |
//! | [named properties](crate::prop::PropName) | [`named_name`], [`named_info`] | [`named_by_name`], [`parse_named`] | [`search_named`] |
//! | [status codes](crate::ErrorCode) | [`error_name`], [`error_meaning`], [`error_info`] | [`error_by_name`], [`parse_error`] | [`search_errors`] |
//! | [GUIDs](crate::prop::Guid) | [`guid_name`], [`guid_info`] | [`guid_by_name`] | [`search_guids`] |
//! | flags and enumerations | [`describe_value`], [`describe_field`] | [`flag_by_name`], [`flags_for`] | [`search_flags`] |
//!
//! Names are found whatever the case of their letters. A search takes words, all of which must
//! occur in the names of an entry. Where several names share a number, the preferred one is the
//! one that MAPI programmers write: `PR_SUBJECT`, `MAPI_E_NO_ACCESS`, `PidLidReminderSet`.
//!
//! ```
//! use mapix_core::ErrorCode;
//! use mapix_core::names::{describe_value, error_name, parse_tag, tag_name};
//! use mapix_core::prop::{PropTag, Value, tags};
//!
//! assert_eq!(tag_name(PropTag(0x0037_001F)), Some("PR_SUBJECT"));
//! assert_eq!(parse_tag("PidTagSubject")?, tags::SUBJECT);
//! assert_eq!(error_name(ErrorCode(0x8007_0005)), Some("MAPI_E_NO_ACCESS"));
//! assert_eq!(
//!     describe_value(tags::MESSAGE_FLAGS, &Value::I32(0x19)).as_deref(),
//!     Some("MSGFLAG_READ | MSGFLAG_UNSENT | MSGFLAG_HASATTACH"),
//! );
//! # Ok::<(), mapix_core::Error>(())
//! ```
//!
//! The tables are the TSV files in the folder `names` of this crate. Each is read once, when it
//! is first asked; lookups are binary searches and do not allocate, except where they return
//! owned values.

mod describe;
mod error;
mod flag;
mod guid;
mod named;
mod near;
mod table;
mod tag;

pub use describe::{PropRef, describe_field, describe_value};
pub use error::{
    ErrorInfo, error_by_name, error_info, error_meaning, error_name, error_names, parse_error,
    search_errors,
};
pub use flag::{FlagInfo, FlagKind, FlagScope, flag_by_name, flags_for, search_flags};
pub use guid::{GuidInfo, guid_by_name, guid_info, guid_name, search_guids};
pub use named::{NamedInfo, named_by_name, named_info, named_name, parse_named, search_named};
pub(crate) use tag::find_tag;
pub use tag::{
    TagInfo, parse_tag, search_tags, tag_canonical, tag_info, tag_name, tags_named, tags_with_id,
};
