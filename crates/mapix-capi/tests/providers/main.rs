//! Providers of others in our sessions: the example, built as its author would build it, and
//! providers that are as bad as a check can see.
#![cfg(target_os = "linux")]

mod bad;
mod build;
mod configure;
mod copies;
mod demo;
mod foreign;
mod hostile;
mod parts;
mod rules;
mod service;
mod support;
mod trouble;
