//! Which functions there are, what they take, and how one is called.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::OnceLock;

use mapi::com::{Interface, Ptr};
use mapi::iface::*;
use mapi::types::*;

/// A function of an interface: its name, and the types of what it takes.
pub(super) struct Slot {
    pub(super) method: &'static str,
    pub(super) takes: Vec<&'static str>,
}

pub(super) struct Known {
    pub(super) iid: GUID,
    pub(super) slots: Vec<Slot>,
}

/// The interfaces that objects are asked for, and their functions.
pub(super) fn interfaces() -> &'static [Known] {
    static ALL: OnceLock<Vec<Known>> = OnceLock::new();
    ALL.get_or_init(|| {
        let table = include_str!("../../abi/vtables.tsv");
        let mut slots: HashMap<&str, Vec<Slot>> = HashMap::new();
        for row in table.lines().skip(1) {
            let row: Vec<&str> = row.split('\t').collect();
            let takes = row[5].split_once('(').unwrap().1.trim_end_matches(')').split(',');
            let takes = takes.filter(|one| *one != "void").collect();
            slots.entry(row[0]).or_default().push(Slot { method: row[4], takes });
        }
        macro_rules! known {
            ($($name:ident),*) => {
                vec![$(Known {
                    iid: $name::IID,
                    slots: slots.remove(stringify!($name)).unwrap(),
                }),*]
            };
        }
        known![
            IUnknown,
            IMAPIProp,
            IMAPIContainer,
            IMAPIFolder,
            IMsgStore,
            IMessage,
            IAttach,
            IMAPITable,
            IMAPISession,
            IMAPIStatus,
            IMAPIClientShutdown,
            IProfAdmin,
            IMsgServiceAdmin,
            IMsgServiceAdmin2,
            IProviderAdmin,
            IProfSect,
            IAddrBook,
            IMailUser,
            ISequentialStream,
            IStream,
            ILockBytes,
            ITableData,
            IPropData,
            IMAPIAdviseSink
        ]
    })
}

/// What has its count before it.
pub(super) fn is_counted(takes: &str) -> bool {
    matches!(takes, "LPSPropValue" | "LPCIID" | "LPMAPINAMEID*" | "LPENTRYID" | "LPBYTE")
}

pub(super) fn is_object(takes: &str) -> bool {
    matches!(
        takes,
        "LPMAPITABLE*"
            | "LPUNKNOWN*"
            | "LPVOID*"
            | "void**"
            | "LPPROFSECT*"
            | "LPSERVICEADMIN*"
            | "LPPROVIDERADMIN*"
            | "LPATTACH*"
            | "LPMESSAGE*"
            | "LPMDB*"
            | "LPMAPIFOLDER*"
            | "LPADRBOOK*"
            | "IStream**"
    )
}

pub(super) fn slot_of(slots: &[Slot], slot: &Slot) -> usize {
    slots.iter().position(|other| std::ptr::eq(other, slot)).expect("one of them")
}

/// Calls the function in a slot. All arguments are whole words, and what is too many is not looked
/// at: so the ABIs of x86-64 and 64-bit ARM have it.
pub(super) unsafe fn call(object: &Ptr<IUnknown>, slot: usize, words: &[u64; 12]) -> HRESULT {
    type Function = unsafe extern "C" fn(
        *mut c_void,
        u64,
        u64,
        u64,
        u64,
        u64,
        u64,
        u64,
        u64,
        u64,
        u64,
        u64,
        u64,
    ) -> HRESULT;
    unsafe {
        let this = object.as_raw();
        let functions = this.cast::<*const Function>().read();
        let function = *functions.add(slot);
        let w = words;
        function(
            this.cast(),
            w[0],
            w[1],
            w[2],
            w[3],
            w[4],
            w[5],
            w[6],
            w[7],
            w[8],
            w[9],
            w[10],
            w[11],
        )
    }
}
