//! Rows of tables, and lists of recipients.

use mapix::Result;
use mapix::prop::{Prop, PropBag};

use super::value::{Shown, props, props_buffer, props_room, write_props};
use crate::arg::{In, Out};
use crate::memory::Buffer;
use crate::types::{ADRENTRY, ADRLIST, SRow, SRowSet};

/// Rows that are made: one buffer for each, as `FreeProws` wants them.
#[derive(Default)]
pub struct RowBuffers(Vec<(u32, Buffer)>);

impl RowBuffers {
    /// Makes a row.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY`.
    pub fn add(&mut self, row: &[impl Shown]) -> Result<()> {
        self.0.push((row.len() as u32, props_buffer(row)?));
        Ok(())
    }

    /// Gives them, with a buffer for the set.
    ///
    /// # Errors
    /// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for them.
    pub fn give(self, target: Out<'_, *mut SRowSet>) -> Result<()> {
        target.clear()?;
        let count = self.0.len();
        let start = std::mem::offset_of!(SRowSet, aRow);
        let set = Buffer::new(start + count.max(1) * size_of::<SRow>(), 0)?;
        set.write(0, count as u32);
        for (index, (values, buffer)) in self.0.into_iter().enumerate() {
            let row = SRow { ulAdrEntryPad: 0, cValues: values, lpProps: buffer.into_raw() };
            set.write(start + index * size_of::<SRow>(), row);
        }
        target.set(set.into_raw())
    }
}

/// Gives rows: one buffer for the set, and one for each row.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for them.
pub fn give_rows<'r>(
    target: Out<'_, *mut SRowSet>,
    rows: impl Iterator<Item = &'r [Prop]>,
) -> Result<()> {
    target.clear()?;
    let mut made = RowBuffers::default();
    for row in rows {
        made.add(row)?;
    }
    made.give(target)
}

/// Gives one row in one buffer.
///
/// # Errors
/// `MAPI_E_NOT_ENOUGH_MEMORY`; `MAPI_E_INVALID_PARAMETER` if there is no place for it.
pub fn give_row(target: Out<'_, *mut SRow>, row: &[Prop]) -> Result<()> {
    target.clear()?;
    let room = size_of_val(row) + props_room(row) + 16;
    let buffer = Buffer::for_one::<SRow>(room)?;
    let lpProps = write_props(&buffer, row)?;
    buffer.put(0, SRow { ulAdrEntryPad: 0, cValues: row.len() as u32, lpProps });
    target.set(buffer.into_raw())
}

/// Reads a row that came in.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` if it, or what it points to, is not there.
pub fn read_row(row: In<'_, SRow>) -> Result<Vec<Prop>> {
    props(row.need()?.cValues, row.inner(|row| row.lpProps.cast_const()))
}

/// Reads a list of recipients that came in.
///
/// # Errors
/// `MAPI_E_INVALID_PARAMETER` if it, or what it points to, is not there.
pub fn address_list(list: In<'_, ADRLIST>) -> Result<Vec<PropBag>> {
    let count = list.need()?.cEntries;
    let entries = list.behind::<ADRENTRY>(std::mem::offset_of!(ADRLIST, aEntries));
    let entries = entries.each(count)?.map(|entry| {
        let values = entry.inner(|entry| entry.rgPropVals.cast_const());
        Ok(props(entry.need()?.cValues, values)?.into_iter().collect())
    });
    entries.collect()
}
