//! What the tables have in common: reading TSV, finding names, searching words.

use std::cmp::Ordering;

/// The rows of a checked-in table without its header. The tests read every cell of them, so a
/// missing or malformed one is a mistake that cannot pass unseen.
pub(super) fn rows<const N: usize>(
    text: &'static str,
) -> impl Iterator<Item = [&'static str; N]> + Clone {
    text.lines().skip(1).map(|line| {
        let mut cells = line.split('\t');
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    })
}

/// A cell in hexadecimal, without `0x`.
pub(super) fn hex(cell: &str) -> u32 {
    u32::from_str_radix(cell, 16).unwrap_or_default()
}

/// A cell of names between commas.
pub(super) fn list(cell: &'static str) -> Vec<&'static str> {
    cell.split(',').filter(|name| !name.is_empty()).collect()
}

/// A cell that may be empty.
pub(super) fn optional(cell: &'static str) -> Option<&'static str> {
    Some(cell).filter(|cell| !cell.is_empty())
}

/// Finds the entries that have a name, whatever the case of its letters.
pub(super) struct NameIndex(Vec<(&'static str, usize)>);

impl NameIndex {
    /// From names and the numbers of their entries, the preferred entry of a name first.
    pub(super) fn new(names: impl IntoIterator<Item = (&'static str, usize)>) -> Self {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_by(|(a, _), (b, _)| compare(a, b));
        Self(names)
    }

    /// The numbers of the entries with this name, the preferred one first.
    pub(super) fn find<'a>(&'a self, name: &'a str) -> impl Iterator<Item = usize> + 'a {
        let start = self.0.partition_point(|(other, _)| compare(other, name).is_lt());
        let same = move |(other, _): &&(&str, usize)| compare(other, name).is_eq();
        self.0[start..].iter().take_while(same).map(|(_, entry)| *entry)
    }
}

/// Whether every word of the query occurs in one of the names, or in the number, whatever the
/// case of the letters.
pub(super) fn matches(
    query: &str,
    names: &(impl Iterator<Item = &'static str> + Clone),
    number: &str,
) -> bool {
    query
        .split_whitespace()
        .all(|word| contains(number, word) || names.clone().any(|name| contains(name, word)))
}

/// A number as the words of a query are compared with it; empty if none of them is a number, so
/// that most searches do not write numbers at all.
pub(super) fn number(query: &str, number: u32) -> String {
    if query.contains("0x") { format!("0x{number:08X}") } else { String::new() }
}

/// The digits after `0x`.
pub(super) fn after_0x(text: &str) -> Option<&str> {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))
}

/// Whether the text is hexadecimal digits, and only that.
pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn compare(a: &str, b: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}

fn contains(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    word.is_empty() || text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}
