//! Maildir: a mail in each file, its flags in the name of the file.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use mapix_core::prop::FileTime;

use crate::MailState;

/// The words behind the letters `a` to `z` in the names of files, as Dovecot keeps them in
/// `dovecot-keywords`.
#[derive(Clone, Default, Debug)]
pub(crate) struct Keywords(HashMap<char, String>);

impl Keywords {
    pub(crate) fn read(folder: &Path) -> Self {
        let text = std::fs::read(folder.join("dovecot-keywords")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let word = |line: &str| {
            let (number, word) = line.split_once(' ')?;
            let letter = b'a'.checked_add(number.parse().ok()?).filter(u8::is_ascii_lowercase)?;
            Some((char::from(letter), word.trim().to_owned()))
        };
        Self(text.lines().filter_map(word).collect())
    }
}

/// What the name of a file tells. In `new` is what nobody has seen yet.
pub(crate) fn state(name: &OsStr, is_new: bool, keywords: &Keywords) -> MailState {
    let name = name.to_string_lossy();
    let mut state = MailState { delivered: delivered(&name), ..MailState::default() };
    let flags = name.rsplit_once("2,").filter(|(base, _)| base.ends_with([':', '!', ';']));
    let flags = flags.map_or("", |(_, flags)| flags);
    let flags = flags.split(',').next().unwrap_or_default();
    if is_new {
        state.read = Some(false);
        return state;
    }
    state.draft = Some(flags.contains('D'));
    state.flagged = Some(flags.contains('F'));
    state.forwarded = Some(flags.contains('P'));
    state.answered = Some(flags.contains('R'));
    state.read = Some(flags.contains('S'));
    state.deleted = Some(flags.contains('T'));
    for letter in flags.chars().filter(char::is_ascii_lowercase) {
        match keywords.0.get(&letter).map(String::as_str) {
            Some("$Forwarded") => state.forwarded = Some(true),
            // Of the programs, not of the user.
            Some(word) if word.starts_with('$') || word.eq_ignore_ascii_case("NonJunk") => {}
            Some(word) => state.categories.push(word.to_owned()),
            None => {}
        }
    }
    state
}

/// Whether a file is none of the mails, by its name.
pub(crate) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// The name begins with the second in which the mail came.
fn delivered(name: &str) -> Option<FileTime> {
    let digits = name.split(['.', ':', '_']).next()?;
    let seconds: i64 = digits.parse().ok().filter(|_| (9..=10).contains(&digits.len()))?;
    Some(FileTime::from_unix(seconds))
}

/// The names of the folders that a directory of Maildir++ stands for: `.Sub.Folder`.
pub(crate) fn folder_names(name: &str) -> Vec<String> {
    let parts = name.trim_start_matches('.').split('.').filter(|part| !part.is_empty());
    parts.map(modified_utf7).collect()
}

/// A name in modified UTF-7 (RFC 3501, section 5.1.3); one that is not stays as it is.
pub(crate) fn modified_utf7(name: &str) -> String {
    decode(name).unwrap_or_else(|| name.to_owned())
}

fn decode(name: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = name;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        let (digits, after) = rest[start + 1..].split_once('-')?;
        rest = after;
        if digits.is_empty() {
            out.push('&');
            continue;
        }
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b',');
        if !digits.bytes().all(good) {
            return None;
        }
        let bytes = crate::eml::base64_decode(&digits.replace(',', "/"));
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        out.push_str(&String::from_utf16(&units).ok().filter(|text| !text.is_empty())?);
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_names() {
        let none = Keywords::default();
        let of = |name: &str, is_new| state(OsStr::new(name), is_new, &none);
        let found = of("1714644000.M1P2.host,S=5:2,FRS", false);
        assert_eq!(
            (found.read, found.flagged, found.answered),
            (Some(true), Some(true), Some(true))
        );
        assert_eq!(
            (found.draft, found.deleted, found.forwarded),
            (Some(false), Some(false), Some(false))
        );
        assert_eq!(found.delivered.unwrap().to_string(), "2024-05-02T10:00:00Z");
        assert_eq!(of("1714644000.x!2,T", false).deleted, Some(true));
        assert_eq!(of("x", true).read, Some(false));
        assert_eq!(of("x2,S", false).read, Some(false));
        let keywords = Keywords([('a', "work".into()), ('b', "$Forwarded".into())].into());
        let found = state(OsStr::new("x:2,Sab"), false, &keywords);
        assert_eq!((found.categories, found.forwarded), (vec!["work".to_owned()], Some(true)));
    }

    #[test]
    fn names_of_folders() {
        assert_eq!(folder_names(".Sub.Folder"), ["Sub", "Folder"]);
        assert_eq!(folder_names(".Entw&APw-rfe"), ["Entw\u{fc}rfe"]);
        assert_eq!(folder_names(".&ZeVnLIqe-"), ["\u{65e5}\u{672c}\u{8a9e}"]);
        assert_eq!(folder_names(".R&-D"), ["R&D"]);
        assert_eq!(folder_names(".a&b"), ["a&b"]);
    }
}
