//! Subjects as Outlook stores them: with a mark of how long the prefix is.

use mapix_core::prop::{Prop, PropBag, PropTag, String8, Value, tags};

/// A stored subject, taken apart:
/// [2.5.3.1.1.1](https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/1042af37-aaa4-4edc-bffd-90a1ede24188).
///
/// It may start with U+0001 and a character whose number is the length of the prefix (`RE: `)
/// plus one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Subject<'a, T> {
    /// Without the mark.
    pub(super) clean: &'a [T],
    /// How long the prefix is in it; `None` if there is no mark.
    pub(super) prefix: Option<usize>,
}

impl<'a, T: Copy + Into<u32>> Subject<'a, T> {
    pub(super) fn new(stored: &'a [T]) -> Self {
        match stored {
            [mark, length, clean @ ..] if (*mark).into() == 1 => {
                let length = ((*length).into() as usize).saturating_sub(1);
                Self { clean, prefix: Some(length.min(clean.len())) }
            }
            _ => Self { clean: stored, prefix: None },
        }
    }

    /// The prefix and the rest.
    pub(super) fn parts(&self) -> Option<(&'a [T], &'a [T])> {
        self.prefix.and_then(|prefix| self.clean.split_at_checked(prefix))
    }
}

/// Which part of a subject a property holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Whole,
    Prefix,
    Normalized,
}

impl Part {
    pub(super) fn by_tag(tag: PropTag) -> Option<Self> {
        match tag.id() {
            id if id == tags::SUBJECT.id() => Some(Self::Whole),
            id if id == tags::SUBJECT_PREFIX.id() => Some(Self::Prefix),
            id if id == tags::NORMALIZED_SUBJECT.id() => Some(Self::Normalized),
            _ => None,
        }
    }

    /// The bytes of the part of a stored subject, in units of one or two bytes.
    pub(super) fn cut(self, stored: &[u8], unicode: bool) -> Option<Vec<u8>> {
        if !unicode {
            return self.of(stored).map(<[u8]>::to_vec);
        }
        let units: Vec<u16> =
            stored.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        self.of(&units).map(|part| part.iter().flat_map(|unit| unit.to_le_bytes()).collect())
    }

    fn of<T: Copy + Into<u32>>(self, stored: &[T]) -> Option<&[T]> {
        let subject = Subject::new(stored);
        match self {
            Self::Whole => Some(subject.clean),
            Self::Prefix => subject.parts().map(|(prefix, _)| prefix),
            Self::Normalized => subject.parts().map(|(_, rest)| rest),
        }
    }
}

/// Takes the mark out of the subject, and with `parts` adds what it says as properties if they
/// are not stored.
pub(super) fn clean(bag: &mut PropBag, parts: bool) {
    let Some(stored) = bag.find(tags::SUBJECT.id()) else { return };
    let tag = stored.tag;
    let part = |part: Part| match &stored.value {
        Value::Unicode(text) if text.starts_with('\u{1}') => {
            let units: Vec<u16> = text.encode_utf16().collect();
            part.of(&units).map(|units| Value::from(String::from_utf16_lossy(units)))
        }
        Value::String8(text) if text.bytes.first() == Some(&1) => {
            part.of(&text.bytes).map(|bytes| Value::String8(String8::new(bytes, text.code_page)))
        }
        _ => None,
    };
    let (whole, prefix, rest) = (part(Part::Whole), part(Part::Prefix), part(Part::Normalized));
    if let Some(value) = whole {
        bag.insert(Prop { tag, value });
    }
    if parts {
        for (tag, value) in [(tags::SUBJECT_PREFIX, prefix), (tags::NORMALIZED_SUBJECT, rest)] {
            if let Some(value) = value {
                bag.set_default(tag, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_taken_out_and_used() {
        let mut bag = PropBag::new();
        bag.set(tags::SUBJECT, "\u{1}\u{5}RE: Lunch");
        clean(&mut bag, true);
        assert_eq!(bag.text(tags::SUBJECT).unwrap(), "RE: Lunch");
        assert_eq!(bag.text(tags::SUBJECT_PREFIX).unwrap(), "RE: ");
        assert_eq!(bag.text(tags::NORMALIZED_SUBJECT).unwrap(), "Lunch");
    }

    #[test]
    fn subjects_without_mark_stay() {
        let mut bag = PropBag::new();
        bag.set(tags::SUBJECT, "RE: Lunch");
        clean(&mut bag, true);
        assert_eq!(bag.text(tags::SUBJECT).unwrap(), "RE: Lunch");
        assert_eq!(bag.len(), 1);
    }

    #[test]
    fn wild_marks_do_no_harm() {
        let stored = [1, 0, 0xFF, 0xFF, b'a', 0];
        assert_eq!(Part::Prefix.cut(&stored, true).unwrap(), b"a\0");
        assert_eq!(Part::Normalized.cut(&stored, true).unwrap(), b"");
        assert_eq!(Part::Whole.cut(&[1], false).unwrap(), [1]);
        assert_eq!(Part::Prefix.cut(b"\x01\x00a", false).unwrap(), b"");
    }
}
