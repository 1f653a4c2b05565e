//! Bringing a view up to date when it is known which rows changed.

use std::collections::HashMap;

use super::TableSource;
use super::rows::{Rows, Window};
use super::state::{Content, State};
use super::view::{Gather, View};
use crate::Result;

impl State {
    /// How many changed rows are put in their places one by one.
    const FEW: usize = 256;

    /// Lets the view follow what happened to rows, named by their numbers: added, changed or gone.
    /// Only these rows are read, and those that they are compared with; where that cannot be, all
    /// is read again when it is needed next.
    pub(super) fn refresh(&mut self, source: &dyn TableSource, changed: &[u64]) -> Result<()> {
        match self.followed(source, changed)? {
            Some(view) => {
                self.carry(None, &view);
                self.install(Some(Rows::Window(Window::default())), view);
            }
            None => self.reload(),
        }
        Ok(())
    }

    /// The view as it is now; `None` if it has to be made anew.
    fn followed(&self, source: &dyn TableSource, changed: &[u64]) -> Result<Option<View>> {
        let Some(Content { rows: Rows::Window(_), view }) = &self.content else { return Ok(None) };
        let spec = self.spec();
        let counts = spec.filter.as_ref().is_some_and(|filter| filter.counts());
        let by_hand = counts || !view.spread.is_empty() || view.categories.is_some();
        if self.is_stale() || !view.complete || by_hand || changed.len() > Self::FEW {
            return Ok(None);
        }
        let mut changed = changed.to_vec();
        changed.sort_unstable();
        changed.dedup();
        let Some(new) = read(source, &changed, spec, true)? else { return Ok(None) };
        let mut order: Vec<u64> = view.entries.rows().to_vec();
        order.retain(|id| changed.binary_search(id).is_err());
        let mut keys = HashMap::new();
        for at in 0..new.entries().len() {
            let (id, key) = (new.entries().row(at), new.key(at).to_vec());
            let (mut from, mut to) = (0, order.len());
            while from < to {
                let middle = usize::midpoint(from, to);
                let other = order[middle];
                if !spec.sort.keys.is_empty() && !keys.contains_key(&other) {
                    // It may be gone by now, or changed: that is told later.
                    match read(source, &[other], spec, false)? {
                        Some(found) if found.entries().len() == 1 => {
                            keys.insert(other, found.key(0).to_vec());
                        }
                        _ => return Ok(None),
                    }
                }
                let other_key: &[u8] = keys.get(&other).map_or(&[], |key| key);
                // Rows that are equal are in the order of the store, that of their numbers.
                if (other_key, other) < (&key, id) {
                    from = middle + 1;
                } else {
                    to = middle;
                }
            }
            order.insert(from, id);
            keys.insert(id, key);
        }
        let mut errors = view.errors.clone();
        errors.extend(new.errors().iter().cloned());
        Ok(Some(View::of_order(order, errors)))
    }
}

/// Some rows with their sort keys, those that fit; `None` if one cannot be read.
fn read<'a>(
    source: &'a dyn TableSource,
    ids: &[u64],
    spec: &'a super::state::Spec,
    filtered: bool,
) -> Result<Option<Gather<'a>>> {
    let mut found = Vec::with_capacity(ids.len());
    let mut whole = true;
    source.rows_of(ids, &spec.view_needs().tags(), &mut |row| match row {
        Ok(row) => found.push(row),
        Err(_) => whole = false,
    })?;
    if !whole {
        return Ok(None);
    }
    found.sort_by_key(|row| row.id);
    let mut gather = Gather::new(source, &[], spec);
    if !filtered {
        gather.take_all();
    }
    for row in found {
        gather.take_read(Ok(row))?;
    }
    Ok(Some(gather))
}
