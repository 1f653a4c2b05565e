//! Where a message stands in a conversation (`PR_CONVERSATION_INDEX`, MS-OXOMSG 2.2.1.3).

use std::sync::atomic::{AtomicU8, Ordering};

use mapix::prop::{FileTime, Guid};

use crate::arg::{In, Out};
use crate::types::HRESULT;

use super::answer;
use super::entry::give_bytes;

/// The first bytes of a time, of a size without the last two, and a GUID.
const HEADER: usize = 22;
/// What each answer adds.
const LEVEL: usize = 5;

/// Gives the index of an answer to a message with the parent's index, or of the first message of
/// a conversation if there is none: bytes that are none count as none.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER`, `MAPI_E_NOT_ENOUGH_MEMORY`.
///
/// # Safety
/// `parent` is null or points to so many bytes; `size` and `index` are null or point to variables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ScCreateConversationIndex(
    parent_size: u32,
    parent: In<'_, u8>,
    size: Out<'_, u32>,
    index: Out<'_, *mut u8>,
) -> HRESULT {
    answer(|| {
        size.clear()?;
        index.clear()?;
        let parent = parent.many(parent_size)?;
        let now = FileTime::now().0 as u64;
        give_bytes(&next(parent, now), size, index)
    })
}

/// Tells answers of one moment apart.
static COUNT: AtomicU8 = AtomicU8::new(0);

fn next(parent: &[u8], now: u64) -> Vec<u8> {
    let whole = parent.len() >= HEADER && (parent.len() - HEADER).is_multiple_of(LEVEL);
    if !whole || parent[0] != 1 {
        let mut first = vec![1];
        first.extend(&now.to_be_bytes()[1..6]);
        first.extend(Guid::unique().0);
        return first;
    }
    let mut began = [0; 8];
    began[..6].copy_from_slice(&parent[..6]);
    let since = now.saturating_sub(u64::from_be_bytes(began));
    // Fifteen bits at the top are lost if they are zero, else ten and more at the bottom.
    let near = since >> 49 == 0;
    let bits = if near { since >> 18 } else { since >> 23 };
    let delta = bits as u32 & 0x7FFF_FFFF | if near { 0 } else { 1 << 31 };
    let mut answer = parent.to_vec();
    answer.extend(delta.to_be_bytes());
    answer.push(Guid::unique().0[0] & 0xF0 | COUNT.fetch_add(1, Ordering::Relaxed) & 0xF);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_hold_the_time_since_the_first_message() {
        let began = 0x01DC_0000_0000_0000_u64;
        let first = next(&[], began);
        assert_eq!(first[..6], [1, 0xDC, 0, 0, 0, 0]);
        assert_eq!(first.len(), 22);
        let minute = next(&first, began + 600_000_000);
        assert_eq!(minute[..22], first);
        assert_eq!(minute[22..26], (600_000_000_u32 >> 18).to_be_bytes());
        let later = next(&minute, began + (1 << 49));
        assert_eq!(later.len(), 32);
        assert_eq!(later[27..31], (1_u32 << 31 | 1 << 26).to_be_bytes());
        // What is no index begins a conversation, and time does not run backwards.
        assert_eq!(next(&first[1..], began).len(), 22);
        assert_eq!(next(&first, 0)[22..26], [0; 4]);
    }
}
