//! Bad providers cost their own store only.

use std::path::Path;
use std::time::Duration;

use mapix::profile::{Profile, Profiles, Setting};
use mapix::prop::Guid;
use mapix::{ErrorCode, LogonOptions, Mapi, OpenStore};

use crate::build;

const INF: &str = "[Services]\nBAD=Bad\n[BAD]\nProviders=BAD Store\n[BAD Store]\n\
    PR_PROVIDER_DLL_NAME=mapi_bad\nPR_RESOURCE_TYPE=MAPI_STORE_PROVIDER\n66010003=00000000\n";

/// What is said of the provider that goes wrong in this way, when its store is opened.
const MODES: [(&str, ErrorCode, &str); 9] = [
    ("1", ErrorCode::NETWORK_ERROR, "the server is not there"),
    ("2", ErrorCode::CALL_FAILED, "IMSProvider::Logon gave no object"),
    ("3", ErrorCode::CALL_FAILED, "an object of type 99"),
    ("4", ErrorCode::CALL_FAILED, "IMsgStore::OpenEntry gave no object"),
    ("5", ErrorCode::CALL_FAILED, "memory that is not MAPI's"),
    ("6", ErrorCode::CALL_FAILED, "smaller than it says"),
    ("7", ErrorCode::CALL_FAILED, "no buffer"),
    ("8", ErrorCode::CORRUPT_DATA, "PR_ENTRYID"),
    ("9", ErrorCode::CALL_FAILED, "an object without functions"),
];

fn add(profiles: &Profiles, mode: &str) -> Guid {
    let add = |profile: &mut Profile| {
        let mode = [("0x66010003".to_owned(), Setting::Text(mode.into()))];
        let service = profile.add_service("BAD", "Bad", mode)?;
        Ok(profile.service(service)?.providers[0].uid)
    };
    profiles.change("bad", add).unwrap()
}

/// One after the other: the library knows only one mode.
#[test]
fn what_a_check_can_see_is_an_error_of_that_store() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers/bad.cpp");
    let mapi = build::mapi(&build::provider("bad", &source, INF));
    let directory = tempfile::tempdir().unwrap();
    let profiles = Profiles::at(directory.path());
    profiles.create("bad").unwrap();
    for (mode, code, sentence) in MODES {
        let uid = add(&profiles, mode);
        let session = mapi.logon(&profiles, &LogonOptions::profile("bad")).unwrap();
        let error = session.open_msg_store(uid, OpenStore::default()).map(drop).unwrap_err();
        assert_eq!(error.code(), code, "{mode}: {error}");
        assert!(error.to_string().contains(sentence), "{mode}: {error}");
        for report in session.logoff() {
            report.result.unwrap();
        }
    }
    // Their counts are not believed: what is released stays loaded.
    ends(&mapi, &profiles, "12", None);
    ends(&mapi, &profiles, "11", Some(ErrorCode::DISK_ERROR));
    // The last, for it never returns: the session ends without it.
    ends(&mapi, &profiles, "10", Some(ErrorCode::TIMEOUT));
}

/// Opens a store, and logs off, which gives an error or not.
fn ends(mapi: &Mapi, profiles: &Profiles, mode: &str, wanted: Option<ErrorCode>) {
    let uid = add(profiles, mode);
    let mut session = mapi.logon(profiles, &LogonOptions::profile("bad")).unwrap();
    session.set_deadline(Duration::from_millis(if mode == "10" { 50 } else { 60_000 }));
    let store = session.open_msg_store(uid, OpenStore::default()).unwrap();
    assert!(store.entry_id().is_ok());
    let reports = session.logoff();
    let errors = reports.into_iter().filter_map(|report| report.result.err());
    let errors: Vec<ErrorCode> = errors.map(|error| error.code()).collect();
    assert_eq!(errors, wanted.into_iter().collect::<Vec<_>>(), "mode {mode}");
    assert_eq!(store.entry_id().unwrap_err().code(), ErrorCode::INVALID_OBJECT);
}
