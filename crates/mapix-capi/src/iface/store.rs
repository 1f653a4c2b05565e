//! Message stores.

use std::ffi::c_void;

use super::{IMAPIAdviseSink, IMAPIProp, IMAPIPropMethods, IMAPITable, IMessage, IUnknown};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{ENTRYID, GUID, HRESULT, NOTIFICATION};

com_interface! {
    /// A message store.
    IMsgStore, IMsgStoreVtbl, IMsgStoreMethods: IMAPIProp, IMAPIPropMethods = GUID::mapi(0x20306);

    fn Advise(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        events: u32,
        sink: In<'_, IMAPIAdviseSink>,
        connection: Out<'_, usize>,
    ) -> HRESULT;
    fn Unadvise(connection: usize) -> HRESULT;
    fn CompareEntryIDs(
        size1: u32,
        entry_id1: In<'_, ENTRYID>,
        size2: u32,
        entry_id2: In<'_, ENTRYID>,
        flags: u32,
        same: Out<'_, u32>,
    ) -> HRESULT;
    fn OpenEntry(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT;
    fn SetReceiveFolder(
        class: In<'_, c_void>,
        flags: u32,
        size: u32,
        entry_id: In<'_, ENTRYID>,
    ) -> HRESULT;
    fn GetReceiveFolder(
        class: In<'_, c_void>,
        flags: u32,
        size: Out<'_, u32>,
        entry_id: Out<'_, *mut ENTRYID>,
        found_class: Out<'_, *mut c_void>,
    ) -> HRESULT;
    fn GetReceiveFolderTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn StoreLogoff(flags: Out<'_, u32>) -> HRESULT;
    fn AbortSubmit(size: u32, entry_id: In<'_, ENTRYID>, flags: u32) -> HRESULT;
    fn GetOutgoingQueue(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn SetLockState(message: In<'_, IMessage>, state: u32) -> HRESULT;
    fn FinishedMsg(flags: u32, size: u32, entry_id: In<'_, ENTRYID>) -> HRESULT;
    fn NotifyNewMail(notification: In<'_, NOTIFICATION>) -> HRESULT;
}
