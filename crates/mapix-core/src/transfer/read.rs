//! Reading a message out of a store, part by part.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::names::TargetNames;
use super::parcel::{LargeValue, OpenValue, PackedAttachment, Parcel};
use super::trouble::Trouble;
use crate::ledger::Kind;
use crate::object::computed::is_identity;
use crate::object::{PropertyStream, Store};
use crate::prop::{Prop, PropBag, PropName, PropTag, PropType, Value, tags};
use crate::store::{MessageRef, ObjectRef, RowSource, ValueStream};
use crate::sync::lock;
use crate::{Error, Result};

/// Values of more bytes than this stay in the source until they are stored.
const INLINE: u64 = 16 << 10;
/// When an object has more than this besides, values above [`SMALL`] stay there as well.
const HELD: u64 = 256 << 10;
const SMALL: u64 = 512;
/// Narrow strings up to this size are held, since only a held one keeps its code page.
const NARROW: u64 = 16 << 20;
/// `PR_ATTACH_METHOD` of embedded messages.
const EMBEDDED: i32 = 5;

/// Reads messages of a store, with the tags of another one.
#[derive(Debug)]
pub(super) struct Reader {
    store: Store,
}

impl Reader {
    pub(super) fn new(store: &Store) -> Self {
        Self { store: store.clone() }
    }

    /// A message with all that is in it. Which object it is in which store stays behind.
    pub(super) fn message(&self, place: &MessageRef, names: &TargetNames) -> Result<Parcel> {
        let mut parcel = Parcel::default();
        let troubles = &mut parcel.troubles;
        let leave = |tag: PropTag| {
            // These are tables.
            let tables = [tags::MESSAGE_RECIPIENTS.id(), tags::MESSAGE_ATTACHMENTS.id()];
            is_identity(tag) || tables.contains(&tag.id())
        };
        let object = ObjectRef::Message(place.clone());
        (parcel.props, parcel.large) = self.properties(&object, names, &leave, troubles)?;
        parcel.recipients = self.recipients(place, names, troubles)?;
        let mut numbers = Vec::new();
        let source = RowSource::Attachments(place.clone());
        let listed = self.store.logon().enter()?.rows(&source, Some(&[]), &mut |row| {
            match row {
                Ok(row) => numbers.push(row.id as u32),
                Err(error) => troubles.push(Trouble::new(Kind::Attachment, "a row", error)),
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = listed {
            troubles.push(Trouble::new(Kind::Table, "attachments", error));
        }
        for number in numbers {
            match self.attachment(place, number, names, troubles) {
                Ok(attachment) => parcel.attachments.push(attachment),
                Err(error) => {
                    let part = format!("attachment {number}");
                    troubles.push(Trouble::new(Kind::Attachment, part, error));
                }
            }
        }
        Ok(parcel)
    }

    fn recipients(
        &self,
        place: &MessageRef,
        names: &TargetNames,
        troubles: &mut Vec<Trouble>,
    ) -> Result<Vec<PropBag>> {
        let mut rows = Vec::new();
        let source = RowSource::Recipients(place.clone());
        let listed = self.store.logon().enter()?.rows(&source, None, &mut |row| {
            match row {
                Ok(row) => rows.push(row),
                Err(error) => troubles.push(Trouble::new(Kind::Recipient, "a row", error)),
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = listed {
            troubles.push(Trouble::new(Kind::Table, "recipients", error));
        }
        let mut recipients = Vec::with_capacity(rows.len());
        for row in rows {
            let mut props = self.named(&row.props, names, troubles)?;
            props.set(tags::ROWID, row.id as u32 as i32);
            recipients.push(props);
        }
        Ok(recipients)
    }

    fn attachment(
        &self,
        place: &MessageRef,
        number: u32,
        names: &TargetNames,
        troubles: &mut Vec<Trouble>,
    ) -> Result<PackedAttachment> {
        let object = ObjectRef::Attachment(place.clone(), number);
        let mut seen = Vec::new();
        let (mut props, mut large) = self.properties(&object, names, &is_identity, &mut seen)?;
        let mut embedded = None;
        if props.i32(tags::ATTACH_METHOD) == Some(EMBEDDED) {
            // The property stands for the message, which comes along.
            let data = tags::ATTACH_DATA_BIN;
            drop(props.remove(data.id()));
            large.retain(|one| one.tag.id() != data.id());
            seen.retain(|trouble| !trouble.reason.starts_with(&data.to_string()));
            match self.message(&place.inside(number), names) {
                Ok(message) => embedded = Some(Box::new(message)),
                Err(error) => {
                    let part = format!("attachment {number}");
                    seen.push(Trouble::new(Kind::Embedded, part, error));
                }
            }
        }
        for trouble in seen {
            let reason = format!("attachment {number}: {}", trouble.reason);
            troubles.push(Trouble { reason, ..trouble });
        }
        Ok(PackedAttachment { number, props, large, embedded })
    }

    /// The properties of an object under the tags of the target, without those to `leave`: the
    /// values that are held, and those that stay. What cannot be read is a trouble.
    pub(super) fn properties(
        &self,
        object: &ObjectRef,
        names: &TargetNames,
        leave: &dyn Fn(PropTag) -> bool,
        troubles: &mut Vec<Trouble>,
    ) -> Result<(PropBag, Vec<LargeValue>)> {
        let pass = self.store.logon().enter()?;
        let mut bag = pass.properties(object, INLINE)?;
        let is_held = |prop: &&Prop| !matches!(prop.value, Value::Large(..));
        if bag.iter().filter(is_held).map(|prop| prop.value.size()).sum::<u64>() > HELD {
            bag = pass.properties(object, SMALL)?;
        }
        // What must be held all the same.
        let odd = |prop: &Prop| match prop.value {
            Value::Large(kind, size) => {
                let narrow = kind == PropType::STRING8 && size <= NARROW;
                (narrow || kind.is_multi()).then_some(size)
            }
            _ => None,
        };
        let whole = match bag.iter().filter(|prop| !leave(prop.tag)).filter_map(odd).max() {
            Some(most) => pass.properties(object, most)?,
            None => PropBag::new(),
        };
        drop(pass);
        let kept = bag.iter().filter(|prop| !leave(prop.tag)).map(|prop| match odd(prop) {
            Some(_) => whole.find(prop.tag.id()).unwrap_or(prop),
            None => prop,
        });
        let kept: PropBag = kept.cloned().collect();
        let (mut held, mut large) = (Vec::with_capacity(kept.len()), Vec::new());
        for (from, to) in self.tags(&kept, names, troubles)? {
            let Some(prop) = kept.find(from.id()) else { continue };
            let size = prop.value.size();
            match &prop.value {
                Value::Error(code) => {
                    let reason = Error::new(*code, "cannot be read");
                    troubles.push(Trouble::new(Kind::Property, from, reason));
                }
                Value::Large(..) => large.push(self.large(object, from, to, size)),
                Value::Object(_) if from.prop_type() == PropType::OBJECT => {
                    large.push(self.large(object, from, to, size));
                }
                value => held.push(Prop { tag: to, value: value.clone() }),
            }
        }
        Ok((held.into_iter().collect(), large))
    }

    fn large(&self, object: &ObjectRef, from: PropTag, to: PropTag, size: u64) -> LargeValue {
        let (store, object) = (self.store.clone(), object.clone());
        let open: OpenValue = Arc::new(move || {
            let logon = store.logon();
            let stream = logon.enter()?.open_stream(&object, from)?;
            Ok(Box::new(PropertyStream::new(logon, stream)) as Box<dyn ValueStream>)
        });
        LargeValue { tag: to, size, open }
    }

    /// A row, which is held as a whole.
    fn named(
        &self,
        row: &PropBag,
        names: &TargetNames,
        troubles: &mut Vec<Trouble>,
    ) -> Result<PropBag> {
        let mut props = Vec::with_capacity(row.len() + 1);
        for (from, to) in self.tags(row, names, troubles)? {
            match row.find(from.id()).map(|prop| &prop.value) {
                Some(Value::Error(code)) => {
                    let reason = Error::new(*code, "cannot be read");
                    troubles.push(Trouble::new(Kind::Property, from, reason));
                }
                Some(value) => props.push(Prop { tag: to, value: value.clone() }),
                None => {}
            }
        }
        Ok(props.into_iter().collect())
    }

    /// The tags of properties here and in the target. A property whose ID should have a name and
    /// has none cannot be told from others there: it is left out, which is a trouble.
    fn tags(
        &self,
        bag: &PropBag,
        names: &TargetNames,
        troubles: &mut Vec<Trouble>,
    ) -> Result<Vec<(PropTag, PropTag)>> {
        self.learn(bag.iter().map(|prop| prop.tag), names)?;
        let known = lock(names.of_source());
        let (mut tags, mut seen) = (Vec::with_capacity(bag.len()), HashMap::new());
        for from in bag.iter().map(|prop| prop.tag) {
            let to = match from.is_named() {
                false => Some(from.id()),
                true => known.get(&from.id()).copied().flatten(),
            };
            // A damaged map may have a name twice.
            let twin = to.filter(|_| from.is_named()).and_then(|id| seen.insert(id, from));
            let value = |tag: PropTag| bag.find(tag.id()).map(|prop| &prop.value);
            match to {
                Some(_) if twin.is_some_and(|twin| value(twin) == value(from)) => {}
                Some(_) if twin.is_some() => {
                    let reason = "another named property has the same name and another value";
                    troubles.push(Trouble::new(Kind::Property, from, reason));
                }
                Some(id) => tags.push((from, PropTag::new(id, from.prop_type()))),
                None => {
                    let reason = "a named property whose name the source does not know";
                    troubles.push(Trouble::new(Kind::Property, from, reason));
                }
            }
        }
        Ok(tags)
    }

    /// The tag of a property in the target; `None` if it should have a name and has none.
    pub(super) fn tag(&self, tag: PropTag, names: &TargetNames) -> Result<Option<PropTag>> {
        if !tag.is_named() {
            return Ok(Some(tag));
        }
        self.learn(std::iter::once(tag), names)?;
        let id = lock(names.of_source()).get(&tag.id()).copied().flatten();
        Ok(id.map(|id| PropTag::new(id, tag.prop_type())))
    }

    /// Sees to it that the IDs of named properties are known in the target.
    fn learn(&self, tags: impl Iterator<Item = PropTag>, names: &TargetNames) -> Result<()> {
        let unknown: Vec<u16> = {
            let known = lock(names.of_source());
            let named = tags.filter(|tag| tag.is_named()).map(PropTag::id);
            named.filter(|id| !known.contains_key(id)).collect()
        };
        if unknown.is_empty() {
            return Ok(());
        }
        let found = self.store.logon().enter()?.names(&unknown)?;
        let there: Vec<PropName> = found.iter().flatten().cloned().collect();
        let mut there = names.ids(&there)?.into_iter();
        let mut known = lock(names.of_source());
        for (id, name) in unknown.iter().zip(found) {
            known.insert(*id, name.and_then(|_| there.next()));
        }
        Ok(())
    }
}
