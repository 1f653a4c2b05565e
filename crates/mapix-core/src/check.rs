//! What the checks of all kinds of files have in common.

use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Grade {
    /// Unusual, but not wrong.
    Remark,
    /// Not as it should be; nothing is lost, and programs cope.
    Warning,
    /// Something is lost or cannot be found, or may be destroyed.
    Error,
    /// The file as a whole cannot be used as it is.
    Fatal,
}

impl Grade {
    /// All grades, the mildest first.
    pub const ALL: [Self; 4] = [Self::Remark, Self::Warning, Self::Error, Self::Fatal];

    /// Its name: `remark`, `warning`, `error` or `fatal`. These names do not change.
    pub fn name(self) -> &'static str {
        match self {
            Self::Remark => "remark",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A rule that files keep, and what it means if one does not.
#[derive(Debug)]
pub struct Rule {
    /// Such as `PST-BBT-003`. It never changes its meaning.
    pub id: &'static str,
    /// How bad it is if the rule is broken.
    pub grade: Grade,
    /// What is found: `a page has a wrong checksum`.
    pub title: &'static str,
    /// What it means for the reader: what is lost, what programs may do.
    pub meaning: &'static str,
}

/// Writes down the rules of a kind of files: a static [`Rule`] for each, and `ALL` of them.
///
/// ```
/// mod rules {
///     mapix_core::rules! {
///         SIZE = "TOY-FILE-001" Error "the file is too short" "Its end is lost.";
///     }
/// }
/// assert_eq!(rules::ALL[0].id, rules::SIZE.id);
/// ```
#[macro_export]
macro_rules! rules {
    ($($name:ident = $id:literal $grade:ident $title:literal $meaning:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`: ", $title, ".")]
            pub static $name: $crate::check::Rule = $crate::check::Rule {
                id: $id,
                grade: $crate::check::Grade::$grade,
                title: $title,
                meaning: $meaning,
            };
        )*

        /// All rules, in the order of the parts of a file.
        pub static ALL: &[&$crate::check::Rule] = &[$(&$name),*];
    };
}
