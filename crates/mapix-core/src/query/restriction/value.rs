//! The values in the text of a restriction.

use std::ops::Range;

use super::{Parsed, Parser};
use crate::ErrorCode;
use crate::prop::{CodePage, FileTime, Guid, PropType, String8, Value};
use crate::query::property::currency;
use crate::query::scan::shown;

impl Parser<'_> {
    /// A value that is compared with a property of a type.
    pub(super) fn value(&mut self, wanted: PropType) -> Parsed<Value> {
        self.scan.skip_spaces();
        let start = self.scan.at;
        match self.scan.peek() {
            Some('"') => return Ok(Value::from(self.string()?)),
            Some('[') => return self.many(wanted, None),
            Some('{') => return self.guid(),
            None => return Err(self.scan.error(start..start, "a value is missing")),
            _ => {}
        }
        if self.scan.rest().starts_with("x'") {
            return Ok(Value::from(self.bytes()?));
        }
        let word = self.word();
        let span = start..self.scan.at;
        if let Some(page) = code_page(word) {
            return self.string8(page).map(Value::String8);
        }
        match word {
            "null" => return Ok(Value::Null),
            "true" => return Ok(Value::Bool(true)),
            "false" => return Ok(Value::Bool(false)),
            "raw" => {
                let prop_type = self.prop_type()?;
                self.scan.skip_spaces();
                return Ok(Value::Raw(prop_type, self.bytes()?.into()));
            }
            "large" => {
                let prop_type = self.prop_type()?;
                return Ok(Value::Large(prop_type, self.unsigned64()?));
            }
            _ => {}
        }
        if let Some(prop_type) = PropType::from_name(word) {
            return self.of_type(prop_type, span);
        }
        if let Some(number) = number(wanted, word) {
            return Ok(number);
        }
        if let Ok(time) = FileTime::parse(word) {
            return Ok(Value::Time(time));
        }
        if word.is_empty() {
            return Err(self.scan.error(self.here(), "a value is missing"));
        }
        let what = match word.parse::<f64>() {
            Ok(_) => format!("{} does not fit {wanted}", shown(word)),
            Err(_) => format!("{} is no value", shown(word)),
        };
        let error = self.scan.error(span, what);
        Err(error.suggest("write \"text\", 12, true, 2024-05-31T12:30:00Z, x'0AFF' or [1, 2]"))
    }

    /// What stands after the name of a type.
    fn of_type(&mut self, prop_type: PropType, span: Range<usize>) -> Parsed<Value> {
        self.scan.skip_spaces();
        if prop_type.is_multi() {
            return self.many(prop_type.single(), Some(prop_type));
        }
        let start = self.scan.at;
        match prop_type {
            PropType::RESTRICTION => {
                if self.scan.peek() != Some('(') {
                    return Err(self.scan.error(span, "a restriction in parentheses follows it"));
                }
                return Ok(Value::Restriction(Box::new(self.one()?)));
            }
            PropType::SVREID => return Ok(Value::SvrEid(self.bytes()?.into())),
            PropType::OBJECT => return Ok(Value::Object(self.bytes()?.into())),
            PropType::ACTIONS => return Ok(Value::Actions(self.bytes()?.into())),
            PropType::ERROR => return Ok(Value::Error(ErrorCode(self.unsigned()?))),
            PropType::TIME => {
                let word = self.word();
                let ticks = word.parse().map(|ticks| Value::Time(FileTime(ticks)));
                let time = ticks.or_else(|_| FileTime::parse(word).map(Value::Time));
                return time.map_err(|_| {
                    self.scan.error(start..self.scan.at, format!("{} is no time", shown(word)))
                });
            }
            _ => {}
        }
        let value = self.value(prop_type)?;
        if value.prop_type() == prop_type {
            return Ok(value);
        }
        Err(self.scan.error(start..self.scan.at, format!("this is no value of {prop_type}")))
    }

    /// `[1, 2]`. Without a type, that of the first value decides.
    fn many(&mut self, wanted: PropType, whole: Option<PropType>) -> Parsed<Value> {
        let start = self.scan.at;
        self.expect("[")?;
        let mut values = Vec::new();
        while !self.eat_mark("]") {
            if !values.is_empty() {
                self.expect(",")?;
            }
            let value = match whole {
                Some(_) if wanted == PropType::TIME => self.of_type(wanted, self.here())?,
                _ => self.value(wanted)?,
            };
            values.push(value);
        }
        let span = start..self.scan.at;
        let single = values.first().map_or(wanted, Value::prop_type);
        if values.is_empty() && whole.is_none() && !is_listed(wanted) {
            let error = self.scan.error(span, "an empty list needs its type");
            return Err(error.suggest("such as PT_MV_LONG []"));
        }
        let fits = whole.is_none_or(|whole| whole.single() == single);
        let found = if fits { multi(single, &values) } else { None };
        found.ok_or_else(|| self.scan.error(span, "these values make no list of one type"))
    }

    fn string8(&mut self, page: CodePage) -> Parsed<String8> {
        self.scan.skip_spaces();
        if self.scan.peek() == Some('"') {
            let start = self.scan.at;
            let text = self.string()?;
            if !text.is_ascii() {
                let error = self.scan.error(start..self.scan.at, "this text is not ASCII");
                return Err(error.suggest("write its bytes: x'...'"));
            }
            return Ok(String8::new(text.as_bytes(), page));
        }
        Ok(String8::new(self.bytes()?, page))
    }

    fn guid(&mut self) -> Parsed<Value> {
        let start = self.scan.at;
        let end = self.scan.rest().find('}').map_or(self.scan.text.len(), |end| start + end + 1);
        let text = &self.scan.text[start..end];
        self.scan.at = end;
        let guid = if text.len() == 38 { text.parse::<Guid>().ok() } else { None };
        guid.map(Value::Guid)
            .ok_or_else(|| self.scan.error(start..end, format!("{} is no GUID", shown(text))))
    }

    fn prop_type(&mut self) -> Parsed<PropType> {
        self.scan.skip_spaces();
        let start = self.scan.at;
        let word = self.word();
        let digits = word.strip_prefix("0x").and_then(|hex| u16::from_str_radix(hex, 16).ok());
        PropType::from_name(word).or(digits.map(PropType)).ok_or_else(|| {
            let error = self.scan.error(start..self.scan.at, "the name of a type is missing");
            error.suggest("such as PT_LONG")
        })
    }

    pub(super) fn unsigned(&mut self) -> Parsed<u32> {
        let start = self.scan.at;
        let number = self.unsigned64()?;
        u32::try_from(number).map_err(|_| self.scan.error(start..self.scan.at, "more than 32 bits"))
    }

    fn unsigned64(&mut self) -> Parsed<u64> {
        self.scan.skip_spaces();
        let start = self.scan.at;
        let word = self.word();
        let number = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(digits) if digits.starts_with('+') => None,
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None if word.starts_with('+') => None,
            None => word.parse().ok(),
        };
        let span = start..self.scan.at;
        number.ok_or_else(|| match word {
            "" => self.scan.error(self.here(), "a number is missing"),
            _ => self.scan.error(span, format!("{} is no number", shown(word))),
        })
    }

    /// `x'0AFF'`.
    fn bytes(&mut self) -> Parsed<Vec<u8>> {
        let start = self.scan.at;
        if !self.scan.eat("x'") {
            let error = self.scan.error(self.here(), "bytes are missing");
            return Err(error.suggest("such as x'0AFF'"));
        }
        let digits = self.scan.rest().split('\'').next().unwrap_or_default();
        self.scan.at += digits.len();
        if !self.scan.eat("'") {
            return Err(self.scan.error(start..start + 2, "these bytes are not closed by a '"));
        }
        let is_hex =
            digits.len().is_multiple_of(2) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let pairs = digits.as_bytes().chunks_exact(2);
        let byte = |pair: &[u8]| {
            let digit = |at: usize| (pair[at] as char).to_digit(16).unwrap_or(0) as u8;
            digit(0) << 4 | digit(1)
        };
        if is_hex {
            return Ok(pairs.map(byte).collect());
        }
        let error = self.scan.error(start..self.scan.at, "these are no bytes");
        Err(error.suggest("write pairs of hexadecimal digits"))
    }

    /// A text in quotes, with `\"`, `\\`, `\n`, `\r`, `\t` and `\u{1F600}`.
    pub(super) fn string(&mut self) -> Parsed<String> {
        let start = self.scan.at;
        let mut text = String::new();
        let mut rest = self.scan.rest().strip_prefix('"').unwrap_or_default();
        loop {
            let plain = rest.find(['"', '\\']).unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            rest = &rest[plain..];
            self.scan.at = self.scan.text.len() - rest.len();
            if let Some(after) = rest.strip_prefix('"') {
                self.scan.at = self.scan.text.len() - after.len();
                return Ok(text);
            }
            let Some(escaped) = rest.strip_prefix('\\') else {
                return Err(self.scan.error(start..start + 1, "this quote is not closed"));
            };
            let (letter, length) = escape(escaped).ok_or_else(|| {
                let at = self.scan.at;
                let end = at + 1 + escaped.chars().next().map_or(0, char::len_utf8);
                let error = self.scan.error(at..end, "this stands for nothing");
                error.suggest("write \\\\ for a backslash")
            })?;
            text.push(letter);
            rest = &escaped[length..];
        }
    }
}

/// `cp1252`.
pub(super) fn code_page(word: &str) -> Option<CodePage> {
    let digits = word.strip_prefix("cp")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok().map(CodePage))?
}

/// The letter for which an escape stands, and the length of what follows the backslash.
fn escape(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next()?;
    Some(match first {
        '"' | '\\' => (first, 1),
        'n' => ('\n', 1),
        'r' => ('\r', 1),
        't' => ('\t', 1),
        'u' => {
            let digits = text.strip_prefix("u{")?.split('}').next()?;
            let after = text.as_bytes().get(digits.len() + 2)?;
            let is_hex =
                (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
            let code = is_hex.then(|| u32::from_str_radix(digits, 16).ok())??;
            (*after == b'}').then_some((char::from_u32(code)?, digits.len() + 3))?
        }
        _ => return None,
    })
}

/// A number of the type that is wanted; where that is no number, 32 bits if it fits, then 64, then
/// floating point.
fn number(wanted: PropType, word: &str) -> Option<Value> {
    let integer = || -> Option<i64> {
        match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(digits) if digits.starts_with('+') => None,
            Some(digits) => i64::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        }
    };
    // Rust would take `infinity` too.
    let is_float = word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        || matches!(word, "NaN" | "inf");
    let float = || word.parse::<f64>().ok().filter(|_| is_float);
    match wanted {
        PropType::I16 => integer()?.try_into().ok().map(Value::I16),
        PropType::I32 => {
            let number = integer()?;
            let bits = || u32::try_from(number).ok().map(|bits| bits as i32);
            number.try_into().ok().or_else(bits).map(Value::I32)
        }
        PropType::I64 => integer().map(Value::I64),
        PropType::F32 => word.parse().ok().filter(|_| is_float).map(Value::F32),
        PropType::F64 => float().map(Value::F64),
        PropType::APP_TIME => float().map(Value::AppTime),
        PropType::CURRENCY => currency(word).map(Value::Currency),
        _ => match integer() {
            Some(number) => Some(i32::try_from(number).map_or(Value::I64(number), Value::I32)),
            None => float().map(Value::F64),
        },
    }
}

/// Whether there are lists of such values.
fn is_listed(single: PropType) -> bool {
    multi(single, &[]).is_some()
}

/// Values of one type as a multivalue.
fn multi(single: PropType, values: &[Value]) -> Option<Value> {
    macro_rules! all {
        ($variant:ident) => {
            values
                .iter()
                .map(|value| match value {
                    Value::$variant(value) => Some(value.clone()),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>()?
                .into()
        };
    }
    Some(match single {
        PropType::I16 => Value::MvI16(all!(I16)),
        PropType::I32 => Value::MvI32(all!(I32)),
        PropType::F32 => Value::MvF32(all!(F32)),
        PropType::F64 => Value::MvF64(all!(F64)),
        PropType::CURRENCY => Value::MvCurrency(all!(Currency)),
        PropType::APP_TIME => Value::MvAppTime(all!(AppTime)),
        PropType::I64 => Value::MvI64(all!(I64)),
        PropType::STRING8 => Value::MvString8(all!(String8)),
        PropType::UNICODE => Value::MvUnicode(all!(Unicode)),
        PropType::TIME => Value::MvTime(all!(Time)),
        PropType::GUID => Value::MvGuid(all!(Guid)),
        PropType::BINARY => Value::MvBinary(all!(Binary)),
        _ => return None,
    })
}
