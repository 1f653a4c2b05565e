//! Directories.

use mapix_convert::{Found, Mailbox};

use crate::{Directory, walk};

#[test]
fn a_tree_of_mails() {
    let directory = Directory::new();
    directory.put("b.eml", "Subject: b");
    directory.put("RE_ Lunch?.EML", "From x\nSubject: lunch");
    directory.put("notes.txt", "nothing");
    directory.put("empty", "");
    directory.put("mh/10", "Subject: ten");
    directory.put("mh/9", "Subject: nine");
    directory.put("mh/.mh_sequences", "unseen: 9");
    directory.put("Archive", "From a Thu May  2 10:00:00 2024\nSubject: in mbox\n\nx\n");
    directory.put("Archive.sbd/2024", "From a Thu May  2 10:00:00 2024\nSubject: deeper\n\nx\n");
    directory.put("Apple.mbox/mbox", "From a Thu May  2 10:00:00 2024\nSubject: apple\n\nx\n");
    directory.put("New.mbox/Messages/1.emlx", "12\nSubject: new<plist/>");
    std::fs::create_dir(directory.path().join("void")).unwrap();
    assert_eq!(
        walk(directory.path()),
        [
            "RE_ Lunch?.EML:  [From x]",
            "b.eml:  [Subject: b]",
            "folder Archive",
            "Archive@0: Archive [Subject: in mbox]",
            "folder Apple",
            "Apple.mbox/mbox@0: Apple [Subject: apple]",
            "folder Archive",
            "folder Archive/2024",
            "Archive.sbd/2024@0: Archive/2024 [Subject: deeper]",
            "folder New",
            "New.mbox/Messages/1.emlx: New [Subject: new]",
            "folder mh",
            "mh/9: mh [Subject: nine]",
            "mh/10: mh [Subject: ten]",
            "skipped mh/.mh_sequences: neither named nor made like mail",
            "folder void",
            "skipped empty: an empty file",
            "skipped notes.txt: neither named nor made like mail",
        ]
    );
}

#[test]
fn a_maildir() {
    let directory = Directory::new();
    for part in
        ["new", "cur", "tmp", ".Sub.Entw&APw-rfe/new", ".Sub.Entw&APw-rfe/cur", "Nested/cur"]
    {
        std::fs::create_dir_all(directory.path().join(part)).unwrap();
    }
    directory.put("cur/1714644002.b:2,S", "Subject: two");
    directory.put("new/1714644001.a", "Subject: one");
    directory.put("tmp/1714644003.c", "Subject: thr");
    directory.put("dovecot-uidlist", "3");
    directory.put("dovecot-keywords", "0 work\n");
    directory.put(".Sub.Entw&APw-rfe/cur/1714644004.d:2,DFa", "Subject: draft");
    directory.put("Nested/new/1714644005.e", "Subject: nested");
    assert_eq!(
        walk(directory.path()),
        [
            "1714644001.a:  [Subject: one]",
            "1714644002.b:  [Subject: two]",
            "folder Sub/Entw\u{fc}rfe",
            ".Sub.Entw&APw-rfe/1714644004.d: Sub/Entw\u{fc}rfe [Subject: draft]",
            "folder Nested",
            "Nested/1714644005.e: Nested [Subject: nested]",
            "skipped dovecot-keywords: a file of the mail server",
            "skipped dovecot-uidlist: a file of the mail server",
            "skipped tmp/1714644003.c: a mail that was never delivered whole",
        ]
    );
    let mut states = Mailbox::open(directory.path()).unwrap().filter_map(|found| match found {
        Ok(Found::Mail(mail)) => Some(mail.state),
        _ => None,
    });
    assert_eq!(states.next().unwrap().read, Some(false));
    let second = states.next().unwrap();
    assert_eq!(second.read, Some(true));
    assert_eq!(second.delivered.unwrap().to_string(), "2024-05-02T10:00:02Z");
    let third = states.next().unwrap();
    assert_eq!((third.draft, third.flagged, third.read), (Some(true), Some(true), Some(false)));
}

#[test]
fn a_file_that_is_named_is_read() {
    let directory = Directory::new();
    let plain = directory.put("strange.txt", "Subject: plain");
    assert_eq!(walk(&plain), ["strange.txt:  [Subject: plain]"]);
    let empty = directory.put("empty", "");
    assert_eq!(walk(&empty), ["empty:  []"]);
    let emlx = directory.put("a.emlx", "10\nSubject: a<plist/>");
    assert_eq!(walk(&emlx), ["a.emlx:  [Subject: a]"]);
    let error = Mailbox::open(&directory.path().join("no")).unwrap_err();
    assert_eq!(error.message(), "no such file or directory");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_named() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let directory = Directory::new();
    directory.put("a.eml", "Subject: a");
    symlink("gone.eml", directory.path().join("broken.eml")).unwrap();
    symlink("a.eml", directory.path().join("copy.eml")).unwrap();
    symlink(".", directory.path().join("loop")).unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"\xE9.eml");
    std::fs::write(directory.path().join(odd), "Subject: odd").unwrap();
    assert_eq!(
        walk(directory.path()),
        [
            "a.eml:  [Subject: a]",
            "failed no such file or directory",
            "copy.eml:  [Subject: a]",
            "\\xE9.eml:  [Subject: odd]",
            "skipped loop: a link to a directory",
        ]
    );
}
