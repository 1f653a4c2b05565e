//! The example provider through a session.

use std::io::Read as _;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use mapix::notify::{EventMask, Notice};
use mapix::profile::{Profiles, Setting};
use mapix::prop::{PropBag, tags};
use mapix::{
    AttachMethod, Contents, DeleteFolder, DeleteMessages, FlushFlags, Folder, LogonOptions,
    OpenOptions, OpenStore, Session, Store,
};

use crate::build;

fn open(write: bool) -> (Session, Store) {
    let session = build::mapi(build::demo()).session();
    let options = OpenOptions { write, ..OpenOptions::default() };
    let store = session.open_store("demo:", &options).unwrap();
    (session, store)
}

fn end(session: &Session) {
    for report in session.logoff() {
        report.result.unwrap();
    }
}

fn folders(folder: &Folder) -> Vec<Folder> {
    folder.folders().unwrap().into_iter().collect()
}

fn subjects(folder: &Folder) -> Vec<String> {
    let messages = folder.messages(Contents::Normal).unwrap();
    messages.map(|m| m.unwrap().text(tags::SUBJECT).unwrap().unwrap_or_default()).collect()
}

#[test]
fn its_mail_is_read() {
    let (session, store) = open(false);
    assert_eq!(store.info().display_name, "Demonstration");
    let all = folders(&store.root().unwrap());
    let names: Vec<_> = all.iter().map(|folder| folder.name().unwrap()).collect();
    assert_eq!(names, ["Inbox", "Projects"]);
    assert_eq!(subjects(&all[0]), ["Lunch on Friday?", "The report"]);
    let mails = all[0].messages(Contents::Normal).unwrap();
    let mails: Vec<_> = mails.map(Result::unwrap).collect();
    assert_eq!(mails[0].recipients().unwrap().into_iter().count(), 1);
    let attachments: Vec<_> = mails[1].attachments().unwrap().into_iter().collect();
    assert_eq!(attachments.len(), 2);
    let mut text = String::new();
    attachments[0].open_data().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "All is well.\n");
    let inside = attachments[1].embedded().unwrap();
    assert_eq!(inside.text(tags::BODY).unwrap().unwrap(), "Inside.\r\n");
    end(&session);
    assert!(mails[0].text(tags::SUBJECT).is_err());
}

#[test]
fn it_is_written() {
    let (session, store) = open(true);
    let root = store.root().unwrap();
    let box_ = root.create_folder("Drafts", false).unwrap();
    let message = box_.create_message().unwrap();
    message.set(tags::SUBJECT, "Written here").unwrap();
    message.set(tags::BODY, "x".repeat(70_000)).unwrap();
    let mut bob = PropBag::new();
    bob.set(tags::DISPLAY_NAME, "Bob");
    bob.set(tags::RECIPIENT_TYPE, 1);
    message.set_recipients(vec![bob]).unwrap();
    let file = message.create_attachment(AttachMethod::ByValue).unwrap();
    file.set(tags::ATTACH_LONG_FILENAME, "zeros").unwrap();
    file.set(tags::ATTACH_DATA_BIN, vec![0_u8; 200_000]).unwrap();
    file.save().unwrap();
    message.save().unwrap();
    let id = message.id().unwrap();
    drop((message, file));

    let found = box_.messages(Contents::Normal).unwrap().next().unwrap().unwrap();
    assert_eq!(found.text(tags::BODY).unwrap().unwrap().len(), 70_000);
    assert_eq!(found.recipients().unwrap().into_iter().count(), 1);
    let file = found.attachments().unwrap().into_iter().next().unwrap();
    let mut data = Vec::new();
    file.open_data().unwrap().read_to_end(&mut data).unwrap();
    assert_eq!(data.len(), 200_000);
    found.set(tags::SUBJECT, "Changed").unwrap();
    found.save().unwrap();
    drop((found, file));
    assert_eq!(subjects(&box_), ["Changed"]);

    let projects = root.folder("Projects").unwrap();
    assert!(box_.move_messages(&[id], &projects).unwrap().complete().is_ok());
    assert_eq!((subjects(&box_).len(), subjects(&projects).len()), (0, 1));
    assert!(projects.copy_messages(&[id], &box_).unwrap().complete().is_ok());
    assert_eq!(subjects(&box_), ["Changed"]);
    let how = DeleteMessages::default();
    assert!(projects.delete_messages(&[id], how).unwrap().complete().is_ok());
    assert_eq!(subjects(&projects).len(), 0);
    let what = DeleteFolder { messages: true, folders: true };
    root.delete_folder(&box_, what).unwrap();
    assert_eq!(folders(&root).len(), 2);
    end(&session);
}

#[test]
fn its_notifications_come() {
    let (session, store) = open(true);
    let told = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
    let sink = Arc::clone(&told);
    let connection = store
        .advise(EventMask::ALL, None, move |notices: &[Notice]| {
            sink.0.lock().unwrap().extend(notices.iter().map(|notice| format!("{notice:?}")));
            sink.1.notify_all();
        })
        .unwrap();
    let inbox = store.root().unwrap().folder("Inbox").unwrap();
    let message = inbox.create_message().unwrap();
    message.set(tags::SUBJECT, "News").unwrap();
    message.save().unwrap();
    let seen = told.0.lock().unwrap();
    let has = |all: &mut Vec<String>| !all.iter().any(|one| one.starts_with("Created"));
    let (seen, waited) = told.1.wait_timeout_while(seen, Duration::from_secs(60), has).unwrap();
    assert!(!waited.timed_out(), "{seen:?}");
    drop(seen);
    drop(connection);
    end(&session);
}

#[test]
fn a_profile_starts_it_with_its_settings() {
    let directory = tempfile::tempdir().unwrap();
    let profiles = Profiles::at(directory.path());
    profiles.create("work").unwrap();
    let uid = profiles
        .change("work", |profile| {
            let service = profile.add_service(
                "DEMO",
                "Demo",
                [("0x6600001F".to_owned(), Setting::Text("Mine".into()))],
            )?;
            Ok(profile.service(service)?.providers[0].uid)
        })
        .unwrap();
    let mapi = build::mapi(build::demo());
    for _ in 0..2 {
        let session = mapi.logon(&profiles, &LogonOptions::profile("work")).unwrap();
        let store = session.open_msg_store(uid, OpenStore::default()).unwrap();
        assert_eq!(store.info().display_name, "Mine");
        let entry_id = store.root().unwrap().folder("Inbox").unwrap().entry_id().unwrap();
        assert!(session.open_entry(&entry_id).is_ok());
        end(&session);
    }
}

#[test]
fn mail_is_sent_through_its_store() {
    let directory = tempfile::tempdir().unwrap();
    let profiles = Profiles::at(directory.path().join("config"));
    profiles.create("work").unwrap();
    let text = |name: &str, text: &str| (name.to_owned(), Setting::Text(text.into()));
    let out = directory.path().join("out");
    let uid = profiles
        .change("work", |profile| {
            let service = profile.add_service("DEMO", "Demo", [])?;
            let path = text("path", &out.display().to_string());
            profile.add_service("DROPDIR", "Out", [path, text("from", "ann@example.com")])?;
            let uid = profile.service(service)?.providers[0].uid;
            profile.set_default_store(Some(uid))?;
            Ok(uid)
        })
        .unwrap();
    let directories = [build::demo().to_owned()];
    let (mapi, errors) = mapi::import::with_providers_of(mapix::initialize(), &directories);
    assert!(errors.is_empty(), "{errors:?}");
    let session = mapi.logon(&profiles, &LogonOptions::profile("work")).unwrap();
    let how = OpenStore { write: true, ..OpenStore::default() };
    let store = session.open_msg_store(uid, how).unwrap();
    let message = store.root().unwrap().folder("Projects").unwrap().create_message().unwrap();
    message.set(tags::SUBJECT, "Sent from there").unwrap();
    message.set(tags::BODY, "by a transport of ours").unwrap();
    let mut bob = PropBag::new();
    bob.set(tags::DISPLAY_NAME, "Bob");
    bob.set(tags::RECIPIENT_TYPE, 1);
    bob.set(tags::ADDRTYPE, "SMTP");
    bob.set(tags::EMAIL_ADDRESS, "bob@example.com");
    message.set_recipients(vec![bob]).unwrap();
    message.submit(false).unwrap();
    session.flush_queues(FlushFlags::UPLOAD).unwrap();
    let queued = store.queued().unwrap();
    assert!(queued.is_empty(), "{queued:?}");
    let mails: Vec<_> = std::fs::read_dir(&out)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .filter(|mail| mail.contains("Subject: Sent from there"))
        .collect();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("bob@example.com"));
    end(&session);
}
