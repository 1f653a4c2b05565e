//! Makes folders and messages in a store, with the properties that every client expects.

use mapix::prop::{FileTime, PropBag, PropName, PropTag, PropType, Value, tags};
use mapix::store::{
    AttachmentChange, AttachmentUpdate, Change, MemoryStore, MessageStore, MessageUpdate,
};

use super::OWNER;

const READ: i32 = 0x1;
const UNSENT: i32 = 0x8;
const HASATTACH: i32 = 0x10;
const ASSOCIATED: i32 = 0x40;

/// Fills a store.
pub(super) struct Builder<'a> {
    pub(super) store: &'a MemoryStore,
}

impl<'a> Builder<'a> {
    pub(super) fn new(store: &'a MemoryStore) -> Self {
        Self { store }
    }

    pub(super) fn folder(&self, parent: u64, name: &str, class: &str) -> mapix::Result<u64> {
        let mut properties = PropBag::new();
        properties.set(tags::DISPLAY_NAME, name);
        properties.set(tags::FOLDER_TYPE, 1);
        if !class.is_empty() {
            properties.set(tags::CONTAINER_CLASS, class);
        }
        self.create(Change::CreateFolder { parent, search: false, properties, copy_of: None })
    }

    pub(super) fn search_folder(&self, parent: u64, name: &str) -> mapix::Result<u64> {
        let mut properties = PropBag::new();
        properties.set(tags::DISPLAY_NAME, name);
        properties.set(tags::FOLDER_TYPE, 2);
        self.create(Change::CreateFolder { parent, search: true, properties, copy_of: None })
    }

    pub(super) fn add(&self, folder: u64, mail: Mail) -> mapix::Result<u64> {
        let associated = mail.flags & ASSOCIATED != 0;
        self.create(Change::CreateMessage { folder, associated, content: mail.into_update() })
    }

    /// The tag of a named property, which is made if need be.
    pub(super) fn tag(&self, name: &str) -> mapix::Result<PropTag> {
        let (name, prop_type) = mapix::names::named_by_name(name).unwrap_or_else(|| {
            (PropName::name(mapix::prop::guids::PS_PUBLIC_STRINGS, name), PropType::UNICODE)
        });
        let id = self.store.name_ids(&[name], true)?.pop().flatten();
        let id = id.ok_or_else(|| mapix::Error::not_found("a name got no number"))?;
        Ok(PropTag::new(id, prop_type))
    }

    fn create(&self, change: Change) -> mapix::Result<u64> {
        let created = self.store.commit(vec![change])?.created;
        created.first().copied().ok_or_else(|| mapix::Error::not_found("nothing was made"))
    }
}

/// A message in the making.
pub(super) struct Mail {
    props: PropBag,
    flags: i32,
    recipients: Vec<PropBag>,
    attachments: Vec<AttachmentUpdate>,
}

impl Mail {
    /// From somebody, as `(name, address)`, at a time in ISO 8601.
    pub(super) fn new(from: (&str, &str), at: &str, subject: &str) -> Self {
        let mut props = PropBag::new();
        props.set(tags::MESSAGE_CLASS, "IPM.Note");
        props.set(tags::SUBJECT, subject);
        props.set(tags::IMPORTANCE, 1);
        let time = FileTime::parse(at).unwrap_or_default();
        for tag in [
            tags::CLIENT_SUBMIT_TIME,
            tags::MESSAGE_DELIVERY_TIME,
            tags::CREATION_TIME,
            tags::LAST_MODIFICATION_TIME,
        ] {
            props.set(tag, time);
        }
        for (name, kind, address) in [
            (tags::SENDER_NAME, tags::SENDER_ADDRTYPE, tags::SENDER_EMAIL_ADDRESS),
            (
                tags::SENT_REPRESENTING_NAME,
                tags::SENT_REPRESENTING_ADDRTYPE,
                tags::SENT_REPRESENTING_EMAIL_ADDRESS,
            ),
        ] {
            props.set(name, from.0);
            props.set(kind, "SMTP");
            props.set(address, from.1);
        }
        let host = from.1.split('@').next_back().unwrap_or_default();
        props.set(tags::INTERNET_MESSAGE_ID, format!("<{}@{host}>", time.to_unix()));
        // Any bytes do that no other message has.
        props.set(
            tags::SEARCH_KEY,
            &[time.0.to_le_bytes(), (subject.len() as u64).to_le_bytes()].concat()[..],
        );
        Self { props, flags: READ, recipients: Vec::new(), attachments: Vec::new() }.to(OWNER)
    }

    pub(super) fn to(mut self, person: (&str, &str)) -> Self {
        if self.recipients.len() == 1
            && self.recipients[0].text(tags::DISPLAY_NAME).as_deref() == Some(OWNER.0)
        {
            self.recipients.clear();
        }
        self.recipient(person, 1)
    }

    pub(super) fn cc(self, person: (&str, &str)) -> Self {
        self.recipient(person, 2)
    }

    fn recipient(mut self, (name, address): (&str, &str), kind: i32) -> Self {
        let mut row = PropBag::new();
        row.set(tags::ROWID, self.recipients.len() as i32);
        row.set(tags::RECIPIENT_TYPE, kind);
        row.set(tags::DISPLAY_NAME, name);
        row.set(tags::ADDRTYPE, "SMTP");
        row.set(tags::EMAIL_ADDRESS, address);
        row.set(tags::SMTP_ADDRESS, address);
        self.recipients.push(row);
        self
    }

    /// Without recipients: an item that is not mail.
    pub(super) fn class(mut self, class: &str) -> Self {
        self.recipients.clear();
        self.set(tags::MESSAGE_CLASS, class)
    }

    pub(super) fn set(mut self, tag: PropTag, value: impl Into<Value>) -> Self {
        self.props.set(tag, value);
        self
    }

    pub(super) fn text(self, body: &str) -> Self {
        self.set(tags::BODY, body.replace('\n', "\r\n"))
    }

    pub(super) fn html(self, body: &str) -> Self {
        self.set(tags::INTERNET_CPID, 65001).set(tags::HTML, body.as_bytes())
    }

    /// RTF in the uncompressed form of `PR_RTF_COMPRESSED`.
    pub(super) fn rtf(self, body: &str) -> Self {
        let size = body.len() as u32;
        let mut bytes = (size + 12).to_le_bytes().to_vec();
        bytes.extend(size.to_le_bytes());
        bytes.extend(b"MELA\0\0\0\0");
        bytes.extend(body.as_bytes());
        self.set(tags::RTF_COMPRESSED, bytes)
    }

    pub(super) fn unread(mut self) -> Self {
        self.flags &= !READ;
        self
    }

    pub(super) fn draft(mut self) -> Self {
        self.flags |= UNSENT;
        self
    }

    pub(super) fn hidden(mut self) -> Self {
        self.flags |= ASSOCIATED;
        self
    }

    pub(super) fn attach(mut self, name: &str, mime: &str, data: &[u8]) -> Self {
        let mut set = PropBag::new();
        set.set(tags::ATTACH_METHOD, 1);
        set.set(tags::ATTACH_LONG_FILENAME, name);
        set.set(tags::ATTACH_MIME_TAG, mime);
        set.set(tags::ATTACH_DATA_BIN, data);
        self.push(set, None);
        self
    }

    pub(super) fn embed(mut self, mail: Self) -> Self {
        let mut set = PropBag::new();
        set.set(tags::ATTACH_METHOD, 5);
        set.set(tags::DISPLAY_NAME, mail.props.text(tags::SUBJECT).unwrap_or_default());
        self.push(set, Some(Box::new(mail.into_update())));
        self
    }

    fn push(&mut self, mut set: PropBag, embedded: Option<Box<MessageUpdate>>) {
        let inside = embedded.as_ref().and_then(|message| message.set.i32(tags::MESSAGE_SIZE));
        let size = size_of(&set) + inside.unwrap_or(0);
        set.set(tags::ATTACH_NUM, self.attachments.len() as i32);
        set.set(tags::ATTACH_SIZE, size);
        set.set(tags::RENDERING_POSITION, -1);
        self.flags |= HASATTACH;
        self.attachments.push(AttachmentUpdate { set, embedded, ..AttachmentUpdate::default() });
    }

    fn into_update(mut self) -> MessageUpdate {
        let names = |kind| {
            let these =
                self.recipients.iter().filter(|row| row.i32(tags::RECIPIENT_TYPE) == Some(kind));
            let names: Vec<String> = these.filter_map(|row| row.text(tags::DISPLAY_NAME)).collect();
            names.join("; ")
        };
        let (to, cc) = (names(1), names(2));
        self.props.set(tags::DISPLAY_TO, to);
        self.props.set(tags::DISPLAY_CC, cc);
        self.props.set(tags::MESSAGE_FLAGS, self.flags);
        self.props.set(tags::HASATTACH, self.flags & HASATTACH != 0);
        let parts = self.attachments.iter().filter_map(|one| one.set.i32(tags::ATTACH_SIZE));
        let size = size_of(&self.props) + parts.sum::<i32>();
        self.props.set(tags::MESSAGE_SIZE, size);
        let attachments = (0..).zip(self.attachments);
        MessageUpdate {
            set: self.props,
            recipients: Some(self.recipients),
            attachments: attachments
                .map(|(number, one)| AttachmentChange::Put(number, Box::new(one)))
                .collect(),
            ..MessageUpdate::default()
        }
    }
}

fn size_of(bag: &PropBag) -> i32 {
    let size: u64 = bag.iter().map(|prop| prop.value.size()).sum();
    i32::try_from(size).unwrap_or(i32::MAX)
}
