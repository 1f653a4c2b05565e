//! JSON, written as it comes: a value of gigabytes passes through without being held.

use std::io::{self, Write};

/// Integers of this size and more would not survive in a reader that takes all numbers as
/// doubles, so they are written as strings.
const SAFE: u64 = 1 << 53;

/// Writes one JSON text after the other. Objects and arrays are opened and closed by the caller;
/// commas, line breaks and indents come by themselves.
pub(crate) struct Json<'a> {
    out: &'a mut dyn Write,
    pretty: bool,
    /// For each open object or array: whether it has nothing in it yet.
    empty: Vec<bool>,
    after_key: bool,
}

impl<'a> Json<'a> {
    /// With line breaks and indents.
    pub(crate) fn pretty(out: &'a mut dyn Write) -> Self {
        Self { out, pretty: true, empty: Vec::new(), after_key: false }
    }

    /// Everything on one line.
    pub(crate) fn compact(out: &'a mut dyn Write) -> Self {
        Self { pretty: false, ..Self::pretty(out) }
    }

    pub(crate) fn begin_object(&mut self) -> io::Result<()> {
        self.begin(b"{")
    }

    pub(crate) fn end_object(&mut self) -> io::Result<()> {
        self.end(b"}")
    }

    pub(crate) fn begin_array(&mut self) -> io::Result<()> {
        self.begin(b"[")
    }

    pub(crate) fn end_array(&mut self) -> io::Result<()> {
        self.end(b"]")
    }

    pub(crate) fn key(&mut self, key: &str) -> io::Result<()> {
        self.separate()?;
        self.quoted(key)?;
        self.out.write_all(if self.pretty { b": " } else { b":" })?;
        self.after_key = true;
        Ok(())
    }

    pub(crate) fn null(&mut self) -> io::Result<()> {
        self.raw("null")
    }

    pub(crate) fn bool(&mut self, value: bool) -> io::Result<()> {
        self.raw(if value { "true" } else { "false" })
    }

    /// A number; from 2^53 on, a string of digits.
    pub(crate) fn int(&mut self, value: i64) -> io::Result<()> {
        if value.unsigned_abs() < SAFE {
            self.raw(&value.to_string())
        } else {
            self.string(&value.to_string())
        }
    }

    /// A number; from 2^53 on, a string of digits.
    pub(crate) fn uint(&mut self, value: u64) -> io::Result<()> {
        if value < SAFE { self.raw(&value.to_string()) } else { self.string(&value.to_string()) }
    }

    /// A number; what JSON has no number for, a string: `"NaN"`, `"inf"`.
    pub(crate) fn float(&mut self, value: f64) -> io::Result<()> {
        if value.is_finite() {
            self.raw(&format!("{value:?}"))
        } else {
            self.string(&value.to_string())
        }
    }

    pub(crate) fn string(&mut self, value: &str) -> io::Result<()> {
        self.separate()?;
        self.quoted(value)
    }

    /// A string, or `null`.
    pub(crate) fn optional(&mut self, value: Option<&str>) -> io::Result<()> {
        match value {
            Some(value) => self.string(value),
            None => self.null(),
        }
    }

    /// Bytes as upper-case hexadecimal digits.
    pub(crate) fn hex(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.begin_string()?;
        self.push_hex(bytes)?;
        self.end_string()
    }

    /// Begins a string that is given in parts.
    pub(crate) fn begin_string(&mut self) -> io::Result<()> {
        self.separate()?;
        self.out.write_all(b"\"")
    }

    /// A part of a string.
    pub(crate) fn push_text(&mut self, text: &str) -> io::Result<()> {
        let mut start = 0;
        for (at, c) in text.char_indices() {
            let simple = match c {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                // Control characters above U+007E are legal in JSON, but terminals obey them.
                '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => "",
                _ => continue,
            };
            self.out.write_all(&text.as_bytes()[start..at])?;
            if simple.is_empty() {
                write!(self.out, "\\u{:04x}", u32::from(c))?;
            } else {
                self.out.write_all(simple.as_bytes())?;
            }
            start = at + c.len_utf8();
        }
        self.out.write_all(&text.as_bytes()[start..])
    }

    /// A part of a string: bytes as hexadecimal digits.
    pub(crate) fn push_hex(&mut self, bytes: &[u8]) -> io::Result<()> {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let mut digits = [0; 1024];
        for chunk in bytes.chunks(digits.len() / 2) {
            for (pair, byte) in digits.chunks_exact_mut(2).zip(chunk) {
                pair[0] = DIGITS[usize::from(byte >> 4)];
                pair[1] = DIGITS[usize::from(byte & 15)];
            }
            self.out.write_all(&digits[..chunk.len() * 2])?;
        }
        Ok(())
    }

    pub(crate) fn end_string(&mut self) -> io::Result<()> {
        self.out.write_all(b"\"")
    }

    /// `"key": "value"`.
    pub(crate) fn field(&mut self, key: &str, value: &str) -> io::Result<()> {
        self.key(key)?;
        self.string(value)
    }

    /// `"key": 12`.
    pub(crate) fn field_uint(&mut self, key: &str, value: u64) -> io::Result<()> {
        self.key(key)?;
        self.uint(value)
    }

    fn raw(&mut self, text: &str) -> io::Result<()> {
        self.separate()?;
        self.out.write_all(text.as_bytes())
    }

    fn quoted(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(b"\"")?;
        self.push_text(text)?;
        self.end_string()
    }

    fn begin(&mut self, bracket: &[u8]) -> io::Result<()> {
        self.separate()?;
        self.out.write_all(bracket)?;
        self.empty.push(true);
        Ok(())
    }

    fn end(&mut self, bracket: &[u8]) -> io::Result<()> {
        let was_empty = self.empty.pop().unwrap_or(true);
        if !was_empty {
            self.line()?;
        }
        self.out.write_all(bracket)?;
        if self.empty.is_empty() {
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// What stands between the last value and the next.
    fn separate(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.after_key) {
            return Ok(());
        }
        let Some(empty) = self.empty.last_mut() else { return Ok(()) };
        if !std::mem::replace(empty, false) {
            self.out.write_all(b",")?;
        }
        self.line()
    }

    fn line(&mut self) -> io::Result<()> {
        if self.pretty {
            let indent = 2 * self.empty.len();
            write!(self.out, "\n{:indent$}", "")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(json: &mut Json<'_>) -> io::Result<()> {
        json.begin_object()?;
        json.field("text", "a\"b\\\n\u{1b}[31m\u{9b}")?;
        json.key("list")?;
        json.begin_array()?;
        json.int(-1)?;
        json.int(1 << 53)?;
        json.float(1.0)?;
        json.float(f64::NAN)?;
        json.begin_array()?;
        json.end_array()?;
        json.hex(&[0xAB; 600])?;
        json.end_array()?;
        json.key("none")?;
        json.null()?;
        json.end_object()
    }

    #[test]
    fn others_can_read_it() {
        let (mut pretty, mut compact) = (Vec::new(), Vec::new());
        sample(&mut Json::pretty(&mut pretty)).unwrap();
        sample(&mut Json::compact(&mut compact)).unwrap();
        let parsed: serde_json::Value = serde_json::from_slice(&pretty).unwrap();
        assert_eq!(parsed, serde_json::from_slice::<serde_json::Value>(&compact).unwrap());
        assert_eq!(parsed["text"], "a\"b\\\n\u{1b}[31m\u{9b}");
        assert_eq!(parsed["list"][1], "9007199254740992");
        assert_eq!(parsed["list"][5], "AB".repeat(600));
        let text = String::from_utf8(compact).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "terminals obey controls");
    }
}
