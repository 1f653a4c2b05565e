//! Restrictions: the filter tree of MAPI, and its evaluation.
//!
//! A [`Restriction`] is a tree; a [`Matcher`] is the same tree checked and prepared, which answers
//! for each [`Candidate`] whether it fits. Both mean the same everywhere: in a table, in a search
//! folder, in the index of a store.
//!
//! MAPI leaves some results undefined. Here they are:
//!
//! - A property that is missing, or that stands there as `PT_NULL` or as an error, satisfies
//!   nothing but a [`Restriction::Not`]: no relation (not even [`RelOp::Ne`]), no content, no
//!   bits, no size.
//! - Strings in relations compare as tables sort them, without regard to case
//!   ([`compare_text`](crate::prop::compare_text)); strings in contents compare as their
//!   [`FuzzyLevel`] says. The width of strings never matters.
//! - A multivalue property fits a single value if any of its values does, for every relation and
//!   for contents; against a multivalue it is compared as a whole.
//! - Types that do not fit each other are `MAPI_E_TOO_COMPLEX` when the restriction is set. Where
//!   they are known only later (`PT_UNSPECIFIED`), what cannot be compared satisfies nothing.

mod candidate;
pub(crate) mod codec;
mod compile;
mod display;
mod matcher;
mod operator;
mod pattern;
pub(crate) mod rule;
mod words;

pub use candidate::Candidate;
pub use matcher::{Counter, Matcher};
pub use operator::{FuzzyLevel, RelOp};
pub use words::Words;
pub(crate) use words::words;

use crate::prop::{PropTag, PropType, Value};
use crate::{Error, ErrorCode, Result};

/// A filter over the properties of one object (`SRestriction`).
///
/// Trees are as deep as their maker makes them; whoever reads one from outside must not go deeper
/// than [`Restriction::MAX_DEPTH`], the most that a [`Matcher`] takes: cloning and dropping walk
/// the tree on the stack.
#[derive(Clone, PartialEq, Debug)]
#[doc(alias = "SRestriction")]
#[non_exhaustive]
pub enum Restriction {
    /// All of them hold (`RES_AND`); true if there are none.
    And(Vec<Self>),
    /// One of them holds (`RES_OR`); false if there are none.
    Or(Vec<Self>),
    /// It does not hold (`RES_NOT`).
    Not(Box<Self>),
    /// The text or bytes of a property hold a pattern (`RES_CONTENT`).
    Content {
        /// The property that is looked at.
        tag: PropTag,
        /// How it is matched (`ulFuzzyLevel`).
        fuzzy: FuzzyLevel,
        /// The pattern.
        value: Value,
    },
    /// A property stands in a relation to a value (`RES_PROPERTY`).
    Property {
        /// The relation.
        op: RelOp,
        /// The property.
        tag: PropTag,
        /// The value on the right side.
        value: Value,
    },
    /// Two properties of the same object stand in a relation (`RES_COMPAREPROPS`).
    CompareProps {
        /// The relation.
        op: RelOp,
        /// The left side.
        left: PropTag,
        /// The right side.
        right: PropTag,
    },
    /// Bits of an integer are zero, or not all zero (`RES_BITMASK`).
    BitMask {
        /// The property.
        tag: PropTag,
        /// The bits.
        mask: u32,
        /// True for `BMR_NEZ`, false for `BMR_EQZ`.
        non_zero: bool,
    },
    /// The size of a property in bytes stands in a relation to a number (`RES_SIZE`). It is
    /// [`Value::size`]: without a terminating zero, all values of a multivalue together.
    Size {
        /// The relation.
        op: RelOp,
        /// The property.
        tag: PropTag,
        /// The size in bytes.
        size: u32,
    },
    /// The property is there (`RES_EXIST`).
    Exist {
        /// The property.
        tag: PropTag,
    },
    /// One of the recipients or attachments fits (`RES_SUBRESTRICTION`). They have none of their
    /// own.
    Sub {
        /// `PR_MESSAGE_RECIPIENTS` or `PR_MESSAGE_ATTACHMENTS`.
        subobject: PropTag,
        /// What it must fit.
        restriction: Box<Self>,
    },
    /// A restriction with remarks that do not change its result (`RES_COMMENT`).
    Comment {
        /// The remarks.
        props: Vec<(PropTag, Value)>,
        /// What is evaluated; without it the result is true.
        restriction: Option<Box<Self>>,
    },
    /// At most the first so many objects that fit (`RES_COUNT`): see [`Counter`].
    Count {
        /// How many.
        count: u32,
        /// What they must fit.
        restriction: Box<Self>,
    },
}

impl Restriction {
    /// How many levels a tree may have to be evaluated.
    pub const MAX_DEPTH: usize = 256;

    /// How many restrictions a tree may hold to be evaluated.
    pub const MAX_NODES: usize = 65_536;

    /// All of them hold.
    pub fn and(all: impl IntoIterator<Item = Self>) -> Self {
        Self::And(all.into_iter().collect())
    }

    /// One of them holds.
    pub fn or(any: impl IntoIterator<Item = Self>) -> Self {
        Self::Or(any.into_iter().collect())
    }

    /// It does not hold.
    #[expect(clippy::should_implement_trait, reason = "named as its siblings are")]
    pub fn not(inner: Self) -> Self {
        Self::Not(Box::new(inner))
    }

    /// A property stands in a relation to a value.
    pub fn property(tag: PropTag, op: RelOp, value: impl Into<Value>) -> Self {
        Self::Property { op, tag, value: value.into() }
    }

    /// A property equals a value; strings without regard to case.
    pub fn equals(tag: PropTag, value: impl Into<Value>) -> Self {
        Self::property(tag, RelOp::Eq, value)
    }

    /// A string property contains a text, without regard to case.
    pub fn contains(tag: PropTag, text: impl Into<Value>) -> Self {
        let fuzzy = FuzzyLevel::SUBSTRING | FuzzyLevel::IGNORE_CASE;
        Self::Content { tag, fuzzy, value: text.into() }
    }

    /// A property is there.
    pub fn exists(tag: PropTag) -> Self {
        Self::Exist { tag }
    }

    /// How many restrictions the tree holds, itself counted.
    pub fn node_count(&self) -> usize {
        self.walk().count()
    }

    /// The properties that a table has to fetch to evaluate it, each once; not those of
    /// recipients and attachments.
    pub fn columns(&self) -> Vec<PropTag> {
        let mut tags = Vec::new();
        for (_, node) in self.walk_where(|node| !matches!(node, Self::Sub { .. })) {
            tags.extend(node.tags().into_iter().flatten().map(without_instance));
        }
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// Whether the recipients or attachments are needed to evaluate it.
    pub fn needs_subobjects(&self) -> bool {
        self.walk().any(|(_, node)| matches!(node, Self::Sub { .. }))
    }

    /// Whether it is neither too deep nor too large to be evaluated.
    pub(crate) fn is_within_limits(&self) -> bool {
        self.check_limits().is_ok()
    }

    /// Refuses trees that are too deep or too large to be evaluated.
    fn check_limits(&self) -> Result<()> {
        let mut nodes = 0;
        for (depth, _) in self.walk() {
            nodes += 1;
            if depth > Self::MAX_DEPTH || nodes > Self::MAX_NODES {
                let message = format!(
                    "a restriction may hold {} restrictions in {} levels",
                    Self::MAX_NODES,
                    Self::MAX_DEPTH
                );
                return Err(Error::new(ErrorCode::TOO_COMPLEX, message));
            }
        }
        Ok(())
    }

    /// Puts other tags in the place of those that name properties, those of recipients,
    /// attachments, remarks and restrictions that are values as well. Only for trees that are
    /// [within the limits](Self::is_within_limits): it goes down on the stack.
    pub(crate) fn replace_tags(
        &mut self,
        other: &mut dyn FnMut(PropTag) -> Result<PropTag>,
    ) -> Result<()> {
        match self {
            Self::And(all) | Self::Or(all) => {
                all.iter_mut().try_for_each(|one| one.replace_tags(other))
            }
            Self::Not(inner)
            | Self::Sub { restriction: inner, .. }
            | Self::Count { restriction: inner, .. } => inner.replace_tags(other),
            Self::Comment { props, restriction } => {
                for (tag, value) in props {
                    *tag = other(*tag)?;
                    replace_in(value, other)?;
                }
                restriction.as_mut().map_or(Ok(()), |inner| inner.replace_tags(other))
            }
            Self::Content { tag, value, .. } | Self::Property { tag, value, .. } => {
                *tag = other(*tag)?;
                replace_in(value, other)
            }
            Self::BitMask { tag, .. } | Self::Size { tag, .. } | Self::Exist { tag } => {
                *tag = other(*tag)?;
                Ok(())
            }
            Self::CompareProps { left, right, .. } => {
                (*left, *right) = (other(*left)?, other(*right)?);
                Ok(())
            }
        }
    }

    fn tags(&self) -> [Option<PropTag>; 2] {
        match self {
            Self::Content { tag, .. }
            | Self::Property { tag, .. }
            | Self::BitMask { tag, .. }
            | Self::Size { tag, .. }
            | Self::Exist { tag } => [Some(*tag), None],
            Self::CompareProps { left, right, .. } => [Some(*left), Some(*right)],
            _ => [None, None],
        }
    }

    /// All restrictions of the tree, each with its level (the root has 1). Not on the stack, so
    /// that any depth is safe.
    fn walk(&self) -> impl Iterator<Item = (usize, &Self)> {
        self.walk_where(|_| true)
    }

    fn walk_where(&self, enter: impl Fn(&Self) -> bool) -> impl Iterator<Item = (usize, &Self)> {
        let mut open = vec![(1, self)];
        std::iter::from_fn(move || {
            let (depth, node) = open.pop()?;
            if enter(node) {
                open.extend(node.children().map(|child| (depth + 1, child)));
            }
            Some((depth, node))
        })
    }

    fn children(&self) -> impl Iterator<Item = &Self> {
        let (many, one): (&[Self], Option<&Self>) = match self {
            Self::And(all) | Self::Or(all) => (all, None),
            Self::Not(inner)
            | Self::Sub { restriction: inner, .. }
            | Self::Count { restriction: inner, .. } => (&[], Some(inner)),
            Self::Comment { restriction, .. } => (&[], restriction.as_deref()),
            _ => (&[], None),
        };
        many.iter().chain(one)
    }
}

fn replace_in(value: &mut Value, other: &mut dyn FnMut(PropTag) -> Result<PropTag>) -> Result<()> {
    match value {
        Value::Restriction(inner) => inner.replace_tags(other),
        _ => Ok(()),
    }
}

/// A restriction looks at the property, not at the instances into which a table may spread it
/// (`MV_INSTANCE`).
fn without_instance(tag: PropTag) -> PropTag {
    const MVI_FLAG: u16 = 0x3000;
    match tag.prop_type() {
        PropType(number) if number & MVI_FLAG == MVI_FLAG => {
            tag.with_type(PropType(number & !MVI_FLAG | PropType::MV_FLAG))
        }
        _ => tag,
    }
}
