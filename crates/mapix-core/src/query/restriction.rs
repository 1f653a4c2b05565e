//! Restrictions as text, read back: the form that [`Restriction`] prints.

use std::ops::Range;

use super::property::{bounded, currency, with_suggestion};
use super::scan::{Scanner, shown};
use super::{Names, NoNames, Property, Query, QueryError};
use crate::ErrorCode;
use crate::prop::{CodePage, FileTime, Guid, PropTag, PropType, String8, Value};
use crate::restriction::{FuzzyLevel, Matcher, RelOp, Restriction};

/// Longer ones before those with which they begin.
const RELATIONS: [(&str, RelOp); 8] = [
    ("is a member of", RelOp::MemberOfDl),
    ("matches", RelOp::Re),
    ("!=", RelOp::Ne),
    ("<=", RelOp::Le),
    (">=", RelOp::Ge),
    ("=", RelOp::Eq),
    ("<", RelOp::Lt),
    (">", RelOp::Gt),
];

const CONTENTS: [(&str, FuzzyLevel); 5] = [
    ("contains words that start with", FuzzyLevel::PREFIX_ON_ANY_WORD),
    ("contains the phrase", FuzzyLevel::PHRASE_MATCH),
    ("contains", FuzzyLevel::SUBSTRING),
    ("starts with", FuzzyLevel::PREFIX),
    ("is", FuzzyLevel::FULL_STRING),
];

const REMARKS: [(&str, FuzzyLevel); 4] = [
    ("loosely", FuzzyLevel::LOOSE),
    ("ignoring case and accents", FuzzyLevel::IGNORE_CASE_AND_ACCENTS),
    ("ignoring case", FuzzyLevel::IGNORE_CASE),
    ("ignoring accents", FuzzyLevel::IGNORE_NON_SPACE),
];

/// How many parentheses and words such as `not` may be open at once.
const DEEPEST: usize = 2 * Restriction::MAX_DEPTH;
const TOO_DEEP: &str = "this is nested too deeply";

/// What to write after a property.
const HINT: &str = "such as: exists, = 5, > 5, contains \"x\" ignoring case, & 0x1 != 0";

impl Restriction {
    /// Reads a restriction from the text that it prints; what is printed reads back as the same.
    /// The form stands in `docs/query.md`.
    ///
    /// ```
    /// use mapix_core::query::NoNames;
    /// use mapix_core::restriction::Restriction;
    ///
    /// let text = "(PR_SUBJECT contains \"report\" ignoring case) and (PR_MESSAGE_SIZE > 100)";
    /// let restriction = Restriction::parse(text, &NoNames)?;
    /// assert_eq!(restriction.to_string(), text);
    ///
    /// let text = "PR_SUBJET exists";
    /// let error = Restriction::parse(text, &NoNames).unwrap_err();
    /// assert_eq!(error.span(), 0..9);
    /// # Ok::<(), mapix_core::query::QueryError>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong with the text, and where: also if it is longer than [`Query::MAX_LENGTH`],
    /// deeper than [`Restriction::MAX_DEPTH`], holds more than [`Restriction::MAX_NODES`]
    /// restrictions, or if `names` fails. Whether the restriction can be evaluated is for the
    /// [`Matcher`] to say.
    pub fn parse(text: &str, names: &dyn Names) -> Result<Self, QueryError> {
        let mut parser = Parser { scan: Scanner { text, at: 0 }, names, depth: 0, nodes: 0 };
        if text.len() > Query::MAX_LENGTH {
            let message = format!("a restriction has at most {} bytes", Query::MAX_LENGTH);
            return Err(parser.scan.error(0..0, message));
        }
        let restriction = parser.any()?;
        let at = parser.scan.at;
        match parser.scan.peek() {
            None if !restriction.is_within_limits() => {
                Err(parser.scan.error(0..text.len(), TOO_DEEP))
            }
            None => Ok(restriction),
            Some(')') => Err(parser.scan.error(at..at + 1, "this parenthesis was never opened")),
            Some(_) => {
                let error = parser.scan.error(parser.here(), "`and` or `or` is missing here");
                Err(error)
            }
        }
    }
}

/// Whether a text is a restriction that can be evaluated; what is wrong with it, in one line.
pub(super) fn check(text: &str) -> Result<(), String> {
    let restriction = Restriction::parse(text, &NoNames).map_err(|error| {
        let hint = error.suggestion().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("in the restriction, column {}: {}{hint}", error.column(), error.message())
    })?;
    Matcher::new(&restriction).map(drop).map_err(|error| error.message().to_owned())
}

struct Parser<'a> {
    scan: Scanner<'a>,
    names: &'a dyn Names,
    depth: usize,
    nodes: usize,
}

type Parsed<T> = Result<T, QueryError>;

impl<'a> Parser<'a> {
    /// `a and b or c`: `and` binds before `or`.
    fn any(&mut self) -> Parsed<Restriction> {
        self.list("or", Self::all, Restriction::Or)
    }

    fn all(&mut self) -> Parsed<Restriction> {
        self.list("and", Self::one, Restriction::And)
    }

    fn list(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Parsed<Restriction>,
        join: fn(Vec<Restriction>) -> Restriction,
    ) -> Parsed<Restriction> {
        let first = part(self)?;
        let mut parts = Vec::new();
        while self.eat_word(word) {
            parts.push(part(self)?);
        }
        if parts.is_empty() {
            return Ok(first);
        }
        self.count()?;
        parts.insert(0, first);
        Ok(join(parts))
    }

    fn one(&mut self) -> Parsed<Restriction> {
        self.scan.skip_spaces();
        let start = self.scan.at;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.scan.error(start..start + 1, TOO_DEEP));
        }
        let restriction = self.node(start)?;
        self.depth -= 1;
        Ok(restriction)
    }

    fn node(&mut self, start: usize) -> Parsed<Restriction> {
        if self.scan.eat("(") {
            let inner = self.any()?;
            if !self.scan.eat(")") {
                return Err(self.not_closed(start));
            }
            self.scan.skip_spaces();
            return Ok(inner);
        }
        self.count()?;
        if self.eat_word("true") {
            return Ok(Restriction::And(Vec::new()));
        }
        if self.eat_word("false") {
            return Ok(Restriction::Or(Vec::new()));
        }
        if self.eat_word("not") {
            return Ok(Restriction::not(self.one()?));
        }
        // Of one only: that is another tree than the one alone.
        if self.eat_word("and") {
            return Ok(Restriction::And(vec![self.one()?]));
        }
        if self.eat_word("or") {
            return Ok(Restriction::Or(vec![self.one()?]));
        }
        if self.eat_word("size of") {
            let tag = self.tag()?;
            let op = self.relation()?;
            let size = self.unsigned()?;
            return Ok(Restriction::Size { op, tag, size });
        }
        if self.eat_word("any of") {
            let subobject = self.tag()?;
            self.expect("fits")?;
            return Ok(Restriction::Sub { subobject, restriction: Box::new(self.one()?) });
        }
        if self.eat_word("the first") {
            let count = self.unsigned()?;
            self.expect("of")?;
            return Ok(Restriction::Count { count, restriction: Box::new(self.one()?) });
        }
        if self.eat_word("comment") {
            return self.comment();
        }
        self.leaf()
    }

    /// `comment [PR_COMMENT = "why"] (...)`.
    fn comment(&mut self) -> Parsed<Restriction> {
        self.expect("[")?;
        let mut props = Vec::new();
        while !self.eat_mark("]") {
            if !props.is_empty() {
                self.expect(",")?;
            }
            let tag = self.tag()?;
            self.expect("=")?;
            props.push((tag, self.value(tag.prop_type().single())?));
        }
        self.scan.skip_spaces();
        let has_inner = self.scan.peek() == Some('(');
        let restriction = if has_inner { Some(Box::new(self.one()?)) } else { None };
        Ok(Restriction::Comment { props, restriction })
    }

    /// What is said of one property.
    fn leaf(&mut self) -> Parsed<Restriction> {
        let tag = self.tag()?;
        if self.eat_word("exists") {
            return Ok(Restriction::Exist { tag });
        }
        if self.eat_mark("&") {
            let mask = self.unsigned()?;
            self.scan.skip_spaces();
            let start = self.scan.at;
            let op = self.relation()?;
            if !matches!(op, RelOp::Eq | RelOp::Ne) || self.unsigned()? != 0 {
                let error = self.scan.error(start..self.scan.at, "bits are zero or not");
                return Err(error.suggest("write = 0 or != 0"));
            }
            return Ok(Restriction::BitMask { tag, mask, non_zero: op == RelOp::Ne });
        }
        if self.eat_word("content") {
            let fuzzy = FuzzyLevel(self.unsigned()?);
            let value = self.value(tag.prop_type().single())?;
            return Ok(Restriction::Content { tag, fuzzy, value });
        }
        // `is a member of` before `is`.
        if let Some(op) = self.eat_relation() {
            self.scan.skip_spaces();
            if self.is_tag() {
                return Ok(Restriction::CompareProps { op, left: tag, right: self.tag()? });
            }
            let value = self.value(tag.prop_type().single())?;
            return Ok(Restriction::Property { op, tag, value });
        }
        if let Some(way) = self.eat_one(&CONTENTS) {
            let value = self.value(tag.prop_type().single())?;
            let remark = self.eat_one(&REMARKS);
            let fuzzy = remark.map_or(way, |remark| way | remark);
            return Ok(Restriction::Content { tag, fuzzy, value });
        }
        Err(self.scan.error(self.here(), "what is said of the property?").suggest(HINT))
    }

    fn eat_relation(&mut self) -> Option<RelOp> {
        self.scan.skip_spaces();
        RELATIONS
            .into_iter()
            .find(|(sign, _)| match sign.as_bytes()[0].is_ascii_alphabetic() {
                true => self.eat_word(sign),
                false => self.scan.eat(sign),
            })
            .map(|(_, op)| op)
    }

    fn relation(&mut self) -> Parsed<RelOp> {
        self.eat_relation().ok_or_else(|| {
            let error = self.scan.error(self.here(), "a comparison is missing");
            error.suggest("write =, !=, <, <=, > or >=")
        })
    }

    /// The name or the number of a property; a name that is not a word stands in quotes.
    fn tag(&mut self) -> Parsed<PropTag> {
        self.scan.skip_spaces();
        let start = self.scan.at;
        let name = match self.scan.peek() {
            Some('"') => self.string()?,
            _ => self.word().to_owned(),
        };
        let span = start..self.scan.at;
        if name.trim().is_empty() {
            let error = self.scan.error(self.here(), "the name of a property is missing");
            return Err(error.suggest("such as PR_SUBJECT, 0x0037001F or PidLidReminderSet"));
        }
        let property = bounded(&name, Property::parse)
            .map_err(|message| with_suggestion(&self.scan, span.clone(), &message))?;
        match &property {
            Property::Tag(tag) => Ok(*tag),
            Property::Named(name) => {
                let id = self.names.id_of(name);
                let id = id.map_err(|error| self.scan.error(span, error.to_string()))?;
                // No message has one that the store does not know.
                Ok(PropTag::new(id.unwrap_or(0xFFFF), property.prop_type()))
            }
        }
    }

    /// Whether a property stands here, not a value.
    fn is_tag(&self) -> bool {
        let mut scan = Scanner { text: self.scan.text, at: self.scan.at };
        let word = scan.word(|letter| !is_name(letter)).map(|token| token.text).unwrap_or_default();
        if let Some(digits) = word.strip_prefix("0x") {
            return digits.len() == 8;
        }
        let is_value = ["true", "false", "null", "NaN", "inf", "raw", "large"].contains(&&*word)
            || PropType::from_name(&word).is_some()
            || code_page(&word).is_some();
        word.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && !is_value
            && scan.peek() != Some('\'')
    }

    /// A value that is compared with a property of a type.
    fn value(&mut self, wanted: PropType) -> Parsed<Value> {
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

    fn unsigned(&mut self) -> Parsed<u32> {
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
    fn string(&mut self) -> Parsed<String> {
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

    fn word(&mut self) -> &'a str {
        let start = self.scan.at;
        let token = self.scan.word(|letter| !is_name(letter));
        let end = token.map_or(start, |token| token.span.end);
        &self.scan.text[start..end]
    }

    fn eat_one<T: Copy>(&mut self, words: &[(&str, T)]) -> Option<T> {
        words.iter().find(|(word, _)| self.eat_word(word)).map(|(_, meaning)| *meaning)
    }

    /// Steps over words if they stand here, in letters of any case, with any spaces between.
    fn eat_word(&mut self, words: &str) -> bool {
        let before = self.scan.at;
        for word in words.split(' ') {
            self.scan.skip_spaces();
            let head = self.scan.rest().get(..word.len());
            let after = self.scan.rest().get(word.len()..).and_then(|rest| rest.chars().next());
            let is_here = head.is_some_and(|head| head.eq_ignore_ascii_case(word))
                && !after.is_some_and(is_name);
            if !is_here {
                self.scan.at = before;
                return false;
            }
            self.scan.at += word.len();
        }
        self.scan.skip_spaces();
        true
    }

    fn eat_mark(&mut self, mark: &str) -> bool {
        self.scan.skip_spaces();
        let is_here = self.scan.eat(mark);
        if is_here {
            self.scan.skip_spaces();
        }
        is_here
    }

    fn expect(&mut self, what: &str) -> Parsed<()> {
        let is_word = what.starts_with(|letter: char| letter.is_ascii_alphabetic());
        let is_here = if is_word { self.eat_word(what) } else { self.eat_mark(what) };
        if is_here {
            return Ok(());
        }
        Err(self.scan.error(self.here(), format!("`{what}` is missing here")))
    }

    fn not_closed(&self, start: usize) -> QueryError {
        match self.scan.peek() {
            None => self.scan.error(start..start + 1, "this parenthesis is not closed"),
            Some(_) => self.scan.error(self.here(), "`and`, `or` or `)` is missing here"),
        }
    }

    /// The word or the sign that stands here.
    fn here(&self) -> Range<usize> {
        let rest = self.scan.rest();
        let start = self.scan.text.len() - rest.trim_start().len();
        let mut scan = Scanner { text: self.scan.text, at: start };
        let end = scan.word(|letter| !is_name(letter)).map(|token| token.span.end);
        start..end.unwrap_or(start + scan.peek().map_or(0, char::len_utf8))
    }

    fn count(&mut self) -> Parsed<()> {
        self.nodes += 1;
        if self.nodes <= Restriction::MAX_NODES {
            return Ok(());
        }
        let message = format!("more than {} restrictions", Restriction::MAX_NODES);
        Err(self.scan.error(self.here(), message))
    }
}

/// What names of properties, numbers and times are made of.
fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || "_.:{}-+".contains(letter)
}

/// `cp1252`.
fn code_page(word: &str) -> Option<CodePage> {
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
