//! The head of a TNEF stream (MS-OXTNEF).

use mapix::{Error, ErrorCode, Result};

use super::answer;
use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::iface::IStream;
use crate::types::{HRESULT, LARGE_INTEGER, ULARGE_INTEGER};

const SIGNATURE: u32 = 0x223E_9F78;
const LEVEL_MESSAGE: u8 = 1;
/// `attOemCodepage`.
const OEM_CODE_PAGE: u32 = 0x0006_9007;
/// What a stream has that does not say.
const USUAL: (u32, u32) = (437, 0);
/// No message has more attributes.
const MOST: usize = 4096;

/// Gives the code page of a TNEF stream and the one beside it, as `attOemCodepage` has them: 437 and 0 if
/// it is not among the attributes of the message. The stream is read from where it is, and is there
/// again afterwards.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER`; `MAPI_E_CORRUPT_DATA` for what is not a TNEF stream or has an
/// `attOemCodepage` that is none; those of the stream.
///
/// # Safety
/// The stream is null or good; `code_page` and `sub` are null or point to variables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn GetTnefStreamCodepage(
    stream: In<'_, IStream>,
    code_page: Out<'_, u32>,
    sub: Out<'_, u32>,
) -> HRESULT {
    answer(|| {
        code_page.clear()?;
        sub.clear()?;
        let stream = stream.object().ok_or_else(|| Error::invalid_parameter("no stream"))?;
        let start = seek(&stream, 0, CURRENT)?;
        let found = find(&stream);
        // Back, whatever came of it.
        seek(&stream, start as i64, START)?;
        let (one, other) = found?;
        code_page.set(one)?;
        sub.set(other)
    })
}

const START: u32 = 0;
const CURRENT: u32 = 1;

fn find(stream: &Ptr<IStream>) -> Result<(u32, u32)> {
    let head: [u8; 6] = exact(stream)?.ok_or_else(|| corrupt("the stream is empty"))?;
    if head[..4] != SIGNATURE.to_le_bytes() {
        return Err(corrupt("it is not a TNEF stream"));
    }
    for _ in 0..MOST {
        // Level, tag, length.
        let Some(attribute) = exact::<9>(stream)? else { return Ok(USUAL) };
        let (tag, length) = (number(&attribute[1..]), number(&attribute[5..]));
        if attribute[0] != LEVEL_MESSAGE {
            return Ok(USUAL);
        }
        if tag == OEM_CODE_PAGE {
            return code_pages(stream, length);
        }
        // Its bytes and their checksum.
        seek(stream, i64::from(length) + 2, CURRENT)?;
    }
    Ok(USUAL)
}

fn code_pages(stream: &Ptr<IStream>, length: u32) -> Result<(u32, u32)> {
    let short = || corrupt("attOemCodepage is cut off");
    if length != 8 {
        return Err(corrupt("attOemCodepage has another length than two numbers"));
    }
    let data: [u8; 8] = exact(stream)?.ok_or_else(short)?;
    let checksum: [u8; 2] = exact(stream)?.ok_or_else(short)?;
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add((*byte).into()));
    if sum != u16::from_le_bytes(checksum) {
        return Err(corrupt("attOemCodepage is damaged"));
    }
    Ok((number(&data), number(&data[4..])))
}

/// The number with which the bytes begin.
fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |first| u32::from_le_bytes(*first))
}

fn corrupt(sentence: &str) -> Error {
    Error::new(ErrorCode::CORRUPT_DATA, sentence)
}

/// So many bytes; `None` at the end of the stream.
fn exact<const N: usize>(stream: &Ptr<IStream>) -> Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        let rest = &mut bytes[filled..];
        let mut count = 0;
        // SAFETY: the stream is alive, and there is room for so many bytes.
        let result = unsafe {
            stream.Read(Out::from_raw(rest.as_mut_ptr()), rest.len() as u32, Out::new(&mut count))
        };
        if !result.is_ok() {
            return Err(Error::new(result.code(), "the stream cannot be read"));
        }
        match count as usize {
            0 if filled == 0 => return Ok(None),
            0 => return Err(corrupt("the stream ends within an attribute")),
            more => filled += more.min(rest.len()),
        }
    }
    Ok(Some(bytes))
}

fn seek(stream: &Ptr<IStream>, by: i64, origin: u32) -> Result<u64> {
    let mut position = ULARGE_INTEGER { QuadPart: 0 };
    let by = LARGE_INTEGER { QuadPart: by };
    // SAFETY: the stream is alive.
    let result = unsafe { stream.Seek(by, origin, Out::new(&mut position)) };
    if result.is_ok() {
        Ok(position.QuadPart)
    } else {
        Err(Error::new(result.code(), "the stream cannot be positioned"))
    }
}
