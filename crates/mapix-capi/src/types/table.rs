//! Rows, sort orders, address lists.

use super::{SPropValue, structures};

structures! {
    struct SRow[16, 8] {
        ulAdrEntryPad @ 0: u32,
        cValues @ 4: u32,
        lpProps @ 8: *mut SPropValue,
    }
    struct SRowSet[24, 8] { cRows @ 0: u32, aRow @ 8: [SRow; 1] }
    struct SSortOrder[8, 4] { ulPropTag @ 0: u32, ulOrder @ 4: u32 }
    struct SSortOrderSet[20, 4] {
        cSorts @ 0: u32,
        cCategories @ 4: u32,
        cExpanded @ 8: u32,
        aSort @ 12: [SSortOrder; 1],
    }
    struct ADRENTRY[16, 8] {
        ulReserved1 @ 0: u32,
        cValues @ 4: u32,
        rgPropVals @ 8: *mut SPropValue,
    }
    struct ADRLIST[24, 8] { cEntries @ 0: u32, aEntries @ 8: [ADRENTRY; 1] }
    struct ROWENTRY[16, 8] {
        ulRowFlags @ 0: u32,
        cValues @ 4: u32,
        rgPropVals @ 8: *mut SPropValue,
    }
    struct ROWLIST[24, 8] { cEntries @ 0: u32, aEntries @ 8: [ROWENTRY; 1] }
}
