//! HTML as text: what a mail client without HTML would show.
//!
//! One pass from left to right with a flat stack of open quotes and lists. Mail is often broken
//! HTML and sometimes hostile, so there is no tree: time and memory are linear in the input,
//! however deeply it is nested.

mod entity;

/// Elements whose content is not text of the message.
const HIDDEN: [&str; 5] = ["script", "style", "head", "title", "template"];

/// Elements that begin and end a line.
const BLOCKS: [&str; 24] = [
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "form",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
    "caption",
    "figure",
];

/// Elements with an empty line around them.
const PARAGRAPHS: [&str; 7] = ["p", "h1", "h2", "h3", "h4", "h5", "h6"];

/// Nested deeper than this, quotes and lists are not indented further.
const MAX_INDENT: usize = 8;

/// The text of an HTML document; lines are not wrapped.
pub fn to_text(html: &str) -> String {
    let mut text = Text::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push(&rest[..at], true);
        rest = text.markup(&rest[at..]);
    }
    text.push(rest, true);
    text.finish()
}

#[derive(Default)]
struct Text {
    out: String,
    /// Line breaks that are due before the next text.
    breaks: usize,
    /// Whether a space is due before the next text.
    space: bool,
    /// Whether the current line has text.
    in_line: bool,
    /// Whether white space is kept as it is.
    pre: bool,
    /// Open quotes and lists, outermost first.
    indents: Vec<Indent>,
    /// Where the open link leads, and where its text begins.
    link: Option<(String, usize)>,
    /// Elements that are known to have no end.
    endless: Vec<String>,
}

enum Indent {
    Quote,
    /// Of an ordered list, the number of the last item.
    List(Option<u32>),
}

impl Text {
    /// Treats what begins with `<`; gives what comes after it.
    fn markup<'a>(&mut self, html: &'a str) -> &'a str {
        let after = &html[1..];
        if let Some(comment) = after.strip_prefix("!--") {
            return comment.find("-->").map_or("", |end| &comment[end + 3..]);
        }
        let begins = after.strip_prefix('/').unwrap_or(after);
        match begins.chars().next() {
            Some(c) if c.is_ascii_alphabetic() => {}
            // Declarations, processing instructions, Word's conditions.
            Some('!' | '?') => return end_of_tag(after),
            _ => {
                self.push("<", false);
                return after;
            }
        }
        let rest = end_of_tag(after);
        let tag = &after[..after.len() - rest.len()];
        let length = begins.find(|c: char| c.is_whitespace() || c == '>' || c == '/');
        let name = begins[..length.unwrap_or(begins.len())].to_ascii_lowercase();
        // Word's elements, such as `o:p`, say nothing about the text.
        if begins.len() < after.len() {
            self.close(&name);
        } else {
            self.open(&name, tag);
            if HIDDEN.contains(&name.as_str()) {
                return self.hide(rest, name);
            }
        }
        rest
    }

    fn open(&mut self, name: &str, tag: &str) {
        self.around(name);
        match name {
            "br" => self.breaks = (self.breaks + 1).min(2),
            "hr" => {
                self.push("----", false);
                self.breaks = 1;
            }
            "td" | "th" if self.in_line && self.breaks == 0 => self.push_raw("  "),
            "pre" => self.pre = true,
            "blockquote" => self.indents.push(Indent::Quote),
            "ul" => self.indents.push(Indent::List(None)),
            "ol" => self.indents.push(Indent::List(Some(0))),
            "li" => self.item(),
            "a" => {
                self.end_link();
                if let Some(address) = attribute(tag, "href") {
                    self.link = Some((address, self.out.len()));
                }
            }
            "img" => {
                if let Some(alt) = attribute(tag, "alt").filter(|alt| !alt.trim().is_empty()) {
                    self.push(&format!("[{}]", alt.trim()), false);
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "a" => self.end_link(),
            "pre" => self.pre = false,
            "blockquote" => {
                let quote = self.indents.iter().rposition(|one| matches!(one, Indent::Quote));
                self.leave(quote);
            }
            "ul" | "ol" => {
                let list = self.indents.iter().rposition(|one| matches!(one, Indent::List(_)));
                self.leave(list);
            }
            _ => {}
        }
        self.around(name);
    }

    fn leave(&mut self, level: Option<usize>) {
        if let Some(level) = level {
            self.indents.truncate(level);
        }
    }

    /// Passes over an element that is not shown. One that never ends hides all that follows, but
    /// a head that never ends must not swallow the message.
    fn hide<'a>(&mut self, text: &'a str, name: String) -> &'a str {
        if self.endless.contains(&name) {
            return text;
        }
        if let Some(rest) = after_element(text, &name) {
            return rest;
        }
        let harmless = name == "head" || name == "title";
        self.endless.push(name);
        if harmless { text } else { "" }
    }

    /// The line breaks that an element brings with it on both sides.
    fn around(&mut self, name: &str) {
        let breaks = if PARAGRAPHS.contains(&name) {
            2
        } else if BLOCKS.contains(&name) {
            1
        } else {
            return;
        };
        self.breaks = self.breaks.max(breaks);
        self.space = false;
    }

    fn item(&mut self) {
        let list = self.indents.iter_mut().rev().find_map(|one| match one {
            Indent::List(number) => Some(number),
            Indent::Quote => None,
        });
        let mark = match list {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{number}. ")
            }
            _ => "* ".to_owned(),
        };
        self.push_raw(&mark);
    }

    /// Adds the address of a link after its text, unless the text says it already.
    fn end_link(&mut self) {
        let Some((address, start)) = self.link.take() else { return };
        let shown = self.out.get(start..).unwrap_or_default().trim();
        let bare = address.strip_prefix("mailto:").unwrap_or(&address);
        let is_web = ["http://", "https://", "ftp://"].iter().any(|s| bare.starts_with(s));
        if is_web && !shown.is_empty() && !bare.trim_end_matches('/').ends_with(shown) {
            let text = format!(" <{bare}>");
            self.space = false;
            self.push_raw(&text);
        }
    }

    /// Adds text of the document; white space collapses, character references are resolved.
    fn push(&mut self, text: &str, references: bool) {
        if text.is_empty() {
            return;
        }
        let text = if references { entity::decode(text) } else { text.into() };
        if self.pre {
            for (index, line) in text.split('\n').enumerate() {
                if index > 0 {
                    self.breaks = (self.breaks + 1).min(3);
                }
                self.push_raw(line.trim_end_matches('\r'));
            }
            return;
        }
        // A no-break space is text: mail indents with it.
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{C}');
        for (index, word) in text.split(is_space).enumerate() {
            self.space |= index > 0;
            if !word.is_empty() {
                self.push_raw(&word.replace('\u{A0}', " "));
            }
        }
    }

    /// Adds text as it is, after the breaks or the space that are due.
    fn push_raw(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.breaks > 0 && !self.out.is_empty() {
            for _ in 0..self.breaks {
                self.out.push('\n');
            }
            self.in_line = false;
        } else if self.space && self.in_line && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
        if !self.in_line {
            for indent in self.indents.iter().take(MAX_INDENT) {
                self.out.push_str(if matches!(indent, Indent::Quote) { "> " } else { "  " });
            }
        }
        (self.breaks, self.space, self.in_line) = (0, false, true);
        self.out.push_str(text);
    }

    fn finish(mut self) -> String {
        self.end_link();
        let lines: Vec<&str> = self.out.lines().map(str::trim_end).collect();
        lines.join("\n").trim_matches('\n').to_owned()
    }
}

/// What comes after the `>` of a tag; quotes may hold one.
fn end_of_tag(text: &str) -> &str {
    let mut quote = None;
    // A quote that is never closed ends at the first `>` after all.
    let mut first = None;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, quote) {
            (b'>', None) => return &text[at + 1..],
            (b'>', Some(_)) if first.is_none() => first = Some(at),
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            // No tag is this long: give up on the quote.
            _ if at > 65_536 => break,
            _ => {}
        }
    }
    first.map_or("", |at| &text[at + 1..])
}

/// What comes after the end of an element; `None` if it never ends.
fn after_element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return Some(end_of_tag(rest));
        }
    }
    None
}

/// The value of an attribute in a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find(name) {
        let start = from + at;
        from = start + name.len();
        let own = lower[..start].ends_with(|c: char| c.is_ascii_whitespace() || c == '"');
        let Some(value) = tag[from..].trim_start().strip_prefix('=').filter(|_| own) else {
            continue;
        };
        let value = value.trim_start();
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next(),
            _ => value.split(|c: char| c.is_ascii_whitespace() || c == '>').next(),
        };
        return value.map(|value| entity::decode(value).into_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_lines() {
        let html = "<html><head><title>x</title><style>p{}</style></head><body>\n\
                    <p class=a>Hello&nbsp;<b>Ann</b>,</p>\n<p>see <a href=\"https://example.org/a\">\
                    this</a>\n &amp; more.<br>Bye</p><ul><li>one</li><li>two</ul>\
                    <ol><li>a<li>b</ol><blockquote>quoted<br>twice</blockquote></body>";
        let text = "Hello Ann,\n\nsee this <https://example.org/a> & more.\nBye\n\n  * one\n  * \
                    two\n  1. a\n  2. b\n> quoted\n> twice";
        assert_eq!(to_text(html), text);
    }

    #[test]
    fn tables_and_preformatted_text() {
        assert_eq!(to_text("<table><tr><td>a<td>b<tr><td>c"), "a  b\nc");
        assert_eq!(to_text("x<pre>  a\n\n  b</pre>y"), "x\n  a\n\n  b\ny");
        assert_eq!(
            to_text("1 < 2 <3> &lt;b&gt; &#x41;&#66; &bogus; &"),
            "1 < 2 <3> <b> AB &bogus; &"
        );
    }

    #[test]
    fn broken_and_hostile_html_is_bounded() {
        assert_eq!(to_text("<a href='x>y"), "y");
        assert_eq!(to_text("<!-- <p>never closed"), "");
        assert_eq!(to_text("<head>no end"), "no end");
        assert_eq!(to_text("<script>no end"), "");
        let deep = to_text(&("<blockquote>".repeat(100_000) + "deep"));
        assert_eq!(deep, format!("{}deep", "> ".repeat(MAX_INDENT)));
        assert_eq!(to_text(&"<".repeat(100_000)).len(), 100_000);
        let _ = to_text(&"<a href=\"".repeat(20_000));
        let _ = to_text(&"<title>".repeat(20_000));
    }
}
