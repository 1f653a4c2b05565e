//! Lists that lose nothing: what could be read, and what could not.

use std::ops::Deref;
use std::slice;
use std::vec;

use crate::Error;

/// What a container holds: the items that could be read, and an error for each that could not.
/// It can be used like a slice of the items.
#[derive(Debug)]
pub struct Listing<T> {
    items: Vec<T>,
    errors: Vec<Error>,
}

impl<T> Listing<T> {
    /// Why items are missing, one error each.
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }

    /// The items and the errors.
    pub fn into_parts(self) -> (Vec<T>, Vec<Error>) {
        (self.items, self.errors)
    }

    pub(crate) fn push(&mut self, item: Result<T, Error>) {
        match item {
            Ok(item) => self.items.push(item),
            Err(error) => self.errors.push(error),
        }
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { items: Vec::new(), errors: Vec::new() }
    }
}

impl<T> Deref for Listing<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> FromIterator<Result<T, Error>> for Listing<T> {
    fn from_iter<I: IntoIterator<Item = Result<T, Error>>>(items: I) -> Self {
        let mut listing = Self::default();
        items.into_iter().for_each(|item| listing.push(item));
        listing
    }
}

impl<T> IntoIterator for Listing<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Listing<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
