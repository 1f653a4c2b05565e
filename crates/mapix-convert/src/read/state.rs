//! What a mailbox knows of a mail: whether it was read, answered, flagged, and under which words
//! it was filed.

use mapix_core::prop::FileTime;

use super::field::Fields;
use crate::charset::Charset;

/// What the mailbox that holds a mail says of it. What it does not say is taken from the fields
/// that mailbox programs write into mails (`Status`, `X-Status`, `X-Mozilla-Status`,
/// `X-Gmail-Labels`, `X-Keywords`, `X-Unsent`), if they are there.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MailState {
    /// It was read.
    pub read: Option<bool>,
    /// It was answered.
    pub answered: Option<bool>,
    /// It was passed on.
    pub forwarded: Option<bool>,
    /// It is marked, to be dealt with.
    pub flagged: Option<bool>,
    /// It was not sent yet.
    pub draft: Option<bool>,
    /// It is marked to be deleted. No property says so: whoever reads a mailbox decides.
    pub deleted: Option<bool>,
    /// When it came, if no `Received` field tells.
    pub delivered: Option<FileTime>,
    /// Words under which it was filed: labels, tags, categories.
    pub categories: Vec<String>,
}

/// Labels of Gmail that are not the user's.
const GMAIL: [&str; 12] = [
    "inbox",
    "sent",
    "important",
    "unread",
    "opened",
    "starred",
    "draft",
    "drafts",
    "archived",
    "chat",
    "spam",
    "trash",
];

impl MailState {
    /// Adds what the fields of a mail say.
    pub(crate) fn complete(&mut self, fields: &Fields, charset: Charset) {
        let text = |name: &str| fields.text(name, charset);
        let set = |to: &mut Option<bool>, value: bool| {
            to.get_or_insert(value);
        };
        // `R` read, `O` old; mutt and mail write `A` answered, `F` flagged, `D` deleted, `T` draft
        // into the second.
        if let Some(status) = text("Status") {
            set(&mut self.read, status.contains('R'));
        }
        if let Some(status) = text("X-Status") {
            set(&mut self.answered, status.contains('A'));
            set(&mut self.flagged, status.contains('F'));
            set(&mut self.deleted, status.contains('D'));
            set(&mut self.draft, status.contains('T'));
        }
        let hex = |name| text(name).and_then(|text| u32::from_str_radix(text.trim(), 16).ok());
        if let Some(bits) = hex("X-Mozilla-Status") {
            set(&mut self.read, bits & 0x0001 != 0);
            set(&mut self.answered, bits & 0x0002 != 0);
            set(&mut self.flagged, bits & 0x0004 != 0);
            set(&mut self.deleted, bits & 0x0008 != 0);
            set(&mut self.forwarded, bits & 0x1000 != 0);
        }
        if text("X-Unsent").is_some_and(|text| text.starts_with('1')) {
            set(&mut self.draft, true);
        }
        if let Some(labels) = text("X-Gmail-Labels") {
            let labels = list(&labels);
            let has = |label: &str| labels.iter().any(|one| one.eq_ignore_ascii_case(label));
            set(&mut self.read, !has("unread"));
            set(&mut self.flagged, has("starred"));
            set(&mut self.draft, has("draft") || has("drafts"));
            let own = labels.into_iter().filter(|label| {
                let lower = label.to_ascii_lowercase();
                !GMAIL.contains(&&*lower) && !lower.starts_with("category ")
            });
            self.categories.extend(own);
        }
        // Dovecot pads it; Thunderbird puts its words apart by spaces.
        for name in ["X-Keywords", "X-Mozilla-Keys"] {
            let words = text(name).unwrap_or_default();
            self.categories
                .extend(words.split([' ', ',']).filter(|w| !w.is_empty()).map(Into::into));
        }
        let keywords = text("Keywords").unwrap_or_default();
        self.categories.extend(list(&keywords));
        let mut seen = std::collections::HashSet::new();
        self.categories.retain(|word| seen.insert(word.clone()));
    }
}

/// The words of a list with commas, which may be quoted.
fn list(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        let last = words.len() - 1;
        match c {
            _ if escaped => {
                escaped = false;
                words[last].push(c);
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => words.push(String::new()),
            _ => words[last].push(c),
        }
    }
    words.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(header: &str) -> MailState {
        let mut state = MailState::default();
        state.complete(&Fields::parse(header.as_bytes().to_vec()).0, Charset::UTF8);
        state
    }

    #[test]
    fn fields_of_mailbox_programs() {
        let found = state("Status: RO\nX-Status: AF\n");
        assert_eq!(
            (found.read, found.answered, found.flagged),
            (Some(true), Some(true), Some(true))
        );
        assert_eq!((found.deleted, found.draft, found.forwarded), (Some(false), Some(false), None));
        let found = state("X-Mozilla-Status: 1009\nX-Mozilla-Keys: work  $label1 \n");
        assert_eq!(
            (found.read, found.deleted, found.forwarded),
            (Some(true), Some(true), Some(true))
        );
        assert_eq!(found.categories, ["work", "$label1"]);
        let found =
            state("X-Gmail-Labels: Inbox,Unread,\"a, b\",Category Updates,=?utf-8?Q?=C3=A9?=\n");
        assert_eq!((found.read, found.flagged), (Some(false), Some(false)));
        assert_eq!(found.categories, ["a, b", "\u{e9}"]);
        assert_eq!(state("Subject: x\nStatus:\n"), MailState::default());
        assert_eq!(state("X-Unsent: 1\n").draft, Some(true));
    }

    #[test]
    fn the_mailbox_knows_better() {
        let mut found = MailState { read: Some(false), ..MailState::default() };
        found.complete(&Fields::parse(b"Status: R\n".to_vec()).0, Charset::UTF8);
        assert_eq!(found.read, Some(false));
    }
}
