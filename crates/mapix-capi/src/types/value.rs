//! Property values, lists of tags, problems, names.

use std::ffi::c_void;

use super::{CY, FILETIME, GUID, HRESULT, LARGE_INTEGER, structures};

structures! {
    struct SBinary[16, 8] { cb @ 0: u32, lpb @ 8: *mut u8 }
    struct SShortArray[16, 8] { cValues @ 0: u32, lpi @ 8: *mut i16 }
    struct SLongArray[16, 8] { cValues @ 0: u32, lpl @ 8: *mut i32 }
    struct SRealArray[16, 8] { cValues @ 0: u32, lpflt @ 8: *mut f32 }
    struct SDoubleArray[16, 8] { cValues @ 0: u32, lpdbl @ 8: *mut f64 }
    struct SCurrencyArray[16, 8] { cValues @ 0: u32, lpcur @ 8: *mut CY }
    struct SAppTimeArray[16, 8] { cValues @ 0: u32, lpat @ 8: *mut f64 }
    struct SDateTimeArray[16, 8] { cValues @ 0: u32, lpft @ 8: *mut FILETIME }
    struct SBinaryArray[16, 8] { cValues @ 0: u32, lpbin @ 8: *mut SBinary }
    struct SLPSTRArray[16, 8] { cValues @ 0: u32, lppszA @ 8: *mut *mut u8 }
    struct SWStringArray[16, 8] { cValues @ 0: u32, lppszW @ 8: *mut *mut u16 }
    struct SGuidArray[16, 8] { cValues @ 0: u32, lpguid @ 8: *mut GUID }
    struct SLargeIntegerArray[16, 8] { cValues @ 0: u32, lpli @ 8: *mut LARGE_INTEGER }
    union UPV[16, 8] {
        i: i16,
        l: i32,
        ul: u32,
        lpv: *mut c_void,
        flt: f32,
        dbl: f64,
        b: u16,
        cur: CY,
        at: f64,
        ft: FILETIME,
        lpszA: *mut u8,
        bin: SBinary,
        lpszW: *mut u16,
        lpguid: *mut GUID,
        li: LARGE_INTEGER,
        MVi: SShortArray,
        MVl: SLongArray,
        MVflt: SRealArray,
        MVdbl: SDoubleArray,
        MVcur: SCurrencyArray,
        MVat: SAppTimeArray,
        MVft: SDateTimeArray,
        MVbin: SBinaryArray,
        MVszA: SLPSTRArray,
        MVszW: SWStringArray,
        MVguid: SGuidArray,
        MVli: SLargeIntegerArray,
        err: HRESULT,
        x: i32,
    }
    struct SPropValue[24, 8] { ulPropTag @ 0: u32, dwAlignPad @ 4: u32, Value @ 8: UPV }
    struct SPropTagArray[8, 4] { cValues @ 0: u32, aulPropTag @ 4: [u32; 1] }
    struct SPropProblem[12, 4] { ulIndex @ 0: u32, ulPropTag @ 4: u32, scode @ 8: HRESULT }
    struct SPropProblemArray[16, 4] { cProblem @ 0: u32, aProblem @ 4: [SPropProblem; 1] }
    struct SPropAttrArray[8, 4] { cValues @ 0: u32, aPropAttr @ 4: [u32; 1] }
    union MAPINAMEIDKind[8, 8] { lID_Reserved: isize, lID: i32, lpwstrName: *mut u16 }
    struct MAPINAMEID[24, 8] {
        lpguid @ 0: *mut GUID,
        ulKind @ 8: u32,
        Kind @ 16: MAPINAMEIDKind,
    }
    struct FlagList[8, 4] { cFlags @ 0: u32, ulFlag @ 4: [u32; 1] }
}
