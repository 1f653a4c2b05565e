//! Sort orders.

use mapix::Result;
use mapix::prop::PropTag;
use mapix::table::{SortKey, SortOrder, SortOrderSet};

use crate::arg::{In, Out};
use crate::memory::Buffer;
use crate::types::{SSortOrder, SSortOrderSet};

/// Reads a sort order that came in.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` if it is not there, `MAPI_E_TOO_COMPLEX` for orders that MAPI does
/// not define.
pub fn sort_order(order: In<'_, SSortOrderSet>) -> Result<SortOrderSet> {
    let set = order.need()?;
    let keys = order.behind::<SSortOrder>(std::mem::offset_of!(SSortOrderSet, aSort));
    let keys = keys.many(set.cSorts)?.iter().map(|key| {
        Ok(SortKey { tag: PropTag(key.ulPropTag), order: SortOrder::from_mapi(key.ulOrder)? })
    });
    Ok(SortOrderSet {
        keys: keys.collect::<Result<_>>()?,
        categories: set.cCategories,
        expanded: set.cExpanded,
    })
}

/// Gives a sort order as a buffer.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for it.
pub fn give_sort_order(target: Out<'_, *mut SSortOrderSet>, order: &SortOrderSet) -> Result<()> {
    target.clear()?;
    let numbers = [order.keys.len() as u32, order.categories, order.expanded];
    let keys = order.keys.iter().flat_map(|key| [key.tag.0, key.order.to_mapi()]);
    let buffer = Buffer::for_many::<u32>(3 + order.keys.len() * 2, 0)?;
    numbers.into_iter().chain(keys).enumerate().for_each(|(at, value)| buffer.put(at, value));
    target.set(buffer.into_raw())
}
