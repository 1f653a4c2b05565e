//! Restrictions as text, read back: the form that [`Restriction`] prints.

mod value;

use std::ops::Range;

use super::property::{bounded, with_suggestion};
use super::scan::Scanner;
use super::{Names, NoNames, Property, Query, QueryError};
use crate::prop::{PropTag, PropType};
use crate::restriction::{FuzzyLevel, Matcher, RelOp, Restriction};
use value::code_page;

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
