//! Which rows a view has, in its order: eight bytes a row, twelve where values become rows.

/// The rows of a view. What a row is named by is up to those who keep the rows: its number, or its
/// place among them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Entries {
    rows: Vec<u64>,
    /// Which instance of its row each entry is; none if all are the first.
    instances: Vec<u32>,
}

impl Entries {
    pub(super) fn of_rows(rows: Vec<u64>) -> Self {
        Self { rows, instances: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn rows(&self) -> &[u64] {
        &self.rows
    }

    pub(super) fn row(&self, at: usize) -> u64 {
        self.rows[at]
    }

    /// Which of the combinations of values of the spread properties it is.
    pub(super) fn instance(&self, at: usize) -> u32 {
        self.instances.get(at).copied().unwrap_or(0)
    }

    pub(super) fn push(&mut self, row: u64, instance: u32) {
        if instance > 0 && self.instances.is_empty() {
            self.instances = vec![0; self.rows.len()];
        }
        self.rows.push(row);
        if !self.instances.is_empty() {
            self.instances.push(instance);
        }
    }

    /// The same rows in another order.
    pub(super) fn in_order(&self, order: &[u32]) -> Self {
        let rows = order.iter().map(|at| self.rows[*at as usize]).collect();
        let instances = if self.instances.is_empty() {
            Vec::new()
        } else {
            order.iter().map(|at| self.instances[*at as usize]).collect()
        };
        Self { rows, instances }
    }

    /// Whether it begins with all of another one.
    pub(super) fn starts_with(&self, other: &Self) -> bool {
        self.rows.starts_with(&other.rows)
            && (0..other.len()).all(|at| self.instance(at) == other.instance(at))
    }
}
