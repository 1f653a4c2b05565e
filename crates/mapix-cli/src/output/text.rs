//! Text that comes from a mailbox, made fit for a terminal.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Replaces what a terminal would obey instead of show: control characters, and marks that turn
/// the direction of writing around.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    replace(text, |_| false)
}

/// The same, but line breaks and tabs stay.
pub(crate) fn safe_lines(text: &str) -> Cow<'_, str> {
    replace(text, |c| matches!(c, '\n' | '\t'))
}

fn replace(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    let bad = |c: char| !keep(c) && is_obeyed(c);
    if !text.contains(bad) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' if !keep(c) => ' ',
        c if bad(c) => '\u{FFFD}',
        c => c,
    };
    Cow::Owned(text.chars().map(shown).collect())
}

fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text to a number of columns; what was cut shows as an ellipsis.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if text.len() <= columns || width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut taken = 0;
    let room = columns.saturating_sub(1);
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    Cow::Owned(kept + "\u{2026}")
}

/// Cuts or fills a text to a number of columns.
pub(crate) fn fit(text: &str, columns: usize, right: bool) -> String {
    let text = cut(text, columns);
    let fill = " ".repeat(columns.saturating_sub(width(&text)));
    if right { fill + &text } else { text.into_owned() + &fill }
}

/// Breaks a text into lines of at most so many columns, at spaces where there are any. Lines
/// that fit stay as they are.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let line = line.trim_end().replace('\t', "    ");
        let mut rest = line.as_str();
        while rest.len() > columns && width(rest) > columns {
            let (at, next) = break_point(rest, columns);
            lines.push(rest[..at].trim_end().to_owned());
            rest = &rest[next..];
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// Where a line that is too long ends, and where the next one begins.
fn break_point(line: &str, columns: usize) -> (usize, usize) {
    let (mut taken, mut space) = (0, None);
    // An indent is no place to break.
    let indent = line.len() - line.trim_start().len();
    for (at, c) in line.char_indices() {
        taken += c.width().unwrap_or(0);
        if c == ' ' && at > indent {
            space = Some(at);
        }
        if taken > columns {
            return match space {
                Some(space) => (space, space + 1),
                // At least one character, lest it go on for ever.
                None if at == 0 => (c.len_utf8(), c.len_utf8()),
                None => (at, at),
            };
        }
    }
    (line.len(), line.len())
}

/// A size for people: `812 B`, `12.3 kB`, `4.0 MB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1000.0, 0);
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A number with its noun: `1 message`, `2 messages`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_not_given_orders() {
        assert_eq!(safe("a\x1b[31mb\nc\u{9b}d\u{202e}e"), "a\u{fffd}[31mb c\u{fffd}d\u{fffd}e");
        assert_eq!(safe_lines("a\n\tb\r\x07"), "a\n\tb\u{fffd}\u{fffd}");
        assert!(matches!(safe("Gr\u{fc}\u{df}e"), Cow::Borrowed(_)));
    }

    #[test]
    fn widths_count_columns() {
        assert_eq!(cut("\u{65e5}\u{672c}\u{8a9e}", 5), "\u{65e5}\u{672c}\u{2026}");
        assert_eq!(cut("short", 5), "short");
        assert_eq!(fit("ab", 4, true), "  ab");
        assert_eq!(fit("abcdef", 4, false), "abc\u{2026}");
        assert_eq!(
            wrap("one two three\n\n  four five", 8),
            ["one two", "three", "", "  four", "five"]
        );
        assert_eq!(wrap("\u{65e5}\u{672c}", 1), ["\u{65e5}", "\u{672c}"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
    }

    #[test]
    fn sizes_read_well() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
