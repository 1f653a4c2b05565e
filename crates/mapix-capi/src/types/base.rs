//! Numbers, times and identifiers below MAPI: what Windows' base headers define.

use super::structures;

structures! {
    struct GUID[16, 4] { Data1 @ 0: u32, Data2 @ 4: u16, Data3 @ 6: u16, Data4 @ 8: [u8; 8] }
    struct FILETIME[8, 4] { dwLowDateTime @ 0: u32, dwHighDateTime @ 4: u32 }
    struct CY[8, 8] { int64 @ 0: i64 }
    struct LARGE_INTEGER[8, 8] { QuadPart @ 0: i64 }
    struct ULARGE_INTEGER[8, 8] { QuadPart @ 0: u64 }
    struct SYSTEMTIME[16, 2] {
        wYear @ 0: u16,
        wMonth @ 2: u16,
        wDayOfWeek @ 4: u16,
        wDay @ 6: u16,
        wHour @ 8: u16,
        wMinute @ 10: u16,
        wSecond @ 12: u16,
        wMilliseconds @ 14: u16,
    }
    struct STATSTG[80, 8] {
        pwcsName @ 0: *mut u16,
        type_ @ 8: u32,
        cbSize @ 16: ULARGE_INTEGER,
        mtime @ 24: FILETIME,
        ctime @ 32: FILETIME,
        atime @ 40: FILETIME,
        grfMode @ 48: u32,
        grfLocksSupported @ 52: u32,
        clsid @ 56: GUID,
        grfStateBits @ 72: u32,
        reserved @ 76: u32,
    }
    struct MAPIUID[16, 1] { ab @ 0: [u8; 16] }
}
