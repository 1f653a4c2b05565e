//! The order of values: one for restrictions, sorting and searching.

use std::borrow::Cow;
use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::Value;

/// Compares two values of the same type; `None` if they are not comparable.
///
/// - Numbers, times and currency go by size, false before true. Zero equals minus zero; every NaN
///   equals every other and comes before all numbers.
/// - Strings go by [`compare_text`], whatever their width.
/// - Bytes and GUIDs (as they are stored) go byte by byte, the shorter first.
/// - Multivalues go value by value, the shorter first.
/// - Different types are not comparable, except for the two widths of strings. Neither are
///   restrictions, nor values that stay in their store ([`Value::Large`]).
///
/// Within a type this is a total preorder: strings that differ only in case are equal to it. A
/// stable sort keeps their order.
pub fn compare_values(a: &Value, b: &Value) -> Option<Ordering> {
    use Value as V;
    Some(match (a, b) {
        (V::Null, V::Null) => Ordering::Equal,
        (V::I16(a), V::I16(b)) => a.cmp(b),
        (V::I32(a), V::I32(b)) => a.cmp(b),
        (V::I64(a), V::I64(b)) | (V::Currency(a), V::Currency(b)) => a.cmp(b),
        (V::F32(a), V::F32(b)) => compare_floats((*a).into(), (*b).into()),
        (V::F64(a), V::F64(b)) | (V::AppTime(a), V::AppTime(b)) => compare_floats(*a, *b),
        (V::Bool(a), V::Bool(b)) => a.cmp(b),
        (V::Error(a), V::Error(b)) => a.0.cmp(&b.0),
        (V::Time(a), V::Time(b)) => a.cmp(b),
        (V::Guid(a), V::Guid(b)) => a.cmp(b),
        (V::Object(a), V::Object(b))
        | (V::SvrEid(a), V::SvrEid(b))
        | (V::Actions(a), V::Actions(b))
        | (V::Binary(a), V::Binary(b)) => a.cmp(b),
        (V::MvI16(a), V::MvI16(b)) => a.cmp(b),
        (V::MvI32(a), V::MvI32(b)) => a.cmp(b),
        (V::MvI64(a), V::MvI64(b)) | (V::MvCurrency(a), V::MvCurrency(b)) => a.cmp(b),
        (V::MvF32(a), V::MvF32(b)) => {
            each(a.iter(), b.iter(), |a, b| compare_floats((*a).into(), (*b).into()))
        }
        (V::MvF64(a), V::MvF64(b)) | (V::MvAppTime(a), V::MvAppTime(b)) => {
            each(a.iter(), b.iter(), |a, b| compare_floats(*a, *b))
        }
        (V::MvTime(a), V::MvTime(b)) => a.cmp(b),
        (V::MvGuid(a), V::MvGuid(b)) => a.cmp(b),
        (V::MvBinary(a), V::MvBinary(b)) => a.cmp(b),
        _ => return compare_strings(a, b),
    })
}

/// Compares text as tables sort it and relations see it: without regard to case and to the form
/// in which accents are encoded; accents themselves decide only between words that are otherwise
/// equal (`cote` < `Côte` < `coteau`, and `cote` is not `côte`).
///
/// It is not the order of any one language: letters go by their number in Unicode, so that the
/// order is the same on every machine.
pub fn compare_text(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        // The same as below: ASCII has no accents, and bytes are in the order of letters.
        let (a, b) = (a.bytes(), b.bytes());
        return a
            .map(|byte| byte.to_ascii_lowercase())
            .cmp(b.map(|byte| byte.to_ascii_lowercase()));
    }
    let letters = Folding::LETTERS;
    letters
        .chars(a)
        .cmp(letters.chars(b))
        .then_with(|| Folding::CASE.chars(a).cmp(Folding::CASE.chars(b)))
}

/// What is the same when text is compared. Without any of it, text is compared as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Folding {
    /// Upper and lower case: the simple case folding of Unicode, one letter for one.
    pub(crate) case: bool,
    /// Letters with and without accents: all marks that Unicode attaches to a letter (those with
    /// a combining class; not the vowel signs of Thai and Indic scripts).
    pub(crate) marks: bool,
    /// Other forms of the same letter: wide, superscript, ligatures, no-break spaces.
    pub(crate) forms: bool,
}

impl Folding {
    pub(crate) const NONE: Self = Self { case: false, marks: false, forms: false };
    pub(crate) const CASE: Self = Self { case: true, marks: false, forms: false };
    pub(crate) const LETTERS: Self = Self { case: true, marks: true, forms: false };

    /// The text in the form in which equal means the same.
    pub(crate) fn apply(self, text: &str) -> Cow<'_, str> {
        if self == Self::NONE {
            return Cow::Borrowed(text);
        }
        if !text.is_ascii() {
            return self.pieces(text).into();
        }
        if self.case && text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return text.to_ascii_lowercase().into();
        }
        Cow::Borrowed(text)
    }

    /// What is ASCII goes quickly, but for a letter to which an accent may follow.
    fn pieces(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(other) = rest.bytes().position(|byte| !byte.is_ascii()) {
            let (plain, from) = rest.split_at(other.saturating_sub(1));
            self.push_ascii(plain, &mut out);
            let after = from.bytes().skip(1).position(|byte| byte.is_ascii());
            let (piece, after) = from.split_at(after.map_or(from.len(), |at| at + 1));
            out.extend(self.chars(piece));
            rest = after;
        }
        self.push_ascii(rest, &mut out);
        out
    }

    fn push_ascii(self, text: &str, out: &mut String) {
        let start = out.len();
        out.push_str(text);
        if self.case {
            out[start..].make_ascii_lowercase();
        }
    }

    fn chars(self, text: &str) -> impl Iterator<Item = char> {
        let letters = if self.forms { text.nfkd() } else { text.nfd() };
        letters
            .filter(move |letter| !(self.marks && is_mark(*letter)))
            .map(move |letter| if self.case { fold_case(letter) } else { letter })
            .nfc()
    }
}

/// Whether it is attached to the letter before it, such as an accent.
pub(crate) fn is_mark(letter: char) -> bool {
    letter > '\u{2FF}' && canonical_combining_class(letter) != 0
}

/// To upper case and back, so that the two small sigmas meet; letters with more than one
/// counterpart stay.
fn fold_case(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    if letter == '\u{131}' {
        // The dotless i has the capital I in Turkish only.
        return letter;
    }
    let upper = only(letter.to_uppercase()).unwrap_or(letter);
    only(upper.to_lowercase()).unwrap_or(upper)
}

fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

fn compare_floats(a: f64, b: f64) -> Ordering {
    // Where there is no order, at least one is NaN.
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

fn compare_strings(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.as_text(), b.as_text()) {
        return Some(compare_text(&a, &b));
    }
    if let (Some(a), Some(b)) = (texts(a), texts(b)) {
        return Some(each(a.iter(), b.iter(), |a, b| compare_text(a, b)));
    }
    match (a, b) {
        (Value::Raw(left, a), Value::Raw(right, b)) if left == right => Some(a.cmp(b)),
        _ => None,
    }
}

fn texts(value: &Value) -> Option<Vec<Cow<'_, str>>> {
    match value {
        Value::MvUnicode(texts) => Some(texts.iter().map(|text| Cow::Borrowed(&**text)).collect()),
        Value::MvString8(texts) => Some(texts.iter().map(|text| text.decode()).collect()),
        _ => None,
    }
}

fn each<T>(
    mut a: impl Iterator<Item = T>,
    mut b: impl Iterator<Item = T>,
    compare: impl Fn(T, T) -> Ordering,
) -> Ordering {
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match compare(a, b) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prop::{CodePage, PropType, String8};

    #[test]
    fn text_is_in_the_order_of_a_telephone_book() {
        let sorted = ["", "a", "Äb", "ac", "cote", "Côte", "coteau", "Zebra", "Ωmega"];
        for pair in sorted.windows(2) {
            assert_eq!(compare_text(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        let equal = [
            ("ÄB", "äb"),
            ("e\u{301}", "\u{c9}"),
            ("ΟΔΟΣ", "οδος"),
            ("ſ", "S"),
            ("\u{212A}", "k"),
            ("Straße", "STRAẞE"),
        ];
        for (a, b) in equal {
            assert_eq!(compare_text(a, b), Ordering::Equal, "{a} {b}");
        }
        for (a, b) in [("Straße", "STRASSE"), ("ı", "i"), ("a", "ä"), ("한", "하")] {
            assert_ne!(compare_text(a, b), Ordering::Equal, "{a} {b}");
        }
    }

    #[test]
    fn folding() {
        let text = "Ｅ\u{301}\u{A0}Å";
        let folded = |case, marks, forms| Folding { case, marks, forms }.apply(text).into_owned();
        assert_eq!(folded(false, false, false), text);
        assert_eq!(folded(true, false, false), "ｅ\u{301}\u{A0}å");
        assert_eq!(folded(false, true, false), "Ｅ\u{A0}A");
        assert_eq!(folded(true, true, true), "e a");
        assert!(matches!(Folding::CASE.apply("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn folding_in_pieces_is_folding() {
        let letters = ["a", "B ", "\u{301}", "\u{e9}", "\u{1100}", "\u{1161}", "xY", "\u{323}"];
        for number in 0..letters.len().pow(4) {
            let digits = (0..4).map(|at| number / letters.len().pow(at) % letters.len());
            let text: String = digits.map(|digit| letters[digit]).collect();
            for folding in [Folding::LETTERS, Folding::CASE] {
                let whole: String = folding.chars(&text).collect();
                assert_eq!(folding.apply(&text), whole, "{text:?}");
            }
        }
    }

    #[test]
    fn values_of_each_type() {
        let western = |bytes: &[u8]| Value::from(String8::new(bytes, CodePage::WESTERN));
        let less = [
            (Value::I16(-1), Value::I16(1)),
            (Value::I32(i32::MIN), Value::I32(0)),
            (Value::Currency(1), Value::Currency(2)),
            (Value::F64(f64::NAN), Value::F64(f64::NEG_INFINITY)),
            (Value::F32(1.0), Value::F32(1.5)),
            (Value::Bool(false), Value::Bool(true)),
            (western(b"caf\xE9"), Value::from("cafés")),
            (Value::from(&b"\x01"[..]), Value::from(&b"\x01\x00"[..])),
            (Value::from(&b"\x01\xFF"[..]), Value::from(&b"\x02"[..])),
            (Value::from(vec![1, 9]), Value::from(vec![2])),
            (Value::from(vec![2]), Value::from(vec![2, 0])),
            (Value::MvString8([].into()), Value::MvUnicode(["".into()].into())),
            (Value::Raw(PropType(7777), [1].into()), Value::Raw(PropType(7777), [2].into())),
        ];
        for (a, b) in less {
            assert_eq!(compare_values(&a, &b), Some(Ordering::Less), "{a:?} {b:?}");
            assert_eq!(compare_values(&b, &a), Some(Ordering::Greater), "{b:?} {a:?}");
        }
        let equal = [
            (Value::F64(0.0), Value::F64(-0.0)),
            (Value::F64(f64::NAN), Value::F64(-f64::NAN)),
            (western(b"CAF\xC9"), Value::from("café")),
            (Value::Null, Value::Null),
        ];
        for (a, b) in equal {
            assert_eq!(compare_values(&a, &b), Some(Ordering::Equal), "{a:?} {b:?}");
        }
        let not_comparable = [
            (Value::I16(1), Value::I32(1)),
            (Value::from("1"), Value::I32(1)),
            (Value::I64(1), Value::Currency(1)),
            (Value::from(&b"a"[..]), Value::SvrEid(b"a"[..].into())),
            (Value::Large(PropType::BINARY, 1), Value::Large(PropType::BINARY, 1)),
            (Value::Raw(PropType(1), [].into()), Value::Raw(PropType(2), [].into())),
            (Value::from("a"), Value::MvUnicode(["a".into()].into())),
        ];
        for (a, b) in not_comparable {
            assert_eq!(compare_values(&a, &b), None, "{a:?} {b:?}");
        }
    }
}
