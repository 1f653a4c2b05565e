//! Both sides of a copy: a store of the example provider by its own functions, and one of ours.

#![allow(clippy::undocumented_unsafe_blocks, reason = "every call here is one into a library")]

use std::ffi::c_void;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::iface::{IMAPIFolder, IMAPIProp, IMAPISupport, IMSLogon, IMessage, IMsgStore, IUnknown};
use mapi::types::{
    ENTRYLIST, GUID, HRESULT, Plain, SBinary, SPropProblem, SPropProblemArray, SPropTagArray,
};
use mapix::prop::PropTag;
use mapix::{ErrorCode, Folder, Message, OpenOptions, Session, Store};
use tempfile::TempDir;

use crate::build;

pub(crate) const MODIFY: u32 = 1;
pub(crate) const UNICODE: u32 = 0x8000_0000;

fn directory() -> &'static Path {
    static BUILT: OnceLock<std::path::PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let provider = here.join("../../examples/cpp/provider.cpp");
        let rest = here.join("tests/providers/copies.cpp");
        let whole = Path::new(env!("CARGO_TARGET_TMPDIR")).join("copies.cpp");
        let text = format!(
            "#define MSProviderInit InnerProviderInit\n#include \"{}\"\n#include \"{}\"\n",
            provider.display(),
            rest.display()
        );
        std::fs::write(&whole, text).unwrap();
        let inf = "[Services]\nCOPIES=Copies\n[COPIES]\nProviders=COPIES Store\n[COPIES Store]\n\
                   PR_PROVIDER_DLL_NAME=mapi_copies\nPR_RESOURCE_TYPE=MAPI_STORE_PROVIDER\n";
        build::provider("copies", &whole, inf)
    })
}

/// A function of the provider's library.
fn function(name: &std::ffi::CStr) -> *mut c_void {
    let path = build::library("copies").into_os_string().into_encoded_bytes();
    let path = std::ffi::CString::new(path).unwrap();
    unsafe {
        let library = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_NOLOAD);
        assert!(!library.is_null(), "it is loaded");
        let function = libc::dlsym(library, name.as_ptr());
        assert!(!function.is_null());
        function
    }
}

fn given<I: Interface>(name: &std::ffi::CStr) -> Ptr<I> {
    type Give<I> = extern "C" fn() -> *mut I;
    unsafe {
        let give = std::mem::transmute::<*mut c_void, Give<I>>(function(name));
        Ptr::from_raw(give()).unwrap()
    }
}

/// The same folder of the provider's, which makes so many messages and then no more.
pub(crate) fn limited(folder: &Ptr<IMAPIFolder>, left: u32, code: ErrorCode) -> Ptr<IMAPIFolder> {
    type Limit = extern "C" fn(*mut IMAPIFolder, u32, HRESULT) -> *mut IMAPIFolder;
    unsafe {
        let limit = std::mem::transmute::<*mut c_void, Limit>(function(c"copies_limited"));
        Ptr::from_raw(limit(folder.as_raw(), left, code.into())).unwrap()
    }
}

/// The example's store: Inbox with two messages, Projects with Archive in it.
pub(crate) struct Foreign {
    pub(crate) session: Session,
    pub(crate) store: Store,
    pub(crate) raw: Option<Ptr<IMsgStore>>,
    pub(crate) support: Option<Ptr<IMAPISupport>>,
}

impl Foreign {
    pub(crate) fn new() -> Self {
        let session = build::mapi(directory()).session();
        let options = OpenOptions { write: true, ..OpenOptions::default() };
        let store = session.open_store("copies:", &options).unwrap();
        let (raw, support) = (Some(given(c"copies_store")), Some(given(c"copies_support")));
        Self { session, store, raw, support }
    }

    pub(crate) fn support(&self) -> &Ptr<IMAPISupport> {
        self.support.as_ref().unwrap()
    }

    pub(crate) fn root(&self) -> Ptr<IMAPIFolder> {
        open_root(self.raw.as_ref().unwrap())
    }

    pub(crate) fn folder(&self, name: &str) -> Ptr<IMAPIFolder> {
        open(&self.root(), &self.core(name).entry_id().unwrap())
    }

    /// A folder below the root as the session sees it.
    pub(crate) fn core(&self, name: &str) -> Folder {
        self.store.root().unwrap().folder(name).unwrap()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        (self.raw, self.support) = (None, None);
        for report in self.session.logoff() {
            report.result.unwrap();
        }
    }
}

/// A store of ours, by C and by Rust.
pub(crate) struct Ours {
    pub(crate) store: Store,
    raw: Option<(Ptr<IMSLogon>, Ptr<IMsgStore>)>,
    _session: Arc<Session>,
    _directory: TempDir,
}

impl Ours {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let session = Arc::new(mapix::initialize().session());
        let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
        let store = session.open_store(directory.path().join("own.mapix"), &options).unwrap();
        let raw = Some(mapi::provider::over(&session, store.clone(), true));
        Self { store, raw, _session: session, _directory: directory }
    }

    /// A new folder below the root, by Rust and by C.
    pub(crate) fn folder(&self, name: &str) -> (Folder, Ptr<IMAPIFolder>) {
        let folder = self.store.root().unwrap().create_folder(name, false).unwrap();
        let raw = open(&self.root(), &folder.entry_id().unwrap());
        (folder, raw)
    }

    pub(crate) fn root(&self) -> Ptr<IMAPIFolder> {
        open_root(&self.raw.as_ref().unwrap().1)
    }

    /// A saved message, by C.
    pub(crate) fn message(folder: &Ptr<IMAPIFolder>, message: &Message) -> Ptr<IMessage> {
        open(folder, &message.entry_id().unwrap())
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.raw = None;
    }
}

/// The same folder of the provider's as another one: `copies_endless`, `copies_narrow`.
pub(crate) fn disguised(name: &std::ffi::CStr, folder: &Ptr<IMAPIFolder>) -> Ptr<IMAPIFolder> {
    type Disguise = extern "C" fn(*mut IMAPIFolder) -> *mut IMAPIFolder;
    unsafe {
        let disguise = std::mem::transmute::<*mut c_void, Disguise>(function(name));
        Ptr::from_raw(disguise(folder.as_raw())).unwrap()
    }
}

#[track_caller]
pub(crate) fn ok(result: HRESULT) {
    assert_eq!(result, HRESULT::S_OK);
}

#[track_caller]
pub(crate) fn fails(result: HRESULT, code: ErrorCode) {
    assert_eq!(result, HRESULT::from(code));
}

/// `MAPI_W_PARTIAL_COMPLETION`.
#[track_caller]
pub(crate) fn partly(result: HRESULT) {
    assert_eq!(result, HRESULT::from(mapix::Warning::PartialCompletion.code()));
}

#[track_caller]
pub(crate) fn object<I: Interface>(call: impl FnOnce(Out<'_, *mut I>) -> HRESULT) -> Ptr<I> {
    let mut raw = std::ptr::null_mut();
    ok(call(Out::new(&mut raw)));
    unsafe { Ptr::from_raw(raw) }.expect("an object")
}

fn open_root(store: &Ptr<IMsgStore>) -> Ptr<IMAPIFolder> {
    let found: Ptr<IUnknown> = object(|out| unsafe {
        store.OpenEntry(0, In::null(), In::null(), MODIFY, Out::new(&mut 0), out)
    });
    found.query().unwrap()
}

pub(crate) fn open<I: Interface>(folder: &Ptr<IMAPIFolder>, id: &mapix::EntryId) -> Ptr<I> {
    let bytes = id.as_bytes();
    let found: Ptr<IUnknown> = object(|out| unsafe {
        let id = In::from_raw(bytes.as_ptr().cast());
        folder.OpenEntry(bytes.len() as u32, id, In::null(), MODIFY, Out::new(&mut 0), out)
    });
    found.query().unwrap()
}

pub(crate) fn new_message(folder: &Ptr<IMAPIFolder>) -> Ptr<IMessage> {
    object(|out| unsafe { folder.CreateMessage(In::null(), 0, out) })
}

/// An object as a destination.
pub(crate) fn target<I: Interface>(object: &Ptr<I>) -> In<'_, c_void> {
    unsafe { In::from_raw(object.as_raw().cast_const().cast()) }
}

/// The messages of a folder, as a list for a call.
pub(crate) fn with_messages<T>(folder: &Folder, call: impl FnOnce(In<'_, ENTRYLIST>) -> T) -> T {
    let messages = folder.messages(mapix::Contents::Normal).unwrap();
    let ids: Vec<_> = messages.map(|message| message.unwrap().entry_id().unwrap()).collect();
    with_list(&ids, call)
}

pub(crate) fn with_list<T>(ids: &[mapix::EntryId], call: impl FnOnce(In<'_, ENTRYLIST>) -> T) -> T {
    let binary = |id: &mapix::EntryId| {
        let bytes = id.as_bytes();
        SBinary { cb: bytes.len() as u32, lpb: bytes.as_ptr().cast_mut() }
    };
    let mut all: Vec<SBinary> = ids.iter().map(binary).collect();
    let list = ENTRYLIST { cValues: all.len() as u32, lpbin: all.as_mut_ptr() };
    call(unsafe { In::new(&list) })
}

/// What could not be copied: place, tag and reason.
pub(crate) type Problems = Vec<(u32, PropTag, ErrorCode)>;

/// Calls with a place for problems, and reads them.
pub(crate) fn problems(
    call: impl FnOnce(Out<'_, *mut SPropProblemArray>) -> HRESULT,
) -> (HRESULT, Problems) {
    // Whatever stands there before is not to be freed by anybody.
    let mut raw = <*mut SPropProblemArray>::zeroed();
    let result = call(Out::new(&mut raw));
    if raw.is_null() {
        return (result, Vec::new());
    }
    let found = unsafe {
        let first = (&raw const (*raw).aProblem).cast::<SPropProblem>();
        let all = std::slice::from_raw_parts(first, (*raw).cProblem as usize);
        all.iter().map(|one| (one.ulIndex, PropTag(one.ulPropTag), one.scode.code())).collect()
    };
    ok(unsafe { mapi::export::MAPIFreeBuffer(raw.cast()) });
    (result, found)
}

/// `CopyTo` of everything but these tags.
pub(crate) fn copy_to(
    from: &Ptr<IMAPIProp>,
    exclude: &[u32],
    (iid, to): (&GUID, In<'_, c_void>),
    flags: u32,
) -> (HRESULT, Problems) {
    let tags = [&[exclude.len() as u32], exclude].concat();
    let none = exclude.is_empty();
    problems(|out| unsafe {
        let tags = In::from_raw(tags.as_ptr().cast::<SPropTagArray>());
        let tags = if none { In::null() } else { tags };
        from.CopyTo(0, In::null(), tags, 0, In::null(), In::new(iid), to, flags, out)
    })
}

/// `CopyProps` of these tags.
pub(crate) fn copy_props(
    from: &Ptr<IMAPIProp>,
    tags: &[u32],
    (iid, to): (&GUID, In<'_, c_void>),
    flags: u32,
) -> (HRESULT, Problems) {
    let tags = [&[tags.len() as u32], tags].concat();
    problems(|out| unsafe {
        let tags = In::from_raw(tags.as_ptr().cast::<SPropTagArray>());
        from.CopyProps(tags, 0, In::null(), In::new(iid), to, flags, out)
    })
}
