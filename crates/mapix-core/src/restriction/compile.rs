//! From a restriction to what is evaluated: types checked, patterns prepared, cheap tests first.

use super::operator::too_complex;
use super::pattern::{BytesPattern, TextPattern};
use super::{FuzzyLevel, RelOp, Restriction, without_instance};
use crate::Result;
use crate::prop::{PropTag, PropType, Value, tags};

/// A restriction ready to be evaluated.
#[derive(Debug)]
pub(super) enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Text {
        tag: PropTag,
        pattern: TextPattern,
    },
    Bytes {
        tag: PropTag,
        pattern: BytesPattern,
    },
    Relation {
        op: RelOp,
        tag: PropTag,
        value: Value,
    },
    Compare {
        op: RelOp,
        left: PropTag,
        right: PropTag,
    },
    Bits {
        tag: PropTag,
        mask: u32,
        non_zero: bool,
    },
    Size {
        op: RelOp,
        tag: PropTag,
        size: u32,
    },
    Exist(PropTag),
    Sub {
        subobject: PropTag,
        inner: Box<Self>,
    },
    /// `index` is its place in the counter.
    Count {
        index: usize,
        inner: Box<Self>,
    },
}

/// The depth of the tree has been checked.
pub(super) fn compile(
    restriction: &Restriction,
    in_subobject: bool,
    limits: &mut Vec<u32>,
) -> Result<Node> {
    let mut inner = |restriction: &Restriction, in_subobject: bool| {
        compile(restriction, in_subobject, limits).map(Box::new)
    };
    Ok(match restriction {
        Restriction::And(all) => Node::All(compile_all(all, in_subobject, limits)?),
        Restriction::Or(any) => Node::Any(compile_all(any, in_subobject, limits)?),
        Restriction::Not(not) => Node::Not(inner(not, in_subobject)?),
        Restriction::Content { tag, fuzzy, value } => content(*tag, *fuzzy, value)?,
        Restriction::Property { op, tag, value } => relation(op.check()?, *tag, value)?,
        Restriction::CompareProps { op, left, right } => {
            let types = [*left, *right].map(|tag| without_instance(tag).prop_type());
            if !types.contains(&PropType::UNSPECIFIED) && types[0].is_multi() != types[1].is_multi()
            {
                return Err(too_complex(format!("{left} and {right} cannot be compared")));
            }
            check_types(*left, types[1])?;
            Node::Compare { op: op.check()?, left: *left, right: *right }
        }
        Restriction::BitMask { tag, mask, non_zero } => match tag.prop_type() {
            PropType::I16 | PropType::I32 | PropType::I64 | PropType::UNSPECIFIED => {
                Node::Bits { tag: *tag, mask: *mask, non_zero: *non_zero }
            }
            _ => return Err(too_complex(format!("{tag} has no bits to be tested"))),
        },
        Restriction::Size { op, tag, size } => {
            Node::Size { op: op.check()?, tag: *tag, size: *size }
        }
        Restriction::Exist { tag } => Node::Exist(*tag),
        Restriction::Sub { .. } if in_subobject => {
            return Err(too_complex("recipients and attachments have none of their own"));
        }
        Restriction::Sub { subobject, restriction } => match *subobject {
            tags::MESSAGE_RECIPIENTS | tags::MESSAGE_ATTACHMENTS => {
                Node::Sub { subobject: *subobject, inner: inner(restriction, true)? }
            }
            other => return Err(too_complex(format!("{other} is no table of subobjects"))),
        },
        Restriction::Comment { restriction: None, .. } => Node::All(Vec::new()),
        Restriction::Comment { restriction: Some(restriction), .. } => {
            *inner(restriction, in_subobject)?
        }
        Restriction::Count { count, restriction } => {
            let index = limits.len();
            limits.push(*count);
            Node::Count { index, inner: Box::new(compile(restriction, in_subobject, limits)?) }
        }
    })
}

/// Cheap ones first, which changes nothing unless they count.
fn compile_all(
    restrictions: &[Restriction],
    in_subobject: bool,
    limits: &mut Vec<u32>,
) -> Result<Vec<Node>> {
    let counts = limits.len();
    let nodes = restrictions.iter().map(|one| compile(one, in_subobject, limits));
    let mut nodes = nodes.collect::<Result<Vec<_>>>()?;
    if limits.len() == counts {
        nodes.sort_by_cached_key(cost);
    }
    Ok(nodes)
}

/// Numbers, then text that may have to be loaded, then other objects.
fn cost(node: &Node) -> u8 {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().map(cost).max().unwrap_or(0),
        Node::Not(inner) | Node::Count { inner, .. } => cost(inner),
        Node::Text { .. } | Node::Bytes { .. } => 1,
        Node::Sub { .. } => 2,
        _ => 0,
    }
}

fn content(tag: PropTag, fuzzy: FuzzyLevel, value: &Value) -> Result<Node> {
    check_types(tag, value.prop_type())?;
    if let Value::Binary(bytes) = value {
        return Ok(Node::Bytes { tag, pattern: BytesPattern::new(fuzzy, bytes)? });
    }
    let text = value
        .as_text()
        .ok_or_else(|| too_complex(format!("{} is neither text nor bytes", value.prop_type())))?;
    Ok(Node::Text { tag, pattern: TextPattern::new(fuzzy, &text)? })
}

fn relation(op: RelOp, tag: PropTag, value: &Value) -> Result<Node> {
    check_types(tag, value.prop_type())?;
    let comparable = match value {
        Value::Raw(..) => value.as_text().is_some(),
        Value::Null
        | Value::Error(_)
        | Value::Object(_)
        | Value::Restriction(_)
        | Value::Actions(_)
        | Value::Large(..) => false,
        _ => true,
    };
    if !comparable {
        return Err(too_complex(format!("a value of {} has no relations", value.prop_type())));
    }
    Ok(Node::Relation { op, tag, value: value.clone() })
}

/// A tag and the type on the right side: the same, strings of either width, a multivalue and one
/// value. `PT_UNSPECIFIED` goes with all.
fn check_types(tag: PropTag, right: PropType) -> Result<()> {
    let left = without_instance(tag).prop_type();
    let strings = left.single().is_string() && right.single().is_string();
    let same = strings || left.single() == right.single();
    let fits = same && (left.is_multi() || !right.is_multi());
    if fits || left == PropType::UNSPECIFIED || right == PropType::UNSPECIFIED {
        return Ok(());
    }
    Err(too_complex(format!("{tag} is {left} and cannot be compared with {right}")))
}
