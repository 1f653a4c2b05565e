//! The character references of HTML (`&eacute;`, `&#233;`, `&#xE9;`).

use std::borrow::Cow;

/// The named references of HTML 4, by the first code point of runs of consecutive ones.
const RUNS: [(u32, &str); 3] = [
    (
        160,
        "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg \
         plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 \
         iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml \
         Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave \
         Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil \
         egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde \
         ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml",
    ),
    (
        913,
        "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho \
         - Sigma Tau Upsilon Phi Chi Psi Omega",
    ),
    (
        945,
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho \
         sigmaf sigma tau upsilon phi chi psi omega",
    ),
];

/// Those that stand alone.
const SINGLES: [(&str, u32); 62] = [
    ("quot", 34),
    ("amp", 38),
    ("apos", 39),
    ("lt", 60),
    ("gt", 62),
    ("OElig", 338),
    ("oelig", 339),
    ("Scaron", 352),
    ("scaron", 353),
    ("Yuml", 376),
    ("fnof", 402),
    ("circ", 710),
    ("tilde", 732),
    ("ensp", 8194),
    ("emsp", 8195),
    ("thinsp", 8201),
    ("zwnj", 8204),
    ("zwj", 8205),
    ("ndash", 8211),
    ("mdash", 8212),
    ("lsquo", 8216),
    ("rsquo", 8217),
    ("sbquo", 8218),
    ("ldquo", 8220),
    ("rdquo", 8221),
    ("bdquo", 8222),
    ("dagger", 8224),
    ("Dagger", 8225),
    ("bull", 8226),
    ("hellip", 8230),
    ("permil", 8240),
    ("prime", 8242),
    ("Prime", 8243),
    ("lsaquo", 8249),
    ("rsaquo", 8250),
    ("euro", 8364),
    ("trade", 8482),
    ("larr", 8592),
    ("uarr", 8593),
    ("rarr", 8594),
    ("darr", 8595),
    ("harr", 8596),
    ("rArr", 8658),
    ("hArr", 8660),
    ("forall", 8704),
    ("part", 8706),
    ("exist", 8707),
    ("empty", 8709),
    ("isin", 8712),
    ("sum", 8721),
    ("minus", 8722),
    ("radic", 8730),
    ("infin", 8734),
    ("cap", 8745),
    ("cup", 8746),
    ("int", 8747),
    ("asymp", 8776),
    ("ne", 8800),
    ("equiv", 8801),
    ("le", 8804),
    ("ge", 8805),
    ("loz", 9674),
];

/// No name is shorter or longer.
const SHORTEST: usize = 2;
const LONGEST: usize = 10;

/// Text with its references resolved; what is none stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut out = text[..first].to_owned();
    let mut rest = &text[first..];
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match reference(rest) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that a reference stands for, and how many bytes it takes after the `&`.
fn reference(text: &str) -> Option<(char, usize)> {
    let name_end = |text: &str| {
        let end = text.bytes().take(LONGEST).take_while(u8::is_ascii_alphanumeric).count();
        (end, end + usize::from(text.as_bytes().get(end) == Some(&b';')))
    };
    if let Some(number) = text.strip_prefix('#') {
        let (digits, radix, before) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16, 2),
            None => (number, 10, 1),
        };
        let (end, all) = name_end(digits);
        let code = u32::from_str_radix(&digits[..end], radix).ok()?;
        return Some((windows(code), before + all));
    }
    let (end, all) = name_end(text);
    if end < SHORTEST {
        return None;
    }
    let code = named(&text[..end])?;
    Some((char::from_u32(code)?, all))
}

fn named(name: &str) -> Option<u32> {
    let single = SINGLES.iter().find(|(other, _)| *other == name).map(|(_, code)| *code);
    single.or_else(|| {
        RUNS.iter().find_map(|(first, names)| {
            let at = names.split_whitespace().position(|other| other == name)?;
            Some(first + at as u32)
        })
    })
}

/// Numbers from 128 to 159 mean Windows-1252, as in every browser.
fn windows(code: u32) -> char {
    match u8::try_from(code) {
        Ok(byte @ 0x80..=0x9F) => {
            mapix_core::prop::CodePage::WESTERN.decode(&[byte]).chars().next().unwrap_or('\u{FFFD}')
        }
        _ => char::from_u32(code).unwrap_or('\u{FFFD}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (text, expected) in [
            ("a&eacute;b", "a\u{e9}b"),
            ("a && b &c; &lt", "a && b &c; <"),
            ("&Omega;&omega;&yuml;&loz;", "\u{3a9}\u{3c9}\u{ff}\u{25ca}"),
            ("&#8364;&#x20AC;&#128;&euro;", "\u{20ac}\u{20ac}\u{20ac}\u{20ac}"),
            (
                "&amp;lt; &lt &#; &#x; &#99999999; &nosuchname;",
                "&lt; < &#; &#x; \u{fffd} &nosuchname;",
            ),
            ("&", "&"),
            ("&\u{e9};", "&\u{e9};"),
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
    }
}
