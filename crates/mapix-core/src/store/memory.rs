//! The reference store: everything in memory.

/// Placeholder.
#[derive(Debug)]
pub struct MemoryStore;
