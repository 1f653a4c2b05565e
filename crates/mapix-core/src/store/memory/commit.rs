//! Making changes: all of them, or none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::edit;
use super::state::{Message, Node, Search, State};
use crate::prop::tags;
use crate::store::{
    Change, ChangeEvent, Commit, CommitEvents, ItemKind, LiveSearch, ObjectChange, SearchCriteria,
};
use crate::{EntryId, Error, ErrorCode, Result};

/// Makes changes that were prepared. `check_folder` refuses an entry ID that is not a folder's.
pub(super) fn commit(
    state: &mut State,
    changes: Vec<Change>,
    check_folder: impl Fn(&State, &EntryId) -> Result<()>,
) -> Result<Commit> {
    if changes.is_empty() {
        return Ok(Commit { created: Vec::new(), cursor: state.clock });
    }
    let (store, receive, next) = (state.store.clone(), Arc::clone(&state.receive), state.next);
    let mut work = Work {
        stamp: state.clock + 1,
        state,
        undo: Vec::new(),
        events: CommitEvents::default(),
        told: BTreeMap::new(),
        created: Vec::new(),
    };
    let result = changes.into_iter().try_for_each(|change| work.make(change, &check_folder));
    if let Err(error) = result {
        let Work { state, undo, .. } = work;
        for (id, node) in undo.into_iter().rev() {
            state.put(id, node);
        }
        (state.store, state.receive, state.next) = (store, receive, next);
        return Err(error);
    }
    let found = work.search();
    let Work { state, events, created, stamp, .. } = work;
    state.clock = stamp;
    state.note(stamp, events.iter().copied().chain(found));
    Ok(Commit { created, cursor: stamp })
}

/// A commit under way. The state is changed in place; `undo` leads back.
struct Work<'a> {
    state: &'a mut State,
    undo: Vec<(u64, Option<Arc<Node>>)>,
    /// What happened so far, by object.
    events: CommitEvents,
    /// The search folders that were told anew what to find, or to find nothing.
    told: BTreeMap<u64, Option<LiveSearch>>,
    created: Vec<u64>,
    stamp: u64,
}

impl Work<'_> {
    fn make(
        &mut self,
        change: Change,
        check_folder: &impl Fn(&State, &EntryId) -> Result<()>,
    ) -> Result<()> {
        match change {
            Change::UpdateStore { set, delete } => {
                edit::apply(&mut self.state.store, &set, &delete);
                self.events.note(0, None, ObjectChange::Modified, None);
                Ok(())
            }
            Change::CreateFolder { parent, search, properties, copy_of } => {
                let kind = if search { ItemKind::SearchFolder } else { ItemKind::Folder };
                let content = Message { props: properties, ..Message::default() };
                self.create(parent, kind, content, ObjectChange::of_new(copy_of))
            }
            Change::UpdateFolder { folder, set, delete } => {
                let mut node = self.folder(folder)?;
                edit::apply(&mut Arc::make_mut(&mut node).content.props, &set, &delete);
                self.replace(folder, node);
                Ok(())
            }
            Change::MoveFolder { folder, to } => self.move_folder(folder, to),
            Change::DeleteFolder { folder } => self.delete_folder(folder),
            Change::CreateMessage { folder, associated, content: update } => {
                let kind = if associated { ItemKind::Associated } else { ItemKind::Message };
                let mut content = Message::default();
                let change = ObjectChange::of_new(update.copy_of);
                content.apply(update);
                self.create(folder, kind, content, change)
            }
            Change::UpdateMessage { message, expected, update } => {
                let mut node = self.message(message)?;
                if expected.is_some_and(|stamp| stamp != node.stamp) {
                    return Err(Error::new(
                        ErrorCode::OBJECT_CHANGED,
                        format!("message {message} was changed by somebody else"),
                    ));
                }
                Arc::make_mut(&mut node).content.apply(update);
                self.replace(message, node);
                Ok(())
            }
            Change::MoveMessage { message, to } => {
                let node = self.message(message)?;
                self.container(to)?;
                self.relocate(message, node, to);
                Ok(())
            }
            Change::DeleteMessage { message, soft } => {
                let mut node = self.any_message(message)?;
                if !soft || node.deleted {
                    self.remove(message);
                    return Ok(());
                }
                Arc::make_mut(&mut node).deleted = true;
                self.put(message, node, self.stamp, ObjectChange::Deleted);
                Ok(())
            }
            Change::RestoreMessage { message } => {
                let mut node = self.any_message(message)?;
                if !node.deleted {
                    return Err(Error::not_found(format!("message {message} is not deleted")));
                }
                Arc::make_mut(&mut node).deleted = false;
                self.put(message, node, self.stamp, ObjectChange::Created);
                Ok(())
            }
            Change::SetMessageStatus { message, mask, status } => {
                let mut node = self.message(message)?;
                let props = &mut Arc::make_mut(&mut node).content.props;
                let old = props.i32(tags::MSG_STATUS).unwrap_or(0);
                props.set(tags::MSG_STATUS, old & !mask | status & mask);
                let stamp = node.stamp;
                self.put(message, node, stamp, ObjectChange::Modified);
                Ok(())
            }
            Change::SetSearch { folder, criteria } => self.tell(folder, criteria),
            Change::SetReceiveFolder { class, folder } => {
                if let Some(entry_id) = &folder {
                    check_folder(self.state, entry_id)?;
                }
                let map = Arc::make_mut(&mut self.state.receive);
                match folder {
                    Some(entry_id) => map.insert(class, entry_id),
                    None => map.remove(&class),
                };
                self.events.note(0, None, ObjectChange::Modified, None);
                Ok(())
            }
        }
    }

    fn create(
        &mut self,
        parent: u64,
        kind: ItemKind,
        content: Message,
        change: ObjectChange,
    ) -> Result<()> {
        self.container(parent)?;
        let id = self.state.next;
        self.state.next += 1;
        self.created.push(id);
        let deleted = false;
        let node = Arc::new(Node { parent: Some(parent), stamp: 0, kind, deleted, content });
        self.put(id, node, self.stamp, change);
        Ok(())
    }

    fn move_folder(&mut self, folder: u64, to: u64) -> Result<()> {
        let node = self.folder(folder)?;
        self.container(to)?;
        let mut above = Some(to);
        while let Some(id) = above {
            if id == folder {
                return Err(Error::new(
                    ErrorCode::FOLDER_CYCLE,
                    format!("folder {folder} cannot be moved into itself"),
                ));
            }
            above = self.state.node(id)?.parent;
        }
        self.relocate(folder, node, to);
        Ok(())
    }

    fn delete_folder(&mut self, folder: u64) -> Result<()> {
        if self.folder(folder)?.parent.is_none() {
            return Err(Error::new(ErrorCode::NO_ACCESS, "the root folder cannot be deleted"));
        }
        let mut all = vec![folder];
        let mut at = 0;
        while let Some(id) = all.get(at).copied() {
            all.extend(self.state.children(id));
            at += 1;
        }
        all.into_iter().rev().for_each(|id| self.remove(id));
        Ok(())
    }

    fn tell(&mut self, folder: u64, criteria: Option<SearchCriteria>) -> Result<()> {
        let node = self.folder(folder)?;
        if node.kind != ItemKind::SearchFolder {
            return Err(Error::no_support(format!("folder {folder} is not a search folder")));
        }
        for searched in criteria.iter().flat_map(|criteria| &criteria.folders) {
            if self.folder(*searched)?.kind == ItemKind::SearchFolder {
                return Err(Error::no_support("search folders are not searched"));
            }
        }
        self.told.insert(folder, criteria.map(LiveSearch::new).transpose()?);
        self.put(folder, node, self.stamp, ObjectChange::Searched);
        Ok(())
    }

    /// Brings the search folders up to what was done. Nothing can fail any more.
    fn search(&mut self) -> Vec<ChangeEvent> {
        let mut searches = std::mem::take(&mut self.state.searches);
        let told = std::mem::take(&mut self.told);
        searches.retain(|folder, _| self.state.get(*folder).is_some());
        let mut found = Vec::new();
        // Without search folders, commits need not look at what they moved.
        if !searches.is_empty() {
            let touched = self.touched_messages();
            for (folder, search) in &mut searches {
                if !told.contains_key(folder) {
                    self.follow(*folder, search, &touched, &mut found);
                }
            }
        }
        for (folder, live) in told {
            if self.state.get(folder).is_none() {
                continue;
            }
            let old = searches.remove(&folder).map(|search| search.links).unwrap_or_default();
            let finds = |live: &LiveSearch, id: &u64| live.finds(&*self.state, *id);
            let links: BTreeSet<u64> = match &live {
                Some(live) => {
                    self.state.nodes().map(|(id, _)| id).filter(|id| finds(live, id)).collect()
                }
                None => BTreeSet::new(),
            };
            let event = |change| move |id: &u64| ChangeEvent::of_link(*id, change, folder);
            found.extend(old.difference(&links).map(event(ObjectChange::Lost)));
            found.extend(links.difference(&old).map(event(ObjectChange::Found)));
            if let Some(live) = live {
                searches.insert(folder, Search { live, links });
            }
        }
        self.state.searches = searches;
        found
    }

    /// Looks at the messages again that something happened to.
    fn follow(
        &mut self,
        folder: u64,
        search: &mut Search,
        touched: &BTreeMap<u64, bool>,
        found: &mut Vec<ChangeEvent>,
    ) {
        let mut shown = false;
        for (id, changed) in touched {
            let was = search.links.contains(id);
            let is = if search.live.criteria().live {
                search.live.finds(&*self.state, *id)
            } else {
                was && self.state.get(*id).is_some_and(|node| !node.deleted)
            };
            shown |= was != is || *changed && is;
            if was && !is {
                search.links.remove(id);
                found.push(ChangeEvent::of_link(*id, ObjectChange::Lost, folder));
            } else if is && !was {
                search.links.insert(*id);
                found.push(ChangeEvent::of_link(*id, ObjectChange::Found, folder));
            }
        }
        if shown {
            self.contents(folder);
        }
    }

    /// The messages that something happened to, and whether it was not only that a folder above
    /// them was moved.
    fn touched_messages(&self) -> BTreeMap<u64, bool> {
        let (messages, mut moved) = self.events.searched();
        let mut touched: BTreeMap<u64, bool> = messages.into_iter().map(|id| (id, true)).collect();
        while let Some(folder) = moved.pop() {
            for id in self.state.children(folder) {
                match self.state.get(id) {
                    Some(node) if node.is_folder() => moved.push(id),
                    _ => drop(touched.entry(id).or_insert(false)),
                }
            }
        }
        touched
    }

    /// Puts a changed node in.
    fn replace(&mut self, id: u64, node: Arc<Node>) {
        self.put(id, node, self.stamp, ObjectChange::Modified);
    }

    fn relocate(&mut self, id: u64, mut node: Arc<Node>, to: u64) {
        let from = node.parent.unwrap_or(to);
        self.contents(from);
        Arc::make_mut(&mut node).parent = Some(to);
        self.put(id, node, self.stamp, ObjectChange::Moved { from });
    }

    fn remove(&mut self, id: u64) {
        let old = self.state.put(id, None);
        if let Some(node) = &old {
            self.events.note(id, Some(node.kind), ObjectChange::Deleted, node.parent);
            node.parent.into_iter().for_each(|parent| self.contents(parent));
        }
        self.undo.push((id, old));
    }

    fn put(&mut self, id: u64, mut node: Arc<Node>, stamp: u64, change: ObjectChange) {
        Arc::make_mut(&mut node).stamp = stamp;
        self.events.note(id, Some(node.kind), change, node.parent);
        node.parent.into_iter().for_each(|parent| self.contents(parent));
        let old = self.state.put(id, Some(node));
        self.undo.push((id, old));
    }

    /// What a folder holds has changed.
    fn contents(&mut self, folder: u64) {
        if let Some(node) = self.state.get(folder) {
            let (kind, parent) = (node.kind, node.parent);
            self.events.note(folder, Some(kind), ObjectChange::Contents, parent);
        }
    }

    fn folder(&self, id: u64) -> Result<Arc<Node>> {
        self.find(id, "folder", Node::is_folder)
    }

    fn message(&self, id: u64) -> Result<Arc<Node>> {
        match self.any_message(id)? {
            node if node.deleted => Err(deleted("message", id)),
            node => Ok(node),
        }
    }

    /// Also one that is softly deleted.
    fn any_message(&self, id: u64) -> Result<Arc<Node>> {
        self.find(id, "message", |node| !node.is_folder())
    }

    /// A folder that can hold something.
    fn container(&self, id: u64) -> Result<()> {
        if self.folder(id)?.kind == ItemKind::SearchFolder {
            return Err(Error::new(
                ErrorCode::NO_ACCESS,
                format!("folder {id} is a search folder, which holds only what it finds"),
            ));
        }
        Ok(())
    }

    fn find(&self, id: u64, what: &str, fits: impl Fn(&Node) -> bool) -> Result<Arc<Node>> {
        match self.state.get(id) {
            Some(node) if fits(node) => Ok(Arc::clone(node)),
            None if (1..self.state.next).contains(&id) => Err(deleted(what, id)),
            _ => Err(Error::not_found(format!("there is no {what} {id}"))),
        }
    }
}

fn deleted(what: &str, id: u64) -> Error {
    Error::new(ErrorCode::OBJECT_DELETED, format!("{what} {id} was deleted"))
}
