//! Messages and attachments: what is in them beside their properties.

use mapix::prop::{Prop, PropBag, PropTag, tags};
use mapix::store::MessageRef;
use mapix::{Error, ErrorCode, Problem, Result};

use super::names::Names;
use super::props::{self, Leave, transfer};
use super::{Outcome, Plan, Steps, What, is_final};
use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::iface::{IAttach, IMAPIProp, IMessage};
use crate::import::call::{ask, object};
use crate::import::fill::{is_own, save, set_recipients};
use crate::import::objects::{CREATE, MODIFY, attachment, embedded, get};
use crate::import::parts::{attachment_numbers, recipients};

const ATTACH_EMBEDDED_MSG: i32 = 5;
const ATTACH_OLE: i32 = 6;

/// What belongs to the row of a recipient in its table.
const OF_ROW: [PropTag; 4] =
    [tags::INSTANCE_KEY, tags::STORE_ENTRYID, tags::STORE_RECORD_KEY, tags::MAPPING_SIGNATURE];

/// Copies what a message holds to another one, which is not saved by this.
///
/// # Errors
/// `MAPI_E_TOO_COMPLEX` if messages are embedded too deep, and those of [`props::copy`].
pub(super) fn copy(
    from: &Ptr<IMessage>,
    to: &Ptr<IMessage>,
    plan: &Plan<'_>,
    names: &mut Names,
    depth: usize,
    steps: Option<&mut Steps<'_>>,
) -> Result<Outcome> {
    if depth > MessageRef::MAX_DEPTH {
        return Err(Error::new(ErrorCode::TOO_COMPLEX, "messages are embedded too deep"));
    }
    let problems = props::copy(from, to, plan, names, &Leave::OWN)?;
    let mut outcome = Outcome { problems, partial: false };
    if plan.what.has(tags::MESSAGE_RECIPIENTS) {
        match copy_recipients(from, to, plan, names) {
            Ok(None) => {}
            Ok(Some(code)) => outcome.inside(plan, tags::MESSAGE_RECIPIENTS, code),
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => outcome.inside(plan, tags::MESSAGE_RECIPIENTS, error.code()),
        }
    }
    if plan.what.has(tags::MESSAGE_ATTACHMENTS) {
        match copy_attachments((from, to), plan, names, depth, steps, &mut outcome) {
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => outcome.inside(plan, tags::MESSAGE_ATTACHMENTS, error.code()),
            Ok(()) => {}
        }
    }
    Ok(outcome)
}

/// Whether a problem is with something that matters, in an object that is to be copied whole: the
/// destination may make properties itself.
pub(super) fn matters(problem: &Problem) -> bool {
    problem.code != ErrorCode::COMPUTED && !is_own(problem.tag, problem.code)
}

/// The first of the problems that matters, as an error.
pub(super) fn complete(outcome: &Outcome) -> Result<()> {
    match outcome.problems.iter().find(|problem| matters(problem)) {
        Some(problem) => {
            let sentence = format!("{} cannot be copied", problem.tag);
            Err(Error::new(problem.code, sentence))
        }
        None => Ok(()),
    }
}

/// All recipients in the place of those that are there. Gives why some of what is known of them
/// was left out.
fn copy_recipients(
    from: &Ptr<IMessage>,
    to: &Ptr<IMessage>,
    plan: &Plan<'_>,
    names: &mut Names,
) -> Result<Option<ErrorCode>> {
    if !plan.replace && !recipients(to)?.is_empty() {
        return Ok(None);
    }
    let (mut left, mut all) = (None, Vec::new());
    for row in recipients(from)? {
        match row {
            Ok((_, row)) => all.push(row),
            Err(error) => left = Some(error.code()),
        }
    }
    names.learn(from, to, all.iter().flatten().map(|prop| prop.tag));
    let mut copies = Vec::with_capacity(all.len());
    for row in all {
        let mut copy = PropBag::new();
        for prop in &row {
            let id = prop.tag.id();
            if id == 0 || OF_ROW.iter().any(|tag| tag.id() == id) {
                continue;
            }
            match names.map(prop.tag) {
                Ok(tag) => copy.set(tag, prop.value.clone()),
                Err(code) => left = Some(code),
            }
        }
        copies.push(copy);
    }
    match set_recipients(to, &copies) {
        Err(error) if error.code() == ErrorCode::BAD_CHARWIDTH => {
            let narrow = |prop: &Prop| props::narrow(prop).unwrap_or_else(|| prop.clone());
            let all = copies.iter().map(|row| row.iter().map(narrow).collect());
            set_recipients(to, &all.collect::<Vec<PropBag>>())?;
        }
        set => set?,
    }
    if plan.remove && left.is_none() {
        set_recipients(from, &[])?;
    }
    Ok(left)
}

/// All attachments. Those that are in the way go when the new ones are there.
fn copy_attachments(
    (from, to): (&Ptr<IMessage>, &Ptr<IMessage>),
    plan: &Plan<'_>,
    names: &mut Names,
    depth: usize,
    mut steps: Option<&mut Steps<'_>>,
    outcome: &mut Outcome,
) -> Result<()> {
    let old = attachment_numbers(to)?;
    if !plan.replace && !old.is_empty() {
        return Ok(());
    }
    let numbers = attachment_numbers(from)?;
    if let Some(steps) = &mut steps {
        steps.expect(numbers.len());
        steps.advance()?;
    }
    let (mut copied, count) = (Vec::new(), numbers.len());
    for number in numbers {
        let done = number.and_then(|number| {
            copy_numbered((from, to), number, names, depth)?;
            Ok(number)
        });
        match done {
            Ok(number) => copied.push(number),
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => outcome.inside(plan, tags::MESSAGE_ATTACHMENTS, error.code()),
        }
        if let Some(steps) = &mut steps {
            steps.advance()?;
        }
    }
    if count > 0 && copied.len() == count {
        old.into_iter().try_for_each(|number| delete(to, number?))?;
    }
    if plan.remove {
        copied.into_iter().try_for_each(|number| delete(from, number))?;
    }
    Ok(())
}

/// One attachment, whole or not at all.
fn copy_numbered(
    (from, to): (&Ptr<IMessage>, &Ptr<IMessage>),
    number: u32,
    names: &mut Names,
    depth: usize,
) -> Result<()> {
    let source = attachment(from, number, 0)?;
    let (made, copy) = create(to)?;
    let all = What::everything();
    let plan = Plan { what: &all, replace: true, remove: false };
    let done = copy_attachment(&source, &copy, &plan, names, depth)
        .and_then(|outcome| complete(&outcome))
        .and_then(|()| save(&copy, 0));
    drop(copy);
    if done.is_err() {
        // What was never saved may be gone already.
        let _ = delete(to, made);
    }
    done
}

fn create(message: &Ptr<IMessage>) -> Result<(u32, Ptr<IAttach>)> {
    let (mut number, mut raw) = (0, std::ptr::null_mut());
    // SAFETY: the message is alive.
    let result =
        unsafe { message.CreateAttach(In::null(), 0, Out::new(&mut number), Out::new(&mut raw)) };
    let prop: &Ptr<IMAPIProp> = message;
    ask(prop, result, "IMessage::CreateAttach")?;
    Ok((number, object(raw, "IMessage::CreateAttach")?))
}

fn delete(message: &Ptr<IMessage>, number: u32) -> Result<()> {
    // SAFETY: the message is alive.
    let result = unsafe { message.DeleteAttach(number, 0, In::null(), 0) };
    let prop: &Ptr<IMAPIProp> = message;
    ask(prop, result, "IMessage::DeleteAttach")
}

/// Copies what an attachment holds to another one, which is not saved by this.
///
/// # Errors
/// As [`copy`].
pub(super) fn copy_attachment(
    from: &Ptr<IAttach>,
    to: &Ptr<IAttach>,
    plan: &Plan<'_>,
    names: &mut Names,
    depth: usize,
) -> Result<Outcome> {
    // Data is bytes or an object, under one ID.
    let leave = Leave { ids: &[tags::ATTACH_DATA_OBJ], ..Leave::OWN };
    let problems = props::copy(from, to, plan, names, &leave)?;
    let mut outcome = Outcome { problems, partial: false };
    if plan.what.has(tags::ATTACH_DATA_OBJ) {
        match copy_data(from, to, plan, names, depth) {
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => outcome.inside(plan, tags::ATTACH_DATA_OBJ, error.code()),
            Ok(()) => {}
        }
    }
    Ok(outcome)
}

/// The bytes, the object or the message in an attachment.
fn copy_data(
    from: &Ptr<IAttach>,
    to: &Ptr<IAttach>,
    plan: &Plan<'_>,
    names: &mut Names,
    depth: usize,
) -> Result<()> {
    let method = get(from, &[tags::ATTACH_METHOD])?.first().and_then(|prop| prop.value.as_i32());
    if method == Some(ATTACH_EMBEDDED_MSG) {
        if !plan.replace && embedded(to, 0).is_ok() {
            return Ok(());
        }
        return copy_embedded(from, to, names, depth);
    }
    let bytes = tags::ATTACH_DATA_BIN;
    let kept = |tag| -> Result<bool> {
        let found = get(to, &[tag])?;
        let code = found.first().and_then(|prop| prop.value.as_error());
        Ok(!plan.replace && code != Some(ErrorCode::NOT_FOUND))
    };
    if kept(bytes)? {
        return Ok(());
    }
    let object = tags::ATTACH_DATA_OBJ;
    // A storage is an object, whose bytes can be had as well.
    if method == Some(ATTACH_OLE) && transfer(from, to, object, object).is_ok_and(|there| there) {
        return Ok(());
    }
    transfer(from, to, bytes, bytes).map(drop)
}

fn copy_embedded(
    from: &Ptr<IAttach>,
    to: &Ptr<IAttach>,
    names: &mut Names,
    depth: usize,
) -> Result<()> {
    let source = embedded(from, 0)?;
    let copied = embedded(to, CREATE | MODIFY)?;
    let all = What::everything();
    let plan = Plan { what: &all, replace: true, remove: false };
    complete(&copy(&source, &copied, &plan, names, depth + 1, None)?)?;
    save(&copied, 0)
}
