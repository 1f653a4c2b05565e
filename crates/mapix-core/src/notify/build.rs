//! From what a commit did to what is told.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::{EventMask, Notice, Subject};
use crate::EntryId;
use crate::object::computed::{MSGFLAG_READ, MSGFLAG_UNSENT, store_entry_id};
use crate::object::receive_folders;
use crate::prop::{PropTag, tags};
use crate::store::{ChangeEvent, ItemKind, MessageStore, ObjectChange, ObjectRef, RowSource};

/// What changes in a folder with its contents.
const COUNTS: &[PropTag] =
    &[tags::CONTENT_COUNT, tags::CONTENT_UNREAD, tags::ASSOC_CONTENT_COUNT, tags::SUBFOLDERS];

/// Turns events into notices. What the store cannot say is left open.
pub(super) struct Builder<'a> {
    store: &'a dyn MessageStore,
    /// What anybody wants to hear.
    mask: EventMask,
    known: HashMap<u64, Option<EntryId>>,
    receive: Option<HashSet<u64>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(store: &'a dyn MessageStore, mask: EventMask) -> Self {
        Self { store, mask, known: HashMap::new(), receive: None }
    }

    /// At most two notices of one event.
    pub(super) fn notices(&mut self, event: &ChangeEvent) -> Vec<Notice> {
        let mut notices = Vec::with_capacity(1);
        let mask = self.mask;
        let wanted = |kind| mask.has(kind);
        match event.change {
            ObjectChange::Created => {
                if wanted(EventMask::CREATED) {
                    notices.push(Notice::Created(self.subject(event)));
                }
                notices.extend(self.new_mail(event));
            }
            ObjectChange::Modified if wanted(EventMask::MODIFIED) => {
                notices.push(Notice::Modified { object: self.subject(event), tags: None });
            }
            ObjectChange::Contents if wanted(EventMask::MODIFIED) => {
                notices.push(Notice::Modified { object: self.subject(event), tags: Some(COUNTS) });
            }
            ObjectChange::Moved { from } if wanted(EventMask::MOVED) => {
                let from_entry_id = self.entry_id(from, Some(ItemKind::Folder));
                notices.push(Notice::Moved { object: self.subject(event), from, from_entry_id });
            }
            ObjectChange::Copied { from } if wanted(EventMask::COPIED) => {
                let from_entry_id = self.entry_id(from, event.kind);
                notices.push(Notice::Copied { object: self.subject(event), from, from_entry_id });
            }
            ObjectChange::Deleted if wanted(EventMask::DELETED) => {
                notices.push(Notice::Deleted(self.subject(event)));
            }
            ObjectChange::Searched => {
                if wanted(EventMask::MODIFIED) {
                    notices.push(Notice::Modified { object: self.subject(event), tags: None });
                }
                if wanted(EventMask::SEARCH_COMPLETE) {
                    notices.push(Notice::SearchComplete(self.subject(event)));
                }
            }
            // The search folder's own notice says that its contents changed.
            _ => {}
        }
        notices
    }

    fn new_mail(&mut self, event: &ChangeEvent) -> Option<Notice> {
        if !self.mask.has(EventMask::NEW_MAIL) || event.kind != Some(ItemKind::Message) {
            return None;
        }
        let store = self.store;
        let receive = self.receive.get_or_insert_with(|| receive_folders(store));
        if !receive.contains(&event.parent?) {
            return None;
        }
        let columns = [tags::MESSAGE_FLAGS, tags::MESSAGE_CLASS];
        let source = RowSource::Contents(event.parent?);
        let mut row = None;
        store
            .rows_of(&source, &[event.object], Some(&columns), &mut |found| {
                row = found.ok();
                ControlFlow::Break(())
            })
            .ok()?;
        let bag = row?.props;
        let flags = bag.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        if flags & (MSGFLAG_READ | MSGFLAG_UNSENT) != 0 {
            return None;
        }
        let class = bag.text(tags::MESSAGE_CLASS).unwrap_or_else(|| "IPM".to_owned()).into();
        Some(Notice::NewMail { message: self.subject(event), class, flags })
    }

    fn subject(&mut self, event: &ChangeEvent) -> Subject {
        Subject {
            id: event.object,
            kind: event.kind,
            entry_id: self.entry_id(event.object, event.kind),
            parent: event.parent,
            parent_entry_id: event.parent.and_then(|id| self.entry_id(id, Some(ItemKind::Folder))),
        }
    }

    fn entry_id(&mut self, id: u64, kind: Option<ItemKind>) -> Option<EntryId> {
        let store = self.store;
        let find = || {
            let object = match kind {
                None => return store_entry_id(store).ok(),
                Some(ItemKind::Folder | ItemKind::SearchFolder) => ObjectRef::Folder(id),
                Some(ItemKind::Message | ItemKind::Associated) => ObjectRef::message(id),
            };
            store.entry_id(&object).ok().or_else(|| store.former_entry_id(&object))
        };
        self.known.entry(id).or_insert_with(find).clone()
    }
}
