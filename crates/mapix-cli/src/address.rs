//! How folders and items are named on the command line.
//!
//! ```text
//! ADDRESS  = BASE { "/" STEP }
//! BASE     = "@" SPECIAL | ENTRY-ID | NUMBER | STEP     a STEP begins below the visible top,
//!                                                       or else below the root
//! STEP     = NAME | "#" POSITION | "att:" POSITION | "msg"
//! NUMBER   = "nid:" HEX | "0x" HEX                      the number in the file
//! ENTRY-ID = at least 40 hexadecimal digits
//! POSITION = 1, 2, ...
//! NAME     = a folder's name; "%2F" stands for "/", and "%" before any two hexadecimal digits
//!            for that byte
//! ```

use mapix::{Contents, EntryId, Folder, Message, Object, SpecialFolder, Store};

use crate::exit::{Failure, Outcome};
use crate::output::text::safe;

/// The words for special folders, the preferred one first.
pub(crate) const SPECIAL: [(SpecialFolder, &[&str]); 20] = [
    (SpecialFolder::Root, &["root"]),
    (SpecialFolder::IpmSubtree, &["ipm", "subtree", "top"]),
    (SpecialFolder::Inbox, &["inbox"]),
    (SpecialFolder::Outbox, &["outbox"]),
    (SpecialFolder::DeletedItems, &["deleted", "wastebasket", "trash"]),
    (SpecialFolder::SentItems, &["sent", "sentmail"]),
    (SpecialFolder::Views, &["views"]),
    (SpecialFolder::CommonViews, &["common-views", "commonviews"]),
    (SpecialFolder::Finder, &["search", "finder"]),
    (SpecialFolder::Calendar, &["calendar"]),
    (SpecialFolder::Contacts, &["contacts"]),
    (SpecialFolder::Journal, &["journal"]),
    (SpecialFolder::Notes, &["notes"]),
    (SpecialFolder::Tasks, &["tasks"]),
    (SpecialFolder::Drafts, &["drafts"]),
    (SpecialFolder::Conflicts, &["conflicts"]),
    (SpecialFolder::SyncIssues, &["sync-issues", "syncissues"]),
    (SpecialFolder::LocalFailures, &["local-failures", "localfailures"]),
    (SpecialFolder::ServerFailures, &["server-failures", "serverfailures"]),
    (SpecialFolder::JunkEmail, &["junk", "junk-email", "spam"]),
];

/// An address, understood but not looked up.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Address {
    base: Base,
    steps: Vec<Step>,
}

#[derive(Clone, PartialEq, Debug)]
enum Base {
    Store,
    /// The visible top, or else the root.
    Top,
    Special(SpecialFolder),
    EntryId(EntryId),
    Number(u64),
}

#[derive(Clone, PartialEq, Debug)]
enum Step {
    Name(String),
    Position(usize),
    Attachment(usize),
    Message,
}

impl Address {
    /// Understands an address; none stands for the store.
    pub(crate) fn parse(text: Option<&str>) -> Outcome<Self> {
        let text = text.unwrap_or_default().trim_matches('/');
        if text.is_empty() {
            return Ok(Self { base: Base::Store, steps: Vec::new() });
        }
        let (first, rest) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let (base, first) = match parse_base(first)? {
            Some(base) => (base, None),
            None => (Base::Top, Some(first)),
        };
        let steps = first.into_iter().chain(rest.into_iter().flat_map(|rest| rest.split('/')));
        let steps: Vec<Step> = steps.map(parse_step).collect();
        Ok(Self { base, steps })
    }

    /// Finds what the address stands for.
    pub(crate) fn resolve(&self, store: &Store) -> Outcome<Object> {
        let mut here = match &self.base {
            Base::Store => Object::Store(store.clone()),
            Base::Top => return self.resolve_path(store),
            Base::Special(which) => Object::Folder(special(store, *which)?),
            Base::EntryId(id) => found(store.open_entry(id), || format!("no object {id}"))?,
            Base::Number(number) => open_number(store, *number)?,
        };
        for step in &self.steps {
            here = self::step(here, step)?;
        }
        Ok(here)
    }

    /// Below the visible top first, then below the root.
    fn resolve_path(&self, store: &Store) -> Outcome<Object> {
        let walk = |folder: Folder| {
            let steps = self.steps.iter();
            steps.into_iter().try_fold(Object::Folder(folder), step)
        };
        let top = store.ipm_subtree();
        let first = match top {
            Ok(top) => walk(top),
            Err(_) => return walk(store.root()?),
        };
        match first {
            Err(Failure::Usage(message)) => walk(store.root()?).map_err(|error| match error {
                Failure::Usage(_) => Failure::Usage(message),
                error => error,
            }),
            result => result,
        }
    }
}

/// A folder's name as it is written in an address.
pub(crate) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let digits = |text: &str| text.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    for (at, c) in name.char_indices() {
        let special = match c {
            '/' => true,
            '%' => digits(&name[at + 1..]),
            '@' => at == 0,
            '#' => at == 0 && name.len() > 1 && name[1..].bytes().all(|b| b.is_ascii_digit()),
            _ => false,
        };
        if special {
            escape(&mut out, c as u8);
        } else {
            out.push(c);
        }
    }
    // A name that would be taken for something else.
    if name == "msg" || name.starts_with("att:") || matches!(parse_base(name), Ok(Some(_)) | Err(_))
    {
        let first = name.as_bytes().first().copied().unwrap_or_default();
        if first.is_ascii_alphanumeric() {
            let rest = out.split_off(1);
            out.clear();
            escape(&mut out, first);
            out += &rest;
        }
    }
    out
}

fn escape(out: &mut String, byte: u8) {
    use std::fmt::Write;
    // Writing to a string does not fail.
    let _ = write!(out, "%{byte:02X}");
}

pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let decoded = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let decoded = decoded.filter(|_| byte == b'%' && after[0] != b'+');
        bytes.push(decoded.unwrap_or(byte));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn parse_base(text: &str) -> Outcome<Option<Base>> {
    if let Some(name) = text.strip_prefix('@') {
        let wanted = name.to_ascii_lowercase();
        let known = SPECIAL.iter().find(|(_, words)| words.contains(&wanted.as_str()));
        return match known {
            Some((which, _)) => Ok(Some(Base::Special(*which))),
            None => Err(unknown_special(name)),
        };
    }
    if let Some(digits) = text.strip_prefix("nid:") {
        let digits = digits.strip_prefix("0x").unwrap_or(digits);
        return match u64::from_str_radix(digits, 16) {
            Ok(number) => Ok(Some(Base::Number(number))),
            Err(_) => Err(Failure::usage(format!(
                "`{text}` is not a number in the file; write it as nid:0x200024"
            ))),
        };
    }
    if let Some(digits) = text.strip_prefix("0x")
        && let Ok(number) = u64::from_str_radix(digits, 16)
    {
        return Ok(Some(Base::Number(number)));
    }
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.len() >= 2 * EntryId::HEADER && is_hex {
        let id = text.parse().map_err(|error| Failure::usage(format!("{error}")))?;
        return Ok(Some(Base::EntryId(id)));
    }
    Ok(None)
}

fn unknown_special(name: &str) -> Failure {
    let known: Vec<String> = SPECIAL.iter().map(|(_, words)| format!("@{}", words[0])).collect();
    Failure::usage(format!("no special folder is called @{name}; known are {}", known.join(" ")))
}

fn parse_step(text: &str) -> Step {
    let position = |digits: &str| digits.parse().ok();
    if let Some(number) = text.strip_prefix('#').and_then(position) {
        return Step::Position(number);
    }
    if let Some(number) = text.strip_prefix("att:").and_then(position) {
        return Step::Attachment(number);
    }
    if text == "msg" { Step::Message } else { Step::Name(decode(text)) }
}

fn special(store: &Store, which: SpecialFolder) -> Outcome<Folder> {
    let words = SPECIAL.iter().find(|(other, _)| *other == which).map_or("", |(_, words)| words[0]);
    found(store.special_folder(which), || format!("the mailbox has no @{words}"))
}

/// A folder or a message by its number.
fn open_number(store: &Store, number: u64) -> Outcome<Object> {
    match store.open_folder(number) {
        Ok(folder) => Ok(Object::Folder(folder)),
        Err(_) => found(store.open_message(number).map(Object::Message), || {
            format!("no folder or message has the number 0x{number:X}")
        }),
    }
}

fn step(here: Object, step: &Step) -> Outcome<Object> {
    match (step, here) {
        (Step::Position(0) | Step::Attachment(0), _) => {
            Err(Failure::usage("positions are counted from 1"))
        }
        (Step::Name(name), Object::Folder(folder)) => {
            Ok(Object::Folder(folder_named(&folder, name)?))
        }
        (Step::Name(name), Object::Store(store)) => {
            Ok(Object::Folder(folder_named(&store.root()?, name)?))
        }
        (Step::Position(position), Object::Folder(folder)) => {
            Ok(Object::Message(message_at(&folder, *position)?))
        }
        (Step::Attachment(position), Object::Message(message)) => {
            let attachments = message.attachments()?;
            let count = attachments.len();
            let one = attachments.into_iter().nth(position - 1);
            one.map(Object::Attachment).ok_or_else(|| {
                Failure::usage(format!("no attachment {position}: the message has {count}"))
            })
        }
        (Step::Message, Object::Attachment(attachment)) => {
            found(attachment.embedded().map(Object::Message), || {
                "the attachment holds no message".into()
            })
        }
        (Step::Name(name), _) => Err(Failure::usage(format!(
            "`{}` is not a folder: only folders hold others",
            safe(name)
        ))),
        (Step::Position(position), _) => {
            Err(Failure::usage(format!("#{position} must follow a folder")))
        }
        (Step::Attachment(position), _) => {
            Err(Failure::usage(format!("att:{position} must follow a message")))
        }
        (Step::Message, _) => Err(Failure::usage("msg must follow an attachment")),
    }
}

/// The folder with a name: letter by letter, or else the only one that differs in case alone.
fn folder_named(parent: &Folder, name: &str) -> Outcome<Folder> {
    let mut named = Vec::new();
    for folder in parent.folders()? {
        // A folder whose name cannot be read has none that could be asked for.
        named.push((folder.name().unwrap_or_default(), folder));
    }
    let lower = name.to_lowercase();
    let exact = named.iter().any(|(other, _)| other == name);
    named.retain(|(other, _)| if exact { other == name } else { other.to_lowercase() == lower });
    if named.len() > 1 {
        let numbers: Vec<String> =
            named.iter().map(|(_, folder)| format!("nid:0x{:X}", folder.id())).collect();
        return Err(Failure::usage(format!(
            "{} folders are called `{}`; take one of {}",
            named.len(),
            safe(name),
            numbers.join(", ")
        )));
    }
    let one = named.pop().map(|(_, folder)| folder);
    one.ok_or_else(|| Failure::usage(format!("no folder `{}`", safe(name))))
}

/// The message at a place in a folder, from 1.
fn message_at(folder: &Folder, position: usize) -> Outcome<Message> {
    let rows = folder.message_rows(Contents::Normal, &[])?;
    let mut messages = folder.messages(Contents::Normal)?.zip(&rows).filter(|(_, row)| row.is_ok());
    if let Some((message, _)) = messages.nth(position - 1) {
        return Ok(message?);
    }
    let count = rows.iter().filter(|row| row.is_ok()).count();
    Err(Failure::usage(format!("no item #{position}: the folder has {count}")))
}

/// What is not there is the fault of the command line; anything else, of the mailbox.
fn found<T>(result: mapix::Result<T>, missing: impl FnOnce() -> String) -> Outcome<T> {
    use mapix::ErrorCode;
    result.map_err(|error| match error.code() {
        ErrorCode::NOT_FOUND => Failure::Usage(missing()),
        ErrorCode::UNKNOWN_ENTRYID => {
            Failure::usage("the entry ID is of another mailbox".to_owned())
        }
        ErrorCode::INVALID_ENTRYID => {
            Failure::usage(format!("not an entry ID of this mailbox: {error}"))
        }
        _ => Failure::Input(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Address {
        Address::parse(Some(text)).unwrap()
    }

    #[test]
    fn every_special_folder_has_a_word() {
        for which in SpecialFolder::ALL {
            assert!(SPECIAL.iter().any(|(other, _)| *other == which), "{which:?}");
        }
    }

    #[test]
    fn addresses() {
        let name = |text: &str| Step::Name(text.into());
        assert_eq!(Address::parse(None).unwrap().base, Base::Store);
        assert_eq!(parse("Inbox/2022/").steps, [name("Inbox"), name("2022")]);
        assert_eq!(parse("a%2Fb/100%").steps, [name("a/b"), name("100%")]);
        assert_eq!(parse("@INBOX").base, Base::Special(SpecialFolder::Inbox));
        assert_eq!(
            parse("@inbox/#3/att:1/msg").steps,
            [Step::Position(3), Step::Attachment(1), Step::Message]
        );
        assert_eq!(parse("nid:0x200024").base, Base::Number(0x20_0024));
        assert_eq!(parse("0x200024/#1").base, Base::Number(0x20_0024));
        assert!(matches!(parse(&"0".repeat(48)).base, Base::EntryId(_)));
        assert_eq!(parse("#0/att:0").steps, [Step::Position(0), Step::Attachment(0)]);
        assert!(Address::parse(Some("@nosuch")).is_err());
        assert!(Address::parse(Some("nid:x")).is_err());
        assert!(Address::parse(Some(&"0".repeat(41))).is_err());
    }

    #[test]
    fn names_go_both_ways() {
        let long = "a".repeat(40);
        let names = [
            "Inbox", "a/b", "100%25", "100%", "@home", "#3", "#x", "msg", "att:1", "0x12", "nid:5",
            "%", "%zz", "C#", "", &long,
        ];
        for name in names {
            let text = encode(name);
            if name.is_empty() {
                continue;
            }
            let address = parse(&text);
            assert_eq!(address.steps, [Step::Name(name.into())], "{name} as {text}");
        }
    }
}
