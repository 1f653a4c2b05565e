//! Profiles: what is kept, what is refused, and who may change it when.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use mapix_core::profile::{MAX_NAME, Profiles, Service, Setting};
use mapix_core::prop::{Guid, PropTag, tags};
use mapix_core::store::MessageStore;
use mapix_core::{Error, ErrorCode, Mapi, OpenOptions, Result, StoreProvider};

/// Profiles in a directory of their own, which goes with them.
struct Scratch(Profiles);

impl Scratch {
    fn new() -> Self {
        let name = format!("mapix-profile-{}", Guid::unique());
        Self(Profiles::at(std::env::temp_dir().join(name)))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.directory().join("profiles").join(format!("{name}.toml"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.directory());
    }
}

impl std::ops::Deref for Scratch {
    type Target = Profiles;

    fn deref(&self) -> &Profiles {
        &self.0
    }
}

fn path(text: &str) -> [(String, Setting); 1] {
    [("path".into(), Setting::Text(text.into()))]
}

#[track_caller]
fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code()
}

#[test]
fn profiles_are_made_listed_copied_renamed_and_deleted() {
    let profiles = Scratch::new();
    assert!(profiles.list().unwrap().is_empty() && profiles.default().unwrap().is_none());
    profiles.create("work").unwrap();
    profiles.create("a/b: c").unwrap();
    assert_eq!(code(profiles.create("work")), ErrorCode::COLLISION);
    profiles.set_default(Some("work")).unwrap();
    assert_eq!(code(profiles.set_default(Some("nobody"))), ErrorCode::NOT_FOUND);
    assert_eq!(profiles.default().unwrap().as_deref(), Some("work"));

    let (service, provider) = profiles
        .change("work", |profile| {
            let service = profile.add_service("MAPIX", "Mail", path("mail.mapix"))?;
            let provider = profile.service(service)?.providers[0].uid;
            profile.set_default_store(Some(provider))?;
            Ok((service, provider))
        })
        .unwrap();
    profiles.copy("work", "copy").unwrap();
    let copy = profiles.read("copy").unwrap();
    assert_eq!(copy.services()[0].settings, profiles.read("work").unwrap().services()[0].settings);
    assert_ne!(copy.services()[0].uid, service, "UIDs are of one profile");
    assert_ne!(copy.default_store(), Some(provider));
    assert_eq!(copy.default_store(), Some(copy.services()[0].providers[0].uid));

    assert_eq!(code(profiles.rename("work", "copy")), ErrorCode::COLLISION);
    profiles.rename("work", "office").unwrap();
    assert_eq!(profiles.default().unwrap().as_deref(), Some("office"), "the default one stays it");
    let names: Vec<_> = profiles.list().unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["a/b: c", "copy", "office"]);
    profiles.delete("office").unwrap();
    assert_eq!(code(profiles.delete("office")), ErrorCode::NOT_FOUND);
    assert!(profiles.default().unwrap().is_none());
}

#[test]
fn names_have_at_most_64_characters_that_can_be_seen() {
    let profiles = Scratch::new();
    profiles.create(&"x".repeat(MAX_NAME)).unwrap();
    assert_eq!(code(profiles.create(&"x".repeat(MAX_NAME + 1))), ErrorCode::STRING_TOO_LONG);
    for name in ["", " x", "x ", "a\nb", "\u{1b}[1m"] {
        assert_eq!(code(profiles.create(name)), ErrorCode::INVALID_PARAMETER, "{name:?}");
    }
}

#[test]
fn services_are_administered() {
    let profiles = Scratch::new();
    profiles.create("work").unwrap();
    let [a, b] = profiles
        .change("work", |profile| {
            let a = profile.add_service("MAPIX", "A", path("a.mapix"))?;
            Ok([a, profile.add_service("MAPIX_PST", "B", path("b.pst"))?])
        })
        .unwrap();
    profiles
        .change("work", |profile| {
            profile.move_service(b, 0)?;
            profile.rename_service(a, "Mail")?;
            profile.configure_service(b, [("password".into(), Some(Setting::Env("PW".into())))])?;
            let copy = profile.copy_service(b, "C")?;
            profile.configure_service(copy, [("password".into(), None)])?;
            let provider = profile.add_provider(a, "second")?;
            profile.section_mut(provider).set(tags::DISPLAY_NAME, "Second")?;
            profile.set_default_store(Some(provider))
        })
        .unwrap();
    let profile = profiles.read("work").unwrap();
    let names: Vec<_> = profile.services().iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["B", "Mail", "C"]);
    assert_eq!(profile.find_service("Mail").unwrap().uid, a);
    assert_eq!(profile.find_service(&b.to_string()).unwrap().name, "B");
    assert_eq!(profile.service(b).unwrap().settings["password"], Setting::Env("PW".into()));
    assert!(!profile.services()[2].settings.contains_key("password"));
    assert_eq!(profile.providers().count(), 4);
    let default = profile.default_store().unwrap();
    let section = profile.section(default).unwrap();
    assert_eq!(section.props().text(tags::DISPLAY_NAME).as_deref(), Some("Second"));

    profiles
        .change("work", |profile| {
            profile.remove_provider(default)?;
            assert_eq!(profile.default_store(), None, "the default went with its provider");
            assert_eq!(code(profile.remove_provider(default)), ErrorCode::NOT_FOUND);
            profile.remove_service(a)?;
            assert_eq!(code(profile.remove_service(a)), ErrorCode::NOT_FOUND);
            profile.rename_service(b, "C")
        })
        .unwrap();
    let profile = profiles.read("work").unwrap();
    assert_eq!(profile.services().len(), 2);
    assert_eq!(code(profile.find_service("C").map(drop)), ErrorCode::COLLISION);
    assert_eq!(code(profile.find_service("Mail").map(drop)), ErrorCode::NOT_FOUND);
}

#[test]
fn sections_are_found_by_uid() {
    let profiles = Scratch::new();
    profiles.create("work").unwrap();
    let uid = Guid::unique();
    assert_eq!(code(profiles.read("work").unwrap().section(uid).map(drop)), ErrorCode::NOT_FOUND);
    profiles.change("work", |profile| profile.section_mut(uid).set(tags::COMMENT, "x")).unwrap();
    let profile = profiles.read("work").unwrap();
    assert_eq!(profile.section(uid).unwrap().props().text(tags::COMMENT).as_deref(), Some("x"));
    profiles.change("work", |profile| profile.remove_section(uid)).unwrap();
    assert!(profiles.read("work").unwrap().section(uid).is_err());
}

#[test]
fn a_change_that_fails_writes_nothing() {
    let profiles = Scratch::new();
    profiles.create("work").unwrap();
    let before = fs::read(profiles.file("work")).unwrap();
    let result = profiles.change("work", |profile| {
        profile.add_service("MAPIX", "Mail", path("x"))?;
        profile.section_mut(Guid::unique()).set(PropTag(0x67F0_001F), "hunter2")
    });
    assert_eq!(code(result), ErrorCode::NO_ACCESS, "secrets do not go into files");
    assert_eq!(fs::read(profiles.file("work")).unwrap(), before);
}

#[test]
fn damaged_and_foreign_files_are_named_and_never_written_over() {
    let profiles = Scratch::new();
    profiles.create("work").unwrap();
    let uid = Guid::unique();
    let cases = [
        ("format = 1\n[[service]\n", ErrorCode::CORRUPT_DATA, "line 2"),
        ("format = 2\n", ErrorCode::VERSION, "the format is 2"),
        ("", ErrorCode::CORRUPT_DATA, "does not say its `format`"),
        ("format = 1\ncolour = 'red'\n", ErrorCode::CORRUPT_DATA, "`colour` is not known"),
        ("format = 1\n[[service]]\nkind = 'x'\n", ErrorCode::CORRUPT_DATA, "service 1: `uid`"),
        ("format = 1\n[[section]]\nuid = 'x'\n", ErrorCode::CORRUPT_DATA, "section 1"),
        ("format = 1\nservice = 3\n", ErrorCode::CORRUPT_DATA, "`service` is not a list"),
    ];
    for (text, expected, words) in cases {
        fs::write(profiles.file("work"), text).unwrap();
        let error = profiles.read("work").unwrap_err();
        assert_eq!(error.code(), expected, "{text}");
        let line = error.to_string();
        assert!(line.contains(words) && line.contains("work.toml"), "{line}");
        assert!(!line.contains('\n'), "{line}");
        assert!(profiles.change("work", |profile| profile.set_default_store(None)).is_err());
        assert!(profiles.create("work").is_err() && profiles.copy("work", "x").is_err());
        assert!(profiles.rename("work", "y").is_err());
        assert_eq!(fs::read_to_string(profiles.file("work")).unwrap(), text);
        assert!(profiles.list().unwrap()[0].services.is_err(), "the list tells of it");
    }
    let twice = format!("format = 1\n{0}{0}", format!("[[section]]\nuid = '{uid}'\n"));
    fs::write(profiles.file("work"), twice).unwrap();
    assert!(profiles.read("work").unwrap_err().to_string().contains("twice"));
    fs::write(profiles.file("work"), b"format = 1 # \xFF").unwrap();
    assert_eq!(code(profiles.read("work")), ErrorCode::CORRUPT_DATA);
    fs::write(profiles.directory().join("config.toml"), "format = 7").unwrap();
    assert_eq!(code(profiles.set_default(None)), ErrorCode::VERSION);
}

#[test]
fn changes_of_many_threads_are_all_kept() {
    let profiles = Scratch::new();
    profiles.create("work").unwrap();
    thread::scope(|scope| {
        for thread in 0..8 {
            let profiles = &profiles;
            scope.spawn(move || {
                // Each opens the lock for itself, as another process would.
                for _ in 0..10 {
                    let name = format!("{thread}");
                    let add = |profile: &mut mapix_core::profile::Profile| {
                        profile.add_service("MAPIX", &name, path("x"))
                    };
                    profiles.change("work", add).unwrap();
                    assert!(profiles.read("work").is_ok(), "whole at every moment");
                }
            });
        }
    });
    assert_eq!(profiles.read("work").unwrap().services().len(), 80);
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let profiles = Scratch::new();
    fs::write(profiles.directory(), "a file where the directory should be").unwrap();
    let error = profiles.create("work").unwrap_err();
    assert!(error.to_string().contains("mapix-profile-"), "{error}");
    fs::remove_file(profiles.directory()).unwrap();
}

#[cfg(unix)]
#[test]
fn only_the_user_reads_a_profile() {
    use std::os::unix::fs::PermissionsExt;
    let profiles = Scratch::new();
    profiles.create("work").unwrap();
    let mode = fs::metadata(profiles.file("work")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn secrets_come_from_the_environment() {
    let set = Setting::Env("PATH".into());
    assert_eq!(set.value().unwrap(), std::env::var("PATH").unwrap());
    let unset = Setting::Env("MAPIX_TEST_NO_SUCH_VARIABLE".into());
    let error = unset.value().unwrap_err();
    assert_eq!(error.code(), ErrorCode::UNCONFIGURED);
    assert!(error.to_string().contains("MAPIX_TEST_NO_SUCH_VARIABLE"), "{error}");
    assert_eq!(unset.to_string(), "$MAPIX_TEST_NO_SUCH_VARIABLE");
}

/// A kind of services that notes which of them go, while they are still there.
struct Noting {
    profiles: Profiles,
    told: Arc<Mutex<Vec<String>>>,
}

impl StoreProvider for Noting {
    fn name(&self) -> &'static str {
        "NOTING"
    }
    fn scheme(&self) -> &'static str {
        "noting"
    }
    fn description(&self) -> &'static str {
        "a kind that notes"
    }
    fn recognizes(&self, _: &[u8]) -> bool {
        false
    }
    fn deleting(&self, service: &Service) -> Result<()> {
        // Both would wait without end if the profiles were held.
        self.profiles.change("work", |profile| profile.service(service.uid).map(drop))?;
        self.told.lock().unwrap().push(service.name.clone());
        match service.name.as_str() {
            "busy" => Err(Error::new(ErrorCode::BUSY, "somebody has it open")),
            "panics" => panic!("as a provider may"),
            _ => Ok(()),
        }
    }
    fn open(&self, _: &Path, _: &OpenOptions) -> Result<Arc<dyn MessageStore>> {
        Err(Error::no_support("nobody opens it"))
    }
}

#[test]
fn providers_are_told_of_services_before_they_go_and_stop_none() {
    let profiles = Scratch::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let noting = Noting { profiles: profiles.0.clone(), told: Arc::clone(&told) };
    let mapi = Mapi::with_providers(vec![Arc::new(noting)]);
    profiles.create("work").unwrap();
    let names = ["good", "busy", "panics", "first", "last"];
    let add = |name: &str| {
        profiles.change("work", |profile| profile.add_service("NOTING", name, [])).unwrap()
    };
    let uids = names.map(add);
    let unknown = profiles.change("work", |profile| profile.add_service("GONE", "gone", []));
    let unknown = unknown.unwrap();
    let delete = |uid| mapi.delete_service(&profiles, "work", uid).unwrap();

    assert!(delete(uids[0]).is_none() && delete(unknown).is_none());
    let said = delete(uids[1]).unwrap();
    assert_eq!(said.code(), ErrorCode::BUSY);
    assert!(said.to_string().contains("busy"), "{said}");
    assert_eq!(delete(uids[2]).unwrap().code(), ErrorCode::CALL_FAILED);
    assert_eq!(*told.lock().unwrap(), ["good", "busy", "panics"]);
    assert_eq!(profiles.read("work").unwrap().services().len(), 2);
    assert_eq!(code(mapi.delete_service(&profiles, "work", uids[0])), ErrorCode::NOT_FOUND);

    assert!(mapi.delete_profile(&profiles, "work").unwrap().is_empty());
    assert_eq!(told.lock().unwrap()[3..], ["first", "last"]);
    assert_eq!(code(mapi.delete_profile(&profiles, "work")), ErrorCode::NOT_FOUND);
}

#[test]
fn a_profile_that_cannot_be_read_is_deleted_without_a_word_to_providers() {
    let profiles = Scratch::new();
    profiles.create("work").unwrap();
    fs::write(profiles.file("work"), "nonsense").unwrap();
    let said = Mapi::with_providers(Vec::new()).delete_profile(&profiles, "work").unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(profiles.list().unwrap().is_empty());
}
