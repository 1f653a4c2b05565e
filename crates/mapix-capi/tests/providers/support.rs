//! What a provider can do with its support object, as it does it.

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;
use std::sync::Arc;

use mapix::prop::{Guid, tags};
use mapix::store::MemoryStore;
use mapix::{EntryId, ErrorCode, OneOff, OpenOptions, Session, Store};

use crate::build;

const MODIFY: u32 = 1;

/// The example provider with functions for tests, as a library of this name.
struct Extended(&'static str);

impl Extended {
    fn open(name: &'static str) -> (Self, Session, Store) {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let source = here.join("tests/providers/support.cpp");
        let example = here.join("../../examples/cpp/provider.cpp").canonicalize().unwrap();
        let whole = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.cpp"));
        let lines = format!(
            "#define EXAMPLE \"{}\"\n#include \"{}\"\n",
            example.display(),
            source.display()
        );
        std::fs::write(&whole, lines).unwrap();
        let inf = std::fs::read_to_string(here.join("../../examples/cpp/demo.inf")).unwrap();
        let inf = inf.replace("mapi_demo", &format!("mapi_{name}"));
        let session = build::mapi(&build::provider(name, &whole, &inf)).session();
        let options = OpenOptions { write: true, ..OpenOptions::default() };
        let store = session.open_store("demo:", &options).unwrap();
        (Self(name), session, store)
    }

    fn call<F: Copy>(&self, function: &str) -> F {
        let function = build::function(self.0, &CString::new(function).unwrap());
        assert_eq!(size_of::<F>(), size_of::<*mut c_void>());
        // SAFETY: the caller names the type that the function has.
        unsafe { std::mem::transmute_copy(&function) }
    }

    fn says(&self, function: &str) -> String {
        text(self.call::<extern "C" fn() -> *const c_char>(function)())
    }

    fn says_of(&self, function: &str, id: &EntryId) -> String {
        let call: extern "C" fn(*const u8, u32) -> *const c_char = self.call(function);
        text(call(id.as_bytes().as_ptr(), id.as_bytes().len() as u32))
    }

    fn opens(&self, id: &EntryId, flags: u32) -> String {
        let call: extern "C" fn(*const u8, u32, u32) -> *const c_char = self.call("support_open");
        text(call(id.as_bytes().as_ptr(), id.as_bytes().len() as u32, flags))
    }
}

/// What a function of the library gave.
fn text(given: *const c_char) -> String {
    // SAFETY: a text that ends, which stays until the next call.
    unsafe { CStr::from_ptr(given) }.to_str().unwrap().to_owned()
}

fn hex(code: ErrorCode) -> String {
    format!("0x{:08X}", code.0)
}

/// A store beside the provider's, with a folder and a message in it.
fn beside(session: &Session) -> (Store, EntryId, EntryId) {
    let store = session.attach(Arc::new(MemoryStore::new("beside")), true).unwrap();
    let folder = store.root().unwrap().create_folder("Plans", false).unwrap();
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, "A plan").unwrap();
    message.save().unwrap();
    let ids = (folder.entry_id().unwrap(), message.entry_id().unwrap());
    (store, ids.0, ids.1)
}

#[test]
fn a_provider_opens_entries_of_its_own_store_and_of_others() {
    let (provider, session, store) = Extended::open("open");
    let (other, folder, message) = beside(&session);
    let inbox = store.root().unwrap().folder("Inbox").unwrap();
    assert_eq!(provider.opens(&inbox.entry_id().unwrap(), 0), "3 own Inbox set");
    let mail = inbox.messages(mapix::Contents::Normal).unwrap().next().unwrap().unwrap();
    assert_eq!(provider.opens(&mail.entry_id().unwrap(), 0), "5 own Lunch on Friday? set");

    let no_access = hex(ErrorCode::NO_ACCESS);
    assert_eq!(provider.opens(&folder, 0), format!("3 MAPI's Plans {no_access}"));
    assert_eq!(provider.opens(&folder, MODIFY), "3 MAPI's Plans set");
    assert_eq!(provider.opens(&message, 0), format!("5 MAPI's A plan {no_access}"));
    assert_eq!(provider.opens(&message, MODIFY), "5 MAPI's A plan set");
    let one_off = OneOff::new("Ann", "SMTP", "ann@example.com").entry_id();
    assert_eq!(provider.opens(&one_off, 0), "6 MAPI's Ann");

    let unknown = EntryId::new(Guid::unique(), b"nobody's");
    assert_eq!(provider.opens(&unknown, 0), hex(ErrorCode::UNKNOWN_ENTRYID));
    assert_eq!(provider.opens(&message, 0x8000_0000), hex(ErrorCode::UNKNOWN_FLAGS));
    let interface = provider.says_of("support_open_as_table", &message);
    assert_eq!(interface, hex(ErrorCode::INTERFACE_NOT_SUPPORTED));

    // A store that a provider lets go of stays with those who have opened it.
    let wrapped = other.entry_id().unwrap();
    assert_eq!(provider.opens(&wrapped, 0), "1 MAPI's beside");
    assert!(other.root().is_ok());
    drop((inbox, mail, store, other));
    assert!(session.logoff().iter().all(|report| report.result.is_ok()));
}

#[test]
fn what_a_provider_keeps_of_another_store_ends_with_the_session() {
    let (provider, session, store) = Extended::open("keep");
    let (other, folder, _) = beside(&session);
    assert_eq!(provider.says_of("support_keep", &folder), "0x00000000");
    drop(other);
    assert_eq!(provider.says("support_look_at_kept"), "Plans");
    drop(store);
    // Its own store went with the last handle; to the other one the provider has one.
    let closed = hex(ErrorCode::UNKNOWN_ENTRYID);
    assert_eq!(provider.says("support_at_logoff"), format!("{closed} Plans"));
    assert_eq!(provider.says("support_look_at_kept"), "Plans");
    assert_eq!(session.logoff().len(), 1);
    assert_eq!(provider.says("support_look_at_kept"), hex(ErrorCode::INVALID_OBJECT));
    assert_eq!(provider.says("support_let_go"), "released");
}

#[test]
fn a_provider_that_opens_entries_while_it_is_logged_off_with_its_session_is_refused() {
    let (provider, session, store) = Extended::open("late");
    let (other, folder, _) = beside(&session);
    assert_eq!(provider.says_of("support_keep", &folder), "0x00000000");
    assert_eq!(session.logoff().len(), 2);
    let said = provider.says("support_at_logoff");
    assert!(said.starts_with(&hex(ErrorCode::INVALID_OBJECT)), "{said}");
    assert_eq!(provider.says("support_let_go"), "released");
    drop((store, other));
}

#[test]
fn a_provider_learns_whom_a_message_that_is_sent_again_goes_to() {
    let (provider, session, _store) = Extended::open("prepare");
    let prepare: extern "C" fn(i32) -> *const c_char = provider.call("support_prepare");
    let again = "1 1 Ann <ann@example.com>; 2 0 Bob <bob@example.com>; 0 1 Me <me@example.com>; 0";
    assert_eq!(text(prepare(1)), again);
    // The mark says nothing of a message that was never sent.
    let first =
        "80000001 0 Ann <ann@example.com>; 2 0 Bob <bob@example.com>; 0 1 Me <me@example.com>; 0";
    assert_eq!(text(prepare(0)), first);
    session.logoff();
}

#[test]
fn a_provider_has_its_recipients_made_ready() {
    let (provider, session, _store) = Extended::open("expand");
    let needs_spooler = 2;
    let expected =
        format!("1 9 Eve <eve@example.com> id; 1 9 Ann <ANN@example.com> id; {needs_spooler}");
    assert_eq!(provider.says("support_expand"), expected);
    session.logoff();
}

#[test]
fn a_sent_message_of_a_provider_goes_where_it_says() {
    let (provider, session, _store) = Extended::open("sent");
    let sent: extern "C" fn(*const u16, i32) -> *const c_char = provider.call("support_sent");
    let sent = |folder: Option<&str>, delete: bool| {
        let name: Option<Vec<u16>> = folder.map(|name| name.encode_utf16().chain([0]).collect());
        text(sent(name.as_ref().map_or(std::ptr::null(), Vec::as_ptr), delete.into()))
    };
    assert_eq!(sent(None, false), "Inbox 1");
    assert_eq!(sent(Some("Projects"), false), "Projects 1");
    assert_eq!(sent(Some("Inbox"), false), "Inbox 1");
    assert_eq!(sent(Some(""), false), "Inbox 1", "the folder is not there");
    assert_eq!(sent(None, true), "nowhere 1");
    assert_eq!(sent(Some("Projects"), true), "nowhere 1");
    session.logoff();
}

#[test]
fn a_provider_has_receipts_made() {
    let (provider, session, _store) = Extended::open("receipt");
    let receipt: extern "C" fn(u32, i32) -> *const c_char = provider.call("support_receipt");
    let read = text(receipt(0, 0));
    let begins = "REPORT.IPM.Note.IPNRN; Read: Lunch; Lunch; key; \
                  1 9 Ann Example <ann@example.com>; Your message\r\n";
    assert!(read.starts_with(begins), "{read}");
    assert!(read.contains("    Subject: Lunch\r\n") && read.contains("was read on 2"), "{read}");
    let not_read = text(receipt(1, 0));
    assert!(not_read.starts_with("REPORT.IPM.Note.IPNNRN; Not read: Lunch; "), "{not_read}");
    assert!(not_read.contains("without being read"), "{not_read}");
    assert_eq!(text(receipt(0, 1)), hex(ErrorCode::NO_RECIPIENTS));
    assert_eq!(text(receipt(2, 0)), hex(ErrorCode::UNKNOWN_FLAGS));
    session.logoff();
}
