//! What SQLite decides before a row comes here.

use std::fmt::Write as _;

use mapix_core::prop::{PropTag, PropType, Value, tags};
use mapix_core::restriction::{FuzzyLevel, RelOp, Restriction};
use rusqlite::types::Value as Sql;

use crate::hot::{HOT, position};

/// Conditions that every row that fits keeps.
#[derive(Default, Debug)]
pub(super) struct Pushed {
    /// They follow a `WHERE` that has others already.
    pub(super) sql: String,
    /// What stands in the places of their question marks.
    pub(super) values: Vec<Sql>,
}

/// What a restriction demands of columns: relations to numbers, and texts that are in them.
pub(super) fn conditions(restriction: Option<&Restriction>) -> Pushed {
    let mut pushed = Pushed::default();
    let parts = match restriction {
        Some(Restriction::And(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    parts.iter().for_each(|part| push(&mut pushed, part));
    pushed
}

fn push(pushed: &mut Pushed, restriction: &Restriction) {
    let (tag, condition, value) = match restriction {
        Restriction::Property { op, tag, value } => {
            let number = match value {
                Value::I32(number) => i64::from(*number),
                Value::Bool(is) => i64::from(*is),
                Value::Time(time) => time.0,
                _ => return,
            };
            let op = match op {
                RelOp::Lt => "< ?",
                RelOp::Le => "<= ?",
                RelOp::Gt => "> ?",
                RelOp::Ge => ">= ?",
                RelOp::Eq => "= ?",
                RelOp::Ne => "<> ?",
                _ => return,
            };
            if value.prop_type() != tag.prop_type() {
                return;
            }
            (tag, op, number)
        }
        Restriction::BitMask { tag, mask, non_zero } => {
            // A negative number has the same lower 32 bits.
            (tag, if *non_zero { "& ? <> 0" } else { "& ? = 0" }, i64::from(*mask))
        }
        Restriction::Content { tag, fuzzy, value } => return text(pushed, *tag, *fuzzy, value),
        _ => return,
    };
    // Where the column cannot show a value, the value is of another type.
    if let Some(at) = position(tag.id()).filter(|at| HOT[*at].tag == *tag) {
        let column = HOT[at].column;
        // Where flags are missing, the core fills them in.
        let _ = match *tag {
            tags::MESSAGE_FLAGS => {
                write!(pushed.sql, " AND (m.{column} {condition} OR m.{column} IS NULL)")
            }
            _ => write!(pushed.sql, " AND m.{column} {condition}"),
        };
        pushed.values.push(value.into());
    }
}

/// A text in ASCII is in another one only if SQLite says so, which knows the case of ASCII. Whether
/// it is in one that has other letters, or is not in the column, the core decides.
fn text(pushed: &mut Pushed, tag: PropTag, fuzzy: FuzzyLevel, value: &Value) {
    /// Longer ones SQLite refuses; so long is none that finds anything.
    const LONGEST: usize = 1000;
    // What the core fills in where it is missing is not for SQLite to judge.
    let Some(at) = position(tag.id()).filter(|_| tag.id() != tags::MESSAGE_CLASS.id()) else {
        return;
    };
    let Some(text) = value.as_text() else { return };
    let is_plain = text.is_ascii() && !text.contains('\0') && text.len() <= LONGEST;
    if !is_plain || !tag.prop_type().is_string() || HOT[at].tag.prop_type() != PropType::UNICODE {
        return;
    }
    let mut pattern = String::with_capacity(text.len() + 2);
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    match FuzzyLevel(fuzzy.0 & 0xFFFF) {
        FuzzyLevel::FULL_STRING => {}
        FuzzyLevel::PREFIX => pattern.push('%'),
        FuzzyLevel::SUBSTRING => pattern = format!("%{pattern}%"),
        // Words are the core's.
        _ => return,
    }
    let column = HOT[at].column;
    let _ = write!(
        pushed.sql,
        " AND (m.{column} LIKE ? ESCAPE '\\' OR octet_length(m.{column}) > length(m.{column})
          OR m.odd & {} <> 0)",
        1_u32 << at
    );
    pushed.values.push(pattern.into());
}
