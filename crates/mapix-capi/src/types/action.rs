//! What rules do.

use super::{ADRLIST, ENTRYID, GUID, SPropTagArray, SPropValue, SRestriction, structures};

structures! {
    struct ActMoveCopy[32, 8] {
        cbStoreEntryId @ 0: u32,
        lpStoreEntryId @ 8: *mut ENTRYID,
        cbFldEntryId @ 16: u32,
        lpFldEntryId @ 24: *mut ENTRYID,
    }
    struct ActReply[32, 8] {
        cbEntryId @ 0: u32,
        lpEntryId @ 8: *mut ENTRYID,
        guidReplyTemplate @ 16: GUID,
    }
    struct ActDeferAction[16, 8] { cbData @ 0: u32, pbData @ 8: *mut u8 }
    union ACTIONUnion[32, 8] {
        actMoveCopy: ActMoveCopy,
        actReply: ActReply,
        actDeferAction: ActDeferAction,
        scBounceCode: u32,
        lpadrlist: *mut ADRLIST,
        propTag: SPropValue,
    }
    struct ACTION[64, 8] {
        acttype @ 0: u32,
        ulActionFlavor @ 4: u32,
        lpRes @ 8: *mut SRestriction,
        lpPropTagArray @ 16: *mut SPropTagArray,
        ulFlags @ 24: u32,
        dwAlignPad @ 28: u32,
        data @ 32: ACTIONUnion,
    }
    struct ACTIONS[16, 8] { ulVersion @ 0: u32, cActions @ 4: u32, lpAction @ 8: *mut ACTION }
}
