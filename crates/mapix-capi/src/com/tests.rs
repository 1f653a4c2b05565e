//! Objects through their functions, as C calls them; also what Miri runs.
#![allow(non_snake_case)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::iface::{
    IMAPIAdviseSink, IMAPIAdviseSinkMethods, IMAPIClientShutdown, IMAPIClientShutdownMethods,
    ISequentialStream, ISequentialStreamMethods, IStream, IStreamMethods,
};
use crate::types::{LARGE_INTEGER, NOTIFICATION, STATSTG, ULARGE_INTEGER};

/// Counts its end.
struct Tape {
    bytes: Mutex<Vec<u8>>,
    ended: Arc<AtomicUsize>,
    /// The last reference to itself, which a call gives up.
    own: Mutex<Option<Ptr<IStream>>>,
}

impl Drop for Tape {
    fn drop(&mut self) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

impl Object for Tape {
    type Main = IStream;

    fn side(&self, this: &Ptr<IUnknown>, iid: &GUID) -> Option<Ptr<IUnknown>> {
        (*iid == IMAPIClientShutdown::IID).then(|| Side(this.clone()).into_ptr().upcast())
    }
}

impl ISequentialStreamMethods for Tape {
    fn Read(&self, target: Out<'_, u8>, size: u32, read: Out<'_, u32>) -> HRESULT {
        let bytes = self.bytes.lock().unwrap();
        let count = bytes.len().min(size as usize);
        // SAFETY: the caller has room for `size` bytes.
        unsafe { target.as_raw().copy_from_nonoverlapping(bytes.as_ptr(), count) };
        read.set_if(count as u32);
        HRESULT::S_OK
    }

    fn Write(&self, source: In<'_, u8>, size: u32, written: Out<'_, u32>) -> HRESULT {
        let Ok(source) = source.many(size) else { return ErrorCode::INVALID_PARAMETER.into() };
        self.bytes.lock().unwrap().extend_from_slice(source);
        written.set_if(size);
        HRESULT::S_OK
    }
}

impl IStreamMethods for Tape {
    fn Seek(&self, _: LARGE_INTEGER, _: u32, _: Out<'_, ULARGE_INTEGER>) -> HRESULT {
        panic!("for the test")
    }

    fn SetSize(&self, size: ULARGE_INTEGER) -> HRESULT {
        self.bytes.lock().unwrap().resize(size.QuadPart as usize, 0);
        HRESULT::S_OK
    }

    fn CopyTo(
        &self,
        target: In<'_, IStream>,
        _: ULARGE_INTEGER,
        _: Out<'_, ULARGE_INTEGER>,
        _: Out<'_, ULARGE_INTEGER>,
    ) -> HRESULT {
        let Some(target) = target.object() else { return ErrorCode::INVALID_PARAMETER.into() };
        let bytes = self.bytes.lock().unwrap();
        // SAFETY: the slice is as long as it says.
        unsafe {
            let source = In::from_raw(bytes.as_ptr());
            target.Write(source, bytes.len() as u32, Out::null())
        }
    }

    fn Commit(&self, _: u32) -> HRESULT {
        HRESULT(0x0004_0380)
    }

    /// Gives up the last reference while it runs.
    fn Revert(&self) -> HRESULT {
        drop(self.own.lock().unwrap().take());
        assert_eq!(self.ended.load(Ordering::SeqCst), 0);
        HRESULT::S_OK
    }

    fn LockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        HRESULT::S_OK
    }

    fn UnlockRegion(&self, _: ULARGE_INTEGER, _: ULARGE_INTEGER, _: u32) -> HRESULT {
        HRESULT::S_OK
    }

    fn Stat(&self, stat: Out<'_, STATSTG>, _: u32) -> HRESULT {
        match stat.clear() {
            Ok(()) => HRESULT::S_OK,
            Err(error) => (&error).into(),
        }
    }

    fn Clone(&self, _: Out<'_, *mut IStream>) -> HRESULT {
        HRESULT::S_OK
    }
}

/// A side interface of the tape.
struct Side(Ptr<IUnknown>);

impl Object for Side {
    type Main = IMAPIClientShutdown;

    fn outer(&self) -> Option<&Ptr<IUnknown>> {
        Some(&self.0)
    }
}

impl IMAPIClientShutdownMethods for Side {
    fn QueryFastShutdown(&self) -> HRESULT {
        HRESULT::S_FALSE
    }

    fn NotifyProcessShutdown(&self) -> HRESULT {
        HRESULT::S_OK
    }

    fn DoFastShutdown(&self) -> HRESULT {
        HRESULT::S_OK
    }
}

/// A function that answers a number.
struct Sink;

impl Object for Sink {
    type Main = IMAPIAdviseSink;
}

impl IMAPIAdviseSinkMethods for Sink {
    fn OnNotify(&self, count: u32, _: In<'_, NOTIFICATION>) -> u32 {
        assert_ne!(count, 0, "for the test");
        count + 1
    }
}

fn tape() -> (Ptr<IStream>, Arc<AtomicUsize>) {
    let ended = Arc::new(AtomicUsize::new(0));
    let tape = Tape { bytes: Mutex::default(), ended: Arc::clone(&ended), own: Mutex::new(None) };
    (tape.into_ptr(), ended)
}

#[test]
fn calls_go_through_the_functions() {
    let (stream, ended) = tape();
    let (other, _) = tape();
    let mut target = [0_u8; 8];
    let mut count = 0;
    // SAFETY: the arguments are good.
    unsafe {
        let word = b"tape";
        assert_eq!(
            stream.Write(In::from_raw(word.as_ptr()), 4, Out::new(&mut count)),
            HRESULT::S_OK
        );
        assert_eq!(count, 4);
        let all = ULARGE_INTEGER { QuadPart: u64::MAX };
        let copied = In::from_raw(other.as_raw());
        assert!(stream.CopyTo(copied, all, Out::null(), Out::null()).is_ok());
        let room = Out::from_raw(target.as_mut_ptr());
        assert!(other.Read(room, 8, Out::new(&mut count)).is_ok());
        assert_eq!(&target[..count as usize], b"tape");
        // Warnings pass.
        assert_eq!(stream.Commit(0), HRESULT(0x0004_0380));
        // Null is seen.
        let refused = HRESULT::from(ErrorCode::INVALID_PARAMETER);
        assert_eq!(stream.Write(In::null(), 4, Out::null()), refused);
        assert_eq!(stream.Stat(Out::null(), 0), refused);
        // And so is a panic.
        let zero = LARGE_INTEGER { QuadPart: 0 };
        assert_eq!(stream.Seek(zero, 0, Out::null()), ErrorCode::CALL_FAILED.into());
    }
    let held = stream.clone();
    drop(stream);
    assert_eq!(ended.load(Ordering::SeqCst), 0);
    drop(held);
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[test]
fn query_interface_knows_the_whole_chain_and_the_sides() {
    let (stream, ended) = tape();
    let base = stream.query::<ISequentialStream>().unwrap();
    assert_eq!(base.as_raw().cast(), stream.as_raw());
    let unknown = base.query::<IUnknown>().unwrap();
    assert_eq!(unknown.as_raw().cast(), stream.as_raw());
    let code = stream.query::<IMAPIAdviseSink>().unwrap_err().code();
    assert_eq!(code, ErrorCode::INTERFACE_NOT_SUPPORTED);

    let side = unknown.query::<IMAPIClientShutdown>().unwrap();
    assert_ne!(side.as_raw().cast(), stream.as_raw());
    // SAFETY: no arguments.
    assert_eq!(unsafe { side.QueryFastShutdown() }, HRESULT::S_FALSE);
    // The identity of both is the same, and from one to the other there is a way.
    assert_eq!(side.query::<IUnknown>().unwrap().as_raw(), unknown.as_raw());
    assert_eq!(side.query::<IStream>().unwrap().as_raw(), stream.as_raw());
    drop((stream, base, unknown));
    assert_eq!(ended.load(Ordering::SeqCst), 0, "the side holds the tape");
    drop(side);
    assert_eq!(ended.load(Ordering::SeqCst), 1);

    // Back to the object itself, by what it is.
    let (stream, _) = tape();
    assert!(stream.object::<Tape>().is_some_and(|tape| tape.bytes.lock().unwrap().is_empty()));
    assert!(stream.object::<Sink>().is_none());

    // SAFETY: null is allowed to be given, and refused.
    unsafe {
        let (stream, _) = tape();
        let refused = HRESULT::from(ErrorCode::INVALID_PARAMETER);
        assert_eq!(stream.QueryInterface(In::new(&IStream::IID), Out::null()), refused);
        assert_eq!(stream.QueryInterface(In::null(), Out::null()), refused);
    }
}

#[test]
fn an_object_may_release_itself() {
    let ended = Arc::new(AtomicUsize::new(0));
    let own = Mutex::new(None);
    let tape = Tape { bytes: Mutex::default(), ended: Arc::clone(&ended), own };
    let stream = tape.into_ptr();
    // SAFETY: the object is a `Tape` of ours; its reference goes into itself.
    let raw = unsafe {
        let instance = stream.as_raw().cast::<Instance<Tape>>();
        let raw = stream.into_raw();
        *(*instance).object.own.lock().unwrap() = Ptr::from_raw(raw);
        raw
    };
    // SAFETY: alive until this call ends.
    let result = unsafe { std::mem::ManuallyDrop::new(Ptr::from_raw(raw).unwrap()).Revert() };
    assert_eq!(result, HRESULT::S_OK);
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[test]
fn numbers_are_answered_as_they_are() {
    let sink = Sink.into_ptr();
    // SAFETY: the sink looks at none.
    unsafe {
        assert_eq!(sink.OnNotify(41, In::null()), 42);
        assert_eq!(sink.OnNotify(0, In::null()), 0, "it panics");
    }
}

#[test]
fn threads_count_references() {
    let (stream, ended) = tape();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let stream = stream.clone();
            scope.spawn(move || {
                for _ in 0..50 {
                    let other = stream.clone();
                    drop(other.query::<ISequentialStream>().unwrap());
                    drop(other.query::<IMAPIClientShutdown>().unwrap());
                }
            });
        }
    });
    // SAFETY: the object is alive.
    let count = unsafe { stream.AddRef() };
    assert_eq!(count, 2);
    // SAFETY: the reference that was just taken.
    assert_eq!(unsafe { stream.Release() }, 1);
    drop(stream);
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}
