//! A profile with an embedded store of its own, and what tests need of it.

use std::ffi::c_void;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::export::{
    MAPIAdminProfiles, MAPIFreeBuffer, MAPIInitialize, MAPILogonEx, MAPIUninitialize,
};
use mapi::iface::{
    IMAPIFolder, IMAPISession, IMAPITable, IMessage, IMsgServiceAdmin2, IMsgStore, IProfAdmin,
    IUnknown,
};
use mapi::types::{
    ENTRYID, HRESULT, MAPIUID, Plain, SPropTagArray, SPropValue, SRow, SRowSet, UPV,
};

pub(crate) const MAPI_MODIFY: u32 = 1;
pub(crate) const MAPI_CREATE: u32 = 2;
pub(crate) const MDB_WRITE: u32 = 4;
pub(crate) const UNICODE: u32 = 0x8000_0000;
pub(crate) const NEW_SESSION: u32 = 2;

pub(crate) const SUBJECT_A: u32 = 0x0037_001E;
pub(crate) const SUBJECT_W: u32 = 0x0037_001F;
pub(crate) const BODY_W: u32 = 0x1000_001F;
pub(crate) const ENTRYID_TAG: u32 = 0x0FFF_0102;

/// The call worked, without a warning.
#[track_caller]
pub(crate) fn ok(result: HRESULT) {
    assert_eq!(result, HRESULT::S_OK);
}

/// The call failed with a code.
#[track_caller]
pub(crate) fn fails(result: HRESULT, code: mapix::ErrorCode) {
    assert_eq!(result, HRESULT::from(code));
}

/// What a call puts into a variable.
#[track_caller]
pub(crate) fn out<T: Plain>(call: impl FnOnce(Out<'_, T>) -> HRESULT) -> T {
    let mut value = T::zeroed();
    ok(call(Out::new(&mut value)));
    value
}

/// The object that a call gives.
#[track_caller]
pub(crate) fn object<I: Interface>(call: impl FnOnce(Out<'_, *mut I>) -> HRESULT) -> Ptr<I> {
    let raw = out(call);
    unsafe { Ptr::from_raw(raw) }.expect("an object")
}

pub(crate) fn free<T>(pointer: *mut T) {
    ok(unsafe { MAPIFreeBuffer(pointer.cast()) });
}

/// 8-bit text for a call.
pub(crate) fn text(text: &'static std::ffi::CStr) -> In<'static, c_void> {
    unsafe { In::from_raw(text.as_ptr().cast()) }
}

/// The bytes of a buffer with an entry ID.
pub(crate) fn id(bytes: &[u8]) -> (u32, In<'_, ENTRYID>) {
    (bytes.len() as u32, unsafe { In::from_raw(bytes.as_ptr().cast()) })
}

/// Profiles lie in a directory of this process.
fn directory() -> &'static PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let directory =
            std::env::temp_dir().join(format!("mapix-capi-client-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        unsafe { std::env::set_var("MAPIX_CONFIG_DIR", &directory) };
        directory
    })
}

/// MAPI, initialized for one test, and a profile with a store.
pub(crate) struct World {
    pub(crate) profile: String,
}

impl World {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let directory = directory();
        ok(unsafe { MAPIInitialize(std::ptr::null_mut()) });
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = format!("test-{number}");
        let admin = profiles();
        let name = std::ffi::CString::new(profile.clone()).unwrap();
        let name = unsafe { In::from_raw(name.as_ptr().cast::<c_void>()) };
        unsafe {
            ok(admin.CreateProfile(name, In::null(), 0, 0));
            let services = object(|out| admin.AdminServices(name, In::null(), 0, 0, out));
            let services = services.query::<IMsgServiceAdmin2>().unwrap();
            let uid: MAPIUID =
                out(|uid| services.CreateMsgServiceEx(text(c"MAPIX"), text(c"Mail"), 0, 0, uid));
            let path = directory.join(format!("{profile}.mapix"));
            let path = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
            let value = UPV { lpszA: path.as_ptr().cast_mut().cast() };
            let prop = SPropValue { ulPropTag: 0x6700_001E, dwAlignPad: 0, Value: value };
            ok(services.ConfigureMsgService(In::new(&uid), 0, 0, 1, In::new(&prop)));
        }
        Self { profile }
    }

    pub(crate) fn session(&self) -> Ptr<IMAPISession> {
        let name = std::ffi::CString::new(self.profile.clone()).unwrap();
        let name = name.as_ptr().cast_mut().cast();
        object(|out| unsafe {
            MAPILogonEx(0, name, std::ptr::null_mut(), NEW_SESSION, out.as_raw())
        })
    }

    /// A session with its store, open for writing.
    pub(crate) fn open(&self) -> (Ptr<IMAPISession>, Ptr<IMsgStore>) {
        let session = self.session();
        let store = open_store(&session, MDB_WRITE);
        (session, store)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        MAPIUninitialize();
    }
}

pub(crate) fn profiles() -> Ptr<IProfAdmin> {
    object(|out| unsafe { MAPIAdminProfiles(0, out.as_raw()) })
}

/// The entry ID of the one store of the profile.
pub(crate) fn store_id(session: &Ptr<IMAPISession>) -> Vec<u8> {
    let table = object(|out| unsafe { session.GetMsgStoresTable(0, out) });
    let rows = Rows::of(&table, &[ENTRYID_TAG]);
    assert_eq!(rows.len(), 1);
    rows.bytes(0, 0)
}

pub(crate) fn open_store(session: &Ptr<IMAPISession>, flags: u32) -> Ptr<IMsgStore> {
    let bytes = store_id(session);
    let (size, id) = id(&bytes);
    object(|out| unsafe { session.OpenMsgStore(0, size, id, In::null(), flags, out) })
}

/// The root folder of a store.
pub(crate) fn root(store: &Ptr<IMsgStore>, flags: u32) -> Ptr<IMAPIFolder> {
    let mut kind = 0;
    let object = object(|out| unsafe {
        store.OpenEntry(0, In::null(), In::null(), flags, Out::new(&mut kind), out)
    });
    assert_eq!(kind, 3, "MAPI_FOLDER");
    object.query().unwrap()
}

pub(crate) fn open_entry<I: Interface>(store: &Ptr<IMsgStore>, bytes: &[u8], flags: u32) -> Ptr<I> {
    let (size, id) = id(bytes);
    let mut kind = 0;
    let object: Ptr<IUnknown> = object(|out| unsafe {
        store.OpenEntry(size, id, In::null(), flags, Out::new(&mut kind), out)
    });
    object.query().unwrap()
}

pub(crate) fn create_folder(
    parent: &Ptr<IMAPIFolder>,
    name: &'static std::ffi::CStr,
) -> Ptr<IMAPIFolder> {
    object(|out| unsafe { parent.CreateFolder(1, text(name), In::null(), In::null(), 0, out) })
}

/// A saved message with a subject.
pub(crate) fn create_message(
    folder: &Ptr<IMAPIFolder>,
    subject: &'static std::ffi::CStr,
) -> Ptr<IMessage> {
    let message = object(|out| unsafe { folder.CreateMessage(In::null(), 0, out) });
    set_text(&message, SUBJECT_A, subject);
    ok(unsafe { message.SaveChanges(2) });
    message
}

pub(crate) fn set_text(
    object: &Ptr<mapi::iface::IMAPIProp>,
    tag: u32,
    text: &'static std::ffi::CStr,
) {
    let value = UPV { lpszA: text.as_ptr().cast_mut().cast() };
    let prop = SPropValue { ulPropTag: tag, dwAlignPad: 0, Value: value };
    ok(unsafe { object.SetProps(1, In::new(&prop), Out::null()) });
}

/// A list of tags for a call.
pub(crate) struct Tags(Vec<u32>);

impl Tags {
    pub(crate) fn new(tags: &[u32]) -> Self {
        Self([&[tags.len() as u32], tags].concat())
    }

    pub(crate) fn as_in(&self) -> In<'_, SPropTagArray> {
        unsafe { In::from_raw(self.0.as_ptr().cast()) }
    }
}

/// The properties of an object, and what the call answered.
pub(crate) struct Props {
    pub(crate) result: HRESULT,
    pub(crate) count: usize,
    raw: *mut SPropValue,
}

impl Props {
    pub(crate) fn of(object: &Ptr<mapi::iface::IMAPIProp>, tags: &[u32], flags: u32) -> Self {
        let tags = Tags::new(tags);
        Self::get(object, tags.as_in(), flags)
    }

    pub(crate) fn all(object: &Ptr<mapi::iface::IMAPIProp>, flags: u32) -> Self {
        Self::get(object, In::null(), flags)
    }

    fn get(object: &Ptr<mapi::iface::IMAPIProp>, tags: In<'_, SPropTagArray>, flags: u32) -> Self {
        let (mut count, mut raw) = (0, std::ptr::null_mut());
        let result =
            unsafe { object.GetProps(tags, flags, Out::new(&mut count), Out::new(&mut raw)) };
        Self { result, count: count as usize, raw }
    }

    pub(crate) fn at(&self, index: usize) -> &SPropValue {
        assert!(index < self.count, "{:?}: property {index} of {}", self.result, self.count);
        unsafe { &*self.raw.add(index) }
    }

    pub(crate) fn find(&self, tag: u32) -> Option<&SPropValue> {
        (0..self.count).map(|index| self.at(index)).find(|prop| prop.ulPropTag == tag)
    }

    pub(crate) fn bytes(&self, index: usize) -> Vec<u8> {
        bytes_of(self.at(index))
    }

    pub(crate) fn text(&self, index: usize) -> String {
        text_of(self.at(index))
    }
}

impl Drop for Props {
    fn drop(&mut self) {
        free(self.raw);
    }
}

pub(crate) fn bytes_of(prop: &SPropValue) -> Vec<u8> {
    assert_eq!(prop.ulPropTag & 0xFFFF, 0x0102, "a binary property");
    unsafe { std::slice::from_raw_parts(prop.Value.bin.lpb, prop.Value.bin.cb as usize).to_vec() }
}

pub(crate) fn text_of(prop: &SPropValue) -> String {
    unsafe {
        match prop.ulPropTag & 0xFFFF {
            0x001E => std::ffi::CStr::from_ptr(prop.Value.lpszA.cast()).to_str().unwrap().into(),
            0x001F => {
                let mut units = Vec::new();
                let mut next = prop.Value.lpszW;
                while *next != 0 {
                    units.push(*next);
                    next = next.add(1);
                }
                String::from_utf16(&units).unwrap()
            }
            other => panic!("type 0x{other:X} is no text"),
        }
    }
}

/// The rows of a table.
pub(crate) struct Rows(*mut SRowSet);

impl Rows {
    /// All rows with these columns.
    pub(crate) fn of(table: &Ptr<IMAPITable>, columns: &[u32]) -> Self {
        let columns = Tags::new(columns);
        ok(unsafe { table.SetColumns(columns.as_in(), 0) });
        ok(unsafe { table.SeekRow(0, 0, Out::null()) });
        Self::next(table, i32::MAX)
    }

    /// The next rows.
    pub(crate) fn next(table: &Ptr<IMAPITable>, count: i32) -> Self {
        Self(out(|rows| unsafe { table.QueryRows(count, 0, rows) }))
    }

    pub(crate) fn len(&self) -> usize {
        unsafe { (*self.0).cRows as usize }
    }

    fn row(&self, row: usize) -> &SRow {
        assert!(row < self.len());
        unsafe { &*(&raw const (*self.0).aRow).cast::<SRow>().add(row) }
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> &SPropValue {
        let row = self.row(row);
        assert!(column < row.cValues as usize);
        unsafe { &*row.lpProps.add(column) }
    }

    pub(crate) fn bytes(&self, row: usize, column: usize) -> Vec<u8> {
        bytes_of(self.at(row, column))
    }

    pub(crate) fn text(&self, row: usize, column: usize) -> String {
        text_of(self.at(row, column))
    }

    pub(crate) fn texts(&self, column: usize) -> Vec<String> {
        (0..self.len()).map(|row| self.text(row, column)).collect()
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        for row in 0..self.len() {
            free(self.row(row).lpProps);
        }
        free(self.0);
    }
}
