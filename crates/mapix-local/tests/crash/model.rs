//! What a process does to a store, and what must then be in it. Both follow from the seed alone,
//! so that whoever looks at the store afterwards knows what to expect.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use mapix_core::prop::{PropBag, tags};
use mapix_core::store::{
    AttachmentChange, AttachmentUpdate, Change, MessageRef, MessageStore, MessageUpdate, ObjectRef,
    RowSource, StreamUpdate,
};
use mapix_core::{ErrorCode, Result};

use crate::random::Random;

/// All that is in the folder of the test, by names.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Model {
    pub(crate) folders: BTreeMap<String, BTreeMap<String, Message>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Message {
    /// How often it was saved; what is in it follows from that.
    version: u64,
    /// The contents of its attachments, by their numbers.
    attachments: BTreeMap<u32, u8>,
    deleted: bool,
}

/// One commit.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Create {
        folder: String,
        messages: Vec<(String, Message)>,
    },
    Update {
        folder: String,
        name: String,
        message: Message,
    },
    Move {
        folder: String,
        name: String,
        to: String,
    },
    Delete {
        folder: String,
        name: String,
        soft: bool,
    },
    Restore {
        folder: String,
        name: String,
    },
    MakeFolder {
        folder: String,
    },
    DropFolder {
        folder: String,
    },
    /// A commit whose last change is impossible.
    Fail {
        folder: String,
    },
}

const ROOT: &str = "crash";

impl Model {
    /// The model after so many steps.
    pub(crate) fn after(seed: u64, steps: u64) -> Self {
        let mut model = Self::default();
        for number in 0..steps {
            let step = model.step(seed, number);
            model.apply(&step);
        }
        model
    }

    /// What is done next.
    pub(crate) fn step(&self, seed: u64, number: u64) -> Step {
        let mut random = Random::new(seed ^ number.wrapping_mul(0xA24B_AED4_963E_E407));
        let folders: Vec<&String> = self.folders.keys().collect();
        if folders.len() < 2 || folders.len() < 8 && random.below(12) == 0 {
            return Step::MakeFolder { folder: format!("f{number}") };
        }
        let folder = folders[random.below(folders.len())].clone();
        let messages: Vec<(&String, &Message)> = self.folders[&folder].iter().collect();
        let what = random.below(16);
        if messages.is_empty() || what < 6 {
            let count = if random.below(8) == 0 { 40 } else { 1 + random.below(3) };
            let make = |at| (format!("m{number}.{at}"), Message::random(1, &mut random));
            return Step::Create { folder, messages: (0..count).map(make).collect() };
        }
        let (name, message) = messages[random.below(messages.len())];
        let name = name.clone();
        match what {
            _ if message.deleted => match random.below(2) {
                0 => Step::Restore { folder, name },
                _ => Step::Delete { folder, name, soft: false },
            },
            6..=8 => {
                let message = Message::random(message.version + 1, &mut random);
                Step::Update { folder, name, message }
            }
            9..=10 => {
                let to = folders[random.below(folders.len())].clone();
                Step::Move { folder, name, to }
            }
            11..=13 => Step::Delete { folder, name, soft: random.below(2) == 0 },
            14 => Step::Fail { folder },
            _ => Step::DropFolder { folder },
        }
    }

    pub(crate) fn apply(&mut self, step: &Step) {
        match step {
            Step::Create { folder, messages } => {
                self.folder(folder).extend(messages.iter().cloned());
            }
            Step::Update { folder, name, message } => {
                self.folder(folder).insert(name.clone(), message.clone());
            }
            Step::Move { folder, name, to } => {
                if let Some(message) = self.folder(folder).remove(name) {
                    self.folder(to).insert(name.clone(), message);
                }
            }
            Step::Delete { folder, name, soft: false } => drop(self.folder(folder).remove(name)),
            Step::Delete { folder, name, soft: true } => {
                self.folder(folder)
                    .entry(name.clone())
                    .and_modify(|message| message.deleted = true);
            }
            Step::Restore { folder, name } => {
                self.folder(folder)
                    .entry(name.clone())
                    .and_modify(|message| message.deleted = false);
            }
            Step::MakeFolder { folder } => drop(self.folder(folder)),
            Step::DropFolder { folder } => drop(self.folders.remove(folder)),
            Step::Fail { .. } => {}
        }
    }

    fn folder(&mut self, name: &str) -> &mut BTreeMap<String, Message> {
        self.folders.entry(name.to_owned()).or_default()
    }

    /// Reads what is in a store, and panics if part of a message is not what its version says.
    pub(crate) fn read(store: &dyn MessageStore) -> Result<Self> {
        let mut model = Self::default();
        for (folder, id) in Places::read(store)?.folders {
            let mut messages = BTreeMap::new();
            for (source, deleted) in
                [(RowSource::Contents(id), false), (RowSource::Deleted(id), true)]
            {
                for number in ids(store, &source)? {
                    let (name, message) = Message::read(store, number, deleted)?;
                    assert!(messages.insert(name, message).is_none(), "a message is there twice");
                }
            }
            model.folders.insert(folder, messages);
        }
        Ok(model)
    }
}

/// The numbers behind the names.
#[derive(Default)]
pub(crate) struct Places {
    root: u64,
    folders: BTreeMap<String, u64>,
    messages: BTreeMap<String, u64>,
}

impl Places {
    pub(crate) fn read(store: &dyn MessageStore) -> Result<Self> {
        let named = |source: RowSource, tag| -> Result<BTreeMap<String, u64>> {
            let mut found = BTreeMap::new();
            let mut error = None;
            store.rows(&source, Some(&[tag]), &mut |row| {
                match row {
                    Ok(row) => {
                        found.insert(row.props.text(tag).unwrap_or_default(), row.id);
                    }
                    Err(row) => error = Some(row),
                }
                ControlFlow::Continue(())
            })?;
            error.map_or(Ok(found), Err)
        };
        let top = named(RowSource::Hierarchy(store.info().root), tags::DISPLAY_NAME)?;
        let Some(root) = top.get(ROOT).copied() else { return Ok(Self::default()) };
        let folders = named(RowSource::Hierarchy(root), tags::DISPLAY_NAME)?;
        let mut messages = BTreeMap::new();
        for id in folders.values() {
            messages.extend(named(RowSource::Contents(*id), tags::SUBJECT)?);
            messages.extend(named(RowSource::Deleted(*id), tags::SUBJECT)?);
        }
        Ok(Self { root, folders, messages })
    }

    /// Makes the folder of the test if it is not there.
    pub(crate) fn prepare(&mut self, store: &dyn MessageStore) -> Result<()> {
        if self.root == 0 {
            let parent = store.info().root;
            self.root = create_folder(store, parent, ROOT)?;
        }
        Ok(())
    }

    /// Makes a step in a store.
    pub(crate) fn commit(&mut self, store: &dyn MessageStore, step: &Step) -> Result<()> {
        let change = match step {
            Step::Create { folder, messages } => {
                let create = |(name, message): &(String, Message)| Change::CreateMessage {
                    folder: self.folders[folder],
                    associated: false,
                    content: message.update(name, true),
                };
                let commit = store.commit(messages.iter().map(create).collect())?;
                let names = messages.iter().map(|(name, _)| name.clone());
                self.messages.extend(names.zip(commit.created));
                return Ok(());
            }
            Step::MakeFolder { folder } => {
                let id = create_folder(store, self.root, folder)?;
                self.folders.insert(folder.clone(), id);
                return Ok(());
            }
            Step::Fail { folder } => {
                let good = Change::CreateMessage {
                    folder: self.folders[folder],
                    associated: false,
                    content: MessageUpdate::default(),
                };
                let bad = Change::DeleteMessage { message: u64::MAX, soft: false };
                let error = store.commit(vec![good, bad]).unwrap_err();
                return if error.code() == ErrorCode::NOT_FOUND { Ok(()) } else { Err(error) };
            }
            Step::Update { name, message, .. } => Change::UpdateMessage {
                message: self.messages[name],
                expected: None,
                update: message.update(name, false),
            },
            Step::Move { name, to, .. } => {
                Change::MoveMessage { message: self.messages[name], to: self.folders[to] }
            }
            Step::Delete { name, soft, .. } => {
                Change::DeleteMessage { message: self.messages[name], soft: *soft }
            }
            Step::Restore { name, .. } => Change::RestoreMessage { message: self.messages[name] },
            Step::DropFolder { folder } => {
                Change::DeleteFolder { folder: self.folders.remove(folder).unwrap_or_default() }
            }
        };
        store.commit(vec![change]).map(drop)
    }
}

/// What is attached: some of it small, some in several chunks, and the same in many messages.
fn content(number: u8) -> Vec<u8> {
    let length = [0, 1, 900, 40_000, 150_000, 300_000][usize::from(number) % 6];
    let mut random = Random::new(u64::from(number));
    std::iter::repeat_with(|| random.next().to_le_bytes()).flatten().take(length).collect()
}

fn body(name: &str, version: u64) -> String {
    let length = [10, 400, 3000, 40_000][(name.len() + version as usize) % 4];
    format!("{name} in version {version} ").repeat(length / 16 + 1)
}

impl Message {
    fn random(version: u64, random: &mut Random) -> Self {
        let count = [0, 0, 0, 1, 1, 2][random.below(6)];
        let attachments = (0..count).map(|number| (number, random.below(12) as u8)).collect();
        Self { version, attachments, deleted: false }
    }

    fn update(&self, name: &str, new: bool) -> MessageUpdate {
        let mut update = MessageUpdate::default();
        update.set.set(tags::SUBJECT, name);
        update.set.set(tags::MESSAGE_CLASS, "IPM.Note");
        update.set.set(tags::COMMENT, self.version.to_string().as_str());
        update.set.set(tags::BODY, body(name, self.version).as_str());
        if !new {
            update.attachments.extend((0..3).map(AttachmentChange::Delete));
        }
        for (number, which) in &self.attachments {
            let mut attachment = AttachmentUpdate::default();
            attachment.set.set(tags::ATTACH_METHOD, 1);
            attachment.set.set(tags::ATTACH_LONG_FILENAME, format!("{which}.bin").as_str());
            let data = Box::new(Cursor::new(content(*which)));
            attachment.streams.push(StreamUpdate { tag: tags::ATTACH_DATA_BIN, data });
            update.attachments.push(AttachmentChange::Put(*number, Box::new(attachment)));
        }
        update
    }

    fn read(store: &dyn MessageStore, id: u64, deleted: bool) -> Result<(String, Self)> {
        let object = ObjectRef::message(id);
        let props: PropBag = store.properties(&object, u64::MAX)?;
        let text = |tag| props.text(tag).unwrap_or_else(|| panic!("{tag} is missing: {props:?}"));
        let name = text(tags::SUBJECT);
        let version = text(tags::COMMENT).parse().unwrap();
        assert_eq!(text(tags::BODY), body(&name, version), "the body of {name}");
        let mut attachments = BTreeMap::new();
        for number in ids(store, &RowSource::Attachments(MessageRef::new(id)))? {
            let object = ObjectRef::Attachment(MessageRef::new(id), number as u32);
            let file = store.properties(&object, 0)?.text(tags::ATTACH_LONG_FILENAME).unwrap();
            let which = file.trim_end_matches(".bin").parse().unwrap();
            let mut data = Vec::new();
            store.open_stream(&object, tags::ATTACH_DATA_BIN)?.read_to_end(&mut data)?;
            assert!(data == content(which), "attachment {number} of {name}: {} bytes", data.len());
            attachments.insert(number as u32, which);
        }
        Ok((name, Self { version, attachments, deleted }))
    }
}

fn create_folder(store: &dyn MessageStore, parent: u64, name: &str) -> Result<u64> {
    let mut properties = PropBag::new();
    properties.set(tags::DISPLAY_NAME, name);
    let commit = store.commit(vec![Change::CreateFolder {
        parent,
        search: false,
        properties,
        copy_of: None,
    }])?;
    Ok(commit.created[0])
}

fn ids(store: &dyn MessageStore, source: &RowSource) -> Result<Vec<u64>> {
    let (mut ids, mut error) = (Vec::new(), None);
    store.rows(source, Some(&[]), &mut |row| {
        match row {
            Ok(row) => ids.push(row.id),
            Err(row) => error = Some(row),
        }
        ControlFlow::Continue(())
    })?;
    error.map_or(Ok(ids), Err)
}
