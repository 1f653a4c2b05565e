//! Restrictions checked once and evaluated often.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::candidate::Candidate;
use super::compile::{Node, compile};
use super::{Restriction, without_instance};
use crate::prop::{PropTag, PropType, Value, compare_values};
use crate::{Error, ErrorCode, Result};

/// A restriction that has been checked and prepared.
///
/// ```
/// # use mapix_core::prop::{PropBag, tags};
/// # use mapix_core::restriction::{Matcher, RelOp, Restriction};
/// let mut message = PropBag::new();
/// message.set(tags::SUBJECT, "The Quarterly Report");
/// message.set(tags::MESSAGE_SIZE, 4711);
/// let matcher = Matcher::new(&Restriction::and([
///     Restriction::contains(tags::SUBJECT, "report"),
///     Restriction::property(tags::MESSAGE_SIZE, RelOp::Gt, 1000),
/// ]))?;
/// assert!(matcher.matches(&message)?);
/// # Ok::<(), mapix_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Matcher {
    root: Node,
    /// The limit of each [`Restriction::Count`].
    limits: Vec<u32>,
}

/// How often each [`Restriction::Count`] of one restriction may still match, in one pass over a
/// table or a search.
///
/// A count is used up whenever the restriction under it holds, in the order of the candidates;
/// from then on it is false. That is a property of the pass, not of a candidate: hence it is the
/// table or the search that keeps the counter, one for each pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counter {
    left: Vec<u32>,
    /// Whether the whole restriction is one count, which then comes first.
    at_root: bool,
}

impl Matcher {
    /// Larger values are not loaded, except for the content of binary ones, which is read in
    /// pieces: evaluating them is `MAPI_E_TOO_BIG`.
    pub const MAX_LOAD: u64 = 256 << 20;

    /// Checks a restriction and prepares it.
    ///
    /// # Errors
    /// `MAPI_E_TOO_COMPLEX` if it is deeper or larger than [`Restriction::MAX_DEPTH`] and
    /// [`Restriction::MAX_NODES`] allow, if types do not fit each other, and for what nobody
    /// supports: regular expressions, members of lists, recipients of recipients.
    pub fn new(restriction: &Restriction) -> Result<Self> {
        restriction.check_limits()?;
        let mut limits = Vec::new();
        let root = compile(restriction, false, &mut limits)?;
        Ok(Self { root, limits })
    }

    /// A counter for one pass.
    pub fn counter(&self) -> Counter {
        let at_root = matches!(self.root, Node::Count { .. });
        Counter { left: self.limits.clone(), at_root }
    }

    /// Whether there is a [`Restriction::Count`] in it.
    pub(crate) fn counts(&self) -> bool {
        !self.limits.is_empty()
    }

    /// Whether a candidate fits; a [`Restriction::Count`] does not limit anything.
    ///
    /// # Errors
    /// Those of the candidate, and `MAPI_E_TOO_BIG` for values above [`Matcher::MAX_LOAD`].
    pub fn matches(&self, candidate: &dyn Candidate) -> Result<bool> {
        Pass { left: None }.holds(&self.root, candidate)
    }

    /// Whether a candidate fits, as the next one of a pass.
    ///
    /// # Errors
    /// Those of [`Matcher::matches`], and `MAPI_E_INVALID_PARAMETER` for the counter of another
    /// restriction.
    pub fn matches_next(&self, counter: &mut Counter, candidate: &dyn Candidate) -> Result<bool> {
        if counter.left.len() != self.limits.len() {
            return Err(Error::invalid_parameter("the counter is that of another restriction"));
        }
        Pass { left: Some(&mut counter.left) }.holds(&self.root, candidate)
    }
}

impl Counter {
    /// Whether nothing can match any more, so that the pass may end. Only known where the whole
    /// restriction is one [`Restriction::Count`]; else false.
    pub fn is_spent(&self) -> bool {
        self.at_root && self.left.first() == Some(&0)
    }
}

struct Pass<'a> {
    left: Option<&'a mut Vec<u32>>,
}

impl Pass<'_> {
    /// Not deeper than [`Restriction::MAX_DEPTH`].
    fn holds(&mut self, node: &Node, candidate: &dyn Candidate) -> Result<bool> {
        match node {
            Node::All(nodes) => {
                for node in nodes {
                    if !self.holds(node, candidate)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Node::Any(nodes) => {
                for node in nodes {
                    if self.holds(node, candidate)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Node::Not(inner) => Ok(!self.holds(inner, candidate)?),
            Node::Count { index, inner } => {
                if self.left.as_ref().is_some_and(|left| left[*index] == 0) {
                    return Ok(false);
                }
                let holds = self.holds(inner, candidate)?;
                if let Some(left) = self.left.as_mut().filter(|_| holds) {
                    left[*index] = left[*index].saturating_sub(1);
                }
                Ok(holds)
            }
            Node::Sub { subobject, inner } => {
                let mut found = false;
                candidate.subobjects(*subobject, &mut |row| {
                    found = found || self.holds(inner, row)?;
                    Ok(if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
                })?;
                Ok(found)
            }
            leaf => leaf_holds(leaf, candidate),
        }
    }
}

fn leaf_holds(node: &Node, candidate: &dyn Candidate) -> Result<bool> {
    Ok(match node {
        Node::Exist(tag) => at_hand(candidate, *tag)?.is_some(),
        Node::Bits { tag, mask, non_zero } => {
            let value = whole(candidate, *tag)?;
            value.and_then(|value| bits(&value)).is_some_and(|bits| (bits & mask != 0) == *non_zero)
        }
        Node::Size { op, tag, size } => {
            let value = match at_hand(candidate, *tag)? {
                Some(value) if value.as_error().is_some() => whole(candidate, *tag)?,
                value => value,
            };
            value.is_some_and(|value| op.holds(value.size().cmp(&u64::from(*size))))
        }
        Node::Relation { op, tag, value } => whole(candidate, *tag)?.is_some_and(|found| {
            let holds =
                |found: &Value| compare_values(found, value).is_some_and(|order| op.holds(order));
            if value.multi_len().is_some() {
                holds(&found)
            } else {
                found.each().any(|v| holds(&v))
            }
        }),
        Node::Compare { op, left, right } => {
            // A missing one makes it false, so that the other need not be loaded.
            if at_hand(candidate, *left)?.is_none() || at_hand(candidate, *right)?.is_none() {
                return Ok(false);
            }
            match (whole(candidate, *left)?, whole(candidate, *right)?) {
                (Some(left), Some(right)) => {
                    compare_values(&left, &right).is_some_and(|order| op.holds(order))
                }
                _ => false,
            }
        }
        Node::Text { tag, pattern } => {
            if let Some(text) = candidate.text(without_instance(*tag)) {
                return Ok(pattern.matches(text));
            }
            match whole(candidate, *tag)?.as_deref() {
                Some(Value::MvUnicode(texts)) => texts.iter().any(|text| pattern.matches(text)),
                Some(Value::MvString8(texts)) => {
                    texts.iter().any(|text| pattern.matches(&text.decode()))
                }
                Some(value) => value.as_text().is_some_and(|text| pattern.matches(&text)),
                None => false,
            }
        }
        Node::Bytes { tag, pattern } => {
            if let Some(Value::Large(PropType::BINARY, _)) = at_hand(candidate, *tag)?.as_deref() {
                return pattern.matches_stream(candidate.open(without_instance(*tag))?);
            }
            match whole(candidate, *tag)?.as_deref() {
                Some(Value::Binary(bytes)) => pattern.matches(bytes),
                Some(Value::MvBinary(many)) => many.iter().any(|bytes| pattern.matches(bytes)),
                _ => false,
            }
        }
        // The others are not leaves.
        _ => false,
    })
}

/// What is there, perhaps as [`Value::Large`] or the error that stands for that.
fn at_hand(candidate: &dyn Candidate, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
    let value = candidate.value(without_instance(tag))?;
    Ok(value.filter(|value| is_there(value)))
}

/// What is there, loaded if need be.
fn whole(candidate: &dyn Candidate, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
    let value = at_hand(candidate, tag)?;
    match value.as_deref() {
        Some(Value::Large(_, size)) if *size > Matcher::MAX_LOAD => {
            Err(Error::new(ErrorCode::TOO_BIG, format!("{tag} has {size} bytes")))
        }
        Some(Value::Large(..) | Value::Error(_)) => {
            let value = candidate.load(without_instance(tag))?;
            Ok(Some(Cow::Owned(value)).filter(|value| is_there(value)))
        }
        _ => Ok(value),
    }
}

fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Error(code) => *code == ErrorCode::NOT_ENOUGH_MEMORY,
        _ => true,
    }
}

/// An integer as bits: a negative one of 16 bits has no more of them.
fn bits(value: &Value) -> Option<u32> {
    match value {
        Value::I16(value) => Some(u32::from(*value as u16)),
        Value::I32(value) => Some(*value as u32),
        Value::I64(value) => Some(*value as u32),
        _ => None,
    }
}
