//! Bookmarks and the cursor: places in a view that follow their rows when it is read again.

use std::collections::BTreeMap;

use crate::{Error, ErrorCode, Result};

/// A place in a table: one of three that are always there, or one that
/// [`Table::create_bookmark`](super::Table::create_bookmark) has made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[doc(alias = "BOOKMARK")]
pub struct Bookmark(pub u32);

impl Bookmark {
    /// Before the first row.
    #[doc(alias = "BOOKMARK_BEGINNING")]
    pub const BEGINNING: Self = Self(0);
    /// The cursor: before the row that is read next.
    #[doc(alias = "BOOKMARK_CURRENT")]
    pub const CURRENT: Self = Self(1);
    /// After the last row.
    #[doc(alias = "BOOKMARK_END")]
    pub const END: Self = Self(2);
    /// How many a table keeps at the same time, besides these three.
    pub const MAX: usize = 1024;
}

/// Before which row something stands, and whether it stood before another one that is gone.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    pub(super) at: usize,
    pub(super) moved: bool,
}

/// The cursor and the bookmarks of a table.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) cursor: Mark,
    made: BTreeMap<u32, Mark>,
    /// How many were ever made: numbers are not used again, so that a bookmark that is gone
    /// stays invalid.
    count: u32,
}

impl Marks {
    /// Marks the row at the cursor.
    pub(super) fn create(&mut self) -> Result<Bookmark> {
        self.create_at(self.cursor.at)
    }

    pub(super) fn create_at(&mut self, at: usize) -> Result<Bookmark> {
        let number = self.count.checked_add(Bookmark::END.0 + 1);
        let Some(number) = number.filter(|_| self.made.len() < Bookmark::MAX) else {
            let message = format!("a table keeps {} bookmarks: free some", Bookmark::MAX);
            return Err(Error::new(ErrorCode::UNABLE_TO_COMPLETE, message));
        };
        self.count += 1;
        self.made.insert(number, Mark { at, moved: false });
        Ok(Bookmark(number))
    }

    pub(super) fn free(&mut self, bookmark: Bookmark) -> Result<()> {
        if bookmark <= Bookmark::END || self.made.remove(&bookmark.0).is_some() {
            return Ok(());
        }
        Err(invalid(bookmark))
    }

    /// Where a bookmark stands in a view of so many rows.
    pub(super) fn find(&self, bookmark: Bookmark, rows: usize) -> Result<Mark> {
        match bookmark {
            Bookmark::BEGINNING => Ok(Mark::default()),
            Bookmark::CURRENT => Ok(self.cursor),
            Bookmark::END => Ok(Mark { at: rows, moved: false }),
            Bookmark(number) => self.made.get(&number).copied().ok_or_else(|| invalid(bookmark)),
        }
    }

    /// Puts the cursor somewhere, counted from a bookmark, which has now told that it moved.
    pub(super) fn go(&mut self, origin: Bookmark, at: usize) {
        if let Some(mark) = self.made.get_mut(&origin.0) {
            mark.moved = false;
        }
        self.set_cursor(at);
    }

    pub(super) fn set_cursor(&mut self, at: usize) {
        self.cursor = Mark { at, moved: false };
    }

    pub(super) fn drop_bookmarks(&mut self) {
        self.made.clear();
    }

    /// Drops the bookmarks and puts the cursor at the start.
    pub(super) fn renew(&mut self) {
        self.drop_bookmarks();
        self.set_cursor(0);
    }

    /// Whether all stand where they stand in any view.
    pub(super) fn are_trivial(&self) -> bool {
        self.cursor.at == 0 && self.made.is_empty()
    }

    /// Moves all by what a mark is now.
    pub(super) fn shift(&mut self, to: impl Fn(Mark) -> Mark) {
        self.cursor = to(self.cursor);
        self.made.values_mut().for_each(|mark| *mark = to(*mark));
    }

    /// Moves all into a new view. `places` has, for each row of the old view, the first row of the
    /// new one that is the same row or the next that is still there, and whether it is the same.
    /// The cursor at the start stays at the start; what is after the last row stays there.
    pub(super) fn carry(&mut self, places: &[(usize, bool)], rows: usize) {
        let carried = |mark: Mark| match places.get(mark.at) {
            Some((at, same)) => Mark { at: *at, moved: mark.moved || !same },
            None => Mark { at: rows, moved: mark.moved },
        };
        if self.cursor.at != 0 {
            self.cursor = carried(self.cursor);
        }
        for mark in self.made.values_mut() {
            *mark = carried(*mark);
        }
    }
}

fn invalid(bookmark: Bookmark) -> Error {
    let message = format!("the table has no bookmark {} (any more)", bookmark.0);
    Error::new(ErrorCode::INVALID_BOOKMARK, message)
}
