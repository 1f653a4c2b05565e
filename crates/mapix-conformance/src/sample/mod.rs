//! A small mailbox with a bit of everything.

mod values;

use std::io::Cursor;

use mapix_core::prop::{FileTime, PropBag, PropName, PropTag, PropType, Value, guids, tags};
use mapix_core::store::{
    AttachmentChange, AttachmentUpdate, Capability, Change, MessageStore, MessageUpdate,
    StreamUpdate,
};
use mapix_core::{Error, ErrorCode, Result};

pub use values::every_type;

/// The numbers of what [`fill`] made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// The Inbox, in the root.
    pub inbox: u64,
    /// A folder in the Inbox, with letters that are not ASCII in its name.
    pub projects: u64,
    /// A folder in that one, with one message.
    pub archive: u64,
    /// A folder without anything, in the root.
    pub empty: u64,
    /// A plain message in the Inbox: sender, two recipients, a short body.
    pub note: u64,
    /// A message in the Inbox with a large body, two attachments by value, one of them large,
    /// and named properties, if the store takes names.
    pub report: u64,
    /// A message in [`projects`](Self::projects) with a message in it, with a message in it,
    /// with an attachment in it.
    pub forwarded: u64,
    /// An appointment in [`projects`](Self::projects).
    pub appointment: u64,
    /// A contact in [`archive`](Self::archive).
    pub contact: u64,
    /// A message in the Inbox with [`every_type`] of value.
    pub every_type: u64,
    /// An associated message in the Inbox.
    pub hidden: u64,
    /// The property ID of `Keywords` in `PS_PUBLIC_STRINGS`, if the store takes names.
    pub keywords: Option<u16>,
}

/// The characters of the body of [`Sample::report`].
pub const LARGE_TEXT: usize = 100_000;
/// The bytes of its second attachment.
pub const LARGE_DATA: usize = 300_000;

/// Fills a store. The same store gets the same contents in every run, but for the numbers.
///
/// # Errors
/// Those of the store.
pub fn fill(store: &dyn MessageStore) -> Result<Sample> {
    let root = store.info().root;
    let inbox = folder(store, root, "Inbox")?;
    let projects = folder(store, inbox, "Projekte \u{2013} \u{8A08}\u{753B}")?;
    let archive = folder(store, projects, "Archive")?;
    let empty = folder(store, root, "Empty")?;
    let keywords = if store.info().capability.has(Capability::CREATE_NAMES) {
        let name = PropName::name(guids::PS_PUBLIC_STRINGS, "Keywords");
        store.name_ids(&[name], true)?.first().copied().flatten()
    } else {
        None
    };
    let contents = [
        (inbox, false, note("Lunch on Friday?")),
        (inbox, false, report(keywords)),
        (projects, false, forwarded()),
        (projects, false, appointment()),
        (archive, false, contact()),
        (inbox, false, MessageUpdate { set: every_type(), ..MessageUpdate::default() }),
        (inbox, true, hidden()),
    ];
    let changes = contents.map(|(folder, associated, content)| Change::CreateMessage {
        folder,
        associated,
        content,
    });
    let created = store.commit(changes.into())?.created;
    let Ok([note, report, forwarded, appointment, contact, every_type, hidden]) =
        <[u64; 7]>::try_from(created)
    else {
        return Err(Error::new(ErrorCode::CALL_FAILED, "the commit gave another count of numbers"));
    };
    Ok(Sample {
        inbox,
        projects,
        archive,
        empty,
        note,
        report,
        forwarded,
        appointment,
        contact,
        every_type,
        hidden,
        keywords,
    })
}

/// Makes a folder and gives its number.
///
/// # Errors
/// Those of the store.
pub fn folder(store: &dyn MessageStore, parent: u64, name: &str) -> Result<u64> {
    let mut properties = PropBag::new();
    properties.set(tags::DISPLAY_NAME, name);
    properties.set(tags::CONTAINER_CLASS, "IPF.Note");
    created(store, Change::CreateFolder { parent, search: false, properties, copy_of: None })
}

/// Makes a message and gives its number.
///
/// # Errors
/// Those of the store.
pub fn message(store: &dyn MessageStore, folder: u64, content: MessageUpdate) -> Result<u64> {
    created(store, Change::CreateMessage { folder, associated: false, content })
}

/// A plain message from Ann to Bob and Clara.
pub fn note(subject: &str) -> MessageUpdate {
    let mut set = PropBag::new();
    set.set(tags::MESSAGE_CLASS, "IPM.Note");
    set.set(tags::SUBJECT, subject);
    set.set(tags::SENDER_NAME, "Ann Example");
    set.set(tags::SENDER_ADDRTYPE, "SMTP");
    set.set(tags::SENDER_EMAIL_ADDRESS, "ann@example.com");
    set.set(tags::SENT_REPRESENTING_NAME, "Ann Example");
    set.set(tags::MESSAGE_FLAGS, 1);
    set.set(tags::IMPORTANCE, 1);
    set.set(tags::CLIENT_SUBMIT_TIME, FileTime::from_unix(1_714_550_400));
    set.set(tags::MESSAGE_DELIVERY_TIME, FileTime::from_unix(1_714_550_460));
    set.set(tags::INTERNET_MESSAGE_ID, "<1@example.com>");
    set.set(tags::BODY, "Shall we meet at noon?\r\n\r\nAnn\r\n");
    let recipients = vec![
        recipient(0, 1, "Bob Example", "bob@example.com"),
        recipient(1, 2, "Clara M\u{FC}ller", "clara@example.com"),
    ];
    MessageUpdate { set, recipients: Some(recipients), ..MessageUpdate::default() }
}

/// An attachment by value.
pub fn file(name: &str, data: &[u8]) -> AttachmentUpdate {
    let mut set = PropBag::new();
    set.set(tags::ATTACH_METHOD, 1);
    set.set(tags::ATTACH_FILENAME, name);
    set.set(tags::ATTACH_LONG_FILENAME, name);
    set.set(tags::ATTACH_DATA_BIN, data);
    set.set(tags::RENDERING_POSITION, -1);
    AttachmentUpdate { set, ..AttachmentUpdate::default() }
}

/// An attachment that holds a message.
pub fn embedding(message: MessageUpdate) -> AttachmentUpdate {
    let mut set = PropBag::new();
    set.set(tags::ATTACH_METHOD, 5);
    set.set(tags::DISPLAY_NAME, "the message");
    set.set(tags::RENDERING_POSITION, -1);
    AttachmentUpdate { set, embedded: Some(Box::new(message)), ..AttachmentUpdate::default() }
}

/// A property to be read from bytes.
pub fn stream(tag: PropTag, bytes: Vec<u8>) -> StreamUpdate {
    StreamUpdate { tag, data: Box::new(Cursor::new(bytes)) }
}

/// Bytes without a simple pattern, the same in every run.
pub fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// The body of [`Sample::report`].
pub fn large_text() -> String {
    "All figures rose \u{2013} but not for all. ".chars().cycle().take(LARGE_TEXT).collect()
}

fn created(store: &dyn MessageStore, change: Change) -> Result<u64> {
    let missing = || Error::new(ErrorCode::CALL_FAILED, "the commit gave no number");
    store.commit(vec![change])?.created.first().copied().ok_or_else(missing)
}

fn recipient(row: i32, kind: i32, name: &str, address: &str) -> PropBag {
    let mut bag = PropBag::new();
    bag.set(tags::ROWID, row);
    bag.set(tags::RECIPIENT_TYPE, kind);
    bag.set(tags::DISPLAY_NAME, name);
    bag.set(tags::ADDRTYPE, "SMTP");
    bag.set(tags::EMAIL_ADDRESS, address);
    bag
}

fn report(keywords: Option<u16>) -> MessageUpdate {
    let mut message = note("Quarterly report");
    message.set.remove(tags::BODY.id());
    let text = large_text().encode_utf16().flat_map(u16::to_le_bytes).collect();
    message.streams.push(stream(tags::BODY, text));
    if let Some(id) = keywords {
        let words: Vec<Box<str>> = vec!["figures".into(), "R\u{E9}sum\u{E9}".into()];
        message.set.set(PropTag::new(id, PropType::MV_UNICODE), words);
    }
    let mut large = file("figures.bin", &[]);
    large.set.remove(tags::ATTACH_DATA_BIN.id());
    large.streams.push(stream(tags::ATTACH_DATA_BIN, noise(LARGE_DATA)));
    message.attachments = vec![
        AttachmentChange::Put(0, Box::new(file("notes.txt", b"first line\r\n"))),
        AttachmentChange::Put(1, Box::new(large)),
    ];
    message
}

fn forwarded() -> MessageUpdate {
    let mut innermost = note("The first letter");
    innermost.attachments =
        vec![AttachmentChange::Put(0, Box::new(file("picture.png", &noise(500))))];
    let mut inner = note("FW: The first letter");
    inner.attachments = vec![AttachmentChange::Put(0, Box::new(embedding(innermost)))];
    let mut outer = note("FW: FW: The first letter");
    outer.attachments = vec![
        AttachmentChange::Put(0, Box::new(file("readme.txt", b"see below"))),
        AttachmentChange::Put(1, Box::new(embedding(inner))),
    ];
    outer
}

fn appointment() -> MessageUpdate {
    let mut message = note("Planning");
    message.set.set(tags::MESSAGE_CLASS, "IPM.Appointment");
    message.set.set(tags::START_DATE, FileTime::from_unix(1_714_636_800));
    message.set.set(tags::END_DATE, FileTime::from_unix(1_714_640_400));
    message.set.set(tags::RESPONSE_REQUESTED, true);
    message
}

fn contact() -> MessageUpdate {
    let mut set = PropBag::new();
    set.set(tags::MESSAGE_CLASS, "IPM.Contact");
    set.set(tags::SUBJECT, "Zo\u{EB} Ng");
    set.set(tags::DISPLAY_NAME, "Zo\u{EB} Ng");
    set.set(tags::GIVEN_NAME, "Zo\u{EB}");
    set.set(tags::SURNAME, "Ng");
    set.set(tags::COMPANY_NAME, "Example Ltd");
    set.set(tags::BUSINESS_TELEPHONE_NUMBER, "+49 30 123456");
    MessageUpdate { set, ..MessageUpdate::default() }
}

fn hidden() -> MessageUpdate {
    let mut set = PropBag::new();
    set.set(tags::MESSAGE_CLASS, "IPM.Configuration.Test");
    set.set(tags::SUBJECT, "settings");
    set.set(PropTag::new(0x7C07, PropType::BINARY), Value::from(&b"<settings/>"[..]));
    MessageUpdate { set, ..MessageUpdate::default() }
}
