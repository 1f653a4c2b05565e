//! Entry identifiers and lists of them.

use super::{SBinary, structures};

structures! {
    struct ENTRYID[5, 1] { abFlags @ 0: [u8; 4], ab @ 4: [u8; 1] }
    struct ENTRYLIST[16, 8] { cValues @ 0: u32, lpbin @ 8: *mut SBinary }
    struct FLATENTRY[8, 4] { cb @ 0: u32, abEntry @ 4: [u8; 1] }
    struct FLATENTRYLIST[12, 4] {
        cEntries @ 0: u32,
        cbEntries @ 4: u32,
        abEntries @ 8: [u8; 1],
    }
    struct MTSID[8, 4] { cb @ 0: u32, ab @ 4: [u8; 1] }
    struct FLATMTSIDLIST[12, 4] { cMTSIDs @ 0: u32, cbMTSIDs @ 4: u32, abMTSIDs @ 8: [u8; 1] }
}
