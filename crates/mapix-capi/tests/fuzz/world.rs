//! What calls are made on: objects of stores, of memory and of sessions.

use std::ffi::c_void;
use std::path::PathBuf;
use std::ptr::null_mut;
use std::sync::{Arc, OnceLock};

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::export::*;
use mapi::iface::*;
use mapi::types::*;
use mapix::prop::tags;
use mapix::store::MemoryStore;
use mapix::{AttachMethod, Mapi};

use super::slots::interfaces;

/// How many objects are held at most.
pub(super) const HELD: usize = 24;

/// An object: its interfaces, by their places in [`interfaces`].
pub(super) struct Held {
    pub(super) faces: Vec<(usize, Ptr<IUnknown>)>,
}

impl Held {
    fn of(object: &Ptr<IUnknown>) -> Self {
        let mut faces = Vec::new();
        for (index, known) in interfaces().iter().enumerate() {
            let mut raw = null_mut();
            unsafe {
                if object.QueryInterface(In::new(&known.iid), Out::new(&mut raw)).is_ok() {
                    faces.push((index, Ptr::from_raw(raw.cast()).expect("an object")));
                }
            }
        }
        assert!(!faces.is_empty(), "an object without IUnknown");
        Self { faces }
    }
}

pub(super) struct World {
    pub(super) objects: Vec<Held>,
    /// Entry IDs and other keys that have been given.
    pub(super) ids: Vec<Vec<u8>>,
    pub(super) sink: Ptr<IMAPIAdviseSink>,
}

/// A directory of this process, for its profiles.
fn directory() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let directory = MADE.get_or_init(|| {
        let name = format!("mapix-capi-calls-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        unsafe { std::env::set_var("MAPIX_CONFIG_DIR", &directory) };
        directory
    });
    directory.clone()
}

fn text(text: &std::ffi::CStr) -> In<'_, c_void> {
    unsafe { In::from_raw(text.as_ptr().cast()) }
}

impl World {
    pub(super) fn hold(&mut self, object: &Ptr<IUnknown>) {
        if self.objects.len() < HELD {
            self.objects.push(Held::of(object));
        }
    }

    /// A store with a folder, and messages with recipients and attachments.
    pub(super) fn add_store(&mut self) {
        let session = Arc::new(Mapi::with_providers(Vec::new()).session());
        let memory = Arc::new(MemoryStore::new("calls"));
        let store = session.attach(memory, true).unwrap();
        let folder = store.root().unwrap().create_folder("Mail", false).unwrap();
        let message = folder.create_message().unwrap();
        message.set(tags::SUBJECT, "first").unwrap();
        message.set(tags::BODY, "what it says ".repeat(600)).unwrap();
        let mut recipient = mapix::prop::PropBag::new();
        recipient.set(tags::DISPLAY_NAME, "Ann");
        recipient.set(tags::RECIPIENT_TYPE, 1);
        message.set_recipients(vec![recipient]).unwrap();
        let attachment = message.create_attachment(AttachMethod::ByValue).unwrap();
        attachment.set(tags::ATTACH_DATA_BIN, vec![7_u8; 900]).unwrap();
        attachment.save().unwrap();
        let attachment = message.create_attachment(AttachMethod::EmbeddedMessage).unwrap();
        let inner = attachment.create_embedded().unwrap();
        inner.set(tags::SUBJECT, "inside").unwrap();
        inner.save().unwrap();
        attachment.save().unwrap();
        message.save().unwrap();
        let second = folder.create_message().unwrap();
        second.set(tags::SUBJECT, "second").unwrap();
        second.save().unwrap();
        let ids = [store.entry_id(), folder.entry_id(), message.entry_id(), second.entry_id()];
        self.ids.extend(ids.into_iter().map(|id| id.unwrap().as_bytes().to_vec()));
        let (_, object) = mapi::provider::over(&session, store, true);
        self.hold(&object.clone().upcast());
        for id in [self.ids[2].clone(), self.ids[3].clone()] {
            let (mut kind, mut raw) = (0, null_mut());
            unsafe {
                let entry = In::from_raw(id.as_ptr().cast());
                let (kind, out) = (Out::new(&mut kind), Out::new(&mut raw));
                let result = object.OpenEntry(id.len() as u32, entry, In::null(), 1, kind, out);
                assert_eq!(result, HRESULT::S_OK);
                self.hold(&Ptr::from_raw(raw).expect("an object"));
            }
        }
    }

    /// Rows and properties in memory.
    pub(super) fn add_memory(&mut self) {
        let columns = [3, tags::ROWID.0, tags::DISPLAY_NAME.0, 0x6600_0102];
        let none = null_mut();
        unsafe {
            let mut table = null_mut();
            let columns = columns.as_ptr().cast();
            let result = CreateTable(
                &ITableData::IID,
                none,
                none,
                none,
                none,
                0,
                tags::ROWID.0,
                columns,
                &raw mut table,
            );
            assert_eq!(result, HRESULT::S_OK);
            self.hold(&Ptr::from_raw(table).expect("a table").upcast());
            let mut props = null_mut();
            let result = CreateIProp(&IPropData::IID, none, none, none, none, &raw mut props);
            assert_eq!(result, HRESULT::S_OK);
            self.hold(&Ptr::from_raw(props).expect("properties").upcast());
        }
    }

    /// Profiles, one of which has a store, and a session.
    pub(super) fn add_session(&mut self) {
        let directory = directory();
        // Each input begins with nothing.
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        unsafe {
            assert_eq!(MAPIInitialize(null_mut()), HRESULT::S_OK);
            let mut raw = null_mut();
            assert_eq!(MAPIAdminProfiles(0, &raw mut raw), HRESULT::S_OK);
            let admin = Ptr::<IProfAdmin>::from_raw(raw).expect("an object");
            let made = admin.CreateProfile(text(c"calls"), In::null(), 0, 0);
            assert_eq!(made, HRESULT::S_OK);
            let mut raw = null_mut();
            let out = Out::new(&mut raw);
            assert!(admin.AdminServices(text(c"calls"), In::null(), 0, 0, out).is_ok());
            let services = Ptr::from_raw(raw).expect("an object");
            let mut raw = null_mut();
            let name = c"calls".as_ptr().cast_mut().cast();
            assert_eq!(MAPILogonEx(0, name, null_mut(), 2, &raw mut raw), HRESULT::S_OK);
            let session = Ptr::<IMAPISession>::from_raw(raw).expect("a session");
            self.hold(&session.upcast());
            self.hold(&services.upcast());
            self.hold(&admin.upcast());
        }
    }
}
