//! A store without its shortcuts, to compare them with.

use std::sync::Arc;

use mapix_core::store::MessageStore;

/// The same store, which answers no query, no search and no count by itself: the core has to
/// work out everything from rows and objects.
pub(crate) struct Plain(pub(crate) Arc<dyn MessageStore>);

impl MessageStore for Plain {
    crate::hand_on!(0: info properties open_stream rows table_columns stamp kind parent inventory
        parts entry_id resolve names name_ids all_names commit changes_since diagnostics);
}
