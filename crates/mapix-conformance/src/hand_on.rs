//! Stores that change a little of another one.

/// Methods of [`MessageStore`](mapix_core::store::MessageStore) that hand the call on to a store
/// in a field, for test stores that are odd in one way only:
///
/// ```
/// use mapix_conformance::hand_on;
/// use mapix_core::Result;
/// use mapix_core::store::{MemoryStore, MessageStore};
///
/// /// Every object changes all the time.
/// struct Restless(MemoryStore);
///
/// impl MessageStore for Restless {
///     hand_on!(0: info properties open_stream rows kind parent inventory parts entry_id resolve
///         names name_ids all_names commit changes_since diagnostics);
///
///     fn stamp(&self, id: u64) -> Result<u64> {
///         Ok(self.0.stamp(id)? + self.0.changes_since(0)?.cursor)
///     }
/// }
/// ```
///
/// The methods that a store need not have are not handed on unless they are named: what the inner
/// store answers would pass by what is odd about the outer one.
#[macro_export]
macro_rules! hand_on {
    ($inner:tt: $($method:ident)+) => { $($crate::hand_on!(@ $inner $method);)+ };
    (@ $inner:tt info) => {
        fn info(&self) -> &$crate::mapix_core::store::StoreInfo {
            self.$inner.info()
        }
    };
    (@ $inner:tt properties) => {
        fn properties(
            &self,
            object: &$crate::mapix_core::store::ObjectRef,
            inline: u64,
        ) -> $crate::mapix_core::Result<$crate::mapix_core::prop::PropBag> {
            self.$inner.properties(object, inline)
        }
    };
    (@ $inner:tt open_stream) => {
        fn open_stream(
            &self,
            object: &$crate::mapix_core::store::ObjectRef,
            tag: $crate::mapix_core::prop::PropTag,
        ) -> $crate::mapix_core::Result<Box<dyn $crate::mapix_core::store::ValueStream>> {
            self.$inner.open_stream(object, tag)
        }
    };
    (@ $inner:tt rows) => {
        fn rows(
            &self,
            source: &$crate::mapix_core::store::RowSource,
            columns: Option<&[$crate::mapix_core::prop::PropTag]>,
            each: &mut dyn FnMut(
                $crate::mapix_core::Result<$crate::mapix_core::store::Row>,
            ) -> ::std::ops::ControlFlow<()>,
        ) -> $crate::mapix_core::Result<()> {
            self.$inner.rows(source, columns, each)
        }
    };
    (@ $inner:tt table_columns) => {
        fn table_columns(
            &self,
            source: &$crate::mapix_core::store::RowSource,
        ) -> $crate::mapix_core::Result<Option<Vec<$crate::mapix_core::prop::PropTag>>> {
            self.$inner.table_columns(source)
        }
    };
    (@ $inner:tt stamp) => {
        fn stamp(&self, id: u64) -> $crate::mapix_core::Result<u64> {
            self.$inner.stamp(id)
        }
    };
    (@ $inner:tt kind) => {
        fn kind(
            &self,
            id: u64,
        ) -> $crate::mapix_core::Result<$crate::mapix_core::store::ItemKind> {
            self.$inner.kind(id)
        }
    };
    (@ $inner:tt parent) => {
        fn parent(&self, id: u64) -> $crate::mapix_core::Result<Option<u64>> {
            self.$inner.parent(id)
        }
    };
    (@ $inner:tt inventory) => {
        fn inventory(
            &self,
            each: &mut dyn FnMut(
                $crate::mapix_core::store::InventoryItem,
            ) -> ::std::ops::ControlFlow<()>,
        ) -> $crate::mapix_core::Result<()> {
            self.$inner.inventory(each)
        }
    };
    (@ $inner:tt parts) => {
        fn parts(
            &self,
            message: u64,
        ) -> $crate::mapix_core::Result<$crate::mapix_core::store::Parts> {
            self.$inner.parts(message)
        }
    };
    (@ $inner:tt entry_id) => {
        fn entry_id(
            &self,
            object: &$crate::mapix_core::store::ObjectRef,
        ) -> $crate::mapix_core::Result<$crate::mapix_core::EntryId> {
            self.$inner.entry_id(object)
        }
    };
    (@ $inner:tt resolve) => {
        fn resolve(
            &self,
            entry_id: &$crate::mapix_core::EntryId,
        ) -> $crate::mapix_core::Result<$crate::mapix_core::store::ObjectRef> {
            self.$inner.resolve(entry_id)
        }
    };
    (@ $inner:tt names) => {
        fn names(
            &self,
            ids: &[u16],
        ) -> $crate::mapix_core::Result<Vec<Option<$crate::mapix_core::prop::PropName>>> {
            self.$inner.names(ids)
        }
    };
    (@ $inner:tt name_ids) => {
        fn name_ids(
            &self,
            names: &[$crate::mapix_core::prop::PropName],
            create: bool,
        ) -> $crate::mapix_core::Result<Vec<Option<u16>>> {
            self.$inner.name_ids(names, create)
        }
    };
    (@ $inner:tt all_names) => {
        fn all_names(
            &self,
        ) -> $crate::mapix_core::Result<Vec<(u16, $crate::mapix_core::prop::PropName)>> {
            self.$inner.all_names()
        }
    };
    (@ $inner:tt commit) => {
        fn commit(
            &self,
            changes: Vec<$crate::mapix_core::store::Change>,
        ) -> $crate::mapix_core::Result<$crate::mapix_core::store::Commit> {
            self.$inner.commit(changes)
        }
    };
    (@ $inner:tt changes_since) => {
        fn changes_since(
            &self,
            cursor: u64,
        ) -> $crate::mapix_core::Result<$crate::mapix_core::store::Changes> {
            self.$inner.changes_since(cursor)
        }
    };
    (@ $inner:tt diagnostics) => {
        fn diagnostics(&self) -> Vec<$crate::mapix_core::store::Diagnostic> {
            self.$inner.diagnostics()
        }
    };
}
