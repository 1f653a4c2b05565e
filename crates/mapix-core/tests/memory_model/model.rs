//! The model: everything is copied, nothing is shared, and a failed commit is a copy thrown away.

use std::collections::{BTreeMap, BTreeSet};

use mapix_core::ErrorCode;
use mapix_core::prop::{Value, tags};
use mapix_core::store::{ItemKind, RowSource};

use crate::ops::{Content, Expected, Op, Part, Pick, Props, SEARCHED, STREAM, Stream};

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Model {
    pub(super) nodes: BTreeMap<u64, Node>,
    pub(super) searches: BTreeMap<u64, Search>,
    pub(super) next: u64,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Search {
    folders: Vec<u64>,
    deep: bool,
    live: bool,
    links: BTreeSet<u64>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Node {
    pub(super) parent: Option<u64>,
    pub(super) kind: ItemKind,
    pub(super) deleted: bool,
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
    /// Search folder, message, and whether it was found or lost.
    pub(super) links: BTreeSet<(u64, u64, bool)>,
    /// Search folders that were told anew what to find.
    told: BTreeSet<u64>,
}

#[derive(Clone, Copy)]
pub(super) enum Shelf {
    Folders,
    Messages,
    Associated,
    Deleted,
}

impl Shelf {
    pub(super) const ALL: [Self; 4] =
        [Self::Folders, Self::Messages, Self::Associated, Self::Deleted];

    pub(super) fn source(self, folder: u64) -> RowSource {
        match self {
            Self::Folders => RowSource::Hierarchy(folder),
            Self::Messages => RowSource::Contents(folder),
            Self::Associated => RowSource::Associated(folder),
            Self::Deleted => RowSource::Deleted(folder),
        }
    }

    fn holds(self, node: &Node) -> bool {
        match self {
            Self::Folders => node.is_folder(),
            Self::Messages => node.kind == ItemKind::Message && !node.deleted,
            Self::Associated => node.kind == ItemKind::Associated && !node.deleted,
            Self::Deleted => node.deleted,
        }
    }
}

impl Node {
    pub(super) fn is_folder(&self) -> bool {
        matches!(self.kind, ItemKind::Folder | ItemKind::SearchFolder)
    }
}

impl Model {
    pub(super) fn pick(&self, pick: Pick) -> u64 {
        let of = |fits: fn(&Node) -> bool| {
            let fits = move |entry: &(&u64, &Node)| fits(entry.1);
            self.nodes.iter().filter(fits).map(|entry| *entry.0).collect::<Vec<_>>()
        };
        let (numbers, n): (Vec<u64>, _) = match pick {
            Pick::Folder(n) => (of(Node::is_folder), n),
            Pick::Search(n) => (of(|node| node.kind == ItemKind::SearchFolder), n),
            Pick::Message(n) => (of(|node| !node.is_folder()), n),
            Pick::Any(n) => ((1..=self.next).collect(), n),
        };
        numbers.get(n % numbers.len().max(1)).copied().unwrap_or(1)
    }

    pub(super) fn shelf(&self, folder: u64, shelf: Shelf) -> Vec<u64> {
        if let (Shelf::Messages, Some(search)) = (shelf, self.searches.get(&folder)) {
            return search.links.iter().copied().collect();
        }
        let on = |entry: &(&u64, &Node)| entry.1.parent == Some(folder) && shelf.holds(entry.1);
        self.nodes.iter().filter(on).map(|entry| *entry.0).collect()
    }

    /// `PR_CONTENT_COUNT`, `PR_CONTENT_UNREAD`, `PR_ASSOC_CONTENT_COUNT`, `PR_SUBFOLDERS`.
    pub(super) fn counts(&self, folder: u64) -> [Value; 4] {
        let count = |ids: Vec<u64>| Value::I32(ids.len() as i32);
        let shown = self.shelf(folder, Shelf::Messages);
        let mut unread = shown.clone();
        unread.retain(|id| match self.nodes[id].content.props.get(&tags::MESSAGE_FLAGS.id()) {
            Some(Value::I32(flags)) => flags & 1 == 0,
            _ => true,
        });
        let associated = self.shelf(folder, Shelf::Associated);
        let folders = !self.shelf(folder, Shelf::Folders).is_empty();
        [count(shown), count(unread), count(associated), Value::Bool(folders)]
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
        self.search(&mut effect);
        Ok(effect)
    }

    /// Finds everything anew.
    fn search(&mut self, effect: &mut Effect) {
        let changed = effect.touched.clone();
        let mut searches = std::mem::take(&mut self.searches);
        searches.retain(|folder, _| self.nodes.contains_key(folder));
        for (folder, search) in &mut searches {
            let there = |id: &u64| self.nodes.get(id).is_some_and(|node| !node.deleted);
            let told = effect.told.contains(folder);
            let links: BTreeSet<u64> = if search.live || told {
                self.nodes.keys().filter(|id| self.finds(search, **id)).copied().collect()
            } else {
                search.links.iter().filter(|id| there(id)).copied().collect()
            };
            let lost = search.links.difference(&links).map(|id| (*folder, *id, false));
            let found = links.difference(&search.links).map(|id| (*folder, *id, true));
            let all: Vec<_> = lost.chain(found).collect();
            if !all.is_empty() || links.iter().any(|id| changed.contains(id)) {
                effect.touched.insert(*folder);
            }
            effect.touched.extend(all.iter().map(|link| link.1));
            effect.links.extend(all);
            search.links = links;
        }
        // Those that find nothing any more.
        searches.retain(|_, search| !search.folders.is_empty() || search.live);
        self.searches = searches;
    }

    fn finds(&self, search: &Search, id: u64) -> bool {
        let node = &self.nodes[&id];
        let fits = matches!(node.content.props.get(&SEARCHED.id()), Some(Value::I32(1..)));
        let mut above = node.parent;
        let mut covered = false;
        while let Some(folder) = above {
            covered = covered || search.folders.contains(&folder);
            above = self.nodes[&folder].parent.filter(|_| search.deep);
        }
        fits && covered && Shelf::Messages.holds(node)
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
            Op::DeleteMessage { message, soft } => {
                let message = self.find_any(id(message), false)?;
                if *soft && !self.nodes[&message].deleted {
                    self.nodes.get_mut(&message).unwrap().deleted = true;
                    self.changed(message, effect);
                } else {
                    self.delete(message, effect);
                }
                Ok(())
            }
            Op::RestoreMessage { message } => {
                let message = self.find_any(id(message), false)?;
                let node = self.nodes.get_mut(&message).unwrap();
                if !std::mem::replace(&mut node.deleted, false) {
                    return Err(ErrorCode::NOT_FOUND);
                }
                self.changed(message, effect);
                Ok(())
            }
            Op::SetMessageStatus { message, mask, status } => {
                let message = self.find(id(message), false)?;
                let props = &mut self.nodes.get_mut(&message).unwrap().content.props;
                let old = match props.get(&tags::MSG_STATUS.id()) {
                    Some(Value::I32(old)) => *old,
                    _ => 0,
                };
                let new = old & !mask | status & mask;
                props.insert(tags::MSG_STATUS.id(), Value::I32(new));
                effect.touched.insert(message);
                effect.touched.extend(self.nodes[&message].parent);
                Ok(())
            }
            Op::SetSearch { folder, criteria } => {
                let folder = self.find(id(folder), true)?;
                if self.nodes[&folder].kind != ItemKind::SearchFolder {
                    return Err(ErrorCode::NO_SUPPORT);
                }
                let mut folders = Vec::new();
                for searched in criteria.iter().flat_map(|criteria| &criteria.folders) {
                    let searched = self.find(id(searched), true)?;
                    if self.nodes[&searched].kind == ItemKind::SearchFolder {
                        return Err(ErrorCode::NO_SUPPORT);
                    }
                    folders.push(searched);
                }
                let links = self.searches.remove(&folder).map_or_else(BTreeSet::new, |s| s.links);
                let (deep, live) = criteria.as_ref().map_or((false, false), |c| (c.deep, c.live));
                self.searches.insert(folder, Search { folders, deep, live, links });
                effect.told.insert(folder);
                self.changed(folder, effect);
                Ok(())
            }
        }
    }

    /// Not one that is softly deleted.
    fn find(&self, id: u64, folder: bool) -> Result<u64, ErrorCode> {
        match self.find_any(id, folder) {
            Ok(id) if self.nodes[&id].deleted => Err(ErrorCode::OBJECT_DELETED),
            result => result,
        }
    }

    fn find_any(&self, id: u64, folder: bool) -> Result<u64, ErrorCode> {
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
        self.nodes.insert(id, Node { parent: Some(parent), kind, deleted: false, content });
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
        let inside = |entry: (&u64, &Node)| (entry.1.parent == Some(id)).then_some(*entry.0);
        for child in self.nodes.iter().filter_map(inside).collect::<Vec<_>>() {
            self.delete(child, effect);
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
