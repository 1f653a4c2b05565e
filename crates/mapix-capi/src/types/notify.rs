//! What an advise sink is told.

use std::ffi::c_void;

use super::{ENTRYID, HRESULT, MAPIERROR, SPropTagArray, SPropValue, SRow, structures};

structures! {
    struct ERROR_NOTIFICATION[32, 8] {
        cbEntryID @ 0: u32,
        lpEntryID @ 8: *mut ENTRYID,
        scode @ 16: HRESULT,
        ulFlags @ 20: u32,
        lpMAPIError @ 24: *mut MAPIERROR,
    }
    struct NEWMAIL_NOTIFICATION[56, 8] {
        cbEntryID @ 0: u32,
        lpEntryID @ 8: *mut ENTRYID,
        cbParentID @ 16: u32,
        lpParentID @ 24: *mut ENTRYID,
        ulFlags @ 32: u32,
        lpszMessageClass @ 40: *mut c_void,
        ulMessageFlags @ 48: u32,
    }
    struct OBJECT_NOTIFICATION[72, 8] {
        cbEntryID @ 0: u32,
        lpEntryID @ 8: *mut ENTRYID,
        ulObjType @ 16: u32,
        cbParentID @ 20: u32,
        lpParentID @ 24: *mut ENTRYID,
        cbOldID @ 32: u32,
        lpOldID @ 40: *mut ENTRYID,
        cbOldParentID @ 48: u32,
        lpOldParentID @ 56: *mut ENTRYID,
        lpPropTagArray @ 64: *mut SPropTagArray,
    }
    struct TABLE_NOTIFICATION[80, 8] {
        ulTableEvent @ 0: u32,
        hResult @ 4: HRESULT,
        propIndex @ 8: SPropValue,
        propPrior @ 32: SPropValue,
        row @ 56: SRow,
        ulPad @ 72: u32,
    }
    struct EXTENDED_NOTIFICATION[16, 8] {
        ulEvent @ 0: u32,
        cb @ 4: u32,
        pbEventParameters @ 8: *mut u8,
    }
    struct STATUS_OBJECT_NOTIFICATION[32, 8] {
        cbEntryID @ 0: u32,
        lpEntryID @ 8: *mut ENTRYID,
        cValues @ 16: u32,
        lpPropVals @ 24: *mut SPropValue,
    }
    union NotificationInfo[80, 8] {
        err: ERROR_NOTIFICATION,
        newmail: NEWMAIL_NOTIFICATION,
        obj: OBJECT_NOTIFICATION,
        tab: TABLE_NOTIFICATION,
        ext: EXTENDED_NOTIFICATION,
        statobj: STATUS_OBJECT_NOTIFICATION,
    }
    struct NOTIFICATION[88, 8] {
        ulEventType @ 0: u32,
        ulAlignPad @ 4: u32,
        info @ 8: NotificationInfo,
    }
    struct NOTIFKEY[8, 4] { cb @ 0: u32, ab @ 4: [u8; 1] }
}
