//! `CopyTo` and `CopyProps`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::c_void;
use std::sync::Arc;

use mapix::prop::{Prop, PropTag, PropType, Value, tags};
use mapix::{
    AttachMethod, Attachment, Completion, Contents, Error, ErrorCode, Folder, Message, Problem,
    Result, Store,
};

use super::access;
use super::iattach::AttachObject;
use super::imapifolder::FolderObject;
use super::imapiprogress::Teller;
use super::imapiprop::PropObject;
use super::imessage::MessageObject;
use super::iprofsect::SectionObject;
use super::ipropdata::PropDataObject;
use super::source::Properties;
use crate::arg::In;
use crate::com::{Object, Ptr};
use crate::convert::{LastError, check_flags};
use crate::copy::{Outcome, Plan, Side, What, held};
use crate::flags::{MAPI_DECLINE_OK, MAPI_DIALOG, MAPI_MOVE, MAPI_NOREPLACE};
use crate::iface::{IMAPIProgress, IMAPIProp, IUnknown};
use crate::types::GUID;

/// One side of a copy.
pub(crate) enum Target {
    Message(Message),
    Attachment(Attachment),
    Folder(Folder),
    /// Properties, and nothing else.
    Properties(Arc<dyn Properties>),
}

/// Copies to the object behind a pointer: inside the engine if it is one of ours of the same kind,
/// otherwise by the interfaces of both. Gives what could not be set there.
pub(crate) fn copy<T: PropObject>(
    object: &T,
    (interface, to): (In<'_, GUID>, In<'_, c_void>),
    what: &What,
    progress: In<'_, IMAPIProgress>,
    flags: u32,
) -> Result<Outcome> {
    check_flags(flags, MAPI_MOVE | MAPI_NOREPLACE | MAPI_DECLINE_OK | MAPI_DIALOG)?;
    interface.need()?;
    let held = held(to)?;
    let replace = flags & MAPI_NOREPLACE == 0;
    let teller = Teller::new(progress);
    let source = object.copied();
    if !is_engine(&source, &held) {
        if flags & MAPI_DECLINE_OK != 0 {
            let sentence = "whoever says so copies between any two objects itself";
            return Err(Error::new(ErrorCode::DECLINE_COPY, sentence));
        }
        let plan = Plan { what, replace, remove: flags & MAPI_MOVE != 0 };
        if plan.remove {
            access::need(object.is_writable())?;
        }
        let from = Side::of(&object.pointer().upcast())?;
        return crate::copy::copy(&from, &Side::named(interface, to)?, &plan, &teller);
    }
    if flags & MAPI_MOVE != 0 {
        return Err(Error::no_support("properties are copied, not moved"));
    }
    teller.tell(0, 1)?;
    let problems = copy_own(&source, &held, what, replace)?;
    teller.finish();
    Ok(Outcome { problems, partial: false })
}

/// Whether the engine has both objects.
fn is_engine(from: &Target, to: &Ptr<IUnknown>) -> bool {
    match from {
        Target::Message(_) => to.object::<MessageObject>().is_some(),
        Target::Attachment(_) => to.object::<AttachObject>().is_some(),
        Target::Folder(_) => to.object::<FolderObject>().is_some(),
        Target::Properties(_) => {
            to.object::<PropDataObject>().is_some() || to.object::<SectionObject>().is_some()
        }
    }
}

fn copy_own(from: &Target, to: &Ptr<IUnknown>, what: &What, replace: bool) -> Result<Vec<Problem>> {
    match from {
        Target::Message(from) => {
            let to = own::<MessageObject>(to)?;
            copy_message(from, to.message(), what, replace)
        }
        Target::Attachment(from) => {
            let to = own::<AttachObject>(to)?;
            let Target::Attachment(to) = to.copied() else { return Err(other_kind()) };
            copy_attachment(from, &to, what, replace)
        }
        Target::Folder(from) => {
            let to = own::<FolderObject>(to)?;
            copy_folder(from, to.folder(), what, replace)
        }
        // Neither has named properties but a store, and no two stores are copied.
        Target::Properties(from) => {
            if let Some(to) = to.object::<PropDataObject>() {
                access::need(to.is_writable())?;
                return copy_props(&**from, to.source(), None, what, replace);
            }
            let to = own::<SectionObject>(to)?;
            copy_props(&**from, to.source(), None, what, replace)
        }
    }
}

fn own<T: PropObject + Object>(to: &Ptr<IUnknown>) -> Result<crate::com::Own<T>> {
    let own = to.object::<T>().ok_or_else(other_kind)?;
    access::need(own.is_writable())?;
    Ok(own)
}

fn other_kind() -> Error {
    Error::no_support("the destination is of another kind")
}

fn copy_message(from: &Message, to: &Message, what: &What, replace: bool) -> Result<Vec<Problem>> {
    let kept: Vec<PropTag> = match replace {
        true => Vec::new(),
        false => to.prop_list()?,
    };
    match what {
        What::AllBut(tags) => from.copy_to(to, &[&tags[..], &kept[..]].concat())?,
        What::Only(tags) => {
            let fresh = |tag: &&PropTag| kept.iter().all(|kept| kept.id() != tag.id());
            let tags: Vec<PropTag> = tags.iter().filter(fresh).copied().collect();
            if !tags.is_empty() {
                from.copy_props(to, &tags)?;
            }
        }
    }
    Ok(Vec::new())
}

fn copy_attachment(
    from: &Attachment,
    to: &Attachment,
    what: &What,
    replace: bool,
) -> Result<Vec<Problem>> {
    let names = Some((from.store(), to.store()));
    let problems = copy_props(from, to, names, what, replace)?;
    if from.method()? == AttachMethod::EmbeddedMessage && what.has(tags::ATTACH_DATA_OBJ) {
        to.set(tags::ATTACH_METHOD, AttachMethod::EmbeddedMessage.to_mapi())?;
        let message = to.create_embedded()?;
        from.embedded()?.copy_to(&message, &[])?;
        message.save()?;
    }
    Ok(problems)
}

fn copy_folder(from: &Folder, to: &Folder, what: &What, replace: bool) -> Result<Vec<Problem>> {
    let same = from.store().is_same_logon(&to.store());
    if same && from.id() == to.id() {
        return Err(Error::new(ErrorCode::NO_ACCESS, "a folder cannot be copied to itself"));
    }
    let mut above = Some(to.clone());
    while let Some(folder) = above.filter(|_| same && what.has(tags::CONTAINER_HIERARCHY)) {
        if folder.id() == from.id() {
            let sentence = "a folder cannot be copied into itself";
            return Err(Error::new(ErrorCode::FOLDER_CYCLE, sentence));
        }
        above = folder.parent()?;
    }
    let names = Some((from.store(), to.store()));
    let problems = copy_props(from, to, names, what, replace)?;
    let mut done = Completion::default();
    for (tag, which) in [
        (tags::CONTAINER_CONTENTS, Contents::Normal),
        (tags::FOLDER_ASSOCIATED_CONTENTS, Contents::Associated),
    ] {
        if what.has(tag) {
            let rows = from.message_rows(which, &[])?;
            let ids = rows.into_iter().map(|row| Ok(row?.id)).collect::<Result<Vec<_>>>()?;
            done.failed.extend(from.copy_messages(&ids, to)?.failed);
        }
    }
    if what.has(tags::CONTAINER_HIERARCHY) {
        let (folders, errors) = from.folders()?.into_parts();
        done.failed.extend(errors.into_iter().map(|error| (0, error)));
        for folder in &folders {
            done.failed.extend(from.copy_folder(folder, to, None, true)?.completion.failed);
        }
    }
    done.complete()?;
    Ok(problems)
}

/// Copies properties one by one. Named ones keep their names, large ones go as streams.
fn copy_props(
    from: &dyn Properties,
    to: &dyn Properties,
    stores: Option<(Store, Store)>,
    what: &What,
    replace: bool,
) -> Result<Vec<Problem>> {
    let kept = to.bag()?;
    let mut names = Names { stores, known: HashMap::new() };
    let (mut small, mut problems) = (Vec::new(), Vec::new());
    for prop in &from.bag()? {
        let skipped = prop.tag.prop_type() == PropType::OBJECT
            || matches!(prop.value, Value::Error(_) | Value::Object(_))
            || prop.value.is_empty_multi();
        if skipped || !what.has(prop.tag) {
            continue;
        }
        let Some(tag) = names.map(prop.tag)? else { continue };
        if !replace && kept.find(tag.id()).is_some() {
            continue;
        }
        if let Value::Large(..) = prop.value {
            if let Err(error) = to.set_stream(tag, from.open(prop.tag)?) {
                let (index, code) = (what.index(prop.tag), error.code());
                problems.push(Problem { index, tag: prop.tag, code });
            }
        } else {
            small.push((prop.tag, Prop { tag, value: prop.value.clone() }));
        }
    }
    let (old, new): (Vec<PropTag>, Vec<Prop>) = small.into_iter().unzip();
    if !new.is_empty() {
        for problem in to.set_props(&new)? {
            let tag = old[problem.index];
            // That the destination works out what is its own is harmless.
            problems.push(Problem { index: what.index(tag), tag, code: problem.code });
        }
    }
    Ok(problems)
}

/// The properties of an object of ours that is nothing but these, as an object of C: so that they
/// can be copied to whomever.
pub(super) struct Lent {
    source: Arc<dyn Properties>,
    names: Option<Store>,
    writable: bool,
    last: LastError,
}

impl Lent {
    pub(super) fn of<T: PropObject>(object: &T) -> Ptr<IMAPIProp> {
        Self {
            source: object.source().share(),
            names: object.names(),
            writable: object.is_writable(),
            last: LastError::default(),
        }
        .into_ptr()
    }
}

impl Object for Lent {
    type Main = IMAPIProp;
}

impl PropObject for Lent {
    fn last_error(&self) -> &LastError {
        &self.last
    }

    fn source(&self) -> &dyn Properties {
        &*self.source
    }

    fn is_writable(&self) -> bool {
        self.writable
    }

    fn names(&self) -> Option<Store> {
        self.names.clone()
    }

    fn save(&self, _flags: u32) -> Result<()> {
        Err(Error::no_support("only the object itself is saved"))
    }
}

/// The tags of one store in another.
struct Names {
    stores: Option<(Store, Store)>,
    known: HashMap<u16, Option<u16>>,
}

impl Names {
    fn map(&mut self, tag: PropTag) -> Result<Option<PropTag>> {
        let Some((from, to)) = self.stores.as_ref().filter(|_| tag.is_named()) else {
            return Ok(Some(tag));
        };
        if from.is_same_logon(to) {
            return Ok(Some(tag));
        }
        let id = match self.known.entry(tag.id()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let name = from.names_of(&[tag.id()])?.pop().flatten();
                *place.insert(match name {
                    Some(name) => to.ids_of(&[name], true)?.pop().flatten().map(PropTag::id),
                    None => None,
                })
            }
        };
        Ok(id.map(|id| PropTag::new(id, tag.prop_type())))
    }
}
