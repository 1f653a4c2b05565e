//! RTF as text, and the HTML or text that Exchange and Outlook hide in RTF (MS-OXRTFEX).

use std::collections::HashMap;

use mapix::prop::CodePage;

use super::html;

/// Deeper groups are read, but their state is that of the group around them.
const MAX_DEPTH: usize = 256;

/// Groups whose content is not text of the document.
const HIDDEN: [&str; 22] = [
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "headerl",
    "headerr",
    "headerf",
    "footerl",
    "footerr",
    "footerf",
    "footnote",
    "filetbl",
    "listtable",
    "themedata",
    "listoverridetable",
    "rsidtbl",
    "generator",
    "datastore",
    "latentstyles",
];

/// The text of an RTF document. If HTML is hidden in it, the text of that.
pub(crate) fn to_text(rtf: &[u8]) -> String {
    let head = &rtf[..rtf.len().min(1024)];
    let has_html = contains(head, b"\\fromhtml1") || contains(head, b"\\fromhtml ");
    let mut reader = Reader::new(has_html);
    reader.read(rtf);
    let text = reader.finish();
    if has_html {
        return html::to_text(&text);
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

/// What holds until the end of a group.
#[derive(Clone, Copy)]
struct Group {
    hidden: bool,
    /// Text that stands for hidden HTML (`\htmlrtf`), to be passed over.
    html_rtf: bool,
    font_table: bool,
    /// How many characters stand for `\u` where it is not understood (`\uc`).
    fallback: usize,
    code_page: CodePage,
}

struct Reader {
    out: String,
    /// Bytes in a code page that are not decoded yet: a character may take two.
    bytes: Vec<u8>,
    group: Group,
    stack: Vec<Group>,
    /// Groups beyond [`MAX_DEPTH`].
    too_deep: usize,
    has_html: bool,
    /// The code page of the document (`\ansicpg`).
    default: CodePage,
    fonts: HashMap<i32, CodePage>,
    /// The font that the font table describes.
    font: i32,
    /// Characters still to be passed over after `\u`.
    skip: usize,
    /// The first half of a surrogate pair.
    surrogate: Option<u16>,
    /// Whether the group has just begun with `\*`.
    optional: bool,
}

impl Reader {
    fn new(has_html: bool) -> Self {
        let group = Group {
            hidden: false,
            html_rtf: false,
            font_table: false,
            fallback: 1,
            code_page: CodePage::WESTERN,
        };
        Self {
            out: String::new(),
            bytes: Vec::new(),
            group,
            stack: Vec::new(),
            too_deep: 0,
            has_html,
            default: CodePage::WESTERN,
            fonts: HashMap::new(),
            font: 0,
            skip: 0,
            surrogate: None,
            optional: false,
        }
    }

    fn read(&mut self, rtf: &[u8]) {
        let mut rest = rtf;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'{' => self.open(),
                b'}' => self.close(),
                b'\\' => rest = self.control(rest),
                b'\r' | b'\n' => {}
                _ => self.byte(byte),
            }
        }
    }

    fn finish(mut self) -> String {
        self.flush();
        self.out
    }

    fn open(&mut self) {
        self.flush();
        self.skip = 0;
        self.optional = false;
        if self.stack.len() < MAX_DEPTH {
            self.stack.push(self.group);
        } else {
            self.too_deep += 1;
        }
    }

    fn close(&mut self) {
        self.flush();
        self.skip = 0;
        self.optional = false;
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if let Some(group) = self.stack.pop() {
            self.group = group;
        }
    }

    /// Treats what follows a backslash; gives what comes after it.
    fn control<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let Some((&first, after)) = text.split_first() else { return text };
        if !first.is_ascii_alphabetic() {
            return self.symbol(first, after);
        }
        let length = text.iter().take(32).take_while(|b| b.is_ascii_alphabetic()).count();
        let (word, mut rest) = text.split_at(length);
        let signed = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[signed..].iter().take(10).take_while(|b| b.is_ascii_digit()).count();
        let mut number = None;
        if digits > 0 {
            let text = std::str::from_utf8(&rest[..signed + digits]).unwrap_or_default();
            number = text.parse().ok();
            rest = &rest[signed + digits..];
        }
        if rest.first() == Some(&b' ') {
            rest = &rest[1..];
        }
        let word = std::str::from_utf8(word).unwrap_or_default();
        // `\bin` is followed by raw bytes, whatever they look like.
        if word == "bin" {
            let count = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
            return &rest[count.min(rest.len())..];
        }
        self.word(word, number);
        rest
    }

    fn symbol<'a>(&mut self, symbol: u8, after: &'a [u8]) -> &'a [u8] {
        match symbol {
            b'\'' => {
                let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
                let (Some(high), Some(low)) = (digit(0), digit(1)) else { return after };
                self.byte((high << 4 | low) as u8);
                return &after[2..];
            }
            b'*' => self.optional = true,
            b'\\' | b'{' | b'}' => self.byte(symbol),
            b'~' => self.text("\u{A0}"),
            b'_' => self.text("-"),
            b'\r' | b'\n' => self.text("\n"),
            _ => {}
        }
        after
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
        let optional = std::mem::take(&mut self.optional);
        match word {
            "htmltag" => self.group.hidden = !self.has_html,
            "htmlrtf" => {
                self.flush();
                self.group.html_rtf = number != Some(0);
            }
            "fonttbl" => (self.group.hidden, self.group.font_table) = (true, true),
            "f" if self.group.font_table => self.font = number.unwrap_or(0),
            "fcharset" => {
                let page = number.and_then(code_page_of_charset).unwrap_or(self.default);
                self.fonts.insert(self.font, page);
            }
            "f" => {
                self.flush();
                let font = self.fonts.get(&number.unwrap_or(0));
                self.group.code_page = font.copied().unwrap_or(self.default);
            }
            "ansicpg" => {
                if let Some(page) = number.and_then(CodePage::from_property) {
                    (self.default, self.group.code_page) = (page, page);
                }
            }
            "uc" => self.group.fallback = number.map_or(1, |n| n.clamp(0, 64) as usize),
            "u" => self.unicode(number.unwrap_or(0)),
            "fldinst" | "mhtmltag" => self.group.hidden = true,
            "fldrslt" => self.group.hidden = false,
            _ if optional || HIDDEN.contains(&word) => self.group.hidden = true,
            "par" | "line" | "sect" | "page" | "row" => self.text("\n"),
            "tab" => self.text("\t"),
            "cell" => self.text("  "),
            "emdash" => self.text("\u{2014}"),
            "endash" => self.text("\u{2013}"),
            "lquote" => self.text("\u{2018}"),
            "rquote" => self.text("\u{2019}"),
            "ldblquote" => self.text("\u{201C}"),
            "rdblquote" => self.text("\u{201D}"),
            "bullet" => self.text("\u{2022}"),
            _ => {}
        }
    }

    /// Whether text at this place belongs to the document.
    fn shows(&self) -> bool {
        !self.group.hidden && !(self.has_html && self.group.html_rtf)
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.shows() {
            self.bytes.push(byte);
        }
    }

    fn text(&mut self, text: &str) {
        self.flush();
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.shows() {
            self.out.push_str(text);
        }
    }

    fn unicode(&mut self, number: i32) {
        self.flush();
        self.skip = self.group.fallback;
        // Numbers above 32767 are written as negative ones.
        let unit = number as u16;
        if !self.shows() {
            return;
        }
        let units = self.surrogate.take().into_iter().chain([unit]);
        if (0xD800..0xDC00).contains(&unit) {
            self.surrogate = Some(unit);
            return;
        }
        let decoded = char::decode_utf16(units);
        self.out.extend(decoded.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }

    /// Decodes the bytes that were gathered.
    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            self.out.push_str(&self.group.code_page.decode(&self.bytes));
            self.bytes.clear();
        }
    }
}

/// The code page of a Windows character set number.
fn code_page_of_charset(charset: i32) -> Option<CodePage> {
    Some(CodePage(match charset {
        0 => 1252,
        77 => 10000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        255 => 437,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_documents() {
        let rtf = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset204 Times;}}
{\colortbl\red0;}{\*\generator x;}\f0 Hello \b Ann\b0 ,\par caf\'e9 \u8364?\u-10179?\u-8704?\line
\f1\'cf\'f0 \{x\}\tab{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}\bin3 }}}\par}";
        let text = "Hello Ann,\ncaf\u{e9} \u{20ac}\u{1f600}\n\u{41f}\u{440} {x}\tlink";
        assert_eq!(to_text(rtf), text);
    }

    #[test]
    fn html_is_taken_out() {
        let rtf = br"{\rtf1\ansi\ansicpg1252\fromhtml1 \fbidis {\*\htmltag19 <html>}
{\*\htmltag64 <p>}\htmlrtf \par \htmlrtf0 Gr\'fc\'dfe &amp;{\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 bold
\htmlrtf }\htmlrtf0{\*\htmltag92 </b>}{\*\mhtmltag64 no}{\*\htmltag72 </p>}}";
        assert_eq!(to_text(rtf), "Gr\u{fc}\u{df}e &bold");
    }

    #[test]
    fn broken_and_hostile_rtf_is_bounded() {
        assert_eq!(to_text(b"}}}{{{ a \\"), " a");
        assert_eq!(to_text(b"\\'zz\\u99999999999 \\bin999999999 x"), "zz");
        let deep = [b"{".repeat(100_000), b"deep".to_vec()].concat();
        assert_eq!(to_text(&deep), "deep");
    }
}
