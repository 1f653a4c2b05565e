//! The properties of a section, and how they are written in TOML.

use toml::{Table, Value as Toml};

use crate::names::{parse_tag, tag_name};
use crate::prop::{FileTime, Guid, Prop, PropBag, PropTag, PropType, Value};
use crate::{Context, Error, ErrorCode, Result};

/// The properties of a profile section. They are set at once: `SaveChanges` has nothing to do.
#[derive(Clone, PartialEq, Default, Debug)]
#[doc(alias = "IProfSect")]
pub struct Section(PropBag);

impl Section {
    /// All properties.
    pub fn props(&self) -> &PropBag {
        &self.0
    }

    /// Sets a property.
    ///
    /// # Errors
    /// `MAPI_E_UNEXPECTED_ID` for a named property (sections have none); `MAPI_E_NO_ACCESS` for a
    /// secure one, which would stand in the file for all to read; `MAPI_E_TYPE_NO_SUPPORT` for a
    /// type that profiles do not hold; `MAPI_E_INVALID_PARAMETER` if the value is not of the type.
    pub fn set(&mut self, tag: PropTag, value: impl Into<Value>) -> Result<()> {
        let prop = Prop::new(tag, value);
        if prop.value.prop_type() != tag.prop_type() {
            return Err(Error::invalid_parameter(format!("the value is not of the type of {tag}")));
        }
        check(tag)?;
        let text = write(&prop.value).context(|| tag.to_string())?;
        // A value that would not come back as it is must not be kept.
        if read(tag.prop_type(), &text).as_ref() != Some(&prop.value) {
            return Err(type_no_support(tag.prop_type()));
        }
        self.0.insert(prop);
        Ok(())
    }

    /// Removes a property, if it is there.
    pub fn remove(&mut self, tag: PropTag) {
        self.0.remove(tag.id());
    }

    pub(super) fn to_toml(&self) -> Result<Table> {
        let entry = |prop: &Prop| Ok((key(prop.tag), write(&prop.value)?));
        self.0.iter().map(entry).collect()
    }

    pub(super) fn from_toml(table: &Table) -> Result<Self> {
        let mut section = Self::default();
        for (key, value) in table {
            let tag = parse_tag(key)?;
            let value = read(tag.prop_type(), value).ok_or_else(|| {
                Error::corrupt(format!("{key} is not of the type {}", tag.prop_type()))
            })?;
            if section.0.find(tag.id()).is_some() {
                return Err(Error::corrupt(format!("{key} is there twice")));
            }
            section.set(tag, value)?;
        }
        Ok(section)
    }
}

fn check(tag: PropTag) -> Result<()> {
    if tag.id() >= 0x8000 {
        return Err(Error::new(ErrorCode::UNEXPECTED_ID, "sections have no named properties"));
    }
    if (0x67F0..=0x67FF).contains(&tag.id()) {
        return Err(Error::new(
            ErrorCode::NO_ACCESS,
            "secure properties are not written down; name an environment variable in a setting",
        ));
    }
    Ok(())
}

/// The name of a tag, where it stands for no other one; else its number.
fn key(tag: PropTag) -> String {
    match tag_name(tag) {
        Some(name) if parse_tag(name).is_ok_and(|found| found == tag) => name.into(),
        _ => format!("0x{:08X}", tag.0),
    }
}

fn type_no_support(prop_type: PropType) -> Error {
    let sentence = format!("a profile holds no values of the type {prop_type}, or not this one");
    Error::new(ErrorCode::TYPE_NO_SUPPORT, sentence)
}

fn write(value: &Value) -> Result<Toml> {
    Ok(match value {
        Value::I16(number) => Toml::Integer((*number).into()),
        Value::I32(number) => Toml::Integer((*number).into()),
        Value::I64(number) | Value::Currency(number) => Toml::Integer(*number),
        Value::F64(number) | Value::AppTime(number) => Toml::Float(*number),
        Value::Bool(value) => Toml::Boolean(*value),
        Value::Unicode(text) => Toml::String(text.as_ref().into()),
        Value::Time(time) => Toml::String(time.to_string()),
        Value::Guid(guid) => Toml::String(guid.to_string()),
        Value::Binary(bytes) => Toml::String(hex(bytes)),
        Value::MvI32(_) | Value::MvUnicode(_) | Value::MvGuid(_) | Value::MvBinary(_) => {
            Toml::Array(value.each().map(|value| write(&value)).collect::<Result<_>>()?)
        }
        _ => return Err(type_no_support(value.prop_type())),
    })
}

/// `None` if it does not fit the type.
fn read(prop_type: PropType, toml: &Toml) -> Option<Value> {
    Some(match prop_type {
        PropType::I16 => Value::I16(toml.as_integer()?.try_into().ok()?),
        PropType::I32 => Value::I32(toml.as_integer()?.try_into().ok()?),
        PropType::I64 => Value::I64(toml.as_integer()?),
        PropType::CURRENCY => Value::Currency(toml.as_integer()?),
        PropType::F64 => Value::F64(toml.as_float()?),
        PropType::APP_TIME => Value::AppTime(toml.as_float()?),
        PropType::BOOL => Value::Bool(toml.as_bool()?),
        PropType::UNICODE => Value::Unicode(toml.as_str()?.into()),
        PropType::TIME => Value::Time(FileTime::parse(toml.as_str()?).ok()?),
        PropType::GUID => Value::Guid(toml.as_str()?.parse::<Guid>().ok()?),
        PropType::BINARY => Value::Binary(bytes(toml.as_str()?)?),
        PropType::MV_I32 => Value::MvI32(many(toml, |one| one.as_integer()?.try_into().ok())?),
        PropType::MV_UNICODE => Value::MvUnicode(many(toml, |one| Some(one.as_str()?.into()))?),
        PropType::MV_GUID => Value::MvGuid(many(toml, |one| one.as_str()?.parse().ok())?),
        PropType::MV_BINARY => Value::MvBinary(many(toml, |one| bytes(one.as_str()?))?),
        _ => return None,
    })
}

fn many<T>(toml: &Toml, one: impl Fn(&Toml) -> Option<T>) -> Option<Box<[T]>> {
    toml.as_array()?.iter().map(one).collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

fn bytes(text: &str) -> Option<Box<[u8]>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prop::tags;

    #[test]
    fn values_come_back_as_they_were() {
        let mut section = Section::default();
        let values = [
            Value::I16(-2),
            Value::I32(i32::MIN),
            Value::I64(i64::MAX),
            Value::Currency(-1),
            Value::F64(0.1),
            Value::AppTime(45_000.5),
            Value::Bool(true),
            Value::Unicode("Grüße\n\"quoted\" \u{1F4EB}".into()),
            Value::Time(FileTime(133_500_000_000_000_001)),
            Value::Guid(crate::prop::guids::PS_MAPI),
            Value::Binary([0, 255, 16].into()),
            Value::MvI32([1, -1].into()),
            Value::MvUnicode(["a".into(), "".into()].into()),
            Value::MvGuid([crate::prop::guids::PS_MAPI].into()),
            Value::MvBinary([[1_u8].into()].into()),
        ];
        for (value, id) in values.into_iter().zip(0x6600..) {
            section.set(PropTag::new(id, value.prop_type()), value).unwrap();
        }
        section.set(tags::DISPLAY_NAME, "Mail").unwrap();
        let text = toml::to_string(&section.to_toml().unwrap()).unwrap();
        assert!(text.contains("PR_DISPLAY_NAME"), "{text}");
        assert_eq!(Section::from_toml(&text.parse().unwrap()).unwrap(), section);
    }

    #[test]
    fn sections_hold_no_names_no_secrets_and_no_odd_types() {
        let mut section = Section::default();
        let mut code = |tag: PropTag, value: Value| section.set(tag, value).unwrap_err().code();
        let text = || Value::Unicode("x".into());
        let tag = |id| PropTag::new(id, PropType::UNICODE);
        assert_eq!(code(tag(0x8001), text()), ErrorCode::UNEXPECTED_ID);
        assert_eq!(code(tag(0x67F0), text()), ErrorCode::NO_ACCESS);
        assert_eq!(code(tag(0x67FF), text()), ErrorCode::NO_ACCESS);
        assert_eq!(code(tag(0x6700), Value::I32(1)), ErrorCode::INVALID_PARAMETER);
        let object = PropTag::new(0x6700, PropType::OBJECT);
        assert_eq!(code(object, Value::Object([].into())), ErrorCode::TYPE_NO_SUPPORT);
        let float = PropTag::new(0x6700, PropType::F64);
        assert_eq!(code(float, Value::F64(f64::NAN)), ErrorCode::TYPE_NO_SUPPORT);
        assert!(section.props().is_empty());
    }
}
