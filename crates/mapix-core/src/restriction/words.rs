//! What a word is: one definition for restrictions, queries and the indexes of stores.

use std::borrow::Cow;

use crate::prop::{Folding, is_mark};

/// The words of a text, as [`FuzzyLevel::PHRASE_MATCH`] and [`FuzzyLevel::PREFIX_ON_ANY_WORD`]
/// find them where case and accents are ignored.
///
/// A word is a run of letters and digits; where words are written without spaces (Chinese
/// characters, kana, Thai and its neighbours) each letter is one. An index that holds these words
/// finds what a [`Matcher`](super::Matcher) finds.
///
/// ```
/// # use mapix_core::restriction::Words;
/// let words = Words::new("Zo\u{eb}'s e-mail: \u{6771}\u{4eac}");
/// assert_eq!(words.iter().collect::<Vec<_>>(), ["zoe", "s", "e", "mail", "東", "京"]);
/// ```
///
/// [`FuzzyLevel::PHRASE_MATCH`]: super::FuzzyLevel::PHRASE_MATCH
/// [`FuzzyLevel::PREFIX_ON_ANY_WORD`]: super::FuzzyLevel::PREFIX_ON_ANY_WORD
#[derive(Clone, Debug)]
pub struct Words<'a> {
    folded: Cow<'a, str>,
}

impl<'a> Words<'a> {
    /// Those of a text.
    pub fn new(text: &'a str) -> Self {
        Self { folded: Folding::LETTERS.apply(text) }
    }

    /// Each of them, from the first, in small letters without accents.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        words(&self.folded)
    }
}

/// Whether the words follow each other in the text, whatever stands between them.
pub(super) fn has_words(text: &str, wanted: &[Box<str>], last_may_go_on: bool) -> bool {
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
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
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
}
