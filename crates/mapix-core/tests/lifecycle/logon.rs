//! Sections 1 and 2: initialization, logons, shared sessions.

use std::sync::Arc;
use std::time::Duration;

use mapix_core::{ErrorCode, LogonOptions, OpenStore};

use crate::fake::{World, code, open};

#[test]
fn uninitialize_ends_what_was_not_logged_off_with_the_last_reference() {
    let world = World::new();
    let session = world.mapi.session();
    let store = open(&session, "x");
    assert!(world.mapi.clone().uninitialize().is_empty(), "there is another reference");
    assert!(store.root().is_ok());
    let World { mapi, fake, .. } = &world;
    let mapi = mapi.clone();
    // Both references are given back.
    let (first, second) = (mapi.clone(), mapi);
    first.uninitialize();
    second.uninitialize();
    assert!(store.root().is_ok(), "the world still holds one");
    assert_eq!(fake.count("logoff x"), 0);
}

#[test]
fn the_last_reference_logs_off() {
    let fake = Arc::new(crate::fake::Fake::default());
    let kind = Arc::new(crate::fake::Kind(Arc::clone(&fake)));
    let mapi = mapix_core::Mapi::with_providers(vec![kind]);
    let session = mapi.session();
    let store = open(&session, "x");
    let reports = mapi.uninitialize();
    assert!(reports.len() == 1 && reports[0].result.is_ok());
    assert_eq!(code(store.root().map(drop)), ErrorCode::INVALID_OBJECT);
    assert!(session.logoff().is_empty());
    assert_eq!(fake.count("logoff x"), 1);
}

#[test]
fn a_logon_needs_a_profile() {
    let world = World::new();
    let logon = |options: &LogonOptions| world.mapi.logon(&world.profiles, options).map(drop);
    assert_eq!(code(logon(&LogonOptions::default())), ErrorCode::LOGON_FAILED);
    assert_eq!(code(logon(&LogonOptions::default_profile())), ErrorCode::LOGON_FAILED);
    assert_eq!(code(logon(&LogonOptions::profile("nobody"))), ErrorCode::NOT_FOUND);
    let long = LogonOptions::profile("x".repeat(65));
    assert_eq!(code(logon(&long)), ErrorCode::STRING_TOO_LONG);
    world.profile("work", &[]);
    world.profiles.set_default(Some("work")).unwrap();
    let new = LogonOptions { new_session: true, ..LogonOptions::default() };
    assert_eq!(code(logon(&new)), ErrorCode::LOGON_FAILED, "the default is to be asked for");
    let options = LogonOptions::default_profile();
    let session = world.mapi.logon(&world.profiles, &options).unwrap();
    assert_eq!(session.profile_name(), Some("work"));
}

#[test]
fn a_shared_session_is_joined_even_when_a_profile_is_named() {
    let world = World::new();
    let uids = world.profile("work", &["a"]);
    world.profile("other", &[]);
    let shared = LogonOptions { allow_others: true, ..LogonOptions::profile("work") };
    let first = world.mapi.logon(&world.profiles, &shared).unwrap();
    let named = LogonOptions { profile: Some("other".into()), ..LogonOptions::default() };
    let second = world.mapi.logon(&world.profiles, &named).unwrap();
    assert_eq!(second.profile_name(), Some("work"));
    assert!(first.is_shared() && second.is_shared());
    let own = world.logon("other");
    assert!(own.profile_name() == Some("other") && !own.is_shared());
    // One session: one provider object, one logon.
    let a = first.open_msg_store(uids[0], OpenStore::default()).unwrap();
    let b = second.open_msg_store(uids[0], OpenStore::default()).unwrap();
    assert_eq!(world.fake.log(), ["provider 0", "logon a"]);
    // What both have opened stays with the one that is left.
    assert!(first.logoff().is_empty());
    assert_eq!(code(first.stores_table().map(drop)), ErrorCode::INVALID_OBJECT);
    assert!(b.root().is_ok());
    assert_eq!(second.logoff().len(), 1);
    assert_eq!(code(a.root().map(drop)), ErrorCode::INVALID_OBJECT);
    let joining = world.mapi.logon(&world.profiles, &LogonOptions::default());
    assert_eq!(code(joining.map(drop)), ErrorCode::LOGON_FAILED, "it is over");
}

#[test]
fn a_client_takes_its_own_stores_with_it() {
    let world = World::new();
    world.profile("work", &[]);
    let shared = LogonOptions { allow_others: true, ..LogonOptions::profile("work") };
    let first = world.mapi.logon(&world.profiles, &shared).unwrap();
    let second = world.mapi.logon(&world.profiles, &LogonOptions::default()).unwrap();
    let x = open(&first, "x");
    let y = open(&second, "y");
    assert_eq!(first.logoff().len(), 1);
    assert_eq!(code(x.root().map(drop)), ErrorCode::INVALID_OBJECT);
    assert!(y.root().is_ok());
}

#[test]
fn logons_come_one_after_the_other_and_waiting_has_an_end() {
    let world = World::new();
    world.profile("work", &[]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let timeout = Some(Duration::from_secs(60));
                let options = LogonOptions { timeout, ..LogonOptions::profile("work") };
                world.mapi.logon(&world.profiles, &options).unwrap();
            });
        }
    });
}

/// The profile of the first one is a pipe: whoever logs on with it is in the midst of that until
/// somebody has written it.
#[cfg(unix)]
#[test]
fn whoever_logs_on_meanwhile_waits_or_is_told_that_it_took_too_long() {
    let world = World::new();
    world.profile("work", &[]);
    world.profile("slow", &[]);
    let pipe = world.profiles.directory().join("profiles/slow.toml");
    let text = std::fs::read(&pipe).unwrap();
    std::fs::remove_file(&pipe).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let order = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let log_on = |name: &'static str| {
            let session = world.mapi.logon(&world.profiles, &LogonOptions::profile(name)).unwrap();
            order.lock().unwrap().push(name);
            drop(session);
        };
        scope.spawn(move || log_on("slow"));
        // Somebody has opened it for reading, once this returns.
        let mut writer = std::fs::File::create(&pipe).unwrap();
        let timeout = Some(Duration::ZERO);
        let short = LogonOptions { timeout, ..LogonOptions::profile("work") };
        let result = world.mapi.logon(&world.profiles, &short).map(drop);
        assert_eq!(code(result), ErrorCode::TIMEOUT, "MAPI_TIMEOUT_SHORT");
        scope.spawn(move || log_on("work"));
        assert_eq!(*order.lock().unwrap(), [] as [&str; 0]);
        std::io::Write::write_all(&mut writer, &text).unwrap();
    });
    let mut order = order.into_inner().unwrap();
    assert_eq!(order.len(), 2);
    order.sort_unstable();
    assert_eq!(order, ["slow", "work"], "both are in");
}

#[test]
fn the_first_store_that_can_be_the_default_one_is() {
    let world = World::new();
    world.profiles.create("work").unwrap();
    let (first, second, default) = world
        .profiles
        .change("work", |profile| {
            let add = |profile: &mut mapix_core::profile::Profile, name: &str| {
                let uid = world.mapi.add_service(profile, "FAKE", name, [])?;
                Ok::<_, mapix_core::Error>(profile.service(uid)?.providers[0].uid)
            };
            *world.fake.no_default.lock().unwrap() = true;
            add(profile, "never")?;
            assert_eq!(profile.default_store(), None);
            *world.fake.no_default.lock().unwrap() = false;
            Ok((add(profile, "first")?, add(profile, "second")?, profile.default_store()))
        })
        .unwrap();
    assert_eq!(default, Some(first));
    assert_ne!(default, Some(second));
    let unknown = world
        .profiles
        .change("work", |profile| world.mapi.add_service(profile, "NOBODY", "x", []).map(drop));
    assert_eq!(code(unknown), ErrorCode::NOT_FOUND);
}

#[test]
fn a_damaged_profile_is_told_at_logon() {
    let world = World::new();
    world.profile("work", &[]);
    let file = world.profiles.directory().join("profiles/work.toml");
    std::fs::write(&file, "format = 2\n").unwrap();
    let result = world.mapi.logon(&world.profiles, &LogonOptions::profile("work"));
    let error = result.unwrap_err();
    assert_eq!(error.code(), ErrorCode::VERSION);
    assert!(error.to_string().contains("work.toml"), "{error}");
}
