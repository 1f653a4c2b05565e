//! Content lines, as iCalendar (RFC 5545, section 3.1) and vCard (RFC 6350, section 3.2) have them.

/// Lines are folded at this many octets.
const FOLD: usize = 75;

/// A text of content lines.
#[derive(Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Adds `head:value`, folded; both are as they shall be, but for control characters.
    pub(crate) fn raw(&mut self, head: &str, value: &str) {
        let mut room = FOLD;
        for c in head.chars().chain([':']).chain(value.chars()).filter(|c| !c.is_control()) {
            if c.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = FOLD - 1;
            }
            self.0.push(c);
            room -= c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// Adds `head:text`, with what is special in a text escaped.
    pub(crate) fn text(&mut self, head: &str, text: &str) {
        self.raw(head, &escape(text));
    }

    /// Adds `head:text` if there is a text.
    pub(crate) fn some(&mut self, head: &str, text: Option<String>) {
        if let Some(text) = text {
            self.text(head, &text);
        }
    }

    /// Adds lines that are finished.
    pub(crate) fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// A text value.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' | '\r' => out.push_str("\\n"),
            '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A parameter value, in quotes where it needs them; those in it become apostrophes.
pub(crate) fn parameter(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.replace('"', "'");
    if text.contains([',', ';', ':']) { format!("\"{text}\"") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_and_escaping() {
        let mut lines = Lines::default();
        lines.text("NOTE", &"\u{e4}".repeat(40));
        lines.text("X", "a,b;c\\d\r\ne\nf");
        let expected = format!(
            "NOTE:{}\r\n {}\r\nX:a\\,b\\;c\\\\d\\ne\\nf\r\n",
            "\u{e4}".repeat(35),
            "\u{e4}".repeat(5)
        );
        assert_eq!(lines.finish(), expected);
        assert_eq!(parameter("a\"b\r\n"), "a'b");
        assert_eq!(parameter("Lee, Ann"), "\"Lee, Ann\"");
    }
}
