//! Saving a message: what each save works out, and the commit (lifecycle rules, section 15).

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::{Home, Message, State};
use crate::object::computed::{self, MSGFLAG_ASSOCIATED, MSGFLAG_HASATTACH, MSGFLAG_UNMODIFIED};
use crate::object::pending::{PendingAttachment, PendingMessage};
use crate::object::recipient::{self, RecipientKind};
use crate::prop::{FileTime, PropBag, PropTag, Value, tags};
use crate::store::{Change, Commit, MessageRef, MessageStore, RowSource};
use crate::{Error, ErrorCode, Result};

impl Message {
    pub(super) fn commit(
        &self,
        state: &mut State,
        folder: u64,
        associated: bool,
        force: bool,
        with: Vec<Change>,
    ) -> Result<()> {
        let pass = self.0.logon.enter()?;
        let kept = state.pending.clone();
        self.finish(state)?;
        let mut changes = state.base.clone();
        changes.merge(&state.pending);
        let committed = match &state.place {
            None => {
                let content = changes.to_update();
                let mut all = vec![Change::CreateMessage { folder, associated, content }];
                all.extend(with);
                pass.commit(all)
            }
            Some(place) => {
                overwrite(&*pass, place, (!force).then_some(state.stamp), &changes, with)
            }
        };
        let committed = committed.inspect_err(|_| state.pending = kept)?;
        let place = state
            .place
            .clone()
            .or_else(|| committed.created.first().map(|id| MessageRef::new(*id)));
        let place = place.ok_or_else(|| {
            Error::new(ErrorCode::CALL_FAILED, "the store did not number the new message")
        })?;
        // It is saved, and must not be saved twice; what cannot be read back now is when the message
        // is next looked at.
        let _ = self.read_back(state, &*pass, &place);
        state.place = Some(place);
        state.base = PendingMessage::default();
        state.pending = PendingMessage::default();
        Ok(())
    }

    /// Works out what each save has to: dates, flags, display lists, size.
    pub(super) fn finish(&self, state: &mut State) -> Result<()> {
        let now = FileTime::now();
        let first = state.place.is_none();
        let effective = state.effective();
        let mut bag = state.stored.clone();
        effective.props.apply(&mut bag)?;
        let mut changes = PropBag::new();
        let mut put = |tag: PropTag, value: Value| changes.set(tag, value);
        put(tags::LAST_MODIFICATION_TIME, now.into());
        if first {
            if effective.props.value(tags::CREATION_TIME.id()).is_none() {
                put(tags::CREATION_TIME, now.into());
            }
            if effective.props.value(tags::MESSAGE_CLASS.id()).is_none() {
                put(tags::MESSAGE_CLASS, "IPM".into());
            }
        }
        if let Some(recipients) = &effective.recipients {
            for (tag, kind) in [
                (tags::DISPLAY_TO, RecipientKind::To),
                (tags::DISPLAY_CC, RecipientKind::Cc),
                (tags::DISPLAY_BCC, RecipientKind::Bcc),
            ] {
                put(tag, recipient::display_list(recipients.iter(), kind).into());
            }
        }
        if let Some(subject) = effective.props.value(tags::SUBJECT.id()) {
            let mut parts = PropBag::new();
            parts.set(tags::SUBJECT, subject.clone());
            if let Some(prefix) = effective.props.value(tags::SUBJECT_PREFIX.id()) {
                parts.set(tags::SUBJECT_PREFIX, prefix.clone());
            }
            computed::split_subject(&mut parts);
            for tag in [tags::SUBJECT_PREFIX, tags::NORMALIZED_SUBJECT] {
                if let Some(value) = parts.get(tag) {
                    put(tag, value.clone());
                }
            }
        }
        let (attachments, visible) = self.attachment_sizes(state.place.as_ref(), &effective)?;
        let mut flags = bag.i32(tags::MESSAGE_FLAGS).unwrap_or(0);
        flags = if first { flags | MSGFLAG_UNMODIFIED } else { flags & !MSGFLAG_UNMODIFIED };
        flags &= !MSGFLAG_HASATTACH;
        if visible {
            flags |= MSGFLAG_HASATTACH;
        }
        if matches!(self.0.home, Home::Folder { associated: true, .. }) {
            flags |= MSGFLAG_ASSOCIATED;
        }
        put(tags::MESSAGE_FLAGS, flags.into());
        put(tags::HASATTACH, visible.into());
        bag.merge(&changes);
        let own: u64 = bag.iter().map(|prop| prop.value.size()).sum();
        let recipients: u64 = effective
            .recipients
            .iter()
            .flatten()
            .flat_map(PropBag::iter)
            .map(|prop| prop.value.size())
            .sum();
        let size = i32::try_from(own + recipients + attachments).unwrap_or(i32::MAX);
        changes.set(tags::MESSAGE_SIZE, size);
        changes.iter().for_each(|prop| state.pending.props.set(prop.clone()));
        Ok(())
    }

    /// The sizes of all attachments together, and whether one of them is not hidden.
    fn attachment_sizes(
        &self,
        place: Option<&MessageRef>,
        changes: &PendingMessage,
    ) -> Result<(u64, bool)> {
        let (mut size, mut visible, mut unreadable) = (0, false, false);
        let mut count = |bag: &PropBag| {
            size += bag.i32(tags::ATTACH_SIZE).map_or(0, |size| size.max(0) as u64);
            visible |= !bag.bool(tags::ATTACHMENT_HIDDEN).unwrap_or(false);
        };
        let columns = [tags::ATTACH_SIZE, tags::ATTACHMENT_HIDDEN];
        let mut stored = BTreeSet::new();
        if let Some(place) = place {
            let source = RowSource::Attachments(place.clone());
            let pass = self.0.logon.enter()?;
            let result = pass.rows(&source, Some(&columns), &mut |row| {
                // One that cannot be read is there; how large it is, nobody knows.
                let Ok(row) = row else {
                    unreadable = true;
                    return ControlFlow::Continue(());
                };
                let number = row.id as u32;
                stored.insert(number);
                let mut bag = row.props;
                match changes.attachments.get(&number) {
                    Some(PendingAttachment::Delete) => return ControlFlow::Continue(()),
                    Some(PendingAttachment::Put(content)) => {
                        // The size of a stream is known to the attachment that set it.
                        let _ = content.props.apply(&mut bag);
                    }
                    None => {}
                }
                count(&bag);
                ControlFlow::Continue(())
            });
            result.map_err(|error| match error.code() {
                ErrorCode::NOT_FOUND => {
                    Error::new(ErrorCode::OBJECT_DELETED, "the message was deleted meanwhile")
                }
                _ => error,
            })?;
        }
        for (number, change) in &changes.attachments {
            if let PendingAttachment::Put(content) = change
                && !stored.contains(number)
            {
                let mut bag = PropBag::new();
                content.props.apply(&mut bag)?;
                count(&bag);
            }
        }
        Ok((size, visible || unreadable))
    }
}

/// Changes a stored message that has this stamp, or any, but not one that was submitted meanwhile.
fn overwrite(
    store: &dyn MessageStore,
    place: &MessageRef,
    stamp: Option<u64>,
    changes: &PendingMessage,
    mut with: Vec<Change>,
) -> Result<Commit> {
    loop {
        let expected = match stamp {
            Some(stamp) => stamp,
            None => current(store, place)?,
        };
        let update = changes.to_update();
        let change = Change::UpdateMessage { message: place.id, expected: Some(expected), update };
        let mut all = vec![change];
        // Only with a stamp, and then it is tried once.
        all.append(&mut with);
        match store.commit(all) {
            Err(error) if error.code() == ErrorCode::OBJECT_CHANGED => {
                if stamp.is_some() {
                    // Why it changed, if that is a reason of its own.
                    super::not_queued(store, place)?;
                    return Err(error);
                }
            }
            result => return result,
        }
    }
}

/// The stamp of a message that is not queued.
fn current(store: &dyn MessageStore, place: &MessageRef) -> Result<u64> {
    let look = || {
        let stamp = store.stamp(place.id)?;
        super::not_queued(store, place)?;
        Ok(stamp)
    };
    look().map_err(|error: Error| match error.code() {
        ErrorCode::NOT_FOUND => {
            Error::new(ErrorCode::OBJECT_DELETED, "the message was deleted meanwhile")
        }
        _ => error,
    })
}
