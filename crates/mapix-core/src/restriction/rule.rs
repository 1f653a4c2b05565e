//! Conditions of extended rules (MS-OXORULE 2.2.4): a restriction, and before it the names of the named
//! properties in it, as their IDs mean something in one store only.
//!
//! ```text
//! condition   names restriction
//! names       count:u16 (id:u16){count} (size:u32 name{count})?       the rest only if there are any
//! name        kind:u8 set:guid number:u32                              kind 0
//!             kind:u8 set:guid size:u8 text with a zero, in UTF-16     kind 1
//! ```

use super::Restriction;
use super::operator::too_complex;
use crate::prop::{CodePage, Guid, NameKind, PropName, PropTag, PropType, Value};
use crate::{Error, ErrorCode, Result};

/// IDs from here on are those of named properties.
pub(crate) const FIRST_NAMED: u16 = 0x8000;

impl Restriction {
    /// The bytes of a condition of an extended rule (`PR_EXTENDED_RULE_MSG_CONDITION`). `names` tells
    /// the names of IDs, one for each. Narrow text becomes wide: a condition has no other.
    ///
    /// # Errors
    /// Those of [`to_bytes`](Self::to_bytes) and of `names`; `MAPI_E_TOO_COMPLEX` for names that are
    /// longer than 126 characters.
    #[doc(alias = "HrSerializeSRestriction")]
    pub fn to_rule(&self, names: impl FnOnce(&[u16]) -> Result<Vec<PropName>>) -> Result<Vec<u8>> {
        self.check_limits()?;
        let mut wide = self.clone();
        wide.widen();
        let mut ids = Vec::new();
        wide.replace_tags(&mut |tag| {
            if tag.id() >= FIRST_NAMED && !ids.contains(&tag.id()) {
                ids.push(tag.id());
            }
            Ok(tag)
        })?;
        let mut bytes = write_names(&ids, names)?;
        bytes.extend(wide.to_bytes(CodePage::UTF8)?);
        Ok(bytes)
    }

    /// Reads what [`to_rule`](Self::to_rule) writes. `ids` tells the IDs that names have now, one for
    /// each; no name stands there twice.
    ///
    /// # Errors
    /// Those of [`from_bytes`](Self::from_bytes) and of `ids`; `MAPI_E_CORRUPT_DATA` for names that are
    /// none, and for a named property that has no name there.
    #[doc(alias = "HrDeserializeSRestriction")]
    pub fn from_rule(
        bytes: &[u8],
        ids: impl FnOnce(&[PropName]) -> Result<Vec<u16>>,
    ) -> Result<Self> {
        let (known, names, rest) = read_names(bytes)?;
        let mut restriction = Self::from_bytes(rest, CodePage::UTF8)?;
        // What it names is looked for only when all of it could be read.
        let now = ids_now(&names, ids)?;
        restriction.replace_tags(&mut |tag| renamed(tag, &known, &now))?;
        Ok(restriction)
    }

    /// Narrow text becomes wide, in tags and in values.
    fn widen(&mut self) {
        match self {
            Self::And(all) | Self::Or(all) => all.iter_mut().for_each(Self::widen),
            Self::Not(inner)
            | Self::Sub { restriction: inner, .. }
            | Self::Count { restriction: inner, .. } => inner.widen(),
            Self::Comment { props, restriction } => {
                props.iter_mut().for_each(|(tag, value)| widen_both(tag, value));
                restriction.iter_mut().for_each(|inner| inner.widen());
            }
            Self::Content { tag, value, .. } | Self::Property { tag, value, .. } => {
                widen_both(tag, value);
            }
            Self::BitMask { tag, .. } | Self::Size { tag, .. } | Self::Exist { tag } => {
                widen_tag(tag);
            }
            Self::CompareProps { left, right, .. } => {
                widen_tag(left);
                widen_tag(right);
            }
        }
    }
}

/// The IDs that names have now.
pub(crate) fn ids_now(
    names: &[PropName],
    ids: impl FnOnce(&[PropName]) -> Result<Vec<u16>>,
) -> Result<Vec<u16>> {
    let now = if names.is_empty() { Vec::new() } else { ids(names)? };
    if now.len() != names.len() {
        return Err(Error::new(ErrorCode::CALL_FAILED, "not every name has an ID"));
    }
    Ok(now)
}

/// A tag with the ID that its name has now.
pub(crate) fn renamed(tag: PropTag, known: &[u16], now: &[u16]) -> Result<PropTag> {
    if tag.id() < FIRST_NAMED {
        return Ok(tag);
    }
    let at = known.iter().position(|id| *id == tag.id()).and_then(|at| now.get(at));
    let id = at.ok_or_else(|| corrupt(format!("{tag} has no name")))?;
    Ok(PropTag::new(*id, tag.prop_type()))
}

fn widen_tag(tag: &mut PropTag) {
    *tag = match tag.prop_type() {
        PropType::STRING8 => tag.with_type(PropType::UNICODE),
        PropType::MV_STRING8 => tag.with_type(PropType::MV_UNICODE),
        _ => *tag,
    };
}

pub(crate) fn widen_both(tag: &mut PropTag, value: &mut Value) {
    widen_tag(tag);
    match value {
        Value::String8(text) => *value = Value::Unicode(text.decode().into()),
        Value::MvString8(all) => {
            *value = Value::MvUnicode(all.iter().map(|text| text.decode().into()).collect());
        }
        Value::Restriction(inner) => inner.widen(),
        _ => {}
    }
}

pub(crate) fn write_names(
    ids: &[u16],
    names: impl FnOnce(&[u16]) -> Result<Vec<PropName>>,
) -> Result<Vec<u8>> {
    let count = u16::try_from(ids.len()).map_err(|_| too_complex("there are too many names"))?;
    let mut bytes = count.to_le_bytes().to_vec();
    if ids.is_empty() {
        return Ok(bytes);
    }
    let names = names(ids)?;
    if names.len() != ids.len() {
        return Err(Error::new(ErrorCode::CALL_FAILED, "not every ID has a name"));
    }
    bytes.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
    let mut all = Vec::new();
    for PropName { set, kind } in &names {
        all.push(u8::from(matches!(kind, NameKind::Name(_))));
        all.extend(set.0);
        match kind {
            NameKind::Id(number) => all.extend(number.to_le_bytes()),
            NameKind::Name(name) => {
                let units: Vec<u8> =
                    name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
                let size = u8::try_from(units.len());
                all.push(size.map_err(|_| too_complex("the name of a property is too long"))?);
                all.extend(units);
            }
        }
    }
    bytes.extend((all.len() as u32).to_le_bytes());
    bytes.extend(all);
    Ok(bytes)
}

/// The IDs, their names, and what stands behind them.
pub(crate) fn read_names(bytes: &[u8]) -> Result<(Vec<u16>, Vec<PropName>, &[u8])> {
    let (count, mut rest) = number::<2>(bytes)?;
    let count = u16::from_le_bytes(count);
    if count == 0 {
        return Ok((Vec::new(), Vec::new(), rest));
    }
    let mut ids = Vec::new();
    for _ in 0..count {
        let (id, after) = number(rest)?;
        ids.push(u16::from_le_bytes(id));
        rest = after;
    }
    let (size, after) = number(rest)?;
    let size = u32::from_le_bytes(size) as usize;
    let (mut named, rest) = after.split_at_checked(size).ok_or_else(short)?;
    let mut names: Vec<PropName> = Vec::new();
    for _ in 0..count {
        let (name, after) = read_name(named)?;
        if names.contains(&name) {
            return Err(corrupt("a name stands there twice"));
        }
        names.push(name);
        named = after;
    }
    if named.is_empty() { Ok((ids, names, rest)) } else { Err(corrupt("the names are too long")) }
}

fn read_name(bytes: &[u8]) -> Result<(PropName, &[u8])> {
    let (kind, rest) = number::<1>(bytes)?;
    let (set, rest) = number::<16>(rest)?;
    match kind {
        [0] => {
            let (id, rest) = number(rest)?;
            Ok((PropName::id(Guid(set), u32::from_le_bytes(id)), rest))
        }
        [1] => {
            let (size, rest) = number::<1>(rest)?;
            let (text, rest) = rest.split_at_checked(size[0].into()).ok_or_else(short)?;
            let text = text.strip_suffix(&[0, 0]).unwrap_or(text);
            let (pairs, left) = text.as_chunks::<2>();
            let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
            let name: String = char::decode_utf16(units)
                .collect::<std::result::Result<_, _>>()
                .map_err(|_| corrupt("a name is not Unicode"))?;
            if !left.is_empty() || name.is_empty() || name.contains('\0') {
                return Err(corrupt("a name is no text"));
            }
            Ok((PropName::name(Guid(set), name), rest))
        }
        [other] => Err(corrupt(format!("{other} is no kind of names"))),
    }
}

fn number<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8])> {
    let (first, rest) = bytes.split_first_chunk().ok_or_else(short)?;
    Ok((*first, rest))
}

fn short() -> Error {
    corrupt("the names of a rule end too early")
}

fn corrupt(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::CORRUPT_DATA, message)
}
