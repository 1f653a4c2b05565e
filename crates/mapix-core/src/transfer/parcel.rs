//! A message on its way from a source to a store.

use std::io::Read;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::trouble::Trouble;
use crate::ledger::Kind;
use crate::object::SharedStream;
use crate::prop::{CodePage, PropBag, PropTag, PropType, Value, tags, value_bytes};
use crate::store::{AttachmentChange, AttachmentUpdate, MessageUpdate, StreamUpdate, ValueStream};
use crate::{Context, Error, Result};

/// A message as a [`Feed`](super::Feed) gives it: what it holds, under the tags of the target.
/// Large values are opened when they are needed, as often as they are needed.
#[derive(Default, Debug)]
pub struct Parcel {
    /// Properties.
    pub props: PropBag,
    /// Large properties.
    pub large: Vec<LargeValue>,
    /// Recipients, each with its `PR_ROWID`.
    pub recipients: Vec<PropBag>,
    /// Attachments.
    pub attachments: Vec<PackedAttachment>,
    /// A hash of the content, if the source has one that says more than that of the properties:
    /// of the bytes of a mail.
    pub content: Option<[u8; 32]>,
    /// What of it could not be read.
    pub troubles: Vec<Trouble>,
}

/// An attachment of a [`Parcel`].
#[derive(Default, Debug)]
pub struct PackedAttachment {
    /// Its number.
    pub number: u32,
    /// Properties.
    pub props: PropBag,
    /// Large properties.
    pub large: Vec<LargeValue>,
    /// The message in it.
    pub embedded: Option<Box<Parcel>>,
}

/// Opens the bytes of a large value.
pub type OpenValue = Arc<dyn Fn() -> Result<Box<dyn ValueStream>> + Send + Sync>;

/// A property whose bytes stay in the source until they are needed. They are in the form that
/// [`StreamUpdate`] takes.
#[derive(Clone)]
pub struct LargeValue {
    /// The property.
    pub tag: PropTag,
    /// How many bytes it has, as far as the source knows.
    pub size: u64,
    /// Opens them.
    pub open: OpenValue,
}

impl LargeValue {
    /// Reads it whole.
    pub(super) fn whole(&self) -> Result<Value> {
        let mut bytes = Vec::new();
        (self.open)()?.read_to_end(&mut bytes)?;
        Ok(Value::from_bytes(self.tag.prop_type(), &bytes, CodePage::WESTERN))
    }
}

impl std::fmt::Debug for LargeValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LargeValue").field(&self.tag).field(&self.size).finish()
    }
}

impl From<MessageUpdate> for Parcel {
    /// A new message, whose streams can be read many times from here on. Nothing is deleted in
    /// it.
    fn from(update: MessageUpdate) -> Self {
        let put = |change: AttachmentChange| match change {
            AttachmentChange::Put(number, update) => Some((number, *update)),
            AttachmentChange::Delete(_) => None,
        };
        let pack = |(number, update): (u32, AttachmentUpdate)| PackedAttachment {
            number,
            props: update.set,
            large: update.streams.into_iter().map(LargeValue::from).collect(),
            embedded: update.embedded.map(|message| Box::new(Self::from(*message))),
        };
        Self {
            props: update.set,
            large: update.streams.into_iter().map(LargeValue::from).collect(),
            recipients: update.recipients.unwrap_or_default(),
            attachments: update.attachments.into_iter().filter_map(put).map(pack).collect(),
            ..Self::default()
        }
    }
}

impl From<StreamUpdate> for LargeValue {
    fn from(update: StreamUpdate) -> Self {
        let stream = SharedStream::new(update.data);
        // A stream that does not tell its length tells why when it is read.
        let size = stream.len().unwrap_or(0);
        let open: OpenValue = Arc::new(move || Ok(Box::new(stream.reader())));
        Self { tag: update.tag, size, open }
    }
}

/// What says when and where a message was stored, not what it is. Two messages that differ in
/// nothing else have the same content.
const NOT_CONTENT: [u16; 11] = [
    tags::MESSAGE_SIZE.id(),
    tags::MESSAGE_FLAGS.id(),
    tags::MSG_STATUS.id(),
    tags::HASATTACH.id(),
    tags::CREATION_TIME.id(),
    tags::LAST_MODIFICATION_TIME.id(),
    tags::SEARCH_KEY.id(),
    tags::CHANGE_KEY.id(),
    tags::SOURCE_KEY.id(),
    // PR_PREDECESSOR_CHANGE_LIST
    0x65E3,
    tags::ATTACH_SIZE.id(),
];

/// What PST files keep for themselves: replication (MS-PST 2.4.5.1), and the rows of tables.
fn is_of_storage(id: u16) -> bool {
    (0x0E30..=0x0E3F).contains(&id) || (0x67F0..=0x67FF).contains(&id)
}

impl Parcel {
    /// The changes that make the message.
    pub(super) fn to_update(&self) -> Result<MessageUpdate> {
        let attachment = |one: &PackedAttachment| -> Result<AttachmentChange> {
            let update = AttachmentUpdate {
                set: one.props.clone(),
                streams: open_all(&one.large)?,
                delete: Vec::new(),
                embedded: match &one.embedded {
                    Some(message) => Some(Box::new(message.to_update()?)),
                    None => None,
                },
            };
            Ok(AttachmentChange::Put(one.number, Box::new(update)))
        };
        Ok(MessageUpdate {
            set: self.props.clone(),
            streams: open_all(&self.large)?,
            delete: Vec::new(),
            recipients: Some(self.recipients.clone()),
            attachments: self.attachments.iter().map(attachment).collect::<Result<_>>()?,
            copy_of: None,
        })
    }

    /// About how many bytes it has.
    pub(super) fn size(&self) -> u64 {
        let rows: u64 = self.recipients.iter().map(held).sum();
        let attachment = |one: &PackedAttachment| {
            let embedded = one.embedded.as_ref().map_or(0, |message| message.size());
            held(&one.props) + stays(&one.large) + embedded
        };
        let attachments: u64 = self.attachments.iter().map(attachment).sum();
        held(&self.props) + stays(&self.large) + rows + attachments
    }

    /// How many attachments and embedded messages it has, at every depth.
    pub(super) fn parts(&self) -> (u64, u64) {
        let mut sum = (self.attachments.len() as u64, 0);
        for message in self.attachments.iter().filter_map(|one| one.embedded.as_deref()) {
            let (attachments, embedded) = message.parts();
            sum = (sum.0 + attachments, sum.1 + embedded + 1);
        }
        sum
    }

    /// All that could not be read, at every depth.
    pub(super) fn take_troubles(&mut self) -> Vec<Trouble> {
        let mut all = std::mem::take(&mut self.troubles);
        for message in self.attachments.iter_mut().filter_map(|one| one.embedded.as_deref_mut()) {
            all.append(&mut message.take_troubles());
        }
        all
    }

    /// Reads every large value, and leaves out those that cannot be read. Gives whether any was.
    pub(super) fn verify(&mut self) -> bool {
        let before = self.large_count();
        self.hash_into(&mut Sha256::new());
        self.large_count() < before
    }

    /// A hash of the content, the same for the same message in stores of different kinds. It
    /// reads every large value; those that cannot be read are left out, and are in the troubles.
    pub(super) fn content(&mut self) -> [u8; 32] {
        if let Some(content) = self.content {
            return content;
        }
        let mut hasher = Sha256::new();
        self.hash_into(&mut hasher);
        hasher.finalize().into()
    }

    fn large_count(&self) -> usize {
        let attachment = |one: &PackedAttachment| {
            one.large.len() + one.embedded.as_ref().map_or(0, |message| message.large_count())
        };
        self.large.len() + self.attachments.iter().map(attachment).sum::<usize>()
    }

    fn hash_into(&mut self, hasher: &mut Sha256) {
        let troubles = &mut self.troubles;
        hash_props(hasher, &self.props, &mut self.large, troubles);
        for row in &self.recipients {
            hasher.update(b"recipient");
            hash_props(hasher, row, &mut Vec::new(), troubles);
        }
        for attachment in &mut self.attachments {
            hasher.update(b"attachment");
            hash_props(hasher, &attachment.props, &mut attachment.large, troubles);
            if let Some(message) = &mut attachment.embedded {
                hasher.update(b"message");
                message.hash_into(hasher);
                hasher.update(b"end");
            }
        }
    }
}

fn open_all(large: &[LargeValue]) -> Result<Vec<StreamUpdate>> {
    let open = |one: &LargeValue| {
        let data = (one.open)().context(|| one.tag)?;
        Ok(StreamUpdate { tag: one.tag, data })
    };
    large.iter().map(open).collect()
}

fn held(props: &PropBag) -> u64 {
    // The tag and the place of each count as well.
    props.iter().map(|prop| prop.value.size() + 16).sum()
}

fn stays(large: &[LargeValue]) -> u64 {
    large.iter().map(|one| one.size).sum()
}

/// Hashes properties in the order of their IDs, whether they are held or not.
fn hash_props(
    hasher: &mut Sha256,
    props: &PropBag,
    large: &mut Vec<LargeValue>,
    troubles: &mut Vec<Trouble>,
) {
    enum Part {
        Held(Value),
        Stays(usize),
    }
    let held = props.iter().map(|prop| (prop.tag, Part::Held(prop.value.clone())));
    let stays = large.iter().enumerate().map(|(at, one)| (one.tag, Part::Stays(at)));
    let mut all: Vec<(PropTag, Part)> = held.chain(stays).collect();
    all.sort_by_key(|(tag, _)| tag.id());
    let mut broken = Vec::new();
    for (tag, part) in all {
        let counts = !NOT_CONTENT.contains(&tag.id()) && !is_of_storage(tag.id());
        match part {
            Part::Held(value) if counts => {
                begin(hasher, tag);
                hash_value(hasher, &value);
            }
            Part::Held(_) => {}
            Part::Stays(at) => {
                begin(hasher, tag);
                if let Err(error) = hash_stream(hasher, &large[at]) {
                    troubles.push(Trouble::new(Kind::Property, tag, &error));
                    broken.push(at);
                }
            }
        }
    }
    for at in broken.into_iter().rev() {
        large.remove(at);
    }
}

fn begin(hasher: &mut Sha256, tag: PropTag) {
    // Text is the same text in either width.
    let prop_type = match tag.prop_type() {
        PropType::STRING8 => PropType::UNICODE,
        PropType::MV_STRING8 => PropType::MV_UNICODE,
        other => other,
    };
    hasher.update(b"property");
    hasher.update(tag.id().to_le_bytes());
    hasher.update(prop_type.0.to_le_bytes());
}

fn hash_value(hasher: &mut Sha256, value: &Value) {
    if value.multi_len().is_some() {
        for one in value.each() {
            hasher.update(b"value");
            hash_value(hasher, &one);
        }
        return;
    }
    let bytes = match value {
        Value::String8(text) => value_bytes(&Value::from(&*text.decode())),
        value => value_bytes(value),
    };
    // What has no bytes of its own, such as a restriction, has a form for people.
    let bytes = bytes.unwrap_or_else(|| format!("{value:?}").into_bytes());
    hasher.update(&bytes);
    hasher.update((bytes.len() as u64).to_le_bytes());
}

fn hash_stream(hasher: &mut Sha256, large: &LargeValue) -> Result<()> {
    let mut stream = (large.open)()?;
    let mut buffer = vec![0; 64 << 10];
    let mut length: u64 = 0;
    loop {
        let count = match stream.read(&mut buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            count => count.map_err(Error::from)?,
        };
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        length += count as u64;
    }
    hasher.update(length.to_le_bytes());
    Ok(())
}
