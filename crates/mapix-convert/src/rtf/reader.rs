//! One pass over an RTF document.

use std::collections::HashMap;

use mapix_core::prop::CodePage;

/// Deeper groups are read, but their state is that of the group around them.
const MAX_DEPTH: usize = 256;
/// More fonts than this are read as the font of the document.
const MAX_FONTS: usize = 4096;

/// Groups whose content is not text of the document.
const HIDDEN: [&str; 23] = [
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
    "fontemb",
];

/// What is wanted of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The HTML that is encapsulated in it.
    Html,
    /// The plain text that is encapsulated in it.
    Text,
    /// Its own text.
    Native,
}

/// What a group holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Text,
    /// Markup that is given as it is (`\htmltag`).
    Markup,
    /// What is not of the document.
    Hidden,
    /// The font table, which is not of the document either.
    Fonts,
}

/// What holds until the end of a group.
#[derive(Clone, Copy)]
struct Group {
    content: Content,
    /// Text that stands for HTML (`\htmlrtf`), to be passed over.
    html_rtf: bool,
    /// How many characters stand for `\u` where it is not understood (`\uc`).
    fallback: usize,
    code_page: CodePage,
}

pub(super) struct Reader {
    mode: Mode,
    out: String,
    /// Bytes in a code page that are not decoded yet: a character may take two.
    bytes: Vec<u8>,
    group: Group,
    stack: Vec<Group>,
    /// Groups beyond [`MAX_DEPTH`].
    too_deep: usize,
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
    pub(super) fn new(mode: Mode) -> Self {
        let group = Group {
            content: Content::Text,
            html_rtf: false,
            fallback: 1,
            code_page: CodePage::WESTERN,
        };
        Self {
            mode,
            out: String::new(),
            bytes: Vec::new(),
            group,
            stack: Vec::new(),
            too_deep: 0,
            default: CodePage::WESTERN,
            fonts: HashMap::new(),
            font: 0,
            skip: 0,
            surrogate: None,
            optional: false,
        }
    }

    pub(super) fn read(mut self, rtf: &[u8]) -> String {
        let mut rest = rtf;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'{' => self.open(),
                b'}' => self.close(),
                b'\\' => rest = self.control(rest),
                b'\r' | b'\n' | 0 => {}
                _ => self.byte(byte),
            }
        }
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
            b'~' => self.special("&nbsp;", "\u{A0}"),
            b'-' => self.special("&shy;", "\u{AD}"),
            b'_' => self.special("&#8209;", "\u{2011}"),
            b'\r' | b'\n' => self.text("\r\n"),
            _ => {}
        }
        after
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
        let optional = std::mem::take(&mut self.optional);
        match word {
            "htmltag" => {
                let html = self.mode == Mode::Html;
                self.group.content = if html { Content::Markup } else { Content::Hidden };
            }
            "htmlrtf" => {
                self.flush();
                self.group.html_rtf = number != Some(0);
            }
            "fonttbl" => self.group.content = Content::Fonts,
            "f" if self.group.content == Content::Fonts => self.font = number.unwrap_or(0),
            "fcharset" if self.group.content == Content::Fonts => {
                let page = number.and_then(code_page_of_charset).unwrap_or(self.default);
                if self.fonts.len() < MAX_FONTS {
                    self.fonts.insert(self.font, page);
                }
            }
            "f" => {
                self.flush();
                let font = self.fonts.get(&number.unwrap_or(0));
                self.group.code_page = font.copied().unwrap_or(self.default);
            }
            "plain" => {
                self.flush();
                self.group.code_page = self.default;
            }
            "ansicpg" => {
                self.flush();
                if let Some(page) = number.and_then(CodePage::from_property) {
                    (self.default, self.group.code_page) = (page, page);
                }
            }
            "mac" => (self.default, self.group.code_page) = (CodePage(10000), CodePage(10000)),
            "pc" => (self.default, self.group.code_page) = (CodePage(437), CodePage(437)),
            "pca" => (self.default, self.group.code_page) = (CodePage(850), CodePage(850)),
            "uc" => self.group.fallback = number.map_or(1, |n| n.clamp(0, 64) as usize),
            "u" => self.unicode(number.unwrap_or(0)),
            "fldinst" | "mhtmltag" => self.group.content = Content::Hidden,
            "fldrslt" if self.around().content == Content::Text => {
                self.group.content = Content::Text;
            }
            _ if optional || HIDDEN.contains(&word) => self.group.content = Content::Hidden,
            "par" | "line" => self.text("\r\n"),
            "sect" | "page" | "row" if self.mode == Mode::Native => self.text("\r\n"),
            "tab" => self.text("\t"),
            "cell" if self.mode == Mode::Native => self.text("  "),
            "emdash" => self.special("&mdash;", "\u{2014}"),
            "endash" => self.special("&ndash;", "\u{2013}"),
            "lquote" => self.special("&lsquo;", "\u{2018}"),
            "rquote" => self.special("&rsquo;", "\u{2019}"),
            "ldblquote" => self.special("&ldquo;", "\u{201C}"),
            "rdblquote" => self.special("&rdquo;", "\u{201D}"),
            "bullet" => self.special("&bull;", "\u{2022}"),
            "emspace" => self.special("&emsp;", "\u{2003}"),
            "enspace" => self.special("&ensp;", "\u{2002}"),
            "zwj" => self.special("&zwj;", "\u{200D}"),
            "zwnj" => self.special("&zwnj;", "\u{200C}"),
            "ltrmark" => self.special("&lrm;", "\u{200E}"),
            "rtlmark" => self.special("&rlm;", "\u{200F}"),
            _ => {}
        }
    }

    /// The state around the present group.
    fn around(&self) -> Group {
        self.stack.len().checked_sub(2).map_or(self.group, |at| self.stack[at])
    }

    /// Whether text at this place belongs to what is wanted.
    fn shows(&self) -> bool {
        // Markup always counts: `\htmlrtf` says nothing about it.
        match self.group.content {
            Content::Markup => true,
            Content::Text => self.mode == Mode::Native || !self.group.html_rtf,
            Content::Hidden | Content::Fonts => false,
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.shows() {
            self.bytes.push(byte);
        }
    }

    /// A character that HTML may have written as an entity.
    fn special(&mut self, entity: &str, character: &str) {
        let markup = self.mode == Mode::Html;
        self.text(if markup { entity } else { character });
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
        if unit == 0 || !self.shows() {
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
            // Markup is in the code page of the document, whatever the font.
            let markup = self.group.content == Content::Markup;
            let page = if markup { self.default } else { self.group.code_page };
            self.out.push_str(&page.decode(&self.bytes));
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
