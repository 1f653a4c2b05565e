//! What SQLite decides before a row comes here.

use std::fmt::Write as _;

use mapix_core::prop::{Value, tags};
use mapix_core::restriction::{RelOp, Restriction};

use crate::hot::{HOT, position};

/// Conditions that every row that fits keeps.
#[derive(Default, Debug)]
pub(super) struct Pushed {
    /// They follow a `WHERE` that has others already.
    pub(super) sql: String,
    /// What stands in the places of their question marks.
    pub(super) values: Vec<i64>,
}

/// The relations between columns and numbers that a restriction demands.
pub(super) fn numbers(restriction: Option<&Restriction>) -> Pushed {
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
        pushed.values.push(value);
    }
}
