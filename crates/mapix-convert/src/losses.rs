//! What a conversion could not carry over.

use std::collections::BTreeMap;
use std::fmt;

/// Why something is not in the output, or not as it was.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum LossKind {
    /// It could not be read from the store.
    Damaged,
    /// A property with content of the user that the format has no place for.
    Property,
    /// Formatting that was RTF only: the text is there, the RTF is attached.
    NativeRtf,
    /// A body that was left out or cut off.
    Body,
    /// An original header line that was not fit to be written.
    Header,
    /// An address that is not one of internet mail.
    Address,
    /// An OLE object, which few programs understand outside of the message.
    Ole,
    /// An attachment that only names a file elsewhere.
    Reference,
    /// An attachment without data, or whose data could not be used as what it is.
    Attachment,
    /// A recurrence or a time zone that iCalendar cannot express.
    Calendar,
    /// Messages embedded in each other too deeply.
    TooDeep,
    /// More messages embedded, or more bytes in them, than the [`Budget`](crate::Budget) allows.
    TooMany,
}

impl LossKind {
    /// All kinds, in the order in which losses are shown.
    pub const ALL: [Self; 12] = [
        Self::Damaged,
        Self::Property,
        Self::NativeRtf,
        Self::Body,
        Self::Header,
        Self::Address,
        Self::Ole,
        Self::Reference,
        Self::Attachment,
        Self::Calendar,
        Self::TooDeep,
        Self::TooMany,
    ];

    /// Its name in JSON and in reports. These names do not change.
    pub fn name(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Property => "property",
            Self::NativeRtf => "native_rtf",
            Self::Body => "body",
            Self::Header => "header",
            Self::Address => "address",
            Self::Ole => "ole",
            Self::Reference => "reference",
            Self::Attachment => "attachment",
            Self::Calendar => "calendar",
            Self::TooDeep => "too_deep",
            Self::TooMany => "too_many",
        }
    }
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that was lost.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Loss {
    /// Why.
    pub kind: LossKind,
    /// Where in the message: empty for the message itself, else such as `attachment 2/message`.
    pub place: String,
    /// What: the name of a property, or a sentence without a full stop.
    pub what: String,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind)?;
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.what)
    }
}

/// What one conversion could not carry over: every loss is counted, and the first
/// [`Losses::LISTED`] are named.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Losses {
    counts: BTreeMap<LossKind, u64>,
    list: Vec<Loss>,
}

impl Losses {
    /// How many losses of one message are named; the others are only counted.
    pub const LISTED: usize = 1000;

    /// Counts a loss, and names it if there is room.
    pub fn add(&mut self, kind: LossKind, place: impl Into<String>, what: impl Into<String>) {
        *self.counts.entry(kind).or_default() += 1;
        if self.list.len() < Self::LISTED {
            self.list.push(Loss { kind, place: place.into(), what: what.into() });
        }
    }

    /// How many there are of one kind.
    pub fn count(&self, kind: LossKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Whether everything was carried over.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Those that are named, in the order in which they were met.
    pub fn iter(&self) -> std::slice::Iter<'_, Loss> {
        self.list.iter()
    }
}

impl<'a> IntoIterator for &'a Losses {
    type Item = &'a Loss;
    type IntoIter = std::slice::Iter<'a, Loss>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Losses {
    /// The number of each kind: `property 3, native_rtf 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (kind, count)) in self.counts.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{kind} {count}")?;
        }
        Ok(())
    }
}
