//! From logon to logoff: each test is a rule of `docs/lifecycle.md`, under its name there.

mod fake;
mod flags;
mod kept;
mod logoff;
mod logon;
mod model;
mod providers;
mod random;
mod rules;
mod sending;
mod spooler;
mod stores;
mod stress;
mod support;
