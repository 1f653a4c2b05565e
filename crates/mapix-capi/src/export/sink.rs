//! Advise sinks of MAPI's own: one that calls a function, and one that waits for its thread.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use mapix::{Error, Result};

use crate::arg::{In, Out};
use crate::com::{Object, Ptr};
use crate::convert::check_flags;
use crate::iface::{IMAPIAdviseSink, IMAPIAdviseSinkMethods};
use crate::types::{HRESULT, NOTIFICATION};

use super::answer;
use super::notify::{ScCopyNotifications, ScCountNotifications};

/// A function that is told of events (`LPNOTIFCALLBACK`).
pub type LPNOTIFCALLBACK = Option<unsafe extern "C" fn(*mut c_void, u32, *mut NOTIFICATION) -> i32>;

/// Makes an advise sink that calls a function, with what the caller gives it.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for null.
///
/// # Safety
/// The function can be called, from any thread, while the sink lives; `sink` is null or points to
/// a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrAllocAdviseSink(
    callback: LPNOTIFCALLBACK,
    context: *mut c_void,
    sink: Out<'_, *mut IMAPIAdviseSink>,
) -> HRESULT {
    answer(|| {
        sink.clear()?;
        let callback = callback
            .ok_or_else(|| Error::invalid_parameter("there is no function to be called"))?;
        sink.give(Caller { callback, context }.into_ptr())
    })
}

/// Calls a function of C.
struct Caller {
    callback: unsafe extern "C" fn(*mut c_void, u32, *mut NOTIFICATION) -> i32,
    context: *mut c_void,
}

// SAFETY: the caller of `HrAllocAdviseSink` promises that it may be called from any thread.
unsafe impl Send for Caller {}
// SAFETY: as above.
unsafe impl Sync for Caller {}

impl Object for Caller {
    type Main = IMAPIAdviseSink;
}

impl IMAPIAdviseSinkMethods for Caller {
    fn OnNotify(&self, count: u32, notifications: In<'_, NOTIFICATION>) -> u32 {
        // SAFETY: as the caller of `HrAllocAdviseSink` says.
        unsafe { (self.callback)(self.context, count, notifications.as_raw().cast_mut()) as u32 }
    }
}

/// Makes an advise sink that tells another one on the thread of this call only: at once when that
/// thread tells it, else when the thread calls [`HrDispatchNotifications`]. What comes when the
/// thread has ended is dropped, and so is the oldest of what waits if that is more than 10,000 calls.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for null.
///
/// # Safety
/// `sink` is null or a sink that is alive; `wrapped` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn HrThisThreadAdviseSink(
    sink: In<'_, IMAPIAdviseSink>,
    wrapped: Out<'_, *mut IMAPIAdviseSink>,
) -> HRESULT {
    answer(|| {
        wrapped.clear()?;
        let sink = sink.object().ok_or_else(|| Error::invalid_parameter("there is no sink"))?;
        let queue = Arc::downgrade(&own_queue());
        wrapped.give(Waiting { sink, queue }.into_ptr())
    })
}

/// Tells what waits for this thread ([`HrThisThreadAdviseSink`]). Other sinks are told by a
/// thread of the session and wait for nobody.
///
/// # Errors
/// `MAPI_E_UNKNOWN_FLAGS`.
#[unsafe(no_mangle)]
pub extern "C" fn HrDispatchNotifications(flags: u32) -> HRESULT {
    answer(|| {
        check_flags(flags, 0)?;
        let queue = own_queue();
        // A sink may be told, and dispatch, while it is told; nothing is locked meanwhile.
        while let Some(event) = queue.take() {
            event.tell();
        }
        Ok(())
    })
}

/// Makes the small functions ready, which they always are.
///
/// # Errors
/// `MAPI_E_UNKNOWN_FLAGS`.
#[unsafe(no_mangle)]
pub extern "C" fn ScInitMapiUtil(flags: u32) -> HRESULT {
    answer(|| check_flags(flags, 0))
}

/// Ends what [`ScInitMapiUtil`] began: nothing.
#[unsafe(no_mangle)]
pub extern "C" fn DeinitMapiUtil() {}

/// How many calls of sinks wait for a thread.
const MOST_WAITING: usize = 10_000;

/// What waits for a thread.
#[derive(Default)]
struct Queue(Mutex<VecDeque<Event>>);

impl Queue {
    fn take(&self) -> Option<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn put(&self, event: Event) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = if waiting.len() < MOST_WAITING { None } else { waiting.pop_front() };
        waiting.push_back(event);
        drop(waiting);
        // Without the lock: its sink may be released with it.
        drop(oldest);
    }
}

thread_local! {
    static OWN: RefCell<Option<Arc<Queue>>> = const { RefCell::new(None) };
}

/// The queue of this thread.
fn own_queue() -> Arc<Queue> {
    OWN.with_borrow_mut(|own| own.get_or_insert_default().clone())
}

/// Notifications in one block, and who is to be told.
struct Event {
    sink: Ptr<IMAPIAdviseSink>,
    count: u32,
    block: Vec<u64>,
}

// SAFETY: the pointers in the block lead into the block.
unsafe impl Send for Event {}

impl Event {
    fn new(
        sink: &Ptr<IMAPIAdviseSink>,
        count: u32,
        notifications: In<'_, NOTIFICATION>,
    ) -> Result<Self> {
        let refused = || Error::invalid_parameter("these are no notifications");
        let number = i32::try_from(count).map_err(|_| refused())?;
        let first = notifications.as_raw().cast_mut();
        let mut size = 0;
        // SAFETY: who tells gives as many as it says; they are not written.
        if !unsafe { ScCountNotifications(number, first, &raw mut size) }.is_ok() {
            return Err(refused());
        }
        let mut block = vec![0_u64; (size as usize).div_ceil(8)];
        // SAFETY: the block is as large as was counted.
        let copied =
            unsafe { ScCopyNotifications(number, first, block.as_mut_ptr().cast(), null_mut()) };
        if !copied.is_ok() {
            return Err(refused());
        }
        Ok(Self { sink: sink.clone(), count, block })
    }

    fn tell(self) {
        // SAFETY: the sink is alive; the block begins with as many notifications.
        unsafe { self.sink.OnNotify(self.count, In::from_raw(self.block.as_ptr().cast())) };
    }
}

/// Tells another sink on one thread only.
struct Waiting {
    sink: Ptr<IMAPIAdviseSink>,
    queue: Weak<Queue>,
}

impl Object for Waiting {
    type Main = IMAPIAdviseSink;
}

impl IMAPIAdviseSinkMethods for Waiting {
    fn OnNotify(&self, count: u32, notifications: In<'_, NOTIFICATION>) -> u32 {
        let Some(queue) = self.queue.upgrade() else { return 0 };
        if Arc::ptr_eq(&queue, &own_queue()) {
            // What came before is told before.
            HrDispatchNotifications(0);
            // SAFETY: the sink is alive; the arguments are the caller's.
            return unsafe { self.sink.OnNotify(count, notifications) };
        }
        if let Ok(event) = Event::new(&self.sink, count, notifications) {
            queue.put(event);
        }
        0
    }
}
