//! Each rule of tables once, and random sequences of calls against a naive model.

mod categories;
mod cursor;
pub(super) mod fake;
mod model;
mod paths;
mod rows;
mod threads;
