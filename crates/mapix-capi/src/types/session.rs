//! Errors, initialization, and what service providers exchange with MAPI.

use std::ffi::c_void;

use super::{ENTRYID, GUID, SPropValue, SRestriction, structures};

structures! {
    struct MAPIERROR[32, 8] {
        ulVersion @ 0: u32,
        lpszError @ 8: *mut c_void,
        lpszComponent @ 16: *mut c_void,
        ulLowLevelError @ 24: u32,
        ulContext @ 28: u32,
    }
    struct MAPIINIT_0[8, 4] { ulVersion @ 0: u32, ulFlags @ 4: u32 }
    struct OPTIONDATA[64, 8] {
        ulFlags @ 0: u32,
        lpRecipGUID @ 8: *mut GUID,
        lpszAdrType @ 16: *mut c_void,
        lpszDLLName @ 24: *mut c_void,
        ulOrdinal @ 32: u32,
        cbOptionsData @ 36: u32,
        lpbOptionsData @ 40: *mut u8,
        cOptionsProps @ 48: u32,
        lpOptionsProps @ 56: *mut SPropValue,
    }
    struct ADRPARM[136, 8] {
        cbABContEntryID @ 0: u32,
        lpABContEntryID @ 8: *mut ENTRYID,
        ulFlags @ 16: u32,
        lpReserved @ 24: *mut c_void,
        ulHelpContext @ 32: u32,
        lpszHelpFileName @ 40: *mut c_void,
        lpfnABSDI @ 48: *mut c_void,
        lpfnDismiss @ 56: *mut c_void,
        lpvDismissContext @ 64: *mut c_void,
        lpszCaption @ 72: *mut c_void,
        lpszNewEntryTitle @ 80: *mut c_void,
        lpszDestWellsTitle @ 88: *mut c_void,
        cDestFields @ 96: u32,
        nDestFieldFocus @ 100: u32,
        lppszDestTitles @ 104: *mut *mut c_void,
        lpulDestComps @ 112: *mut u32,
        lpContRestriction @ 120: *mut SRestriction,
        lpHierRestriction @ 128: *mut SRestriction,
    }
    struct RTF_WCSINFO[16, 4] {
        size @ 0: u32,
        ulFlags @ 4: u32,
        ulInCodePage @ 8: u32,
        ulOutCodePage @ 12: u32,
    }
    struct RTF_WCSRETINFO[8, 4] { size @ 0: u32, ulStreamFlags @ 4: u32 }
}
