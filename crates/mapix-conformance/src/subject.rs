//! What is tested, and what a test is.

use std::sync::Arc;

use libtest_mimic::Failed;
use mapix_core::Result;
use mapix_core::store::{Capability, MessageStore};

use crate::sample::{self, Sample};

/// How a case ends. Cases also panic when an assertion does not hold.
pub type Outcome = std::result::Result<(), Failed>;

/// A kind of store under test.
pub trait Subject: Send + Sync + 'static {
    /// Gives the store for one case: a fresh one of its own if it can be written, else one that
    /// was prepared, with something in it.
    fn open(&self) -> Result<Arc<dyn MessageStore>>;

    /// Opens a store again that [`open`](Self::open) gave, as the next process would. A store
    /// that lasts closes the old one first.
    fn reopen(&self, store: Arc<dyn MessageStore>) -> Result<Arc<dyn MessageStore>>;
}

impl dyn Subject {
    /// A store with something in it: the [`sample`], or what was prepared.
    pub fn stocked(&self) -> Result<Arc<dyn MessageStore>> {
        let store = self.open()?;
        if store.info().capability.has(Capability::WRITE) {
            sample::fill(store.as_ref())?;
        }
        Ok(store)
    }

    /// A fresh store with the sample in it; only for cases that need writing.
    pub fn filled(&self) -> Result<(Arc<dyn MessageStore>, Sample)> {
        let store = self.open()?;
        let sample = sample::fill(store.as_ref())?;
        Ok((store, sample))
    }
}

/// One case of the suite.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The part of the contract that it belongs to.
    pub group: &'static str,
    /// The name of the bullet.
    pub name: &'static str,
    /// What the store must be for the case to say something.
    pub needs: Need,
    /// Runs it.
    pub run: fn(&dyn Subject) -> Outcome,
}

/// What a case asks of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// Any store will do.
    Nothing,
    /// The store can do all this.
    Able(Capability),
    /// The store cannot be written.
    ReadOnly,
}

impl Need {
    /// Why a store with these abilities cannot run the case; `None` if it can.
    pub fn unmet(self, capability: Capability) -> Option<String> {
        match self {
            Self::Able(needed) if !capability.has(needed) => {
                let needed = format!("{needed:?}").replace(['{', '}', '"'], "");
                Some(format!("needs {needed}"))
            }
            Self::ReadOnly if capability.has(Capability::WRITE) => {
                Some("needs a read-only store".to_owned())
            }
            _ => None,
        }
    }
}
