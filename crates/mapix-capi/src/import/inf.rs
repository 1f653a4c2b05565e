//! `mapisvc.inf`: which message services there are, with which providers, in which libraries.
//!
//! ```text
//! [Services]                     [DEMO]                          [DEMO Store]
//! DEMO=A demonstration           PR_SERVICE_DLL_NAME=demo        PR_PROVIDER_DLL_NAME=demo
//!                                PR_SERVICE_ENTRY_NAME=Entry     PR_RESOURCE_TYPE=MAPI_STORE_PROVIDER
//!                                Providers=DEMO Store            66000003=02000000
//! ```
//!
//! Names of sections and entries are compared without case, `;` begins a comment at the start of a
//! line. A property is written under its name or its tag in eight hexadecimal digits; numbers of
//! properties that are written by name may be decimal, `0x`, or MAPI's constants (joined by `|`),
//! under a tag they are the bytes in memory, as are all values that are not text.

use std::fmt::Display;

use mapix::names::parse_tag;
use mapix::prop::{CodePage, Prop, PropBag, PropTag, PropType, Value};
use mapix::{Context, Error, Result};

use crate::convert::string8;

/// `PR_PROVIDER_DLL_NAME`.
const PROVIDER_DLL_NAME: u16 = 0x300A;
/// `PR_SERVICE_DLL_NAME`.
const SERVICE_DLL_NAME: u16 = 0x3D0A;
/// `PR_SERVICE_ENTRY_NAME`.
const SERVICE_ENTRY_NAME: u16 = 0x3D0B;
/// `PR_RESOURCE_TYPE`.
const RESOURCE_TYPE: u16 = 0x3E03;
/// `PR_DISPLAY_NAME`.
const DISPLAY_NAME: u16 = 0x3001;

/// The longest line that is read: nobody writes longer ones by hand.
const LONGEST: usize = 64 << 10;

/// A message service, as a file describes it.
#[derive(Clone, PartialEq, Debug)]
pub struct InfService {
    /// Its name, by which profiles know it.
    pub name: String,
    /// What people see.
    pub display_name: String,
    /// The library with its entry point, and the name of that; a service may do without.
    pub entry: Option<(String, String)>,
    /// All properties of its section.
    pub props: PropBag,
    /// Its providers, in the order of the file.
    pub providers: Vec<InfProvider>,
}

/// A provider of a service.
#[derive(Clone, PartialEq, Debug)]
pub struct InfProvider {
    /// The name of its section.
    pub section: String,
    /// The library that it is in.
    pub library: String,
    /// What it is: `MAPI_STORE_PROVIDER` and so on.
    pub kind: ResourceType,
    /// All properties of its section.
    pub props: PropBag,
}

/// The kind of a provider (`PR_RESOURCE_TYPE`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ResourceType(pub u32);

impl ResourceType {
    /// `MAPI_STORE_PROVIDER`.
    pub const STORE: Self = Self(33);
}

/// A section of a file: its name, where it begins, and its entries with their lines.
struct Section<'a> {
    name: &'a str,
    line: usize,
    entries: Vec<(usize, &'a str, &'a str)>,
}

impl<'a> Section<'a> {
    fn find(&self, key: &str) -> Option<(usize, &'a str)> {
        let found = self.entries.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(line, _, value)| (*line, *value))
    }

    /// The properties, without the entries that are lists.
    fn props(&self) -> Result<PropBag> {
        let mut bag = PropBag::new();
        for (line, key, value) in &self.entries {
            if ["Providers", "Sections", "UID"].iter().any(|list| key.eq_ignore_ascii_case(list)) {
                continue;
            }
            let (tag, value) = property(key, value).context(|| at(*line))?;
            if bag.find(tag.id()).is_some() {
                return Err(Error::corrupt(format!("{key} is there twice")).context(at(*line)));
            }
            bag.set(tag, value);
        }
        Ok(bag)
    }
}

/// Reads a file.
///
/// # Errors
/// `MAPI_E_CORRUPT_DATA`, with the line.
pub fn parse(bytes: &[u8]) -> Result<Vec<InfService>> {
    let text = string8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).to_vec());
    let text = text.decode();
    let sections = sections(&text)?;
    let section = |name: &str| sections.iter().find(|found| found.name.eq_ignore_ascii_case(name));
    let Some(services) = section("Services") else {
        return Err(Error::corrupt("there is no section [Services]"));
    };
    let service = |&(line, name, title): &(usize, &str, &str)| {
        let found = section(name).ok_or_else(|| missing(name, line))?;
        let props = found.props()?;
        let library = text_of(&props, SERVICE_DLL_NAME);
        let entry = match (library, text_of(&props, SERVICE_ENTRY_NAME)) {
            (Some(library), Some(entry)) => Some((checked_name(library, found.line)?, entry)),
            (None, Some(_)) => return Err(needs("PR_SERVICE_DLL_NAME", found)),
            (_, None) => None,
        };
        let (line, providers) = found.find("Providers").unwrap_or((found.line, ""));
        let providers = providers.split(',').map(str::trim).filter(|name| !name.is_empty());
        let provider = |name: &str| provider(section(name).ok_or_else(|| missing(name, line))?);
        Ok(InfService {
            name: name.to_owned(),
            display_name: text_of(&props, DISPLAY_NAME).unwrap_or_else(|| title.to_owned()),
            entry,
            providers: providers.map(provider).collect::<Result<_>>()?,
            props,
        })
    };
    services.entries.iter().map(service).collect()
}

fn provider(section: &Section<'_>) -> Result<InfProvider> {
    let props = section.props()?;
    let library = text_of(&props, PROVIDER_DLL_NAME);
    let library = library.ok_or_else(|| needs("PR_PROVIDER_DLL_NAME", section))?;
    let kind = props.find(RESOURCE_TYPE).and_then(|prop| prop.value.as_i32());
    Ok(InfProvider {
        section: section.name.to_owned(),
        library: checked_name(library, section.line)?,
        kind: ResourceType(kind.ok_or_else(|| needs("PR_RESOURCE_TYPE", section))? as u32),
        props,
    })
}

fn sections(text: &str) -> Result<Vec<Section<'_>>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for (line, text) in text.lines().enumerate().map(|(index, text)| (index + 1, text.trim())) {
        if text.is_empty() || text.starts_with(';') {
            continue;
        }
        let wrong = |what: String| Err(Error::corrupt(what).context(at(line)));
        if text.len() > LONGEST || text.contains('\0') {
            return wrong("this is no text".into());
        }
        if let Some(name) = text.strip_prefix('[') {
            let Some(name) = name.strip_suffix(']').map(str::trim).filter(|name| !name.is_empty())
            else {
                return wrong("a section is written [Name]".into());
            };
            if sections.iter().any(|section| section.name.eq_ignore_ascii_case(name)) {
                return wrong(format!("the section [{name}] is there twice"));
            }
            sections.push(Section { name, line, entries: Vec::new() });
            continue;
        }
        let Some((key, value)) = text.split_once('=') else {
            return wrong("an entry is written key=value".into());
        };
        match sections.last_mut() {
            Some(section) => section.entries.push((line, key.trim(), value.trim())),
            None => return wrong("an entry stands before all sections".into()),
        }
    }
    Ok(sections)
}

/// A property: its tag and its value.
fn property(key: &str, text: &str) -> Result<(PropTag, Value)> {
    let by_number = key.len() == 8 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let tag =
        parse_tag(key).map_err(|_| Error::corrupt(format!("no property `{key}` is known")))?;
    // Text is kept wide, as profiles hold it.
    let tag = match tag.prop_type() {
        PropType::STRING8 => tag.with_type(PropType::UNICODE),
        _ => tag,
    };
    let value = match tag.prop_type() {
        PropType::UNICODE => Value::from(text.to_owned()),
        PropType::I32 if !by_number => Value::I32(number(text)? as i32),
        PropType::BOOL if !by_number => Value::Bool(number(text)? != 0),
        kind => match Value::from_bytes(kind, &hex(text)?, CodePage::UTF8) {
            Value::Raw(..) | Value::Error(_) | Value::Null => {
                return Err(Error::corrupt(format!("`{text}` is no value of the type {kind}")));
            }
            value => value,
        },
    };
    Ok((tag, value))
}

/// A property as a profile sets it: text as it is, numbers and truths as they are written, all else
/// in hexadecimal digits.
///
/// # Errors
/// `MAPI_E_CORRUPT_DATA` if the text is no value of the property's type.
pub(super) fn setting(name: &str, text: &str) -> Result<Prop> {
    let tag = parse_tag(name)?;
    let truth = matches!(tag.prop_type(), PropType::BOOL);
    Ok(match text {
        "true" if truth => Prop::new(tag, true),
        "false" if truth => Prop::new(tag, false),
        // By a name a number is as people write it.
        _ if truth || tag.prop_type() == PropType::I32 => {
            let value = number(text)?;
            if truth { Prop::new(tag, value != 0) } else { Prop::new(tag, value as i32) }
        }
        _ => {
            let (tag, value) = property(name.trim_start_matches("0x"), text)?;
            Prop { tag, value }
        }
    })
}

/// Numbers and constants, joined by `|`.
fn number(text: &str) -> Result<u32> {
    let one = |word: &str| {
        let number = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        };
        let known = CONSTANTS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        number.or(known).ok_or_else(|| Error::corrupt(format!("`{word}` is no number")))
    };
    text.split('|').map(str::trim).try_fold(0, |sum, word| Ok(sum | one(word)?))
}

/// What stands in files of this kind.
const CONSTANTS: [(&str, u32); 21] = [
    ("MAPI_STORE_PROVIDER", 33),
    ("MAPI_AB", 34),
    ("MAPI_AB_PROVIDER", 34),
    ("MAPI_TRANSPORT_PROVIDER", 35),
    ("MAPI_SPOOLER", 36),
    ("MAPI_PROFILE_PROVIDER", 37),
    ("MAPI_HOOK_PROVIDER", 39),
    ("SERVICE_DEFAULT_STORE", 0x1),
    ("SERVICE_SINGLE_COPY", 0x2),
    ("SERVICE_CREATE_WITH_STORE", 0x4),
    ("SERVICE_PRIMARY_IDENTITY", 0x8),
    ("SERVICE_NO_PRIMARY_IDENTITY", 0x20),
    ("STATUS_DEFAULT_OUTBOUND", 0x1),
    ("STATUS_DEFAULT_STORE", 0x2),
    ("STATUS_PRIMARY_IDENTITY", 0x4),
    ("STATUS_SIMPLE_STORE", 0x8),
    ("STATUS_XP_PREFER_LAST", 0x10),
    ("STATUS_NO_PRIMARY_IDENTITY", 0x20),
    ("STATUS_NO_DEFAULT_STORE", 0x40),
    ("STATUS_TEMP_SECTION", 0x80),
    ("STATUS_OWN_STORE", 0x100),
];

fn hex(text: &str) -> Result<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|value| value as u8);
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    bytes.ok_or_else(|| Error::corrupt(format!("`{text}` is not pairs of hexadecimal digits")))
}

/// The name of a library: a bare one, whatever the ending; never a path.
fn checked_name(name: String, line: usize) -> Result<String> {
    let bad = name.is_empty() || name.contains(['/', '\\', '\0']) || name.starts_with('.');
    if bad {
        let sentence = format!("the library `{name}` is not named by a bare name");
        return Err(Error::corrupt(sentence).context(at(line)));
    }
    Ok(name)
}

fn text_of(props: &PropBag, id: u16) -> Option<String> {
    let text = props.find(id)?.value.as_text()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn at(line: usize) -> impl Display {
    format!("line {line}")
}

fn missing(name: &str, line: usize) -> Error {
    Error::corrupt(format!("there is no section [{name}]")).context(at(line))
}

fn needs(what: &str, section: &Section<'_>) -> Error {
    Error::corrupt(format!("[{}] has no {what}", section.name)).context(at(section.line))
}

#[cfg(test)]
mod tests {
    use mapix::prop::tags;

    use super::*;

    const GOOD: &str = "\u{FEFF}; a comment\r\n[Services]\r\nDEMO=A demonstration\r\n\r\n\
        [demo]\r\nProviders=Demo Store , Demo Book\r\nSections=Other\r\n\
        PR_SERVICE_DLL_NAME=demo\r\nPR_SERVICE_ENTRY_NAME=ServiceEntry\r\n\
        PR_RESOURCE_FLAGS=SERVICE_SINGLE_COPY|0x4\r\n\
        [Demo Store]\r\nPR_DISPLAY_NAME=Demo\r\nPR_PROVIDER_DLL_NAME=demo\r\n\
        PR_RESOURCE_TYPE=MAPI_STORE_PROVIDER\r\n66000003=02010000\r\n6601001e=a=b\r\n\
        66020102=0aFF\r\n\
        [Demo Book]\r\nPR_PROVIDER_DLL_NAME=book\r\nPR_RESOURCE_TYPE=34\r\n\
        [Other]\r\nUID=13DB0C8AA05101A9BB000AA002FC45A\r\n";

    #[test]
    fn services_are_read_with_their_providers() {
        let services = parse(GOOD.as_bytes()).unwrap();
        let [demo] = &services[..] else { panic!("{services:?}") };
        assert_eq!((demo.name.as_str(), demo.display_name.as_str()), ("DEMO", "A demonstration"));
        assert_eq!(demo.entry, Some(("demo".into(), "ServiceEntry".into())));
        assert_eq!(demo.props.i32(tags::RESOURCE_FLAGS), Some(6));
        let [store, book] = &demo.providers[..] else { panic!("{demo:?}") };
        assert_eq!((store.kind, book.kind), (ResourceType::STORE, ResourceType(34)));
        assert_eq!(store.library, "demo");
        assert_eq!(store.props.i32(PropTag(0x6600_0003)), Some(0x102));
        assert_eq!(store.props.text(PropTag(0x6601_001F)).as_deref(), Some("a=b"));
        assert_eq!(store.props.bytes(PropTag(0x6602_0102)), Some(&[10, 255][..]));
    }

    #[test]
    fn errors_name_the_line() {
        let wrong = [
            ("", "no section [Services]"),
            ("a=b", "line 1: an entry stands before"),
            ("[Services", "line 1: a section is written"),
            ("[Services]\nA=b\n[services]", "line 3: the section [services] is there twice"),
            ("[Services]\nA=b", "line 2: there is no section [A]"),
            ("[Services]\nA=b\n[A]\nProviders=X", "line 4: there is no section [X]"),
            ("[Services]\nA=b\n[A]\nProviders=X\n[X]\nPR_RESOURCE_TYPE=33", "[X] has no PR_PROV"),
            ("[Services]\nA=b\n[A]\nPR_NO_SUCH=1", "line 4: no property `PR_NO_SUCH`"),
            ("[Services]\nA=b\n[A]\nPR_RESOURCE_FLAGS=x", "line 4: `x` is no number"),
            ("[Services]\nA=b\n[A]\n66000003=0", "line 4: `0` is not pairs"),
            ("[Services]\nA=b\n[A]\n66000003=00", "line 4: `00` is no value of the type"),
            ("[Services]\nA=b\n[A]\nPR_SERVICE_ENTRY_NAME=E", "[A] has no PR_SERVICE_DLL_NAME"),
            ("[Services]\nA=b\n[A]\nnonsense", "line 4: an entry is written"),
            (
                "[Services]\nA=b\n[A]\nProviders=X\n[X]\nPR_RESOURCE_TYPE=33\n\
                 PR_PROVIDER_DLL_NAME=../x",
                "line 5: the library `../x` is not named by a bare name",
            ),
        ];
        for (text, sentence) in wrong {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }

    /// The same random damage each time: bytes that are changed, left out, or there twice.
    #[test]
    fn damaged_files_are_read_or_refused() {
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let (mut read, mut refused) = (0, 0);
        for _ in 0..20_000 {
            let mut bytes = GOOD.as_bytes().to_vec();
            for _ in 0..=next(3) {
                let at = next(bytes.len());
                match next(3) {
                    0 => bytes[at] = next(256) as u8,
                    1 => drop(bytes.drain(at..(at + next(20)).min(bytes.len()))),
                    _ => bytes.extend_from_within(at..(at + next(40)).min(bytes.len())),
                }
            }
            match parse(&bytes) {
                Ok(_) => read += 1,
                Err(error) => {
                    assert!(error.to_string().contains("line") || error.message().contains('['));
                    refused += 1;
                }
            }
        }
        assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
    }
}
