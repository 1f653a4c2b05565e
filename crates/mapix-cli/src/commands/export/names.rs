//! Names that every file system takes, and the directories of folders.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use crate::folders::Node;

/// How many bytes a name made of a text may have.
const LONGEST: usize = 80;
/// How many bytes the path of a directory may have below the target; deeper ones are moved up.
const DEEPEST: usize = 160;

/// What Windows takes for devices, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Names that stand for something in every directory, or at the top.
const RESERVED: [&str; 11] = [
    "cur",
    "new",
    "tmp",
    "manifest.csv",
    "manifest.jsonl",
    "ledger.jsonl",
    "journal.part",
    "items.csv",
    "messages.mbox",
    "messages.jsonl",
    "items.csv.part",
];

/// A text as a name of a file or directory that Linux, macOS and Windows take alike: in NFC,
/// without separators, wildcards, control and invisible characters, without dots and spaces at
/// its ends, not the name of a device, and of at most 80 bytes. `None` if nothing is left of it.
pub(super) fn safe_name(text: &str) -> Option<String> {
    let mut name = String::new();
    for letter in text.nfc() {
        let letter = match letter {
            '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '_',
            letter if letter.is_whitespace() => ' ',
            letter if letter.is_control() || is_invisible(letter) => continue,
            letter => letter,
        };
        if name.len() + letter.len_utf8() > LONGEST {
            break;
        }
        if !(letter == ' ' && name.ends_with(' ')) {
            name.push(letter);
        }
    }
    let name = name.trim_matches([' ', '.']).trim_start_matches(['-', '~']).trim_start();
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let is_port = ["com", "lpt"].iter().any(|port| {
        let digit = stem.strip_prefix(port).unwrap_or_default();
        matches!(digit, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9")
            || matches!(digit, "\u{b9}" | "\u{b2}" | "\u{b3}")
    });
    match name {
        "" => None,
        _ if is_port || DEVICES.contains(&&*stem) => Some(format!("_{name}")),
        _ => Some(name.to_owned()),
    }
}

/// Zero width, direction of writing, private or not a character.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// What two names have in common that a file system may take for the same.
fn fold(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

/// The directories of folders, relative to the target, with slashes; by the folders' numbers.
/// They depend on all folders of the mailbox and on nothing else.
pub(super) fn directories(nodes: &[Node]) -> HashMap<u64, String> {
    let mut found = HashMap::new();
    let mut taken: HashSet<String> = HashSet::new();
    // The directories of the folders above, by depth.
    let mut above: Vec<String> = Vec::new();
    for node in nodes {
        above.truncate(node.depth);
        let id = node.folder.id();
        let dir = if &*node.path == "@ipm" {
            String::new()
        } else {
            let name = safe_name(&node.name);
            let name = match (node.depth, name) {
                (0, _) if &*node.path == "@root" => "(root)".to_owned(),
                (0, _) if !node.path.starts_with("nid:") => {
                    safe_name(&node.path).unwrap_or_else(|| format!("folder ({id:X})"))
                }
                (0, name) => format!("(lost) {}", name.unwrap_or_default()).trim_end().to_owned(),
                // What the program itself puts in parentheses must not be mistaken.
                (_, Some(name)) if name.starts_with('(') => format!("_{name}"),
                (_, Some(name)) => name,
                (_, None) => "folder".to_owned(),
            };
            let parent = above.last().map_or("", String::as_str);
            let parent = if parent.len() + name.len() > DEEPEST { "(deep)" } else { parent };
            let mut dir = join(parent, &name);
            let folded = fold(&name);
            // Files end in these, and the directories of messages in their number.
            let is_like_ours =
                [".part", ".eml", ".json", ")"].iter().any(|end| folded.ends_with(end));
            let is_reserved = node.depth > 0 && is_like_ours || RESERVED.contains(&&*folded);
            if is_reserved || !taken.insert(fold(&dir)) {
                dir = format!("{dir} ({id:X})");
                taken.insert(fold(&dir));
            }
            dir
        };
        above.push(dir.clone());
        found.insert(id, dir);
    }
    found
}

/// A file name with its extension, which is kept when the name is cut.
pub(super) fn safe_file_name(text: &str) -> Option<String> {
    let (stem, extension) = match text.rsplit_once('.') {
        Some((stem, end)) if (1..=10).contains(&end.len()) && is_plain(end) => (stem, Some(end)),
        _ => (text, None),
    };
    match (safe_name(stem), extension) {
        (Some(stem), Some(extension)) => Some(format!("{stem}.{extension}")),
        (None, Some(extension)) => Some(format!("file.{extension}")),
        (stem, None) => stem,
    }
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A path below another.
pub(super) fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::safe_name;

    #[test]
    fn names_that_every_file_system_takes() {
        for (text, expected) in [
            ("Plan: a/b?", Some("Plan_ a_b_")),
            ("trailing. . ", Some("trailing")),
            (".hidden", Some("hidden")),
            ("con", Some("_con")),
            ("COM1.txt", Some("_COM1.txt")),
            ("aux .h", Some("_aux .h")),
            ("Concert", Some("Concert")),
            ("e\u{301}t\u{e9}", Some("\u{e9}t\u{e9}")),
            ("a\u{202e}gpj\u{7}.exe", Some("agpj.exe")),
            ("a\r\n  b", Some("a b")),
            ("..", None),
            ("\u{200b} ", None),
            ("-rf", Some("rf")),
        ] {
            assert_eq!(safe_name(text).as_deref(), expected, "{text:?}");
        }
        let long = safe_name(&"\u{20ac}".repeat(200)).unwrap();
        assert_eq!(long.chars().count(), 26, "cut between letters");
    }
}
