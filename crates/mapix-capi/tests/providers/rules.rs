//! What a provider can rely on, as a provider sees it.

use std::path::{Path, PathBuf};

use mapix::profile::{Profiles, Setting};
use mapix::{ErrorCode, LogonOptions, Mapi, OpenStore};

use crate::build;

/// A kind of the provider, built from its source after a line.
struct Rules {
    mapi: Mapi,
    profiles: Profiles,
    kind: String,
    _directory: tempfile::TempDir,
}

impl Rules {
    fn new(name: &str, before: &str) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers/rules.cpp");
        let whole: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.cpp"));
        std::fs::write(&whole, format!("{before}\n#include \"{}\"\n", source.display())).unwrap();
        let kind = name.to_uppercase();
        let inf = format!(
            "[Services]\n{kind}=Rules\n[{kind}]\nProviders={kind} Store\n[{kind} Store]\n\
             PR_PROVIDER_DLL_NAME=mapi_{name}\nPR_RESOURCE_TYPE=MAPI_STORE_PROVIDER\n\
             66010003=00000000\n"
        );
        let mapi = build::mapi(&build::provider(name, &whole, &inf));
        let directory = tempfile::tempdir().unwrap();
        let profiles = Profiles::at(directory.path());
        profiles.create("rules").unwrap();
        Self { mapi, profiles, kind, _directory: directory }
    }

    /// What the provider says about one of the things that it looks at, in a session of its own.
    fn says(&self, mode: u32) -> (ErrorCode, String) {
        let uid = self
            .profiles
            .change("rules", |profile| {
                let mode = [("0x66010003".to_owned(), Setting::Text(mode.to_string()))];
                let service = profile.add_service(&self.kind, "Rules", mode)?;
                Ok(profile.service(service)?.providers[0].uid)
            })
            .unwrap();
        let session = self.mapi.logon(&self.profiles, &LogonOptions::profile("rules")).unwrap();
        let error = session.open_msg_store(uid, OpenStore::default()).map(drop).unwrap_err();
        assert!(session.logoff().is_empty());
        (error.code(), error.to_string())
    }

    #[track_caller]
    fn finds(&self, mode: u32, expected: &str) {
        let (code, text) = self.says(mode);
        assert_eq!(code, ErrorCode::FAILONEPROVIDER, "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_library_is_loaded_once_and_gives_an_object_to_each_session() {
    let rules = Rules::new("rules", "");
    rules.finds(1, "loaded 1, initialized 1, living 1");
    // The first one was released with its session; the library stays.
    rules.finds(1, "loaded 1, initialized 2, living 1");
}

#[test]
fn a_provider_is_given_what_the_reference_says() {
    let rules = Rules::new("rules_given", "");
    rules.finds(2, "as it should be");
    rules.finds(3, "as it should be");
}

#[test]
fn the_support_object_of_a_store_has_the_methods_of_one() {
    Rules::new("rules_support", "").finds(4, "as it should be");
}

#[test]
fn a_provider_of_another_version_is_released_at_once() {
    for (name, version, good) in [
        ("rules_same", "0x00010010", true),
        ("rules_small", "0x00010FFF", true),
        ("rules_old", "0x00000010", false),
        ("rules_new", "0x00020000", false),
    ] {
        let rules = Rules::new(name, &format!("#define RULES_VERSION {version}"));
        let (code, text) = rules.says(1);
        let expected = if good { ErrorCode::FAILONEPROVIDER } else { ErrorCode::VERSION };
        assert_eq!(code, expected, "{name}: {text}");
        assert!(good || text.contains(version), "{text}");
        assert_eq!(living(name), 0, "{name}");
    }
}

/// Asks a provider's library how many of its objects are alive.
fn living(name: &str) -> i32 {
    // SAFETY: the function is of this type.
    unsafe {
        std::mem::transmute::<*mut libc::c_void, extern "C" fn() -> i32>(build::function(
            name,
            c"rules_living",
        ))()
    }
}
