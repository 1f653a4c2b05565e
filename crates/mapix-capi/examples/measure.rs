//! Measures what the ABI costs: blocks against the system's allocator, references, and properties
//! and rows through the tables of functions against the same of the Rust API.
//!
//!     cargo run --release -p mapix-capi --example measure
#![allow(clippy::undocumented_unsafe_blocks, reason = "every call here is one into the library")]

use std::alloc::{Layout, alloc, dealloc};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use mapi::arg::{In, Out};
use mapi::com::Ptr;
use mapi::export::{
    FreeProws, MAPIAdminProfiles, MAPIAllocateBuffer, MAPIAllocateMore, MAPIFreeBuffer,
    MAPIInitialize, MAPILogonEx, MAPIUninitialize,
};
use mapi::iface::{IMAPISession, IMAPITable, IMsgServiceAdmin2, IMsgStore, IProfAdmin, IUnknown};
use mapi::types::{HRESULT, SPropValue, UPV};
use mapix::profile::Profiles;
use mapix::prop::{PropTag, tags};
use mapix::{Contents, LogonOptions, OpenStore};

const ROWS: usize = 1000;
const UNICODE: u32 = 0x8000_0000;

/// The best of some rounds, in nanoseconds for each call.
fn best(calls: u32, mut call: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..7 {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(calls));
    }
    best
}

fn tell(what: &str, abi: f64, other: f64) {
    println!("{what:<44} {abi:>9.0} ns  {other:>9.0} ns  {:.2}x", abi / other);
}

fn allocators() {
    let sizes = [240_u32, 16, 40, 24, 64, 100, 33, 8, 200, 48, 20];
    let abi = best(20_000, || unsafe {
        let mut block = std::ptr::null_mut();
        MAPIAllocateBuffer(sizes[0], &raw mut block);
        for size in &sizes[1..] {
            let mut more = std::ptr::null_mut();
            MAPIAllocateMore(*size, block, &raw mut more);
            black_box(more);
        }
        MAPIFreeBuffer(block);
    });
    let system = best(20_000, || unsafe {
        let layouts = sizes.map(|size| Layout::from_size_align_unchecked(size as usize, 16));
        let blocks = layouts.map(|layout| black_box(alloc(layout)));
        blocks.iter().zip(layouts).for_each(|(block, layout)| dealloc(*block, layout));
    });
    tell("a block, 10 chained, freed; the system's", abi, system);
}

fn object<I: mapi::com::Interface>(call: impl FnOnce(Out<'_, *mut I>) -> HRESULT) -> Ptr<I> {
    let mut raw = std::ptr::null_mut();
    let result = call(Out::new(&mut raw));
    assert_eq!(result, HRESULT::S_OK);
    unsafe { Ptr::from_raw(raw) }.expect("an object")
}

/// A profile with a store, and a folder with messages in it.
fn make(directory: &Path) {
    unsafe {
        let admin = object::<IProfAdmin>(|out| MAPIAdminProfiles(0, out.as_raw()));
        let name = || In::from_raw(c"measure".as_ptr().cast());
        admin.CreateProfile(name(), In::null(), 0, 0);
        let services = object(|out| admin.AdminServices(name(), In::null(), 0, 0, out));
        let services = services.query::<IMsgServiceAdmin2>().unwrap();
        let mut uid = mapi::types::MAPIUID { ab: [0; 16] };
        let kind = In::from_raw(c"MAPIX".as_ptr().cast());
        services.CreateMsgServiceEx(kind, In::null(), 0, 0, Out::new(&mut uid));
        let path = directory.join("measure.mapix");
        let path = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
        let value = UPV { lpszA: path.as_ptr().cast_mut().cast() };
        let prop = SPropValue { ulPropTag: 0x6700_001E, dwAlignPad: 0, Value: value };
        services.ConfigureMsgService(In::new(&uid), 0, 0, 1, In::new(&prop));
    }
}

fn main() -> mapix::Result<()> {
    let directory = std::env::temp_dir().join(format!("mapix-measure-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    unsafe { std::env::set_var("MAPIX_CONFIG_DIR", &directory) };
    unsafe { MAPIInitialize(std::ptr::null_mut()) };
    allocators();
    make(&directory);

    // The same store through Rust, which also fills it.
    let session =
        mapix::initialize().logon(&Profiles::of_user()?, &LogonOptions::profile("measure"))?;
    let how = OpenStore { write: true, ..OpenStore::default() };
    let rust = session.default_store(how)?;
    let folder = rust.inbox()?;
    for number in 0..ROWS {
        let message = folder.create_message()?;
        message.set(tags::SUBJECT, format!("message {number} of some length"))?;
        message.set(tags::BODY, "a body that is not long")?;
        message.save()?;
    }
    let columns = [
        tags::SUBJECT,
        tags::ENTRYID,
        tags::MESSAGE_CLASS,
        tags::MESSAGE_FLAGS,
        tags::MESSAGE_SIZE,
        tags::LAST_MODIFICATION_TIME,
        tags::CREATION_TIME,
        tags::HASATTACH,
        tags::IMPORTANCE,
        tags::RECORD_KEY,
    ];
    let numbers: Vec<u32> =
        [columns.len() as u32].into_iter().chain(columns.iter().map(|tag| tag.0)).collect();
    let columns_in = || unsafe { In::from_raw(numbers.as_ptr().cast()) };

    let session_abi = object::<IMAPISession>(|out| unsafe {
        let name = c"measure".as_ptr().cast_mut().cast();
        MAPILogonEx(0, name, std::ptr::null_mut(), 2, out.as_raw())
    });
    let id = rust.entry_id()?;
    let store = object::<IMsgStore>(|out| unsafe {
        let bytes = id.as_bytes();
        let entry = In::from_raw(bytes.as_ptr().cast());
        session_abi.OpenMsgStore(0, bytes.len() as u32, entry, In::null(), 4, out)
    });
    let opened = object::<IUnknown>(|out| unsafe {
        let (id, mut kind) = (folder.entry_id().unwrap(), 0);
        let entry = In::from_raw(id.as_bytes().as_ptr().cast());
        let size = id.as_bytes().len() as u32;
        store.OpenEntry(size, entry, In::null(), 0, Out::new(&mut kind), out)
    });
    references(&opened);
    let folder_abi = opened.query::<mapi::iface::IMAPIFolder>()?;

    let few: Vec<PropTag> = columns[..5].to_vec();
    let few_numbers: Vec<u32> = [5].into_iter().chain(few.iter().map(|tag| tag.0)).collect();
    let message = folder.messages(Contents::Normal)?.next().expect("a message")?;
    let message_abi = object::<IUnknown>(|out| unsafe {
        let (id, mut kind) = (message.entry_id().unwrap(), 0);
        let entry = In::from_raw(id.as_bytes().as_ptr().cast());
        let size = id.as_bytes().len() as u32;
        store.OpenEntry(size, entry, In::null(), 0, Out::new(&mut kind), out)
    });
    let message_abi = message_abi.query::<mapi::iface::IMAPIProp>()?;
    let abi = best(5000, || unsafe {
        let (mut count, mut props) = (0, std::ptr::null_mut());
        let tags = In::from_raw(few_numbers.as_ptr().cast());
        message_abi.GetProps(tags, UNICODE, Out::new(&mut count), Out::new(&mut props));
        MAPIFreeBuffer(props.cast());
    });
    let core = best(5000, || drop(black_box(message.get_props(&few).unwrap())));
    tell("GetProps of 5 properties; Rust's", abi, core);

    let table = folder.contents_table(Contents::Normal)?;
    table.set_columns(&columns)?;
    let table_abi =
        object::<IMAPITable>(|out| unsafe { folder_abi.GetContentsTable(UNICODE, out) });
    unsafe { table_abi.SetColumns(columns_in(), 0) };
    let abi = best(10, || unsafe {
        let mut rows = std::ptr::null_mut();
        table_abi.SeekRow(0, 0, Out::null());
        table_abi.QueryRows(ROWS as i32, 0, Out::new(&mut rows));
        assert_eq!((*rows).cRows as usize, ROWS);
        FreeProws(rows);
    });
    let core = best(10, || {
        table.seek(mapix::table::Bookmark::BEGINNING, 0).unwrap();
        assert_eq!(black_box(table.query_rows(ROWS as i64, false).unwrap()).len(), ROWS);
    });
    tell("QueryRows of 1,000 rows of 10; Rust's", abi, core);
    drop((folder_abi, message_abi, opened, store, session_abi, table_abi));
    MAPIUninitialize();
    session.logoff();
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}

/// Each of the three by itself: references are taken first, and then given back.
fn references(object: &Ptr<IUnknown>) {
    const COUNT: u32 = 500_000;
    let mut found = std::ptr::null_mut();
    let iid = <IUnknown as mapi::com::Interface>::IID;
    let release = || best(COUNT, || _ = black_box(unsafe { object.Release() }));
    let add = best(COUNT, || _ = black_box(unsafe { object.AddRef() }));
    let released = release();
    let query = best(COUNT, || {
        let result = unsafe { object.QueryInterface(In::new(&iid), Out::new(&mut found)) };
        assert!(black_box(result).is_ok());
    });
    println!("QueryInterface {query:.1} ns, AddRef {add:.1} ns, Release {released:.1} ns");
    release();
}
