//! MAPI's structures as C sees them, under MAPI's names.
//!
//! Sizes and offsets stand beside the fields and are checked when this is compiled. What a field
//! means is in MAPI's reference. Pointers to text of either width are `c_void`.
#![allow(missing_docs, non_camel_case_types, non_snake_case, clippy::struct_field_names)]

mod action;
mod base;
mod entry;
mod function;
mod guid;
mod notify;
mod restriction;
mod result;
mod session;
mod table;
mod value;

pub use action::*;
pub use base::*;
pub use entry::*;
pub use function::*;
pub use notify::*;
pub use restriction::*;
pub use result::HRESULT;
pub use session::*;
pub use table::*;
pub use value::*;

/// A structure or number of C for which all bits zero is a value.
///
/// # Safety
/// `Copy` types without invariants, for which a pattern of zeros is valid.
pub unsafe trait Plain: Copy + 'static {
    /// All bits zero.
    fn zeroed() -> Self {
        // SAFETY: that is what the trait promises.
        unsafe { std::mem::zeroed() }
    }
}

macro_rules! plain {
    ($($name:ty),*) => {
        // SAFETY: numbers and raw pointers may be zero.
        $(unsafe impl Plain for $name {})*
    };
}

plain!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, usize, isize);

// SAFETY: a null pointer is a value.
unsafe impl<T: 'static> Plain for *mut T {}

/// Declares C structures (`field @ offset: type`) and unions, each with `[size, alignment]`.
macro_rules! structures {
    () => {};
    (
        $(#[$doc:meta])*
        struct $name:ident[$size:literal, $align:literal] {
            $($field:ident @ $offset:literal: $type:ty),* $(,)?
        }
        $($rest:tt)*
    ) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $name { $(pub $field: $type),* }

        const _: () = {
            assert!(size_of::<$name>() == $size && align_of::<$name>() == $align);
            $(assert!(std::mem::offset_of!($name, $field) == $offset);)*
        };

        // SAFETY: made of numbers, raw pointers, and structures of them.
        unsafe impl super::Plain for $name {}

        structures! { $($rest)* }
    };
    (
        $(#[$doc:meta])*
        union $name:ident[$size:literal, $align:literal] { $($field:ident: $type:ty),* $(,)? }
        $($rest:tt)*
    ) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub union $name { $(pub $field: $type),* }

        const _: () = assert!(size_of::<$name>() == $size && align_of::<$name>() == $align);

        // SAFETY: made of numbers, raw pointers, and structures of them.
        unsafe impl super::Plain for $name {}

        structures! { $($rest)* }
    };
}
pub(crate) use structures;
