//! Objects as C sees them: a pointer to a pointer to functions, counted.
//!
//! Each object has one main interface, and its interface pointer is its allocation:
//!
//! ```text
//! Ptr<IMessage> --> | vtbl | count | object | ;  vtbl --> | IUnknown | IMAPIProp | IMessage |
//! ```
//!
//! `com_interface!` declares an interface: the layout of its functions, the trait of those who
//! implement it, and the methods of a [`Ptr`] for those who call it, ours or foreign. Every call
//! that comes in holds a reference to its object while it runs, so that an object may release
//! itself; a panic becomes `MAPI_E_CALL_FAILED`. Interfaces beside the main one are small objects
//! of their own ([`Object::side`]) that hold the main one ([`Object::outer`]).

use std::any::TypeId;
use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering, fence};

use mapix::{Error, ErrorCode, Result};

use crate::arg::{In, Out};
use crate::iface::IUnknown;
use crate::types::{GUID, HRESULT};

/// An interface; declared by `com_interface!`.
///
/// # Safety
/// A pointer to an `Interface` points to a pointer to its `Vtbl`, which begins with that of
/// `IUnknown`.
pub unsafe trait Interface: Sized + 'static {
    /// Its functions, those of its ancestors first.
    type Vtbl: Copy + 'static;
    /// Its identifier.
    const IID: GUID;
    /// Its name.
    const NAME: &'static str;
    /// Its ancestor; that of `IUnknown` is itself.
    type Base: Interface;
    /// The names of its own functions.
    const METHODS: &'static [&'static str];

    /// Whether a pointer to this interface serves as one to `iid`.
    fn answers(iid: &GUID) -> bool;
}

/// An interface whose functions `T` can be called through.
pub trait Implemented<T: Object>: Interface {
    /// The functions.
    const VTBL: &'static Self::Vtbl;
}

/// What an object must be so that C can hold it: usable from any thread.
pub trait Object: Sized + Send + Sync + 'static {
    /// The interface that its pointers are of.
    type Main: Implemented<Self>;

    /// The object of which this is a side interface: it answers for everything else, and is the
    /// identity of both. A member, which nothing is called for.
    fn outer(&self) -> Option<&Ptr<IUnknown>> {
        None
    }

    /// Another interface of this object, `this`, as an object of its own.
    fn side(&self, _this: &Ptr<IUnknown>, _iid: &GUID) -> Option<Ptr<IUnknown>> {
        None
    }

    /// Makes it an object of C.
    fn into_ptr(self) -> Ptr<Self::Main> {
        let vtbl = <Self::Main as Implemented<Self>>::VTBL;
        let instance = Box::new(Instance {
            vtbl,
            count: AtomicU32::new(1),
            kind: TypeId::of::<Self>(),
            object: self,
        });
        Ptr(NonNull::from(Box::leak(instance)).cast())
    }
}

/// The allocation of an object.
#[repr(C)]
struct Instance<T: Object> {
    vtbl: &'static <T::Main as Interface>::Vtbl,
    count: AtomicU32,
    kind: TypeId,
    object: T,
}

/// What all allocations begin with.
#[repr(C)]
struct Header {
    vtbl: *const c_void,
    count: AtomicU32,
    kind: TypeId,
}

/// Which only objects of this library answer: the way back from a pointer to the object.
const OURS: GUID =
    GUID::new(0x9D1C8A54, 0x6E0B, 0x4C1E, [0xA7, 0x31, 0x52, 0x0F, 0xD8, 0x44, 0x19, 0xE3]);

/// A counted pointer to an object with the interface `I`, ours or foreign.
#[repr(transparent)]
pub struct Ptr<I: Interface>(NonNull<I>);

// SAFETY: MAPI's objects are free-threaded (lifecycle rules, section 26); ours must be.
unsafe impl<I: Interface> Send for Ptr<I> {}
// SAFETY: as above.
unsafe impl<I: Interface> Sync for Ptr<I> {}

impl<I: Interface> Ptr<I> {
    /// Takes over the reference that somebody gave; `None` for null.
    ///
    /// # Safety
    /// The pointer is null or to a live object with this interface, and the reference is ours.
    pub unsafe fn from_raw(raw: *mut I) -> Option<Self> {
        NonNull::new(raw).map(Self)
    }

    /// Takes a reference of its own to an object that somebody else holds; `None` for null.
    ///
    /// # Safety
    /// The pointer is null or to a live object with this interface.
    pub unsafe fn retain(raw: *mut I) -> Option<Self> {
        let borrowed = std::mem::ManuallyDrop::new(Self(NonNull::new(raw)?));
        Some((*borrowed).clone())
    }

    /// The pointer, while this lives.
    pub fn as_raw(&self) -> *mut I {
        self.0.as_ptr()
    }

    /// Hands the reference over to whoever takes the pointer.
    pub fn into_raw(self) -> *mut I {
        let raw = self.as_raw();
        std::mem::forget(self);
        raw
    }

    /// The same object, by an ancestor.
    ///
    /// # Panics
    /// If `J` is none.
    pub fn upcast<J: Interface>(self) -> Ptr<J> {
        assert!(I::answers(&J::IID), "{} is no {}", I::NAME, J::NAME);
        Ptr(NonNull::new(self.into_raw().cast()).expect("it was not null"))
    }

    /// Asks the object for another interface.
    ///
    /// # Errors
    /// `MAPI_E_INTERFACE_NOT_SUPPORTED`.
    pub fn query<J: Interface>(&self) -> Result<Ptr<J>> {
        let mut found = std::ptr::null_mut();
        let unknown = self.unknown();
        // SAFETY: the object is alive, and the arguments are as QueryInterface wants them.
        let result = unsafe { unknown.QueryInterface(In::new(&J::IID), Out::new(&mut found)) };
        // SAFETY: the object has given a reference to this interface.
        let found = unsafe { Ptr::from_raw(found.cast::<J>()) }.filter(|_| result.is_ok());
        found.ok_or_else(|| {
            Error::new(ErrorCode::INTERFACE_NOT_SUPPORTED, format!("the object is no {}", J::NAME))
        })
    }

    /// The object behind the pointer, if it is one of ours and a `T`.
    pub fn object<T: Object>(&self) -> Option<Own<T>> {
        let mut found = std::ptr::null_mut();
        let unknown = self.unknown();
        // SAFETY: the object is alive, and the arguments are as QueryInterface wants them.
        let result = unsafe { unknown.QueryInterface(In::new(&OURS), Out::new(&mut found)) };
        // SAFETY: what answers is an object of ours, and the reference too.
        let pointer =
            unsafe { Ptr::<IUnknown>::from_raw(found.cast()) }.filter(|_| result.is_ok())?;
        // SAFETY: all objects of ours begin with a header.
        let kind = unsafe { (*found.cast::<Header>()).kind };
        (kind == TypeId::of::<T>()).then(|| Own(pointer, PhantomData))
    }

    fn unknown(&self) -> &Ptr<IUnknown> {
        // SAFETY: every interface begins with IUnknown's functions.
        unsafe { &*std::ptr::from_ref(self).cast() }
    }
}

impl<I: Interface> Clone for Ptr<I> {
    fn clone(&self) -> Self {
        // SAFETY: the object is alive.
        unsafe { self.unknown().AddRef() };
        Self(self.0)
    }
}

impl<I: Interface> Drop for Ptr<I> {
    fn drop(&mut self) {
        // SAFETY: the object is alive, and this reference ours.
        unsafe { self.unknown().Release() };
    }
}

impl<I: Interface> fmt::Debug for Ptr<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:p})", I::NAME, self.0)
    }
}

/// A reference to an object of ours, known as what it is.
pub struct Own<T: Object>(Ptr<IUnknown>, PhantomData<T>);

impl<T: Object> std::ops::Deref for Own<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the type was compared, and the object is held.
        unsafe { &(*self.0.as_raw().cast::<Instance<T>>()).object }
    }
}

/// What a function can return: there is an answer for when it fails.
pub trait Answer {
    /// That answer.
    fn failed() -> Self;
}

impl Answer for HRESULT {
    fn failed() -> Self {
        ErrorCode::CALL_FAILED.into()
    }
}

impl Answer for u32 {
    fn failed() -> Self {
        0
    }
}

/// Runs one call: holds the object, catches panics.
///
/// # Safety
/// `this` was made by [`Object::into_ptr`] of a `T`, and is alive.
pub unsafe fn enter<T: Object, R: Answer>(this: *mut c_void, call: impl FnOnce(&T) -> R) -> R {
    let instance = this.cast::<Instance<T>>();
    // SAFETY: alive at first, and then held.
    let (_held, object) = unsafe { (Held::<T>::new(instance), &(*instance).object) };
    catch_unwind(AssertUnwindSafe(|| call(object))).unwrap_or_else(|_| R::failed())
}

/// One reference to an object of ours.
struct Held<T: Object>(*mut Instance<T>, PhantomData<T>);

impl<T: Object> Held<T> {
    unsafe fn new(instance: *mut Instance<T>) -> Self {
        // SAFETY: as the caller says.
        unsafe { add_ref::<T>(instance.cast()) };
        Self(instance, PhantomData)
    }
}

impl<T: Object> Drop for Held<T> {
    fn drop(&mut self) {
        // SAFETY: the reference is this one's.
        unsafe { release::<T>(self.0.cast()) };
    }
}

pub(crate) unsafe extern "C" fn query_interface<T: Object>(
    this: *mut c_void,
    iid: In<'_, GUID>,
    found: Out<'_, *mut c_void>,
) -> HRESULT {
    let Some(iid) = iid.get() else { return ErrorCode::INVALID_PARAMETER.into() };
    if found.set(std::ptr::null_mut()).is_err() {
        return ErrorCode::INVALID_PARAMETER.into();
    }
    // SAFETY: called through the functions of a `T` that is alive.
    let outer = unsafe { &(*this.cast::<Instance<T>>()).object }.outer();
    let main = <T::Main as Interface>::answers(iid) || *iid == OURS;
    if main && (outer.is_none() || *iid != IUnknown::IID) {
        // What this very object answers needs a reference and nothing more.
        found.set_if(this);
        // SAFETY: as above.
        unsafe { add_ref::<T>(this) };
        return HRESULT::S_OK;
    }
    let search = |object: &T| {
        if let Some(outer) = object.outer() {
            let mut other = std::ptr::null_mut();
            // SAFETY: the outer object is alive; what it gives is a reference of ours.
            return unsafe {
                outer.QueryInterface(In::new(iid), Out::new(&mut other));
                Ptr::from_raw(other.cast())
            };
        }
        // SAFETY: this call holds the object.
        object.side(&unsafe { Ptr::retain(this.cast::<IUnknown>()) }?, iid)
    };
    // SAFETY: called through the functions of a `T`.
    unsafe {
        enter::<T, HRESULT>(this, |object| match search(object) {
            Some(other) => {
                found.set_if(other.into_raw().cast());
                HRESULT::S_OK
            }
            None => ErrorCode::INTERFACE_NOT_SUPPORTED.into(),
        })
    }
}

pub(crate) unsafe extern "C" fn add_ref<T: Object>(this: *mut c_void) -> u32 {
    // SAFETY: called through the functions of a `T` that is alive.
    let count = unsafe { &(*this.cast::<Instance<T>>()).count };
    count.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
}

pub(crate) unsafe extern "C" fn release<T: Object>(this: *mut c_void) -> u32 {
    let instance = this.cast::<Instance<T>>();
    // SAFETY: called through the functions of a `T` that is alive.
    let left = unsafe { (*instance).count.fetch_sub(1, Ordering::Release) } - 1;
    if left == 0 {
        fence(Ordering::Acquire);
        // A panic of whatever the object holds ends here.
        // SAFETY: leaked in `into_ptr`, and nobody else has a reference.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(unsafe { Box::from_raw(instance) })));
    }
    left
}

/// Declares an interface with its ancestor, its identifier, and its functions in their order.
macro_rules! com_interface {
    (
        $(#[$doc:meta])*
        $name:ident, $vtbl:ident, $methods:ident: $base:ident, $base_methods:ident = $iid:expr;
        $(fn $method:ident($($arg:ident: $type:ty),* $(,)?) -> $answer:ty;)*
    ) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            _vtbl: *const $vtbl,
        }

        #[doc = concat!("The functions of `", stringify!($name), "`.")]
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $vtbl {
            /// Those of its ancestor.
            pub base: <$base as $crate::com::Interface>::Vtbl,
            $(#[allow(missing_docs)] pub $method:
                unsafe extern "C" fn(*mut std::ffi::c_void $(, $type)*) -> $answer,)*
        }

        // SAFETY: the functions of the ancestor come first.
        unsafe impl $crate::com::Interface for $name {
            type Vtbl = $vtbl;
            const IID: $crate::types::GUID = $iid;
            const NAME: &'static str = stringify!($name);
            type Base = $base;
            const METHODS: &'static [&'static str] = &[$(stringify!($method)),*];

            fn answers(iid: &$crate::types::GUID) -> bool {
                *iid == Self::IID || <$base as $crate::com::Interface>::answers(iid)
            }
        }

        #[doc = concat!("An object that can be a `", stringify!($name), "`.")]
        #[allow(missing_docs, clippy::too_many_arguments)]
        pub trait $methods: $base_methods {
            $(fn $method(&self $(, $arg: $type)*) -> $answer;)*
        }

        impl<T: $methods> $crate::com::Implemented<T> for $name {
            const VTBL: &'static $vtbl = &$vtbl {
                base: *<$base as $crate::com::Implemented<T>>::VTBL,
                $($method: {
                    #[allow(clippy::too_many_arguments)]
                    unsafe extern "C" fn thunk<T: $methods>(
                        this: *mut std::ffi::c_void,
                        $($arg: $type),*
                    ) -> $answer {
                        // SAFETY: this function is only in the table of a `T`.
                        unsafe {
                            $crate::com::enter::<T, _>(this, move |object| {
                                <T as $methods>::$method(object $(, $arg)*)
                            })
                        }
                    }
                    thunk::<T>
                },)*
            };
        }

        #[allow(missing_docs, clippy::too_many_arguments)]
        impl $crate::com::Ptr<$name> {
            $(pub unsafe fn $method(&self $(, $arg: $type)*) -> $answer {
                // SAFETY: the object is alive; for the arguments the caller answers.
                unsafe { ((*(*self.as_raw())._vtbl).$method)(self.as_raw().cast() $(, $arg)*) }
            })*
        }

        impl std::ops::Deref for $crate::com::Ptr<$name> {
            type Target = $crate::com::Ptr<$base>;

            fn deref(&self) -> &Self::Target {
                // SAFETY: the functions of the ancestor come first.
                unsafe { &*std::ptr::from_ref(self).cast() }
            }
        }
    };
}
pub(crate) use com_interface;

#[cfg(test)]
mod tests;
