//! What is set in an object of a provider's: properties, streams, recipients, attachments.
//!
//! A message is changed in the open object and is the store's only with `SaveChanges`; so are its
//! attachments, and what is embedded in them, which are saved into it.

use std::collections::HashSet;
use std::io::Read;

use mapix::prop::{CodePage, Prop, PropBag, PropTag, PropType, Value, tags};
use mapix::store::{AttachmentChange, AttachmentUpdate, MessageRef, MessageUpdate, StreamUpdate};
use mapix::{Context, Error, ErrorCode, Result};

use super::call::{Block, ask, done, object};
use super::objects::{CREATE, MODIFY, attachment, embedded};
use super::parts::{attachment_numbers, recipients};
use super::read::{is_stored, list, property_stream};
use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::convert::write_prop;
use crate::iface::{IAttach, IMAPIProp, IMessage};
use crate::memory::Buffer;
use crate::types::{
    ADRENTRY, ADRLIST, SPropProblem, SPropProblemArray, SPropTagArray, SPropValue, ULARGE_INTEGER,
};

/// `STGM_READWRITE`.
const READ_WRITE: u32 = 2;
const MODRECIP_REMOVE: u32 = 8;
/// How many numbers of attachments are passed over to get the one that is wanted.
const TRIES: u32 = 64;

/// What a provider may say that it makes itself.
const COMPUTED: [PropTag; 14] = [
    tags::MESSAGE_FLAGS,
    tags::MESSAGE_SIZE,
    tags::HASATTACH,
    tags::DISPLAY_TO,
    tags::DISPLAY_CC,
    tags::DISPLAY_BCC,
    tags::CREATION_TIME,
    tags::LAST_MODIFICATION_TIME,
    tags::NORMALIZED_SUBJECT,
    tags::SUBJECT_PREFIX,
    tags::SEARCH_KEY,
    tags::CHANGE_KEY,
    tags::ATTACH_SIZE,
    tags::RTF_IN_SYNC,
];

/// Refuses values that do not fit their tags.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER`.
pub(super) fn check(bag: &PropBag) -> Result<()> {
    for prop in bag {
        let placeholder = matches!(prop.value, Value::Error(_) | Value::Large(..));
        if placeholder || prop.value.prop_type() != prop.tag.prop_type() {
            return Err(refused(prop.tag));
        }
    }
    Ok(())
}

fn refused(tag: PropTag) -> Error {
    Error::invalid_parameter("the value cannot be set under this tag").context(tag)
}

/// Looks at all that a message shall hold before any of it is set.
pub(super) fn check_message(update: &MessageUpdate, depth: usize) -> Result<()> {
    if depth > MessageRef::MAX_DEPTH {
        return Err(Error::new(ErrorCode::TOO_COMPLEX, "messages are embedded too deep"));
    }
    check(&update.set)?;
    check_streams(&update.streams)?;
    let mut numbers = HashSet::new();
    for recipient in update.recipients.iter().flatten() {
        check(recipient)?;
        if !recipient.i32(tags::ROWID).is_some_and(|number| numbers.insert(number)) {
            return Err(Error::invalid_parameter("each recipient has a PR_ROWID of its own"));
        }
    }
    for change in &update.attachments {
        let AttachmentChange::Put(number, update) = change else { continue };
        let place = || format!("attachment {number}");
        check(&update.set).context(place)?;
        check_streams(&update.streams).context(place)?;
        if let Some(inside) = &update.embedded {
            check_message(inside, depth + 1).context(place)?;
        }
    }
    Ok(())
}

fn check_streams(streams: &[StreamUpdate]) -> Result<()> {
    for stream in streams {
        let kind = stream.tag.prop_type();
        let fixed = kind.fixed_size().is_some() || kind.is_multi();
        if fixed || matches!(kind, PropType::UNSPECIFIED | PropType::RESTRICTION) {
            return Err(refused(stream.tag));
        }
    }
    Ok(())
}

/// Deletes, then sets. Gives the tags of what the provider makes itself.
pub(super) fn set_and_delete(
    prop: &Ptr<IMAPIProp>,
    set: &PropBag,
    delete: &[u16],
) -> Result<Vec<PropTag>> {
    if !delete.is_empty() {
        let there = list(prop)?.into_iter().filter(|tag| delete.contains(&tag.id()));
        let there: Vec<PropTag> = there.filter(|tag| set.find(tag.id()).is_none()).collect();
        delete_props(prop, &there)?;
    }
    let wanted: Vec<&Prop> = set.iter().filter(|prop| is_stored(prop.tag.id())).collect();
    set_props(prop, &wanted)
}

fn delete_props(prop: &Ptr<IMAPIProp>, tags: &[PropTag]) -> Result<()> {
    judge(&delete_values(prop, tags)?).map(drop)
}

/// `DeleteProps`. Gives the problems with single properties.
pub(crate) fn delete_values(prop: &Ptr<IMAPIProp>, tags: &[PropTag]) -> Result<Vec<SPropProblem>> {
    if tags.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<u32> =
        std::iter::once(tags.len() as u32).chain(tags.iter().map(|tag| tag.0)).collect();
    let mut raw = std::ptr::null_mut();
    // SAFETY: the object is alive; the array has as many tags as it says.
    let result = unsafe {
        let tags = In::from_raw(numbers.as_ptr().cast::<SPropTagArray>());
        prop.DeleteProps(tags, Out::new(&mut raw))
    };
    let problems = problems(raw)?;
    ask(prop, result, "IMAPIProp::DeleteProps")?;
    Ok(problems)
}

fn set_props(prop: &Ptr<IMAPIProp>, wanted: &[&Prop]) -> Result<Vec<PropTag>> {
    let is_object = |one: &&&Prop| matches!(one.value, Value::Object(_));
    let (objects, values): (Vec<&Prop>, Vec<&Prop>) = wanted.iter().partition(is_object);
    let left = judge(&set_values(prop, &values)?)?;
    for one in objects {
        if let Value::Object(bytes) = &one.value {
            write_stream(prop, one.tag, &mut &bytes[..])?;
        }
    }
    Ok(left)
}

/// `SetProps`. Gives the problems with single values, by their places.
///
/// # Errors
/// Those of the call; `MAPI_E_TYPE_NO_SUPPORT` for a value that has no form in C.
pub(crate) fn set_values(prop: &Ptr<IMAPIProp>, values: &[&Prop]) -> Result<Vec<SPropProblem>> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let buffer = Buffer::for_many::<SPropValue>(values.len(), Buffer::USUAL_ROOM)?;
    for (index, one) in values.iter().enumerate() {
        let value = write_prop(&buffer, *one)?;
        if PropTag(value.ulPropTag).prop_type() != one.tag.prop_type() {
            let sentence = "a value of this type cannot be handed to a provider";
            return Err(Error::new(ErrorCode::TYPE_NO_SUPPORT, sentence).context(one.tag));
        }
        buffer.put(index, value);
    }
    let count = values.len() as u32;
    let values = Block::take(buffer.into_raw::<SPropValue>())?;
    let mut raw = std::ptr::null_mut();
    // SAFETY: the object is alive; there are so many values.
    let result = unsafe { prop.SetProps(count, values.to_in(), Out::new(&mut raw)) };
    let problems = problems(raw)?;
    ask(prop, result, "IMAPIProp::SetProps")?;
    Ok(problems)
}

/// The problems of a call, if it gave some.
fn problems(raw: *mut SPropProblemArray) -> Result<Vec<SPropProblem>> {
    if raw.is_null() {
        return Ok(Vec::new());
    }
    let block = Block::take(raw)?;
    let count = block.bytes(4)?.first_chunk().map_or(0, |count| u32::from_ne_bytes(*count));
    let start = std::mem::offset_of!(SPropProblemArray, aProblem);
    let size = (count as usize).saturating_mul(size_of::<SPropProblem>()) + start;
    if !block.reaches(size) {
        let sentence = "the provider gave fewer problems than it says";
        return Err(Error::new(ErrorCode::CALL_FAILED, sentence));
    }
    Ok(block.to_in().behind::<SPropProblem>(start).many(count)?.to_vec())
}

/// Whether a provider says with this code that it makes the property itself.
pub(crate) fn is_own(tag: PropTag, code: ErrorCode) -> bool {
    COMPUTED.iter().any(|computed| computed.id() == tag.id())
        && matches!(code, ErrorCode::COMPUTED | ErrorCode::NO_ACCESS)
}

/// A problem is an error, unless it is with something that providers make themselves.
fn judge(problems: &[SPropProblem]) -> Result<Vec<PropTag>> {
    let mut left = Vec::new();
    for problem in problems {
        let (tag, code) = (PropTag(problem.ulPropTag), problem.scode.code());
        if !is_own(tag, code) {
            return Err(Error::new(code, "the provider does not take the value").context(tag));
        }
        left.push(tag);
    }
    Ok(left)
}

/// Writes the bytes of a property.
pub(crate) fn write_stream(
    prop: &Ptr<IMAPIProp>,
    tag: PropTag,
    source: &mut dyn Read,
) -> Result<()> {
    let stream = match property_stream(prop, tag, READ_WRITE, CREATE | MODIFY) {
        Ok(stream) => stream,
        Err(error)
            if matches!(
                error.code(),
                ErrorCode::NO_SUPPORT | ErrorCode::INTERFACE_NOT_SUPPORTED
            ) && tag.prop_type() != PropType::OBJECT =>
        {
            // Without streams, a value is set whole.
            let mut bytes = Vec::new();
            source.read_to_end(&mut bytes)?;
            let value = Value::from_bytes(tag.prop_type(), &bytes, CodePage::UTF8);
            return set_props(prop, &[&Prop { tag, value }]).map(drop);
        }
        Err(error) => return Err(error),
    };
    // SAFETY: the stream is alive, here and below.
    let emptied = unsafe { stream.SetSize(ULARGE_INTEGER { QuadPart: 0 }) };
    done(emptied, "IStream::SetSize")?;
    let mut chunk = vec![0; 64 << 10];
    loop {
        let size = match source.read(&mut chunk) {
            Ok(size) => size,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        if size == 0 {
            break;
        }
        let mut at = 0;
        while at < size {
            let mut written = 0;
            let rest = &chunk[at..size];
            // SAFETY: so many bytes are there.
            let result = unsafe {
                stream.Write(In::from_raw(rest.as_ptr()), rest.len() as u32, Out::new(&mut written))
            };
            done(result, "IStream::Write")?;
            if written == 0 || written as usize > rest.len() {
                let sentence = "IStream::Write did not write what it was given";
                return Err(Error::new(ErrorCode::CALL_FAILED, sentence));
            }
            at += written as usize;
        }
    }
    // SAFETY: as above.
    let committed = unsafe { stream.Commit(0) };
    // Streams of messages need not know a commit of their own.
    match done(committed, "IStream::Commit") {
        Err(error) if error.code() == ErrorCode::NO_SUPPORT => Ok(()),
        result => result,
    }
}

/// Sets all that a message shall hold. Gives the tags of what the provider makes itself.
pub(super) fn fill(message: &Ptr<IMessage>, update: MessageUpdate) -> Result<Vec<PropTag>> {
    // Of copies its own store tells, if anybody.
    let MessageUpdate { set, streams, delete, recipients, attachments, copy_of: _ } = update;
    let left = set_and_delete(message, &set, &delete)?;
    write_streams(message, streams)?;
    if let Some(recipients) = recipients {
        set_recipients(message, &recipients)?;
    }
    for change in attachments {
        match change {
            AttachmentChange::Delete(number) => delete_attachment(message, number)?,
            AttachmentChange::Put(number, update) => {
                put_attachment(message, number, *update)
                    .context(|| format!("attachment {number}"))?;
            }
        }
    }
    Ok(left)
}

fn write_streams(prop: &Ptr<IMAPIProp>, streams: Vec<StreamUpdate>) -> Result<()> {
    for mut stream in streams {
        write_stream(prop, stream.tag, &mut stream.data).context(|| stream.tag)?;
    }
    Ok(())
}

/// All recipients anew.
pub(crate) fn set_recipients(message: &Ptr<IMessage>, wanted: &[PropBag]) -> Result<()> {
    let (flags, old);
    let wanted = if wanted.is_empty() {
        // An empty list that replaces all is not everywhere understood: those that there are go.
        old = recipients(message)?
            .into_iter()
            .map(|row| row.map(|(_, bag)| bag))
            .collect::<Result<Vec<_>>>()?;
        flags = MODRECIP_REMOVE;
        &old[..]
    } else {
        flags = 0;
        wanted
    };
    if wanted.is_empty() {
        return Ok(());
    }
    let start = std::mem::offset_of!(ADRLIST, aEntries);
    let size = start + wanted.len() * size_of::<ADRENTRY>();
    let buffer = Buffer::new(size, Buffer::USUAL_ROOM)?;
    buffer.write(0, wanted.len() as u32);
    for (index, recipient) in wanted.iter().enumerate() {
        let props: Vec<Prop> = recipient.iter().cloned().collect();
        let entry = ADRENTRY {
            ulReserved1: 0,
            cValues: props.len() as u32,
            rgPropVals: crate::convert::write_props(&buffer, &props)?,
        };
        buffer.write(start + index * size_of::<ADRENTRY>(), entry);
    }
    let list = Block::take(buffer.into_raw::<ADRLIST>())?;
    // SAFETY: the message is alive, and the list as it says.
    let result = unsafe { message.ModifyRecipients(flags, list.to_in()) };
    let prop: &Ptr<IMAPIProp> = message;
    ask(prop, result, "IMessage::ModifyRecipients")
}

fn delete_attachment(message: &Ptr<IMessage>, number: u32) -> Result<()> {
    let there = attachment_numbers(message)?.into_iter().flatten().any(|found| found == number);
    if !there {
        return Ok(());
    }
    // SAFETY: the message is alive.
    let result = unsafe { message.DeleteAttach(number, 0, In::null(), 0) };
    let prop: &Ptr<IMAPIProp> = message;
    ask(prop, result, "IMessage::DeleteAttach")
}

fn put_attachment(message: &Ptr<IMessage>, number: u32, update: AttachmentUpdate) -> Result<()> {
    let there = attachment_numbers(message)?.into_iter().flatten().any(|found| found == number);
    let attach = if there {
        attachment(message, number, MODIFY)?
    } else {
        create_attachment(message, number)?
    };
    let AttachmentUpdate { mut set, streams, delete, embedded: inside } = update;
    set.remove(tags::ATTACH_NUM.id());
    set_and_delete(&attach, &set, &delete)?;
    write_streams(&attach, streams)?;
    if let Some(inside) = inside {
        let opened = match embedded(&attach, MODIFY) {
            Err(error) if error.code() == ErrorCode::NOT_FOUND => {
                embedded(&attach, CREATE | MODIFY)?
            }
            opened => opened?,
        };
        fill(&opened, *inside)?;
        save(&opened, 0)?;
    }
    save(&attach, 0)
}

/// Makes an attachment with this number. Providers number attachments themselves, upwards.
fn create_attachment(message: &Ptr<IMessage>, wanted: u32) -> Result<Ptr<IAttach>> {
    let mut passed = Vec::new();
    let prop: &Ptr<IMAPIProp> = message;
    let found = loop {
        let (mut number, mut raw) = (0, std::ptr::null_mut());
        // SAFETY: the message is alive.
        let result = unsafe {
            message.CreateAttach(In::null(), 0, Out::new(&mut number), Out::new(&mut raw))
        };
        ask(prop, result, "IMessage::CreateAttach")?;
        let made: Ptr<IAttach> = object(raw, "IMessage::CreateAttach")?;
        if number == wanted {
            break Ok(made);
        }
        drop(made);
        passed.push(number);
        if number > wanted || passed.len() as u32 >= TRIES {
            let sentence = format!("the provider gives the number {number} in place of {wanted}");
            break Err(Error::no_support(sentence));
        }
    };
    for number in passed {
        // One that was never saved may be gone already.
        // SAFETY: the message is alive.
        let _ = unsafe { message.DeleteAttach(number, 0, In::null(), 0) };
    }
    found
}

/// `SaveChanges`, with the object open for more.
pub(crate) fn save(prop: &Ptr<IMAPIProp>, flags: u32) -> Result<()> {
    const KEEP_OPEN_READWRITE: u32 = 2;
    // SAFETY: the object is alive.
    let result = unsafe { prop.SaveChanges(flags | KEEP_OPEN_READWRITE) };
    ask(prop, result, "IMAPIProp::SaveChanges")
}
