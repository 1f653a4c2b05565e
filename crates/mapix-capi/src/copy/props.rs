//! Properties from one object to another: small values some at a time, long ones as streams.

use std::collections::HashSet;
use std::io::Read as _;

use mapix::prop::{CodePage, Prop, PropTag, PropType, Value, tags};
use mapix::{Error, ErrorCode, Problem, Result};

use super::names::Names;
use super::{OF_FOLDERS, OF_MESSAGES, Plan, What, is_final};
use crate::com::Ptr;
use crate::iface::IMAPIProp;
use crate::import::fill::{delete_values, is_own, set_values, write_stream};
use crate::import::objects::{Opened, get};
use crate::import::read::{Stream, all_tags, is_stored};
use crate::import::submission;
use crate::types::SPropProblem;

/// How many values are read at once. What is long is not among them.
const AT_ONCE: usize = 64;

/// What is read as a stream before it is asked for as a value.
const LONG: [PropTag; 4] = [tags::BODY, tags::HTML, tags::RTF_COMPRESSED, tags::ATTACH_DATA_BIN];

/// What each message, attachment and folder works out from what it holds; and what only says how
/// the session sends a message.
const WORKED_OUT: [PropTag; 12] = [
    tags::MESSAGE_SIZE,
    tags::HASATTACH,
    tags::DISPLAY_TO,
    tags::DISPLAY_CC,
    tags::DISPLAY_BCC,
    tags::ATTACH_SIZE,
    tags::ATTACH_NUM,
    tags::CONTENT_COUNT,
    tags::CONTENT_UNREAD,
    tags::ASSOC_CONTENT_COUNT,
    tags::SUBFOLDERS,
    submission::KEPT,
];

/// `MSGFLAG_UNMODIFIED`, `_SUBMIT`, `_HASATTACH`, `_ASSOCIATED`: how the source is, not the copy.
const OF_SOURCE: i32 = 0x2 | 0x4 | 0x10 | 0x40;

/// What stays behind.
pub(super) struct Leave<'a> {
    /// The destination makes no properties of its own.
    pub(super) bare: bool,
    /// Others that are copied in another way, or not.
    pub(super) ids: &'a [PropTag],
    /// What a source keeps that loses what was copied.
    pub(super) keeps: &'a [PropTag],
}

impl Leave<'_> {
    /// All but what each object makes itself is copied.
    pub(super) const OWN: Leave<'static> = Leave { bare: false, ids: &[], keeps: &[] };

    fn makes(&self, id: u16) -> bool {
        let worked_out = WORKED_OUT.iter().any(|tag| tag.id() == id);
        id == 0 || (!self.bare && (worked_out || !is_stored(id)))
    }
}

/// Copies properties. Gives what could not be read, not be set, or, where the source is to lose what
/// was copied, not be deleted there.
///
/// # Errors
/// Those of a source that gives nothing; `MAPI_E_NO_ACCESS` of a destination that takes nothing.
pub(super) fn copy(
    from: &Ptr<IMAPIProp>,
    to: &Ptr<IMAPIProp>,
    plan: &Plan<'_>,
    names: &mut Names,
    leave: &Leave<'_>,
) -> Result<Vec<Problem>> {
    let mut pair = Pair { from, to, plan, problems: Vec::new(), copied: Vec::new(), denied: 0 };
    let tags = pair.wanted(leave)?;
    names.learn(from, to, tags.iter().copied());
    let kept: HashSet<u16> = match plan.replace {
        true => HashSet::new(),
        false => all_tags(to)?.into_iter().map(PropTag::id).collect(),
    };
    let (mut usual, mut long) = (Vec::new(), Vec::new());
    for tag in tags {
        match names.map(tag) {
            Err(code) => pair.problem(tag, code),
            Ok(new) if kept.contains(&new.id()) => {}
            Ok(new) if is_long(tag) => long.push((tag, new)),
            Ok(new) => usual.push((tag, new)),
        }
    }
    for some in usual.chunks(AT_ONCE) {
        pair.values(some)?;
    }
    for (old, new) in long {
        pair.stream(old, new)?;
    }
    if pair.denied > 0 && pair.copied.is_empty() {
        return Err(Error::new(ErrorCode::NO_ACCESS, "the destination cannot be changed"));
    }
    if plan.remove {
        pair.copied.retain(|tag| leave.keeps.iter().all(|kept| kept.id() != tag.id()));
        pair.remove()?;
    }
    Ok(pair.problems)
}

fn is_long(tag: PropTag) -> bool {
    tag.prop_type() == PropType::OBJECT || LONG.iter().any(|long| long.id() == tag.id())
}

struct Pair<'a> {
    from: &'a Ptr<IMAPIProp>,
    to: &'a Ptr<IMAPIProp>,
    plan: &'a Plan<'a>,
    problems: Vec<Problem>,
    /// The tags, in the source, of what was copied.
    copied: Vec<PropTag>,
    /// How many calls were refused as a whole with `MAPI_E_NO_ACCESS`.
    denied: usize,
}

impl Pair<'_> {
    fn problem(&mut self, tag: PropTag, code: ErrorCode) {
        self.problems.push(self.plan.problem(tag, code));
    }

    /// The tags that are to be copied. Who asks by name for what the destination makes is told.
    fn wanted(&mut self, leave: &Leave<'_>) -> Result<Vec<PropTag>> {
        if let What::Only(wanted) = self.plan.what {
            let stands_for = |tag: &PropTag| {
                OF_MESSAGES.iter().chain(&OF_FOLDERS).any(|part| part.id() == tag.id())
            };
            let made = wanted.iter().filter(|tag| leave.makes(tag.id()) && !stands_for(tag));
            for tag in made.copied() {
                self.problem(tag, ErrorCode::COMPUTED);
            }
        }
        let mut tags = all_tags(self.from)?;
        let is_wanted = |tag: &PropTag| {
            let left =
                leave.makes(tag.id()) || leave.ids.iter().any(|other| other.id() == tag.id());
            !left && self.plan.what.has(*tag) && tag.prop_type() != PropType::ERROR
        };
        tags.retain(is_wanted);
        Ok(tags)
    }

    /// Some properties, under their tags here and there; one by one if the source gives nothing
    /// for all at once.
    fn values(&mut self, some: &[(PropTag, PropTag)]) -> Result<()> {
        let asked: Vec<PropTag> = some.iter().map(|pair| pair.0).collect();
        let found = match get(self.from, &asked) {
            Ok(found) => found,
            Err(error) if is_final(&error) => return Err(error),
            Err(_) if some.len() > 1 => {
                return some.iter().try_for_each(|one| self.values(std::slice::from_ref(one)));
            }
            Err(error) => {
                self.problem(asked[0], error.code());
                return Ok(());
            }
        };
        let mut batch = Vec::with_capacity(some.len());
        for ((old, new), prop) in some.iter().copied().zip(found) {
            match prop.value {
                Value::Null | Value::Error(ErrorCode::NOT_FOUND) => {}
                Value::Error(ErrorCode::NOT_ENOUGH_MEMORY | ErrorCode::TOO_BIG)
                | Value::Object(_) => self.stream(old, new)?,
                Value::Error(code) => self.problem(old, code),
                value if value.is_empty_multi() => {}
                Value::I32(flags) if old.id() == tags::MESSAGE_FLAGS.id() => {
                    batch.push((old, Prop { tag: new, value: Value::I32(flags & !OF_SOURCE) }));
                }
                value => {
                    let tag = new.with_type(prop.tag.prop_type());
                    batch.push((old, Prop { tag, value }));
                }
            }
        }
        self.set(&batch)
    }

    /// Sets all at once; one by one if the destination refuses them as a whole, so that the good
    /// ones are not lost with the bad.
    fn set(&mut self, batch: &[(PropTag, Prop)]) -> Result<()> {
        let values: Vec<&Prop> = batch.iter().map(|pair| &pair.1).collect();
        match set_values(self.to, &values) {
            Ok(problems) => return self.note(batch, &problems),
            Err(error) if is_final(&error) => return Err(error),
            Err(_) if batch.len() > 1 => {
                for one in batch {
                    self.set(std::slice::from_ref(one))?;
                }
            }
            Err(error) => {
                self.denied += usize::from(error.code() == ErrorCode::NO_ACCESS);
                return self.refused(&batch[0], error.code());
            }
        }
        Ok(())
    }

    fn note(&mut self, batch: &[(PropTag, Prop)], problems: &[SPropProblem]) -> Result<()> {
        let mut bad = HashSet::new();
        for problem in problems {
            let (id, code) = (PropTag(problem.ulPropTag).id(), problem.scode.code());
            let is_it = |at: &usize| batch.get(*at).is_some_and(|pair| pair.1.tag.id() == id);
            // The tag tells where the place does not.
            let at = Some(problem.ulIndex as usize).filter(is_it);
            match at.or_else(|| batch.iter().position(|pair| pair.1.tag.id() == id)) {
                Some(at) if bad.insert(at) => self.refused(&batch[at], code)?,
                Some(_) => {}
                None => self.problem(PropTag(problem.ulPropTag), code),
            }
        }
        let good = batch.iter().enumerate().filter(|(at, _)| !bad.contains(at));
        self.copied.extend(good.map(|(_, pair)| pair.0));
        Ok(())
    }

    /// A value that was refused. Text goes once more in 8 bits where 16 are not understood.
    fn refused(&mut self, (old, prop): &(PropTag, Prop), code: ErrorCode) -> Result<()> {
        if code == ErrorCode::BAD_CHARWIDTH
            && let Some(narrow) = narrow(prop)
        {
            return self.set(&[(*old, narrow)]);
        }
        self.problem(*old, code);
        Ok(())
    }

    fn stream(&mut self, old: PropTag, new: PropTag) -> Result<()> {
        match transfer(self.from, self.to, old, new) {
            Ok(true) => self.copied.push(old),
            Ok(false) => {}
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => self.problem(old, error.code()),
        }
        Ok(())
    }

    /// Deletes in the source what was copied.
    fn remove(&mut self) -> Result<()> {
        match delete_values(self.from, &self.copied) {
            Ok(problems) => {
                for problem in problems {
                    let (tag, code) = (PropTag(problem.ulPropTag), problem.scode.code());
                    // What an object makes itself it has again.
                    if code != ErrorCode::COMPUTED && !is_own(tag, code) {
                        self.problem(tag, code);
                    }
                }
            }
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => {
                for tag in std::mem::take(&mut self.copied) {
                    self.problem(tag, error.code());
                }
            }
        }
        Ok(())
    }
}

/// Copies one long property. Gives whether it is there at all.
///
/// # Errors
/// Those of either side. What was written of it is deleted again.
pub(super) fn transfer(
    from: &Ptr<IMAPIProp>,
    to: &Ptr<IMAPIProp>,
    old: PropTag,
    new: PropTag,
) -> Result<bool> {
    let opened = Opened { prop: from.clone(), above: Vec::new() };
    let mut stream = match Stream::open(&opened, old) {
        Ok(stream) => stream,
        Err(error) => return whole(from, to, old, new, error),
    };
    let mut written = write_stream(to, new, &mut stream);
    if written.as_ref().is_err_and(|error| error.code() == ErrorCode::BAD_CHARWIDTH) {
        drop(stream);
        written = write_narrow(&opened, to, old, new);
    }
    match written {
        Ok(()) => Ok(true),
        Err(error) => {
            // Half a value would be taken for a whole one.
            let _ = delete_values(to, &[new]);
            Err(error)
        }
    }
}

/// The same text in 8 bits; `None` for what is none of 16.
pub(super) fn narrow(prop: &Prop) -> Option<Prop> {
    let kind = match prop.tag.prop_type() {
        PropType::UNICODE => PropType::STRING8,
        PropType::MV_UNICODE => PropType::MV_STRING8,
        _ => return None,
    };
    let value = prop.value.clone().coerce(kind).ok()?;
    Some(Prop { tag: prop.tag.with_type(kind), value })
}

/// A long text for a destination that has only such of 8 bits: in one piece, as its characters do
/// not end where pieces do.
fn write_narrow(from: &Opened, to: &Ptr<IMAPIProp>, old: PropTag, new: PropTag) -> Result<()> {
    let refused = || Error::new(ErrorCode::BAD_CHARWIDTH, "the text is not taken");
    let mut bytes = Vec::new();
    Stream::open(from, old)?.read_to_end(&mut bytes)?;
    let value = Value::from_bytes(old.prop_type(), &bytes, CodePage::UTF8);
    let prop = narrow(&Prop { tag: new, value }).ok_or_else(refused)?;
    let text = prop.value.as_text().ok_or_else(refused)?;
    write_stream(to, prop.tag, &mut text.as_bytes())
}

/// A property without a stream, by its value.
fn whole(
    from: &Ptr<IMAPIProp>,
    to: &Ptr<IMAPIProp>,
    old: PropTag,
    new: PropTag,
    no_stream: Error,
) -> Result<bool> {
    let Some(found) = get(from, &[old])?.into_iter().next() else { return Ok(false) };
    match found.value {
        Value::Null | Value::Error(ErrorCode::NOT_FOUND) => Ok(false),
        Value::Error(_) | Value::Object(_) => Err(no_stream),
        value => {
            let prop = Prop { tag: new.with_type(found.tag.prop_type()), value };
            let set = match set_one(to, &prop) {
                Err(error) if error.code() == ErrorCode::BAD_CHARWIDTH => {
                    narrow(&prop).map_or(Err(error), |narrow| set_one(to, &narrow))
                }
                set => set,
            };
            set.map(|()| true)
        }
    }
}

fn set_one(to: &Ptr<IMAPIProp>, prop: &Prop) -> Result<()> {
    match set_values(to, &[prop])?.first() {
        Some(problem) => Err(Error::new(problem.scode.code(), "a value is not taken")),
        None => Ok(()),
    }
}
