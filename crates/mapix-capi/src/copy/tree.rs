//! What is in a folder: the messages, and the folders at every depth.

use std::ops::ControlFlow;

use mapix::prop::tags;
use mapix::{EntryId, Error, ErrorCode, Result};

use super::side::Identity;
use crate::arg::{In, Out};
use crate::com::{Interface, Ptr};
use crate::flags::{MAPI_FOLDER, MAPI_MESSAGE};
use crate::iface::{IMAPIFolder, IMAPIProp, IMAPITable, IMessage};
use crate::import::call::{ask, known_as, object};
use crate::import::objects::get;
use crate::import::tables;

/// How deep folders are followed.
const DEEPEST: usize = 256;
const FOLDER_SEARCH: i32 = 2;

/// The flags of the contents that everybody sees.
pub(super) const NORMAL: u32 = 0;

/// A folder that is to be copied, with those in it.
pub(super) struct Tree {
    pub(super) id: EntryId,
    pub(super) name: String,
    pub(super) below: Vec<Result<Tree>>,
    /// How many messages it says that it has.
    messages: usize,
}

impl Tree {
    /// Looks at a folder, and at those in it, before anything is copied.
    ///
    /// # Errors
    /// `MAPI_E_FOLDER_CYCLE` if the destination is among them; `MAPI_E_NO_SUPPORT` for a search
    /// folder, and those of opening it. What goes wrong below it stands there.
    pub(super) fn of(
        parent: &Ptr<IMAPIFolder>,
        id: EntryId,
        deep: bool,
        to: &Ptr<IMAPIFolder>,
    ) -> Result<Self> {
        Self::at(parent, id, deep, Identity::of(to).as_ref(), &mut Vec::new())
    }

    /// All folders in one.
    pub(super) fn below(
        folder: &Ptr<IMAPIFolder>,
        to: &Ptr<IMAPIFolder>,
    ) -> Result<Vec<Result<Self>>> {
        Self::inside(folder, Identity::of(to).as_ref(), &mut Vec::new())
    }

    fn at(
        parent: &Ptr<IMAPIFolder>,
        id: EntryId,
        deep: bool,
        to: Option<&Identity>,
        above: &mut Vec<EntryId>,
    ) -> Result<Self> {
        if above.contains(&id) {
            return Err(Error::corrupt("a folder is in itself"));
        }
        let folder = open_folder(parent, &id)?;
        if to.is_some() && Identity::of(&folder).as_ref() == to {
            let sentence = "a folder cannot be copied into itself";
            return Err(Error::new(ErrorCode::FOLDER_CYCLE, sentence));
        }
        let wanted =
            [tags::DISPLAY_NAME, tags::FOLDER_TYPE, tags::CONTENT_COUNT, tags::ASSOC_CONTENT_COUNT];
        let found = get(&folder, &wanted)?;
        if found[1].value.as_i32() == Some(FOLDER_SEARCH) {
            return Err(Error::no_support("a search folder is not copied"));
        }
        let count = |at: usize| found[at].value.as_i32().and_then(|n| usize::try_from(n).ok());
        let name = found[0].value.as_text().map(std::borrow::Cow::into_owned);
        let mut below = Vec::new();
        if deep {
            above.push(id.clone());
            below = Self::inside(&folder, to, above)?;
            above.pop();
        }
        let messages = count(2).unwrap_or(0) + count(3).unwrap_or(0);
        Ok(Self { id, name: name.unwrap_or_default(), below, messages })
    }

    fn inside(
        folder: &Ptr<IMAPIFolder>,
        to: Option<&Identity>,
        above: &mut Vec<EntryId>,
    ) -> Result<Vec<Result<Self>>> {
        if above.len() > DEEPEST {
            return Err(Error::new(ErrorCode::TOO_COMPLEX, "folders are nested too deep"));
        }
        let mut all = Vec::new();
        for id in hierarchy(folder)? {
            let depth = above.len();
            let tree = id.and_then(|id| Self::at(folder, id, true, to, above));
            above.truncate(depth);
            match tree {
                // Nothing is copied then, at whatever depth it was found.
                Err(error) if error.code() == ErrorCode::FOLDER_CYCLE => return Err(error),
                tree => all.push(tree),
            }
        }
        Ok(all)
    }

    /// How many folders and messages are to be copied, as far as is known.
    pub(super) fn count(&self) -> usize {
        1 + self.messages + self.below.iter().flatten().map(Self::count).sum::<usize>()
    }
}

/// The entry IDs of the folders in one.
pub(super) fn hierarchy(folder: &Ptr<IMAPIFolder>) -> Result<Vec<Result<EntryId>>> {
    let prop: &Ptr<IMAPIProp> = folder;
    let table = tables::open(
        "IMAPIContainer::GetHierarchyTable",
        // SAFETY: the folder is alive.
        |width, table| unsafe { folder.GetHierarchyTable(width, table) },
        |result| ask(prop, result, "IMAPIContainer::GetHierarchyTable"),
    )?;
    entry_ids(&table)
}

/// The entry IDs of the messages in a folder. A store need not have such that are not shown.
pub(super) fn contents(folder: &Ptr<IMAPIFolder>, flags: u32) -> Result<Vec<Result<EntryId>>> {
    let prop: &Ptr<IMAPIProp> = folder;
    let table = tables::open(
        "IMAPIContainer::GetContentsTable",
        // SAFETY: the folder is alive.
        |width, table| unsafe { folder.GetContentsTable(width | flags, table) },
        |result| ask(prop, result, "IMAPIContainer::GetContentsTable"),
    );
    match table {
        Err(error)
            if flags != NORMAL
                && matches!(error.code(), ErrorCode::NO_SUPPORT | ErrorCode::UNKNOWN_FLAGS) =>
        {
            Ok(Vec::new())
        }
        table => entry_ids(&table?),
    }
}

fn entry_ids(table: &Ptr<IMAPITable>) -> Result<Vec<Result<EntryId>>> {
    let mut all = Vec::new();
    tables::visit(table, &[tags::ENTRYID], &mut |row| {
        all.push(row.and_then(|row| tables::entry_id(&row)));
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// Opens a folder for reading.
pub(super) fn open_folder(parent: &Ptr<IMAPIFolder>, id: &EntryId) -> Result<Ptr<IMAPIFolder>> {
    open(parent, id, MAPI_FOLDER)
}

/// Opens a message for reading.
pub(super) fn open_message(folder: &Ptr<IMAPIFolder>, id: &EntryId) -> Result<Ptr<IMessage>> {
    open(folder, id, MAPI_MESSAGE)
}

fn open<I: Interface>(folder: &Ptr<IMAPIFolder>, id: &EntryId, wanted: u32) -> Result<Ptr<I>> {
    let (mut kind, mut raw) = (0, std::ptr::null_mut());
    let bytes = id.as_bytes();
    // SAFETY: the folder is alive; the entry ID has the size that is said.
    let result = unsafe {
        folder.OpenEntry(
            bytes.len() as u32,
            In::from_raw(bytes.as_ptr().cast()),
            In::null(),
            0,
            Out::new(&mut kind),
            Out::new(&mut raw),
        )
    };
    let prop: &Ptr<IMAPIProp> = folder;
    ask(prop, result, "IMAPIContainer::OpenEntry")?;
    let opened = object(raw, "IMAPIContainer::OpenEntry")?;
    if kind != wanted {
        let sentence = format!("the entry ID is of an object of type {kind}, not {wanted}");
        return Err(Error::new(ErrorCode::INVALID_ENTRYID, sentence));
    }
    known_as(opened, "IMAPIContainer::OpenEntry")
}
