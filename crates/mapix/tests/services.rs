//! A profile of which some services cannot start: each says why, and the others do.

use std::fs;
use std::path::Path;

use mapix::profile::{Profiles, Setting};
use mapix::prop::tags;
use mapix::{Contents, ErrorCode, LogonOptions, OpenStore};
use mapix_conformance::corpus;

#[test]
fn services_that_fail_say_why_and_the_others_start() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("services");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let profiles = Profiles::at(directory.join("config"));
    profiles.create("work").unwrap();
    let path = |path: &Path| ("path".to_owned(), Setting::Text(path.display().to_string()));
    let missing = directory.join("missing.mapix");
    let garbage = directory.join("garbage.mapix");
    fs::write(&garbage, "no mailbox at all").unwrap();
    let locked = corpus::mailbox("passworded.pst").map(|found| found.path.clone());
    // Whatever it holds, it is not the password.
    let wrong = ("password".to_owned(), Setting::Env("PATH".into()));
    let unset = ("password".to_owned(), Setting::Env("MAPIX_TEST_IS_NOT_SET".into()));
    let uids = profiles
        .change("work", |profile| {
            let mut uids = vec![
                profile.add_service("NOPE", "Unknown", [])?,
                profile.add_service("MAPIX", "Missing", [path(&missing)])?,
                profile.add_service("MAPIX", "Garbage", [path(&garbage)])?,
            ];
            if let Some(locked) = &locked {
                uids.push(profile.add_service("MAPIX_PST", "Locked", [path(locked), wrong])?);
                uids.push(profile.add_service("MAPIX_PST", "Unset", [path(locked), unset])?);
            }
            let mail =
                profile.add_service("MAPIX", "Mail", [path(&directory.join("mail.mapix"))])?;
            mapix::initialize().create_store(profile.service(mail)?)?;
            uids.push(mail);
            let provider = |uid| Ok(profile.service(uid)?.providers[0].uid);
            uids.into_iter().map(provider).collect::<mapix::Result<Vec<_>>>()
        })
        .unwrap();
    let (mail, failing) = uids.split_last().unwrap();

    let options = LogonOptions { no_mail: true, ..LogonOptions::profile("work") };
    let session = mapix::initialize().logon(&profiles, &options).unwrap();
    let how = OpenStore { write: true, ..OpenStore::default() };
    let expected = [
        ("Unknown", "NOPE", ErrorCode::NOT_FOUND),
        ("Missing", "missing.mapix", ErrorCode::NOT_FOUND),
        ("Garbage", "garbage.mapix", ErrorCode::CORRUPT_STORE),
        ("Locked", "password", ErrorCode::LOGON_FAILED),
        ("Unset", "MAPIX_TEST_IS_NOT_SET", ErrorCode::UNCONFIGURED),
    ];
    for (provider, (name, words, code)) in failing.iter().zip(expected) {
        let error = session.open_msg_store(*provider, OpenStore::default()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(words) && text.contains(name), "{name}: {text}");
        assert!(!text.contains('\n'), "{name}: one line: {text}");
        assert_eq!(error.code(), code, "{name}: {text}");
    }
    assert!(!missing.exists(), "nothing is made in its place");
    let store = session.open_msg_store(*mail, how).unwrap();
    let message = store.root().unwrap().create_message().unwrap();
    message.set(tags::SUBJECT, "here").unwrap();
    message.save().unwrap();
    assert_eq!(store.root().unwrap().message_rows(Contents::Normal, &[]).unwrap().len(), 1);
    assert!(session.logoff().iter().all(|report| report.result.is_ok()));
}
