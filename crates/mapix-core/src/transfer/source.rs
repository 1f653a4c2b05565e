//! A store as a source.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::feed::{Feed, FeedFolder, FeedItem, FeedSearch};
use super::journal;
use super::names::TargetNames;
use super::parcel::Parcel;
use super::read::Reader;
use super::trouble::Trouble;
use crate::ledger::{Kind, Ledger};
use crate::object::computed::{MAPI_FOLDER, is_identity, refuses};
use crate::object::{Folder, SpecialFolder, Store};
use crate::prop::{Guid, Prop, PropBag, PropTag, tags};
use crate::restriction::Matcher;
use crate::store::{InventoryItem, ItemKind, MessageRef, ObjectRef, RowSource, SearchCriteria};
use crate::sync::{Mutex, lock};
use crate::{EntryId, ErrorCode, Result};

/// Hierarchies deeper than this are taken for circles.
const DEEPEST: usize = 1000;

/// Gives what is in a store: the tree of its folders, normal and associated messages.
///
/// Search folders are given with what they find, if the store tells it. Deleted messages and
/// orphans are left out unless they are asked for: deleted ones then go into a folder `(deleted)`
/// in theirs, orphans into `(orphans)`.
#[derive(Debug)]
pub struct StoreFeed {
    store: Store,
    below: Option<Folder>,
    deleted: bool,
    orphans: bool,
    /// Where the items of each folder of the list are, and what the folder is called.
    shelves: Mutex<Vec<(Shelf, Arc<str>)>>,
    reader: Reader,
}

#[derive(Clone, Debug)]
enum Shelf {
    /// None: the folder is only on the way to others.
    Empty,
    Folder(u64),
    Deleted(u64),
    Orphans(Arc<[InventoryItem]>),
}

impl StoreFeed {
    /// All folders of a store.
    pub fn new(store: &Store) -> Self {
        Self {
            store: store.clone(),
            below: None,
            deleted: false,
            orphans: false,
            shelves: Mutex::default(),
            reader: Reader::new(store),
        }
    }

    /// Only a folder and those below it. There are no orphans then.
    pub fn below(mut self, folder: &Folder) -> Self {
        self.below = Some(folder.clone());
        self
    }

    /// Whether deleted messages that are still there are given as well.
    pub fn deleted(mut self, wanted: bool) -> Self {
        self.deleted = wanted;
        self
    }

    /// Whether messages are given whose folder is not there.
    pub fn orphans(mut self, wanted: bool) -> Self {
        self.orphans = wanted;
        self
    }

    fn roles(&self) -> Result<HashMap<u64, SpecialFolder>> {
        let mut roles = HashMap::new();
        for role in SpecialFolder::ALL {
            match self.store.special_folder(role) {
                Ok(folder) => drop(roles.entry(folder.id()).or_insert(role)),
                // Who has the role cannot be told: the folder goes by its name.
                Err(error)
                    if matches!(error.code(), ErrorCode::NOT_FOUND | ErrorCode::CORRUPT_DATA) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(roles)
    }
}

/// The list of folders in the making.
struct Walk<'a> {
    feed: &'a StoreFeed,
    names: &'a TargetNames,
    ledger: &'a mut Ledger,
    roles: HashMap<u64, SpecialFolder>,
    folders: Vec<FeedFolder>,
    shelves: Vec<Shelf>,
    seen: HashSet<u64>,
    /// Search folders, whose contents are in other folders.
    links: HashSet<u64>,
    /// What those of them find that are in the list, by their places in it.
    criteria: BTreeMap<usize, SearchCriteria>,
}

impl Walk<'_> {
    /// A folder and all below it, each before those in it, without recursion.
    fn descend(&mut self, first: u64, parent: Option<usize>, in_scope: bool) -> Result<()> {
        let below = self.feed.below.as_ref().map(Folder::id);
        let mut waiting = vec![(first, parent, in_scope, 0)];
        while let Some((id, parent, in_scope, depth)) = waiting.pop() {
            if !self.seen.insert(id) {
                continue;
            }
            let in_scope = in_scope || below == Some(id);
            let path = parent.map_or_else(|| "".into(), |at| Arc::clone(&self.folders[at].path));
            let Some(folder) = self.folder(id, parent, &path, in_scope)? else { continue };
            let at = self.folders.len();
            let path = Arc::clone(&folder.path);
            self.folders.push(folder);
            if self.links.contains(&id) {
                self.shelves.push(Shelf::Empty);
                continue;
            }
            self.shelves.push(if in_scope { Shelf::Folder(id) } else { Shelf::Empty });
            if depth == DEEPEST {
                continue;
            }
            let mut children = Vec::new();
            let pass = self.feed.store.logon().enter()?;
            let listed = pass.rows(&RowSource::Hierarchy(id), Some(&[]), &mut |row| {
                match row {
                    Ok(row) => children.push(row.id),
                    Err(error) => self.ledger.failed(Kind::Folder, None, path.clone(), error),
                }
                ControlFlow::Continue(())
            });
            if let Err(error) = listed {
                self.ledger.failed(Kind::Table, None, path, error);
            }
            let children = children.into_iter().rev();
            waiting.extend(children.map(|child| (child, Some(at), in_scope, depth + 1)));
        }
        Ok(())
    }

    /// What a folder is; `None` if it is a search folder that is left out, or cannot be read.
    fn folder(
        &mut self,
        id: u64,
        parent: Option<usize>,
        above: &Arc<str>,
        in_scope: bool,
    ) -> Result<Option<FeedFolder>> {
        let pass = self.feed.store.logon().enter()?;
        let entry_id = pass.entry_id(&ObjectRef::Folder(id)).ok();
        let kind = pass.kind(id);
        drop(pass);
        let mut troubles = Vec::new();
        let object = ObjectRef::Folder(id);
        let leave = |tag: PropTag| {
            is_identity(tag)
                || refuses(MAPI_FOLDER, tag).is_some()
                || SpecialFolder::is_kept_in(tag)
        };
        let read = self.feed.reader.properties(&object, self.names, &leave, &mut troubles);
        let (mut props, large) = match read {
            Ok(read) => read,
            Err(error) => {
                self.ledger.expect(Kind::Folder, u64::from(in_scope));
                let path = format!("{above}/nid:0x{id:X}");
                self.ledger.failed(Kind::Folder, entry_id, path, error);
                return Ok(None);
            }
        };
        let name = props.text(tags::DISPLAY_NAME).unwrap_or_default();
        let path = self.path(id, parent, above, &name);
        if matches!(kind, Ok(ItemKind::SearchFolder)) {
            self.links.insert(id);
            if !in_scope {
                return Ok(None);
            }
            self.ledger.expect(Kind::SearchFolder, 1);
            match self.criteria_of(id) {
                Ok(Ok(criteria)) => drop(self.criteria.insert(self.folders.len(), criteria)),
                Ok(Err(reason)) => {
                    self.ledger.skipped(Kind::SearchFolder, entry_id, path, reason);
                    return Ok(None);
                }
                Err(error) => {
                    self.ledger.failed(Kind::SearchFolder, entry_id, path, error);
                    return Ok(None);
                }
            }
        } else if in_scope {
            self.ledger.expect(Kind::Folder, 1);
        }
        for one in large {
            match one.whole() {
                Ok(value) => props.insert(Prop { tag: one.tag, value }),
                Err(error) => troubles.push(Trouble::new(Kind::Property, one.tag, &error)),
            }
        }
        if in_scope {
            for trouble in troubles {
                trouble.enter(self.ledger, entry_id.clone(), &path);
            }
        }
        drop(props.remove(tags::DISPLAY_NAME.id()));
        let name = if name.is_empty() { format!("nid:0x{id:X}") } else { name };
        let role = self.roles.get(&id).copied();
        let is_way = !in_scope;
        Ok(Some(FeedFolder { parent, name, path, role, props, entry_id, is_way, search: None }))
    }

    /// What a search folder finds, under the tags of the target; otherwise why it is left out.
    fn criteria_of(&self, id: u64) -> Result<Result<SearchCriteria, &'static str>> {
        if !self.names.target_searches() {
            return Ok(Err("the target keeps no search folders"));
        }
        let criteria = self.feed.store.logon().enter()?.search_criteria(id)?;
        let Some(mut criteria) = criteria else {
            return Ok(Err("the source does not tell what it finds"));
        };
        Matcher::new(&criteria.restriction)?;
        let (mut is_identity, mut nameless) = (false, false);
        criteria.restriction.replace_tags(&mut |tag| {
            is_identity |= is_identity_of(tag);
            let other = self.feed.reader.tag(tag, self.names)?;
            nameless |= other.is_none();
            Ok(other.unwrap_or(tag))
        })?;
        Ok(match () {
            () if is_identity => {
                Err("it finds objects by entry IDs or keys, which are others here")
            }
            () if nameless => {
                Err("it asks for a named property whose name the source does not know")
            }
            () => Ok(criteria),
        })
    }

    /// Gives the search folders what they find, when all folders have their places.
    fn give_searches(&mut self, criteria: BTreeMap<usize, SearchCriteria>) {
        let place = |id: &u64| {
            let is = |shelf: &Shelf| matches!(shelf, Shelf::Folder(here) if here == id);
            self.shelves.iter().position(is)
        };
        for (at, criteria) in criteria {
            let folders: Vec<usize> = criteria.folders.iter().filter_map(place).collect();
            let missing = criteria.folders.len() - folders.len();
            let SearchCriteria { restriction, deep, live, .. } = criteria;
            let folder = &mut self.folders[at];
            folder.search = Some(FeedSearch { restriction, folders, deep, live });
            if missing > 0 {
                let reason = format!("{missing} of the folders in which it searches are not there");
                let trouble = Trouble::left_out(Kind::Property, reason);
                trouble.enter(self.ledger, folder.entry_id.clone(), &folder.path);
            }
        }
    }

    /// Below the visible top, paths begin with the name.
    fn path(&self, id: u64, parent: Option<usize>, above: &str, name: &str) -> Arc<str> {
        let role = |at: usize| self.folders[at].role;
        match self.roles.get(&id) {
            Some(SpecialFolder::Root) => return "@root".into(),
            Some(SpecialFolder::IpmSubtree) => return "@ipm".into(),
            _ => {}
        }
        let name = crate::query::encode(name);
        if name.is_empty() {
            return format!("nid:0x{id:X}").into();
        }
        match parent {
            Some(at) if role(at) != Some(SpecialFolder::IpmSubtree) => {
                format!("{above}/{name}").into()
            }
            _ => name.into(),
        }
    }

    /// What only the index of objects has: whole branches that no table shows, and circles.
    fn lost(&mut self, folders: &BTreeMap<u64, Option<u64>>) -> Result<()> {
        for whole_branches in [true, false] {
            for (id, parent) in folders {
                let lost = |id: &u64| !self.seen.contains(id);
                let below_lost = parent.is_some_and(|above| {
                    above != *id && folders.contains_key(&above) && lost(&above)
                });
                if lost(id) && !(whole_branches && below_lost) {
                    let is_parent = |shelf: &Shelf| matches!(shelf, Shelf::Folder(at) if Some(at) == parent.as_ref());
                    let parent = self.shelves.iter().position(is_parent);
                    self.descend(*id, parent, true)?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, parent: Option<usize>, name: &str, shelf: Shelf) {
        let above = parent.map(|at| Arc::clone(&self.folders[at].path));
        let path = above.map_or_else(|| name.into(), |above| format!("{above}/{name}").into());
        self.ledger.expect(Kind::Folder, 1);
        self.folders.push(FeedFolder { parent, name: name.into(), path, ..FeedFolder::default() });
        self.shelves.push(shelf);
    }
}

impl Feed for StoreFeed {
    fn folders(&self, names: &TargetNames, ledger: &mut Ledger) -> Result<Vec<FeedFolder>> {
        let roles = self.roles()?;
        let (folders, shelves) = (Vec::new(), Vec::new());
        let (seen, links, criteria) = (HashSet::new(), HashSet::new(), BTreeMap::new());
        let mut walk =
            Walk { feed: self, names, ledger, roles, folders, shelves, seen, links, criteria };
        walk.descend(self.store.info().root, None, self.below.is_none())?;
        // What there is, by the index of objects.
        let (mut index, mut items) = (BTreeMap::new(), Vec::new());
        self.store.inventory(&mut |item| {
            match item.kind {
                ItemKind::Folder | ItemKind::SearchFolder => {
                    index.insert(item.id, item.parent);
                }
                ItemKind::Message | ItemKind::Associated => items.push(item),
            }
            ControlFlow::Continue(())
        })?;
        if self.below.is_none() {
            walk.lost(&index)?;
        }
        let in_scope: HashSet<u64> = walk
            .shelves
            .iter()
            .filter_map(|shelf| match shelf {
                Shelf::Folder(id) => Some(*id),
                _ => None,
            })
            .collect();
        items.retain(|item| match item.parent {
            Some(parent) if in_scope.contains(&parent) => {
                walk.ledger.expect(kind_of(item), 1);
                false
            }
            Some(parent) => self.below.is_none() && !walk.links.contains(&parent),
            None => self.below.is_none(),
        });
        items.sort_by_key(|item| item.id);
        for item in &items {
            walk.ledger.expect(kind_of(item), 1);
            if !self.orphans {
                let id = self.entry_id_of(item.id);
                let reason = "an orphan: its folder is not there; --orphans imports it";
                walk.ledger.skipped(kind_of(item), id, "", reason);
            }
        }
        if self.orphans && !items.is_empty() {
            walk.add(None, "(orphans)", Shelf::Orphans(items.into()));
        }
        if self.deleted {
            for at in 0..walk.folders.len() {
                let Shelf::Folder(id) = walk.shelves[at] else { continue };
                let mut any = false;
                let source = RowSource::Deleted(id);
                // A table that cannot be read is told of when the folder is.
                let _ = self.store.logon().enter()?.rows(&source, Some(&[]), &mut |_| {
                    any = true;
                    ControlFlow::Break(())
                });
                if any {
                    walk.add(Some(at), "(deleted)", Shelf::Deleted(id));
                }
            }
        }
        prune(&mut walk);
        let paths = walk.folders.iter().map(|folder| Arc::clone(&folder.path));
        *lock(&self.shelves) = walk.shelves.into_iter().zip(paths).collect();
        Ok(walk.folders)
    }

    fn items(
        &self,
        folder: usize,
        ledger: &mut Ledger,
        each: &mut dyn FnMut(FeedItem) -> ControlFlow<()>,
    ) -> Result<()> {
        let Some((shelf, path)) = lock(&self.shelves).get(folder).cloned() else { return Ok(()) };
        match shelf {
            Shelf::Empty => Ok(()),
            Shelf::Folder(id) => {
                for source in [RowSource::Contents(id), RowSource::Associated(id)] {
                    if self.list(&source, &path, ledger, each)?.is_break() {
                        return Ok(());
                    }
                }
                if self.deleted {
                    return Ok(());
                }
                let reason = "deleted, yet still there; --deleted imports it";
                let mut left = Vec::new();
                let _ = self.list(&RowSource::Deleted(id), &path, ledger, &mut |item| {
                    left.push(item);
                    ControlFlow::Continue(())
                })?;
                for item in left {
                    ledger.skipped(item.kind(), self.entry_id_of(item.id), &*path, reason);
                }
                Ok(())
            }
            Shelf::Deleted(id) => self.list(&RowSource::Deleted(id), &path, ledger, each).map(drop),
            Shelf::Orphans(items) => {
                for item in items.iter() {
                    let associated = item.kind == ItemKind::Associated;
                    if each(self.item(item.id, associated, &PropBag::new())?).is_break() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    fn read(&self, item: &FeedItem, names: &TargetNames) -> Result<Parcel> {
        self.reader.message(&MessageRef::new(item.id), names)
    }

    fn entry_id(&self, item: &FeedItem) -> Option<EntryId> {
        self.entry_id_of(item.id)
    }
}

/// Whether a property tells which object of which store it is.
fn is_identity_of(tag: PropTag) -> bool {
    is_identity(tag) && ![tags::OBJECT_TYPE, tags::ACCESS, tags::ACCESS_LEVEL].contains(&tag)
}

/// Leaves out folders that lead nowhere.
fn prune(walk: &mut Walk<'_>) {
    let mut used = vec![false; walk.folders.len()];
    for (at, folder) in walk.folders.iter().enumerate().rev() {
        used[at] |= !folder.is_way;
        if let Some(parent) = folder.parent.filter(|_| used[at]) {
            used[parent] = true;
        }
    }
    let mut places = Vec::with_capacity(used.len());
    let mut next = 0;
    for used in &used {
        places.push(next);
        next += usize::from(*used);
    }
    let mut kept = used.iter();
    walk.folders.retain(|_| kept.next() == Some(&true));
    let mut kept = used.iter();
    walk.shelves.retain(|_| kept.next() == Some(&true));
    for folder in &mut walk.folders {
        folder.parent = folder.parent.map(|parent| places[parent]);
    }
    let criteria = std::mem::take(&mut walk.criteria);
    walk.give_searches(criteria.into_iter().map(|(at, one)| (places[at], one)).collect());
}

fn kind_of(item: &InventoryItem) -> Kind {
    if item.kind == ItemKind::Associated { Kind::Associated } else { Kind::Message }
}

impl StoreFeed {
    /// Visits the items of a table.
    fn list(
        &self,
        source: &RowSource,
        path: &str,
        ledger: &mut Ledger,
        each: &mut dyn FnMut(FeedItem) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let associated = matches!(source, RowSource::Associated(_));
        let kind = if associated { Kind::Associated } else { Kind::Message };
        let columns = [tags::LAST_MODIFICATION_TIME, tags::MESSAGE_CLASS];
        let columns = if associated { &columns[..] } else { &columns[..1] };
        let mut flow = Ok(ControlFlow::Continue(()));
        let listed = self.store.logon().enter()?.rows(source, Some(columns), &mut |row| {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    ledger.failed(kind, None, path, error);
                    return ControlFlow::Continue(());
                }
            };
            if row.props.text(tags::MESSAGE_CLASS).as_deref() == Some(journal::CLASS) {
                let reason = "remembers what was imported into the source";
                ledger.skipped(kind, self.entry_id_of(row.id), path, reason);
                return ControlFlow::Continue(());
            }
            flow = self.item(row.id, associated, &row.props).map(&mut *each);
            match flow {
                Ok(flow) => flow,
                Err(_) => ControlFlow::Break(()),
            }
        });
        if let Err(error) = listed {
            if error.code() == ErrorCode::INVALID_OBJECT {
                return Err(error);
            }
            ledger.failed(Kind::Table, None, path, error);
        }
        flow
    }

    /// An item by its number, and what its row tells. Its identity is where it is, when it was
    /// changed last, and the stamp that stores which change have for it.
    fn item(&self, id: u64, associated: bool, row: &PropBag) -> Result<FeedItem> {
        let uid = self.store.info().uid;
        let mut identity = Vec::new();
        let changed = row.time(tags::LAST_MODIFICATION_TIME).map_or(0, |time| time.0 as u64);
        let stamp = self.store.logon().enter()?.stamp(id).unwrap_or(0);
        if uid != Guid::default() && (changed != 0 || stamp != 0) {
            identity.extend(uid.0);
            for number in [id, changed, stamp] {
                identity.extend(number.to_le_bytes());
            }
        }
        Ok(FeedItem { id, associated, identity, ..FeedItem::default() })
    }

    fn entry_id_of(&self, message: u64) -> Option<EntryId> {
        self.store.logon().enter().ok()?.entry_id(&ObjectRef::message(message)).ok()
    }
}
