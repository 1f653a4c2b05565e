//! What the fuzzers of mail in `fuzz/` do with an input. It stands here so that a normal
//! `cargo test` runs their seeds, and the inputs that once found something: see
//! `tests/regressions.rs`.

#![allow(dead_code)]

use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use mapix_convert::{
    EmlOptions, Mail, MailBytes, MailState, Mbox, Names, ReadOptions, read_eml, write_eml,
};
use mapix_core::prop::{PropName, tags};
use mapix_core::store::{
    AttachmentChange, Change, MemoryStore, MessageStore, MessageUpdate, StreamUpdate,
};
use mapix_core::{Mapi, Message};

/// A target.
pub(crate) type Target = fn(&[u8]);

/// All targets by their names.
pub(crate) const TARGETS: [(&str, Target); 2] = [("mail_read", mail_read), ("mbox", mbox)];

/// Runs a target.
pub(crate) fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a known target");
    target(data);
}

/// A mail: it is read, twice the same, stored, written, and read again.
fn mail_read(data: &[u8]) {
    let memory = Arc::new(MemoryStore::new("fuzz"));
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(memory.clone(), true).unwrap();
    let names = |name: &PropName| memory.name_ids(std::slice::from_ref(name), true).unwrap()[0];
    let options = ReadOptions::new(&names);
    let read = |bytes: &MailBytes| read_eml(bytes, &MailState::default(), &options).unwrap();
    let put = |mail: Mail| -> Message {
        let folder = memory.info().root;
        let content = mail.message;
        let change = Change::CreateMessage { folder, associated: false, content };
        let made = memory.commit(vec![change]).unwrap().created[0];
        store.open_message(made).unwrap()
    };
    let bytes: MailBytes = data.into();
    let (mut first, mut second) = (read(&bytes), read(&bytes));
    assert_eq!(contents(&mut first.message), contents(&mut second.message));
    let message = put(second);
    let mut mail = Vec::new();
    let names = Names::of(&store).unwrap();
    write_eml(&message, &EmlOptions::new(names), &mut mail).unwrap();
    let again = put(read(&mail.into()));
    for tag in [tags::SUBJECT, tags::SENDER_NAME] {
        assert_eq!(message.text(tag).unwrap(), again.text(tag).unwrap());
    }
}

/// Everything that an update holds, as text, with its streams read.
fn contents(update: &mut MessageUpdate) -> String {
    let mut out = format!("{:?} {:?}", update.set, update.recipients);
    let read = |stream: &mut StreamUpdate, out: &mut String| {
        let mut bytes = Vec::new();
        stream.data.read_to_end(&mut bytes).unwrap();
        write!(out, "{} {bytes:?}", stream.tag).unwrap();
        stream.data.rewind().unwrap();
    };
    update.streams.iter_mut().for_each(|stream| read(stream, &mut out));
    for change in &mut update.attachments {
        let AttachmentChange::Put(number, content) = change else { continue };
        write!(out, "{number} {:?}", content.set).unwrap();
        content.streams.iter_mut().for_each(|stream| read(stream, &mut out));
        if let Some(inner) = &mut content.embedded {
            out.push_str(&contents(inner));
        }
    }
    out
}

/// A mailbox file: its mails are read, and each again from its offset.
fn mbox(data: &[u8]) {
    let path = Scratch::new(data);
    let text = |bytes: &MailBytes| {
        let mut all = Vec::new();
        bytes.reader().read_to_end(&mut all).unwrap();
        all
    };
    let mut kept = 0;
    let mut last = None;
    for (number, mail) in Mbox::open(&path.0).unwrap().map(Result::unwrap).enumerate() {
        assert!(last.is_none_or(|last| last < mail.offset) && mail.offset <= data.len() as u64);
        last = Some(mail.offset);
        let all = text(&mail.bytes);
        kept += all.len();
        if number < 20 {
            let again = Mbox::open_at(&path.0, mail.offset).unwrap().next().unwrap().unwrap();
            assert_eq!((text(&again.bytes), again.date), (all, mail.date));
        }
    }
    assert!(kept <= data.len());
}

/// A file that goes away.
struct Scratch(PathBuf);

impl Scratch {
    fn new(data: &[u8]) -> Self {
        let thread = std::thread::current();
        let name = format!("mapix-fuzz-{}-{:?}", std::process::id(), thread.id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, data).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What the fuzzers start with.
pub(crate) const SEEDS: [(&str, &str, &[u8]); 9] = [
    (
        "mail_read",
        "simple",
        b"Received: from a by b; Thu, 2 May 2024 10:00:05 +0000\r\nFrom: =?utf-8?Q?B=C3=B6b?= <b@x>\r\n\
          To: \"C, D\" <c@x>, g: e@x;, IMCEAEX-_O=A+20B@x\r\nSubject: RE: a\r\n b\r\nImportance: high\r\n\
          Date: 2 May 24 12:00 EST\r\nMessage-ID: <1@x>\r\nReferences: <0@x>\r\nKeywords: a, b\r\n\
          Thread-Index: AQHUzAxyAAAAAAAAAAAAAAAAAAAAAA==\r\nX-Mozilla-Status: 0001\r\n\r\nHello\r\n",
    ),
    (
        "mail_read",
        "alternative",
        b"Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: multipart/alternative;\n boundary=\"a b\"\n\n\
          --a b\nContent-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\nSABpAA==\n\
          --a b\nContent-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: quoted-printable\n\n\
          <img src=3D\"cid:i%40x\"> =F0=\n=D2\n--a b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN\n--a b--\n\
          --r\nContent-Type: image/png; name*0*=utf-8''%C3%A4; name*1=.png\nContent-ID: <i@x>\nContent-Location: x\n\nPNG\n--r--\n",
    ),
    (
        "mail_read",
        "nested",
        b"Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: 1\n\none\n--d\nContent-Type: message/rfc822\n\
          Content-Transfer-Encoding: base64\n\nU3ViamVjdDogMgoKdHdv\n--d\nContent-Type: message/rfc822\n\n\
          Content-Type: message/rfc822\n\nSubject: 3\nContent-Type: multipart/mixed; boundary=d\n\n--d\n\nx\n--d--\n--d--\nafter\n",
    ),
    (
        "mail_read",
        "signed",
        b"Subject: s\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\n\n\
          --b\nContent-Type: text/plain\n\ntext\n--b\nContent-Type: application/pkcs7-signature\n\nMII=\n--b--\n",
    ),
    (
        "mail_read",
        "opaque",
        b"Content-Type: application/octet-stream; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMAsGCSqGSIb3DQEHAw==\n",
    ),
    (
        "mail_read",
        "report",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nfailed\n--b\n\
          Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\n--b\nContent-Type: message/rfc822\n\nSubject: o\n\n--b--\n",
    ),
    (
        "mail_read",
        "broken",
        b"\xEF\xBB\xBF\n\nSubject: \xCF\xF0\xE8 =?utf-8?B?w6?= =?utf-8?B?k=?=\nnonsense\nX-Status: AF\nDisposition-Notification-To: a@b\n\
          Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\nContent-Transfer-Encoding: base64\n\n\
          This is no base64 at all, is it.\n--b\nContent-Type: text/plain; charset=utf-7\n\nHi +AOQ-\0\n--bb\n--b",
    ),
    (
        "mbox",
        "quoted",
        b"From ann@example.org Thu May  2 10:00:00 2024\nSubject: 1\n\n>From here\n>>From x\nFrom what I know\n\n\
          From - Thu May 2 10:00:00 2024\r\nStatus: RO\r\n\r\nx\r\n\r\nFrom x\nReceived: y\n\nz",
    ),
    (
        "mbox",
        "lengths",
        b"From a Thu May  2 10:00:00 2024\nContent-Length: 54\n\nFrom b Thu May  2 10:00:00 2024\nSubject: x\n\n>From x\ny\n\
          From c Thu May  2 10:00:00 2024\nContent-Length: 3\n\nFrom d Thu May  2 10:00:00 +0200 2024\n\nbody\n",
    ),
];
