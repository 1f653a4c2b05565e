//! Destinations, sources and clients that make trouble in the middle of a copy.
#![allow(non_snake_case)]

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mapi::arg::{In, Out};
use mapi::com::{Object, Ptr};
use mapi::iface::{
    IAttach, IMAPIProgress, IMAPIProgressMethods, IMAPIProp, IMAPIPropMethods, IMAPITable,
    IMessage, IMessageMethods, ISequentialStreamMethods, IStream, IStreamMethods, IUnknown,
};
use mapi::types::{
    ADRLIST, GUID, HRESULT, LARGE_INTEGER, MAPIERROR, MAPINAMEID, SPropProblemArray, SPropTagArray,
    SPropValue, STATSTG, ULARGE_INTEGER,
};
use mapix::ErrorCode;
use mapix::prop::{Prop, PropTag, PropType, tags};

/// What goes wrong with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// `SetProps` refuses all as soon as the subject is among them.
    Subject(ErrorCode),
    /// `SetProps` refuses everything.
    Everything(ErrorCode),
    /// Streams end in the middle.
    Streams(ErrorCode),
    /// Attachments are not made.
    Attachments(ErrorCode),
    /// `CreateAttach` says that it worked, and gives nothing.
    NoAttachment,
    /// `GetPropList` gives memory that is not MAPI's.
    Memory,
    /// `GetPropList` and `GetProps` say that they worked, and give nothing.
    Nothing,
    /// It is in an attachment of itself.
    Endless,
}

/// What was done to a message, in numbers.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) set: AtomicU32,
    pub(crate) deleted: AtomicU32,
    pub(crate) written: AtomicU32,
}

pub(crate) struct Bad {
    pub(crate) fault: Fault,
    pub(crate) seen: Arc<Seen>,
}

impl Bad {
    pub(crate) fn message(fault: Fault) -> (Ptr<IMessage>, Arc<Seen>) {
        let seen = Arc::new(Seen::default());
        (Self { fault, seen: Arc::clone(&seen) }.into_ptr(), seen)
    }

    fn again(&self) -> Ptr<IMessage> {
        Self { fault: self.fault, seen: Arc::clone(&self.seen) }.into_ptr()
    }
}

const NO_SUPPORT: HRESULT = HRESULT(0x8004_0102_u32 as i32);

impl Object for Bad {
    type Main = IMessage;
}

static NOT_MAPIS: [u64; 64] = [0; 64];

impl IMAPIPropMethods for Bad {
    fn GetLastError(&self, _: HRESULT, _: u32, error: Out<'_, *mut MAPIERROR>) -> HRESULT {
        error.set_if(std::ptr::null_mut());
        HRESULT::S_OK
    }

    fn SaveChanges(&self, _: u32) -> HRESULT {
        HRESULT::S_OK
    }

    fn GetProps(
        &self,
        wanted: In<'_, SPropTagArray>,
        _: u32,
        count: Out<'_, u32>,
        props: Out<'_, *mut SPropValue>,
    ) -> HRESULT {
        count.set_if(0);
        props.set_if(std::ptr::null_mut());
        match self.fault {
            // Of a message or an attachment, it is how the attachment holds its message.
            Fault::Endless => {
                let value = |tag: &PropTag| match *tag {
                    tag if tag == tags::ATTACH_METHOD => Prop::new(tag, 5),
                    tag => Prop::new(tag.with_type(PropType::ERROR), ErrorCode::NOT_FOUND),
                };
                let asked = mapi::convert::tag_list(wanted).unwrap();
                let found: Vec<Prop> = asked.iter().map(value).collect();
                mapi::convert::give_props(count, props, &found).unwrap();
                HRESULT::S_OK
            }
            Fault::Nothing => HRESULT::S_OK,
            _ => NO_SUPPORT,
        }
    }

    fn GetPropList(&self, _: u32, list: Out<'_, *mut SPropTagArray>) -> HRESULT {
        match self.fault {
            Fault::Memory => {
                let inside = (&raw const NOT_MAPIS[32]).cast_mut().cast();
                list.set_if(inside);
                HRESULT::S_OK
            }
            Fault::Nothing => {
                list.set_if(std::ptr::null_mut());
                HRESULT::S_OK
            }
            Fault::Endless => {
                mapi::convert::give_tags(list, &[tags::ATTACH_METHOD]).unwrap();
                HRESULT::S_OK
            }
            _ => NO_SUPPORT,
        }
    }

    fn OpenProperty(
        &self,
        _: u32,
        _: In<'_, GUID>,
        _: u32,
        _: u32,
        object: Out<'_, *mut IUnknown>,
    ) -> HRESULT {
        if self.fault == Fault::Endless {
            self.seen.set.fetch_add(1, Ordering::Relaxed);
            return object.give(self.again().upcast()).map_or(NO_SUPPORT, |()| HRESULT::S_OK);
        }
        let Fault::Streams(code) = self.fault else { return NO_SUPPORT };
        let stream = Leaking { left: AtomicU32::new(100_000), code, seen: Arc::clone(&self.seen) };
        object.give(stream.into_ptr().upcast()).map_or(NO_SUPPORT, |()| HRESULT::S_OK)
    }

    fn SetProps(
        &self,
        count: u32,
        props: In<'_, SPropValue>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        problems.set_if(std::ptr::null_mut());
        let all = props.many(count).unwrap();
        match self.fault {
            Fault::Subject(code) if all.iter().any(|prop| prop.ulPropTag >> 16 == 0x37) => {
                return code.into();
            }
            Fault::Everything(code) => return code.into(),
            _ => {}
        }
        self.seen.set.fetch_add(count, Ordering::Relaxed);
        HRESULT::S_OK
    }

    fn DeleteProps(
        &self,
        _: In<'_, SPropTagArray>,
        problems: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        problems.set_if(std::ptr::null_mut());
        self.seen.deleted.fetch_add(1, Ordering::Relaxed);
        HRESULT::S_OK
    }

    fn CopyTo(
        &self,
        _: u32,
        _: In<'_, GUID>,
        _: In<'_, SPropTagArray>,
        _: usize,
        _: In<'_, IMAPIProgress>,
        _: In<'_, GUID>,
        _: In<'_, c_void>,
        _: u32,
        _: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        NO_SUPPORT
    }

    fn CopyProps(
        &self,
        _: In<'_, SPropTagArray>,
        _: usize,
        _: In<'_, IMAPIProgress>,
        _: In<'_, GUID>,
        _: In<'_, c_void>,
        _: u32,
        _: Out<'_, *mut SPropProblemArray>,
    ) -> HRESULT {
        NO_SUPPORT
    }

    fn GetNamesFromIDs(
        &self,
        _: Out<'_, *mut SPropTagArray>,
        _: In<'_, GUID>,
        _: u32,
        _: Out<'_, u32>,
        _: Out<'_, *mut *mut MAPINAMEID>,
    ) -> HRESULT {
        NO_SUPPORT
    }

    fn GetIDsFromNames(
        &self,
        _: u32,
        _: In<'_, *mut MAPINAMEID>,
        _: u32,
        _: Out<'_, *mut SPropTagArray>,
    ) -> HRESULT {
        NO_SUPPORT
    }
}

impl IMessageMethods for Bad {
    /// Without attachments, as `GetRecipientTable` without recipients.
    fn GetAttachmentTable(&self, _: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        rows(table, self.fault == Fault::Endless)
    }

    fn OpenAttach(
        &self,
        _: u32,
        _: In<'_, GUID>,
        _: u32,
        attachment: Out<'_, *mut IAttach>,
    ) -> HRESULT {
        if self.fault != Fault::Endless {
            return NO_SUPPORT;
        }
        // Its functions are the first of a message's.
        attachment.set_if(self.again().into_raw().cast());
        HRESULT::S_OK
    }

    fn CreateAttach(
        &self,
        _: In<'_, GUID>,
        _: u32,
        number: Out<'_, u32>,
        attachment: Out<'_, *mut IAttach>,
    ) -> HRESULT {
        number.set_if(0);
        attachment.set_if(std::ptr::null_mut());
        match self.fault {
            Fault::Attachments(code) => code.into(),
            Fault::NoAttachment => HRESULT::S_OK,
            _ => NO_SUPPORT,
        }
    }

    fn DeleteAttach(&self, _: u32, _: usize, _: In<'_, IMAPIProgress>, _: u32) -> HRESULT {
        HRESULT::S_OK
    }

    fn GetRecipientTable(&self, _: u32, table: Out<'_, *mut IMAPITable>) -> HRESULT {
        rows(table, false)
    }

    fn ModifyRecipients(&self, _: u32, _: In<'_, ADRLIST>) -> HRESULT {
        HRESULT::S_OK
    }

    fn SubmitMessage(&self, _: u32) -> HRESULT {
        NO_SUPPORT
    }

    fn SetReadFlag(&self, _: u32) -> HRESULT {
        NO_SUPPORT
    }
}

/// A table of attachments without rows, or with one.
fn rows(table: Out<'_, *mut IMAPITable>, one: bool) -> HRESULT {
    let mut data = std::ptr::null_mut();
    let tag = [1_u32, 0x0E21_0003];
    // SAFETY: the arguments are as CreateTable wants them, here and for the view.
    unsafe {
        let made = mapi::export::CreateTable(
            std::ptr::null(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            0,
            0x0E21_0003,
            tag.as_ptr().cast_mut().cast(),
            &raw mut data,
        );
        assert_eq!(made, HRESULT::S_OK);
        let data = Ptr::<mapi::iface::ITableData>::from_raw(data).unwrap();
        if one {
            let value = mapi::types::UPV { l: 0 };
            let mut first = SPropValue { ulPropTag: tag[1], dwAlignPad: 0, Value: value };
            let row = mapi::types::SRow { ulAdrEntryPad: 0, cValues: 1, lpProps: &raw mut first };
            assert_eq!(data.HrModifyRow(In::new(&row)), HRESULT::S_OK);
        }
        data.HrGetView(In::null(), None, 0, table)
    }
}

/// A stream that takes so many bytes, and then no more.
struct Leaking {
    left: AtomicU32,
    code: ErrorCode,
    seen: Arc<Seen>,
}

impl Object for Leaking {
    type Main = IStream;
}

impl ISequentialStreamMethods for Leaking {
    fn Read(&self, _: Out<'_, u8>, _: u32, _: Out<'_, u32>) -> HRESULT {
        NO_SUPPORT
    }

    fn Write(&self, _: In<'_, u8>, size: u32, written: Out<'_, u32>) -> HRESULT {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return self.code.into();
        }
        let taken = size.min(left);
        self.left.store(left - taken, Ordering::Relaxed);
        self.seen.written.fetch_add(taken, Ordering::Relaxed);
        written.set_if(taken);
        HRESULT::S_OK
    }
}

impl IStreamMethods for Leaking {
    fn Seek(&self, _: LARGE_INTEGER, _: u32, _: Out<'_, ULARGE_INTEGER>) -> HRESULT {
        NO_SUPPORT
    }

    fn SetSize(&self, _: ULARGE_INTEGER) -> HRESULT {
        HRESULT::S_OK
    }

    fn CopyTo(
        &self,
        _: In<'_, IStream>,
        _: ULARGE_INTEGER,
        _: Out<'_, ULARGE_INTEGER>,
        _: Out<'_, ULARGE_INTEGER>,
    ) -> HRESULT {
        NO_SUPPORT
    }

    fn Commit(&self, _: u32) -> HRESULT {
        HRESULT::S_OK
    }

    fn Revert(&self) -> HRESULT {
        NO_SUPPORT
    }

    fn LockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        NO_SUPPORT
    }

    fn UnlockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        NO_SUPPORT
    }

    fn Stat(&self, _: Out<'_, STATSTG>, _: u32) -> HRESULT {
        NO_SUPPORT
    }

    fn Clone(&self, _: Out<'_, *mut IStream>) -> HRESULT {
        NO_SUPPORT
    }
}

/// A client that looks on, and stops it when so many are done.
pub(crate) struct Watching {
    pub(crate) stop_at: u32,
    pub(crate) told: Arc<AtomicU32>,
}

impl Object for Watching {
    type Main = IMAPIProgress;
}

impl IMAPIProgressMethods for Watching {
    fn Progress(&self, _: u32, count: u32, total: u32) -> HRESULT {
        assert!(count <= total);
        self.told.fetch_max(count, Ordering::Relaxed);
        if count >= self.stop_at { ErrorCode::USER_CANCEL.into() } else { HRESULT::S_OK }
    }

    fn GetFlags(&self, flags: Out<'_, u32>) -> HRESULT {
        // MAPI_TOP_LEVEL
        flags.set_if(1);
        HRESULT::S_OK
    }

    fn GetMax(&self, max: Out<'_, u32>) -> HRESULT {
        max.set_if(1000);
        HRESULT::S_OK
    }

    fn GetMin(&self, min: Out<'_, u32>) -> HRESULT {
        min.set_if(0);
        HRESULT::S_OK
    }

    fn SetLimits(&self, _: In<'_, u32>, _: In<'_, u32>, _: In<'_, u32>) -> HRESULT {
        HRESULT::S_OK
    }
}

/// By its properties alone.
pub(crate) fn prop(message: &Ptr<IMessage>) -> &Ptr<IMAPIProp> {
    message
}
