//! Patterns of content restrictions, prepared once and matched often.

use std::io::Read;

use memchr::memmem::Finder;

use super::operator::{FuzzyLevel, Way, too_complex};
use super::words::{has_words, words};
use crate::Result;
use crate::prop::Folding;

/// How much of a large value is in memory at once.
const CHUNK: usize = 64 * 1024;

/// A pattern for text, folded as the text will be.
#[derive(Debug)]
pub(super) struct TextPattern {
    folding: Folding,
    way: Way,
    /// Of the whole pattern, or of the longest of its words.
    finder: Finder<'static>,
    /// Only for the ways that are about words.
    words: Vec<Box<str>>,
}

impl TextPattern {
    pub(super) fn new(fuzzy: FuzzyLevel, pattern: &str) -> Result<Self> {
        let (way, folding) = (fuzzy.way()?, fuzzy.folding());
        let pattern = folding.apply(pattern);
        let words: Vec<Box<str>> = match way {
            Way::WordPrefix | Way::Phrase => words(&pattern).map(Into::into).collect(),
            _ => Vec::new(),
        };
        // Most texts do not have the longest word anywhere, and need not be taken into words.
        let longest = words.iter().max_by_key(|word| word.len());
        let needle = longest.map_or(&*pattern, |word| word);
        let finder = Finder::new(needle.as_bytes()).into_owned();
        Ok(Self { folding, way, finder, words })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text = self.folding.apply(text);
        let (bytes, needle) = (text.as_bytes(), self.finder.needle());
        match self.way {
            Way::Full => bytes == needle,
            Way::Prefix => bytes.starts_with(needle),
            Way::Substring => self.finder.find(bytes).is_some(),
            Way::WordPrefix | Way::Phrase => {
                let may_go_on = self.way == Way::WordPrefix;
                self.words.is_empty()
                    || self.finder.find(bytes).is_some() && has_words(&text, &self.words, may_go_on)
            }
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

#[cfg(test)]
mod tests {
    use super::*;

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
