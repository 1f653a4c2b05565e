//! Properties: tags, values, names, and bags of them.
//!
//! A [`PropTag`] is a 16-bit ID and a [`PropType`]; a [`Value`] is what it stands for; a
//! [`PropBag`] is what one object has. IDs from `0x8000` stand for a [`PropName`] in the map of
//! one store.

mod bag;
mod codepage;
mod compare;
mod guid;
mod named;
mod tag;
mod time;
mod value;

pub use bag::{Prop, PropBag, PropRef};
pub use codepage::{CodePage, String8};
pub(crate) use compare::{Folding, is_mark};
pub use compare::{compare_text, compare_values};
pub use guid::{Guid, guids};
pub use named::{NameKind, PropName};
pub use tag::{PropTag, PropType, tags};
pub use time::FileTime;
pub use value::Value;
pub use value::value_bytes;
