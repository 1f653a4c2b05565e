//! The verbs, one module each.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod compact;
pub(crate) mod error;
pub(crate) mod export;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod ls;
pub(crate) mod profile;
pub(crate) mod props;
pub(crate) mod search;
pub(crate) mod send;
pub(crate) mod service;
pub(crate) mod show;
pub(crate) mod stat;
pub(crate) mod tag;
pub(crate) mod tour;
pub(crate) mod tree;
pub(crate) mod watch;
