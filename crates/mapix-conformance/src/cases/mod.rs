//! The cases, one module for each method of the contract. What each shows is said by the bullet
//! of the same name.

mod changes;
mod commit;
mod entry_id;
mod info;
mod inventory;
mod names;
mod parent;
mod parts;
mod properties;
mod read_only;
mod resolve;
mod rows;
mod search;
mod session;
mod shortcut;
mod stamp;
mod state;
mod stream;
mod structure;
mod wait;

use std::fmt::Debug;

use mapix_core::store::{MessageRef, MessageStore, ObjectRef};
use mapix_core::{ErrorCode, Result};

use crate::{Case, walk};

/// All cases, in the order of the contract.
pub fn all() -> impl Iterator<Item = &'static Case> {
    [
        info::CASES,
        properties::CASES,
        stream::CASES,
        rows::CASES,
        shortcut::CASES,
        search::CASES,
        stamp::CASES,
        parent::CASES,
        inventory::CASES,
        parts::CASES,
        entry_id::CASES,
        resolve::CASES,
        names::CASES,
        commit::CASES,
        structure::CASES,
        state::CASES,
        read_only::CASES,
        changes::CASES,
        wait::CASES,
    ]
    .into_iter()
    .chain(session::CASES)
    .flatten()
}

/// How many objects a case looks at in a large store.
const LIMIT: usize = 400;

/// Makes the table of a module's cases, each named as its function.
macro_rules! cases {
    ($group:literal; $($name:ident: $needs:expr;)*) => {
        pub(super) const CASES: &[crate::Case] = &[$(
            crate::Case { group: $group, name: stringify!($name), needs: $needs, run: $name },
        )*];
    };
}
use cases;

/// Fails unless the call failed with this code.
#[track_caller]
fn assert_fails<T: Debug>(result: Result<T>, code: ErrorCode) {
    match result {
        Ok(value) => panic!("{code} was expected, but it worked: {value:?}"),
        Err(error) => assert_eq!(error.code(), code, "{error}"),
    }
}

/// Objects that do not exist, though each comes near to one that does.
fn missing_objects(store: &dyn MessageStore) -> Result<Vec<ObjectRef>> {
    let items = walk::inventory(store)?;
    let after = items.iter().map(|item| item.id).max().unwrap_or(0) + 0x10_0000;
    let mut missing = Vec::new();
    for id in [0, after, u64::MAX] {
        missing.push(ObjectRef::Folder(id));
        missing.push(ObjectRef::message(id));
        missing.push(ObjectRef::Attachment(MessageRef::new(id), 0));
        missing.push(ObjectRef::Message(MessageRef::new(id).inside(0)));
    }
    missing.push(ObjectRef::message(store.info().root));
    let tree = walk::tree(store)?;
    if let Some(id) = tree.messages.first().copied() {
        missing.push(ObjectRef::Folder(id));
        missing.push(ObjectRef::Attachment(MessageRef::new(id), u32::MAX));
        missing.push(ObjectRef::Message(MessageRef::new(id).inside(u32::MAX)));
    }
    Ok(missing)
}
