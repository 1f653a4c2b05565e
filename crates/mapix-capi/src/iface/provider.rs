//! Message store providers, and what MAPI gives them.

use std::ffi::c_void;

use super::{
    IAddrBook, IMAPIAdviseSink, IMAPIProgress, IMAPIProp, IMAPITable, IMessage, IMsgStore,
    IProfSect, IUnknown, IUnknownMethods,
};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{
    ADRLIST, ADRPARM, ENTRYID, ENTRYLIST, GUID, HRESULT, MAPIERROR, MAPIUID, NOTIFICATION,
    NOTIFKEY, SPropProblemArray, SPropTagArray, SPropValue,
};

com_interface! {
    /// A message store provider.
    IMSProvider, IMSProviderVtbl, IMSProviderMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20310);

    fn Shutdown(flags: Out<'_, u32>) -> HRESULT;
    fn Logon(
        support: In<'_, IMAPISupport>,
        window: usize,
        profile: In<'_, c_void>,
        size: u32,
        entry_id: In<'_, ENTRYID>,
        flags: u32,
        interface: In<'_, GUID>,
        security_size: Out<'_, u32>,
        security: Out<'_, *mut u8>,
        error: Out<'_, *mut MAPIERROR>,
        logon: Out<'_, *mut IMSLogon>,
        store: Out<'_, *mut IMsgStore>,
    ) -> HRESULT;
    fn SpoolerLogon(
        support: In<'_, IMAPISupport>,
        window: usize,
        profile: In<'_, c_void>,
        size: u32,
        entry_id: In<'_, ENTRYID>,
        flags: u32,
        interface: In<'_, GUID>,
        security_size: u32,
        security: In<'_, u8>,
        error: Out<'_, *mut MAPIERROR>,
        logon: Out<'_, *mut IMSLogon>,
        store: Out<'_, *mut IMsgStore>,
    ) -> HRESULT;
    fn CompareStoreIDs(
        size1: u32,
        entry_id1: In<'_, ENTRYID>,
        size2: u32,
        entry_id2: In<'_, ENTRYID>,
        flags: u32,
        same: Out<'_, u32>,
    ) -> HRESULT;
}

com_interface! {
    /// The logon of a provider.
    IMSLogon, IMSLogonVtbl, IMSLogonMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20313);

    fn GetLastError(result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT;
    fn Logoff(flags: Out<'_, u32>) -> HRESULT;
    fn OpenEntry(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT;
    fn CompareEntryIDs(
        size1: u32,
        entry_id1: In<'_, ENTRYID>,
        size2: u32,
        entry_id2: In<'_, ENTRYID>,
        flags: u32,
        same: Out<'_, u32>,
    ) -> HRESULT;
    fn Advise(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        events: u32,
        sink: In<'_, IMAPIAdviseSink>,
        connection: Out<'_, usize>,
    ) -> HRESULT;
    fn Unadvise(connection: usize) -> HRESULT;
    fn OpenStatusEntry(
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        entry: Out<'_, *mut c_void>,
    ) -> HRESULT;
}

com_interface! {
    /// What MAPI does for a provider.
    IMAPISupport, IMAPISupportVtbl, IMAPISupportMethods: IUnknown, IUnknownMethods = GUID::mapi(0x2030F);

    fn GetLastError(result: HRESULT, flags: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT;
    fn GetMemAllocRoutines(
        allocate: Out<'_, *mut c_void>,
        more: Out<'_, *mut c_void>,
        free: Out<'_, *mut c_void>,
    ) -> HRESULT;
    fn Subscribe(
        key: In<'_, NOTIFKEY>,
        events: u32,
        flags: u32,
        sink: In<'_, IMAPIAdviseSink>,
        connection: Out<'_, usize>,
    ) -> HRESULT;
    fn Unsubscribe(connection: usize) -> HRESULT;
    fn Notify(
        key: In<'_, NOTIFKEY>,
        count: u32,
        notifications: In<'_, NOTIFICATION>,
        flags: Out<'_, u32>,
    ) -> HRESULT;
    fn ModifyStatusRow(count: u32, props: In<'_, SPropValue>, flags: u32) -> HRESULT;
    fn OpenProfileSection(
        uid: In<'_, MAPIUID>,
        flags: u32,
        section: Out<'_, *mut IProfSect>,
    ) -> HRESULT;
    fn RegisterPreprocessor(
        uid: In<'_, MAPIUID>,
        address_type: In<'_, c_void>,
        address: In<'_, c_void>,
        library: In<'_, u8>,
        function: In<'_, u8>,
        flags: u32,
    ) -> HRESULT;
    fn NewUID(uid: Out<'_, MAPIUID>) -> HRESULT;
    fn MakeInvalid(flags: u32, object: *mut c_void, count: u32, version: u32) -> HRESULT;
    fn SpoolerYield(flags: u32) -> HRESULT;
    fn SpoolerNotify(flags: u32, data: *mut c_void) -> HRESULT;
    fn CreateOneOff(
        name: In<'_, c_void>,
        address_type: In<'_, c_void>,
        address: In<'_, c_void>,
        flags: u32,
        size: Out<'_, u32>,
        entry_id: Out<'_, *mut ENTRYID>,
    ) -> HRESULT;
    fn SetProviderUID(uid: In<'_, MAPIUID>, flags: u32) -> HRESULT;
    fn CompareEntryIDs(
        size1: u32,
        entry_id1: In<'_, ENTRYID>,
        size2: u32,
        entry_id2: In<'_, ENTRYID>,
        flags: u32,
        same: Out<'_, u32>,
    ) -> HRESULT;
    fn OpenTemplateID(
        size: u32,
        template: In<'_, ENTRYID>,
        flags: u32,
        data: In<'_, IMAPIProp>,
        interface: In<'_, GUID>,
        object: Out<'_, *mut IMAPIProp>,
        sibling: In<'_, IMAPIProp>,
    ) -> HRESULT;
    fn OpenEntry(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        flags: u32,
        kind: Out<'_, u32>,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT;
    fn GetOneOffTable(flags: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT;
    fn Address(
        window: Out<'_, usize>,
        parameters: In<'_, ADRPARM>,
        recipients: Out<'_, *mut ADRLIST>,
    ) -> HRESULT;
    fn Details(
        window: Out<'_, usize>,
        dismiss: *mut c_void,
        context: *mut c_void,
        size: u32,
        entry_id: In<'_, ENTRYID>,
        button: *mut c_void,
        button_context: *mut c_void,
        button_text: In<'_, c_void>,
        flags: u32,
    ) -> HRESULT;
    fn NewEntry(
        window: usize,
        flags: u32,
        container_size: u32,
        container: In<'_, ENTRYID>,
        template_size: u32,
        template: In<'_, ENTRYID>,
        size: Out<'_, u32>,
        entry_id: Out<'_, *mut ENTRYID>,
    ) -> HRESULT;
    fn DoConfigPropsheet(
        window: usize,
        flags: u32,
        title: In<'_, c_void>,
        table: In<'_, IMAPITable>,
        data: In<'_, IMAPIProp>,
        page: u32,
    ) -> HRESULT;
    fn CopyMessages(
        source_interface: In<'_, GUID>,
        source: In<'_, c_void>,
        messages: In<'_, ENTRYLIST>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT;
    fn CopyFolder(
        source_interface: In<'_, GUID>,
        source: In<'_, c_void>,
        size: u32,
        entry_id: In<'_, ENTRYID>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        name: In<'_, c_void>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        flags: u32,
    ) -> HRESULT;
    fn DoCopyTo(
        source_interface: In<'_, GUID>,
        source: In<'_, c_void>,
        exclude_count: u32,
        exclude: In<'_, GUID>,
        exclude_tags: In<'_, SPropTagArray>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        flags: u32,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT;
    fn DoCopyProps(
        source_interface: In<'_, GUID>,
        source: In<'_, c_void>,
        tags: In<'_, SPropTagArray>,
        window: usize,
        progress: In<'_, IMAPIProgress>,
        interface: In<'_, GUID>,
        target: In<'_, c_void>,
        flags: u32,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT;
    fn DoProgressDialog(
        window: usize,
        flags: u32,
        progress: Out<'_, *mut IMAPIProgress>,
    ) -> HRESULT;
    fn ReadReceipt(
        flags: u32,
        message: In<'_, IMessage>,
        receipt: Out<'_, *mut IMessage>,
    ) -> HRESULT;
    fn PrepareSubmit(message: In<'_, IMessage>, flags: Out<'_, u32>) -> HRESULT;
    fn ExpandRecips(message: In<'_, IMessage>, flags: Out<'_, u32>) -> HRESULT;
    fn UpdatePAB(flags: u32, message: In<'_, IMessage>) -> HRESULT;
    fn DoSentMail(flags: u32, message: In<'_, IMessage>) -> HRESULT;
    fn OpenAddressBook(
        interface: In<'_, GUID>,
        flags: u32,
        book: Out<'_, *mut IAddrBook>,
    ) -> HRESULT;
    fn Preprocess(flags: u32, size: u32, entry_id: In<'_, ENTRYID>) -> HRESULT;
    fn CompleteMsg(flags: u32, size: u32, entry_id: In<'_, ENTRYID>) -> HRESULT;
    fn StoreLogoffTransports(flags: Out<'_, u32>) -> HRESULT;
    fn StatusRecips(message: In<'_, IMessage>, recipients: In<'_, ADRLIST>) -> HRESULT;
    fn WrapStoreEntryID(
        size: u32,
        entry_id: In<'_, ENTRYID>,
        wrapped_size: Out<'_, u32>,
        wrapped: Out<'_, *mut ENTRYID>,
    ) -> HRESULT;
    fn ModifyProfile(flags: u32) -> HRESULT;
    fn IStorageFromStream(
        stream: In<'_, IUnknown>,
        interface: In<'_, GUID>,
        flags: u32,
        storage: Out<'_, *mut c_void>,
    ) -> HRESULT;
    fn GetSvcConfigSupportObj(flags: u32, support: Out<'_, *mut IMAPISupport>) -> HRESULT;
}

com_interface! {
    /// A provider is told that the process ends.
    IMAPIProviderShutdown, IMAPIProviderShutdownVtbl, IMAPIProviderShutdownMethods: IUnknown, IUnknownMethods = GUID::mapi(0x20398);

    fn QueryFastShutdown() -> HRESULT;
    fn NotifyProcessShutdown() -> HRESULT;
    fn DoFastShutdown() -> HRESULT;
}
