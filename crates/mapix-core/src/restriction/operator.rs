//! The relations and the ways to match text, with their MAPI numbers.

use std::cmp::Ordering;
use std::fmt;
use std::ops::BitOr;

use crate::prop::Folding;
use crate::{Error, ErrorCode, Result};

/// The relation of a property to a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum RelOp {
    /// `<`
    #[doc(alias = "RELOP_LT")]
    Lt,
    /// `<=`
    #[doc(alias = "RELOP_LE")]
    Le,
    /// `>`
    #[doc(alias = "RELOP_GT")]
    Gt,
    /// `>=`
    #[doc(alias = "RELOP_GE")]
    Ge,
    /// `==`
    #[doc(alias = "RELOP_EQ")]
    Eq,
    /// `!=`
    #[doc(alias = "RELOP_NE")]
    Ne,
    /// Matches a regular expression: defined by MAPI, supported by nobody; an error here.
    #[doc(alias = "RELOP_RE")]
    Re,
    /// A distribution list holds the value: for address book providers; an error here.
    #[doc(alias = "RELOP_MEMBER_OF_DL")]
    MemberOfDl,
}

impl RelOp {
    /// From its MAPI number (`RELOP_*`).
    ///
    /// # Errors
    /// `MAPI_E_TOO_COMPLEX` for a number that MAPI does not define.
    pub fn from_mapi(number: u32) -> Result<Self> {
        Ok(match number {
            0 => Self::Lt,
            1 => Self::Le,
            2 => Self::Gt,
            3 => Self::Ge,
            4 => Self::Eq,
            5 => Self::Ne,
            6 => Self::Re,
            100 => Self::MemberOfDl,
            _ => return Err(too_complex(format!("{number} is not a relation"))),
        })
    }

    /// Its MAPI number (`RELOP_*`).
    pub fn to_mapi(self) -> u32 {
        match self {
            Self::Lt => 0,
            Self::Le => 1,
            Self::Gt => 2,
            Self::Ge => 3,
            Self::Eq => 4,
            Self::Ne => 5,
            Self::Re => 6,
            Self::MemberOfDl => 100,
        }
    }

    /// Whether the relation holds between two values in that order; never for
    /// [`RelOp::Re`] and [`RelOp::MemberOfDl`], which are not about order.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Re | Self::MemberOfDl => false,
        }
    }

    pub(super) fn check(self) -> Result<Self> {
        match self {
            Self::Re => Err(too_complex("regular expressions are not supported")),
            Self::MemberOfDl => Err(too_complex("only an address book knows who is in a list")),
            _ => Ok(self),
        }
    }
}

impl fmt::Display for RelOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Re => "matches",
            Self::MemberOfDl => "is a member of",
        })
    }
}

/// How a content restriction matches (`ulFuzzyLevel`): a way to match in the low half, and what
/// may differ in the high half.
///
/// The ways exclude each other, except that [`FuzzyLevel::SUBSTRING`] may stand beside the two
/// that are about words, for stores that do not know them. Any other bits in the low half are
/// `MAPI_E_TOO_COMPLEX`. Unknown bits in the high half mean nothing, as MAPI wants it. For bytes
/// the high half means nothing at all, and there are no words.
///
/// ```
/// # use mapix_core::restriction::FuzzyLevel;
/// let level = FuzzyLevel::PREFIX | FuzzyLevel::IGNORE_CASE;
/// assert_eq!(level.0, 0x0001_0002);
/// assert!(level.has(FuzzyLevel::IGNORE_CASE));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FuzzyLevel(pub u32);

impl FuzzyLevel {
    /// The whole value is the pattern.
    #[doc(alias = "FL_FULLSTRING")]
    pub const FULL_STRING: Self = Self(0x00);
    /// The value contains the pattern.
    #[doc(alias = "FL_SUBSTRING")]
    pub const SUBSTRING: Self = Self(0x01);
    /// The value starts with the pattern.
    #[doc(alias = "FL_PREFIX")]
    pub const PREFIX: Self = Self(0x02);
    /// The value contains the words of the pattern one after the other, where the last may go on:
    /// `quarterly rep` is in `Our quarterly report`.
    #[doc(alias = "FL_PREFIX_ON_ANY_WORD")]
    pub const PREFIX_ON_ANY_WORD: Self = Self(0x10);
    /// The value contains the words of the pattern one after the other, each whole.
    #[doc(alias = "FL_PHRASE_MATCH")]
    pub const PHRASE_MATCH: Self = Self(0x20);
    /// Case does not matter: simple case folding of Unicode. Neither does the form in which
    /// accents are encoded (Unicode normalization).
    #[doc(alias = "FL_IGNORECASE")]
    pub const IGNORE_CASE: Self = Self(0x0001_0000);
    /// Accents and other marks on a letter do not matter.
    #[doc(alias = "FL_IGNORENONSPACE")]
    pub const IGNORE_NON_SPACE: Self = Self(0x0002_0000);
    /// Neither case nor accents matter, nor other forms of the same letter: wide letters,
    /// ligatures, no-break spaces (Unicode compatibility).
    #[doc(alias = "FL_LOOSE")]
    pub const LOOSE: Self = Self(0x0004_0000);

    /// Neither case nor accents matter.
    pub const IGNORE_CASE_AND_ACCENTS: Self = Self(Self::IGNORE_CASE.0 | Self::IGNORE_NON_SPACE.0);

    /// Whether all bits of another level are set.
    pub fn has(self, bits: Self) -> bool {
        self.0 & bits.0 == bits.0
    }

    pub(super) fn way(self) -> Result<Way> {
        Ok(match self.0 & 0xFFFF {
            0x00 => Way::Full,
            0x01 => Way::Substring,
            0x02 => Way::Prefix,
            0x10 | 0x11 => Way::WordPrefix,
            0x20 | 0x21 => Way::Phrase,
            bits => return Err(too_complex(format!("0x{bits:04X} is no way to match"))),
        })
    }

    pub(super) fn folding(self) -> Folding {
        let loose = self.has(Self::LOOSE);
        Folding {
            case: loose || self.has(Self::IGNORE_CASE),
            marks: loose || self.has(Self::IGNORE_NON_SPACE),
            forms: loose,
        }
    }
}

impl BitOr for FuzzyLevel {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    Full,
    Substring,
    Prefix,
    WordPrefix,
    Phrase,
}

pub(super) fn too_complex(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::TOO_COMPLEX, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_have_numbers_both_ways() {
        let known: Vec<u32> =
            (0..=1000).filter(|number| RelOp::from_mapi(*number).is_ok()).collect();
        assert_eq!(known, [0, 1, 2, 3, 4, 5, 6, 100]);
        for number in known {
            assert_eq!(RelOp::from_mapi(number).unwrap().to_mapi(), number);
        }
        let code = RelOp::from_mapi(7).unwrap_err().code();
        assert_eq!(code, ErrorCode::TOO_COMPLEX);
    }

    #[test]
    fn a_relation_holds_for_some_orders() {
        use Ordering::{Equal, Greater, Less};
        let table: [(RelOp, &[Ordering]); 8] = [
            (RelOp::Lt, &[Less]),
            (RelOp::Le, &[Less, Equal]),
            (RelOp::Gt, &[Greater]),
            (RelOp::Ge, &[Greater, Equal]),
            (RelOp::Eq, &[Equal]),
            (RelOp::Ne, &[Less, Greater]),
            (RelOp::Re, &[]),
            (RelOp::MemberOfDl, &[]),
        ];
        for (op, orders) in table {
            for order in [Less, Equal, Greater] {
                assert_eq!(op.holds(order), orders.contains(&order), "{op} {order:?}");
            }
        }
    }

    #[test]
    fn low_bits_are_checked_and_high_bits_are_not() {
        for bits in 0..=0xFFFF_u32 {
            let known = matches!(bits, 0 | 1 | 2 | 0x10 | 0x11 | 0x20 | 0x21);
            assert_eq!(FuzzyLevel(bits).way().is_ok(), known, "{bits:X}");
            assert_eq!(FuzzyLevel(bits | 0xFFFF_0000).way().is_ok(), known, "{bits:X}");
        }
    }
}
