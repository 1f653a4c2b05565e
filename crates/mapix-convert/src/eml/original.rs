//! The headers with which a message came (`PR_TRANSPORT_MESSAGE_HEADERS`).

use super::headers::Known;
use super::word::{Field, LONGEST, decode, encoded_words, unstructured};
use crate::LossKind;
use crate::charset::Charset;
use crate::item::Item;
use crate::read::{Fields, LineKind, Person, line_kind};

/// An original header field.
pub(crate) struct Original<'a> {
    pub(crate) name: &'a str,
    /// Whether it is written under another name, because the field is written anew.
    pub(crate) is_aside: bool,
    /// Its lines as they came, the first without the name.
    lines: Vec<&'a str>,
}

/// Fields that say how the old MIME structure was, or what is said anew.
fn is_replaced(name: &str) -> bool {
    const NAMES: [&str; 4] = ["mime-version", "lines", "x-mapi-message-class", "x-unsent"];
    let lower = name.to_ascii_lowercase();
    lower.starts_with("content-") || lower.starts_with("x-mapi-") || NAMES.contains(&&*lower)
}

/// Fields that are not to be seen by those who get a mail: who got blind copies, and what mail
/// systems write when they deliver (RFC 5321, section 4.4).
pub(crate) fn is_private(name: &str) -> bool {
    let names = ["bcc", "resent-bcc", "return-path", "delivered-to", "x-original-to"];
    names.iter().any(|private| name.eq_ignore_ascii_case(private))
}

/// Fields in which encoded words may not stand everywhere.
fn is_structured(name: &str) -> bool {
    const NAMES: [&str; 15] = [
        "from",
        "sender",
        "reply-to",
        "to",
        "cc",
        "bcc",
        "return-path",
        "received",
        "message-id",
        "in-reply-to",
        "references",
        "date",
        "disposition-notification-to",
        "dkim-signature",
        "authentication-results",
    ];
    let lower = name.to_ascii_lowercase();
    let lower = lower.strip_prefix("resent-").unwrap_or(&lower);
    NAMES.contains(&lower)
}

/// Reads the fields up to the first empty line. Lines that are no header are losses.
pub(crate) fn parse<'a>(item: &Item<'_>, text: &'a str) -> Vec<Original<'a>> {
    let mut found: Vec<Original<'a>> = Vec::new();
    let mut dropped = 0_u64;
    let mut in_field = false;
    let text = text.trim_end_matches('\0');
    let end = if text.contains('\n') { '\n' } else { '\r' };
    for line in text.split(end) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            if found.is_empty() {
                continue;
            }
            break;
        }
        if line.starts_with([' ', '\t']) {
            match found.last_mut() {
                Some(field) if in_field => field.lines.push(line),
                // It goes on a line that was dropped.
                _ => {}
            }
            continue;
        }
        let field = line.split_once(':').map(|(name, value)| (name.trim_end(), value));
        let is_envelope = line_kind(line.as_bytes()) == LineKind::Envelope;
        let field = field.filter(|(name, _)| !is_envelope && is_name(name));
        in_field = field.is_some();
        if let Some((name, value)) = field {
            found.push(Original { name, is_aside: false, lines: vec![value] });
        } else {
            // Outlook writes this one itself.
            let known = is_envelope || line.starts_with("Microsoft Mail Internet Headers");
            dropped += u64::from(!known);
        }
    }
    if dropped > 0 {
        item.lose(
            LossKind::Header,
            format!("{dropped} lines of the original headers are no headers"),
        );
    }
    found.retain(|field| !is_replaced(field.name));
    found
}

/// Sets fields of people aside that are better written anew, with all of the same name.
pub(crate) fn set_aside(fields: &mut [Original<'_>], known: impl Fn(&str) -> Known) {
    let anew = fields.iter().filter(|field| field.is_better_anew(known(field.name)));
    let names: Vec<&str> = anew.map(|field| field.name).collect();
    for field in fields {
        field.is_aside = names.iter().any(|name| name.eq_ignore_ascii_case(field.name));
    }
}

/// Names are kept narrow, so that no header looks like a MIME boundary.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= 76
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

impl Original<'_> {
    /// Whether a field of people is better written anew from properties: one with addresses of
    /// Exchange, if those of internet mail are known for all, and one in which a reader would find
    /// others when it is folded anew, if there is anybody.
    fn is_better_anew(&self, known: Known) -> bool {
        if known == Known::Nobody {
            return false;
        }
        let value = self.value();
        let foreign = || value.to_ascii_lowercase().contains("/cn=") || !value.contains('@');
        let changed = || {
            let meant = people(&format!("{}:{value}", self.name), self.name);
            self.write().is_none_or(|text| people(&text, self.name) != meant)
        };
        known == Known::Addresses && foreign() || !self.is_sound() && changed()
    }

    /// Whether it can be written as it came.
    fn is_sound(&self) -> bool {
        let longest = LONGEST - self.name.len() - 1;
        self.lines.iter().all(|line| {
            line.bytes().all(|byte| byte == b'\t' || matches!(byte, b' '..=b'~'))
                && line.len() <= longest
        })
    }

    /// The value on one line.
    pub(crate) fn value(&self) -> String {
        self.lines.concat().trim().to_owned()
    }

    /// The field as it is written: as it came where that is sound, else folded anew. `None` if it
    /// cannot be written.
    pub(crate) fn write(&self) -> Option<String> {
        if self.is_sound() {
            return Some(format!("{}:{}\r\n", self.name, self.lines.join("\r\n")));
        }
        let value: String =
            self.value().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if !is_structured(self.name) {
            return Some(unstructured(self.name, &decode(&value)));
        }
        let mut field = Field::new(self.name);
        for atom in atoms(&value) {
            if atom.len() > LONGEST - 100 {
                return None;
            }
            field.atom(&atom);
        }
        Some(field.finish())
    }
}

/// Who stands in a field, for a reader.
fn people(field: &str, name: &str) -> Vec<Person> {
    let found = Fields::parse(field.as_bytes().to_vec()).0.people(name, Charset::UTF8);
    found.iter().filter_map(Person::of).collect()
}

/// The words of a structured value. Those that are not ASCII become encoded words, quoted strings
/// as a whole.
fn atoms(value: &str) -> Vec<String> {
    let mut atoms = Vec::new();
    let mut rest = value.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if first == '"' {
            quoted_end(rest)
        } else {
            rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(end);
        rest = after.trim_start();
        if word.is_ascii() {
            atoms.push(word.to_owned());
            continue;
        }
        // What is around the word, such as the brackets of an address, stays as it is.
        let specials: &[char] = &['"', '<', '>', ',', ';', ':', '(', ')'];
        let text = word.trim_matches(specials);
        if text.contains('@') {
            // An address in UTF-8 (RFC 6532).
            atoms.push(word.to_owned());
            continue;
        }
        let mut words = encoded_words(&text.replace('\\', ""), 60);
        let head: String =
            word[..word.len() - word.trim_start_matches(specials).len()].replace('"', "");
        if let Some(first) = words.first_mut() {
            first.insert_str(0, &head);
        }
        atoms.append(&mut words);
        let tail: String = word[word.trim_end_matches(specials).len()..].replace('"', "");
        if let Some(last) = atoms.last_mut().filter(|_| !tail.is_empty()) {
            last.push_str(&tail);
        }
    }
    atoms
}

/// Where a quoted string at the start of the text ends, and what sticks to it.
fn quoted_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let rest = &text[at + 1..];
                let sticks = rest.find(|c: char| !",;:".contains(c)).unwrap_or(rest.len());
                return at + 1 + sticks;
            }
            _ => {}
        }
    }
    text.len()
}
