//! Streams.

use super::{IUnknown, IUnknownMethods};
use crate::arg::{In, Out};
use crate::com::com_interface;
use crate::types::{GUID, HRESULT, LARGE_INTEGER, STATSTG, ULARGE_INTEGER};

com_interface! {
    /// Bytes one after the other.
    ISequentialStream, ISequentialStreamVtbl, ISequentialStreamMethods: IUnknown, IUnknownMethods = GUID::new(0x0C733A30, 0x2A1C, 0x11CE, [0xAD, 0xE5, 0x00, 0xAA, 0x00, 0x44, 0x77, 0x3D]);

    fn Read(target: Out<'_, u8>, size: u32, read: Out<'_, u32>) -> HRESULT;
    fn Write(source: In<'_, u8>, size: u32, written: Out<'_, u32>) -> HRESULT;
}

com_interface! {
    /// Bytes with a position.
    IStream, IStreamVtbl, IStreamMethods: ISequentialStream, ISequentialStreamMethods = GUID::mapi(0xC);

    fn Seek(distance: LARGE_INTEGER, origin: u32, position: Out<'_, ULARGE_INTEGER>) -> HRESULT;
    fn SetSize(size: ULARGE_INTEGER) -> HRESULT;
    fn CopyTo(
        target: In<'_, IStream>,
        size: ULARGE_INTEGER,
        read: Out<'_, ULARGE_INTEGER>,
        written: Out<'_, ULARGE_INTEGER>,
    ) -> HRESULT;
    fn Commit(flags: u32) -> HRESULT;
    fn Revert() -> HRESULT;
    fn LockRegion(offset: ULARGE_INTEGER, size: ULARGE_INTEGER, kind: u32) -> HRESULT;
    fn UnlockRegion(offset: ULARGE_INTEGER, size: ULARGE_INTEGER, kind: u32) -> HRESULT;
    fn Stat(stat: Out<'_, STATSTG>, flags: u32) -> HRESULT;
    fn Clone(stream: Out<'_, *mut IStream>) -> HRESULT;
}

com_interface! {
    /// Bytes by their offsets.
    ILockBytes, ILockBytesVtbl, ILockBytesMethods: IUnknown, IUnknownMethods = GUID::mapi(0xA);

    fn ReadAt(
        offset: ULARGE_INTEGER,
        target: Out<'_, u8>,
        size: u32,
        read: Out<'_, u32>,
    ) -> HRESULT;
    fn WriteAt(
        offset: ULARGE_INTEGER,
        source: In<'_, u8>,
        size: u32,
        written: Out<'_, u32>,
    ) -> HRESULT;
    fn Flush() -> HRESULT;
    fn SetSize(size: ULARGE_INTEGER) -> HRESULT;
    fn LockRegion(offset: ULARGE_INTEGER, size: ULARGE_INTEGER, kind: u32) -> HRESULT;
    fn UnlockRegion(offset: ULARGE_INTEGER, size: ULARGE_INTEGER, kind: u32) -> HRESULT;
    fn Stat(stat: Out<'_, STATSTG>, flags: u32) -> HRESULT;
}
