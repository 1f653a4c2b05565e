//! Containers and folders.

use std::ffi::c_void;

use super::{IMAPIProgress, IMAPIProp, IMAPIPropMethods, IMAPITable, IMessage, IUnknown};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{ENTRYID, ENTRYLIST, GUID, HRESULT, SRestriction, SSortOrderSet};

com_interface! {
    /// An object with contents.
    IMAPIContainer, IMAPIContainerVtbl, IMAPIContainerMethods: IMAPIProp, IMAPIPropMethods = GUID::mapi(0x2030B);

    fn GetContentsTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn GetHierarchyTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn OpenEntry(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT;
    fn SetSearchCriteria(
        restriction: In<'_, SRestriction>,
        containers: In<'_, ENTRYLIST>,
        flags: u32,
    ) -> HRESULT;
    fn GetSearchCriteria(
        flags: u32,
        restriction: Out<'_, *mut SRestriction>,
        containers: Out<'_, *mut ENTRYLIST>,
        state: Out<'_, u32>,
    ) -> HRESULT;
}

com_interface! {
    /// A folder.
    IMAPIFolder, IMAPIFolderVtbl, IMAPIFolderMethods: IMAPIContainer, IMAPIContainerMethods = GUID::mapi(0x2030C);

    fn CreateMessage(
        interface: In<'_, GUID>,
        flags: u32,
        message: Out<'_, *mut IMessage>,
    ) -> HRESULT;
    fn CopyMessages(
        messages: In<'_, ENTRYLIST>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT;
    fn DeleteMessages(
        messages: In<'_, ENTRYLIST>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT;
    fn CreateFolder(
        kind: u32,
        name: In<'_, c_void>,
        comment: In<'_, c_void>,
        interface: In<'_, GUID>,
        flags: u32,
        folder: Out<'_, *mut IMAPIFolder>,
    ) -> HRESULT;
    fn CopyFolder(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        name: In<'_, c_void>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT;
    fn DeleteFolder(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT;
    fn SetReadFlags(
        messages: In<'_, ENTRYLIST>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT;
    fn GetMessageStatus(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        flags: u32,
        status: Out<'_, u32>,
    ) -> HRESULT;
    fn SetMessageStatus(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        status: u32,
        mask: u32,
        old: Out<'_, u32>,
    ) -> HRESULT;
    fn SaveContentsSort(order: In<'_, SSortOrderSet>, flags: u32) -> HRESULT;
    fn EmptyFolder(window: usize, progress: In<'_, IMAPIProgress>, flags: u32) -> HRESULT;
}
