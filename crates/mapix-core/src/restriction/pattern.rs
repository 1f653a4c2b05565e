//! Patterns of content restrictions, prepared once and matched often.

use std::io::Read;

use memchr::memmem::Finder;

use super::operator::{FuzzyLevel, Way, too_complex};
use crate::Result;
use crate::prop::{Folding, is_mark};

/// How much of a large value is in memory at once.
const CHUNK: usize = 64 * 1024;

/// A pattern for text, folded as the text will be.
#[derive(Debug)]
pub(super) struct TextPattern {
    folding: Folding,
    way: Way,
    finder: Finder<'static>,
    /// Only for the ways that are about words.
    words: Vec<Box<str>>,
}

impl TextPattern {
    pub(super) fn new(fuzzy: FuzzyLevel, pattern: &str) -> Result<Self> {
        let (way, folding) = (fuzzy.way()?, fuzzy.folding());
        let pattern = folding.apply(pattern);
        let words = match way {
            Way::WordPrefix | Way::Phrase => words(&pattern).map(Into::into).collect(),
            _ => Vec::new(),
        };
        let finder = Finder::new(pattern.as_bytes()).into_owned();
        Ok(Self { folding, way, finder, words })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text = self.folding.apply(text);
        let (bytes, needle) = (text.as_bytes(), self.finder.needle());
        match self.way {
            Way::Full => bytes == needle,
            Way::Prefix => bytes.starts_with(needle),
            Way::Substring => self.finder.find(bytes).is_some(),
            Way::WordPrefix => has_words(&text, &self.words, true),
            Way::Phrase => has_words(&text, &self.words, false),
        }
    }
}

/// A pattern for bytes.
#[derive(Debug)]
pub(super) struct BytesPattern {
    way: Way,
    finder: Finder<'static>,
}

impl BytesPattern {
    pub(super) fn new(fuzzy: FuzzyLevel, pattern: &[u8]) -> Result<Self> {
        let way = fuzzy.way()?;
        if matches!(way, Way::WordPrefix | Way::Phrase) {
            return Err(too_complex("bytes have no words"));
        }
        Ok(Self { way, finder: Finder::new(pattern).into_owned() })
    }

    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        match self.way {
            Way::Full => bytes == self.finder.needle(),
            Way::Prefix => bytes.starts_with(self.finder.needle()),
            _ => self.finder.find(bytes).is_some(),
        }
    }

    /// Reads no further than needed, and never holds more than a piece of it.
    pub(super) fn matches_stream(&self, mut stream: impl Read) -> Result<bool> {
        let needle = self.finder.needle().len();
        let mut window = Vec::new();
        match self.way {
            Way::Full | Way::Prefix => {
                stream.take(needle as u64 + 1).read_to_end(&mut window)?;
                return Ok(self.matches(&window));
            }
            _ if needle == 0 => return Ok(true),
            _ => {}
        }
        loop {
            // The end of the last piece may be the start of a match.
            let keep = window.len().min(needle - 1);
            window.drain(..window.len() - keep);
            let piece = CHUNK.max(needle) as u64;
            let read = stream.by_ref().take(piece).read_to_end(&mut window)?;
            if self.finder.find(&window).is_some() {
                return Ok(true);
            }
            if read == 0 {
                return Ok(false);
            }
        }
    }
}

/// Whether the words follow each other in the text, whatever stands between them.
fn has_words(text: &str, wanted: &[Box<str>], last_may_go_on: bool) -> bool {
    let Some((last, before)) = wanted.split_last() else {
        return true;
    };
    let ends =
        |word: &str| if last_may_go_on { word.starts_with(&**last) } else { word == &**last };
    let mut starts = words(text);
    loop {
        let mut rest = starts.clone();
        if starts.next().is_none() {
            return false;
        }
        if before.iter().all(|word| rest.next() == Some(word)) && rest.next().is_some_and(ends) {
            return true;
        }
    }
}

/// Runs of letters and digits; each letter is a word where words are written without spaces.
fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|letter: char| !letter.is_alphanumeric());
        let first = rest.chars().next()?;
        let mut ends = rest.char_indices().skip(1);
        let end = if is_unspaced(first) {
            ends.find(|(_, letter)| !is_mark(*letter))
        } else {
            ends.find(|(_, letter)| {
                is_unspaced(*letter) || !(letter.is_alphanumeric() || is_mark(*letter))
            })
        };
        let (word, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        rest = after;
        Some(word)
    })
}

/// Thai and its neighbours, kana, Chinese characters.
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{E00}'..='\u{EFF}'
        | '\u{1000}'..='\u{109F}'
        | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_text() {
        let split = |text| words(text).collect::<Vec<_>>();
        assert_eq!(
            split(" don't  e-mail ann@x.org!"),
            ["don", "t", "e", "mail", "ann", "x", "org"]
        );
        assert_eq!(split("cafe\u{301}s 東京 x1"), ["cafe\u{301}s", "東", "京", "x1"]);
        assert_eq!(split("--"), [""; 0]);
    }

    #[test]
    fn words_follow_each_other() {
        let text = "Our quarterly, quarterly report";
        let table = [
            ("quarterly report", true, true),
            ("quarterly rep", true, false),
            ("our", false, false),
            ("Our", true, true),
            ("Our report", false, false),
            ("report quarterly", false, false),
            ("report x", false, false),
            ("", true, true),
        ];
        for (pattern, prefix, phrase) in table {
            let wanted: Vec<Box<str>> = words(pattern).map(Into::into).collect();
            assert_eq!(has_words(text, &wanted, true), prefix, "{pattern}");
            assert_eq!(has_words(text, &wanted, false), phrase, "{pattern}");
        }
    }

    #[test]
    fn streams_match_as_bytes_do() {
        let mut text = vec![b'x'; 2 * CHUNK + 100];
        let mut places = vec![0, 1, CHUNK - 3, CHUNK, 2 * CHUNK - 1, text.len() - 6];
        places.push(text.len());
        for at in places {
            let mut text = text.clone();
            if at < text.len() {
                text[at..at + 6].copy_from_slice(b"needle");
            }
            for level in [FuzzyLevel::FULL_STRING, FuzzyLevel::SUBSTRING, FuzzyLevel::PREFIX] {
                for needle in [&b"needle"[..], b"", &text[..CHUNK + 9], &text] {
                    let pattern = BytesPattern::new(level, needle).unwrap();
                    let found = pattern.matches_stream(&text[..]).unwrap();
                    assert_eq!(found, pattern.matches(&text), "{level:?} {at} {}", needle.len());
                }
            }
        }
        text.clear();
        let pattern = BytesPattern::new(FuzzyLevel::SUBSTRING, b"a").unwrap();
        assert!(!pattern.matches_stream(&text[..]).unwrap());
    }
}
