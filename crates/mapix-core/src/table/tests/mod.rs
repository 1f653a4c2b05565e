//! Each rule of tables once, and random sequences of calls against a naive model.

mod categories;
mod cursor;
mod fake;
mod model;
mod paths;
mod rows;
mod threads;
