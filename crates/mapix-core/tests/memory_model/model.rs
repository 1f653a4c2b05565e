//! The model: everything is copied, nothing is shared, and a failed commit is a copy thrown away.

use std::collections::{BTreeMap, BTreeSet};

use mapix_core::ErrorCode;
use mapix_core::prop::{Value, tags};
use mapix_core::store::{ItemKind, RowSource};

use crate::ops::{Content, Expected, Op, Part, Pick, Props, STREAM, Stream};

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Model {
    pub(super) nodes: BTreeMap<u64, Node>,
    pub(super) next: u64,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Node {
    pub(super) parent: Option<u64>,
    pub(super) kind: ItemKind,
    pub(super) content: Message,
}

#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Message {
    pub(super) props: BTreeMap<u16, Value>,
    pub(super) recipients: u8,
    pub(super) attachments: BTreeMap<u32, (BTreeMap<u16, Value>, Option<Message>)>,
}

/// What a commit did.
#[derive(Default, Debug)]
pub(super) struct Effect {
    pub(super) created: Vec<u64>,
    pub(super) touched: BTreeSet<u64>,
    pub(super) stamped: BTreeSet<u64>,
}

#[derive(Clone, Copy)]
pub(super) enum Shelf {
    Folders,
    Messages,
    Associated,
}

impl Shelf {
    pub(super) const ALL: [Self; 3] = [Self::Folders, Self::Messages, Self::Associated];

    pub(super) fn source(self, folder: u64) -> RowSource {
        match self {
            Self::Folders => RowSource::Hierarchy(folder),
            Self::Messages => RowSource::Contents(folder),
            Self::Associated => RowSource::Associated(folder),
        }
    }

    fn holds(self, kind: ItemKind) -> bool {
        match self {
            Self::Folders => matches!(kind, ItemKind::Folder | ItemKind::SearchFolder),
            Self::Messages => kind == ItemKind::Message,
            Self::Associated => kind == ItemKind::Associated,
        }
    }
}

impl Node {
    pub(super) fn is_folder(&self) -> bool {
        Shelf::Folders.holds(self.kind)
    }
}

impl Model {
    pub(super) fn new() -> Self {
        let mut root = Node { parent: None, kind: ItemKind::Folder, content: Message::default() };
        root.content.props.insert(tags::DISPLAY_NAME.id(), Value::from("model"));
        Self { nodes: [(1, root)].into(), next: 2 }
    }

    pub(super) fn pick(&self, pick: Pick) -> u64 {
        let of = |folders: bool| {
            let fits = move |entry: &(&u64, &Node)| entry.1.is_folder() == folders;
            self.nodes.iter().filter(fits).map(|entry| *entry.0).collect::<Vec<_>>()
        };
        let (numbers, n) = match pick {
            Pick::Folder(n) => (of(true), n),
            Pick::Message(n) => (of(false), n),
            Pick::Any(n) => ((1..=self.next).collect(), n),
        };
        numbers.get(n % numbers.len().max(1)).copied().unwrap_or(1)
    }

    pub(super) fn shelf(&self, folder: u64, shelf: Shelf) -> Vec<u64> {
        let on =
            |entry: &(&u64, &Node)| entry.1.parent == Some(folder) && shelf.holds(entry.1.kind);
        self.nodes.iter().filter(on).map(|entry| *entry.0).collect()
    }

    pub(super) fn commit(&mut self, ops: &[Op]) -> Result<Effect, ErrorCode> {
        if ops.iter().any(Op::fails) {
            return Err(ErrorCode::NETWORK_ERROR);
        }
        // Numbers are picked before the commit, as a client would.
        let picked = self.clone();
        let known = self.next;
        let mut effect = Effect::default();
        for op in ops {
            self.make(op, &picked, known, &mut effect)?;
        }
        Ok(effect)
    }

    fn make(
        &mut self,
        op: &Op,
        picked: &Self,
        known: u64,
        effect: &mut Effect,
    ) -> Result<(), ErrorCode> {
        let id = |pick: &Pick| picked.pick(*pick);
        match op {
            Op::CreateFolder { parent, search, set } => {
                let kind = if *search { ItemKind::SearchFolder } else { ItemKind::Folder };
                let mut content = Message::default();
                set_all(&mut content.props, set);
                self.create(id(parent), kind, content, effect)
            }
            Op::UpdateFolder { folder, set, delete } => {
                let folder = self.find(id(folder), true)?;
                let node = self.nodes.get_mut(&folder).unwrap();
                delete.iter().for_each(|id| drop(node.content.props.remove(id)));
                set_all(&mut node.content.props, set);
                self.changed(folder, effect);
                Ok(())
            }
            Op::MoveFolder { folder, to } => {
                let folder = self.find(id(folder), true)?;
                let to = self.container(id(to))?;
                let mut above = Some(to);
                while let Some(id) = above {
                    if id == folder {
                        return Err(ErrorCode::FOLDER_CYCLE);
                    }
                    above = self.nodes[&id].parent;
                }
                self.relocate(folder, to, effect);
                Ok(())
            }
            Op::DeleteFolder { folder } => {
                let folder = self.find(id(folder), true)?;
                if folder == 1 {
                    return Err(ErrorCode::NO_ACCESS);
                }
                self.delete(folder, effect);
                Ok(())
            }
            Op::CreateMessage { folder, associated, content } => {
                let kind = if *associated { ItemKind::Associated } else { ItemKind::Message };
                let mut message = Message::default();
                message.apply(content);
                self.create(id(folder), kind, message, effect)
            }
            Op::UpdateMessage { message, expected, content } => {
                let message = self.find(id(message), false)?;
                let fresh = message >= known || effect.stamped.contains(&message);
                match expected {
                    Expected::Stale => return Err(ErrorCode::OBJECT_CHANGED),
                    Expected::Current if fresh => return Err(ErrorCode::OBJECT_CHANGED),
                    Expected::Any | Expected::Current => {}
                }
                self.nodes.get_mut(&message).unwrap().content.apply(content);
                self.changed(message, effect);
                Ok(())
            }
            Op::MoveMessage { message, to } => {
                let message = self.find(id(message), false)?;
                let to = self.container(id(to))?;
                self.relocate(message, to, effect);
                Ok(())
            }
            Op::DeleteMessage { message } => {
                let message = self.find(id(message), false)?;
                self.delete(message, effect);
                Ok(())
            }
        }
    }

    fn find(&self, id: u64, folder: bool) -> Result<u64, ErrorCode> {
        match self.nodes.get(&id) {
            Some(node) if node.is_folder() == folder => Ok(id),
            Some(_) => Err(ErrorCode::NOT_FOUND),
            None if id < self.next => Err(ErrorCode::OBJECT_DELETED),
            None => Err(ErrorCode::NOT_FOUND),
        }
    }

    fn container(&self, id: u64) -> Result<u64, ErrorCode> {
        let id = self.find(id, true)?;
        match self.nodes[&id].kind {
            ItemKind::SearchFolder => Err(ErrorCode::NO_ACCESS),
            _ => Ok(id),
        }
    }

    fn create(
        &mut self,
        parent: u64,
        kind: ItemKind,
        content: Message,
        effect: &mut Effect,
    ) -> Result<(), ErrorCode> {
        let parent = self.container(parent)?;
        let id = self.next;
        self.next += 1;
        self.nodes.insert(id, Node { parent: Some(parent), kind, content });
        effect.created.push(id);
        self.changed(id, effect);
        Ok(())
    }

    fn changed(&self, id: u64, effect: &mut Effect) {
        effect.stamped.insert(id);
        effect.touched.insert(id);
        effect.touched.extend(self.nodes[&id].parent);
    }

    fn relocate(&mut self, id: u64, to: u64, effect: &mut Effect) {
        self.changed(id, effect);
        self.nodes.get_mut(&id).unwrap().parent = Some(to);
        self.changed(id, effect);
    }

    fn delete(&mut self, id: u64, effect: &mut Effect) {
        for shelf in Shelf::ALL {
            for child in self.shelf(id, shelf) {
                self.delete(child, effect);
            }
        }
        self.changed(id, effect);
        self.nodes.remove(&id);
    }
}

impl Message {
    fn apply(&mut self, content: &Content) {
        content.delete.iter().for_each(|id| drop(self.props.remove(id)));
        set_all(&mut self.props, &content.set);
        set_stream(&mut self.props, &content.stream);
        self.recipients = content.recipients.unwrap_or(self.recipients);
        for part in &content.attachments {
            match part {
                Part::Put(number, set, stream, embedded) => {
                    let (props, message) = self.attachments.entry(*number).or_default();
                    set_all(props, set);
                    set_stream(props, stream);
                    if let Some(content) = embedded {
                        message.get_or_insert_default().apply(content);
                    }
                }
                Part::Delete(number) => drop(self.attachments.remove(number)),
            }
        }
    }
}

fn set_all(props: &mut BTreeMap<u16, Value>, set: &Props) {
    props.extend(set.iter().map(|(id, value)| (*id, Value::I32(*value))));
}

fn set_stream(props: &mut BTreeMap<u16, Value>, stream: &Stream) {
    if let Stream::Gives(bytes) = stream {
        props.insert(STREAM.id(), Value::from(bytes.clone()));
    }
}
