//! Names that are near one that does not exist: «did you mean».

use crate::Error;

/// How many names are suggested.
const SUGGESTIONS: usize = 3;

/// What names of one kind begin with; it says little about which name is meant.
const PREFIXES: &[&str] = &[
    "pidtag", "pidlid", "pidname", "dispid", "ptag", "prop_", "pr_", "lid_", "mapi_e_", "mapi_w_",
    "psetid_", "ps_", "iid_", "clsid_",
];

/// `MAPI_E_NOT_FOUND` with the nearest of the names, the preferred ones given first.
pub(super) fn not_found(
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'static str>,
) -> Error {
    let near = near(name, names);
    let hint = match near.as_slice() {
        [] => String::new(),
        [one] => format!(": did you mean {one}?"),
        [most @ .., last] => format!(": did you mean {} or {last}?", most.join(", ")),
    };
    Error::not_found(format!("`{name}` is not a known {what}{hint}"))
}

/// The nearest names, the best first: those that go on where this one ends, those with few other
/// letters, those that contain it.
fn near(name: &str, names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let wanted = stem(name, Vec::new());
    if wanted.is_empty() {
        return Vec::new();
    }
    let limit = (wanted.len() / 3).max(1);
    let (letters, is_word) = (Letters::of(&wanted), wanted.len() >= 3);
    let mut found: Vec<((usize, usize), Vec<u8>, &'static str)> = Vec::new();
    let mut other = Vec::new();
    for candidate in names {
        other = stem(candidate, other);
        let longer = other.len().saturating_sub(wanted.len());
        // There are thousands of names, and most have other letters.
        let is_near = || letters.distance(&Letters::of(&other)) <= 2 * limit;
        let rank = if is_word && other.starts_with(&wanted) {
            (0, longer)
        } else if let Some(distance) = is_near().then(|| distance(&wanted, &other, limit)).flatten()
        {
            (distance, longer)
        } else if is_word && other.windows(wanted.len()).any(|window| window == wanted) {
            (limit + 1, longer)
        } else {
            continue;
        };
        if !found.iter().any(|(_, stem, _)| *stem == other) {
            found.push((rank, other.clone(), candidate));
        }
    }
    found.sort_by_key(|(rank, ..)| *rank);
    found.into_iter().take(SUGGESTIONS).map(|(.., name)| name).collect()
}

/// The part of a name that tells it from others: lower case, without prefix, width suffix and
/// underscores. It is put into a buffer that may have been used.
fn stem(name: &str, mut buffer: Vec<u8>) -> Vec<u8> {
    let name = name.trim().as_bytes();
    let begins = |with: &str| {
        let head = name.get(..with.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()))
    };
    let prefix = PREFIXES.iter().find(|prefix| begins(prefix));
    let rest = &name[prefix.map_or(0, |prefix| prefix.len())..];
    let rest = match rest {
        [rest @ .., b'_', b'a' | b'A' | b'w' | b'W'] => rest,
        rest => rest,
    };
    buffer.clear();
    buffer.extend(rest.iter().filter(|byte| **byte != b'_').map(u8::to_ascii_lowercase));
    buffer
}

/// How often each letter is in a word. Some letters are counted together.
struct Letters([u8; 32]);

impl Letters {
    fn of(word: &[u8]) -> Self {
        let mut counts = [0_u8; 32];
        for letter in word {
            let count = &mut counts[usize::from(letter % 32)];
            *count = count.saturating_add(1);
        }
        Self(counts)
    }

    /// At most twice the [`distance`] of the words: a letter that is put in or left out changes one
    /// count, one that is replaced two, and swapped ones none.
    fn distance(&self, other: &Self) -> usize {
        self.0.iter().zip(other.0).map(|(a, b)| usize::from(a.abs_diff(b))).sum()
    }
}

/// How many letters have to be put in, left out, replaced or swapped with their neighbour; `None`
/// if more than the limit.
fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(last.len());
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        if row.iter().all(|cost| *cost > limit) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|cost| *cost <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        assert_eq!(distance(b"subject", b"subject", 2), Some(0));
        assert_eq!(distance(b"subejct", b"subject", 2), Some(1));
        assert_eq!(distance(b"sbject", b"subject", 2), Some(1));
        assert_eq!(distance(b"importance", b"subject", 3), None);
    }

    proptest::proptest! {
        #[test]
        fn letters_never_say_more_than_twice_the_edits(a in "[a-e@]{0,12}", b in "[a-e@]{0,12}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let edits = distance(a, b, 24).unwrap();
            proptest::prop_assert!(Letters::of(a).distance(&Letters::of(b)) <= 2 * edits);
        }
    }

    #[test]
    fn suggests_few_and_best_first() {
        let names = ["PR_SUBJECT", "PR_SUBJECT_A", "PidTagSubject", "PR_SUBJECT_PREFIX", "PR_BODY"];
        assert_eq!(near("PR_SUBJCT", names.into_iter()), ["PR_SUBJECT"]);
        assert_eq!(near("subject", names.into_iter()), ["PR_SUBJECT", "PR_SUBJECT_PREFIX"]);
        assert!(near("", names.into_iter()).is_empty());
    }
}
