//! Restrictions as bytes: MS-OXCDATA 2.12, with counts of 32 bits as in extended rules.
//!
//! ```text
//! And, Or       type:u8 count:u32 restriction*
//! Not           type:u8 restriction
//! Content       type:u8 fuzzy:u32 tag:u32 value          value = tag:u32 bytes
//! Property      type:u8 op:u8 tag:u32 value
//! CompareProps  type:u8 op:u8 tag:u32 tag:u32
//! BitMask       type:u8 op:u8 tag:u32 mask:u32
//! Size          type:u8 op:u8 tag:u32 size:u32
//! Exist         type:u8 tag:u32
//! Sub           type:u8 tag:u32 restriction
//! Comment       type:u8 count:u8 value* present:u8 restriction?
//! Count         type:u8 count:u32 restriction
//! ```

use super::operator::too_complex;
use super::{FuzzyLevel, RelOp, Restriction};
use crate::prop::{CodePage, PropTag, PropType, Value, value_bytes};
use crate::{Error, ErrorCode, Result};

const AND: u8 = 0x00;
const OR: u8 = 0x01;
const NOT: u8 = 0x02;
const CONTENT: u8 = 0x03;
const PROPERTY: u8 = 0x04;
const COMPARE_PROPS: u8 = 0x05;
const BIT_MASK: u8 = 0x06;
const SIZE: u8 = 0x07;
const EXIST: u8 = 0x08;
const SUB: u8 = 0x09;
const COMMENT: u8 = 0x0A;
const COUNT: u8 = 0x0B;

impl Restriction {
    /// The bytes of MS-OXCDATA 2.12, with counts of 32 bits. Narrow strings are written in the
    /// code page that is given, in which they must be.
    ///
    /// # Errors
    /// `MAPI_E_TOO_COMPLEX` for what the bytes cannot hold: more than 255 remarks in a
    /// [`Restriction::Comment`], text with a zero in it, narrow strings in another code page, and
    /// values that are not held or of a type that is not defined; and for trees that are too
    /// large to be evaluated.
    pub fn to_bytes(&self, code_page: CodePage) -> Result<Vec<u8>> {
        self.check_limits()?;
        let mut writer = Writer::new(code_page);
        writer.restriction(self)?;
        Ok(writer.bytes)
    }

    /// Reads what [`Restriction::to_bytes`] writes, all of the bytes. Named properties have the
    /// IDs that stand there.
    ///
    /// # Errors
    /// `MAPI_E_CORRUPT_DATA` if the bytes end too early or too late; `MAPI_E_TOO_COMPLEX` for
    /// what is not defined, and for trees above [`Restriction::MAX_DEPTH`] and
    /// [`Restriction::MAX_NODES`].
    pub fn from_bytes(bytes: &[u8], code_page: CodePage) -> Result<Self> {
        let mut reader = Reader::new(bytes, code_page);
        let restriction = reader.restriction(1)?;
        if reader.bytes.is_empty() {
            return Ok(restriction);
        }
        Err(corrupt(format!("{} bytes stand behind the restriction", reader.bytes.len())))
    }
}

/// Writes restrictions and values.
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
    code_page: CodePage,
    /// Restrictions within values counted.
    depth: usize,
}

impl Writer {
    pub(crate) fn new(code_page: CodePage) -> Self {
        Self { bytes: Vec::new(), code_page, depth: 0 }
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(crate) fn count(&mut self, count: usize) -> Result<()> {
        let count = u32::try_from(count).map_err(|_| too_complex("the restriction is too long"))?;
        self.u32(count);
        Ok(())
    }

    fn op(&mut self, kind: u8, op: RelOp, tag: PropTag) {
        self.bytes.extend([kind, op.to_mapi() as u8]);
        self.u32(tag.0);
    }

    fn restriction(&mut self, restriction: &Restriction) -> Result<()> {
        if self.depth == Restriction::MAX_DEPTH {
            return Err(too_complex("the restriction is too deep"));
        }
        self.depth += 1;
        self.node(restriction)?;
        self.depth -= 1;
        Ok(())
    }

    fn node(&mut self, restriction: &Restriction) -> Result<()> {
        match restriction {
            Restriction::And(all) => self.list(AND, all),
            Restriction::Or(any) => self.list(OR, any),
            Restriction::Not(inner) => {
                self.bytes.push(NOT);
                self.restriction(inner)
            }
            Restriction::Content { tag, fuzzy, value } => {
                self.bytes.push(CONTENT);
                self.u32(fuzzy.0);
                self.u32(tag.0);
                self.value(tag.id(), value)
            }
            Restriction::Property { op, tag, value } => {
                self.op(PROPERTY, *op, *tag);
                self.value(tag.id(), value)
            }
            Restriction::CompareProps { op, left, right } => {
                self.op(COMPARE_PROPS, *op, *left);
                self.u32(right.0);
                Ok(())
            }
            Restriction::BitMask { tag, mask, non_zero } => {
                self.bytes.extend([BIT_MASK, u8::from(*non_zero)]);
                self.u32(tag.0);
                self.u32(*mask);
                Ok(())
            }
            Restriction::Size { op, tag, size } => {
                self.op(SIZE, *op, *tag);
                self.u32(*size);
                Ok(())
            }
            Restriction::Exist { tag } => {
                self.bytes.push(EXIST);
                self.u32(tag.0);
                Ok(())
            }
            Restriction::Sub { subobject, restriction } => {
                self.bytes.push(SUB);
                self.u32(subobject.0);
                self.restriction(restriction)
            }
            Restriction::Comment { props, restriction } => {
                let count = u8::try_from(props.len())
                    .map_err(|_| too_complex("a comment holds at most 255 remarks"))?;
                self.bytes.extend([COMMENT, count]);
                for (tag, value) in props {
                    self.value(tag.id(), value)?;
                }
                self.bytes.push(u8::from(restriction.is_some()));
                restriction.as_ref().map_or(Ok(()), |inner| self.restriction(inner))
            }
            Restriction::Count { count, restriction } => {
                self.bytes.push(COUNT);
                self.u32(*count);
                self.restriction(restriction)
            }
        }
    }

    fn list(&mut self, kind: u8, all: &[Restriction]) -> Result<()> {
        self.bytes.push(kind);
        self.count(all.len())?;
        all.iter().try_for_each(|inner| self.restriction(inner))
    }

    /// A value with its tag, whose type is that of the value.
    pub(crate) fn value(&mut self, id: u16, value: &Value) -> Result<()> {
        let kind = value.prop_type();
        self.u32(PropTag::new(id, kind).0);
        if let Value::Restriction(inner) = value {
            inner.check_limits()?;
            return self.restriction(inner);
        }
        if !kind.is_multi() {
            return self.single(value);
        }
        self.count(value.multi_len().ok_or_else(|| not_held(kind))?)?;
        value.each().try_for_each(|one| self.single(&one))
    }

    fn single(&mut self, value: &Value) -> Result<()> {
        let kind = value.prop_type();
        let bytes = match value {
            Value::Raw(PropType::UNICODE, _) => value_bytes(value),
            Value::Raw(..) | Value::Object(_) | Value::SvrEid(_) | Value::Actions(_) => None,
            Value::String8(text) if text.code_page != self.code_page => {
                return Err(too_complex("a narrow string is in another code page"));
            }
            value => value_bytes(value),
        };
        let bytes = bytes.ok_or_else(|| not_held(kind))?;
        let zero = || too_complex("a string holds a zero, which ends it");
        match kind {
            PropType::UNICODE => {
                if bytes.len() % 2 != 0 || bytes.chunks_exact(2).any(|unit| unit == [0, 0]) {
                    return Err(zero());
                }
                self.bytes.extend(bytes);
                self.bytes.extend([0, 0]);
            }
            PropType::STRING8 => {
                if bytes.contains(&0) {
                    return Err(zero());
                }
                self.bytes.extend(bytes);
                self.bytes.push(0);
            }
            PropType::BINARY => {
                self.count(bytes.len())?;
                self.bytes.extend(bytes);
            }
            _ => self.bytes.extend(bytes),
        }
        Ok(())
    }
}

/// Reads restrictions and values.
pub(crate) struct Reader<'a> {
    /// What is still to be read.
    pub(crate) bytes: &'a [u8],
    code_page: CodePage,
    nodes: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], code_page: CodePage) -> Self {
        Self { bytes, code_page, nodes: 0 }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(short)?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        let (first, rest) = self.bytes.split_first().ok_or_else(short)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        let (first, rest) = self.bytes.split_first_chunk().ok_or_else(short)?;
        self.bytes = rest;
        Ok(u32::from_le_bytes(*first))
    }

    fn tag(&mut self) -> Result<PropTag> {
        self.u32().map(PropTag)
    }

    fn op(&mut self) -> Result<RelOp> {
        RelOp::from_mapi(self.u8()?.into())
    }

    fn restriction(&mut self, depth: usize) -> Result<Restriction> {
        self.nodes += 1;
        if depth > Restriction::MAX_DEPTH || self.nodes > Restriction::MAX_NODES {
            return Err(too_complex("the restriction is too deep or too large"));
        }
        Ok(match self.u8()? {
            AND => Restriction::And(self.list(depth)?),
            OR => Restriction::Or(self.list(depth)?),
            NOT => Restriction::Not(self.inner(depth)?),
            CONTENT => {
                let fuzzy = FuzzyLevel(self.u32()?);
                let tag = self.tag()?;
                Restriction::Content { tag, fuzzy, value: self.value_of(tag, depth)? }
            }
            PROPERTY => {
                let op = self.op()?;
                let tag = self.tag()?;
                Restriction::Property { op, tag, value: self.value_of(tag, depth)? }
            }
            COMPARE_PROPS => {
                let (op, left, right) = (self.op()?, self.tag()?, self.tag()?);
                Restriction::CompareProps { op, left, right }
            }
            BIT_MASK => {
                let non_zero = self.flag()?;
                Restriction::BitMask { non_zero, tag: self.tag()?, mask: self.u32()? }
            }
            SIZE => Restriction::Size { op: self.op()?, tag: self.tag()?, size: self.u32()? },
            EXIST => Restriction::Exist { tag: self.tag()? },
            SUB => Restriction::Sub { subobject: self.tag()?, restriction: self.inner(depth)? },
            COMMENT => {
                let mut props = Vec::new();
                for _ in 0..self.u8()? {
                    props.push(self.value(depth)?);
                }
                let restriction = self.flag()?.then(|| self.inner(depth)).transpose()?;
                Restriction::Comment { props, restriction }
            }
            COUNT => Restriction::Count { count: self.u32()?, restriction: self.inner(depth)? },
            kind => return Err(too_complex(format!("{kind} is not a restriction"))),
        })
    }

    fn inner(&mut self, depth: usize) -> Result<Box<Restriction>> {
        self.restriction(depth + 1).map(Box::new)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Restriction>> {
        let mut all = Vec::new();
        for _ in 0..self.u32()? {
            all.push(self.restriction(depth + 1)?);
        }
        Ok(all)
    }

    fn flag(&mut self) -> Result<bool> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(corrupt(format!("{other} is neither 0 nor 1"))),
        }
    }

    fn value_of(&mut self, tag: PropTag, depth: usize) -> Result<Value> {
        let (own, value) = self.value(depth)?;
        if own.id() == tag.id() {
            return Ok(value);
        }
        Err(too_complex(format!("{tag} is compared with a value of {own}")))
    }

    pub(crate) fn value(&mut self, depth: usize) -> Result<(PropTag, Value)> {
        let tag = self.tag()?;
        let kind = tag.prop_type();
        let value = if kind == PropType::RESTRICTION {
            Value::Restriction(self.inner(depth)?)
        } else if kind.is_multi() {
            self.multi(kind)?
        } else {
            self.single(kind)?
        };
        Ok((tag, value))
    }

    fn single(&mut self, kind: PropType) -> Result<Value> {
        let bytes = match kind {
            PropType::UNICODE => {
                let mut units = self.bytes.chunks_exact(2);
                let len = units.position(|unit| unit == [0, 0]).ok_or_else(short)? * 2;
                let text = self.take(len)?;
                self.take(2)?;
                text
            }
            PropType::STRING8 => {
                let len = self.bytes.iter().position(|byte| *byte == 0).ok_or_else(short)?;
                let text = self.take(len)?;
                self.take(1)?;
                text
            }
            PropType::BINARY => {
                let len = self.u32()? as usize;
                self.take(len)?
            }
            PropType::NULL => &[],
            _ => self.take(kind.fixed_size().ok_or_else(|| not_held(kind))?)?,
        };
        Ok(Value::from_bytes(kind, bytes, self.code_page))
    }

    fn multi(&mut self, kind: PropType) -> Result<Value> {
        let count = self.u32()?;
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(self.single(kind.single())?);
        }
        multi(kind, values).ok_or_else(|| not_held(kind))
    }
}

/// A multivalue of values that have its type.
fn multi(kind: PropType, values: Vec<Value>) -> Option<Value> {
    macro_rules! of {
        ($multi:ident, $single:ident) => {
            Value::$multi(
                values
                    .into_iter()
                    .map(|value| match value {
                        Value::$single(value) => Some(value),
                        _ => None,
                    })
                    .collect::<Option<Box<[_]>>>()?,
            )
        };
    }
    Some(match kind {
        PropType::MV_I16 => of!(MvI16, I16),
        PropType::MV_I32 => of!(MvI32, I32),
        PropType::MV_F32 => of!(MvF32, F32),
        PropType::MV_F64 => of!(MvF64, F64),
        PropType::MV_CURRENCY => of!(MvCurrency, Currency),
        PropType::MV_APP_TIME => of!(MvAppTime, AppTime),
        PropType::MV_I64 => of!(MvI64, I64),
        PropType::MV_STRING8 => of!(MvString8, String8),
        PropType::MV_UNICODE => of!(MvUnicode, Unicode),
        PropType::MV_TIME => of!(MvTime, Time),
        PropType::MV_GUID => of!(MvGuid, Guid),
        PropType::MV_BINARY => of!(MvBinary, Binary),
        _ => return None,
    })
}

fn short() -> Error {
    corrupt("the restriction ends too early")
}

fn corrupt(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::CORRUPT_DATA, message)
}

fn not_held(kind: PropType) -> Error {
    too_complex(format!("a value of type {kind} has no bytes in a restriction"))
}
