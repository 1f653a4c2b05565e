//! Streams over files and over compressed RTF; text and RTF of a message brought into line.

use std::ffi::c_void;
use std::path::PathBuf;
use std::ptr::null_mut;

use mapix::prop::{PropTag, PropType, tags};
use mapix::{Error, ErrorCode, Result};
use mapix_convert::rtf::{self, Encapsulated};

use crate::arg::{In, Out};
use crate::client::istream_file::{self, Mode};
use crate::client::istream_rtf::{read_all, reader, writer};
use crate::com::{Interface, Ptr};
use crate::convert::{MAPI_UNICODE, check_flags, read_text};
use crate::iface::{IMAPIProp, IMessage, IStream, IUnknown};
use crate::memory::Buffer;
use crate::types::{
    HRESULT, LPALLOCATEBUFFER, LPFREEBUFFER, Plain, RTF_WCSINFO, RTF_WCSRETINFO, SBinary,
    SPropValue,
};

use super::{HrSetOneProp, answer};

const SOF_UNIQUEFILENAME: u32 = 0x8000_0000;
const STGM_READWRITE: u32 = 0x2;
const STGM_CREATE: u32 = 0x1000;
const STGM_DELETEONRELEASE: u32 = 0x0400_0000;
/// The sharing modes of `STGM_*`, which are Windows' alone.
const STGM_SHARE: u32 = 0x70;

/// Opens a stream over a file, or over a temporary one.
///
/// # Errors
/// `MAPI_E_NOT_FOUND`, `MAPI_E_NO_ACCESS`; `MAPI_E_UNKNOWN_FLAGS`; `MAPI_E_INVALID_PARAMETER` for
/// flags that do not go together and for a prefix of more than three characters.
///
/// # Safety
/// The names are null or strings; `stream` is null or points to a pointer. The allocators are not
/// needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OpenStreamOnFile(
    _allocate: LPALLOCATEBUFFER,
    _free: LPFREEBUFFER,
    flags: u32,
    name: In<'_, c_void>,
    prefix: In<'_, c_void>,
    stream: Out<'_, *mut IStream>,
) -> HRESULT {
    open(flags, name, prefix, 0, stream)
}

/// As [`OpenStreamOnFile`], with names of 16-bit characters.
///
/// # Errors
/// As [`OpenStreamOnFile`].
///
/// # Safety
/// As [`OpenStreamOnFile`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OpenStreamOnFileW(
    _allocate: LPALLOCATEBUFFER,
    _free: LPFREEBUFFER,
    flags: u32,
    name: In<'_, c_void>,
    prefix: In<'_, c_void>,
    stream: Out<'_, *mut IStream>,
) -> HRESULT {
    open(flags, name, prefix, MAPI_UNICODE, stream)
}

fn open(
    flags: u32,
    name: In<'_, c_void>,
    prefix: In<'_, c_void>,
    width: u32,
    stream: Out<'_, *mut IStream>,
) -> HRESULT {
    answer(|| {
        stream.clear()?;
        let known = SOF_UNIQUEFILENAME | STGM_READWRITE | STGM_CREATE | STGM_DELETEONRELEASE;
        check_flags(flags, known | STGM_SHARE)?;
        let has = |flag| flags & flag != 0;
        let mode = Mode {
            write: has(STGM_READWRITE),
            create: has(STGM_CREATE),
            temporary: has(STGM_DELETEONRELEASE),
        };
        let unique = has(SOF_UNIQUEFILENAME);
        let refused = |what: &str| Err(Error::invalid_parameter(what));
        if (mode.create || unique) && !(mode.create && mode.write) {
            return refused("what makes a file needs STGM_CREATE and STGM_READWRITE");
        }
        let path = read_text(name, width)?.map(PathBuf::from);
        if path.is_none() && !(mode.create && mode.temporary) {
            return refused("without a name a file needs STGM_CREATE and STGM_DELETEONRELEASE");
        }
        let opened = match path {
            Some(path) if !unique => istream_file::open(&path, mode),
            directory => {
                let prefix = read_text(prefix, width)?.unwrap_or_else(|| "SOF".into());
                if prefix.chars().count() > 3 || prefix.contains(['/', '\0']) {
                    return refused("the prefix of a file has at most three characters");
                }
                let directory = directory.unwrap_or_else(std::env::temp_dir);
                istream_file::open_unique(&directory, &prefix, mode)
            }
        };
        stream.give(opened?)
    })
}

const MAPI_MODIFY: u32 = 0x1;
const STORE_UNCOMPRESSED_RTF: u32 = 0x8000;
const MAPI_NATIVE_BODY: u32 = 0x0001_0000;

/// Gives a stream of the RTF in a stream of `PR_RTF_COMPRESSED`: to be read, or with
/// `MAPI_MODIFY` to be written, which replaces the text when it is committed or released.
///
/// # Errors
/// `MAPI_E_UNKNOWN_FLAGS`; `MAPI_E_CORRUPT_DATA` for what is no compressed RTF; those of the
/// stream; `MAPI_E_INVALID_PARAMETER`.
///
/// # Safety
/// `compressed` is null or a stream that is alive; `stream` is null or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WrapCompressedRTFStream(
    compressed: In<'_, IStream>,
    flags: u32,
    stream: Out<'_, *mut IStream>,
) -> HRESULT {
    answer(|| {
        stream.clear()?;
        check_flags(flags, MAPI_MODIFY | STORE_UNCOMPRESSED_RTF)?;
        stream.give(wrap(compressed, flags)?)
    })
}

fn wrap(compressed: In<'_, IStream>, flags: u32) -> Result<Ptr<IStream>> {
    let compressed =
        compressed.object().ok_or_else(|| Error::invalid_parameter("there is no stream"))?;
    if flags & MAPI_MODIFY != 0 {
        return Ok(writer(compressed, flags & STORE_UNCOMPRESSED_RTF == 0));
    }
    Ok(reader(decompress(&read_all(&compressed)?)?))
}

/// Nothing is an empty text.
fn decompress(value: &[u8]) -> Result<Vec<u8>> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    rtf::decompress(value)
        .ok_or_else(|| Error::new(ErrorCode::CORRUPT_DATA, "the stream is no compressed RTF"))
}

/// As [`WrapCompressedRTFStream`]; with `MAPI_NATIVE_BODY` it gives the HTML or the text that the
/// RTF was made of, if it was, as UTF-8, and tells which.
///
/// # Errors
/// As [`WrapCompressedRTFStream`]; `MAPI_E_INVALID_PARAMETER` for `MAPI_NATIVE_BODY` together
/// with `MAPI_MODIFY`; `MAPI_E_UNKNOWN_CPID` if a native body is asked for in another code page
/// than 0 or 65001.
///
/// # Safety
/// As [`WrapCompressedRTFStream`]; `info` and `told` are null or point to their structures.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WrapCompressedRTFStreamEx(
    compressed: In<'_, IStream>,
    info: In<'_, RTF_WCSINFO>,
    stream: Out<'_, *mut IStream>,
    told: Out<'_, RTF_WCSRETINFO>,
) -> HRESULT {
    /// `MAPI_NATIVE_BODY_TYPE_*`.
    const RTF: u32 = 1;
    const HTML: u32 = 2;
    const TEXT: u32 = 4;
    answer(|| {
        stream.clear()?;
        let info = info.need()?;
        check_flags(info.ulFlags, MAPI_MODIFY | STORE_UNCOMPRESSED_RTF | MAPI_NATIVE_BODY)?;
        let tell = |ulStreamFlags| {
            told.set_if(RTF_WCSRETINFO { size: size_of::<RTF_WCSRETINFO>() as u32, ulStreamFlags });
        };
        if info.ulFlags & MAPI_NATIVE_BODY == 0 {
            tell(RTF);
            return stream.give(wrap(compressed, info.ulFlags)?);
        }
        if info.ulFlags & MAPI_MODIFY != 0 {
            return Err(Error::invalid_parameter("a native body is only read"));
        }
        if !matches!(info.ulOutCodePage, 0 | 65001) {
            let what = format!("native bodies are UTF-8, not {}", info.ulOutCodePage);
            return Err(Error::new(ErrorCode::UNKNOWN_CPID, what));
        }
        let compressed =
            compressed.object().ok_or_else(|| Error::invalid_parameter("there is no stream"))?;
        let document = decompress(&read_all(&compressed)?)?;
        let (kind, body) = match rtf::deencapsulate(&document) {
            Encapsulated::Html(html) => (HTML, html.into_bytes()),
            Encapsulated::Text(text) => (TEXT, text.into_bytes()),
            Encapsulated::Native => (RTF, document),
        };
        tell(kind);
        stream.give(reader(body))
    })
}

/// Brings `PR_BODY` and `PR_RTF_COMPRESSED` of a message into line: the text follows the RTF if
/// that has changed, else the RTF follows the text. The message is not saved.
///
/// # Errors
/// `MAPI_E_UNKNOWN_FLAGS`; `MAPI_E_CORRUPT_DATA` for what is no compressed RTF; those of the
/// message; `MAPI_E_INVALID_PARAMETER`.
///
/// # Safety
/// `message` is null or a message that is alive; `updated` is null or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTFSync(
    message: In<'_, IMessage>,
    flags: u32,
    updated: Out<'_, i32>,
) -> HRESULT {
    const RTF_CHANGED: u32 = 1;
    const BODY_CHANGED: u32 = 2;
    answer(|| {
        updated.clear()?;
        check_flags(flags, RTF_CHANGED | BODY_CHANGED)?;
        let message =
            message.object().ok_or_else(|| Error::invalid_parameter("there is no message"))?;
        let message: Ptr<IMAPIProp> = message.upcast();
        if flags & RTF_CHANGED != 0 {
            let Some(value) = body(&message, tags::RTF_COMPRESSED)? else { return Ok(()) };
            let document = decompress(&value)?;
            let text = match rtf::deencapsulate(&document) {
                Encapsulated::Text(text) => text,
                Encapsulated::Html(html) => mapix_convert::html::to_text(&html),
                Encapsulated::Native => rtf::to_text(&document),
            };
            let buffer = Buffer::for_one::<SPropValue>(text.len() * 2 + 2)?;
            let mut property = property(tags::BODY);
            property.Value.lpszW = buffer.text16(&text)?;
            set(&message, &property)?;
        } else if flags & BODY_CHANGED != 0 {
            let Some(text) = body(&message, tags::BODY)? else { return Ok(()) };
            let units = text.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
            let text: String = char::decode_utf16(units)
                .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            let value = rtf::compress(&rtf::from_text(&text));
            let mut value =
                value.ok_or_else(|| Error::new(ErrorCode::TOO_BIG, "the text is too long"))?;
            let mut property = property(tags::RTF_COMPRESSED);
            property.Value.bin = SBinary { cb: value.len() as u32, lpb: value.as_mut_ptr() };
            set(&message, &property)?;
        } else {
            return Ok(());
        }
        let mut in_sync = property(tags::RTF_IN_SYNC);
        in_sync.Value.b = 1;
        set(&message, &in_sync)?;
        updated.set(1)
    })
}

fn property(tag: PropTag) -> SPropValue {
    SPropValue { ulPropTag: tag.0, ..SPropValue::zeroed() }
}

fn set(object: &Ptr<IMAPIProp>, property: &SPropValue) -> Result<()> {
    // SAFETY: the object is alive, the property points to what it says.
    let result = unsafe { HrSetOneProp(In::from_raw(object.as_raw()), In::new(property)) };
    match result.is_ok() {
        true => Ok(()),
        false => Err(Error::new(result.code(), "a body cannot be set")),
    }
}

/// The bytes of a body, by its stream; `None` if there is none.
fn body(object: &Ptr<IMAPIProp>, tag: PropTag) -> Result<Option<Vec<u8>>> {
    debug_assert!(matches!(tag.prop_type(), PropType::BINARY | PropType::UNICODE));
    let mut found: *mut IUnknown = null_mut();
    // SAFETY: the object is alive; what it gives is a reference of ours, to a stream.
    let stream = unsafe {
        let result = object.OpenProperty(tag.0, In::new(&IStream::IID), 0, 0, Out::new(&mut found));
        if result == ErrorCode::NOT_FOUND.into() {
            return Ok(None);
        }
        if !result.is_ok() {
            return Err(Error::new(result.code(), format!("{tag} cannot be opened")));
        }
        Ptr::from_raw(found.cast::<IStream>())
    };
    let stream = stream.ok_or_else(|| Error::new(ErrorCode::CALL_FAILED, "nothing was opened"))?;
    read_all(&stream).map(Some)
}
