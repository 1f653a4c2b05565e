//! Restrictions.

use mapix::prop::{PropTag, Value};
use mapix::restriction::{FuzzyLevel, RelOp, Restriction};
use mapix::{Error, ErrorCode, Result};

use super::value::{prop, value_room, write_value};
use crate::arg::In;
use crate::memory::Buffer;
use crate::types::{
    Plain, SAndRestriction, SBitMaskRestriction, SCommentRestriction, SComparePropsRestriction,
    SContentRestriction, SCountRestriction, SExistRestriction, SNotRestriction, SPropValue,
    SPropertyRestriction, SRestriction, SRestrictionUnion, SSizeRestriction, SSubRestriction,
};

const RES_AND: u32 = 0;
const RES_OR: u32 = 1;
const RES_NOT: u32 = 2;
const RES_CONTENT: u32 = 3;
const RES_PROPERTY: u32 = 4;
const RES_COMPAREPROPS: u32 = 5;
const RES_BITMASK: u32 = 6;
const RES_SIZE: u32 = 7;
const RES_EXIST: u32 = 8;
const RES_SUBRESTRICTION: u32 = 9;
const RES_COMMENT: u32 = 10;
const RES_COUNT: u32 = 11;
const RES_ANNOTATION: u32 = 12;
/// `BMR_NEZ`.
const BMR_NEZ: u32 = 1;

/// Reads a restriction that came in.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` for what is not there or not defined, `MAPI_E_TOO_COMPLEX` for trees
/// that are too deep or too large to be evaluated.
pub fn read_restriction(root: In<'_, SRestriction>) -> Result<Restriction> {
    read(root, 0, &mut 0)
}

/// The member of the union that `rt` says.
macro_rules! member {
    ($node:expr, $field:ident) => {
        // SAFETY: which member is good is the caller's word; all of them are numbers and pointers.
        unsafe { $node.need()?.res.$field }
    };
}

fn read(node: In<'_, SRestriction>, depth: usize, count: &mut usize) -> Result<Restriction> {
    *count += 1;
    if depth >= Restriction::MAX_DEPTH || *count > Restriction::MAX_NODES {
        return Err(Error::new(ErrorCode::TOO_COMPLEX, "the restriction is too deep or too large"));
    }
    let mut list = |all: SAndRestriction| {
        let nodes = node.inner(|_| all.lpRes.cast_const()).each(all.cRes)?;
        nodes.map(|node| read(node, depth + 1, count)).collect::<Result<Vec<_>>>()
    };
    Ok(match node.need()?.rt {
        RES_AND => Restriction::And(list(member!(node, resAnd))?),
        RES_OR => Restriction::Or(list(member!(node, resAnd))?),
        RES_NOT => {
            let inner = member!(node, resNot).lpRes.cast_const();
            Restriction::Not(Box::new(read(node.inner(|_| inner), depth + 1, count)?))
        }
        RES_CONTENT => {
            let content = member!(node, resContent);
            Restriction::Content {
                tag: PropTag(content.ulPropTag),
                fuzzy: FuzzyLevel(content.ulFuzzyLevel),
                value: prop(node.inner(|_| content.lpProp.cast_const()))?.value,
            }
        }
        RES_PROPERTY => {
            let property = member!(node, resProperty);
            Restriction::Property {
                op: RelOp::from_mapi(property.relop)?,
                tag: PropTag(property.ulPropTag),
                value: prop(node.inner(|_| property.lpProp.cast_const()))?.value,
            }
        }
        RES_COMPAREPROPS => {
            let both = member!(node, resCompareProps);
            Restriction::CompareProps {
                op: RelOp::from_mapi(both.relop)?,
                left: PropTag(both.ulPropTag1),
                right: PropTag(both.ulPropTag2),
            }
        }
        RES_BITMASK => {
            let bits = member!(node, resBitMask);
            if bits.relBMR > BMR_NEZ {
                return Err(unknown(bits.relBMR));
            }
            Restriction::BitMask {
                tag: PropTag(bits.ulPropTag),
                mask: bits.ulMask,
                non_zero: bits.relBMR == BMR_NEZ,
            }
        }
        RES_SIZE => {
            let size = member!(node, resSize);
            Restriction::Size {
                op: RelOp::from_mapi(size.relop)?,
                tag: PropTag(size.ulPropTag),
                size: size.cb,
            }
        }
        RES_EXIST => Restriction::Exist { tag: PropTag(member!(node, resExist).ulPropTag) },
        RES_SUBRESTRICTION => {
            let sub = member!(node, resSub);
            let inner = read(node.inner(|_| sub.lpRes.cast_const()), depth + 1, count)?;
            Restriction::Sub { subobject: PropTag(sub.ulSubObject), restriction: Box::new(inner) }
        }
        RES_COMMENT | RES_ANNOTATION => {
            let comment = member!(node, resComment);
            let props = node.inner(|_| comment.lpProp.cast_const());
            let props = super::value::props(comment.cValues, props)?;
            let inner = node.inner(|_| comment.lpRes.cast_const());
            let inner = match inner.is_null() {
                true => None,
                false => Some(Box::new(read(inner, depth + 1, count)?)),
            };
            Restriction::Comment {
                props: props.into_iter().map(|prop| (prop.tag, prop.value)).collect(),
                restriction: inner,
            }
        }
        RES_COUNT => {
            let limit = member!(node, resCount);
            let inner = read(node.inner(|_| limit.lpRes.cast_const()), depth + 1, count)?;
            Restriction::Count { count: limit.ulCount, restriction: Box::new(inner) }
        }
        other => return Err(unknown(other)),
    })
}

fn unknown(number: u32) -> Error {
    Error::invalid_parameter(format!("a restriction has the number {number}, which is none"))
}

/// Gives a restriction as a buffer.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`, `MAPI_E_TOO_COMPLEX`.
pub fn give_restriction(root: &Restriction) -> Result<*mut SRestriction> {
    let buffer = Buffer::for_one::<SRestriction>(restriction_room(root))?;
    buffer.put(0, write(&buffer, root, 0)?);
    Ok(buffer.into_raw())
}

/// Chains a restriction.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`, `MAPI_E_TOO_COMPLEX`.
pub fn write_restriction(buffer: &Buffer, root: &Restriction) -> Result<*mut SRestriction> {
    buffer.copy(&[write(buffer, root, 0)?])
}

fn write(buffer: &Buffer, node: &Restriction, depth: usize) -> Result<SRestriction> {
    if depth >= Restriction::MAX_DEPTH {
        return Err(Error::new(ErrorCode::TOO_COMPLEX, "the restriction is too deep"));
    }
    let one = |node: &Restriction| buffer.copy(&[write(buffer, node, depth + 1)?]);
    let value = |tag: &PropTag, value: &Value| -> Result<*mut SPropValue> {
        buffer.copy(&[write_value(buffer, tag.with_type(value.prop_type()), value)?])
    };
    let list = |nodes: &[Restriction]| -> Result<SRestrictionUnion> {
        let target = buffer.slice::<SRestriction>(nodes.len())?;
        for (place, node) in target.iter_mut().zip(nodes) {
            *place = write(buffer, node, depth + 1)?;
        }
        let resAnd = SAndRestriction { cRes: nodes.len() as u32, lpRes: target.as_mut_ptr() };
        Ok(SRestrictionUnion { resAnd })
    };
    // The union is cleared first, so that no byte of it is left to chance.
    let mut res = SRestrictionUnion::zeroed();
    let rt = match node {
        Restriction::And(nodes) => {
            res = list(nodes)?;
            RES_AND
        }
        Restriction::Or(nodes) => {
            res = list(nodes)?;
            RES_OR
        }
        Restriction::Not(inner) => {
            res.resNot = SNotRestriction { ulReserved: 0, lpRes: one(inner)? };
            RES_NOT
        }
        Restriction::Content { tag, fuzzy, value: pattern } => {
            res.resContent = SContentRestriction {
                ulFuzzyLevel: fuzzy.0,
                ulPropTag: tag.0,
                lpProp: value(tag, pattern)?,
            };
            RES_CONTENT
        }
        Restriction::Property { op, tag, value: right } => {
            res.resProperty = SPropertyRestriction {
                relop: op.to_mapi(),
                ulPropTag: tag.0,
                lpProp: value(tag, right)?,
            };
            RES_PROPERTY
        }
        Restriction::CompareProps { op, left, right } => {
            res.resCompareProps = SComparePropsRestriction {
                relop: op.to_mapi(),
                ulPropTag1: left.0,
                ulPropTag2: right.0,
            };
            RES_COMPAREPROPS
        }
        Restriction::BitMask { tag, mask, non_zero } => {
            res.resBitMask =
                SBitMaskRestriction { relBMR: (*non_zero).into(), ulPropTag: tag.0, ulMask: *mask };
            RES_BITMASK
        }
        Restriction::Size { op, tag, size } => {
            res.resSize = SSizeRestriction { relop: op.to_mapi(), ulPropTag: tag.0, cb: *size };
            RES_SIZE
        }
        Restriction::Exist { tag } => {
            res.resExist = SExistRestriction { ulReserved1: 0, ulPropTag: tag.0, ulReserved2: 0 };
            RES_EXIST
        }
        Restriction::Sub { subobject, restriction } => {
            res.resSub = SSubRestriction { ulSubObject: subobject.0, lpRes: one(restriction)? };
            RES_SUBRESTRICTION
        }
        Restriction::Comment { props, restriction } => {
            let target = buffer.slice::<SPropValue>(props.len())?;
            for (place, (tag, value)) in target.iter_mut().zip(props) {
                *place = write_value(buffer, *tag, value)?;
            }
            let lpRes = match restriction {
                Some(inner) => one(inner)?,
                None => std::ptr::null_mut(),
            };
            let cValues = props.len() as u32;
            res.resComment = SCommentRestriction { cValues, lpRes, lpProp: target.as_mut_ptr() };
            RES_COMMENT
        }
        Restriction::Count { count, restriction } => {
            res.resCount = SCountRestriction { ulCount: *count, lpRes: one(restriction)? };
            RES_COUNT
        }
        _ => return Err(Error::new(ErrorCode::TOO_COMPLEX, "C has no form of this restriction")),
    };
    Ok(SRestriction { rt, res })
}

/// How much room a restriction needs.
pub fn restriction_room(root: &Restriction) -> usize {
    let values = |node: &Restriction| match node {
        Restriction::Content { value, .. } | Restriction::Property { value, .. } => {
            value_room(value)
        }
        _ => 0,
    };
    // Each node takes 32 bytes, and most have a value of 24.
    root.node_count() * 64 + values(root)
}
