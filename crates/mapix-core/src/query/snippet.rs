//! The words around what was found, for people to see why.

use std::ops::Range;

use super::candidate::Item;
use super::{Hit, Query, Searcher, Text, TextField, WithBody};
use crate::Result;
use crate::prop::{PropBag, Value, tags};
use crate::restriction::{Candidate, Matcher, Words, words};

/// A piece of a body around the first place at which a text of the query stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snippet {
    /// The piece, on one line; dots where more of the body stands before or after it.
    pub text: String,
    /// Where in it words of the query stand, in bytes, from the first.
    pub marks: Vec<Range<usize>>,
}

/// How many bytes of a body are looked at.
const LOOKED_AT: usize = 1 << 20;
/// How many letters stand before what was found, at most, and after its start.
const BEFORE: usize = 40;
const AFTER: usize = 120;

impl Searcher {
    /// The words around what the query looks for in a body; `None` if it looks for no text there,
    /// or the text stands elsewhere.
    ///
    /// # Errors
    /// Those of the message and its body.
    pub fn snippet(&self, hit: &Hit) -> Result<Option<Snippet>> {
        let wanted: Vec<Wanted> = self.query.terms().filter_map(Wanted::of).collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let item = Item::new(&self.store, hit.message, PropBag::new(), &[]);
        let body = WithBody::new(&item, &*self.body);
        let value = match body.value(tags::BODY)?.as_deref() {
            Some(Value::Large(_, size)) if *size > Matcher::MAX_LOAD => return Ok(None),
            Some(Value::Large(..)) => body.load(tags::BODY)?,
            Some(value) => value.clone(),
            None => return Ok(None),
        };
        Ok(value.as_text().and_then(|text| around(&text, &wanted)))
    }
}

/// Words that follow each other.
struct Wanted {
    words: Vec<String>,
    last_may_go_on: bool,
}

impl Wanted {
    /// What a term looks for in bodies.
    fn of((asked, term): (bool, &Query)) -> Option<Self> {
        let Query::Text { field: TextField::Any | TextField::Body, text } = term else {
            return None;
        };
        let (text, last_may_go_on) = match text {
            Text::Anything => return None,
            Text::Word(text) | Text::Phrase(text) => (text, false),
            Text::Prefix(text) => (text, true),
        };
        let words: Vec<String> = Words::new(text).iter().map(String::from).collect();
        (asked && !words.is_empty()).then_some(Self { words, last_may_go_on })
    }

    fn starts(&self, text: &[Word]) -> bool {
        let Some((last, before)) = self.words.split_last() else { return false };
        text.len() >= self.words.len()
            && before.iter().zip(text).all(|(wanted, word)| *wanted == word.folded)
            && if self.last_may_go_on {
                text[before.len()].folded.starts_with(last)
            } else {
                text[before.len()].folded == *last
            }
    }
}

/// A word of the body.
struct Word {
    folded: String,
    place: Range<usize>,
}

fn around(body: &str, wanted: &[Wanted]) -> Option<Snippet> {
    let most = LOOKED_AT.min(body.len());
    let most = (0..=most).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
    let body = &body[..most];
    let word = |word: &str| {
        let start = word.as_ptr() as usize - body.as_ptr() as usize;
        let folded = Words::new(word).iter().collect();
        Word { folded, place: start..start + word.len() }
    };
    let all: Vec<Word> = words(body).map(word).collect();
    let found = |at: usize| {
        let lengths = wanted.iter().filter(|wanted| wanted.starts(&all[at..]));
        lengths.map(|wanted| wanted.words.len()).max()
    };
    let first = (0..all.len()).find(|at| found(*at).is_some())?;
    let place = all[first].place.start;
    let start = body[..place].char_indices().rev().take(BEFORE).last().map_or(place, |(at, _)| at);
    let end = body[place..].char_indices().nth(AFTER).map_or(body.len(), |(at, _)| place + at);
    // No word is cut in two, unless it is a long one.
    let start = all.iter().map(|word| word.place.start).find(|at| *at >= start).unwrap_or(start);
    let whole = all.iter().map(|word| word.place.end).take_while(|at| *at <= end).last();
    let end = whole.filter(|at| *at > place && end < body.len()).unwrap_or(end);

    let mut marks: Vec<Range<usize>> = Vec::new();
    for (at, word) in all.iter().enumerate().skip_while(|(_, word)| word.place.start < start) {
        if word.place.end > end {
            break;
        }
        if let Some(count) = found(at) {
            let words = &all[at..][..count];
            marks.extend(words.iter().map(|word| word.place.clone()));
        }
    }
    marks.sort_by_key(|mark| mark.start);
    marks.dedup();
    marks.retain(|mark| mark.end <= end);
    Some(on_one_line(body, start..end, &marks))
}

/// The piece with single spaces, and the marks where they are then.
fn on_one_line(body: &str, piece: Range<usize>, marks: &[Range<usize>]) -> Snippet {
    const DOTS: &str = "\u{2026}";
    let mut text = String::from(if piece.start > 0 { DOTS } else { "" });
    let mut shown = Vec::new();
    let mut started = 0;
    let mut marks = marks.iter().peekable();
    for (at, letter) in body[piece.clone()].char_indices() {
        let at = piece.start + at;
        if marks.peek().is_some_and(|mark| mark.start == at) {
            started = text.len();
        }
        match letter {
            letter if letter.is_whitespace() || letter.is_control() => {
                if !text.is_empty() && !text.ends_with([' ', '\u{2026}']) {
                    text.push(' ');
                }
            }
            letter => text.push(letter),
        }
        if marks.next_if(|mark| mark.end == at + letter.len_utf8()).is_some() {
            shown.push(started..text.len());
        }
    }
    text.truncate(text.trim_end().len());
    if piece.end < body.trim_end().len() {
        text.push_str(DOTS);
    }
    Snippet { text, marks: shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The snippet with its marks in brackets.
    fn snippet(body: &str, query: &str) -> Option<String> {
        let context = super::super::Context { now: crate::prop::FileTime(0) };
        let query = Query::parse(query, &context).unwrap();
        let wanted: Vec<Wanted> = query.terms().filter_map(Wanted::of).collect();
        let found = around(body, &wanted)?;
        let mut text = found.text;
        for mark in found.marks.into_iter().rev() {
            text.insert(mark.end, ']');
            text.insert(mark.start, '[');
        }
        Some(text)
    }

    #[test]
    fn words_are_shown_in_their_place() {
        let body = "Dear Ann,\r\n\r\nthe  quarterly report\tis R\u{e9}ady; a report.";
        let table = [
            ("report", "Dear Ann, the quarterly [report] is R\u{e9}ady; a [report]."),
            ("ready*", "Dear Ann, the quarterly report is [R\u{e9}ady]; a report."),
            (
                "\"quarterly report\" -dear",
                "Dear Ann, the [quarterly] [report] is R\u{e9}ady; a report.",
            ),
            (
                "body:ann subject:report",
                "Dear [Ann], the quarterly report is R\u{e9}ady; a report.",
            ),
        ];
        for (query, text) in table {
            assert_eq!(snippet(body, query).as_deref(), Some(text), "{query}");
        }
        for query in ["missing", "-report", "from:ann", "size:>1", "\"report quarterly\""] {
            assert_eq!(snippet(body, query), None, "{query}");
        }
    }

    #[test]
    fn long_bodies_are_cut_between_words() {
        let body = format!("{}needle {}", "word ".repeat(1000), "other ".repeat(1000));
        let text = snippet(&body, "needle").unwrap();
        assert!(text.starts_with("\u{2026}word word") && text.contains("word [needle] other"));
        assert!(text.ends_with("other\u{2026}") && text.chars().count() < 170, "{text}");
        let body = format!("{}\u{6771}\u{4eac}{}", "\u{304b}".repeat(500), "x".repeat(5000));
        let text = snippet(&body, "\u{6771}\u{4eac}").unwrap();
        assert!(text.contains("[\u{6771}][\u{4eac}]"), "{text}");
    }
}
