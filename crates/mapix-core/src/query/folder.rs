//! Patterns for the paths of folders.

use std::fmt;

use super::scan::shown;
use crate::prop::Folding;

/// Which folders are meant: `folder:Inbox/Projects`.
///
/// A path is the display names of a folder and of those above it, from below the visible top of
/// the mailbox, or else from below the root. A pattern is one or more names that must follow each
/// other anywhere in that path: what is below a folder is meant with it. With a `/` in front the
/// path must begin with them; after `=` it must end with them, so that the folder itself is meant
/// and nothing below it. In a name `*` stands for any letters and `?` for one. Case and accents do
/// not matter; `%2F` stands for a slash in a name, and so on.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FolderPattern {
    names: Vec<Box<str>>,
    from_top: bool,
    exact: bool,
}

impl FolderPattern {
    /// Reads a pattern as it stands after `folder:`, or after `folder:=` if it is exact.
    pub(super) fn parse(text: &str, exact: bool) -> Result<Self, String> {
        let inner = text.strip_prefix('/');
        let path = inner.unwrap_or(text);
        let path = path.strip_suffix('/').unwrap_or(path);
        let names: Vec<Box<str>> = path.split('/').map(|name| decode(name).into()).collect();
        if names.iter().any(|name| name.is_empty()) {
            return Err(format!("{} has a folder without a name", shown(text)));
        }
        Ok(Self { names, from_top: inner.is_some(), exact })
    }

    /// The names of the pattern.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Whether the path must begin with the names.
    pub fn is_from_top(&self) -> bool {
        self.from_top
    }

    /// Whether the path must end with the names.
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// Whether a path is meant.
    pub fn matches(&self, path: &[String]) -> bool {
        let folding = Folding::LETTERS;
        let names: Vec<_> = self.names.iter().map(|name| folding.apply(name)).collect();
        let path: Vec<_> = path.iter().map(|name| folding.apply(name)).collect();
        path.windows(names.len()).enumerate().any(|(start, window)| {
            (start == 0 || !self.from_top)
                && (start + names.len() == path.len() || !self.exact)
                && names.iter().zip(window).all(|(pattern, name)| glob(pattern, name))
        })
    }
}

impl fmt::Display for FolderPattern {
    /// As it is written after `folder:`, without quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().enumerate() {
            f.write_str(if index > 0 || self.from_top { "/" } else { "" })?;
            f.write_str(&encode(name))?;
        }
        Ok(())
    }
}

/// Whether `*` for any letters and `?` for one make the pattern the name. In time that is at most
/// the product of both lengths.
fn glob(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut in_name) = (0, 0);
    // Where the last star stands, and what it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match &mut star {
                Some((star, taken)) => {
                    *taken += 1;
                    (at, in_name) = (*star + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// A name as it stands in a path: `%2F` for a slash.
pub(crate) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for (at, letter) in name.char_indices() {
        match letter {
            '/' => out.push_str("%2F"),
            '%' if hex(&name[at + 1..]).is_some() => out.push_str("%25"),
            letter => out.push(letter),
        }
    }
    out
}

/// `%` before two hexadecimal digits stands for that byte.
fn decode(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut at = 0;
    while let Some(byte) = name.as_bytes().get(at) {
        let coded = name.get(at + 1..).filter(|_| *byte == b'%').and_then(hex);
        bytes.push(coded.unwrap_or(*byte));
        at += if coded.is_some() { 3 } else { 1 };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.into())
}

fn hex(text: &str) -> Option<u8> {
    let digits = text.get(..2)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_digits.then(|| u8::from_str_radix(digits, 16).ok())?
}
