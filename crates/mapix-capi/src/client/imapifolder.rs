//! `IMAPIFolder`, `IMAPIContainer`.

use std::ffi::c_void;

use mapix::prop::{PropTag, tags};
use mapix::store::ObjectRef;
use mapix::{
    Completion, Contents, DeleteFolder, DeleteMessages, EmptyFolder, EntryId, Error, ErrorCode,
    Folder, Result, SearchRun, SearchSettings, Store, Warning,
};

use super::access;
use super::copy::Target;
use super::imapiprogress::Teller;
use super::imapiprop::{OpenObject, PropObject};
use super::imapitable::TableObject;
use super::imessage::MessageObject;
use super::imsgstore::need_entry_id;
use super::open::{self, Home};
use super::source::Properties;
use crate::arg::{In, Out};
use crate::com::{Object, Own, Ptr};
use crate::convert::{
    LastError, check_flags, entry_list, give_entry_list, give_restriction, need_text,
    read_restriction, read_text,
};
use crate::copy::{FolderCopy, copy_folder, copy_messages, folder_of, held};
use crate::flags::{
    BACKGROUND_SEARCH, CLEAR_NRN_PENDING, CLEAR_READ_FLAG, CLEAR_RN_PENDING,
    CONTENT_INDEXED_SEARCH, CONVENIENT_DEPTH, COPY_SUBFOLDERS, DEL_ASSOCIATED, DEL_FOLDERS,
    DEL_MESSAGES, DELETE_HARD_DELETE, FOLDER_DIALOG, FOLDER_GENERIC, FOLDER_MOVE, FOLDER_SEARCH,
    FOREGROUND_SEARCH, GENERATE_RECEIPT_ONLY, MAPI_ASSOCIATED, MAPI_BEST_ACCESS, MAPI_DECLINE_OK,
    MAPI_DEFERRED_ERRORS, MAPI_MODIFY, MAPI_UNICODE, MESSAGE_DIALOG, MESSAGE_MOVE,
    NON_CONTENT_INDEXED_SEARCH, OPEN_IF_EXISTS, RECURSIVE_SEARCH, RESTART_SEARCH, SHALLOW_SEARCH,
    SHOW_SOFT_DELETES, STATIC_SEARCH, STOP_SEARCH, SUPPRESS_RECEIPT,
};
use crate::iface::{
    IMAPIContainerMethods, IMAPIFolder, IMAPIFolderMethods, IMAPIProgress, IMAPIProp, IMAPITable,
    IMessage, IUnknown,
};
use crate::types::{ENTRYID, ENTRYLIST, GUID, HRESULT, SRestriction, SSortOrderSet};

/// A folder.
pub(crate) struct FolderObject {
    home: Home,
    folder: Folder,
    writable: bool,
    last: LastError,
}

impl FolderObject {
    pub(crate) fn open(home: &Home, folder: Folder, flags: u32) -> Result<Ptr<IMAPIFolder>> {
        let can = home.writable && home.store.can_write();
        if flags & MAPI_MODIFY != 0 && !can {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the store is open for reading only"));
        }
        let writable = can && flags & (MAPI_MODIFY | MAPI_BEST_ACCESS) != 0;
        Ok(Self::with(home, folder, writable))
    }

    fn with(home: &Home, folder: Folder, writable: bool) -> Ptr<IMAPIFolder> {
        Self { home: home.clone(), folder, writable, last: LastError::default() }.into_ptr()
    }

    /// A second object of C over the same folder, for copies by its interface.
    fn again(&self) -> Ptr<IMAPIFolder> {
        Self::with(&self.home, self.folder.clone(), self.writable)
    }

    /// The folder in the core.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    fn table(&self, flags: u32) -> Result<Ptr<IMAPITable>> {
        let which = match flags & (MAPI_ASSOCIATED | SHOW_SOFT_DELETES) {
            0 => Contents::Normal,
            MAPI_ASSOCIATED => Contents::Associated,
            SHOW_SOFT_DELETES => Contents::Deleted,
            _ => return Err(Error::no_support("associated messages are not deleted softly")),
        };
        TableObject::give(self.folder.contents_table(which)?, flags)
    }

    /// The numbers of messages; those that cannot be found are told as failed.
    fn numbers(&self, ids: Vec<EntryId>) -> (Vec<u64>, Completion) {
        let mut failed = Completion::default();
        let mut numbers = Vec::with_capacity(ids.len());
        for id in ids {
            match self.home.store.resolve(&id) {
                Ok(ObjectRef::Message(place)) if place.embedded.is_empty() => {
                    numbers.push(place.id);
                }
                Ok(_) => failed.failed.push((0, Error::not_found("no message of a folder"))),
                Err(error) => failed.failed.push((0, error)),
            }
        }
        (numbers, failed)
    }

    /// Does something to the messages of a list, some at a time.
    fn each(
        &self,
        ids: Vec<EntryId>,
        progress: In<'_, IMAPIProgress>,
        treat: impl FnMut(&[u64]) -> Result<Completion>,
    ) -> Result<HRESULT> {
        let (numbers, failed) = self.numbers(ids);
        let done = Teller::new(progress).each(&numbers, treat)?;
        let partial = !done.failed.is_empty() || !failed.failed.is_empty();
        Ok(partial.then_some(Warning::PartialCompletion).into())
    }

    /// `CopyFolder` to a folder of ours.
    fn copy_own(
        &self,
        folder: &Folder,
        to: &Folder,
        name: Option<String>,
        (deep, remove): (bool, bool),
    ) -> Result<Completion> {
        if !remove {
            return Ok(self.folder.copy_folder(folder, to, name.as_deref(), deep)?.completion);
        }
        let done = self.folder.move_folder(folder, to)?;
        if let Some(name) = name {
            // In the same store it is the same folder; elsewhere the copy has its name.
            let old = folder.name()?;
            to.folder(&old)?.set(tags::DISPLAY_NAME, name)?;
        }
        Ok(done)
    }

    fn number(&self, size: u32, id: In<'_, ENTRYID>) -> Result<u64> {
        match self.home.store.resolve(&need_entry_id(size, id)?)? {
            ObjectRef::Message(place) if place.embedded.is_empty() => Ok(place.id),
            _ => Err(Error::new(ErrorCode::INVALID_ENTRYID, "the entry ID is not of a message")),
        }
    }

    fn subfolder(&self, id: &EntryId) -> Result<Folder> {
        match self.home.store.resolve(id)? {
            ObjectRef::Folder(number) => self.home.store.open_folder(number),
            _ => Err(Error::new(ErrorCode::INVALID_ENTRYID, "the entry ID is not of a folder")),
        }
    }
}

/// Where a copy goes.
enum Destination {
    /// Inside the engine.
    Ours(Own<FolderObject>),
    /// By the interfaces of both.
    Foreign(Ptr<IMAPIFolder>),
}

/// The folder behind a pointer to a destination.
fn destination(interface: In<'_, GUID>, target: In<'_, c_void>, flags: u32) -> Result<Destination> {
    if let Some(folder) = held(target)?.object::<FolderObject>() {
        access::need(folder.writable)?;
        return Ok(Destination::Ours(folder));
    }
    if flags & MAPI_DECLINE_OK != 0 {
        let sentence = "whoever says so copies to folders of others itself";
        return Err(Error::new(ErrorCode::DECLINE_COPY, sentence));
    }
    folder_of(interface, target).map(Destination::Foreign)
}

impl Object for FolderObject {
    type Main = IMAPIFolder;
}

impl PropObject for FolderObject {
    fn last_error(&self) -> &LastError {
        &self.last
    }

    fn source(&self) -> &dyn Properties {
        &self.folder
    }

    fn is_writable(&self) -> bool {
        self.writable
    }

    fn names(&self) -> Option<Store> {
        Some(self.home.store.clone())
    }

    /// Folders are not transacted.
    fn save(&self, _flags: u32) -> Result<()> {
        self.folder.entry_id().map(drop)
    }

    fn object_tags(&self) -> Result<Vec<PropTag>> {
        Ok(vec![
            tags::CONTAINER_CONTENTS,
            tags::CONTAINER_HIERARCHY,
            tags::FOLDER_ASSOCIATED_CONTENTS,
        ])
    }

    fn open_object(&self, request: &OpenObject) -> Result<Option<Ptr<IUnknown>>> {
        let flags = request.interface_flags;
        match request.tag {
            tag if tag == tags::CONTAINER_CONTENTS => request.give(self.table(flags)?),
            tag if tag == tags::FOLDER_ASSOCIATED_CONTENTS => {
                request.give(self.table(flags | MAPI_ASSOCIATED)?)
            }
            tag if tag == tags::CONTAINER_HIERARCHY => {
                let deep = flags & CONVENIENT_DEPTH != 0;
                request.give(TableObject::give(self.folder.hierarchy_table(deep)?, flags)?)
            }
            _ => Ok(None),
        }
    }

    fn copied(&self) -> Target {
        Target::Folder(self.folder.clone())
    }

    fn pointer(&self) -> Ptr<IMAPIProp> {
        self.again().upcast()
    }
}

impl IMAPIContainerMethods for FolderObject {
    fn GetContentsTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            let known = MAPI_ASSOCIATED | SHOW_SOFT_DELETES | MAPI_DEFERRED_ERRORS | MAPI_UNICODE;
            check_flags(flags, known)?;
            table.clear()?;
            table.give(self.table(flags)?)
        })
    }

    fn GetHierarchyTable(&self, flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        self.last.answer(|| {
            let known = CONVENIENT_DEPTH | SHOW_SOFT_DELETES | MAPI_DEFERRED_ERRORS | MAPI_UNICODE;
            check_flags(flags, known)?;
            table.clear()?;
            if flags & SHOW_SOFT_DELETES != 0 {
                return Err(Error::no_support("folders are deleted for good"));
            }
            let found = self.folder.hierarchy_table(flags & CONVENIENT_DEPTH != 0)?;
            table.give(TableObject::give(found, flags)?)
        })
    }

    fn OpenEntry(
        &self,
        size: u32,
        id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT {
        let id = (size, id);
        self.last.answer(|| open::entry(&self.home, id, interface, flags, kind, object))
    }

    fn SetSearchCriteria(
        &self,
        restriction: In<'_, SRestriction>,
        containers: In<'_, ENTRYLIST>,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            let speed = FOREGROUND_SEARCH | BACKGROUND_SEARCH;
            let depth = RECURSIVE_SEARCH | SHALLOW_SEARCH;
            let run = STOP_SEARCH | RESTART_SEARCH;
            let index = CONTENT_INDEXED_SEARCH | NON_CONTENT_INDEXED_SEARCH;
            check_flags(flags, speed | depth | run | index | STATIC_SEARCH)?;
            if [speed, depth, run].iter().any(|both| flags & both == *both) {
                return Err(Error::invalid_parameter("flags that exclude each other"));
            }
            access::need(self.writable)?;
            let restriction = match restriction.is_null() {
                true => None,
                false => Some(read_restriction(restriction)?),
            };
            let folders = entry_list(containers)?
                .map(|ids| ids.iter().map(|id| self.subfolder(id)).collect::<Result<_>>());
            // Where nothing is said the depth stays as it was.
            let deep = match flags & depth {
                0 => self.folder.search_criteria().is_ok_and(|state| state.deep),
                depth => depth == RECURSIVE_SEARCH,
            };
            let run = match flags {
                flags if flags & STOP_SEARCH != 0 => SearchRun::Stop,
                flags if flags & STATIC_SEARCH != 0 => SearchRun::Once,
                _ => SearchRun::Live,
            };
            let folders = folders.transpose()?;
            self.folder.set_search_criteria(SearchSettings { restriction, folders, deep, run })
        })
    }

    fn GetSearchCriteria(
        &self,
        flags: u32,
        restriction: Out<'_, *mut SRestriction>,
        containers: Out<'_, *mut ENTRYLIST>,
        state: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_UNICODE)?;
            let found = self.folder.search_criteria()?;
            state.set_if(found.bits());
            let ids =
                found.folders.iter().map(Folder::entry_id).collect::<Result<Vec<EntryId>>>()?;
            if !containers.is_null() {
                give_entry_list(containers, &ids)?;
            }
            if !restriction.is_null() {
                restriction.set(give_restriction(&found.restriction)?)?;
            }
            Ok(())
        })
    }
}

impl IMAPIFolderMethods for FolderObject {
    fn CreateMessage(
        &self,
        interface: In<'_, GUID>,
        flags: u32,
        message: Out<'_, *mut IMessage>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MAPI_ASSOCIATED | MAPI_DEFERRED_ERRORS)?;
            message.clear()?;
            open::wants::<IMessage>(interface)?;
            access::need(self.writable)?;
            let made = match flags & MAPI_ASSOCIATED {
                0 => self.folder.create_message()?,
                _ => self.folder.create_associated()?,
            };
            message.give(MessageObject::made(&self.home, made))
        })
    }

    fn CopyMessages(
        &self,
        messages: In<'_, ENTRYLIST>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MESSAGE_MOVE | MESSAGE_DIALOG | MAPI_DECLINE_OK)?;
            let ids = entry_list(messages)?;
            let ids = ids.ok_or_else(|| Error::invalid_parameter("there are no messages"))?;
            let target = destination(interface, target, flags)?;
            let moved = flags & MESSAGE_MOVE != 0;
            if moved {
                access::need(self.writable)?;
            }
            let target = match target {
                Destination::Ours(target) => target,
                Destination::Foreign(target) => {
                    let teller = Teller::new(progress);
                    let done = copy_messages(&self.again(), ids, &target, moved, &teller)?;
                    return Ok(self.last.partly(&done));
                }
            };
            self.each(ids, progress, |some| match moved {
                true => self.folder.move_messages(some, &target.folder),
                false => self.folder.copy_messages(some, &target.folder),
            })
        })
    }

    fn DeleteMessages(
        &self,
        messages: In<'_, ENTRYLIST>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, MESSAGE_DIALOG | DELETE_HARD_DELETE)?;
            access::need(self.writable)?;
            let ids = entry_list(messages)?;
            let ids = ids.ok_or_else(|| Error::invalid_parameter("there are no messages"))?;
            let how = DeleteMessages { hard: flags & DELETE_HARD_DELETE != 0 };
            self.each(ids, progress, |some| self.folder.delete_messages(some, how))
        })
    }

    fn CreateFolder(
        &self,
        kind: u32,
        name: In<'_, c_void>,
        comment: In<'_, c_void>,
        interface: In<'_, GUID>,
        flags: u32,
        folder: Out<'_, *mut IMAPIFolder>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, OPEN_IF_EXISTS | MAPI_UNICODE | MAPI_DEFERRED_ERRORS)?;
            folder.clear()?;
            open::wants::<IMAPIFolder>(interface)?;
            access::need(self.writable)?;
            let name = need_text(name, flags)?;
            let exists = flags & OPEN_IF_EXISTS != 0;
            let made = match kind {
                FOLDER_GENERIC => self.folder.create_folder(&name, exists)?,
                FOLDER_SEARCH => self.folder.create_search_folder(&name, exists)?,
                _ => return Err(Error::invalid_parameter(format!("no kind of folders {kind}"))),
            };
            if let Some(comment) = read_text(comment, flags)?.filter(|text| !text.is_empty()) {
                made.set(tags::COMMENT, comment)?;
            }
            folder.give(Self::open(&self.home, made, MAPI_MODIFY)?)
        })
    }

    fn CopyFolder(
        &self,
        size: u32,
        id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        name: In<'_, c_void>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            let known = FOLDER_MOVE | FOLDER_DIALOG | COPY_SUBFOLDERS | MAPI_UNICODE;
            check_flags(flags, known | MAPI_DECLINE_OK)?;
            let id = need_entry_id(size, id)?;
            let target = destination(interface, target, flags)?;
            let name = read_text(name, flags)?.filter(|name| !name.is_empty());
            let (deep, remove) = (flags & COPY_SUBFOLDERS != 0, flags & FOLDER_MOVE != 0);
            if remove {
                access::need(self.writable)?;
            }
            let teller = Teller::new(progress);
            let done = match target {
                Destination::Ours(target) => {
                    let folder = self.subfolder(&id)?;
                    teller.tell(0, 1)?;
                    let done = self.copy_own(&folder, &target.folder, name, (deep, remove))?;
                    teller.finish();
                    done
                }
                Destination::Foreign(to) => {
                    let parent = &self.again();
                    copy_folder(FolderCopy { parent, id, to: &to, name, deep, remove }, &teller)?
                }
            };
            Ok(self.last.partly(&done))
        })
    }

    fn DeleteFolder(
        &self,
        size: u32,
        id: In<'_, ENTRYID>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            let known = DEL_MESSAGES | DEL_FOLDERS | FOLDER_DIALOG | DELETE_HARD_DELETE;
            check_flags(flags, known)?;
            access::need(self.writable)?;
            let folder = self.subfolder(&need_entry_id(size, id)?)?;
            let teller = Teller::new(progress);
            teller.tell(0, 1)?;
            let what = DeleteFolder {
                messages: flags & DEL_MESSAGES != 0,
                folders: flags & DEL_FOLDERS != 0,
            };
            self.folder.delete_folder(&folder, what)?;
            teller.finish();
            Ok(())
        })
    }

    fn SetReadFlags(
        &self,
        messages: In<'_, ENTRYLIST>,
        _window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT {
        self.last.answer(|| {
            let pending = CLEAR_RN_PENDING | CLEAR_NRN_PENDING;
            let known = SUPPRESS_RECEIPT | CLEAR_READ_FLAG | GENERATE_RECEIPT_ONLY | pending;
            check_flags(flags, known | MESSAGE_DIALOG | MAPI_DEFERRED_ERRORS)?;
            if flags & CLEAR_READ_FLAG != 0 && flags & SUPPRESS_RECEIPT != 0 {
                return Err(Error::invalid_parameter("flags that exclude each other"));
            }
            if flags & (GENERATE_RECEIPT_ONLY | pending) != 0 {
                // Nobody here sends receipts, so none is pending.
                return Ok(HRESULT::S_OK);
            }
            let read = flags & CLEAR_READ_FLAG == 0;
            match entry_list(messages)? {
                Some(ids) => {
                    self.each(ids, progress, |some| self.folder.set_read_flags(Some(some), read))
                }
                None => Ok(self.folder.set_read_flags(None, read)?.warning().into()),
            }
        })
    }

    fn GetMessageStatus(
        &self,
        size: u32,
        id: In<'_, ENTRYID>,
        flags: u32,
        status: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, 0)?;
            status.clear()?;
            status.set(self.folder.message_status(self.number(size, id)?)? as u32)
        })
    }

    fn SetMessageStatus(
        &self,
        size: u32,
        id: In<'_, ENTRYID>,
        status: u32,
        mask: u32,
        old: Out<'_, u32>,
    ) -> HRESULT {
        self.last.answer(|| {
            let number = self.number(size, id)?;
            let before = self.folder.set_message_status(number, mask as i32, status as i32)?;
            old.set_if(before as u32);
            Ok(())
        })
    }

    fn SaveContentsSort(&self, _order: In<'_, SSortOrderSet>, _flags: u32) -> HRESULT {
        self.last.answer(|| {
            Err::<(), _>(Error::no_support("stores keep no order of their contents tables"))
        })
    }

    fn EmptyFolder(&self, _window: usize, progress: In<'_, IMAPIProgress>, flags: u32) -> HRESULT {
        self.last.answer(|| {
            check_flags(flags, DEL_ASSOCIATED | FOLDER_DIALOG | DELETE_HARD_DELETE)?;
            access::need(self.writable)?;
            let teller = Teller::new(progress);
            teller.tell(0, 1)?;
            let what = EmptyFolder {
                associated: flags & DEL_ASSOCIATED != 0,
                hard: flags & DELETE_HARD_DELETE != 0,
            };
            let done = self.folder.empty(what)?;
            teller.finish();
            Ok(HRESULT::from(done.warning()))
        })
    }
}
