//! What the entry point of a message service is told of.

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;

use mapi::arg::{In, Out};
use mapi::com::{Interface, Ptr};
use mapi::export::{MAPIAdminProfiles, MAPIFreeBuffer, MAPIInitialize};
use mapi::iface::{IMsgServiceAdmin, IProfAdmin};
use mapi::types::{HRESULT, MAPIUID, Plain};
use mapix::profile::{Profiles, Setting};
use mapix::prop::Guid;
use mapix::{ErrorCode, LogonOptions, OpenStore, Warning};

use crate::build;

/// Builds the provider of the rules as a service with an entry point.
fn provider(name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers/rules.cpp");
    let kind = name.to_uppercase();
    let inf = format!(
        "[Services]\n{kind}=Rules\n[{kind}]\nPR_SERVICE_DLL_NAME=mapi_{name}\n\
         PR_SERVICE_ENTRY_NAME=ServiceEntry\nProviders={kind} Store\n[{kind} Store]\n\
         PR_PROVIDER_DLL_NAME=mapi_{name}\nPR_RESOURCE_TYPE=MAPI_STORE_PROVIDER\n\
         66010003=00000000\n"
    );
    build::provider(name, &source, &inf)
}

/// What the service says that it was told.
fn told(name: &str) -> String {
    // SAFETY: the function is of this type, and gives a text that ends.
    unsafe {
        let function = build::function(name, c"rules_told");
        let function =
            std::mem::transmute::<*mut c_void, extern "C" fn() -> *const c_char>(function);
        CStr::from_ptr(function()).to_str().unwrap().to_owned()
    }
}

/// Adds a service whose section says this.
fn add(profiles: &Profiles, profile: &str, kind: &str, mode: u32) -> (Guid, Guid) {
    let change = |profile: &mut mapix::profile::Profile| {
        let mode = [("0x66010003".to_owned(), Setting::Text(mode.to_string()))];
        let service = profile.add_service(kind, "Rules", mode)?;
        Ok((service, profile.service(service)?.providers[0].uid))
    };
    profiles.change(profile, change).unwrap()
}

#[test]
fn a_service_hears_that_it_goes_and_does_not_stop_it() {
    let mapi = build::mapi(&provider("told"));
    let directory = tempfile::tempdir().unwrap();
    let profiles = Profiles::at(directory.path());
    profiles.create("work").unwrap();
    let (first, store) = add(&profiles, "work", "TOLD", 1);
    let session = mapi.logon(&profiles, &LogonOptions::profile("work")).unwrap();
    session.open_msg_store(store, OpenStore::default()).unwrap_err();
    session.logoff();
    let begun = told("told");
    assert!(begun.starts_with("2; ") && !begun.contains("deleted"), "{begun}");

    assert!(mapi.delete_service(&profiles, "work", first).unwrap().is_none());
    let (second, _) = add(&profiles, "work", "TOLD", 9);
    let said = mapi.delete_service(&profiles, "work", second).unwrap().unwrap();
    assert_eq!(said.code(), ErrorCode::BUSY);
    assert!(said.to_string().contains("the server still has it"), "{said}");
    assert!(profiles.read("work").unwrap().services().is_empty());
    add(&profiles, "work", "TOLD", 3);
    assert!(mapi.delete_profile(&profiles, "work").unwrap().is_empty());
    let after = told("told");
    let after = after.strip_prefix(&begun).unwrap();
    assert_eq!(after, "deleted with 1; deleted with 9; deleted with 3; ");
}

#[test]
fn a_service_goes_without_its_library() {
    let directory = provider("told_gone");
    let mapi = build::mapi(&directory);
    std::fs::remove_file(build::library("told_gone")).unwrap();
    let profiles = Profiles::at(directory.join("config"));
    // What an earlier run left.
    let _ = profiles.delete("work");
    profiles.create("work").unwrap();
    let (service, _) = add(&profiles, "work", "TOLD_GONE", 1);
    let said = mapi.delete_service(&profiles, "work", service).unwrap().unwrap();
    assert!(said.to_string().contains("mapi_told_gone"), "{said}");
    assert!(profiles.read("work").unwrap().services().is_empty());
}

/// Where providers are found is asked of the environment, which is the process's.
#[test]
fn clients_in_c_are_told_what_the_service_said() {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "service::in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env("MAPIX_CONFIG_PATH", provider("told_c"))
        .env("MAPIX_CONFIG_DIR", directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{wrong}");
}

fn object<I: Interface>(call: impl FnOnce(Out<'_, *mut I>) -> HRESULT) -> Ptr<I> {
    let mut raw = <*mut I>::zeroed();
    assert_eq!(call(Out::new(&mut raw)), HRESULT::S_OK);
    // SAFETY: the call gave it.
    unsafe { Ptr::from_raw(raw) }.expect("an object")
}

#[test]
#[ignore = "clients_in_c_are_told_what_the_service_said runs it"]
fn in_a_process_of_its_own() {
    let profiles = Profiles::of_user().unwrap();
    profiles.create("work").unwrap();
    let (good, _) = add(&profiles, "work", "TOLD_C", 1);
    let (busy, _) = add(&profiles, "work", "TOLD_C", 9);
    let warning = HRESULT::from(Warning::ErrorsReturned);
    let name = CString::new("work").unwrap();
    // SAFETY: the arguments are good for the calls.
    unsafe {
        let name = In::from_raw(name.as_ptr().cast::<c_void>());
        let delete = |admin: &Ptr<IMsgServiceAdmin>, uid: Guid| {
            admin.DeleteMsgService(In::new(&MAPIUID::from(uid)))
        };
        assert_eq!(MAPIInitialize(std::ptr::null_mut()), HRESULT::S_OK);
        let profs: Ptr<IProfAdmin> = object(|out| MAPIAdminProfiles(0, out.as_raw()));
        let admin = object(|out| profs.AdminServices(name, In::null(), 0, 0, out));
        assert_eq!(delete(&admin, good), HRESULT::S_OK);
        assert_eq!(delete(&admin, good), ErrorCode::NOT_FOUND.into());
        assert_eq!(delete(&admin, busy), warning);
        let mut error = std::ptr::null_mut();
        assert_eq!(admin.GetLastError(warning, 0, Out::new(&mut error)), HRESULT::S_OK);
        let text = CStr::from_ptr((*error).lpszError.cast()).to_str().unwrap();
        assert!(text.contains("the server still has it"), "{text}");
        assert_eq!(MAPIFreeBuffer(error.cast()), HRESULT::S_OK);
        add(&profiles, "work", "TOLD_C", 9);
        assert_eq!(profs.DeleteProfile(name, 0), warning);
    }
    assert!(profiles.list().unwrap().is_empty());
    assert_eq!(told("told_c"), "deleted with 1; deleted with 9; deleted with 9; ");
}
