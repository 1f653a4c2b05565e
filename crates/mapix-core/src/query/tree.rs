//! Trees of queries: how they are made plain, and how they are walked.

use std::collections::BTreeSet;

use super::{Held, Query, Text, TextField};

impl Query {
    /// All of them hold; everything if there are none.
    pub fn and(queries: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for query in queries {
            match query {
                Self::And(inner) => all.extend(inner),
                Self::All => {}
                query => all.push(query),
            }
        }
        match all.len() {
            0 => Self::All,
            1 => all.remove(0),
            _ => Self::And(all),
        }
    }

    /// One of them holds; nothing if there are none.
    pub fn or(queries: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Vec::new();
        for query in queries {
            match query {
                Self::Or(inner) => any.extend(inner),
                query => any.push(query),
            }
        }
        match any.len() {
            0 => Self::All.negate(),
            1 => any.remove(0),
            _ => Self::Or(any),
        }
    }

    /// It does not hold.
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            query => Self::Not(Box::new(query)),
        }
    }

    /// A text in a field. Anything at all, anywhere, is [`Query::All`].
    pub fn text(field: TextField, text: Text) -> Self {
        match (field, &text) {
            (TextField::Any, Text::Anything) => Self::All,
            _ => Self::Text { field, text },
        }
    }

    /// The terms, from left to right, each with whether it is asked for (true) or excluded.
    pub fn terms(&self) -> impl Iterator<Item = (bool, &Self)> {
        self.walk().filter(|(.., query)| query.is_term()).map(|(_, asked, query)| (asked, query))
    }

    /// How messages must be held for the query to speak of them: [`Held::Normal`], and the others
    /// that a term names. A search looks at these.
    pub fn held(&self) -> BTreeSet<Held> {
        let named = self.terms().filter_map(|(_, term)| match term {
            Self::Held(held) => Some(*held),
            _ => None,
        });
        named.chain([Held::Normal]).collect()
    }

    /// Whether it depends on the folder of a message.
    pub fn needs_folder(&self) -> bool {
        self.terms().any(|(_, term)| matches!(term, Self::Folder(_)))
    }

    fn is_term(&self) -> bool {
        !matches!(self, Self::And(_) | Self::Or(_) | Self::Not(_))
    }

    /// All queries of the tree from left to right, each with its level (the root has 1) and
    /// whether it is asked for. Not on the stack, so that any depth is safe.
    pub(super) fn walk(&self) -> impl Iterator<Item = (usize, bool, &Self)> {
        let mut open = vec![(1, true, self)];
        std::iter::from_fn(move || {
            let (depth, asked, query) = open.pop()?;
            match query {
                Self::And(inner) | Self::Or(inner) => {
                    open.extend(inner.iter().rev().map(|query| (depth + 1, asked, query)));
                }
                Self::Not(inner) => open.push((depth + 1, !asked, inner)),
                _ => {}
            }
            Some((depth, asked, query))
        })
    }
}
