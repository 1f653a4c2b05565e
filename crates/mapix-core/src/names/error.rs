//! Names of status codes.

use std::sync::LazyLock;

use super::near::not_found;
use super::table::{NameIndex, after_0x, hex, is_hex, matches, number, rows};
use crate::{Error, ErrorCode, Result};

/// What is known about a status code.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ErrorInfo {
    /// The code.
    pub code: ErrorCode,
    /// The preferred name, such as `MAPI_E_NOT_FOUND`.
    pub name: &'static str,
    /// Further names for the same code.
    pub other_names: Vec<&'static str>,
    /// What it means, in one line without a full stop.
    pub meaning: Option<&'static str>,
}

impl ErrorInfo {
    /// All its names, the preferred one first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        std::iter::once(self.name).chain(self.other_names.iter().copied())
    }
}

/// By code.
static ERRORS: LazyLock<Vec<ErrorInfo>> = LazyLock::new(|| {
    let mut errors: Vec<ErrorInfo> = Vec::new();
    for [code, name] in rows(include_str!("../../names/errors.tsv")) {
        let code = ErrorCode(hex(code));
        match errors.last_mut() {
            Some(last) if last.code == code => last.other_names.push(name),
            _ => errors.push(ErrorInfo { code, name, other_names: Vec::new(), meaning: None }),
        }
    }
    let meanings = rows(include_str!("../../names/meanings.tsv"));
    let meanings: Vec<(&str, &str)> = meanings.map(|[name, meaning]| (name, meaning)).collect();
    for info in &mut errors {
        let found = meanings.binary_search_by_key(&info.name, |(name, _)| name).ok();
        info.meaning = found.map(|entry| meanings[entry].1);
    }
    errors
});

static INDEX: LazyLock<NameIndex> = LazyLock::new(|| {
    let entries = ERRORS.iter().enumerate();
    NameIndex::new(entries.flat_map(|(entry, info)| info.names().map(move |name| (name, entry))))
});

/// The name of a status code; where several share it, `MAPI_E_` and `MAPI_W_` names come first:
/// `MAPI_E_CALL_FAILED` for `0x80004005`.
#[doc(alias = "SCODE")]
#[doc(alias = "HRESULT")]
pub fn error_name(code: ErrorCode) -> Option<&'static str> {
    error_info(code).map(|info| info.name)
}

/// All names of a status code, the preferred one first.
pub fn error_names(code: ErrorCode) -> Vec<&'static str> {
    error_info(code).map(|info| info.names().collect()).unwrap_or_default()
}

/// What a status code means, in one line without a full stop; known for the codes of MAPI.
pub fn error_meaning(code: ErrorCode) -> Option<&'static str> {
    error_info(code)?.meaning
}

/// What is known about a status code.
pub fn error_info(code: ErrorCode) -> Option<&'static ErrorInfo> {
    ERRORS.binary_search_by_key(&code, |info| info.code).ok().map(|entry| &ERRORS[entry])
}

/// The status code with a name.
pub fn error_by_name(name: &str) -> Option<ErrorCode> {
    INDEX.find(name).next().map(|entry| ERRORS[entry].code)
}

/// Reads a status code: a name, a number in hexadecimal (`0x8004010F`, or eight digits without
/// the prefix), or in decimal, also negative as signed 32-bit programs print it (`-2147221233`).
///
/// `MAPI_E_NOT_FOUND` if there is no such name; the message then suggests up to three near ones.
pub fn parse_error(text: &str) -> Result<ErrorCode> {
    let text = text.trim();
    if let Some(code) = error_by_name(text) {
        return Ok(code);
    }
    let hexadecimal = after_0x(text).or_else(|| (text.len() == 8).then_some(text));
    if let Some(digits) = hexadecimal.filter(|digits| is_hex(digits)) {
        let too_large = |_| Error::invalid_parameter(format!("`{text}` has more than 32 bits"));
        return u32::from_str_radix(digits, 16).map(ErrorCode).map_err(too_large);
    }
    if let Ok(number) = text.parse::<i64>() {
        let signed = i32::try_from(number).map(|number| number as u32);
        return signed
            .or_else(|_| u32::try_from(number))
            .map(ErrorCode)
            .map_err(|_| Error::invalid_parameter(format!("`{text}` has more than 32 bits")));
    }
    Err(not_found("status code", text, ERRORS.iter().flat_map(ErrorInfo::names)))
}

/// Searches the names and meanings of all status codes. A word such as `0x8004` searches the
/// numbers.
pub fn search_errors(query: &str) -> impl Iterator<Item = &'static ErrorInfo> {
    ERRORS.iter().filter(move |info| {
        let number = number(query, info.code.0);
        matches(query, &info.names().chain(info.meaning), &number)
    })
}
